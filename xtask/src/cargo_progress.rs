/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Cargo's standard error, on its way to ours: without the lines that tell nothing.

use std::env;
use std::io::{BufReader, IsTerminal, Read, Write};
use std::process::Command;

/// Makes cargo show progress and colors although it does not see the terminal.
pub(crate) fn configure(cargo: &mut Command) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let width = env::var("COLUMNS").unwrap_or_else(|_| "80".into());
    cargo.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", width);
    if env::var_os("NO_COLOR").is_none() && env::var_os("CARGO_TERM_COLOR").is_none() {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
}

/// Copies one to the other until the end, piece by piece: a line, or a state of the progress bar.
pub(crate) fn copy(from: impl Read, mut to: impl Write) -> std::io::Result<()> {
    let mut filter = Filter::default();
    let mut piece = Vec::new();
    for byte in BufReader::new(from).bytes() {
        let byte = byte?;
        piece.push(byte);
        if matches!(byte, b'\n' | b'\r') {
            write_piece(&mut filter, &piece, &mut to)?;
            piece.clear();
        }
    }
    write_piece(&mut filter, &piece, &mut to)
}

fn write_piece(filter: &mut Filter, piece: &[u8], to: &mut impl Write) -> std::io::Result<()> {
    if filter.is_shown(&plain(&String::from_utf8_lossy(piece))) {
        to.write_all(piece)?;
        to.flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Filter {
    /// Cargo had something to do.
    is_at_work: bool,
}

impl Filter {
    fn is_shown(&mut self, line: &str) -> bool {
        let line = line.trim();
        let is_work =
            ["Compiling ", "Checking ", "Running "].iter().any(|word| line.starts_with(word));
        self.is_at_work |= is_work;
        // What build scripts of Servo's crates have to say. Cargo shows it for crates on a path
        // only, in every run, and there is nothing to be done about it.
        let is_upstream =
            line.strip_prefix("warning: servo-").is_some_and(|line| line.contains('@'));
        let is_idle = line.starts_with("Finished ") && !self.is_at_work;
        !is_upstream && !is_idle
    }
}

/// The text without escape sequences of the terminal.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.find(|character| character.is_ascii_alphabetic());
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str) -> String {
        let mut output = Vec::new();
        copy(text.as_bytes(), &mut output).expect("a Vec can be written to");
        String::from_utf8(output).expect("it was UTF-8")
    }

    const UPSTREAM: &str = "warning: servo-script-bindings@0.7.0: `uv` not found\n";

    #[test]
    fn nothing_to_do_is_silent() {
        assert_eq!(copied(&format!("{UPSTREAM}    Finished `dev` profile in 0.38s\n")), "");
        let colored = "\u{1b}[1m\u{1b}[33mwarning\u{1b}[0m: servo-x@0.7.0: y\n\u{1b}[1m\u{1b}[92m    \
                       Finished\u{1b}[0m `dev`\n";
        assert_eq!(copied(colored), "");
    }

    #[test]
    fn work_is_shown_as_it_goes_on() {
        let work = "   Compiling x v0.1.0\n\u{1b}[1m    Building\u{1b}[0m [=>  ] 1/2: x\u{1b}[K\r    \
                    Finished `dev` profile in 9s\n";
        assert_eq!(copied(&format!("{UPSTREAM}{work}")), work);
    }

    #[test]
    fn everything_else_is_shown() {
        let text = "error: could not compile `servo-script`\nwarning: unused import: `x`\nlast";
        assert_eq!(copied(text), text);
    }
}
