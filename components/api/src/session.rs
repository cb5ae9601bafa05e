/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a session captures.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CropTargetId, RestrictionTargetId, TargetId};

/// What the frames of a session show.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Subject {
    /// The whole viewport of the webview: an uncropped, unrestricted track.
    Viewport,
    /// What is on screen in the element's bounding box, whatever draws there (Region Capture).
    Crop(CropTargetId),
    /// The element's own rendering, without what covers it or lies behind it (Element Capture).
    Restriction(RestrictionTargetId),
}

impl Subject {
    /// The target whose layout decides what is captured, if there is one.
    pub fn target(self) -> Option<TargetId> {
        match self {
            Self::Viewport => None,
            Self::Crop(id) => Some(id.into()),
            Self::Restriction(id) => Some(id.into()),
        }
    }

    /// The target whose element is captured alone, if there is one.
    pub fn restriction(self) -> Option<RestrictionTargetId> {
        match self {
            Self::Viewport | Self::Crop(_) => None,
            Self::Restriction(id) => Some(id),
        }
    }
}

impl From<CropTargetId> for Subject {
    fn from(target: CropTargetId) -> Self {
        Self::Crop(target)
    }
}

impl From<RestrictionTargetId> for Subject {
    fn from(target: RestrictionTargetId) -> Self {
        Self::Restriction(target)
    }
}

impl From<TargetId> for Subject {
    fn from(target: TargetId) -> Self {
        match target {
            TargetId::Crop(id) => Self::Crop(id),
            TargetId::Restriction(id) => Self::Restriction(id),
        }
    }
}

/// Why a capture did not start.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum StartError {
    /// The selector is not valid CSS.
    InvalidSelector,
    /// No element of the webview's top-level document matches the selector.
    NoMatch,
    /// The webview shows no document that could be asked.
    NoDocument,
    /// The document has as many targets as it may have.
    TooManyTargets,
    /// The operating system provided no random bits for an id.
    NoRandomBits,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSelector => "the selector is not valid CSS",
            Self::NoMatch => "no element matches the selector",
            Self::NoDocument => "the webview shows no document",
            Self::TooManyTargets => "the document has too many capture targets",
            Self::NoRandomBits => "the operating system provided no random bits",
        })
    }
}

impl std::error::Error for StartError {}
