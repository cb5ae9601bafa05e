/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Which parts of layers are composited together.
//!
//! To composite the frame on screen once more has a price of its own, whatever comes of it: WebRender
//! uploads its data again, and draws again whatever it does not keep. So parts of layers that are
//! near to each other in the strip are composited in one pass, with what lies between them.

use subcapture_api::RestrictionTargetId;
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize, FramebufferIntRect};

use crate::geometry::{rect_of, to_framebuffer};

/// As many px may be composited in vain for there to be one pass less. With software GL, where px are
/// dear, a pass takes about as long as that: WebRender draws every tile of the scene in each, also
/// those that lie outside of the framebuffer, and the threads of llvmpipe wait for each other at each
/// tile.
const MAX_WASTE: i64 = 1 << 19;

/// The area of the largest framebuffer that parts are put together for, in px: 2.5 MiB, which all
/// sessions have together. A larger one saves passes, and a smaller one memory.
const MAX_AREA: i64 = 5 << 17;

/// A part of a layer that has to be composited.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Part {
    pub(crate) target: RestrictionTargetId,
    /// The size of the layer.
    pub(crate) layer: DeviceIntSize,
    /// The top left corner of the layer, in device px of the scene.
    pub(crate) slot: DeviceIntPoint,
    /// The part, in device px from that corner. Not empty.
    pub(crate) rect: DeviceIntRect,
}

impl Part {
    fn in_scene(&self) -> DeviceIntRect {
        self.rect.translate(self.slot.to_vector())
    }

    /// What has to be composited for it: a framebuffer begins where the scene does.
    fn composited(&self) -> DeviceIntRect {
        let rect = self.in_scene();
        DeviceIntRect { min: DeviceIntPoint::new(0, rect.min.y), ..rect }
    }
}

/// Parts that are composited at once.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Pass {
    /// One at least.
    pub(crate) parts: Vec<Part>,
    /// What is composited for them, in device px of the scene.
    rect: DeviceIntRect,
}

impl Pass {
    /// The only layer that is composited, if that is all there is.
    pub(crate) fn layer(&self) -> Option<&Part> {
        match self.parts.as_slice() {
            [part] if part.rect == rect_of(part.layer) => Some(part),
            _ => None,
        }
    }

    /// The size of the framebuffer that it needs.
    pub(crate) fn size(&self) -> DeviceIntSize {
        self.rect.size()
    }

    /// The first row of the scene below it.
    pub(crate) fn end(&self) -> i32 {
        self.rect.max.y
    }

    /// Where a part is in that framebuffer.
    pub(crate) fn in_framebuffer(&self, part: &Part) -> FramebufferIntRect {
        let from_its_top = part.in_scene().translate(-self.rect.min.to_vector());
        to_framebuffer(&from_its_top, self.size())
    }

    /// Take in a part, unless it is better off in a pass of its own.
    fn take_in(&mut self, part: Part, max_length: i32) -> bool {
        let own = part.composited();
        let rect = self.rect.union(&own);
        let waste = area(&rect) - area(&self.rect) - area(&own);
        let is_worth_it = waste <= MAX_WASTE
            && area(&rect) <= MAX_AREA
            && rect.width().max(rect.height()) <= max_length;
        if is_worth_it {
            self.rect = rect;
            self.parts.push(part);
        }
        is_worth_it
    }
}

/// The passes for these parts, each of another layer. `max_length` is that of a framebuffer.
pub(crate) fn plan(mut parts: Vec<Part>, max_length: i32) -> Vec<Pass> {
    parts.sort_by_key(|part| part.slot.y);
    let mut passes: Vec<Pass> = Vec::new();
    for part in parts {
        if !passes.last_mut().is_some_and(|pass| pass.take_in(part, max_length)) {
            passes.push(Pass { parts: vec![part], rect: part.composited() });
        }
    }
    // What is most of a layer and alone is quicker composited as a whole, where it belongs: a part
    // has to be copied as well.
    for pass in &mut passes {
        if let [part] = pass.parts.as_mut_slice()
            && part.rect.area() * 2 > part.layer.area()
        {
            part.rect = rect_of(part.layer);
            pass.rect = part.composited();
        }
    }
    passes
}

