/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What may have changed from one frame to the next.
//!
//! WebRender keeps what it draws in slices of tiles, and tells of each tile whether it rasterized
//! it for a frame, and where. Marks in the strip say which slices are those of which slot. The first
//! one of a slot does not scroll and always fills the slot. If there are others, they are there
//! because something in the layer could scroll; where nothing can, or is where it was, a layer is
//! only different where one of its tiles was rasterized, or came or went.

use rustc_hash::FxHashMap;
use webrender::{PictureCacheDebugInfo, RenderResults, SliceDebugInfo, TileDebugInfo, TileOffset};
use webrender_api::FramePublishId;
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

use crate::geometry::rect_of;
use crate::strip;

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
    /// Nothing at all.
    Nothing,
    /// This, in the slots that begin with these rows of the scene.
    Slots(FxHashMap<i32, SlotTiles>),
}

/// What the tiles of one slot are like.
#[derive(Debug, Default)]
pub(crate) struct SlotTiles {
    /// Where tiles of the first slice were rasterized, in device px of the scene.
    rasterized: DeviceIntRect,
    /// Whether tiles of other slices were.
    others_rasterized: bool,
    pub(crate) slices: Slices,
}

/// The slices of a slot, from back to front, each with its visible tiles.
pub(crate) type Slices = Vec<Vec<TileOffset>>;

impl Rasterized {
    /// What the first render of a frame after `Renderer::update` resulted in, if that is known.
    /// `slots` are the first rows of the slots that the frame has.
    pub(crate) fn of(
        results: Option<&RenderResults>,
        succession: Succession,
        slots: impl IntoIterator<Item = i32>,
    ) -> Self {
        match (succession, results) {
            (Succession::Same, _) => Self::Nothing,
            // Even if nothing was rasterized: tiles that have nothing in them any more are gone.
            // Only with `WebRenderOptions::testing`, and not when somebody else was told already.
            (Succession::Next, Some(results)) => {
                slots_of(&results.picture_cache_debug, slots.into_iter().collect())
                    .map_or(Self::Unknown, Self::Slots)
            }
            (Succession::Next | Succession::Later, _) => Self::Unknown,
        }
    }
}

impl SlotTiles {
    fn add(&mut self, slice: &SliceDebugInfo) {
        let is_first = self.slices.is_empty();
        let mut visible = Vec::new();
        for (offset, tile) in &slice.tiles {
            match tile {
                TileDebugInfo::Dirty(tile) if is_first => {
                    let rect = tile.local_dirty_rect.round_out().to_i32().cast_unit();
                    self.rasterized = self.rasterized.union(&rect);
                }
                TileDebugInfo::Dirty(_) => self.others_rasterized = true,
                TileDebugInfo::Valid => {}
                TileDebugInfo::Occluded | TileDebugInfo::Culled => continue,
            }
            visible.push(*offset);
        }
        visible.sort_by_key(|offset| (offset.y, offset.x));
        self.slices.push(visible);
    }

    /// What may be different in the slot, which is this rect of the scene. `before` are the slices
    /// that it had, if that is known.
    pub(crate) fn damage(&self, slot: &DeviceIntRect, before: Option<&Slices>) -> Damage {
        if self.others_rasterized || before != Some(&self.slices) {
            return Damage::All;
        }
        let rect = self.rasterized.intersection(slot);
        rect.map_or(Damage::none(), |rect| Damage::Within(rect.translate(-slot.min.to_vector())))
    }
}

