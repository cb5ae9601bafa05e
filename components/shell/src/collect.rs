/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The captures of one run: several views of one page, of the same moments.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use servo::capture::{
    Capture, CaptureFrame, CaptureGeometry, CaptureSink, CaptureSource, ElementLocator,
};
use subcapture_api::{
    Counters, EndReason, Ineligible, PixelFormat, RowOrder, StartError, State, Withheld,
};

use crate::cli::Source;
use crate::embedder::Tab;
use crate::failure::Failure;
use crate::picture::{Picture, Size};

/// How long to wait for a paint that brings the frames that were asked for, before painting
/// without being told to.
const PAINT_INTERVAL: Duration = Duration::from_millis(16);

/// A capture has no frame to show.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CollectError {
    /// It did not start.
    NotStarted {
        /// What was to be captured.
        source: Source,
        /// Why not.
        error: StartError,
    },
    /// The element cannot be captured alone.
    NotEligible {
        /// What was to be captured.
        source: Source,
        /// The rule that it fails.
        rule: Ineligible,
    },
    /// There was nothing to see within the time limit.
    NothingVisible {
        /// What was to be captured.
        source: Source,
        /// What is known: `None` when the page did not even say whether there is such an element.
        state: Option<State>,
        /// The time limit.
        limit: Duration,
    },
    /// It ended.
    Ended {
        /// What was to be captured.
        source: Source,
        /// Why.
        reason: EndReason,
    },
    /// The page's process or thread came to its end.
    Crashed(String),
}

impl fmt::Display for CollectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { source, error: StartError::NoMatch } => write!(
                f,
                "{source}: {} (if the page adds it later: --wait 'selector:{}')",
                StartError::NoMatch,
                source.selector().unwrap_or_default()
            ),
            Self::NotStarted { source, error } => write!(f, "{source}: {error}"),
            Self::NotEligible { source, rule } => write!(
                f,
                "{source}: not eligible to be captured alone: {rule} (try `{}` in its CSS)",
                rule.remedy()
            ),
            Self::NothingVisible { source, state, limit } => {
                write!(f, "{source}: nothing to capture after {} s: ", limit.as_secs_f64())?;
                match state {
                    Some(State::Paused(reason)) => {
                        write!(f, "{reason}")?;
                        if *reason == Withheld::NotVisible {
                            f.write_str(" (try --scroll-to, --scroll or a larger --viewport)")?;
                        }
                        Ok(())
                    }
                    // Active, and yet there never was a frame of all captures at once.
                    Some(_) => f.write_str("no frame came"),
                    None => f.write_str("the page did not answer"),
                }
            }
            Self::Ended { source, reason } => write!(f, "{source}: {reason}"),
            Self::Crashed(reason) => write!(f, "the page crashed: {reason}"),
        }
    }
}

impl std::error::Error for CollectError {}

/// One capture, running.
pub struct Collector {
    /// What it shows.
    pub source: Source,
    sink: Rc<Sink>,
    capture: Capture,
}

/// What a capture told.
#[derive(Default)]
struct Sink {
    started: Cell<bool>,
    start_error: RefCell<Option<StartError>>,
    frames: RefCell<VecDeque<CaptureFrame>>,
    pauses: RefCell<Vec<Withheld>>,
}

impl CaptureSink for Sink {
    fn notify_started(&self) {
        self.started.set(true);
    }

    fn notify_start_failed(&self, error: StartError) {
        self.start_error.replace(Some(error));
    }

    fn notify_state_changed(&self, state: State) {
        if let State::Paused(reason) = state {
            self.pauses.borrow_mut().push(reason);
        }
    }

    fn notify_frame(&self, frame: CaptureFrame) {
        self.frames.borrow_mut().push_back(frame);
    }
}

impl Collector {
    /// Start to capture.
    pub fn start(tab: &Tab, source: Source) -> Self {
        let sink = Rc::new(Sink::default());
        let element = |selector: &str| ElementLocator::Selector(selector.to_owned());
        let what = match &source {
            Source::Viewport => CaptureSource::Viewport,
            Source::Crop(selector) => CaptureSource::Crop(element(selector)),
            Source::Restriction(selector) => CaptureSource::Restriction(element(selector)),
        };
        let capture = tab.webview().capture(what, sink.clone());
        Self { source, sink, capture }
    }

    /// What it is doing; `None` before it is known whether there is such an element.
    pub fn state(&self) -> Option<State> {
        self.sink.started.get().then(|| self.capture.state())
    }

    /// What became of its frames.
    pub fn counters(&self) -> Counters {
        self.capture.counters()
    }

    /// Where the element is now.
    pub fn geometry(&self) -> Option<CaptureGeometry> {
        self.capture.subject_rect()
    }

