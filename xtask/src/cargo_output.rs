/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Cargo with its machine-readable messages: shows the diagnostics of our own code, finds the
//! programs that were built and counts tests.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use crate::cargo_progress;
use crate::paths::Paths;
use crate::test_counts::TestCounts;

/// What a run of cargo came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Programs, by the name of their target.
    pub(crate) executables: Vec<(String, PathBuf)>,
    /// How many warnings there are in our code.
    pub(crate) warnings: usize,
    pub(crate) tests: TestCounts,
}

/// Runs a subcommand of cargo in a folder; anything but success is an error, but what was counted
/// until then is in `outcome`. Cargo's progress is on standard error; what tests print goes to
/// standard output. Warnings of the crates that we patch are not shown where they are Servo's
/// own: they are not ours to mend, and cargo would repeat them on every run. Errors always are.
pub(crate) fn run(
    paths: &Paths,
    cargo: &mut Command,
    arguments: &[&str],
    outcome: &mut Outcome,
) -> Result<()> {
    let (subcommand, rest) = arguments.split_first().context("cargo needs a subcommand")?;
    cargo.args([subcommand, message_format()]).args(rest);
    cargo_progress::configure(cargo);
    cargo.stdout(Stdio::piped()).stderr(Stdio::piped());
    let describe = || format!("cargo {}", arguments.join(" "));
    let mut child = cargo.spawn().with_context(|| format!("cannot run `{}`", describe()))?;
    let stdout = child.stdout.take().context("standard output is piped")?;
    let stderr = child.stderr.take().context("standard error is piped")?;
    let progress = thread::spawn(move || cargo_progress::copy(stderr, std::io::stderr()));
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        match serde_json::from_str::<Message>(&text) {
            Ok(message) => note_message(paths, message, outcome)?,
            Err(_) => {
                outcome.tests.note_line(&text);
                writeln!(std::io::stdout(), "{text}")?;
            }
        }
    }
    let status = child.wait()?;
    progress.join().map_err(|_| anyhow!("cannot show what cargo says"))??;
    if !status.success() {
        bail!("`{}` failed ({status})", describe());
    }
    Ok(())
}

fn message_format() -> &'static str {
    if std::io::stderr().is_terminal() {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    }
}

/// The messages of cargo that are of interest here.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact { target: Target, executable: Option<PathBuf> },
    #[serde(rename = "compiler-message")]
    Diagnostic { manifest_path: PathBuf, message: Diagnostic },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: PathBuf,
    is_primary: bool,
}

fn note_message(paths: &Paths, message: Message, outcome: &mut Outcome) -> Result<()> {
    match message {
        Message::Artifact { target, executable: Some(executable) } => {
            outcome.executables.push((target.name, executable));
        }
        Message::Diagnostic { manifest_path, message } => {
            let is_ours = is_ours(paths, &manifest_path, &message);
            outcome.warnings += usize::from(is_ours && message.level == "warning");
            let is_shown = is_ours || message.level.starts_with("error");
            if let Some(rendered) = message.rendered.filter(|_| is_shown) {
                write!(std::io::stderr(), "{rendered}")?;
            }
        }
        Message::Artifact { executable: None, .. } | Message::Other => {}
    }
    Ok(())
}

/// Whether a diagnostic is about a crate of ours, or a new file of ours in one of Servo's.
fn is_ours(paths: &Paths, manifest: &Path, diagnostic: &Diagnostic) -> bool {
    let folder = manifest.parent().unwrap_or(manifest);
    let Ok(inside) = folder.strip_prefix(paths.patched()) else {
        return true;
    };
    if inside.to_string_lossy().starts_with("subcapture-") {
        return true;
    }
    let new_files = paths.overlay().join("new");
    diagnostic.spans.iter().filter(|span| span.is_primary).any(|span| {
        let file = folder.join(&span.file_name);
        file.strip_prefix(paths.patched()).is_ok_and(|file| new_files.join(file).exists())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Paths {
        Paths::new(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new("/cache"))
    }

    #[test]
    fn programs_are_found() -> Result<()> {
        let mut outcome = Outcome::default();
        for line in [
            r#"{"reason":"compiler-artifact","target":{"name":"lib"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/t/a"}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            note_message(&paths(), serde_json::from_str(line)?, &mut outcome)?;
        }
        assert_eq!(outcome.executables, [("a".into(), "/t/a".into())]);
        Ok(())
    }

    #[test]
    fn warnings_are_ours_in_our_crates_and_files() {
        let is_ours = |manifest: &str, file: &str| {
            let span = Span { file_name: file.into(), is_primary: true };
            let diagnostic =
                Diagnostic { level: "warning".into(), rendered: None, spans: vec![span] };
            is_ours(&paths(), Path::new(manifest), &diagnostic)
        };
        assert!(is_ours("/checkout/components/shell/Cargo.toml", "src/main.rs"));
        assert!(is_ours("/cache/overlay/subcapture-api/Cargo.toml", "src/lib.rs"));
        assert!(!is_ours("/cache/overlay/servo-paint/Cargo.toml", "painter.rs"));
    }

    #[test]
    fn warnings_in_new_files_of_ours_are_shown() -> Result<()> {
        let root = tempfile::tempdir()?;
        let folder = root.path().join("components/servo/new/servo-paint");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("capture.rs"), "")?;
        let paths = Paths::new(root.path(), Path::new("/cache"));
        let line = r#"{"reason":"compiler-message",
            "manifest_path":"/cache/overlay/servo-paint/Cargo.toml",
            "message":{"level":"warning","rendered":"","spans":[
                {"file_name":"capture.rs","is_primary":true}]}}"#;
        let Message::Diagnostic { manifest_path, message } = serde_json::from_str(line)? else {
            bail!("not read as a diagnostic");
        };
        assert!(is_ours(&paths, &manifest_path, &message));
        Ok(())
    }
}
