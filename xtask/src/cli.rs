/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The command line.

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
}
