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
    FramebufferIntRect, LayoutRect, LayoutTransform,
};

/// Document to viewport: the smallest upright box around the transformed rect. `None` when part
/// of it lies behind the camera.
pub(crate) fn to_viewport(transform: &LayoutTransform, rect: &LayoutRect) -> Option<LayoutRect> {
    transform.outer_transformed_box2d(rect).filter(is_finite)
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
    use webrender_api::units::{DevicePoint, LayoutPoint};

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
