/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What is measured, and against what.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::browser::{Browser, Programs};
use crate::measure::{Clock, Contender, Effort, Ratio, take_turns};
use crate::protocol::{Capture, Change, Report};
use crate::report::Row;

/// The page of most rows.
const CARDS: &str = "cards.html";
/// How many cards it has.
const CARD_COUNT: u32 = 16;
/// How many elements are captured alone, and what that may cost when the change is elsewhere and
/// when it is inside of all.
const RESTRICTED: [(u32, f64, f64); 3] = [(1, 1.05, 1.15), (4, 1.15, 1.35), (16, 1.35, 2.1)];
/// Frames until a page is what it will be: compiled scripts, atlases, caches.
const FRAMES_TO_SETTLE: u32 = 20;

/// What all rows need.
pub(crate) struct Bench {
    pub(crate) programs: Programs,
    pub(crate) effort: Effort,
    /// How many frames are drawn for one time.
    pub(crate) frames: u32,
}

impl Bench {
    fn settle(mut browser: Browser, change: Change) -> Result<Browser> {
        browser.animate(FRAMES_TO_SETTLE, change)?;
        Ok(browser)
    }

    fn bare(&self, page: &str) -> Result<Browser> {
        Self::settle(self.programs.patched(page, Vec::new())?, Change::Inside)
    }

    fn capturing(&self, page: &str, captures: Vec<Capture>) -> Result<Browser> {
        let count = captures.len() as u64;
        let mut browser = self.programs.patched(page, captures)?;
        // What is not captured costs nothing.
        let wanted = count * u64::from(FRAMES_TO_SETTLE);
        let report = browser.animate(FRAMES_TO_SETTLE, Change::Inside)?;
        let delivered = report.delivered;
        ensure!(delivered >= wanted, "captures got {delivered} of {wanted} frames");
        Ok(browser)
    }

    /// How long a frame takes.
    fn time(&self, browser: &mut Browser, change: Change) -> Result<Duration> {
        let report = browser.animate(self.frames, change)?;
        Ok(self.taken(&report) / self.frames)
    }

    fn taken(&self, report: &Report) -> Duration {
        match self.effort.clock {
            Clock::Wall => report.wall,
            Clock::Cpu => report.cpu,
        }
    }
}

/// Servo with the overlay and without a capture, against Servo without the overlay.
///
/// Where the linker puts the functions of a program makes more of a difference than what is looked
/// for here. So the programs are there in several orders, and each round is of another one. What
/// comes of comparing Servo without the overlay in one order to itself in another stands beside
/// the row: what is within those quartiles says nothing.
pub(crate) fn overlay(bench: &Bench) -> Result<Vec<Row>> {
    let pairs = &bench.programs.pairs;
    ensure!(!pairs.is_empty(), "--pair is missing");
    let start =
        |program| Bench::settle(bench.programs.start(program, CARDS, Vec::new())?, Change::Inside);
    let mut engines = [Vec::new(), Vec::new(), Vec::new()];
    for (index, [stock, patched]) in pairs.iter().enumerate() {
        let [other, _] = &pairs[(index + 1) % pairs.len()];
        for (browsers, program) in engines.iter_mut().zip([stock, other, patched]) {
            browsers.push(start(program)?);
        }
    }
    let mut contenders = engines.each_mut().map(|browsers| {
        let mut calls = 0;
        let contender: Contender<'_> = Box::new(move || {
            // All times of a round are of one process.
            let round = calls / (bench.effort.times + 1);
            calls += 1;
            let browser = round % browsers.len();
            bench.time(&mut browsers[browser], Change::Inside)
        });
        contender
    });
    let times = take_turns(bench.effort, &mut contenders)?;
    Ok(vec![
        Row::control("Servo as published / itself, linked in other orders", times.ratio(1, 0)),
        Row::new("overlay without captures / Servo as published", times.ratio(2, 0), 1.01),
    ])
}

