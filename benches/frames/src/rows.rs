/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What is measured, and against what.

use std::hint::black_box;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use subcapture_api::{Delivery, Subject};
use subcapture_compositor::bench::Document;

use crate::context::Adapter;
use crate::engine::{ByHand, Engine, Outcome};
use crate::measure::{Clock, Contender, Effort, Ratio, take_turns};
use crate::page::{CARD, CARDS, Change, Page};
use crate::report::Row;

/// How many elements are captured alone.
const RESTRICTED: [usize; 3] = [1, 4, 16];
/// What changes while they are, and what that may cost.
const CHANGES: [(Change, &str, [f64; 3]); 3] = [
    (Change::Elsewhere, "change elsewhere", [1.05, 1.15, 1.35]),
    (Change::Inside, "change inside of all", [1.15, 1.35, 2.1]),
    (Change::Scroll, "page scrolls", [1.05, 1.15, 1.35]),
];

/// Looking up one target among very many.
pub(crate) fn look_up(effort: Effort) -> Result<Vec<Row>> {
    const TIMES: u32 = 2000;
    let mut contenders = [1, 10_000].map(|targets| {
        let mut document = Document::new(targets);
        let contender: Contender<'_> = Box::new(move || {
            let look_up = || {
                (0..TIMES).for_each(|_| _ = black_box(document.look_up()));
                Ok(())
            };
            Ok(effort.clock.time(look_up)? / TIMES)
        });
        contender
    });
    let times = take_turns(effort, &mut contenders)?;
    let Ratio { median, low, high } = times.seconds(1);
    let micros = Ratio { median: median * 1e6, low: low * 1e6, high: high * 1e6 };
    Ok(vec![
        Row::new("look up one target among 10,000 / among 1", times.ratio(1, 0), 1.05),
        Row::new("look up one target among 10,000, in µs", micros, 2.),
    ])
}

/// Region Capture, against the least that could do it.
pub(crate) fn region(adapter: Adapter, effort: Effort) -> Result<Vec<Row>> {
    let mut bare = Engine::new(adapter, Delivery::Texture, |_| Vec::new())?;
    let rect = bare.page.card_rect(5);
    let ways = [
        (Delivery::Texture, ByHand::Blit(rect), "a texture / page frame and bare blit", 1.05),
        (
            Delivery::default(),
            ByHand::BlitAndRead(rect),
            "memory / page frame, bare blit and bare read",
            1.15,
        ),
    ];
    let row = |(delivery, by_hand, name, goal)| {
        let mut captured = Engine::new(adapter, delivery, |page| vec![page.crop_target(5).into()])?;
        let times = take_turns(
            effort,
            &mut [
                Box::new(|| bare.time(effort.clock, Change::Inside, by_hand)),
                Box::new(|| captured.time(effort.clock, Change::Inside, ByHand::Nothing)),
            ],
        )?;
        Ok(Row::new(format!("region capture to {name}"), times.ratio(1, 0), goal))
    };
    ways.into_iter().map(row).collect()
}

/// Elements that are captured alone, against the page without captures.
pub(crate) fn restricted(adapter: Adapter, effort: Effort) -> Result<Vec<Row>> {
    let delivery = Delivery::Texture;
    let mut bare = Engine::new(adapter, delivery, |_| Vec::new())?;
    let engines =
        RESTRICTED.map(|count| Engine::new(adapter, delivery, |page| alone(page, 0..count)));
    let mut engines = engines.into_iter().collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    for (change, name, goals) in CHANGES {
        let mut contenders: Vec<Contender<'_>> =
            vec![Box::new(|| bare.time(effort.clock, change, ByHand::Nothing))];
        for engine in &mut engines {
            contenders.push(Box::new(|| engine.time(effort.clock, change, ByHand::Nothing)));
        }
        let times = take_turns(effort, &mut contenders)?;
        for (index, (count, goal)) in RESTRICTED.into_iter().zip(goals).enumerate() {
            let name = format!("{count} restricted, {name} / page frame");
            rows.push(Row::new(name, times.ratio(index + 1, 0), goal));
        }
    }
    Ok(rows)
}

