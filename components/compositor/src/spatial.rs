/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where WebRender draws what is in a spatial node.
//!
//! WebRender moves boxes to whole px, in two steps. It rounds the edges of a box as they would be
//! if nothing were scrolled, and then adds scroll offsets that were rounded on their own: each to
//! whole CSS px, and their sum to whole device px. Thus a box keeps its size while it scrolls, and
//! is up to a px away from where exact arithmetic would have it. A frame that is to show the box
//! and nothing else has to follow suit.

use euclid::default::{Point2D, Vector2D};
use serde::{Deserialize, Serialize};
use webrender_api::ExternalScrollId;
use webrender_api::units::{DeviceRect, LayoutPoint, LayoutRect, LayoutTransform, LayoutVector2D};

use crate::geometry::{is_finite, point_in_frame, rect_in_frame, to_viewport};

/// One step of the way from the viewport of a document to a spatial node of it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub enum SpatialStep {
    /// Into a scroll container, or into the content of the document, which scrolls as a whole.
    Scroll {
        /// The id by which WebRender is told of the offset: 0 and the pipeline for the document.
        id: ExternalScrollId,
        /// How far it is scrolled, as WebRender was told: not rounded.
        offset: LayoutVector2D,
    },
    /// Into something that sticks, and is moved by this offset.
    Stick(LayoutVector2D),
    /// Into a reference frame.
    Frame {
        /// Where it begins, in the coordinates of the document.
        origin: LayoutPoint,
        /// Its transform, which applies around that point.
        transform: LayoutTransform,
    },
}

impl SpatialStep {
    /// How far the document itself is scrolled, if this step is into its content.
    pub(crate) fn document_scroll(&self) -> Option<LayoutVector2D> {
        match *self {
            // WebRender gives this id to the scroll node of each pipeline.
            Self::Scroll { id: ExternalScrollId(0, _), offset } => Some(offset),
            Self::Scroll { .. } | Self::Stick(_) | Self::Frame { .. } => None,
        }
    }
}

/// The bounding box of a box of a document in the viewport of that document, as script has it: not
/// moved to whole px. `None` when part of it lies behind the camera.
pub(crate) fn bounding_box(path: &[SpatialStep], rect: &LayoutRect) -> Option<LayoutRect> {
    let translation = |offset: LayoutVector2D| LayoutTransform::translation(offset.x, offset.y, 0.);
    let transform = path.iter().rev().fold(LayoutTransform::identity(), |transform, step| {
        transform.then(&match *step {
            SpatialStep::Scroll { offset, .. } => translation(-offset),
            SpatialStep::Stick(offset) => translation(offset),
            SpatialStep::Frame { origin, transform } => translation(-origin.to_vector())
                .then(&transform)
                .then(&translation(origin.to_vector())),
        })
    });
    to_viewport(&transform, rect)
}

/// By how much what is in a scroll container is moved by a scroll offset: by whole CSS px.
pub(crate) fn rounded_scroll(offset: LayoutVector2D) -> LayoutVector2D {
    (-offset).map(f32::round)
}

/// A spatial node in the state that WebRender has of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    /// Where the reference frame begins, in the coordinates of the document.
    origin: LayoutPoint,
    /// From the reference frame to the surface, as if nothing were scrolled. `None` when boxes are
    /// turned on the way: then they are not moved to whole px.
    unscrolled: Option<ScaleOffset>,
    /// From the reference frame to the coordinate system.
    to_system: ScaleOffset,
    /// From the coordinate system, which begins where boxes are turned, to the surface. `None`
    /// when it is that of the surface.
    system: Option<LayoutTransform>,
    /// How far things are scrolled since the reference frame.
    scrolled: LayoutVector2D,
}

impl Space {
    /// The viewport of a webview, by the transform from it to the surface.
    pub(crate) fn viewport(to_surface: &LayoutTransform) -> Self {
        let surface = Self {
            origin: LayoutPoint::zero(),
            unscrolled: Some(ScaleOffset::IDENTITY),
            to_system: ScaleOffset::IDENTITY,
            system: None,
            scrolled: LayoutVector2D::zero(),
        };
        surface.frame(LayoutPoint::zero(), to_surface, true).nested(LayoutPoint::zero())
    }

    /// Go along these steps.
    pub(crate) fn follow(self, path: &[SpatialStep]) -> Self {
        path.iter().fold(self, |mut space, step| match *step {
            SpatialStep::Scroll { offset, .. } => {
                space.scrolled += rounded_scroll(offset);
                space
            }
            SpatialStep::Stick(offset) => {
                space.scrolled += offset;
                space
            }
            SpatialStep::Frame { origin, transform } => {
                let offset = space.point_in_frame(origin);
                Self { origin, ..space.frame(offset, &transform, false) }
            }
        })
    }

    /// Go into a document whose viewport begins at this point, which is moved to whole px.
    pub(crate) fn nested(self, viewport_origin: LayoutPoint) -> Self {
        let offset = self.snapped_origin(self.point_in_frame(viewport_origin));
        let frame = self.frame(offset, &LayoutTransform::identity(), true);
        Self { origin: LayoutPoint::zero(), ..frame }
    }

