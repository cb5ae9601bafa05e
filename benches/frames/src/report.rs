/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What was measured, for people and for programs.

use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;

use crate::measure::Ratio;

/// One row of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    ratio: f64,
    /// `None` for what only says how much the others can be trusted.
    goal: Option<f64>,
    /// The quartiles.
    spread: [f64; 2],
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, ratio: Ratio, goal: f64) -> Self {
        let Ratio { median, low, high } = ratio;
        Self { name: name.into(), ratio: median, goal: Some(goal), spread: [low, high] }
    }

    /// A row that has no goal: what is within its quartiles is chance.
    #[allow(dead_code, reason = "only where there is such a row")]
    pub(crate) fn control(name: impl Into<String>, ratio: Ratio) -> Self {
        Self { goal: None, ..Self::new(name, ratio, f64::NAN) }
    }

    fn print(&self) {
        let Self { name, ratio, goal, spread: [low, high] } = self;
        print!("{name:<62} {ratio:>7.3} {low:>7.3} … {high:<7.3} ");
        match goal {
            Some(goal) if ratio <= goal => println!("≤ {goal:<5} met"),
            Some(goal) => println!("≤ {goal:<5} not met"),
            None => println!("control"),
        }
    }
}

/// Measure these parts of the table, or all if none is named. Prints the rows as they come, and writes
/// them to a file in the end.
pub(crate) fn table<P: ValueEnum + PartialEq>(
    only: &[P],
    json: Option<&Path>,
    measure: impl Fn(&P) -> Result<Vec<Row>>,
) -> Result<()> {
    println!("{:<62} {:>7} {:>7}   {:<7}   goal", "", "ratio", "from", "to");
    let mut rows = Vec::new();
    for part in P::value_variants().iter().filter(|part| only.is_empty() || only.contains(part)) {
        let measured = measure(part)?;
        measured.iter().for_each(Row::print);
        rows.extend(measured);
    }
    json.map_or(Ok(()), |path| write(path, &rows))
}

fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let json = serde_json::to_string_pretty(rows)?;
    std::fs::write(path, json + "\n").with_context(|| format!("cannot write {}", path.display()))
}
