/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What [`getDisplayMedia()`](https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia)
//! makes of its argument before anybody is asked.

use std::fmt;

use crate::constraints::{
    BareValues, Constrain, ConstrainValue, ConstraintSet, FLOOR_ASPECT_RATIO, FLOOR_FRAME_RATE,
    FLOOR_PX, Property, TrackConstraints,
};

/// `DisplayMediaStreamOptions`, without the controller.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the members are those of the dictionary")]
pub struct DisplayMediaOptions {
    pub video: Requested,
    pub audio: Requested,
    pub self_browser_surface: Option<Preference>,
    pub system_audio: Option<Preference>,
    pub surface_switching: Option<Preference>,
    pub monitor_type_surfaces: Option<Preference>,
    pub prefer_current_tab: bool,
}

/// `(boolean or MediaTrackConstraints)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Requested {
    /// `false`.
    #[default]
    No,
    /// `true`.
    Yes,
    /// Constraints.
    Constrained(TrackConstraints),
}

/// Whether the application would like something to be among the choices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Preference {
    /// `"include"`
    Include,
    /// `"exclude"`
    Exclude,
}

/// Why a request was rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OptionsError {
    /// `TypeError`: there is no capture without video.
    NoVideo,
    /// `TypeError`: `advanced` is there.
    Advanced,
    /// `TypeError`: the member has `min` or `exact`.
    Required(Property),
    /// `OverconstrainedError`: `max` of the member is less than anything can have.
    BelowFloor(Property),
    /// `TypeError`: two members contradict each other.
    Contradiction(&'static str, &'static str),
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVideo => f.write_str("video has to be requested"),
            Self::Advanced => f.write_str("advanced constraints are not supported"),
            Self::Required(property) => write!(f, "{property} may have neither min nor exact"),
            Self::BelowFloor(property) => write!(f, "max of {property} is too small"),
            Self::Contradiction(one, other) => write!(f, "{one} contradicts {other}"),
        }
    }
}

impl std::error::Error for OptionsError {}

impl DisplayMediaOptions {
    /// Carry out the steps about constraints, in order, and see that members do not contradict
    /// each other.
    ///
    /// # Errors
    ///
    /// See [`OptionsError`].
    pub fn check(&self) -> Result<(), OptionsError> {
        // getDisplayMedia() step 6.
        if self.video == Requested::No {
            return Err(OptionsError::NoVideo);
        }
        // Step 7.
        for requested in [&self.audio, &self.video] {
            if let Requested::Constrained(constraints) = requested {
                check_constraints(constraints)?;
            }
        }
        self.check_contradictions()
    }

    /// The specification leaves it to the user agent what to make of these.
    fn check_contradictions(&self) -> Result<(), OptionsError> {
        if self.prefer_current_tab && self.self_browser_surface == Some(Preference::Exclude) {
            return Err(OptionsError::Contradiction("preferCurrentTab", "selfBrowserSurface"));
        }
        if self.monitor_type_surfaces != Some(Preference::Exclude) {
            return Ok(());
        }
        if self.prefers_surface("monitor") {
            return Err(OptionsError::Contradiction("displaySurface", "monitorTypeSurfaces"));
        }
        if self.audio != Requested::No && self.system_audio == Some(Preference::Include) {
            return Err(OptionsError::Contradiction("systemAudio", "monitorTypeSurfaces"));
        }
        Ok(())
    }

    /// Whether this type of display surface is the one that the application would like best.
    fn prefers_surface(&self, surface: &str) -> bool {
        let Requested::Constrained(constraints) = &self.video else {
            return false;
        };
        let wish = constraints.basic.display_surface.as_ref();
        wish.and_then(|wish| wish.ideal(BareValues::AreIdeal))
            .is_some_and(|wish| wish.contains(surface))
    }
}

