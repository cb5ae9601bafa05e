/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Which elements can be captured alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an element is not
/// [eligible for restriction](https://screen-share.github.io/element-capture/#elements-eligible-for-restriction).
///
/// The element may become eligible with the next style change; the compositor judges every frame.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Ineligible {
    /// The element forms no stacking context.
    NotStackingContext,
    /// The element is rendered as more or less than one box: an inline box that wraps, or one
    /// that is split over columns or pages.
    Fragmented,
    /// The element takes part in a 3D rendering context (`transform-style: preserve-3d`), so it is
    /// not flattened.
    NotFlattened,
}

impl Ineligible {
    /// CSS that would make the element eligible in most cases, to show to the page's author.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NotStackingContext => "isolation: isolate",
            Self::Fragmented => "display: inline-block",
            Self::NotFlattened => "transform-style: flat",
        }
    }
}

impl fmt::Display for Ineligible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStackingContext => "the element does not form a stacking context",
            Self::Fragmented => "the element is not rendered as exactly one box",
            Self::NotFlattened => {
                "the element is not flattened: its transform-style is preserve-3d"
            }
        })
    }
}

impl std::error::Error for Ineligible {}
