/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Prepares Servo, builds, tests and demonstrates subcapture.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Install what is missing, build, and capture a page that shows what the project is for.
    /// The pictures are in demo/ afterwards.
    Demo,
    /// Run all tests.
    Test,
    /// Measure what captures cost, as ratios against bounds of the same run.
    Bench {
        /// Measure whole Servo, with the overlay and as published, instead of WebRender alone.
        /// Builds both.
        #[arg(long)]
        servo: bool,
        /// Write name, ratio, goal and spread of each row to this file.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// What the harness gets: `cargo xtask bench -- --help`.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Build the program `subcapture` and run it: `cargo xtask run -- shot --help`.
    Run {
        /// What the program gets.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Run web-platform-tests: our own in wpt/tests, or those of a checkout. See
    /// `cargo xtask wpt --help`.
    #[command(disable_help_flag = true)]
    Wpt {
        /// What the runner gets.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// See whether everything that is needed is installed, and install it if possible.
    Doctor,
    /// Put Servo and our changes together, or see whether they fit.
    #[command(subcommand)]
    Overlay(Overlay),
}

/// The overlay tool.
#[derive(Debug, Subcommand)]
pub(crate) enum Overlay {
    /// Write the patched crates into the cache and point the shell's workspace to them. Only
    /// files that differ are written.
    Apply,
    /// See whether everything fits; write nothing.
    Check,
    /// Record the hashes of the pristine files that have hunks, after having reviewed the hunks.
    Pin,
    /// Write the same change as a unified diff for a Servo git checkout, or make it there.
    Export {
        /// Where to write the diff [default: target/servo-VERSION.patch; none with --checkout].
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// A Servo git checkout. The anchors are looked up in its files, whatever its version,
        /// and the files are changed, or with --output the diff is written for it.
        #[arg(long, value_name = "FOLDER")]
        checkout: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_runner_gets_its_arguments_as_they_are() {
        let words = ["xtask", "wpt", "--product", "chromium", "--help", "folder"];
        let Task::Wpt { arguments } = Cli::parse_from(words).task else {
            unreachable!("wpt is wpt");
        };
        assert_eq!(arguments, ["--product", "chromium", "--help", "folder"]);
    }

    #[test]
    fn the_program_gets_its_arguments_as_they_are() {
        let words = ["xtask", "run", "--", "shot", "--help", "-", "--", "x"];
        let Task::Run { arguments } = Cli::parse_from(words).task else {
            unreachable!("run is run");
        };
        assert_eq!(arguments, ["shot", "--help", "-", "--", "x"]);
    }
}
