/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The machine-readable account of a run, which `--json` prints.

use std::time::Duration;

use serde::Serialize;
use servo::JSValue;
use servo::capture::CaptureGeometry;
use subcapture_api::{FrameInfo, State, Withheld};

use crate::cli::{Invocation, Source};
use crate::collect::Collector;
use crate::failure::{Failure, FailureKind};

/// What a run did. Fields are added over time, and none is taken away or changes its meaning.
#[derive(Debug, Serialize)]
pub struct Account {
    /// The version of the program.
    pub subcapture: &'static str,
    /// The page, as it is when the capture begins. `null` if it did not get that far.
    pub page: Option<PageAccount>,
    /// The captures, in the order of the command line.
    pub captures: Vec<CaptureAccount>,
    /// How long the parts of the run took.
    pub timings_ms: Timings,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Why the run failed, if it did. Then nothing is written.
    pub error: Option<ErrorAccount>,
}

/// The page.
#[derive(Debug, Serialize)]
pub struct PageAccount {
    /// Where it came from, redirects included.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The size of its viewport, in CSS px.
    pub viewport: SizeAccount,
    /// Device px per CSS px, page zoom included.
    pub device_pixel_ratio: f64,
    /// Page zoom.
    pub zoom: f64,
    /// How far it is scrolled, in CSS px.
    pub scroll: PointAccount,
}

/// A position.
#[derive(Debug, Serialize)]
pub struct PointAccount {
    /// Horizontally.
    pub x: f64,
    /// Vertically.
    pub y: f64,
}

/// A size.
#[derive(Debug, Serialize)]
pub struct SizeAccount {
    /// Horizontally.
    pub width: f64,
    /// Vertically.
    pub height: f64,
}

/// A rect in the viewport.
#[derive(Debug, Serialize)]
pub struct RectAccount {
    /// The left edge.
    pub x: f64,
    /// The top edge.
    pub y: f64,
    /// Horizontally.
    pub width: f64,
    /// Vertically.
    pub height: f64,
}

/// One capture.
#[derive(Debug, Serialize)]
pub struct CaptureAccount {
    /// `viewport`, `crop` or `restriction`.
    pub source: &'static str,
    /// The selector of the element.
    pub selector: Option<String>,
    /// Where it goes; `-` is standard output.
    pub output: String,
    /// `starting`, `active`, `paused` or `ended`, at the end of the run.
    pub state: &'static str,
    /// Why it is not active.
    pub reason: Option<ReasonAccount>,
    /// The element's border box in CSS px in the viewport, wherever it is, when it was captured.
    pub css_rect: Option<RectAccount>,
    /// What the (first) frame shows, in device px in the viewport.
    pub device_rect: Option<RectAccount>,
    /// The (first) frame.
    pub frame: Option<FrameAccount>,
    /// What became of its frames in the whole run, the ones before the capture included.
    pub counts: CountsAccount,
    /// What was recorded, in a recording.
    pub recording: Option<RecordingAccount>,
}

/// A reason.
#[derive(Debug, Serialize)]
pub struct ReasonAccount {
    /// The name of the reason, such as `not-visible`.
    pub kind: String,
    /// The name of the rule that an element fails that is not eligible.
    pub rule: Option<String>,
    /// In words.
    pub message: String,
    /// CSS that would make the element eligible.
    pub remedy: Option<&'static str>,
}

/// A frame.
#[derive(Debug, Serialize)]
pub struct FrameAccount {
    /// Px of the picture.
    pub width: i32,
    /// Px of the picture.
    pub height: i32,
    /// Which composited frame of the page it shows. Equal numbers are the same moment.
    pub composite: u64,
    /// When it was made, in ms on the compositor's clock.
    pub timestamp_ms: f64,
}

/// Numbers of frames.
#[derive(Debug, Default, Serialize)]
pub struct CountsAccount {
    /// Composited by the engine.
    pub total: u64,
    /// Given to the program.
    pub delivered: u64,
    /// Not given to the program.
    pub discarded: u64,
}

/// A recording.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RecordingAccount {
    /// `apng` or `y4m`.
    pub format: &'static str,
    /// Output frames per second, as a number or a fraction.
    pub fps: String,
    /// Output frames.
    pub frames: u64,
    /// Output frames that repeat the one before, because nothing newer was there.
    pub repeated: u64,
    /// Captured frames that no output frame shows, because a newer one was there.
    pub skipped: u64,
    /// Captured frames of another size than the first, which were cut or padded to it.
    pub resized: u64,
    /// Whether the file has the alpha that the element has.
    pub alpha: bool,
}

impl RecordingAccount {
    /// Note that a captured frame is shown by this many output frames.
    pub fn note(&mut self, repeat: u64) {
        match repeat {
            0 => self.skipped += 1,
            repeat => self.repeated += repeat - 1,
        }
    }
}

/// How long the parts of a run took, in ms. `null` if it did not get that far.
#[derive(Debug, Default, Serialize)]
pub struct Timings {
    /// Servo's start.
    pub start: Option<f64>,
    /// The page, with everything that was to be waited for.
    pub load: Option<f64>,
    /// From the start of the captures to the first frame of all of them.
    pub first_frame: Option<f64>,
    /// The recording.
    pub record: Option<f64>,
    /// Encoding and writing after the last frame.
    pub encode: Option<f64>,
    /// Everything.
    pub total: Option<f64>,
}

/// Why a run failed.
#[derive(Debug, Serialize)]
pub struct ErrorAccount {
    /// The exit code.
    pub exit_code: u8,
    /// Its name.
    pub kind: FailureKind,
    /// In words, as on standard error.
    pub message: String,
}

