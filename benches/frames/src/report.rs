/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What was measured, for people and for programs.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::measure::Ratio;

/// One row of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    ratio: f64,
    goal: f64,
    /// The quartiles.
    spread: [f64; 2],
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, ratio: Ratio, goal: f64) -> Self {
        let Ratio { median, low, high } = ratio;
        Self { name: name.into(), ratio: median, goal, spread: [low, high] }
    }

    pub(crate) fn print(&self) {
        let Self { name, ratio, goal, spread: [low, high] } = self;
        let verdict = if ratio <= goal { "met" } else { "not met" };
        println!("{name:<62} {ratio:>7.3} {low:>7.3} … {high:<7.3} ≤ {goal:<5} {verdict}");
    }
}

/// Write all rows to a file.
pub(crate) fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let json = serde_json::to_string_pretty(rows)?;
    std::fs::write(path, json + "\n").with_context(|| format!("cannot write {}", path.display()))
}
