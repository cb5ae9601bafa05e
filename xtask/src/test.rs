/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Everything that has to hold, in the order of what it costs.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::cargo_output::{self, Outcome};
use crate::command;
use crate::paths::Paths;
use crate::test_counts::TestCounts;
use crate::{doctor, overlay, shell};

type Step = (&'static str, fn(&Paths, &mut TestCounts) -> Result<()>);

const STEPS: [Step; 10] = [
    ("system packages and toolchain", tools),
    ("format", format),
    ("lints", lints),
    ("tests without Servo", tests),
    ("documentation", documentation),
    ("overlay", overlay),
    ("format of the shell", shell_format),
    ("building the shell with Servo", shell_build),
    ("lints of the shell", shell_lints),
    ("tests with Servo", shell_tests),
];

/// A crate of ours that is a member of no workspace, because it needs much of Servo. The shell
/// depends on it.
const MEDIA: [&str; 2] = ["--package", "subcapture-media"];

/// Performs the steps until one fails. The last line of a run without failure is the total.
pub(crate) fn run(paths: &Paths) -> Result<()> {
    let mut total = TestCounts::default();
    let mut passed = Vec::new();
    for (index, (name, step)) in STEPS.into_iter().enumerate() {
        eprintln!("[{}/{}] {name}", index + 1, STEPS.len());
        let start = Instant::now();
        let result = step(paths, &mut total);
        let duration = start.elapsed().as_secs_f32();
        if let Err(error) = result {
            eprintln!("[{}/{}] {name}: failed after {duration:.1} s", index + 1, STEPS.len());
            eprintln!("Passed before it: {}", list(&passed));
            if total.failed > 0 {
                eprintln!("Tests: {total}");
            }
            return Err(error);
        }
        eprintln!("[{}/{}] {name}: passed in {duration:.1} s", index + 1, STEPS.len());
        passed.push(name);
    }
    if total.passed == 0 {
        bail!("no test was run");
    }
    writeln!(std::io::stdout(), "{total}")?;
    Ok(())
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

fn tools(_: &Paths, _: &mut TestCounts) -> Result<()> {
    doctor::ensure_packages()?;
    doctor::ensure_rust_components()
}

fn format(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    command::run(command::cargo(paths.root()).args(["fmt", "--all", "--check"]))?;
    let media = paths.root().join("components/media");
    command::run(command::cargo(&media).args(["fmt", "--check"]))
}

fn lints(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    command::run(workspace_cargo(paths).args(arguments))?;
    // What only is compiled with a feature.
    let features = ["clippy", "--package", "subcapture-compositor", "--all-features"];
    command::run(workspace_cargo(paths).args(features).args(["--", "-D", "warnings"]))
}

fn tests(paths: &Paths, counts: &mut TestCounts) -> Result<()> {
    let arguments = ["test", "--workspace", "--no-fail-fast"];
    cargo_tests(paths, &mut workspace_cargo(paths), &arguments, counts)
}

fn documentation(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    let mut cargo = workspace_cargo(paths);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    command::run(cargo.args(["doc", "--workspace", "--no-deps"]))
}

fn overlay(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    overlay::check(paths)?;
    eprintln!("{}", overlay::apply(paths)?);
    Ok(())
}

fn shell_format(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    // Not `--all`: that would take in the patched crates, which keep Servo's format.
    let mut cargo = command::cargo(&paths.shell());
    cargo.args(["fmt", "--check"]);
    for member in members(&paths.shell())? {
        cargo.args(["--package", &member]);
    }
    command::run(&mut cargo)
}

/// The names of a workspace's packages.
fn members(folder: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    let mut cargo = command::cargo(folder);
    let answer = command::stdout(cargo.args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Metadata = serde_json::from_slice(&answer)?;
    Ok(metadata.packages.into_iter().map(|package| package.name).collect())
}

fn shell_build(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    // Includes our files in Servo's crates, which no run of clippy looks at.
    match shell::compile(paths)?.warnings {
        0 => Ok(()),
        count => bail!("{count} warnings in our code"),
    }
}

fn shell_lints(paths: &Paths, _: &mut TestCounts) -> Result<()> {
    let mut cargo = command::cargo(&paths.shell());
    let arguments = ["clippy", "--workspace", "--all-targets", "--no-deps", "--", "-D", "warnings"];
    cargo_output::run(paths, &mut cargo, &arguments, &mut Outcome::default())?;
    let mut cargo = command::cargo(&paths.shell());
    let arguments = ["clippy", MEDIA[0], MEDIA[1], "--tests", "--no-deps", "--", "-D", "warnings"];
    cargo_output::run(paths, &mut cargo, &arguments, &mut Outcome::default())
}

fn shell_tests(paths: &Paths, counts: &mut TestCounts) -> Result<()> {
    let mut cargo = command::cargo(&paths.shell());
    cargo_tests(paths, &mut cargo, &["test", "--workspace", "--no-fail-fast"], counts)?;
    let mut cargo = command::cargo(&paths.shell());
    cargo_tests(paths, &mut cargo, &["test", MEDIA[0], MEDIA[1], "--no-fail-fast"], counts)
}

/// Cargo in the root workspace.
pub(crate) fn workspace_cargo(paths: &Paths) -> Command {
    let mut cargo = command::cargo(paths.root());
    cargo.env("CARGO_TARGET_DIR", paths.workspace_target());
    cargo
}

fn cargo_tests(
    paths: &Paths,
    cargo: &mut Command,
    arguments: &[&str],
    counts: &mut TestCounts,
) -> Result<()> {
    let mut outcome = Outcome::default();
    let result = cargo_output::run(paths, cargo, arguments, &mut outcome);
    *counts += outcome.tests;
    result
}