impl Account {
    /// The account of a run that has not begun.
    pub fn new(invocation: &Invocation) -> Self {
        let captures = invocation.captures.iter().map(|order| CaptureAccount {
            source: match order.source {
                Source::Viewport => "viewport",
                Source::Crop(_) => "crop",
                Source::Restriction(_) => "restriction",
            },
            selector: order.source.selector().map(str::to_owned),
            output: order.output.to_string(),
            state: "starting",
            reason: None,
            css_rect: None,
            device_rect: None,
            frame: None,
            counts: CountsAccount::default(),
            recording: None,
        });
        Self {
            subcapture: env!("CARGO_PKG_VERSION"),
            page: None,
            captures: captures.collect(),
            timings_ms: Timings::default(),
            warnings: Vec::new(),
            error: None,
        }
    }

    /// Note why the run failed.
    pub fn fail(&mut self, failure: &Failure) {
        let kind = failure.kind();
        let exit_code = kind.exit_code();
        self.error = Some(ErrorAccount { exit_code, kind, message: failure.to_string() });
    }
}

impl PageAccount {
    /// A script that tells what [`Self::from_value`] reads.
    pub const SCRIPT: &str = "({
        url: document.URL, title: document.title,
        width: innerWidth, height: innerHeight, ratio: devicePixelRatio,
        x: scrollX, y: scrollY,
    })";

    /// What the page says of itself. What it does not say properly is empty or 0.
    pub fn from_value(value: &JSValue, zoom: f32) -> Self {
        let field = |name: &str| match value {
            JSValue::Object(fields) => fields.get(name),
            _ => None,
        };
        let number = |name: &str| match field(name) {
            Some(JSValue::Number(number)) => *number,
            _ => 0.0,
        };
        let text = |name: &str| match field(name) {
            Some(JSValue::String(text)) => text.clone(),
            _ => String::new(),
        };
        Self {
            url: text("url"),
            title: text("title"),
            viewport: SizeAccount { width: number("width"), height: number("height") },
            device_pixel_ratio: number("ratio"),
            zoom: shortest(zoom),
            scroll: PointAccount { x: number("x"), y: number("y") },
        }
    }
}

impl CaptureAccount {
    /// Note what the capture is doing.
    pub fn note_state(&mut self, collector: &Collector) {
        let counters = collector.counters();
        self.counts = CountsAccount {
            total: counters.total,
            delivered: counters.delivered,
            discarded: counters.discarded,
        };
        let Some(state) = collector.state() else {
            return;
        };
        (self.state, self.reason) = match state {
            State::Active => ("active", None),
            State::Paused(reason) => ("paused", Some(withheld(reason))),
            State::Ended(reason) => ("ended", Some(other_reason(&reason, reason.to_string()))),
        };
    }

    /// Note the (first) frame that was captured, and where the element is.
    pub fn note_frame(&mut self, info: &FrameInfo, geometry: Option<&CaptureGeometry>) {
        self.frame = Some(FrameAccount {
            width: info.size.width,
            height: info.size.height,
            composite: info.composite,
            timestamp_ms: milliseconds(info.timestamp),
        });
        self.device_rect = Some(RectAccount {
            x: info.origin.x.into(),
            y: info.origin.y.into(),
            width: info.size.width.into(),
            height: info.size.height.into(),
        });
        let scale = info.scale.get();
        let (x, y, width, height) = match geometry {
            Some(CaptureGeometry { border_box_css: rect, .. }) => {
                (rect.origin.x, rect.origin.y, rect.size.width, rect.size.height)
            }
            None if self.selector.is_some() => return,
            // The whole viewport.
            None => (0.0, 0.0, info.size.width as f32 / scale, info.size.height as f32 / scale),
        };
        self.css_rect = Some(RectAccount {
            x: shortest(x),
            y: shortest(y),
            width: shortest(width),
            height: shortest(height),
        });
    }
}

/// A time in ms.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The number that is meant by a float of 32 bits: 0.1 and not 0.10000000149.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| number.into())
}

fn withheld(reason: Withheld) -> ReasonAccount {
    let account = other_reason(&reason, reason.to_string());
    match reason {
        Withheld::Ineligible(rule) => {
            ReasonAccount { rule: Some(name(&rule)), remedy: Some(rule.remedy()), ..account }
        }
        _ => account,
    }
}

fn other_reason(reason: &impl Serialize, message: String) -> ReasonAccount {
    ReasonAccount { kind: name(reason), rule: None, message, remedy: None }
}

/// The name of an enum's variant in kebab-case, whatever variants there are.
fn name(variant: &impl Serialize) -> String {
    let name = match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let mut kebab = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use subcapture_api::Ineligible;

    use super::*;

    #[test]
    fn reasons_are_named_by_their_variants() {
        let reason = withheld(Withheld::NotVisible);
        assert_eq!((reason.kind.as_str(), reason.rule), ("not-visible", None));
        let reason = withheld(Withheld::Ineligible(Ineligible::NotStackingContext));
        assert_eq!(reason.kind, "ineligible");
        assert_eq!(reason.rule.as_deref(), Some("not-stacking-context"));
        assert_eq!(reason.remedy, Some("isolation: isolate"));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(serde_json::to_string(&shortest(0.1)).expect("a number"), "0.1");
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
    }

    #[test]
    fn a_page_may_say_anything() {
        let page = PageAccount::from_value(&JSValue::Null, 1.25);
        assert_eq!((page.url.as_str(), page.viewport.width, page.zoom), ("", 0.0, 1.25));
    }
}
