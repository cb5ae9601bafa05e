/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures cost.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command;
use crate::paths::Paths;
use crate::test::workspace_cargo;

/// The harness for whole frames on WebRender alone.
const FRAMES: &str = "subcapture-frames-bench";

/// Builds the harness and runs it.
pub(crate) fn run(paths: &Paths, json: Option<&Path>, arguments: &[OsString]) -> Result<()> {
    let mut cargo = workspace_cargo(paths);
    cargo.args(["run", "--release", "--package", FRAMES, "--"]).args(arguments);
    if let Some(json) = json {
        // Cargo runs in the checkout; the path is meant from where the user is.
        cargo.arg("--json").arg(std::path::absolute(json).context("--json is not a path")?);
    }
    command::run(&mut cargo)
}
