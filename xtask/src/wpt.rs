/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! web-platform-tests: installs what they need, and runs them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::cargo_output::{self, Outcome};
use crate::paths::Paths;
use crate::{command, doctor, shell};

/// The runner's package, and its program.
const RUNNER: &str = "subcapture-wpt";

/// The npm package that has testharness.js. It is looked at as files only: what it depends on is
/// not installed.
const HARNESS: &str = "wpt-runner";
const HARNESS_VERSION: &str = "7.0.0";
const HARNESS_SHA256: &str = "2c10b1278842e86c073631cd2a7c05a0cf0e29151a5c3a067f5b8ac0b582b898";

/// Debian's names of what runs tests in Chromium.
const CHROMIUM_PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Prepares what these arguments of the runner need, and runs it. Its exit code is the result.
pub(crate) fn run(paths: &Paths, arguments: &[OsString]) -> Result<ExitCode> {
    let runner = build(paths)?;
    let mut command = Command::new(runner);
    command.args(arguments).arg("--suite").arg(paths.root().join("wpt/tests"));
    command.arg("--harness").arg(harness(paths)?);
    // These only talk.
    let only_talks =
        |argument: &OsString| ["--help", "-h", "--list"].iter().any(|option| argument == *option);
    if !arguments.iter().any(only_talks) {
        match product(arguments) {
            Some("chromium") => doctor::ensure(&CHROMIUM_PACKAGES)?,
            _ if is_given(arguments, "--binary") => {}
            _ => {
                command.arg("--binary").arg(shell::prepare(paths)?);
            }
        }
    }
    Ok(shell::exit_code(command::status(&mut command)?))
}

fn is_given(arguments: &[OsString], option: &str) -> bool {
    arguments.iter().any(|argument| {
        argument
            .to_str()
            .and_then(|argument| argument.strip_prefix(option))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

fn product(arguments: &[OsString]) -> Option<&str> {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_str().unwrap_or("")).collect();
    words.iter().enumerate().find_map(|(position, word)| match *word {
        "--product" => words.get(position + 1).copied(),
        word => word.strip_prefix("--product="),
    })
}

fn build(paths: &Paths) -> Result<PathBuf> {
    let mut cargo = command::cargo(paths.root());
    cargo.env("CARGO_TARGET_DIR", paths.workspace_target());
    let mut outcome = Outcome::default();
    cargo_output::run(paths, &mut cargo, &["build", "--package", RUNNER], &mut outcome)?;
    let mut executables = outcome.executables.into_iter();
    executables
        .find_map(|(name, path)| (name == RUNNER).then_some(path))
        .with_context(|| format!("cargo built no program {RUNNER}"))
}

/// The folder of the npm package, which is fetched if it is not there.
fn harness(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.harness().join(format!("{HARNESS}-{HARNESS_VERSION}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    ensure_npm()?;
    eprintln!("Fetching testharness.js: {HARNESS} {HARNESS_VERSION} from npm");
    fs::create_dir_all(paths.harness())?;
    // Only what is complete gets its name.
    let unpacked = tempfile::tempdir_in(paths.harness())?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"])
        .arg(unpacked.path())
        .arg(format!("{HARNESS}@{HARNESS_VERSION}"))
        .stdout(Stdio::null());
    command::run(&mut npm)?;
    let archive = unpacked.path().join(format!("{HARNESS}-{HARNESS_VERSION}.tgz"));
    check(&archive)?;
    command::run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(unpacked.path()))?;
    fs::rename(unpacked.path().join("package"), &folder).or_else(|error| {
        // Another run was faster.
        if folder.is_dir() { Ok(()) } else { Err(error) }
    })?;
    Ok(folder)
}

fn check(archive: &Path) -> Result<()> {
    let bytes = fs::read(archive).with_context(|| archive.display().to_string())?;
    let digest = Sha256::digest(&bytes);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if digest != HARNESS_SHA256 {
        bail!("{HARNESS} {HARNESS_VERSION} from npm is not what it was: its SHA-256 is {digest}");
    }
    Ok(())
}

fn ensure_npm() -> Result<()> {
    let is_there = |program: &OsStr| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if is_there("npm".as_ref()) { Ok(()) } else { doctor::ensure(&["npm"]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_product_decides_what_is_prepared() {
        assert_eq!(product(&words(&["--product", "chromium", "a"])), Some("chromium"));
        assert_eq!(product(&words(&["a", "--product=servo"])), Some("servo"));
        assert_eq!(product(&words(&["--products", "chromium"])), None);
        assert_eq!(product(&words(&["--product"])), None);
    }

    #[test]
    fn options_are_found_in_both_forms() {
        assert!(is_given(&words(&["--binary", "x"]), "--binary"));
        assert!(is_given(&words(&["--binary=x"]), "--binary"));
        assert!(!is_given(&words(&["--binary-x"]), "--binary"));
    }
}
