/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! One run of the program, from the command line to the outputs.

use std::time::Instant;

use servo::capture::CaptureFrame;

use crate::account::{Account, PageAccount, milliseconds};
use crate::cli::{Invocation, Mode, PageOptions};
use crate::collect::{self, Collector, picture_of};
use crate::embedder::{Headless, HeadlessOptions, Tab};
use crate::encode::{RecordingFormat, encode_png};
use crate::failure::Failure;
use crate::load::Loader;
use crate::output::{self, Content, Destination};
use crate::page::Page;
use crate::record::{self, RecordingOrder, Schedule};

/// Servo and its page, which take a while to shut down when this is dropped.
pub struct Running {
    tab: Tab,
    // After the page: it belongs to this.
    _headless: Headless,
}

/// Do what was asked for, and tell of it in `account` as far as it goes.
///
/// When this returns everything is written, and Servo is left in `running`.
///
/// # Errors
///
/// [`Failure`], and then nothing is written.
pub fn run(
    invocation: &Invocation,
    account: &mut Account,
    running: &mut Option<Running>,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let result = Run { invocation, account }.perform(running);
    account.timings_ms.total = Some(milliseconds(begun.elapsed()));
    if let Err(failure) = &result {
        account.fail(failure);
    }
    result
}

struct Run<'a> {
    invocation: &'a Invocation,
    account: &'a mut Account,
}

impl Run<'_> {
    fn perform(&mut self, running: &mut Option<Running>) -> Result<(), Failure> {
        // A page may take long; what cannot be written is found out before.
        let orders = self.invocation.captures.iter();
        let destinations = orders
            .map(|order| Destination::check(order.output.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let options = &self.invocation.page;
        let page = Page::from_argument(&options.page)?;

        let begun = Instant::now();
        let headless = Headless::start(headless_options(options))?;
        self.account.timings_ms.start = Some(milliseconds(begun.elapsed()));
        let tab = headless.open(page.url.clone(), options.zoom);
        let tab = &running.insert(Running { tab, _headless: headless }).tab;
        self.load(tab, &page)?;

        let sources = self.invocation.captures.iter().map(|order| order.source.clone());
        let collectors: Vec<_> = sources.map(|source| Collector::start(tab, source)).collect();
        let result = self.capture(tab, &collectors, destinations);
        for (account, collector) in self.account.captures.iter_mut().zip(&collectors) {
            account.note_state(collector);
        }
        result
    }

    fn load(&mut self, tab: &Tab, page: &Page) -> Result<(), Failure> {
        let begun = Instant::now();
        let options = &self.invocation.page;
        let mut loader = Loader::new(tab, page.url.clone(), options.timeout);
        loader.wait(&options.waits)?;
        if let Some(scroll) = &options.scroll {
            loader.scroll(scroll)?;
        }
        self.account.timings_ms.load = Some(milliseconds(begun.elapsed()));
        let said = loader.ask(PageAccount::SCRIPT)?;
        self.account.page = Some(PageAccount::from_value(&said, options.zoom));
        Ok(())
    }

    fn capture(
        &mut self,
        tab: &Tab,
        collectors: &[Collector],
        destinations: Vec<Destination>,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        let frames = collect::first_moment(tab, collectors, self.invocation.page.timeout)?;
        self.account.timings_ms.first_frame = Some(milliseconds(begun.elapsed()));
        let accounts = self.account.captures.iter_mut();
        for ((account, collector), frame) in accounts.zip(collectors).zip(&frames) {
            account.note_frame(&frame.info, collector.geometry().as_ref());
        }

        let begun = Instant::now();
        let contents = match &self.invocation.mode {
            Mode::Shot => self.shoot(frames)?,
            Mode::Record { rate, duration, formats } => {
                let schedule = Schedule { rate: *rate, duration: *duration };
                self.record(tab, collectors, &destinations, formats, schedule, frames)?
            }
        };
        output::commit(destinations.into_iter().zip(contents).collect())?;
        if self.invocation.mode == Mode::Shot {
            self.account.timings_ms.encode = Some(milliseconds(begun.elapsed()));
        }
        Ok(())
    }

    fn shoot(&self, frames: Vec<CaptureFrame>) -> Result<Vec<Content>, Failure> {
        let outputs = self.invocation.captures.iter().map(|order| &order.output);
        let encode = |(output, frame)| {
            let mut bytes = Vec::new();
            match encode_png(&picture_of(frame)?, &mut bytes) {
                Ok(()) => Ok(Content::Bytes(bytes)),
                Err(error) => Err(Failure::Encode(Clone::clone(output), error)),
            }
        };
        outputs.zip(frames).map(encode).collect()
    }

    fn record(
        &mut self,
        tab: &Tab,
        collectors: &[Collector],
        destinations: &[Destination],
        formats: &[RecordingFormat],
        schedule: Schedule,
        first: Vec<CaptureFrame>,
    ) -> Result<Vec<Content>, Failure> {
        let begun = Instant::now();
        let parts = collectors.iter().zip(first).zip(destinations).zip(formats);
        let orders = parts.map(|(((collector, first), destination), format)| RecordingOrder {
            collector,
            first,
            destination,
            format: *format,
        });
        let recorded = record::record(tab, orders.collect(), schedule)?;
        self.account.timings_ms.record = Some(milliseconds(begun.elapsed()));
        let mut contents = Vec::new();
        for (account, recorded) in self.account.captures.iter_mut().zip(recorded) {
            account.recording = Some(recorded.account);
            self.account.warnings.extend(recorded.warnings);
            contents.push(recorded.content);
        }
        Ok(contents)
    }
}

fn headless_options(options: &PageOptions) -> HeadlessOptions {
    HeadlessOptions {
        viewport: (options.viewport.width, options.viewport.height),
        device_pixel_ratio: options.dpr,
        gl: options.gl,
        multiprocess: options.multiprocess,
    }
}
