/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `cargo xtask`: prepares Servo, builds, tests and demonstrates subcapture.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod cli;
mod command;
mod overlay;
mod paths;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use self::cli::{Cli, Overlay, Task};
use self::paths::Paths;

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    let paths = Paths::locate()?;
    match task {
        Task::Overlay(Overlay::Apply) => overlay::apply(&paths).map(|_| ())?,
        Task::Overlay(Overlay::Check) => overlay::check(&paths)?,
        Task::Overlay(Overlay::Pin) => overlay::pin(&paths)?,
    }
    Ok(ExitCode::SUCCESS)
}
