/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a document says to a session that it was granted, and hears from it.

use std::fmt;

use serde::{Deserialize, Serialize};
use webrender_api::units::DeviceIntSize;

use crate::{MintError, State, Subject, Version};

/// The right to command one session. The embedder grants it, and whoever has it may use it: like
/// a target id it is 128 random bits, so that a content process can command no session but those
/// that were granted to it.
#[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct TrackKey([u8; 16]);

impl TrackKey {
    /// Make a key from the operating system's random bits.
    ///
    /// # Errors
    ///
    /// [`MintError`] when the operating system has no random bits to give.
    pub fn mint() -> Result<Self, MintError> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|_| MintError)?;
        Ok(Self(bits))
    }
}

impl fmt::Debug for TrackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrackKey(..)")
    }
}

/// What the frames of a session are limited to.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct FrameLimits {
    /// At most so many frames a second. `None`: as many as the page has.
    pub max_frame_rate: Option<f32>,
    /// The largest width and height of a frame in device px: a larger one is scaled down to fit,
    /// keeping its aspect ratio. `None`: frames are never scaled.
    pub max_size: Option<DeviceIntSize>,
}

impl FrameLimits {
    /// The size of a frame of something of this size: scaled down to fit, with its aspect ratio
    /// kept as closely as whole px allow, and never empty. Halves are rounded up.
    ///
    /// The same on both sides, to the px: a frame from before a limit can be told from one that
    /// obeys it.
    pub fn fit(&self, size: DeviceIntSize) -> DeviceIntSize {
        let Some(max) = self.max_size.map(|max| max.max(DeviceIntSize::new(1, 1))) else {
            return size;
        };
        if size.width <= max.width && size.height <= max.height {
            return size;
        }
        let scale = |length: i32, of: i32, by: i32| {
            let (length, of, by) = (i64::from(length), i64::from(of), i64::from(by));
            i32::try_from((2 * length * by + of) / (2 * of)).unwrap_or(i32::MAX).max(1)
        };
        // Which of the two is the tighter bound?
        let (width, height) = (i64::from(size.width), i64::from(size.height));
        if width * i64::from(max.height) >= height * i64::from(max.width) {
            let height = scale(size.height, size.width, max.width).min(max.height);
            DeviceIntSize::new(max.width, height)
        } else {
            let width = scale(size.width, size.height, max.height).min(max.width);
            DeviceIntSize::new(width, max.height)
        }
    }
}

/// From a document to one of its sessions.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub enum TrackCommand {
    /// Capture something else from now on. Answered by [`TrackEvent::Changed`] with the same
    /// `request`, after which no frame of what was captured before comes.
    Change {
        /// Tells the answer to this command from others.
        request: u64,
        /// What to capture.
        subject: Subject,
    },
    /// Limit frames. Answered by [`TrackEvent::Limited`] with the same `request`, after which no
    /// frame comes that is larger.
    Limit {
        /// Tells the answer to this command from others.
        request: u64,
        /// What frames are limited to, instead of what they were.
        limits: FrameLimits,
    },
    /// Deliver the frame on screen even if nothing changes.
    RequestFrame,
    /// End the session.
    Stop,
}

/// Why a session could not change what it captures. It goes on as it was.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is no such target in the webview: it is unknown, of another webview, or its document
    /// is gone. Which of these is not told.
    UnknownTarget,
    /// The session has ended.
    Ended,
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownTarget => "the target is not in the captured webview",
            Self::Ended => "the capture has ended",
        })
    }
}

impl std::error::Error for ChangeError {}

/// From a session to its document, in order with its frames.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TrackEvent {
    /// The answer to [`TrackCommand::Change`].
    Changed {
        /// The number of the command.
        request: u64,
        /// The version of all frames from now on.
        result: Result<Version, ChangeError>,
    },
    /// The answer to [`TrackCommand::Limit`].
    Limited {
        /// The number of the command.
        request: u64,
    },
    /// The session is in another state than before.
    State(State),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_scaled_down_and_never_up() {
        let size = DeviceIntSize::new;
        assert_eq!(FrameLimits::default().fit(size(640, 360)), size(640, 360));
        let fit = |max: DeviceIntSize, of: DeviceIntSize| {
            FrameLimits { max_frame_rate: None, max_size: Some(max) }.fit(of)
        };
        assert_eq!(fit(size(800, 800), size(640, 360)), size(640, 360));
        assert_eq!(fit(size(320, 800), size(640, 360)), size(320, 180));
        assert_eq!(fit(size(320, i32::MAX), size(1280, 720)), size(320, 180));
        assert_eq!(fit(size(i32::MAX, 180), size(1280, 720)), size(320, 180));
        assert_eq!(fit(size(320, 100), size(1280, 720)), size(178, 100));
        assert_eq!(fit(size(800, 90), size(640, 360)), size(160, 90));
        assert_eq!(fit(size(10, 10), size(101, 51)), size(10, 5));
        assert_eq!(fit(size(50, i32::MAX), size(100, 51)), size(50, 26), "halves are rounded up");
        assert_eq!(fit(size(10, 10), size(10_000, 3)), size(10, 1));
        assert_eq!(fit(size(1, i32::MAX), size(1280, 720)), size(1, 1));
        assert_eq!(fit(size(0, -5), size(100, 100)), size(1, 1));
        assert_eq!(fit(size(1000, 1), size(i32::MAX, i32::MAX)), size(1, 1));
    }
}
