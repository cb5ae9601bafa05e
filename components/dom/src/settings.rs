/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The [SelectSettings](https://w3c.github.io/mediacapture-main/#dfn-selectsettings) algorithm for
//! a display surface: what frames are limited to, given constraints.
//!
//! Frames are scaled down as a whole and frames are left out, nothing else. So what has to be
//! selected is one scale and one rate, and every constraint is a range of one of the two.

use serde::{Deserialize, Serialize};
use subcapture_api::FrameLimits;
use webrender_api::units::DeviceIntSize;

use crate::constraints::{
    BareValues, Constrain, ConstrainRange, ConstrainString, ConstrainValue, ConstraintSet,
    FLOOR_FRAME_RATE, Property, TrackConstraints,
};

/// Aspect ratios that differ by less than this part are the same: whole px allow no better.
const ASPECT_RATIO_TOLERANCE: f64 = 0.01;

/// What there is to select from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfaceCapabilities {
    /// Width and height of a frame that is not limited, in device px.
    pub size: DeviceIntSize,
    /// The highest frame rate.
    pub max_frame_rate: f64,
}

impl SurfaceCapabilities {
    /// Width divided by height.
    pub fn aspect_ratio(&self) -> f64 {
        f64::from(self.size.width) / f64::from(self.size.height)
    }
}

/// `VideoResizeModeEnum`
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ResizeMode {
    /// Frames have every pixel of the surface.
    #[default]
    None,
    /// Frames may be scaled down. Nothing is ever cropped off.
    CropAndScale,
}

impl ResizeMode {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::None, Self::CropAndScale];

    /// The value of the enumeration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::CropAndScale => "crop-and-scale",
        }
    }
}

/// What was selected.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    /// What to tell the session.
    pub limits: FrameLimits,
    /// What the `resizeMode` setting is.
    pub resize_mode: ResizeMode,
}

/// Select settings.
///
/// # Errors
///
/// The property that cannot be as it is required to be.
pub fn select_settings(
    constraints: &TrackConstraints,
    surface: &SurfaceCapabilities,
) -> Result<Settings, Property> {
    // Steps 3 and 4: what the basic set requires.
    let mut feasible = Feasible::of(surface).narrow(&constraints.basic, BareValues::AreIdeal)?;
    // Step 6: each advanced set is taken as a whole, or left out.
    for set in constraints.advanced.iter().flatten() {
        feasible = feasible.narrow(set, BareValues::AreExact).unwrap_or(feasible);
    }
    // Step 5: what comes closest to what is ideal.
    Ok(feasible.closest(&constraints.basic))
}

#[derive(Clone, Copy)]
struct Feasible<'a> {
    surface: &'a SurfaceCapabilities,
    scale: Interval,
    frame_rate: Interval,
    width: Interval,
    height: Interval,
    resize_mode: Option<ResizeMode>,
}

/// From the first to the second, both included.
#[derive(Clone, Copy)]
struct Interval(f64, f64);

impl Interval {
    const ALL: Self = Self(f64::NEG_INFINITY, f64::INFINITY);

    fn intersect(self, other: Self) -> Option<Self> {
        let both = Self(self.0.max(other.0), self.1.min(other.1));
        (both.0 <= both.1).then_some(both)
    }

    fn closest_to(self, value: f64) -> f64 {
        value.max(self.0).min(self.1)
    }

    fn contains(self, value: f64) -> bool {
        self.0 <= value && value <= self.1
    }
}

impl<T: Copy + Into<f64>> From<ConstrainRange<T>> for Interval {
    fn from(range: ConstrainRange<T>) -> Self {
        let bound = |one: Option<T>, other: Option<T>, tighter: fn(f64, f64) -> f64| {
            one.into_iter().chain(other).map(Into::into).reduce(tighter)
        };
        Self(
            bound(range.min, range.exact, f64::max).unwrap_or(f64::NEG_INFINITY),
            bound(range.max, range.exact, f64::min).unwrap_or(f64::INFINITY),
        )
    }
}

