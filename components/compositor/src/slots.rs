/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Room for layers below the viewport.

/// Rows left free between two slots, so that nothing which is sampled across an edge comes from a
/// neighbor. Half of it is a margin of the slot on either side.
pub(crate) const GAP: i32 = 4;

/// WebRender draws to tiles of this height, unless the engine wants another one
/// (`WebRenderOptions::picture_tile_size`). A slot that fits is in one row of tiles: what is drawn
/// to two costs as much again. The strip begins where a row does.
pub(crate) const TILE: i32 = 512;

/// The height of what fits into one row of tiles.
const ROW: i32 = TILE - 2 * GAP;

/// Slots grow in steps, so that an element that grows by a row does not move every time.
const STEP: i32 = 64;

/// A run of rows in the strip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Slot {
    /// The first row, from the top of the strip.
    pub(crate) top: i32,
    /// How many rows there are.
    pub(crate) height: i32,
}

impl Slot {
    /// The first row that is free again, after the gap.
    pub(crate) fn end(self) -> i32 {
        self.top + self.height + GAP
    }
}

/// Which rows of the strip are taken. A slot stays where it is for as long as it is large enough:
/// moving it would rasterize its layer again.
#[derive(Debug, Default)]
pub(crate) struct Slots(Vec<Slot>);

impl Slots {
    /// Take room for `height` rows in a strip of at most `max_height`, at the first place that is
    /// large enough.
    pub(crate) fn allocate(&mut self, height: i32, max_height: i32) -> Option<Slot> {
        let height = stepped(height)?;
        let mut top = GAP;
        let mut index = 0;
        for slot in &self.0 {
            top = fitting(top, height);
            if slot.top.checked_sub(top)? >= height.checked_add(GAP)? {
                break;
            }
            top = slot.end();
            index += 1;
        }
        top = fitting(top, height);
        if top.checked_add(height)?.checked_add(GAP)? > max_height {
            return None;
        }
        let slot = Slot { top, height };
        self.0.insert(index, slot);
        Some(slot)
    }

    /// Give the rows of a slot back.
    pub(crate) fn release(&mut self, slot: Slot) {
        self.0.retain(|other| *other != slot);
    }

    /// The height of the strip: 0 without slots.
    pub(crate) fn height(&self) -> i32 {
        self.0.last().map_or(0, |slot| slot.end())
    }
}

/// The height of a slot for `height` rows, so that it need not move when its layer grows a little.
fn stepped(height: i32) -> Option<i32> {
    if height <= ROW {
        Some(((height + STEP - 1) / STEP * STEP).min(ROW))
    } else {
        let rows = height.checked_add(2 * GAP + TILE - 1)? / TILE;
        Some(rows * TILE - 2 * GAP)
    }
}

/// The first row from `top` on where a slot of this height is in as few rows of tiles as it can be.
fn fitting(top: i32, height: i32) -> i32 {
    let row = top / TILE * TILE;
    let top = top.max(row + GAP);
    let fits = top.saturating_add(height).saturating_add(GAP) <= row + TILE;
    if top == row + GAP || fits { top } else { row + TILE + GAP }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_do_not_overlap_and_keep_their_place() {
        let mut slots = Slots::default();
        let first = slots.allocate(100, 10_000).expect("room");
        let second = slots.allocate(1, 10_000).expect("room");
        let third = slots.allocate(64, 10_000).expect("room");
        assert_eq!((first.top, first.height), (GAP, 128));
        assert_eq!((second.top, second.height), (first.end(), 64));
        assert_eq!((third.top, third.height), (second.end(), 64));

        slots.release(second);
        assert_eq!(slots.allocate(65, 10_000).map(|slot| slot.top), Some(third.end()));
        assert_eq!(slots.allocate(64, 10_000), Some(second));
    }

    #[test]
    fn slots_are_in_as_few_rows_of_tiles_as_they_can_be() {
        let mut slots = Slots::default();
        let mut tops = |heights: &[i32]| {
            let slots = heights.iter().map(|height| slots.allocate(*height, 10_000));
            slots.map(|slot| slot.map(|slot| slot.top)).collect::<Vec<_>>()
        };
        let row = |index: i32| Some(index * TILE + GAP);
        assert_eq!(
            tops(&[360, 360, ROW, 1000, 64]),
            [row(0), row(1), row(2), row(3), row(0).map(|top| top + 384 + GAP)]
        );
        let heights = |height| Slots::default().allocate(height, 10_000).map(|slot| slot.height);
        assert_eq!([ROW - 1, ROW, ROW + 1].map(heights), [Some(ROW), Some(ROW), Some(ROW + TILE)]);
    }

    #[test]
    fn a_full_strip_has_no_room() {
        let mut slots = Slots::default();
        let max_height = GAP + 128 + GAP;
        assert_eq!(slots.allocate(100, max_height - 1), None);
        let slot = slots.allocate(100, max_height).expect("room");
        assert_eq!(slots.height(), max_height);
        assert_eq!(slots.allocate(1, max_height), None);
        assert_eq!(slots.allocate(i32::MAX, i32::MAX), None);
        slots.release(slot);
        assert_eq!(slots.height(), 0);
        assert!(slots.allocate(100, max_height).is_some());
    }
}
