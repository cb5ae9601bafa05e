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