    /// The point of the reference frame where a nested document begins that should begin at this
    /// one. WebRender rounds a half away from zero here.
    fn snapped_origin(&self, point: LayoutPoint) -> LayoutPoint {
        let Some(unscrolled) = self.unscrolled else {
            return point;
        };
        let snapped = unscrolled.unmap(unscrolled.map(point.to_untyped()).map(f32::round));
        LayoutPoint::from_untyped(snapped)
    }

    /// Where a box of the document is drawn on the surface: the smallest upright box around it.
    /// `None` when part of it lies behind the camera.
    pub(crate) fn draw(&self, rect: &LayoutRect) -> Option<DeviceRect> {
        let rect = self.rect_in_frame(rect);
        let content =
            ScaleOffset::translation(self.snapped_scroll().to_untyped()).then(&self.to_system);
        let map = |point: LayoutPoint| {
            let mut point = point.to_untyped();
            if let Some(unscrolled) = self.unscrolled {
                // This rounds a half up, as WebRender does with boxes.
                point = unscrolled.unmap(unscrolled.map(point).round());
            }
            LayoutPoint::from_untyped(content.map(point))
        };
        // A negative scale swaps the corners.
        let rect = LayoutRect::from_points([map(rect.min), map(rect.max)]);
        let rect = match &self.system {
            Some(system) => system.outer_transformed_box2d(&rect)?,
            None => rect,
        };
        Some(rect).filter(is_finite).map(|rect| rect.cast_unit())
    }

    /// A point of the document in the coordinates of the reference frame.
    pub(crate) fn point_in_frame(&self, point: LayoutPoint) -> LayoutPoint {
        point_in_frame(self.origin, point)
    }

    /// A box of the document in the coordinates of the reference frame.
    pub(crate) fn rect_in_frame(&self, rect: &LayoutRect) -> LayoutRect {
        rect_in_frame(self.origin, rect)
    }

    /// By how much things are moved since the reference frame, because something scrolled.
    pub(crate) fn snapped_scroll(&self) -> LayoutVector2D {
        self.snapped(self.scrolled)
    }

    /// By how much things are moved that should be moved by this much.
    pub(crate) fn snapped(&self, offset: LayoutVector2D) -> LayoutVector2D {
        LayoutVector2D::from_untyped(self.to_system.snapped(offset.to_untyped()))
    }

    /// Whether boxes are still upright on the surface.
    pub(crate) fn is_upright(&self) -> bool {
        self.system.is_none()
    }

    /// Go into a reference frame at this point of the current one.
    fn frame(self, offset: LayoutPoint, transform: &LayoutTransform, should_snap: bool) -> Self {
        let mut offset = offset.to_untyped().to_vector();
        let unscrolled = self.unscrolled.and_then(|unscrolled| {
            let frame = ScaleOffset::of(transform)?;
            Some(frame.then(&ScaleOffset::translation(offset)).then(&unscrolled))
        });
        if unscrolled.is_none() {
            offset = self.to_system.snapped(offset);
        }
        // One after the other, as WebRender adds them up.
        let transform = transform
            .then_translate(LayoutVector2D::from_untyped(offset).to_3d())
            .then_translate(self.snapped_scroll().to_3d());

        let frame = Self { unscrolled, scrolled: LayoutVector2D::zero(), ..self };
        match ScaleOffset::of(&transform) {
            Some(mut relative) => {
                if should_snap {
                    relative.offset = self.to_system.snapped(relative.offset);
                }
                Self { to_system: relative.then(&self.to_system), ..frame }
            }
            None => {
                let transform = transform.then(&self.to_system.to_transform());
                let system = match &self.system {
                    Some(system) => transform.then(system),
                    None => transform,
                };
                Self { to_system: ScaleOffset::IDENTITY, system: Some(system), ..frame }
            }
        }
    }
}

/// A scale, and a translation after it.
#[derive(Clone, Copy, Debug)]
struct ScaleOffset {
    scale: Vector2D<f32>,
    offset: Vector2D<f32>,
}

impl ScaleOffset {
    const IDENTITY: Self = Self { scale: Vector2D::new(1., 1.), offset: Vector2D::new(0., 0.) };

    const fn translation(offset: Vector2D<f32>) -> Self {
        Self { offset, ..Self::IDENTITY }
    }

    /// `None` for a transform that does more than scale and translate in the plane.
    fn of(transform: &LayoutTransform) -> Option<Self> {
        /// What WebRender takes for nothing.
        const NEARLY_ZERO: f32 = 1. / 4096.;
        let m = transform;
        let zeros = [
            m.m12,
            m.m13,
            m.m14,
            m.m21,
            m.m23,
            m.m24,
            m.m31,
            m.m32,
            m.m34,
            m.m43,
            m.m33 - 1.,
            m.m44 - 1.,
        ];
        let is_scale_offset = zeros.iter().all(|value| value.abs() <= NEARLY_ZERO);
        is_scale_offset.then(|| Self {
            scale: Vector2D::new(m.m11, m.m22),
            offset: Vector2D::new(m.m41, m.m42),
        })
    }