fn check_constraints(constraints: &TrackConstraints) -> Result<(), OptionsError> {
    // Step 7.1.
    if constraints.advanced.is_some() {
        return Err(OptionsError::Advanced);
    }
    let ConstraintSet {
        width,
        height,
        aspect_ratio,
        frame_rate,
        resize_mode,
        display_surface,
        logical_surface,
        cursor,
        restrict_own_audio,
        suppress_local_audio_playback,
    } = &constraints.basic;
    // Step 7.2.
    check_range(Property::Width, width)?;
    check_range(Property::Height, height)?;
    check_range(Property::AspectRatio, aspect_ratio)?;
    check_range(Property::FrameRate, frame_rate)?;
    check_value(Property::ResizeMode, resize_mode)?;
    check_value(Property::DisplaySurface, display_surface)?;
    check_value(Property::LogicalSurface, logical_surface)?;
    check_value(Property::Cursor, cursor)?;
    check_value(Property::RestrictOwnAudio, restrict_own_audio)?;
    check_value(Property::SuppressLocalAudioPlayback, suppress_local_audio_playback)?;
    // Step 7.3.
    check_floor(Property::Width, width, FLOOR_PX)?;
    check_floor(Property::Height, height, FLOOR_PX)?;
    check_floor(Property::AspectRatio, aspect_ratio, FLOOR_ASPECT_RATIO)?;
    check_floor(Property::FrameRate, frame_rate, FLOOR_FRAME_RATE)
}

fn check_range<T>(
    property: Property,
    constrain: &Option<Constrain<T>>,
) -> Result<(), OptionsError> {
    match constrain {
        Some(Constrain::Range(range)) if range.min.is_some() || range.exact.is_some() => {
            Err(OptionsError::Required(property))
        }
        _ => Ok(()),
    }
}

fn check_value<T>(
    property: Property,
    constrain: &Option<ConstrainValue<T>>,
) -> Result<(), OptionsError> {
    match constrain {
        Some(ConstrainValue::Parameters { exact: Some(_), .. }) => {
            Err(OptionsError::Required(property))
        }
        _ => Ok(()),
    }
}