impl<'a> Feasible<'a> {
    fn of(surface: &'a SurfaceCapabilities) -> Self {
        Self {
            surface,
            scale: Interval(0.0, 1.0),
            frame_rate: Interval(FLOOR_FRAME_RATE, surface.max_frame_rate),
            width: Interval::ALL,
            height: Interval::ALL,
            resize_mode: None,
        }
    }

    fn narrow(mut self, set: &ConstraintSet, bare: BareValues) -> Result<Self, Property> {
        if let Some(width) = &set.width {
            let of = self.surface.size.width;
            self.narrow_size(width.range(bare), of).ok_or(Property::Width)?;
            let width = Interval::from(width.range(bare));
            self.width = self.width.intersect(width).ok_or(Property::Width)?;
        }
        if let Some(height) = &set.height {
            let of = self.surface.size.height;
            self.narrow_size(height.range(bare), of).ok_or(Property::Height)?;
            let height = Interval::from(height.range(bare));
            self.height = self.height.intersect(height).ok_or(Property::Height)?;
        }
        if let Some(aspect_ratio) = &set.aspect_ratio {
            // It is what it is.
            let Interval(min, max) = Interval::from(aspect_ratio.range(bare));
            let tolerance = self.surface.aspect_ratio() * ASPECT_RATIO_TOLERANCE;
            if !Interval(min - tolerance, max + tolerance).contains(self.surface.aspect_ratio()) {
                return Err(Property::AspectRatio);
            }
        }
        if let Some(frame_rate) = &set.frame_rate {
            let frame_rate = Interval::from(frame_rate.range(bare));
            self.frame_rate = self.frame_rate.intersect(frame_rate).ok_or(Property::FrameRate)?;
        }
        if let Some(required) = set.resize_mode.as_ref().and_then(|mode| mode.exact(bare)) {
            // What is there to choose from, the default first.
            let mode = ResizeMode::ALL
                .into_iter()
                .filter(|mode| self.resize_mode.is_none_or(|required| required == *mode))
                .filter(|mode| *mode != ResizeMode::None || self.scale.contains(1.0))
                .find(|mode| required.contains(mode.name()))
                .ok_or(Property::ResizeMode)?;
            self.resize_mode = Some(mode);
            if mode == ResizeMode::None {
                self.scale = Interval(1.0, 1.0);
            }
        }
        // `displaySurface` is ignored for all purposes, and an audio property does not apply.
        let logical_surface = set.logical_surface.as_ref();
        if logical_surface.and_then(|logical| logical.exact(bare)) == Some(&false) {
            return Err(Property::LogicalSurface);
        }
        match set.cursor.as_ref().and_then(|cursor| cursor.exact(bare)) {
            Some(cursor) if !cursor.contains(CURSOR) => return Err(Property::Cursor),
            _ => {}
        }
        Ok(self)
    }

    /// A side of a frame has to be in this range. It is rounded to whole px.
    fn narrow_size(&mut self, range: ConstrainRange<u32>, of: i32) -> Option<()> {
        let Interval(min, max) = Interval::from(range);
        if max < 1.0 {
            return None;
        }
        let of = f64::from(of);
        self.scale = self.scale.intersect(Interval((min - 0.5) / of, (max + 0.5) / of))?;
        Some(())
    }