fn area(rect: &DeviceIntRect) -> i64 {
    rect.to_i64().area()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: DeviceIntSize = DeviceIntSize::new(240, 128);
    const STRIP: i32 = 1024;

    /// A part of the layer that begins with this row of the strip.
    fn part(row: i32, [left, top, right, bottom]: [i32; 4]) -> Part {
        Part {
            target: RestrictionTargetId::from_bits(1 + u128::from(row.unsigned_abs())),
            layer: LAYER,
            slot: DeviceIntPoint::new(0, STRIP + row),
            rect: DeviceIntRect::new((left, top).into(), (right, bottom).into()),
        }
    }

    const SMALL: [i32; 4] = [200, 10, 220, 30];
    const WHOLE: [i32; 4] = [0, 0, 240, 128];

    fn sizes(passes: &[Pass]) -> Vec<usize> {
        passes.iter().map(|pass| pass.parts.len()).collect()
    }

    #[test]
    fn neighbors_are_in_one_pass() {
        let passes = plan(vec![part(132, WHOLE), part(0, SMALL), part(264, SMALL)], 8192);
        assert_eq!(sizes(&passes), [3]);
        let pass = &passes[0];
        assert_eq!(pass.size(), DeviceIntSize::new(240, 264 + 20));
        assert_eq!(pass.end(), STRIP + 264 + 30);
        assert_eq!(pass.layer(), None);

        // Rows count from the bottom, where the last part is.
        let places = pass.parts.iter().map(|part| pass.in_framebuffer(part).to_untyped());
        let rect = |x: i32, y: i32, width: i32, height: i32| {
            euclid::default::Box2D::new((x, y).into(), (x + width, y + height).into())
        };
        let expected = [rect(200, 264, 20, 20), rect(0, 34, 240, 128), rect(200, 0, 20, 20)];
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_pass_ends_where_another_one_is_cheaper() {
        // What is between them counts, ...
        assert_eq!(sizes(&plan(vec![part(0, SMALL), part(2048, SMALL)], 8192)), [2]);
        assert_eq!(sizes(&plan(vec![part(0, SMALL), part(3072, SMALL)], 8192)), [1, 1]);
        // ... and that the framebuffer is as wide as the widest part.
        let narrow = |row| part(row, [0, 10, 20, 30]);
        assert_eq!(sizes(&plan(vec![narrow(0), narrow(3072)], 8192)), [2]);
        assert_eq!(sizes(&plan(vec![narrow(0), narrow(3072), part(3584, SMALL)], 8192)), [2, 1]);
        // It must not grow for ever, ...
        let all = (0..100).map(|index| part(index * 132, WHOLE)).collect::<Vec<_>>();
        let passes = plan(all.clone(), 16_384);
        assert_eq!(sizes(&passes), [20; 5]);
        assert!(passes.iter().all(|pass| area(&pass.rect) <= MAX_AREA));
        // ... and not beyond what can be drawn to.
        assert_eq!(sizes(&plan(all, 1024)), [vec![7; 14], vec![2]].concat());
        assert_eq!(plan(Vec::new(), 1024), []);
    }

    #[test]
    fn only_most_of_a_layer_is_composited_as_a_whole() {
        let whole = |part| {
            let passes = plan(vec![part], 8192);
            passes[0].layer().is_some_and(|layer| layer.rect == rect_of(LAYER))
        };
        assert!(whole(part(0, WHOLE)));
        assert!(whole(part(0, [0, 20, 240, 85])));
        assert!(!whole(part(0, [0, 20, 240, 84])));
    }
}