/// What the tiles of these slots are like. `None` when that cannot be told for all of them.
fn slots_of(
    info: &PictureCacheDebugInfo,
    mut slots: Vec<i32>,
) -> Option<FxHashMap<i32, SlotTiles>> {
    let mut slices: Vec<_> = info.slices.iter().collect();
    slices.sort_by_key(|(index, _)| **index);
    slots.sort_unstable();
    let mut rest = slices.as_slice();
    let mut found = FxHashMap::default();
    for (index, top) in slots.iter().enumerate() {
        let is_mark = |top: i32| {
            move |(_, slice): &(&usize, &SliceDebugInfo)| {
                slice.tiles.len() == 1 && slice.tiles.contains_key(&strip::mark_tile(top))
            }
        };
        let begin = rest.iter().position(is_mark(*top))? + 1;
        rest = &rest[begin..];
        let end = match slots.get(index + 1) {
            Some(next) => rest.iter().position(is_mark(*next))?,
            None => rest.len(),
        };
        // Two that look like the mark: one of them is content.
        if slices.iter().filter(|slice| is_mark(*top)(slice)).count() != 1 {
            return None;
        }
        let mut tiles = SlotTiles::default();
        rest[..end].iter().for_each(|(_, slice)| tiles.add(slice));
        // There is always one that fills the slot.
        if tiles.slices.is_empty() {
            return None;
        }
        found.insert(*top, tiles);
    }
    Some(found)
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
    use webrender::DirtyTileDebugInfo;
    use webrender_api::units::{PicturePoint, PictureRect};

    use super::*;

    fn rect(left: i32, top: i32, right: i32, bottom: i32) -> DeviceIntRect {
        DeviceIntRect::new(DeviceIntPoint::new(left, top), DeviceIntPoint::new(right, bottom))
    }

    fn dirty([left, top, right, bottom]: [f32; 4]) -> TileDebugInfo {
        let rect = PictureRect::new(PicturePoint::new(left, top), PicturePoint::new(right, bottom));
        TileDebugInfo::Dirty(DirtyTileDebugInfo { local_valid_rect: rect, local_dirty_rect: rect })
    }

    fn slice(tiles: impl IntoIterator<Item = (i32, TileDebugInfo)>) -> SliceDebugInfo {
        let mut slice = SliceDebugInfo::new();
        let tiles = tiles.into_iter().map(|(y, tile)| (TileOffset::new(0, y), tile));
        slice.tiles.extend(tiles);
        slice
    }

    fn mark(top: i32) -> SliceDebugInfo {
        let mut slice = SliceDebugInfo::new();
        slice.tiles.insert(strip::mark_tile(top), TileDebugInfo::Valid);
        slice
    }

    fn results(slices: Vec<SliceDebugInfo>) -> RenderResults {
        let mut results =
            RenderResults { did_rasterize_any_tile: true, ..RenderResults::default() };
        results.picture_cache_debug.slices.extend(slices.into_iter().enumerate());
        results
    }

    fn page() -> SliceDebugInfo {
        slice([(0, dirty([0., 0., 900., 900.])), (1, TileDebugInfo::Valid)])
    }

    fn slots(slices: Vec<SliceDebugInfo>) -> Option<FxHashMap<i32, SlotTiles>> {
        match Rasterized::of(Some(&results(slices)), Succession::Next, [1540, 1028]) {
            Rasterized::Slots(slots) => Some(slots),
            Rasterized::Unknown => None,
            Rasterized::Nothing => unreachable!("something was rasterized"),
        }
    }

    const ONE: DeviceIntRect =
        DeviceIntRect { min: DeviceIntPoint::new(0, 1028), max: DeviceIntPoint::new(100, 1100) };
    const TWO: DeviceIntRect =
        DeviceIntRect { min: DeviceIntPoint::new(0, 1540), max: DeviceIntPoint::new(100, 1600) };

    #[test]
    fn only_what_was_rasterized_is_damaged() {
        let one = slice([(2, dirty([10.2, 1030.7, 20.2, 1040.2]))]);
        let two = slice([(3, TileDebugInfo::Valid)]);
        let slots = slots(vec![page(), mark(1028), one, mark(1540), two]).expect("both slots");
        let before = |y| vec![vec![TileOffset::new(0, y)]];
        let damage = slots[&1028].damage(&ONE, Some(&before(2)));
        assert_eq!(damage, Damage::Within(rect(10, 2, 21, 13)));
        assert_eq!(slots[&1540].damage(&TWO, Some(&before(3))), Damage::none());
        assert_eq!(slots[&1540].damage(&TWO, Some(&before(2))), Damage::All, "another tile");
        assert_eq!(slots[&1028].damage(&ONE, None), Damage::All, "what was there is not known");
    }

    #[test]
    fn other_slices_damage_everything_when_they_change() {
        let first = || slice([(2, TileDebugInfo::Valid)]);
        let damage = |other: SliceDebugInfo, before: &Slices| {
            let slices = vec![page(), mark(1028), first(), other, mark(1540), first()];
            slots(slices).expect("both slots")[&1028].damage(&ONE, Some(before))
        };
        let tiles = |rows: &[i32]| rows.iter().map(|y| TileOffset::new(0, *y)).collect();
        let before = vec![tiles(&[2]), tiles(&[0, 1])];
        let still = || [(1, TileDebugInfo::Valid), (0, TileDebugInfo::Valid)];
        assert_eq!(damage(slice(still()), &before), Damage::none());
        assert_eq!(
            damage(slice(still()), &vec![tiles(&[2])]),
            Damage::All,
            "there was none before"
        );
        let gone = [(0, TileDebugInfo::Valid), (1, TileDebugInfo::Culled)];
        assert_eq!(damage(slice(gone), &before), Damage::All);
        let rasterized = [(0, TileDebugInfo::Valid), (1, dirty([0., 0., 1., 1.]))];
        assert_eq!(damage(slice(rasterized), &before), Damage::All);
    }

    #[test]
    fn what_cannot_be_told_apart_is_unknown() {
        let one = || slice([(2, TileDebugInfo::Valid)]);
        assert!(slots(vec![page(), mark(1028), one(), mark(1540), one()]).is_some());
        assert!(slots(vec![page(), mark(1028), one(), one()]).is_none(), "no mark");
        let twice = vec![page(), mark(1028), one(), mark(1028), mark(1540), one()];
        assert!(slots(twice).is_none(), "content looks like a mark");
        let before = vec![mark(1540), page(), mark(1028), one(), mark(1540), one()];
        assert!(slots(before).is_none(), "content of the page looks like a mark");
        assert!(slots(vec![page(), mark(1540), one(), mark(1028), one()]).is_none(), "order");
        assert!(slots(vec![page(), mark(1028), mark(1540), one()]).is_none(), "an empty slot");
        assert!(slots(Vec::new()).is_none(), "WebRender was not asked");
    }

    #[test]
    fn what_was_not_seen_is_unknown() {
        let of = |results: Option<&RenderResults>, succession| {
            let rasterized = Rasterized::of(results, succession, [1028]);
            match rasterized {
                Rasterized::Unknown => "unknown",
                Rasterized::Nothing => "nothing",
                Rasterized::Slots(_) => "slots",
            }
        };
        let one = slice([(2, TileDebugInfo::Valid)]);
        let told = results(vec![page(), mark(1028), one]);
        assert_eq!(of(Some(&told), Succession::Next), "slots");
        // Another frame was drawn in between, and its damage is lost.
        assert_eq!(of(Some(&told), Succession::Later), "unknown");
        assert_eq!(of(None, Succession::Next), "unknown");
        assert_eq!(of(Some(&told), Succession::Same), "nothing");
        let nothing_rasterized = RenderResults { did_rasterize_any_tile: false, ..told };
        assert_eq!(of(Some(&nothing_rasterized), Succession::Next), "slots", "tiles may be gone");
        assert_eq!(of(Some(&RenderResults::default()), Succession::Next), "unknown");
        assert_eq!(of(Some(&RenderResults::default()), Succession::Later), "unknown");
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
