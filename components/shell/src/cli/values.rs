/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The values of flags.

use std::str::FromStr;
use std::time::Duration;

use crate::encode::RecordingFormat;
use crate::gl::GlDriver;

/// The viewport in CSS px.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Viewport {
    /// Horizontally.
    pub width: u32,
    /// Vertically.
    pub height: u32,
}

impl FromStr for Viewport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=16384).contains(side));
        text.split_once(['x', 'X', '×'])
            .and_then(|(width, height)| Some(Self { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| "expected WIDTHxHEIGHT in CSS px, such as 1280x720".to_owned())
    }
}

/// Where to scroll the page to.
#[derive(Clone, Debug, PartialEq)]
pub enum Scroll {
    /// This position.
    To(ScrollPosition),
    /// Where this element is in the middle of the viewport.
    Into(String),
}

/// A scroll position in CSS px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrollPosition {
    /// Horizontally.
    pub x: f64,
    /// Vertically.
    pub y: f64,
}

impl FromStr for ScrollPosition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |text: &str| text.trim().parse().ok().filter(|part: &f64| part.is_finite());
        text.split_once(',')
            .and_then(|(x, y)| Some(Self { x: part(x)?, y: part(y)? }))
            .ok_or_else(|| "expected X,Y in CSS px, such as 0,600".to_owned())
    }
}

/// Something to wait for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wait {
    /// The load event, images and fonts included.
    Load,
    /// An element that matches.
    Selector(String),
    /// Some time.
    Time(Duration),
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "load" {
            return Ok(Self::Load);
        }
        if let Some(selector) = text.strip_prefix("selector:") {
            return Ok(Self::Selector(selector.to_owned()));
        }
        seconds(text)
            .map(Self::Time)
            .ok_or_else(|| "expected load, selector:SELECTOR or a number of seconds".to_owned())
    }
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

pub(super) fn positive_seconds(text: &str) -> Result<Duration, String> {
    seconds(text)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

pub(super) fn parse_scale(text: &str) -> Result<f32, String> {
    // What Servo accepts as page zoom.
    text.parse()
        .ok()
        .filter(|scale| (0.1..=10.0).contains(scale))
        .ok_or_else(|| "expected a number from 0.1 to 10".to_owned())
}

pub(super) fn parse_format(text: &str) -> Result<RecordingFormat, String> {
    format_by_name(text).ok_or_else(|| "expected apng or y4m".to_owned())
}

pub(super) fn format_by_name(name: &str) -> Option<RecordingFormat> {
    match name.to_ascii_lowercase().as_str() {
        "apng" | "png" => Some(RecordingFormat::Apng),
        "y4m" => Some(RecordingFormat::Y4m),
        _ => None,
    }
}

pub(super) fn parse_driver(text: &str) -> Result<GlDriver, String> {
    match text {
        "software" => Ok(GlDriver::Software),
        "hardware" => Ok(GlDriver::Hardware),
        _ => Err("expected software or hardware".to_owned()),
    }
}
