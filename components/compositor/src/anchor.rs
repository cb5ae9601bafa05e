/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where the strip has a layer, and when it need not be put elsewhere.
//!
//! Scrolling a document moves a target on the surface, and the slot does not move. So the strip would
//! have to be another one in each frame, and WebRender would build the scene anew, that of the page
//! with it. But a layer that moves only as its document does, and by whole device px, looks as it did
//! before: strip and layer stay as they are, and are not scrolled at all. In a document that is embedded
//! by something that is transformed, what is a px is another matter, and the strip follows.

use webrender_api::units::{DeviceIntVector2D, LayoutTransform, LayoutVector2D};

use crate::spatial::SpatialStep;
use crate::strip::{Entry, is_scale_and_translation};

/// Beyond that, floats are not exact.
const MAX_MOVEMENT: f32 = (1 << 24) as f32;

/// Where the strip has a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) entry: Entry,
    /// How far the document of the layer is scrolled.
    pub(crate) scrolled: LayoutVector2D,
}

impl Anchor {
    /// Whether a layer that moves as its document does has the same px in both.
    pub(crate) fn has_px_of(&self, other: &Self) -> bool {
        let Some(moved) = self.moved_to(other.scrolled) else {
            return false;
        };
        let visible = self.entry.visible.translate(moved);
        other.entry == Entry { visible, ..self.entry.clone() }
    }

    /// How far content moves on the surface when the document is scrolled to this offset, if that is
    /// by whole device px. WebRender rounds scroll offsets to whole CSS px first.
    fn moved_to(&self, scrolled: LayoutVector2D) -> Option<DeviceIntVector2D> {
        let to_surface = &self.entry.view.to_surface;
        let moved = self.scrolled.map(f32::round) - scrolled.map(f32::round);
        let moved = LayoutVector2D::new(moved.x * to_surface.m11, moved.y * to_surface.m22);
        let is_whole = moved == moved.map(f32::round)
            && moved.x.abs().max(moved.y.abs()) < MAX_MOVEMENT
            && is_scale_and_translation(to_surface)
            && self.is_embedded_as_it_is();
        is_whole.then_some(moved)?.try_cast::<i32>().map(|moved| moved.cast_unit())
    }

    /// Whether nothing on the way to the document is scaled or turned.
    fn is_embedded_as_it_is(&self) -> bool {
        let mut steps = self.entry.ancestors.iter().flat_map(|ancestor| &ancestor.path);
        steps.all(|step| match step {
            SpatialStep::Scroll { .. } | SpatialStep::Stick(_) => true,
            SpatialStep::Frame { transform, .. } => {
                let LayoutTransform { m41: x, m42: y, .. } = *transform;
                *transform == LayoutTransform::translation(x, y, 0.)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use webrender_api::PipelineId;
    use webrender_api::units::{
        DeviceIntPoint, DeviceIntRect, DeviceIntSize, DeviceRect, LayoutPoint, LayoutRect,
        LayoutSize,
    };

    use super::*;
    use crate::geometry::snap;
    use crate::lookup::Ancestor;
    use crate::scene::View;
    use crate::spatial::Space;

    fn anchor(scale: f32, scrolled: (f32, f32), origin: (i32, i32)) -> Anchor {
        let to_surface = LayoutTransform::scale(scale, scale, 1.);
        let view = View {
            root_pipeline: PipelineId(1, 1),
            rect: DeviceRect::from_size((900., 900.).into()),
            viewport: LayoutSize::new(900., 900.),
            to_surface,
            scale,
        };
        let size = DeviceIntSize::new(30, 40);
        let visible = DeviceIntRect::from_origin_and_size(origin.into(), size);
        let entry = Entry {
            layer: PipelineId(2, 1),
            slot: DeviceIntPoint::new(0, 4),
            visible,
            ancestors: Vec::new(),
            view,
        };
        Anchor { entry, scrolled: scrolled.into() }
    }

    #[test]
    fn whole_device_px_change_nothing() {
        let before = anchor(1.5, (0., 10.), (100, 200));
        assert!(before.has_px_of(&before));
        assert!(before.has_px_of(&anchor(1.5, (-2., 14.), (103, 194))));
        assert!(before.has_px_of(&anchor(1.5, (0.3, 11.8), (100, 197))), "rounded to 0 and 12");
        assert!(!before.has_px_of(&anchor(1.5, (0., 11.), (100, 199))), "1.5 device px");
        assert!(!before.has_px_of(&anchor(1.5, (0., 11.), (100, 198))), "1.5 device px");
    }

    #[test]
    fn another_change_is_one() {
        let before = anchor(2., (0., 0.), (100, 200));
        assert!(!before.has_px_of(&anchor(2., (0., 1.), (100, 200))), "it is fixed");
        assert!(!before.has_px_of(&anchor(2., (0., 1.), (100, 197))), "it moved by itself");
        assert!(!before.has_px_of(&anchor(2., (0., 0.), (100, 198))), "it moved by itself");
        assert!(!before.has_px_of(&anchor(1., (0., 2.), (100, 198))), "it is zoomed");
        let mut cut = anchor(2., (0., 1.), (100, 198));
        cut.entry.visible.max.y -= 1;
        assert!(!before.has_px_of(&cut), "less of it is visible");
        let mut elsewhere = before.clone();
        elsewhere.entry.slot.y += 512;
        assert!(!before.has_px_of(&elsewhere), "it has another slot");

        let mut turned = before.clone();
        turned.entry.view.to_surface.m12 = 0.1;
        assert!(!turned.has_px_of(&turned.clone()), "px are not moved as a whole");
    }

    /// The anchor of a box of a document that is scrolled, in an element with this transform.
    fn nested(transform: LayoutTransform, top: f32, scrolled: f32) -> Anchor {
        let mut anchor = anchor(1., (0., scrolled), (0, 0));
        let path = vec![SpatialStep::Frame { origin: LayoutPoint::zero(), transform }];
        let scroll = SpatialStep::Scroll {
            id: webrender_api::ExternalScrollId(0, PipelineId(3, 1)),
            offset: anchor.scrolled,
        };
        let document = Space::viewport(&anchor.entry.view.to_surface).follow(&path);
        let space = document.nested(LayoutPoint::zero()).follow(&[scroll]);
        let target = LayoutRect::from_origin_and_size((10., top).into(), LayoutSize::new(30., 40.));
        anchor.entry.visible = snap(&space.draw(&target).expect("it is not turned"));
        let content_box = LayoutRect::from_size(LayoutSize::new(300., 400.));
        anchor.entry.ancestors = vec![Ancestor { path, content_box }];
        anchor
    }

    #[test]
    fn what_embeds_the_document_counts() {
        let moved = LayoutTransform::translation(7., 3., 0.);
        assert!(nested(moved, 200., 0.).has_px_of(&nested(moved, 200., 100.)));
        // Twice 50 - 100 px is as far as the document was scrolled, and it is not the same.
        let scaled = LayoutTransform::scale(2., 2., 1.);
        let (before, after) = (nested(scaled, 200., 0.), nested(scaled, 250., 100.));
        assert_eq!(before.entry.visible.min.y - after.entry.visible.min.y, 100);
        assert!(!before.has_px_of(&after));
    }

    #[test]
    fn impossible_offsets_move_nothing() {
        for offset in [1e30, 2_147_483_520., 16_777_216., f32::INFINITY, f32::NAN] {
            let (far, near) = (anchor(1., (0., offset), (0, 200)), anchor(1., (0., 0.), (0, 200)));
            assert!(!far.has_px_of(&near) && !near.has_px_of(&far), "{offset}");
        }
    }
}
