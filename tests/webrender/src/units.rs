/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Layout in app units, 60 of them a CSS px, as engines on WebRender have it: what is where is
//! known exactly, and becomes a float only when it is told, relative to whatever it is told in.
//!
//! Which floats these are decides on which side of the center of a px an edge comes to lie.

use webrender_api::units::{LayoutPoint, LayoutRect, LayoutSize};

/// A coordinate, or a length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Au(i32);

impl Au {
    #[expect(clippy::cast_possible_truncation, reason = "scenes are small")]
    fn from_px(px: f32) -> Self {
        Self((f64::from(px) * 60.).round() as i32)
    }

    #[expect(clippy::cast_precision_loss, reason = "as in engines")]
    fn to_px(self) -> f32 {
        self.0 as f32 / 60.
    }

    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// A point, from this one.
pub(crate) fn point_from(origin: LayoutPoint, point: LayoutPoint) -> LayoutPoint {
    let from = |origin, coordinate| Au::from_px(coordinate).minus(Au::from_px(origin)).to_px();
    LayoutPoint::new(from(origin.x, point.x), from(origin.y, point.y))
}

/// A rect, from this point.
pub(crate) fn rect_from(origin: LayoutPoint, rect: &LayoutRect) -> LayoutRect {
    let length = |px| Au::from_px(px).to_px();
    let size = LayoutSize::new(length(rect.width()), length(rect.height()));
    LayoutRect::from_origin_and_size(point_from(origin, rect.min), size)
}
