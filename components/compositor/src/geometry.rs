/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Conversions between the coordinate spaces of capture.
//!
//! | space | origin | unit |
//! |---|---|---|
//! | document | top left of the document, before transforms | CSS px |
//! | viewport | top left of the document's viewport | CSS px |
//! | surface | top left of the rendering surface | device px |
//! | framebuffer | *bottom* left of the surface | device px |

use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, DeviceRect, FramebufferIntPoint,
    FramebufferIntRect, LayoutPoint, LayoutRect, LayoutSize, LayoutTransform,
};

/// Document to viewport: the smallest upright box around the transformed rect. `None` when part
/// of it lies behind the camera.
pub(crate) fn to_viewport(transform: &LayoutTransform, rect: &LayoutRect) -> Option<LayoutRect> {
    transform.outer_transformed_box2d(rect).filter(is_finite)
}

/// A point of a document in the coordinates of a reference frame that begins at `origin`: as the
/// engine has it in its display list, to the last bit.
///
/// That bit matters where an edge is on the center of a px. Engines on WebRender lay out in app
/// units, and it is these that they subtract; floats come last.
pub(crate) fn point_in_frame(origin: LayoutPoint, point: LayoutPoint) -> LayoutPoint {
    let from = |origin: f32, coordinate: f32| match origin {
        0. => coordinate,
        _ => px(app_units(coordinate) - app_units(origin)),
    };
    LayoutPoint::new(from(origin.x, point.x), from(origin.y, point.y))
}

/// The same of a rect, of which engines know the size in app units.
pub(crate) fn rect_in_frame(origin: LayoutPoint, rect: &LayoutRect) -> LayoutRect {
    if origin == LayoutPoint::zero() {
        return *rect;
    }
    let length = |length: f32| px(app_units(length));
    let size = LayoutSize::new(length(rect.width()), length(rect.height()));
    LayoutRect::from_origin_and_size(point_in_frame(origin, rect.min), size)
}

/// How many app units something is: 60 are a CSS px. A whole number, and exact in any document that
/// WebRender can show.
fn app_units(px: f32) -> f64 {
    (f64::from(px) * 60.).round()
}

/// The float that engines have for so many app units.
#[expect(clippy::cast_possible_truncation, reason = "engines round before they divide, too")]
fn px(app_units: f64) -> f32 {
    app_units as f32 / 60.
}

/// The whole device px that a rect on the surface stands for.
///
/// Edges are rounded, as WebRender snaps the edges of boxes. Rounding out instead would take in a
/// row of foreign pixels wherever an edge is fractional.
pub(crate) fn snap(rect: &DeviceRect) -> DeviceIntRect {
    rect.round().to_i32()
}

/// Surface to framebuffer: GL counts rows from the bottom.
pub(crate) fn to_framebuffer(rect: &DeviceIntRect, surface: DeviceIntSize) -> FramebufferIntRect {
    FramebufferIntRect::new(
        FramebufferIntPoint::new(rect.min.x, surface.height - rect.max.y),
        FramebufferIntPoint::new(rect.max.x, surface.height - rect.min.y),
    )
}

/// Whether a rect has only finite numbers and is not turned inside out.
pub(crate) fn is_valid(rect: &LayoutRect) -> bool {
    is_finite(rect) && rect.min.x <= rect.max.x && rect.min.y <= rect.max.y
}

pub(crate) fn is_finite(rect: &LayoutRect) -> bool {
    rect.min.is_finite() && rect.max.is_finite()
}

/// The rect of this size at the origin.
pub(crate) fn rect_of(size: DeviceIntSize) -> DeviceIntRect {
    DeviceIntRect::from_origin_and_size(DeviceIntPoint::zero(), size)
}

#[cfg(test)]
mod tests {
    use euclid::Angle;
    use webrender_api::units::DevicePoint;

    use super::*;

    fn layout_rect(min: (f32, f32), max: (f32, f32)) -> LayoutRect {
        LayoutRect::new(LayoutPoint::new(min.0, min.1), LayoutPoint::new(max.0, max.1))
    }

    #[test]
    fn fractional_edges_are_rounded_to_the_nearest_px() {
        let rect = DeviceRect::new(DevicePoint::new(10.4, 10.6), DevicePoint::new(20.4, 20.6));
        assert_eq!(
            snap(&rect),
            DeviceIntRect::new(DeviceIntPoint::new(10, 11), DeviceIntPoint::new(20, 21))
        );
    }

    #[test]
    fn what_is_in_a_frame_is_subtracted_in_app_units() {
        let rect = layout_rect((129.9, -3.3), (129.9 + 34.6, -3.3 + 7.7));
        // As floats, 164.5 - 129.9 is not 34.6.
        assert_ne!(rect.width().to_bits(), 34.6_f32.to_bits());
        assert_eq!(rect_in_frame(rect.min, &rect), layout_rect((0., 0.), (34.6, 7.7)));
        let inside = rect_in_frame(LayoutPoint::new(120.2, 10.), &rect);
        assert_eq!(inside, layout_rect((9.7, -13.3), (9.7 + 34.6, -13.3 + 7.7)));
        // There is nothing to subtract from what is in the document.
        let odd = layout_rect((1.23456, 0.1), (2.34567, 7.));
        assert_eq!(rect_in_frame(LayoutPoint::zero(), &odd), odd);
        assert!(!is_finite(&rect_in_frame(rect.min, &layout_rect((f32::NAN, 0.), (1., 1.)))));
    }

    #[test]
    fn the_flip_is_its_own_inverse() {
        let surface = DeviceIntSize::new(300, 200);
        for (min, max) in [((0, 0), (300, 200)), ((5, 7), (50, 90)), ((-10, 150), (20, 230))] {
            let rect = DeviceIntRect::new(min.into(), max.into());
            let flipped = to_framebuffer(&rect, surface);
            assert_eq!(flipped.size().cast_unit(), rect.size());
            let twice = to_framebuffer(&flipped.cast_unit(), surface);
            assert_eq!(twice.cast_unit(), rect);
        }
    }

    #[test]
    fn a_rotated_rect_gets_its_bounding_box() {
        let transform = LayoutTransform::rotation(0., 0., 1., Angle::degrees(90.));
        let bounds = to_viewport(&transform, &layout_rect((0., 0.), (10., 20.))).expect("a box");
        assert!((bounds.min.x + 20.).abs() < 1e-4 && (bounds.max.y - 10.).abs() < 1e-4);
    }

    #[test]
    fn numbers_that_are_none_make_no_rect() {
        assert!(!is_valid(&layout_rect((0., f32::NAN), (1., 1.))));
        assert!(!is_valid(&layout_rect((0., 0.), (f32::INFINITY, 1.))));
        assert!(!is_valid(&layout_rect((2., 0.), (1., 1.))));
        assert!(is_valid(&layout_rect((0., 0.), (0., 0.))));
        let infinite = LayoutTransform::scale(f32::INFINITY, 1., 1.);
        assert_eq!(to_viewport(&infinite, &layout_rect((0., 0.), (1., 1.))), None);
    }
}
