/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Constraints between their dictionaries and [`TrackConstraints`].

use script_bindings::num::Finite;
use script_bindings::str::DOMString;
use subcapture_dom::{
    Constrain, ConstrainRange, ConstrainString, ConstrainValue, ConstraintSet, DisplayMediaOptions,
    Preference, Requested, StringOrList, TrackConstraints,
};

use crate::dom::bindings::codegen::Bindings::MediaDevicesBinding::{
    ConstrainBooleanParameters, ConstrainDOMStringParameters, ConstrainDoubleRange,
    ConstrainULongRange, DisplayMediaStreamOptions, DoubleRange, MediaTrackConstraintSet,
    MediaTrackConstraints, MonitorTypeSurfacesEnum, SelfCapturePreferenceEnum,
    SurfaceSwitchingPreferenceEnum, SystemAudioPreferenceEnum, ULongRange,
};
use crate::dom::bindings::codegen::UnionTypes::{
    BooleanOrConstrainBooleanParameters as ConstrainBoolean, BooleanOrMediaTrackConstraints,
    ClampedUnsignedLongOrConstrainULongRange as ConstrainULong,
    DoubleOrConstrainDoubleRange as ConstrainDouble, StringOrStringSequence,
    StringOrStringSequenceOrConstrainDOMStringParameters as ConstrainDOMString,
};

pub(super) fn to_display_media_options(
    options: &DisplayMediaStreamOptions,
) -> DisplayMediaOptions {
    DisplayMediaOptions {
        video: to_requested(&options.video),
        audio: to_requested(&options.audio),
        self_browser_surface: options.selfBrowserSurface.map(|preference| match preference {
            SelfCapturePreferenceEnum::Include => Preference::Include,
            SelfCapturePreferenceEnum::Exclude => Preference::Exclude,
        }),
        system_audio: options.systemAudio.map(|preference| match preference {
            SystemAudioPreferenceEnum::Include => Preference::Include,
            SystemAudioPreferenceEnum::Exclude => Preference::Exclude,
        }),
        surface_switching: options.surfaceSwitching.map(|preference| match preference {
            SurfaceSwitchingPreferenceEnum::Include => Preference::Include,
            SurfaceSwitchingPreferenceEnum::Exclude => Preference::Exclude,
        }),
        monitor_type_surfaces: options.monitorTypeSurfaces.map(|preference| match preference {
            MonitorTypeSurfacesEnum::Include => Preference::Include,
            MonitorTypeSurfacesEnum::Exclude => Preference::Exclude,
        }),
        prefer_current_tab: options.preferCurrentTab,
    }
}

fn to_requested(requested: &BooleanOrMediaTrackConstraints) -> Requested {
    match requested {
        BooleanOrMediaTrackConstraints::Boolean(false) => Requested::No,
        BooleanOrMediaTrackConstraints::Boolean(true) => Requested::Yes,
        BooleanOrMediaTrackConstraints::MediaTrackConstraints(constraints) => {
            Requested::Constrained(Box::new(to_track_constraints(constraints)))
        },
    }
}

pub(super) fn to_track_constraints(constraints: &MediaTrackConstraints) -> TrackConstraints {
    TrackConstraints {
        basic: to_constraint_set(&constraints.parent),
        advanced: constraints
            .advanced
            .as_ref()
            .map(|sets| sets.iter().map(to_constraint_set).collect()),
    }
}

pub(super) fn from_track_constraints(constraints: &TrackConstraints) -> MediaTrackConstraints {
    MediaTrackConstraints {
        parent: from_constraint_set(&constraints.basic),
        advanced: constraints
            .advanced
            .as_ref()
            .map(|sets| sets.iter().map(from_constraint_set).collect()),
    }
}

fn to_constraint_set(set: &MediaTrackConstraintSet) -> ConstraintSet {
    ConstraintSet {
        width: set.width.as_ref().map(to_px),
        height: set.height.as_ref().map(to_px),
        aspect_ratio: set.aspectRatio.as_ref().map(to_number),
        frame_rate: set.frameRate.as_ref().map(to_number),
        resize_mode: set.resizeMode.as_ref().map(to_string),
        display_surface: set.displaySurface.as_ref().map(to_string),
        logical_surface: set.logicalSurface.as_ref().map(to_boolean),
        cursor: set.cursor.as_ref().map(to_string),
        restrict_own_audio: set.restrictOwnAudio.as_ref().map(to_boolean),
        suppress_local_audio_playback: set.suppressLocalAudioPlayback.as_ref().map(to_boolean),
    }
}

fn from_constraint_set(set: &ConstraintSet) -> MediaTrackConstraintSet {
    MediaTrackConstraintSet {
        width: set.width.as_ref().map(from_px),
        height: set.height.as_ref().map(from_px),
        aspectRatio: set.aspect_ratio.as_ref().map(from_number),
        frameRate: set.frame_rate.as_ref().map(from_number),
        resizeMode: set.resize_mode.as_ref().map(from_string),
        displaySurface: set.display_surface.as_ref().map(from_string),
        logicalSurface: set.logical_surface.as_ref().map(from_boolean),
        cursor: set.cursor.as_ref().map(from_string),
        restrictOwnAudio: set.restrict_own_audio.as_ref().map(from_boolean),
        suppressLocalAudioPlayback: set.suppress_local_audio_playback.as_ref().map(from_boolean),
        // Of no track that has constraints.
        sampleRate: None,
    }
}

