/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures, and the overlay without any, add to whole frames of Servo: ratios against
//! bounds that are taken in the same run. `cargo xtask bench --servo` builds and runs it.
//!
//! The engines are in processes of their own ([`browser`]), all of which are alive at once and
//! idle until it is their turn.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod browser;
#[expect(dead_code, reason = "times are taken in the browsers, not here")]
#[path = "../../frames/src/measure.rs"]
mod measure;
mod protocol;
#[path = "../../frames/src/report.rs"]
mod report;
mod rows;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use self::browser::Programs;
use self::measure::{Clock, Effort};
use self::report::Row;
use self::rows::Bench;

/// Measures what captures, and the overlay without any, add to whole frames of Servo.
#[derive(Debug, Parser)]
struct Arguments {
    /// The browser with Servo patched.
    #[arg(long, value_name = "PROGRAM")]
    patched: PathBuf,
    /// The browsers with Servo as published and patched, both with their functions in some other
    /// order; for several orders.
    #[arg(long, num_args = 2, value_names = ["STOCK", "PATCHED"])]
    pair: Vec<PathBuf>,
    /// The folder of the pages.
    #[arg(long, value_name = "FOLDER")]
    pages: PathBuf,
    /// Write name, ratio, goal and spread of each row to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How often everything that is compared has a turn.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// How many frames of a change go before. While a change is new to WebRender it rasterizes whole
    /// tiles: it looks closer three times, after 65 frames each.
    #[arg(long, value_name = "FRAMES", default_value_t = 200)]
    settle: u32,
    /// How many frames are drawn for one time.
    #[arg(long, default_value_t = 2)]
    frames: u32,
    /// What a time is.
    #[arg(long, value_enum, default_value_t = Clock::Wall)]
    clock: Clock,
    /// Measure only this; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// A part of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Part {
    Overlay,
    Region,
    Restricted,
    Idle,
    List,
}

impl Part {
    fn measure(self, bench: &Bench) -> Result<Vec<Row>> {
        match self {
            Self::Overlay => rows::overlay(bench),
            Self::Region => rows::region(bench),
            Self::Restricted => rows::restricted(bench),
            Self::Idle => rows::idle(bench),
            Self::List => rows::list(bench),
        }
    }
}

fn main() -> Result<()> {
    let Arguments { patched, pair, pages, json, rounds, settle, frames, clock, only } =
        Arguments::parse();
    let pairs = pair.as_chunks().0.to_vec();
    let programs = Programs { patched, pairs, pages: pages.canonicalize()? };
    let settle = usize::try_from(settle / frames.max(1))?;
    let bench = Bench { programs, effort: Effort { clock, settle, rounds, times: 3 }, frames };
    println!("{}", rows::page_frame(&bench)?);
    report::table(&only, json.as_deref(), |part| part.measure(&bench))
}