    /// The next frame that was delivered and not taken yet.
    pub fn take_frame(&self) -> Option<CaptureFrame> {
        self.sink.frames.borrow_mut().pop_front()
    }

    /// Whether there is a frame to take.
    pub fn has_frames(&self) -> bool {
        !self.sink.frames.borrow().is_empty()
    }

    /// The reasons of the pauses since this was last asked, in order.
    pub fn take_pauses(&self) -> Vec<Withheld> {
        self.sink.pauses.take()
    }

    /// Whether there can be frames: an error if there never will be any.
    ///
    /// # Errors
    ///
    /// [`CollectError`] when the capture did not start, or has ended.
    pub fn check(&self) -> Result<(), CollectError> {
        let source = || self.source.clone();
        if let Some(error) = self.sink.start_error.borrow().clone() {
            return Err(CollectError::NotStarted { source: source(), error });
        }
        match self.state() {
            Some(State::Ended(reason)) => Err(CollectError::Ended { source: source(), reason }),
            _ => Ok(()),
        }
    }

    /// The composited frame that its newest frame shows.
    fn newest_composite(&self) -> Option<u64> {
        self.sink.frames.borrow().back().map(|frame| frame.info.composite)
    }
}

/// The picture of a frame.
///
/// # Errors
///
/// [`Failure`] when its pixels are not what the capture promises.
pub fn picture_of(frame: CaptureFrame) -> Result<Picture, Failure> {
    let CaptureFrame { info, pixels } = frame;
    let side = |side: i32| u32::try_from(side).ok();
    let (PixelFormat::Rgba8Premultiplied, RowOrder::TopDown) = (info.format, info.rows) else {
        return Err(Failure::Internal("a frame came in an unknown format"));
    };
    side(info.size.width)
        .zip(side(info.size.height))
        .and_then(|(width, height)| Picture::new(Size { width, height }, pixels))
        .ok_or(Failure::Internal("a frame came with the wrong number of pixels"))
}

/// Wait for the first moment of which every capture has a frame, and take those frames.
///
/// # Errors
///
/// [`CollectError`] of the first capture that does not start, shows an element that is not
/// eligible, ends, or has nothing to show within the time limit.
pub fn first_moment(
    tab: &Tab,
    collectors: &[Collector],
    limit: Duration,
) -> Result<Vec<CaptureFrame>, CollectError> {
    let deadline = Instant::now() + limit;
    let mut asked = false;
    loop {
        check(tab, collectors)?;
        for collector in collectors {
            if let Some(State::Paused(Withheld::Ineligible(rule))) = collector.state() {
                return Err(CollectError::NotEligible { source: collector.source.clone(), rule });
            }
        }
        if let Some(frames) = common_moment(collectors) {
            return Ok(frames);
        }
        if Instant::now() >= deadline {
            return Err(nothing_visible(collectors, limit));
        }
        // Frames of the same moment come to all who ask before the same paint.
        let all_started = collectors.iter().all(|collector| collector.state().is_some());
        if all_started {
            collectors.iter().for_each(|collector| collector.capture.request_frame());
            asked = true;
        }
        let composites = || collectors.iter().map(Collector::newest_composite).collect::<Vec<_>>();
        let before = composites();
        let news = || composites() != before;
        if !tab.spin_until(deadline.min(Instant::now() + PAINT_INTERVAL), news) && asked {
            tab.paint();
        }
    }
}

/// The frames of the newest moment, if every capture has one. The older ones are dropped.
fn common_moment(collectors: &[Collector]) -> Option<Vec<CaptureFrame>> {
    let composite = collectors.first()?.newest_composite()?;
    if !collectors.iter().all(|collector| collector.newest_composite() == Some(composite)) {
        return None;
    }
    let newest = |collector: &Collector| {
        let mut frames = collector.sink.frames.borrow_mut();
        let newest = frames.pop_back();
        frames.clear();
        newest
    };
    collectors.iter().map(newest).collect()
}

/// Whether all captures can go on.
///
/// # Errors
///
/// [`CollectError`] of the first that cannot.
pub fn check(tab: &Tab, collectors: &[Collector]) -> Result<(), CollectError> {
    if let Some(reason) = tab.crash() {
        return Err(CollectError::Crashed(reason));
    }
    collectors.iter().try_for_each(Collector::check)
}

fn nothing_visible(collectors: &[Collector], limit: Duration) -> CollectError {
    let waiting = |collector: &&Collector| collector.state() != Some(State::Active);
    let collector = collectors.iter().find(waiting).unwrap_or(&collectors[0]);
    let (source, state) = (collector.source.clone(), collector.state());
    CollectError::NothingVisible { source, state, limit }
}