fn to_px(constrain: &ConstrainULong) -> Constrain<u32> {
    match constrain {
        ConstrainULong::ClampedUnsignedLong(value) => Constrain::Bare(*value),
        ConstrainULong::ConstrainULongRange(range) => Constrain::Range(ConstrainRange {
            min: range.parent.min,
            max: range.parent.max,
            exact: range.exact,
            ideal: range.ideal,
        }),
    }
}

fn from_px(constrain: &Constrain<u32>) -> ConstrainULong {
    match constrain {
        Constrain::Bare(value) => ConstrainULong::ClampedUnsignedLong(*value),
        Constrain::Range(range) => ConstrainULong::ConstrainULongRange(ConstrainULongRange {
            parent: ULongRange {
                min: range.min,
                max: range.max,
            },
            exact: range.exact,
            ideal: range.ideal,
        }),
    }
}

fn to_number(constrain: &ConstrainDouble) -> Constrain<f64> {
    let number = |number: Option<Finite<f64>>| number.map(|number| *number);
    match constrain {
        ConstrainDouble::Double(value) => Constrain::Bare(**value),
        ConstrainDouble::ConstrainDoubleRange(range) => Constrain::Range(ConstrainRange {
            min: number(range.parent.min),
            max: number(range.parent.max),
            exact: number(range.exact),
            ideal: number(range.ideal),
        }),
    }
}

fn from_number(constrain: &Constrain<f64>) -> ConstrainDouble {
    let number = |number: Option<f64>| number.and_then(Finite::new);
    match constrain {
        // It came from a finite number.
        Constrain::Bare(value) => ConstrainDouble::Double(Finite::wrap(*value)),
        Constrain::Range(range) => ConstrainDouble::ConstrainDoubleRange(ConstrainDoubleRange {
            parent: DoubleRange {
                min: number(range.min),
                max: number(range.max),
            },
            exact: number(range.exact),
            ideal: number(range.ideal),
        }),
    }
}

fn to_boolean(constrain: &ConstrainBoolean) -> ConstrainValue<bool> {
    match constrain {
        ConstrainBoolean::Boolean(value) => ConstrainValue::Bare(*value),
        ConstrainBoolean::ConstrainBooleanParameters(parameters) => ConstrainValue::Parameters {
            exact: parameters.exact,
            ideal: parameters.ideal,
        },
    }
}

fn from_boolean(constrain: &ConstrainValue<bool>) -> ConstrainBoolean {
    match constrain {
        ConstrainValue::Bare(value) => ConstrainBoolean::Boolean(*value),
        ConstrainValue::Parameters { exact, ideal } => {
            ConstrainBoolean::ConstrainBooleanParameters(ConstrainBooleanParameters {
                exact: *exact,
                ideal: *ideal,
            })
        },
    }
}

fn to_string(constrain: &ConstrainDOMString) -> ConstrainString {
    let any = |strings: &StringOrStringSequence| match strings {
        StringOrStringSequence::String(string) => StringOrList::One(string.to_string()),
        StringOrStringSequence::StringSequence(strings) => to_list(strings),
    };
    match constrain {
        ConstrainDOMString::String(string) => {
            ConstrainValue::Bare(StringOrList::One(string.to_string()))
        },
        ConstrainDOMString::StringSequence(strings) => ConstrainValue::Bare(to_list(strings)),
        ConstrainDOMString::ConstrainDOMStringParameters(parameters) => {
            ConstrainValue::Parameters {
                exact: parameters.exact.as_ref().map(any),
                ideal: parameters.ideal.as_ref().map(any),
            }
        },
    }
}

fn to_list(strings: &[DOMString]) -> StringOrList {
    StringOrList::Any(strings.iter().map(DOMString::to_string).collect())
}

fn from_string(constrain: &ConstrainString) -> ConstrainDOMString {
    let any = |strings: &StringOrList| match strings {
        StringOrList::One(string) => StringOrStringSequence::String(string.as_str().into()),
        StringOrList::Any(strings) => StringOrStringSequence::StringSequence(from_list(strings)),
    };
    match constrain {
        ConstrainValue::Bare(StringOrList::One(string)) => {
            ConstrainDOMString::String(string.as_str().into())
        },
        ConstrainValue::Bare(StringOrList::Any(strings)) => {
            ConstrainDOMString::StringSequence(from_list(strings))
        },
        ConstrainValue::Parameters { exact, ideal } => {
            ConstrainDOMString::ConstrainDOMStringParameters(ConstrainDOMStringParameters {
                exact: exact.as_ref().map(any),
                ideal: ideal.as_ref().map(any),
            })
        },
    }
}

fn from_list(strings: &[String]) -> Vec<DOMString> {
    strings.iter().map(|string| string.as_str().into()).collect()
}
