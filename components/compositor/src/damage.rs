/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What may have changed from one frame to the next.
//!
//! WebRender keeps what it draws in tiles, and tells which of them it rasterized for a frame, and
//! where. A layer that is drawn in one slice of tiles, which its slot always fills, is only moved
//! with those tiles: where none was rasterized, it is the same in every px.

use webrender::{RenderResults, TileDebugInfo};
use webrender_api::FramePublishId;
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

use crate::geometry::rect_of;

/// How the frame on screen follows the one that was there before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Succession {
    /// It is the same frame.
    Same,
    /// There is none in between.
    Next,
    /// There were others, which WebRender may have rasterized and nobody saw.
    #[default]
    Later,
}

impl Succession {
    pub(crate) fn of(id: FramePublishId, before: Option<FramePublishId>) -> Self {
        match before {
            Some(before) if id == before => Self::Same,
            Some(before) if id.0 == before.0 + 1 => Self::Next,
            Some(_) | None => Self::Later,
        }
    }
}

/// What WebRender rasterized for the frame on screen.
#[derive(Debug)]
pub(crate) enum Rasterized {
    /// That is not known.
    Unknown,
    /// Nothing outside of these rects. Those of tiles that do not scroll are in device px of the
    /// scene. Those of tiles that do are somewhere, which only ever adds to the others.
    Within(Vec<DeviceIntRect>),
}

impl Rasterized {
    /// What the first render of a frame after `Renderer::update` resulted in, if that is known.
    pub(crate) fn of(results: Option<&RenderResults>, succession: Succession) -> Self {
        match (succession, results) {
            (Succession::Same, _) => Self::Within(Vec::new()),
            (Succession::Next, Some(results)) if !results.did_rasterize_any_tile => {
                Self::Within(Vec::new())
            }
            // Only with `WebRenderOptions::testing`, and not when somebody else was told already.
            (Succession::Next, Some(results)) if !results.picture_cache_debug.slices.is_empty() => {
                let slices = results.picture_cache_debug.slices.values();
                let tiles = slices.flat_map(|slice| slice.tiles.values());
                let rects = tiles.filter_map(|tile| match tile {
                    TileDebugInfo::Dirty(tile) => {
                        Some(tile.local_dirty_rect.round_out().to_i32().cast_unit())
                    }
                    TileDebugInfo::Occluded | TileDebugInfo::Culled | TileDebugInfo::Valid => None,
                });
                Self::Within(rects.collect())
            }
            (Succession::Next | Succession::Later, _) => Self::Unknown,
        }
    }

    /// What may be different in this rect of the scene, which is not empty.
    pub(crate) fn within(&self, rect: &DeviceIntRect) -> DeviceIntRect {
        match self {
            Self::Unknown => *rect,
            Self::Within(rects) => {
                let parts = rects.iter().filter_map(|part| part.intersection(rect));
                parts.fold(DeviceIntRect::zero(), |all, part| all.union(&part))
            }
        }
    }
}

/// The part of a picture that may be different from what somebody has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Damage {
    /// All of it.
    #[default]
    All,
    /// No more than this rect, from the top left corner of the picture. It may be empty.
    Within(DeviceIntRect),
}

impl Damage {
    pub(crate) const fn none() -> Self {
        Self::Within(DeviceIntRect {
            min: DeviceIntPoint::new(0, 0),
            max: DeviceIntPoint::new(0, 0),
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Within(one), Self::Within(other)) => Self::Within(one.union(&other)),
            (Self::All, _) | (_, Self::All) => Self::All,
        };
    }

    /// The part of a picture of this size.
    pub(crate) fn of(self, size: DeviceIntSize) -> DeviceIntRect {
        match self {
            Self::All => rect_of(size),
            Self::Within(rect) => {
                rect.intersection(&rect_of(size)).unwrap_or_else(DeviceIntRect::zero)
            }
        }
    }
}

/// What a rect of a picture becomes when the picture is scaled to another size by linear
/// interpolation, which mixes each px with its neighbors.
pub(crate) fn scaled(rect: DeviceIntRect, from: DeviceIntSize, to: DeviceIntSize) -> DeviceIntRect {
    if from == to || rect.is_empty() {
        return rect;
    }
    let (x, y) = (
        f64::from(to.width) / f64::from(from.width),
        f64::from(to.height) / f64::from(from.height),
    );
    let rect = rect.inflate(1, 1).to_f64().scale(x, y).round_out();
    rect.to_i32().intersection(&rect_of(to)).unwrap_or_else(DeviceIntRect::zero)
}