    fn then(&self, next: &Self) -> Self {
        Self {
            scale: self.scale.component_mul(next.scale),
            offset: self.offset.component_mul(next.scale) + next.offset,
        }
    }

    fn map(&self, point: Point2D<f32>) -> Point2D<f32> {
        (point.to_vector().component_mul(self.scale) + self.offset).to_point()
    }

    fn unmap(&self, point: Point2D<f32>) -> Point2D<f32> {
        (point.to_vector() - self.offset).component_div(self.scale).to_point()
    }

    /// The offset that is a whole number of px after the scale.
    fn snapped(&self, offset: Vector2D<f32>) -> Vector2D<f32> {
        let scaled = offset.component_mul(self.scale).map(f32::round);
        let unscale = |scaled: f32, scale: f32, offset: f32| {
            if scale == 0. { offset } else { scaled / scale }
        };
        Vector2D::new(
            unscale(scaled.x, self.scale.x, offset.x),
            unscale(scaled.y, self.scale.y, offset.y),
        )
    }

    fn to_transform(self) -> LayoutTransform {
        LayoutTransform::scale(self.scale.x, self.scale.y, 1.)
            .then_translate(LayoutVector2D::from_untyped(self.offset).to_3d())
    }
}

#[cfg(test)]
mod tests {
    use euclid::Angle;
    use webrender_api::PipelineId;
    use webrender_api::units::{DevicePoint, LayoutSize};

    use super::*;

    fn rect(x: f32, y: f32, width: f32, height: f32) -> LayoutRect {
        let size = LayoutSize::new(width, height);
        LayoutRect::from_origin_and_size(LayoutPoint::new(x, y), size)
    }

    fn scroll(x: f32, y: f32) -> SpatialStep {
        let id = ExternalScrollId(1, PipelineId(1, 1));
        SpatialStep::Scroll { id, offset: LayoutVector2D::new(x, y) }
    }

    fn viewport(scale: f32) -> Space {
        Space::viewport(&LayoutTransform::scale(scale, scale, 1.))
    }

    #[track_caller]
    fn assert_is_drawn(space: Space, rect: LayoutRect, min: (f32, f32), max: (f32, f32)) {
        let expected = DeviceRect::new(DevicePoint::from(min), DevicePoint::from(max));
        let drawn = space.draw(&rect).expect("a finite rect");
        assert!((drawn.min - expected.min).length() < 1e-3, "{drawn:?}");
        assert!((drawn.max - expected.max).length() < 1e-3, "{drawn:?}");
    }

    // The expected px are what WebRender draws; the tests on WebRender check that it does.

    #[test]
    fn scroll_offsets_are_rounded_on_their_own() {
        let area = rect(10., 20., 50., 40.);
        assert_is_drawn(viewport(1.5), area, (15., 30.), (90., 90.));
        // 1.5 device px, away from zero.
        let space = viewport(1.5).follow(&[scroll(0., 1.)]);
        assert_is_drawn(space, area, (15., 28.), (90., 88.));
        // First to whole CSS px, one by one.
        let space = viewport(1.).follow(&[scroll(0., 0.4), scroll(0., 0.4), scroll(0., 2.6)]);
        assert_is_drawn(space, area, (10., 17.), (60., 57.));
    }

    #[test]
    fn a_nested_document_begins_at_a_whole_px() {
        let space = viewport(3.).nested(LayoutPoint::new(3.3, 5.5));
        assert_is_drawn(space, rect(10., 20., 50., 40.), (40., 77.), (190., 197.));
    }

    #[test]
    fn turned_boxes_are_not_moved() {
        let origin = LayoutPoint::new(10., 20.);
        let transform = LayoutTransform::rotation(0., 0., 1., Angle::degrees(90.));
        let space = viewport(1.).follow(&[SpatialStep::Frame { origin, transform }]);
        assert!(viewport(1.).is_upright() && !space.is_upright());
        assert_is_drawn(space, rect(10.25, 20.5, 5., 3.), (6.5, 20.25), (9.5, 25.25));
    }

    #[test]
    fn a_transform_applies_around_its_origin() {
        let origin = LayoutPoint::new(10., 20.);
        let transform = LayoutTransform::scale(-2., 2., 1.);
        let path = [scroll(0., 5.4), SpatialStep::Frame { origin, transform }];
        let area = rect(12., 20., 4., 6.);
        assert_eq!(bounding_box(&path, &area), Some(rect(-2., 14.6, 8., 12.)));
        assert_is_drawn(viewport(1.).follow(&path), area, (-2., 15.), (6., 27.));
    }

    #[test]
    fn what_is_nowhere_is_not_drawn() {
        for transform in [
            LayoutTransform::scale(0., 1., 1.),
            LayoutTransform::scale(f32::INFINITY, 1., 1.),
            LayoutTransform::translation(f32::NAN, 0., 0.),
        ] {
            let origin = LayoutPoint::zero();
            let space = viewport(1.).follow(&[SpatialStep::Frame { origin, transform }]);
            assert_eq!(space.draw(&rect(1., 2., 3., 4.)), None, "{transform:?}");
        }
    }
}