/// Captures of a page on which nothing changes.
pub(crate) fn idle(adapter: Adapter) -> Result<Vec<Row>> {
    let mut engine =
        Engine::new(adapter, Delivery::default(), |page| alone(page, 0..usize::from(CARDS)))?;
    let wakes = u8::from(engine.compositor.wants_composite())
        + u8::from(engine.compositor.next_wait().is_some())
        + u8::from(!engine.compositor.take_interest_changes(&engine.page).is_empty());
    let mut drawn = 0_u8;
    for _ in 0..50 {
        let Outcome { is_drawn, delivered } = engine.frame(Change::Nothing, ByHand::Nothing)?;
        drawn += u8::from(is_drawn || delivered > 0);
    }
    Ok(vec![
        Row::new("16 restricted, nothing changed: wake-ups", Ratio::exactly(wakes.into()), 0.),
        Row::new("16 restricted, nothing changed: frames drawn", Ratio::exactly(drawn.into()), 0.),
    ])
}

/// What a session holds, against the bytes of its frame. With software GL textures are in the
/// memory of the process. Each kind is measured in processes of its own: in this one, memory that
/// others gave back would be taken again.
pub(crate) fn memory() -> Result<Vec<Row>> {
    const TIMES: usize = 5;
    let program = std::env::current_exe()?;
    let held = |kind: &str| -> Result<f64> {
        let output = Command::new(&program).args(["--held", kind]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    [Kind::Crop, Kind::Restriction, Kind::CropInMemory, Kind::RestrictionInMemory]
        .into_iter()
        .map(|kind| {
            let value = kind.to_possible_value().context("no kind is hidden")?;
            let held = (0..TIMES).map(|_| held(value.get_name())).collect::<Result<_>>()?;
            let name = format!("memory of a {} / bytes of its frame", kind.name());
            Ok(Row::new(name, Ratio::of(held), 4.))
        })
        .collect()
}

/// What a session captures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Crop,
    Restriction,
    CropInMemory,
    RestrictionInMemory,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Crop => "crop",
            Self::Restriction => "restriction",
            // These frames are the consumer's when they are delivered, and are in the memory of the
            // process before.
            Self::CropInMemory => "crop and a frame in memory",
            Self::RestrictionInMemory => "restriction and a frame in memory",
        }
    }
}

/// What more captures hold, besides that of one card, for each byte of their frames. With the first
/// one there are shaders and buffers that all of them need.
pub(crate) fn held(kind: Kind) -> Result<f64> {
    let delivery = match kind {
        Kind::Crop | Kind::Restriction => Delivery::Texture,
        Kind::CropInMemory | Kind::RestrictionInMemory => Delivery::default(),
    };
    let subjects = |page: &Page, cards| match kind {
        Kind::Crop | Kind::CropInMemory => crops(page, cards),
        Kind::Restriction | Kind::RestrictionInMemory => alone(page, cards),
    };
    let mut engine = Engine::new(Adapter::Software, delivery, |page| subjects(page, 0..1))?;
    let draw = |engine: &mut Engine| -> Result<()> {
        (0..20).try_for_each(|_| engine.frame(Change::Inside, ByHand::Nothing).map(|_| ()))
    };
    draw(&mut engine)?;
    let before = resident()?;
    let sessions = engine.start(delivery, |page| subjects(page, 1..usize::from(CARDS)))?;
    draw(&mut engine)?;
    let frames = u32::try_from(sessions.len())? * CARD.area().unsigned_abs() * 4;
    Ok((resident()? - before) / f64::from(frames))
}

fn crops(page: &Page, cards: Range<usize>) -> Vec<Subject> {
    cards.map(|card| page.crop_target(card).into()).collect()
}

fn alone(page: &Page, cards: Range<usize>) -> Vec<Subject> {
    cards.map(|card| page.restriction_target(card).into()).collect()
}

/// Bytes of this process in memory.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: f64 = kilobytes.context("Linux tells how much memory is used")?.parse()?;
    Ok(kilobytes * 1024.)
}

/// How long a frame of the bare page takes, to judge the ratios by.
pub(crate) fn page_frame(adapter: Adapter) -> Result<(String, Duration)> {
    let mut engine = Engine::new(adapter, Delivery::default(), |_| Vec::new())?;
    let times = (0..50).map(|_| engine.time(Clock::Wall, Change::Elsewhere, ByHand::Nothing));
    let mut times = times.collect::<Result<Vec<_>>>()?;
    times.sort();
    Ok((engine.renderer(), times[times.len() / 2]))
}
