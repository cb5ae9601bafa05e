/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A recording of each capture.
//!
//! The event loop captures; for each recording a thread of its own encodes, so that a slow encoder
//! costs repeated frames and never a wrong speed.

use std::fs::File;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use servo::capture::CaptureFrame;

use crate::account::RecordingAccount;
use crate::collect::{self, Collector, picture_of};
use crate::embedder::Tab;
use crate::encode::{EncodeError, EncoderThread, Paced, RecordingFormat};
use crate::failure::Failure;
use crate::output::{Content, Destination, OutputName, Spool};
use crate::pacing::{Rate, Sampler};
use crate::picture::{Picture, Size};
use crate::progress::Progress;

/// How many bytes of pixels may wait for an encoder.
const BACKLOG: usize = 256 << 20;
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// When the frames of a recording are.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Output frames per second.
    pub rate: Rate,
    /// On the page's clock.
    pub duration: Duration,
}

impl Schedule {
    fn frames(self) -> u64 {
        self.rate.frames_in(self.duration)
    }
}

/// A recording that is done, to be committed.
pub struct Recorded {
    /// What is to be written.
    pub content: Content,
    /// What it is.
    pub account: RecordingAccount,
    /// What the user should know of it.
    pub warnings: Vec<String>,
}

/// One recording, before it begins.
pub struct RecordingOrder<'a> {
    /// What is recorded.
    pub collector: &'a Collector,
    /// Its first frame.
    pub first: CaptureFrame,
    /// Where it goes.
    pub destination: &'a Destination,
    /// How it is stored.
    pub format: RecordingFormat,
}

/// Record from the moment of the first frames on.
///
/// # Errors
///
/// [`Failure`] when a capture ends or an output cannot be written.
pub fn record(
    tab: &Tab,
    orders: Vec<RecordingOrder<'_>>,
    schedule: Schedule,
) -> Result<Vec<Recorded>, Failure> {
    let begun = Instant::now();
    let mut tracks = orders
        .into_iter()
        .map(|order| Track::begin(order, schedule))
        .collect::<Result<Vec<_>, _>>()?;
    let progress = Progress::new(schedule.frames());

    // The compositor's clock runs as this thread's does. Its start was a little before ours, so
    // that no frame of the recording is missed.
    let end = begun + schedule.duration;
    // An encoder that gave up has an error to tell; there is no use in going on.
    while Instant::now() < end && tracks.iter().all(|track| track.encoder.is_at_work()) {
        tab.spin_until(end.min(Instant::now() + PROGRESS_INTERVAL), || {
            tracks.iter().any(|track| track.collector.has_frames())
        });
        if let Some(reason) = tab.crash() {
            return Err(collect::CollectError::Crashed(reason).into());
        }
        tracks.iter_mut().try_for_each(Track::take)?;
        progress.show(schedule.rate.frames_in(begun.elapsed()).min(schedule.frames()));
    }
    tracks.into_iter().map(Track::finish).collect()
}

/// One recording.
struct Track<'a> {
    collector: &'a Collector,
    output: OutputName,
    format: RecordingFormat,
    size: Size,
    sampler: Sampler<Picture>,
    encoder: EncoderThread,
    content: Content,
    account: RecordingAccount,
    warnings: Vec<String>,
    has_transparency: bool,
}

impl<'a> Track<'a> {
    fn begin(order: RecordingOrder<'a>, schedule: Schedule) -> Result<Self, Failure> {
        let RecordingOrder { collector, first, destination, format } = order;
        // Those were before the recording.
        collector.take_pauses();
        let start = first.info.timestamp;
        let first = picture_of(first)?;
        let output = destination.name().clone();
        let (file, content) = match destination.spool()? {
            Spool::Stream(file) => (file, Content::Streamed),
            Spool::File(file) => {
                let spooled = file.try_clone();
                let unwritable = |error| Failure::Encode(output.clone(), EncodeError::Write(error));
                (file, Content::Spooled(spooled.map_err(unwritable)?))
            }
        };
        Ok(Self {
            collector,
            output,
            format,
            size: first.size(),
            has_transparency: first.has_transparency(),
            encoder: start_encoder(format, first.size(), schedule, file),
            content,
            account: RecordingAccount {
                format: format.name(),
                fps: schedule.rate.to_string(),
                frames: schedule.frames(),
                alpha: format.keeps_alpha(),
                ..RecordingAccount::default()
            },
            warnings: Vec::new(),
            sampler: Sampler::new(schedule.rate, schedule.frames(), start, first),
        })
    }

    /// Take what the capture has delivered.
    fn take(&mut self) -> Result<(), Failure> {
        self.collector.check()?;
        for reason in self.collector.take_pauses() {
            self.warn(&format!("paused ({reason}); it holds its last frame meanwhile"));
        }
        while let Some(frame) = self.collector.take_frame() {
            let timestamp = frame.info.timestamp;
            let picture = picture_of(frame)?;
            self.has_transparency |= picture.has_transparency();
            if picture.size() != self.size {
                self.note_resized();
            }
            let paced = self.sampler.push(timestamp, picture.on_canvas(self.size));
            self.account.note(paced.1);
            self.encoder.send(paced);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Recorded, Failure> {
        if self.has_transparency && !self.format.keeps_alpha() {
            self.warn("this format has no alpha; what is transparent is shown over black");
        }
        let (last, repeat) = self.sampler.finish();
        self.account.note(repeat);
        // If the encoder is not there any more, it tells why when it is joined.
        self.encoder.send((last, repeat));
        self.encoder.finish().map_err(|error| Failure::Encode(self.output, error))?;
        Ok(Recorded { content: self.content, account: self.account, warnings: self.warnings })
    }

    fn note_resized(&mut self) {
        if self.account.resized == 0 {
            let Size { width, height } = self.size;
            self.warn(&format!(
                "the element changed its size; the recording stays {width}x{height} px, and its \
                 frames are cut or padded at the right and the bottom"
            ));
        }
        self.account.resized += 1;
    }

    fn warn(&mut self, what: &str) {
        self.warnings.push(format!("{}: {what}", self.output));
    }
}

fn start_encoder(
    format: RecordingFormat,
    size: Size,
    schedule: Schedule,
    to: File,
) -> EncoderThread {
    let backlog = (BACKLOG / size.bytes().max(1)).max(2);
    EncoderThread::start(backlog, move |frames: Receiver<Paced>| {
        let mut encoder = format.begin(size, schedule.rate, schedule.frames(), Box::new(to))?;
        for (picture, repeat) in frames {
            encoder.write(&picture, repeat)?;
        }
        encoder.finish()
    })
}
