/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Why there is no frame.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Ineligible;

/// Why a session has no frame now. Frames go on when the reason is gone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Withheld {
    /// Nothing is known of the target: it is not connected to a document of this webview, or that
    /// document was navigated away from, destroyed or put into the back/forward cache.
    UnknownTarget,
    /// The element is connected but generates no box.
    NotRendered,
    /// The element is not eligible for restriction.
    Ineligible(Ineligible),
    /// The element is empty, or lies wholly outside of the viewport or of the frame that shows it.
    NotVisible,
    /// The webview is hidden or does not show a document.
    Hidden,
    /// No frame that shows the session's subject has been built yet.
    Pending,
    /// The surface was resized and no frame of the new size has been built yet.
    Resizing,
    /// A texture or scene of the size that is needed cannot be made.
    TooLarge,
    /// The pixels could not be read back.
    ReadbackFailed,
    /// The GL context was lost.
    ContextLost,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTarget => f.write_str("the target is not in a document of this webview"),
            Self::NotRendered => f.write_str("the element is not rendered"),
            Self::Ineligible(rule) => write!(f, "not eligible for restriction: {rule}"),
            Self::NotVisible => f.write_str("no part of the element is in the viewport"),
            Self::Hidden => f.write_str("the webview is not shown"),
            Self::Pending => f.write_str("no frame has been built since the capture changed"),
            Self::Resizing => f.write_str("the webview is being resized"),
            Self::TooLarge => f.write_str("the frame exceeds the largest texture size"),
            Self::ReadbackFailed => f.write_str("the pixels could not be read back"),
            Self::ContextLost => f.write_str("the graphics context was lost"),
        }
    }
}

/// Why a session is over. It never has a frame again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum EndReason {
    /// The consumer stopped the capture.
    Stopped,
    /// The webview was closed.
    WebViewClosed,
    /// The graphics context is gone.
    ContextLost,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "the capture was stopped",
            Self::WebViewClosed => "the webview was closed",
            Self::ContextLost => "the graphics context is gone",
        })
    }
}

/// What a session is doing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum State {
    /// Frames are delivered.
    Active,
    /// No frames for now.
    Paused(Withheld),
    /// No frames ever again.
    Ended(EndReason),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Paused(reason) => write!(f, "paused: {reason}"),
            Self::Ended(reason) => write!(f, "ended: {reason}"),
        }
    }
}
