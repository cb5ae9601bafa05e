/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures and their outputs, which belong together by their order on the command line.

use clap::ArgMatches;

use crate::cli::args::CaptureArgs;
use crate::cli::{CaptureOrder, Source};
use crate::output::OutputName;

enum Flag {
    Source(Source),
    Output(OutputName),
}

/// Pair every capture with the output that follows it. A single capture may also stand after its
/// output.
pub(super) fn pair(args: &CaptureArgs, ordered: &ArgMatches) -> Result<Vec<CaptureOrder>, String> {
    let mut flags = flags(args, ordered);
    if let [(_, Flag::Output(_)), (_, Flag::Source(_))] = flags[..] {
        flags.reverse();
    }
    let mut captures = Vec::new();
    let mut pending: Option<Source> = None;
    for (_, flag) in flags {
        match (flag, pending.take()) {
            (Flag::Source(source), None) => pending = Some(source),
            (Flag::Output(output), Some(source)) => captures.push(CaptureOrder { source, output }),
            (Flag::Source(_), Some(source)) => return Err(without_output(&source)),
            (Flag::Output(output), None) => {
                return Err(format!(
                    "-o {output} does not follow a --crop, --restrict or --full of its own"
                ));
            }
        }
    }
    if let Some(source) = pending {
        return Err(without_output(&source));
    }
    if captures.is_empty() {
        return Err("nothing to capture: give --crop, --restrict or --full, and -o FILE".to_owned());
    }
    Ok(captures)
}

fn without_output(source: &Source) -> String {
    format!("{source} is not followed by its output (-o FILE, or -o - for standard output)")
}

/// The flags that captures are made of, by their place on the command line.
fn flags(args: &CaptureArgs, ordered: &ArgMatches) -> Vec<(usize, Flag)> {
    let places = |id: &str| ordered.indices_of(id).into_iter().flatten();
    let crop = args.crop.iter().cloned().map(Source::Crop).map(Flag::Source);
    let restrict = args.restrict.iter().cloned().map(Source::Restriction).map(Flag::Source);
    let full = args.full.iter().map(|_| Flag::Source(Source::Viewport));
    let output = args.output.iter().map(|name| Flag::Output(OutputName::parse(name)));
    let mut flags: Vec<_> = places("crop")
        .zip(crop)
        .chain(places("restrict").zip(restrict))
        .chain(places("full").zip(full))
        .chain(places("output").zip(output))
        .collect();
    flags.sort_by_key(|(place, _)| *place);
    flags
}

pub(super) fn check_outputs(captures: &[CaptureOrder]) -> Result<(), String> {
    for (position, order) in captures.iter().enumerate() {
        if captures[..position].iter().any(|earlier| earlier.output == order.output) {
            return Err(format!("two captures cannot both go to -o {}", order.output));
        }
    }
    Ok(())
}