/// Region Capture to memory, against the page without captures.
pub(crate) fn region(bench: &Bench) -> Result<Vec<Row>> {
    let mut bare = bench.bare(CARDS)?;
    let mut captured = bench.capturing(CARDS, vec![Capture::Crop("#card5".into())])?;
    let times = take_turns(
        bench.effort,
        &mut [
            Box::new(|| bench.time(&mut bare, Change::Inside)),
            Box::new(|| bench.time(&mut captured, Change::Inside)),
        ],
    )?;
    Ok(vec![Row::new("region capture to memory / page frame", times.ratio(1, 0), 1.15)])
}

/// Elements that are captured alone, against the page without captures.
pub(crate) fn restricted(bench: &Bench) -> Result<Vec<Row>> {
    let mut bare = bench.bare(CARDS)?;
    let browsers = RESTRICTED.map(|(count, ..)| bench.capturing(CARDS, alone(count)));
    let mut browsers = browsers.into_iter().collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    for (change, place) in [(Change::Elsewhere, "elsewhere"), (Change::Inside, "inside of all")] {
        let mut contenders: Vec<Contender<'_>> = vec![Box::new(|| bench.time(&mut bare, change))];
        for browser in &mut browsers {
            contenders.push(Box::new(|| bench.time(browser, change)));
        }
        let times = take_turns(bench.effort, &mut contenders)?;
        for (index, (count, elsewhere, inside)) in RESTRICTED.into_iter().enumerate() {
            let goal = if change == Change::Elsewhere { elsewhere } else { inside };
            let name = format!("{count} restricted, change {place} / page frame");
            rows.push(Row::new(name, times.ratio(index + 1, 0), goal));
        }
    }
    Ok(rows)
}

/// Captures of a page on which nothing changes.
pub(crate) fn idle(bench: &Bench) -> Result<Vec<Row>> {
    const DURATION: Duration = Duration::from_secs(5);
    let mut browser = bench.capturing(CARDS, alone(CARD_COUNT))?;
    let Report { wakes, painted, delivered, .. } = browser.rest(DURATION)?;
    let count = |count: u64| Ratio::exactly(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    Ok(vec![
        Row::new("16 restricted, nothing changed: wake-ups in 5 s", count(wakes), 0.),
        Row::new("16 restricted, nothing changed: frames", count(painted + delivered), 0.),
    ])
}

/// The display list of a layer of 2,000 boxes, against the page's list of as many boxes.
///
/// Each is the difference to a page with 2,000 boxes, in work of the thread that lays out: with
/// that page's element captured, and with a second such element. Both are what it takes to build
/// and to send the list.
pub(crate) fn list(bench: &Bench) -> Result<Vec<Row>> {
    let one = RefCell::new(bench.bare("list.html#1")?);
    let mut two = bench.bare("list.html#2")?;
    let mut captured =
        bench.capturing("list.html#1", vec![Capture::Restriction("section".into())])?;
    let work = |browser: &mut Browser| -> Result<Duration> {
        Ok(browser.animate(bench.frames, Change::Inside)?.layout)
    };
    let more = |browser: &mut Browser| -> Result<Duration> {
        let (more, less) = (work(browser)?, work(&mut one.borrow_mut())?);
        Ok(more.saturating_sub(less) / bench.frames)
    };
    let contenders: &mut [Contender<'_>] =
        &mut [Box::new(|| more(&mut two)), Box::new(|| more(&mut captured))];
    let times = take_turns(bench.effort, contenders)?;
    let name = "layer of 2,000 boxes / the page's list of the same";
    Ok(vec![Row::new(name, times.ratio(1, 0), 1.1)])
}

fn alone(count: u32) -> Vec<Capture> {
    (0..count).map(|card| Capture::Restriction(format!("#card{card}"))).collect()
}

/// How long a frame of the page takes, to judge the ratios by.
pub(crate) fn page_frame(bench: &Bench) -> Result<String> {
    let mut browser = bench.bare(CARDS)?;
    let Report { wall, cpu, .. } = browser.animate(FRAMES_TO_SETTLE, Change::Inside)?;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(FRAMES_TO_SETTLE);
    let (wall, cpu) = (milliseconds(wall), milliseconds(cpu));
    Ok(format!("software GL; a frame of the page takes {wall:.2} ms, and {cpu:.2} ms of work"))
}
