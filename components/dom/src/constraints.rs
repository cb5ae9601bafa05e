/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Constraints of tracks: what script asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What script asks of a track: `MediaTrackConstraints`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct TrackConstraints {
    /// The members that are not in `advanced`.
    pub basic: ConstraintSet,
    /// `advanced`, if it is present.
    pub advanced: Option<Vec<ConstraintSet>>,
}

/// `MediaTrackConstraintSet`, as far as it applies to display surfaces.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the members are those of the dictionary")]
pub struct ConstraintSet {
    pub width: Option<Constrain<u32>>,
    pub height: Option<Constrain<u32>>,
    pub aspect_ratio: Option<Constrain<f64>>,
    pub frame_rate: Option<Constrain<f64>>,
    pub resize_mode: Option<ConstrainString>,
    pub display_surface: Option<ConstrainString>,
    pub logical_surface: Option<ConstrainValue<bool>>,
    pub cursor: Option<ConstrainString>,
    pub restrict_own_audio: Option<ConstrainValue<bool>>,
    pub suppress_local_audio_playback: Option<ConstrainValue<bool>>,
}

/// The name of a member of [`ConstraintSet`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[allow(missing_docs, reason = "named like the members")]
pub enum Property {
    Width,
    Height,
    AspectRatio,
    FrameRate,
    ResizeMode,
    DisplaySurface,
    LogicalSurface,
    Cursor,
    RestrictOwnAudio,
    SuppressLocalAudioPlayback,
}

impl Property {
    /// The name in the dictionary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Height => "height",
            Self::AspectRatio => "aspectRatio",
            Self::FrameRate => "frameRate",
            Self::ResizeMode => "resizeMode",
            Self::DisplaySurface => "displaySurface",
            Self::LogicalSurface => "logicalSurface",
            Self::Cursor => "cursor",
            Self::RestrictOwnAudio => "restrictOwnAudio",
            Self::SuppressLocalAudioPlayback => "suppressLocalAudioPlayback",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `ConstrainULong` and `ConstrainDouble`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub enum Constrain<T> {
    /// A number alone: ideal, or exact in an advanced set.
    Bare(T),
    /// A dictionary.
    Range(ConstrainRange<T>),
}

/// `ConstrainULongRange` and `ConstrainDoubleRange`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the members are those of the dictionary")]
pub struct ConstrainRange<T> {
    pub min: Option<T>,
    pub max: Option<T>,
    pub exact: Option<T>,
    pub ideal: Option<T>,
}

/// `ConstrainBoolean`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum ConstrainValue<T> {
    /// A value alone: ideal, or exact in an advanced set.
    Bare(T),
    /// A dictionary.
    Parameters {
        /// What is required.
        exact: Option<T>,
        /// What is preferred.
        ideal: Option<T>,
    },
}

/// `ConstrainDOMString`.
pub type ConstrainString = ConstrainValue<StringOrList>;

/// A string, or several of which any will do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum StringOrList {
    /// A string.
    One(String),
    /// A sequence.
    Any(Vec<String>),
}

impl StringOrList {
    /// Whether this string will do.
    pub fn contains(&self, string: &str) -> bool {
        match self {
            Self::One(one) => one == string,
            Self::Any(any) => any.iter().any(|one| one == string),
        }
    }
}

/// Whether a value that stands alone, not in a dictionary, is a wish or a demand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BareValues {
    /// In the basic set.
    AreIdeal,
    /// In an advanced set.
    AreExact,
}

impl<T: Copy> Constrain<T> {
    /// The dictionary that means the same.
    pub(crate) fn range(&self, bare: BareValues) -> ConstrainRange<T> {
        let none = ConstrainRange { min: None, max: None, exact: None, ideal: None };
        match (self, bare) {
            (Self::Range(range), _) => *range,
            (Self::Bare(value), BareValues::AreIdeal) => {
                ConstrainRange { ideal: Some(*value), ..none }
            }
            (Self::Bare(value), BareValues::AreExact) => {
                ConstrainRange { exact: Some(*value), ..none }
            }
        }
    }
}

impl<T> ConstrainValue<T> {
    /// What is required.
    pub(crate) fn exact(&self, bare: BareValues) -> Option<&T> {
        match self {
            Self::Parameters { exact, .. } => exact.as_ref(),
            Self::Bare(value) => (bare == BareValues::AreExact).then_some(value),
        }
    }

    /// What is preferred.
    pub(crate) fn ideal(&self, bare: BareValues) -> Option<&T> {
        match self {
            Self::Parameters { ideal, .. } => ideal.as_ref(),
            Self::Bare(value) => (bare == BareValues::AreIdeal).then_some(value),
        }
    }
}

/// The least value of a size that can be asked for, in px.
pub(crate) const FLOOR_PX: u32 = 1;

/// The least aspect ratio that can be asked for: that of the narrowest frame.
pub(crate) const FLOOR_ASPECT_RATIO: f64 = 1.0 / 65536.0;

/// The least frame rate that can be asked for: one frame an hour.
pub const FLOOR_FRAME_RATE: f64 = 1.0 / 3600.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_alone_is_a_wish_or_a_demand() {
        let bare = Constrain::Bare(3);
        assert_eq!(bare.range(BareValues::AreIdeal).ideal, Some(3));
        assert_eq!(bare.range(BareValues::AreIdeal).exact, None);
        assert_eq!(bare.range(BareValues::AreExact).exact, Some(3));
        assert_eq!(bare.range(BareValues::AreExact).ideal, None);
        let bare = ConstrainValue::Bare(true);
        assert_eq!(bare.exact(BareValues::AreIdeal), None);
        assert_eq!(bare.ideal(BareValues::AreIdeal), Some(&true));
        assert_eq!(bare.exact(BareValues::AreExact), Some(&true));
        assert_eq!(bare.ideal(BareValues::AreExact), None);
    }

    #[test]
    fn any_string_of_a_list_will_do() {
        let list = StringOrList::Any(vec!["a".into(), "b".into()]);
        assert!(list.contains("a") && list.contains("b") && !list.contains("c"));
        assert!(StringOrList::One("a".into()).contains("a"));
    }
}
