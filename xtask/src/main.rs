/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `cargo xtask`: prepares Servo, builds, tests and demonstrates subcapture.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod cargo_output;
mod cargo_progress;
mod cli;
mod command;
mod demo;
mod doctor;
mod overlay;
mod paths;
mod shell;
mod test;
mod test_counts;
mod wpt;

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
        Task::Demo => demo::run(&paths)?,
        Task::Test => test::run(&paths)?,
        Task::Bench { servo, json, arguments } => {
            let harness = if servo { bench::Harness::Servo } else { bench::Harness::WebRender };
            bench::run(&paths, harness, json.as_deref(), &arguments)?;
        }
        Task::Run { arguments } => return shell::run(&paths, &arguments),
        Task::Wpt { arguments } => return wpt::run(&paths, &arguments),
        Task::Doctor => doctor::report()?,
        Task::Overlay(Overlay::Apply) => eprintln!("{}", overlay::apply(&paths)?),
        Task::Overlay(Overlay::Check) => overlay::check(&paths)?,
        Task::Overlay(Overlay::Pin) => overlay::pin(&paths)?,
        Task::Overlay(Overlay::Export { output, checkout }) => {
            overlay::export(&paths, output.as_deref(), checkout.as_deref())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
