/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Replays a trace of JSON lines: prints what is decided for each composite, and where that is not
//! what the trace says. With a second argument, writes an SVG picture of the last composite, or of
//! the first one that is otherwise.
//!
//! ```sh
//! cargo run --package subcapture-compositor --example replay -- trace.jsonl frame.svg
//! ```

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use subcapture_compositor::{Replay, TraceStep};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let trace = arguments.next().ok_or("usage: replay TRACE [SVG]")?;
    let picture = arguments.next();
    let mut replay = Replay::default();
    let mut svg = None;
    for (index, line) in BufReader::new(File::open(trace)?).lines().enumerate() {
        let step: TraceStep = serde_json::from_str(&line?)?;
        let is_composite = matches!(step, TraceStep::Composited { .. });
        let result = replay.perform(step);
        if is_composite {
            println!("line {}:", index + 1);
            for (session, decision) in replay.decisions() {
                println!("  session {}: {decision:?}", session.0);
            }
        }
        if let Err(divergence) = result {
            println!("  otherwise: {divergence}");
            svg.get_or_insert_with(|| replay.dump_svg());
        }
    }
    let is_same = svg.is_none();
    if let Some(picture) = picture {
        std::fs::write(picture, svg.unwrap_or_else(|| replay.dump_svg()))?;
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