#[cfg(test)]
mod tests {
    use webrender::{DirtyTileDebugInfo, SliceDebugInfo, TileOffset};
    use webrender_api::units::{PicturePoint, PictureRect};

    use super::*;

    fn results(tiles: &[Option<[f32; 4]>]) -> RenderResults {
        let mut results = RenderResults::default();
        for (index, tile) in tiles.iter().enumerate() {
            let info = tile.map_or(TileDebugInfo::Valid, |[left, top, right, bottom]| {
                let (min, max) = (PicturePoint::new(left, top), PicturePoint::new(right, bottom));
                let rect = PictureRect::new(min, max);
                TileDebugInfo::Dirty(DirtyTileDebugInfo {
                    local_valid_rect: rect,
                    local_dirty_rect: rect,
                })
            });
            results.did_rasterize_any_tile |= tile.is_some();
            let mut slice = SliceDebugInfo::new();
            slice.tiles.insert(TileOffset::new(0, 0), info);
            results.picture_cache_debug.slices.insert(index, slice);
        }
        results
    }

    fn rect(left: i32, top: i32, right: i32, bottom: i32) -> DeviceIntRect {
        DeviceIntRect::new(DeviceIntPoint::new(left, top), DeviceIntPoint::new(right, bottom))
    }

    const SLOT: fn() -> DeviceIntRect = || rect(0, 1000, 100, 1100);

    #[test]
    fn only_what_was_rasterized_is_damaged() {
        let results = results(&[
            None,
            Some([5., 5., 900., 900.]),
            Some([10.2, 1010.7, 20.2, 1020.2]),
            Some([50., 1050., 200., 1060.]),
        ]);
        let rasterized = Rasterized::of(Some(&results), Succession::Next);
        assert_eq!(rasterized.within(&SLOT()), rect(10, 1010, 100, 1060));
        assert_eq!(rasterized.within(&rect(0, 2000, 10, 2010)), DeviceIntRect::zero());
    }

    #[test]
    fn what_is_not_known_damages_everything() {
        let within = |results: &RenderResults, succession| {
            Rasterized::of(Some(results), succession).within(&SLOT())
        };
        assert_eq!(Rasterized::of(None, Succession::Next).within(&SLOT()), SLOT());
        let untold = RenderResults { did_rasterize_any_tile: true, ..Default::default() };
        assert_eq!(within(&untold, Succession::Next), SLOT());
        assert_eq!(within(&RenderResults::default(), Succession::Next), DeviceIntRect::zero());
        let told = results(&[Some([0., 0., 10., 10.])]);
        assert_eq!(within(&told, Succession::Next), DeviceIntRect::zero());
        // Another frame was drawn in between, and its damage is lost.
        assert_eq!(within(&told, Succession::Later), SLOT());
        assert_eq!(within(&RenderResults::default(), Succession::Later), SLOT());
        assert_eq!(within(&untold, Succession::Same), DeviceIntRect::zero());
    }

    #[test]
    fn damage_adds_up() {
        let size = DeviceIntSize::new(20, 10);
        let mut damage = Damage::none();
        assert!(damage.of(size).is_empty());
        damage.add(Damage::Within(rect(2, 2, 4, 4)));
        damage.add(Damage::none());
        damage.add(Damage::Within(rect(6, 6, 40, 8)));
        assert_eq!(damage.of(size), rect(2, 2, 20, 8));
        damage.add(Damage::All);
        damage.add(Damage::none());
        assert_eq!(damage.of(size), rect(0, 0, 20, 10));
    }

    #[test]
    fn scaled_damage_covers_what_the_px_are_mixed_into() {
        let (from, to) = (DeviceIntSize::new(100, 50), DeviceIntSize::new(50, 25));
        assert_eq!(scaled(rect(10, 10, 20, 20), from, to), rect(4, 4, 11, 11));
        assert_eq!(scaled(rect(0, 0, 100, 50), from, to), rect(0, 0, 50, 25));
        assert_eq!(scaled(rect(10, 10, 20, 20), from, from), rect(10, 10, 20, 20));
        assert!(scaled(DeviceIntRect::zero(), from, to).is_empty());
    }

    #[test]
    fn frames_follow_each_other_by_their_ids() {
        let id = FramePublishId;
        assert_eq!(Succession::of(id(4), None), Succession::Later);
        assert_eq!(Succession::of(id(4), Some(id(4))), Succession::Same);
        assert_eq!(Succession::of(id(5), Some(id(4))), Succession::Next);
        assert_eq!(Succession::of(id(6), Some(id(4))), Succession::Later);
        assert_eq!(Succession::of(id(3), Some(id(4))), Succession::Later);
    }
}