    fn closest(&self, set: &ConstraintSet) -> Settings {
        let ideal_px = |constrain: &Option<Constrain<u32>>| {
            constrain.as_ref().and_then(|constrain| constrain.range(BareValues::AreIdeal).ideal)
        };
        let (width, height) = (ideal_px(&set.width), ideal_px(&set.height));
        let wants = |mode: ResizeMode| wants(&set.resize_mode, mode);
        let size = self.surface.size.to_f64();

        let distance = |scale: f64| {
            let of = |ideal: Option<u32>, side: f64| {
                let (ideal, actual) = (f64::from(ideal?), (side * scale).round());
                (ideal != actual).then(|| (ideal - actual).abs() / ideal.max(actual))
            };
            let resized = scale < 1.0 && wants(ResizeMode::None);
            of(width, size.width).unwrap_or_default()
                + of(height, size.height).unwrap_or_default()
                + if resized { 1.0 } else { 0.0 }
        };
        // The distance is least where one of the wishes comes true, or nothing is scaled.
        let scale_of = |ideal: Option<u32>, side: f64| {
            ideal.map(|ideal| self.scale.closest_to(f64::from(ideal) / side))
        };
        let unscaled = Some((self.scale.1, None));
        let by_width = scale_of(width, size.width).map(|scale| (scale, Some(Side::Width)));
        let by_height = scale_of(height, size.height).map(|scale| (scale, Some(Side::Height)));
        let best = [unscaled, by_width, by_height]
            .into_iter()
            .flatten()
            // Of what is equally close, the largest, which is what is scaled the least.
            .min_by(|(one, _), (other, _)| {
                distance(*one).total_cmp(&distance(*other)).then(other.total_cmp(one))
            });

        let mut max_width = bound(self.width.1);
        let mut max_height = bound(self.height.1);
        // A wish that has come true bounds its own side, so that it remains true when what is
        // captured has another aspect ratio.
        match best {
            Some((scale, Some(Side::Width))) if scale < 1.0 => {
                max_width = tighter(max_width, bound(size.width * scale));
            }
            Some((scale, Some(Side::Height))) if scale < 1.0 => {
                max_height = tighter(max_height, bound(size.height * scale));
            }
            _ => {}
        }
        let scale = best.map_or(1.0, |(scale, _)| scale);
        let resize_mode = match self.resize_mode {
            Some(mode) => mode,
            None if scale < 1.0 || wants(ResizeMode::CropAndScale) => ResizeMode::CropAndScale,
            None => ResizeMode::None,
        };

        let ideal_rate = set
            .frame_rate
            .as_ref()
            .and_then(|rate| rate.range(BareValues::AreIdeal).ideal)
            .map(|rate| self.frame_rate.closest_to(rate));
        let max_rate = ideal_rate.unwrap_or(self.frame_rate.1);
        #[expect(clippy::cast_possible_truncation, reason = "no rate needs the precision")]
        let max_frame_rate = (max_rate < self.surface.max_frame_rate).then_some(max_rate as f32);

        let max_size = (max_width.is_some() || max_height.is_some()).then(|| {
            DeviceIntSize::new(max_width.unwrap_or(i32::MAX), max_height.unwrap_or(i32::MAX))
        });
        Settings { limits: FrameLimits { max_frame_rate, max_size }, resize_mode }
    }
}

/// The only setting of `cursor` there is: the cursor is no part of a webview.
pub const CURSOR: &str = "never";

enum Side {
    Width,
    Height,
}

fn wants(wish: &Option<ConstrainString>, mode: ResizeMode) -> bool {
    wish.as_ref()
        .and_then(|wish: &ConstrainValue<_>| wish.ideal(BareValues::AreIdeal))
        .is_some_and(|wish| wish.contains(mode.name()))
}

/// A side in whole px, if there is a bound at all.
fn bound(px: f64) -> Option<i32> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
    (px < f64::from(i32::MAX)).then(|| (px.round() as i32).max(1))
}

