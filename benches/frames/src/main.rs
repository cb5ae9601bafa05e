/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures add to whole frames, on WebRender alone: ratios against bounds that are taken in
//! the same run. `cargo xtask bench` builds and runs it.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod context;
mod engine;
mod measure;
mod page;
mod report;
mod rows;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use self::context::Adapter;
use self::measure::{Clock, Effort};
use self::report::Row;
use self::rows::Kind;

/// Measures what captures add to whole frames.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write name, ratio, goal and spread of each row to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How often everything that is compared has a turn.
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// How many frames of a change go before. While a change is new to WebRender it rasterizes whole
    /// tiles: it looks closer three times, after 65 frames each.
    #[arg(long, value_name = "FRAMES", default_value_t = 200)]
    settle: usize,
    /// What a time is.
    #[arg(long, value_enum, default_value_t = Clock::Wall)]
    clock: Clock,
    /// Print only what sessions of this kind hold, for each byte of their frames.
    #[arg(long, hide = true)]
    held: Option<Kind>,
    /// Draw with the GPU of this machine.
    #[arg(long)]
    hardware: bool,
    /// Measure only this; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// A part of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Part {
    LookUp,
    Region,
    Restricted,
    Idle,
    Memory,
}

impl Part {
    fn measure(self, adapter: Adapter, effort: Effort) -> Result<Vec<Row>> {
        match self {
            Self::LookUp => rows::look_up(effort),
            Self::Region => rows::region(adapter, effort),
            Self::Restricted => rows::restricted(adapter, effort),
            Self::Idle => rows::idle(adapter),
            // With a GPU, textures are elsewhere.
            Self::Memory if adapter == Adapter::Hardware => Ok(Vec::new()),
            Self::Memory => rows::memory(),
        }
    }
}

fn main() -> Result<()> {
    let Arguments { json, rounds, settle, clock, held, hardware, only } = Arguments::parse();
    if let Some(kind) = held {
        println!("{}", rows::held(kind)?);
        return Ok(());
    }
    let adapter = if hardware { Adapter::Hardware } else { Adapter::Software };
    let effort = Effort { clock, settle, rounds, times: 3 };
    let (renderer, frame) = rows::page_frame(adapter)?;
    println!("{renderer}; a frame of the page takes {:.2} ms", frame.as_secs_f64() * 1e3);
    report::table(&only, json.as_deref(), |part| part.measure(adapter, effort))
}
