/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The shell: building it with the patched Servo, and running it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::cargo_output::{self, Outcome};
use crate::paths::Paths;
use crate::{command, doctor, overlay};

/// The program that the shell's workspace builds.
const PROGRAM: &str = "subcapture";

/// Brings everything up to date: system packages, patched crates, program. Returns its path.
pub(crate) fn prepare(paths: &Paths) -> Result<PathBuf> {
    doctor::ensure_packages()?;
    let applied = overlay::apply(paths)?;
    if applied.written > 0 {
        eprintln!("{applied}");
    }
    build(paths)
}

/// Builds the program from the patched crates. Returns its path.
pub(crate) fn build(paths: &Paths) -> Result<PathBuf> {
    compile(paths)?
        .executables
        .into_iter()
        .find_map(|(name, path)| (name == PROGRAM).then_some(path))
        .with_context(|| format!("cargo built no program {PROGRAM}"))
}

/// Compiles the shell with everything that it depends on.
pub(crate) fn compile(paths: &Paths) -> Result<Outcome> {
    if !paths.target().join("debug").join(PROGRAM).exists() {
        eprintln!(
            "Building Servo for the first time, with SpiderMonkey: about 25 minutes on 2 cores.\n\
             It may be interrupted; the next run goes on from there. It is kept in {}.",
            paths.target().display()
        );
    }
    let mut outcome = Outcome::default();
    cargo_output::run(paths, &mut command::cargo(&paths.shell()), &["build"], &mut outcome)?;
    Ok(outcome)
}

/// Brings everything up to date and runs the program. Its exit code is the result.
pub(crate) fn run(paths: &Paths, arguments: &[OsString]) -> Result<ExitCode> {
    let program = prepare(paths)?;
    let status = command::status(Command::new(program).args(arguments))?;
    Ok(exit_code(status))
}

/// The exit code, or as shells do it, 128 and the number of the signal that ended the program.
pub(crate) fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