fn tighter(one: Option<i32>, other: Option<i32>) -> Option<i32> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraints::StringOrList;

    fn surface(width: i32, height: i32) -> SurfaceCapabilities {
        SurfaceCapabilities { size: DeviceIntSize::new(width, height), max_frame_rate: 60.0 }
    }

    fn select(basic: ConstraintSet) -> Result<Settings, Property> {
        let constraints = TrackConstraints { basic, advanced: None };
        select_settings(&constraints, &surface(1280, 720))
    }

    fn size_limit(basic: ConstraintSet) -> Result<Option<(i32, i32)>, Property> {
        let settings = select(basic)?;
        Ok(settings.limits.max_size.map(DeviceIntSize::to_tuple))
    }

    fn px(range: ConstrainRange<u32>) -> Option<Constrain<u32>> {
        Some(Constrain::Range(range))
    }

    fn number(range: ConstrainRange<f64>) -> Option<Constrain<f64>> {
        Some(Constrain::Range(range))
    }

    fn exactly(string: &str) -> Option<ConstrainString> {
        let exact = Some(StringOrList::One(string.into()));
        Some(ConstrainValue::Parameters { exact, ideal: None })
    }

    fn ideally(string: &str) -> Option<ConstrainString> {
        Some(ConstrainValue::Bare(StringOrList::One(string.into())))
    }

    const ANY: i32 = i32::MAX;

    #[test]
    fn nothing_asked_for_limits_nothing() {
        assert_eq!(select(ConstraintSet::default()), Ok(Settings::default()));
        let large = ConstraintSet {
            width: Some(Constrain::Bare(5000)),
            height: Some(Constrain::Bare(5000)),
            frame_rate: Some(Constrain::Bare(1000.0)),
            ..Default::default()
        };
        assert_eq!(select(large), Ok(Settings::default()));
    }

    #[test]
    fn one_side_is_as_asked_for() {
        let width = || ConstraintSet { width: Some(Constrain::Bare(320)), ..Default::default() };
        assert_eq!(size_limit(width()), Ok(Some((320, ANY))));
        assert_eq!(select(width()).map(|s| s.resize_mode), Ok(ResizeMode::CropAndScale));
        let height = ConstraintSet {
            height: px(ConstrainRange { exact: Some(99), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(size_limit(height), Ok(Some((ANY, 99))));
        let both = ConstraintSet {
            width: Some(Constrain::Bare(640)),
            height: Some(Constrain::Bare(360)),
            ..Default::default()
        };
        assert_eq!(size_limit(both), Ok(Some((640, ANY))));
    }

    #[test]
    fn of_two_wishes_the_closer_comes_true() {
        // 640x360 is 1/640 of the width away, 1067x600 is 427/1067.
        let set = ConstraintSet {
            width: Some(Constrain::Bare(640)),
            height: Some(Constrain::Bare(361)),
            ..Default::default()
        };
        let limit = size_limit(set);
        assert!(matches!(limit, Ok(Some((640, ANY) | (ANY, 361)))), "{limit:?}");
    }

    #[test]
    fn bounds_make_an_envelope() {
        let set = ConstraintSet {
            width: px(ConstrainRange { max: Some(400), ..Default::default() }),
            height: px(ConstrainRange { max: Some(100), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(size_limit(set), Ok(Some((400, 100))));
        let set = ConstraintSet {
            width: px(ConstrainRange { max: Some(400), ideal: Some(200), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(size_limit(set), Ok(Some((200, ANY))));
        let set = ConstraintSet {
            width: px(ConstrainRange { min: Some(400), ideal: Some(200), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(size_limit(set), Ok(Some((400, ANY))));
    }

    #[test]
    fn what_is_required_and_cannot_be_fails_by_name() {
        let px_cases = [
            ConstrainRange { exact: Some(1281), ..Default::default() },
            ConstrainRange { min: Some(2000), ..Default::default() },
            ConstrainRange { max: Some(0), ..Default::default() },
            ConstrainRange { min: Some(200), max: Some(100), ..Default::default() },
        ];
        for range in px_cases {
            let set = ConstraintSet { width: px(range), ..Default::default() };
            assert_eq!(select(set), Err(Property::Width));
            let set = ConstraintSet { height: px(range), ..Default::default() };
            assert_eq!(select(set), Err(Property::Height));
        }
        let set = ConstraintSet {
            width: px(ConstrainRange { exact: Some(320), ..Default::default() }),
            height: px(ConstrainRange { exact: Some(200), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(select(set), Err(Property::Height));
        let set = ConstraintSet {
            frame_rate: number(ConstrainRange { min: Some(61.0), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(select(set), Err(Property::FrameRate));
        let set = ConstraintSet {
            frame_rate: number(ConstrainRange { max: Some(0.0), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(select(set), Err(Property::FrameRate));
        let set = ConstraintSet {
            aspect_ratio: number(ConstrainRange { exact: Some(1.0), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(select(set), Err(Property::AspectRatio));
        let set = ConstraintSet { resize_mode: exactly("stretch"), ..Default::default() };
        assert_eq!(select(set), Err(Property::ResizeMode));
        let set = ConstraintSet { cursor: exactly("always"), ..Default::default() };
        assert_eq!(select(set), Err(Property::Cursor));
        let logical = ConstrainValue::Parameters { exact: Some(false), ideal: None };
        let set = ConstraintSet { logical_surface: Some(logical), ..Default::default() };
        assert_eq!(select(set), Err(Property::LogicalSurface));
    }

    #[test]
    fn what_a_surface_has_may_be_required() {
        let set = ConstraintSet {
            width: px(ConstrainRange { exact: Some(320), ..Default::default() }),
            height: px(ConstrainRange { exact: Some(180), ..Default::default() }),
            aspect_ratio: number(ConstrainRange {
                exact: Some(1280.0 / 720.0),
                ..Default::default()
            }),
            frame_rate: number(ConstrainRange { exact: Some(15.0), ..Default::default() }),
            display_surface: exactly("monitor"),
            cursor: exactly("never"),
            ..Default::default()
        };
        let settings = Settings {
            limits: FrameLimits {
                max_frame_rate: Some(15.0),
                max_size: Some(DeviceIntSize::new(320, 180)),
            },
            resize_mode: ResizeMode::CropAndScale,
        };
        assert_eq!(select(set), Ok(settings));
    }

    #[test]
    fn without_resizing_sizes_cannot_be_met() {
        let small = || Some(Constrain::Bare(320));
        let set =
            ConstraintSet { width: small(), resize_mode: exactly("none"), ..Default::default() };
        assert_eq!(select(set), Ok(Settings::default()));
        let set = ConstraintSet {
            width: px(ConstrainRange { exact: Some(320), ..Default::default() }),
            resize_mode: exactly("none"),
            ..Default::default()
        };
        assert_eq!(select(set), Err(Property::ResizeMode));
        let set =
            ConstraintSet { width: small(), resize_mode: ideally("none"), ..Default::default() };
        assert_eq!(size_limit(set), Ok(None));
        let set = ConstraintSet { resize_mode: ideally("crop-and-scale"), ..Default::default() };
        assert_eq!(select(set).map(|s| s.resize_mode), Ok(ResizeMode::CropAndScale));
    }

    #[test]
    fn rates_are_as_asked_for() {
        let rate = |range| {
            let set = ConstraintSet { frame_rate: number(range), ..Default::default() };
            select(set).map(|settings| settings.limits.max_frame_rate)
        };
        let none = ConstrainRange::default();
        assert_eq!(rate(ConstrainRange { ideal: Some(10.0), ..none }), Ok(Some(10.0)));
        assert_eq!(rate(ConstrainRange { max: Some(5.0), ..none }), Ok(Some(5.0)));
        let both = ConstrainRange { max: Some(5.0), ideal: Some(10.0), ..none };
        assert_eq!(rate(both), Ok(Some(5.0)));
        assert_eq!(rate(ConstrainRange { min: Some(5.0), ..none }), Ok(None));
    }

    #[test]
    fn advanced_sets_count_if_they_can_be_met() {
        let width =
            |width| ConstraintSet { width: Some(Constrain::Bare(width)), ..Default::default() };
        let constraints = TrackConstraints {
            basic: ConstraintSet::default(),
            advanced: Some(vec![width(5000), width(400), width(300)]),
        };
        let settings = select_settings(&constraints, &surface(1280, 720));
        let limit = settings.map(|settings| settings.limits.max_size.map(DeviceIntSize::to_tuple));
        assert_eq!(limit, Ok(Some((400, ANY))));
    }
}