fn check_floor<T: PartialOrd>(
    property: Property,
    constrain: &Option<Constrain<T>>,
    floor: T,
) -> Result<(), OptionsError> {
    match constrain {
        Some(Constrain::Range(range)) if range.max.as_ref().is_some_and(|max| *max < floor) => {
            Err(OptionsError::BelowFloor(property))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraints::{ConstrainRange, StringOrList};

    fn with_video(basic: ConstraintSet) -> DisplayMediaOptions {
        let constraints = TrackConstraints { basic, advanced: None };
        DisplayMediaOptions { video: Requested::Constrained(constraints), ..Default::default() }
    }

    fn range<T>(range: ConstrainRange<T>) -> Option<Constrain<T>> {
        Some(Constrain::Range(range))
    }

    fn string(string: &str) -> StringOrList {
        StringOrList::One(string.into())
    }

    #[test]
    fn video_has_to_be_requested() {
        let options = DisplayMediaOptions { audio: Requested::Yes, ..Default::default() };
        assert_eq!(options.check(), Err(OptionsError::NoVideo));
        let options = DisplayMediaOptions { video: Requested::Yes, ..options };
        assert_eq!(options.check(), Ok(()));
        assert_eq!(with_video(ConstraintSet::default()).check(), Ok(()));
    }

    #[test]
    fn advanced_is_refused_even_if_empty() {
        let constraints = TrackConstraints { advanced: Some(vec![]), ..Default::default() };
        let constrained = Requested::Constrained(constraints);
        let options = DisplayMediaOptions { video: constrained.clone(), ..Default::default() };
        assert_eq!(options.check(), Err(OptionsError::Advanced));
        // Those for audio count too.
        let options =
            DisplayMediaOptions { video: Requested::Yes, audio: constrained, ..Default::default() };
        assert_eq!(options.check(), Err(OptionsError::Advanced));
    }

    #[test]
    fn nothing_can_be_required() {
        let min = ConstrainRange { min: Some(1), ..Default::default() };
        let exact = ConstrainRange { exact: Some(1.0), ..Default::default() };
        let cases = [
            (ConstraintSet { width: range(min), ..Default::default() }, Property::Width),
            (ConstraintSet { height: range(min), ..Default::default() }, Property::Height),
            (
                ConstraintSet { aspect_ratio: range(exact), ..Default::default() },
                Property::AspectRatio,
            ),
            (ConstraintSet { frame_rate: range(exact), ..Default::default() }, Property::FrameRate),
            (
                ConstraintSet {
                    cursor: Some(ConstrainValue::Parameters {
                        exact: Some(string("never")),
                        ideal: None,
                    }),
                    ..Default::default()
                },
                Property::Cursor,
            ),
            (
                ConstraintSet {
                    logical_surface: Some(ConstrainValue::Parameters {
                        exact: Some(true),
                        ideal: None,
                    }),
                    ..Default::default()
                },
                Property::LogicalSurface,
            ),
        ];
        for (set, property) in cases {
            assert_eq!(with_video(set).check(), Err(OptionsError::Required(property)));
        }
    }

    #[test]
    fn wishes_and_upper_bounds_are_fine() {
        let set = ConstraintSet {
            width: Some(Constrain::Bare(0)),
            height: range(ConstrainRange { max: Some(1), ideal: Some(0), ..Default::default() }),
            frame_rate: range(ConstrainRange { max: Some(0.5), ..Default::default() }),
            display_surface: Some(ConstrainValue::Bare(string("monitor"))),
            ..Default::default()
        };
        assert_eq!(with_video(set).check(), Ok(()));
    }

    #[test]
    fn upper_bounds_have_a_floor() {
        let px = ConstrainRange { max: Some(0), ..Default::default() };
        let number = ConstrainRange { max: Some(-1.0), ..Default::default() };
        let cases = [
            (ConstraintSet { width: range(px), ..Default::default() }, Property::Width),
            (ConstraintSet { height: range(px), ..Default::default() }, Property::Height),
            (
                ConstraintSet { aspect_ratio: range(number), ..Default::default() },
                Property::AspectRatio,
            ),
            (
                ConstraintSet { frame_rate: range(number), ..Default::default() },
                Property::FrameRate,
            ),
        ];
        for (set, property) in cases {
            assert_eq!(with_video(set).check(), Err(OptionsError::BelowFloor(property)));
        }
        // What is required is found first.
        let set = ConstraintSet {
            width: range(px),
            height: range(ConstrainRange { min: Some(1), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(with_video(set).check(), Err(OptionsError::Required(Property::Height)));
    }

    #[test]
    fn members_must_not_contradict_each_other() {
        let video = DisplayMediaOptions { video: Requested::Yes, ..Default::default() };
        let options = DisplayMediaOptions {
            prefer_current_tab: true,
            self_browser_surface: Some(Preference::Exclude),
            ..video.clone()
        };
        assert!(matches!(options.check(), Err(OptionsError::Contradiction("preferCurrentTab", _))));
        let options = DisplayMediaOptions { prefer_current_tab: false, ..options };
        assert_eq!(options.check(), Ok(()));

        let without_monitors = DisplayMediaOptions {
            monitor_type_surfaces: Some(Preference::Exclude),
            system_audio: Some(Preference::Include),
            ..video
        };
        assert_eq!(without_monitors.check(), Ok(()));
        let options = DisplayMediaOptions { audio: Requested::Yes, ..without_monitors };
        assert!(matches!(options.check(), Err(OptionsError::Contradiction("systemAudio", _))));
        let monitor = ConstraintSet {
            display_surface: Some(ConstrainValue::Bare(string("monitor"))),
            ..Default::default()
        };
        let options = DisplayMediaOptions {
            monitor_type_surfaces: Some(Preference::Exclude),
            ..with_video(monitor)
        };
        assert!(matches!(options.check(), Err(OptionsError::Contradiction("displaySurface", _))));
    }
}
