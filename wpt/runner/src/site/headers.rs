/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Response headers from `.headers` files, and the pipes of `?pipe=`.

use std::fmt;
use std::time::Duration;

/// Headers of a file, by the files beside it.
pub(super) fn parse_headers(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pairs = lines.filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// One step of `?pipe=`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Pipe {
    /// Substitute. Without escaping if it says so.
    Substitute {
        escapes: bool,
    },
    /// Set a header, or add one.
    Header {
        name: String,
        value: String,
        appends: bool,
    },
    Status(u16),
    /// Wait before the response.
    Delay(Duration),
}

/// A pipe that this runner has not.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct UnknownPipe(String);

impl fmt::Display for UnknownPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this runner does not know the pipe {}", self.0)
    }
}

impl std::error::Error for UnknownPipe {}

/// What a query asks for.
pub(super) fn parse_pipes(text: &str) -> Result<Vec<Pipe>, UnknownPipe> {
    split(text, '|').into_iter().map(|pipe| parse_pipe(&pipe)).collect()
}

fn parse_pipe(text: &str) -> Result<Pipe, UnknownPipe> {
    let unknown = || UnknownPipe(text.to_owned());
    let (name, arguments) = match text.split_once('(') {
        Some((name, arguments)) => (name, arguments.strip_suffix(')').ok_or_else(unknown)?),
        None => (text, ""),
    };
    let arguments: Vec<_> = match arguments {
        "" => Vec::new(),
        arguments => {
            split(arguments, ',').iter().map(|argument| unescape(argument.trim())).collect()
        }
    };
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match (name, &arguments[..]) {
        ("sub", [] | ["html"]) => Ok(Pipe::Substitute { escapes: true }),
        ("sub", ["none"]) => Ok(Pipe::Substitute { escapes: false }),
        ("header", [name, value, rest @ ..]) => {
            let appends = matches!(rest, ["True" | "true" | "1"]);
            Ok(Pipe::Header { name: (*name).to_owned(), value: (*value).to_owned(), appends })
        }
        ("status", [code]) => code.parse().map(Pipe::Status).map_err(|_| unknown()),
        ("trickle", [delay]) => {
            let seconds = delay.strip_prefix('d').and_then(|seconds| seconds.parse().ok());
            let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            delay.map(Pipe::Delay).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

/// At separators that are neither escaped nor within parentheses.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut depth, mut escaped) = (vec![String::new()], 0_u32, false);
    for character in text.chars() {
        let is_plain = !std::mem::replace(&mut escaped, false);
        match character {
            '\\' if is_plain => escaped = true,
            '(' if is_plain => depth += 1,
            ')' if is_plain => depth = depth.saturating_sub(1),
            character if is_plain && depth == 0 && character == separator => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut escaped = false;
    let keep = |character: &char| {
        escaped = *character == '\\' && !escaped;
        !escaped
    };
    text.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_names_and_values() {
        let headers = parse_headers(
            "Content-Type: text/html; charset=utf-8\n\nPermissions-Policy:display-capture=()\r\n",
        );
        let expected = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Permissions-Policy", "display-capture=()"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn pipes_are_read() {
        let header = |name: &str, value: &str, appends| Pipe::Header {
            name: name.into(),
            value: value.into(),
            appends,
        };
        let pipes = parse_pipes(
            r"sub|header(Permissions-Policy,display-capture=\(self\)\, a)|status(404)|trickle(d0.5)",
        );
        let expected = [
            Pipe::Substitute { escapes: true },
            header("Permissions-Policy", "display-capture=(self), a", false),
            Pipe::Status(404),
            Pipe::Delay(Duration::from_millis(500)),
        ];
        assert_eq!(pipes.as_deref(), Ok(&expected[..]));
        assert_eq!(parse_pipes("header(a,b(c,d)e,True)"), Ok(vec![header("a", "b(c,d)e", true)]));
        parse_pipes("gzip").expect_err("unknown");
        parse_pipes("status(x)").expect_err("no number");
        parse_pipes("trickle(100:d1)").expect_err("not that");
    }
}
