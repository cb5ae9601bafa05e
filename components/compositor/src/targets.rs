/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What layout recorded, by target and by pipeline.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};
use subcapture_api::{
    NestedRecord, PipelineRecords, RestrictionTargetId, TargetId, TargetKind, TargetRecord,
};
use webrender_api::PipelineId;

use crate::display_list::Motion;
use crate::geometry::is_valid;

/// More targets than this in one display list are ignored: a hostile content process may not
/// make the compositor grow without bound. Twice the bound of the document side, for both kinds.
const MAX_TARGETS: usize = 20_000;

/// The newest records of every pipeline. A lookup costs the same however many targets there are.
#[derive(Default)]
pub(crate) struct TargetTable {
    targets: FxHashMap<TargetId, Located>,
    pipelines: FxHashMap<PipelineId, Recorded>,
    /// Targets that documents minted, connected or not.
    minted: FxHashMap<PipelineId, FxHashSet<TargetId>>,
}

/// A target and the pipeline whose document it is in.
#[derive(Clone)]
pub(crate) struct Located {
    pub(crate) pipeline: PipelineId,
    pub(crate) record: TargetRecord,
    /// The layer of this target that came with the newest display list.
    pub(crate) layer: Option<SentLayer>,
}

/// A layer that came with a display list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SentLayer {
    pub(crate) pipeline: PipelineId,
    pub(crate) motion: Motion,
}

#[derive(Default)]
struct Recorded {
    targets: Vec<TargetId>,
    /// Targets that another pipeline has: an element went from one document to the other, whose
    /// display list came first.
    claimed: FxHashMap<TargetId, Located>,
    nested: Option<Vec<NestedRecord>>,
}

impl TargetTable {
    /// Replace what is known of a pipeline, whose display list came with these layers. Records
    /// that cannot be true are left out, and so is a target that another pipeline has, until that
    /// pipeline has it no longer: its owner cannot be robbed of it.
    pub(crate) fn set_records(
        &mut self,
        pipeline: PipelineId,
        records: PipelineRecords,
        layers: &FxHashMap<RestrictionTargetId, SentLayer>,
    ) {
        let before = self.take_targets(pipeline);
        let mut recorded = Recorded {
            targets: Vec::with_capacity(records.targets.len().min(MAX_TARGETS)),
            claimed: FxHashMap::default(),
            nested: records.nested.map(|mut nested| {
                nested.retain(|record| is_valid(&record.content_box));
                nested
            }),
        };
        for record in records.targets.into_iter().take(MAX_TARGETS) {
            if !is_possible(&record) {
                continue;
            }
            let layer = match record.target {
                TargetId::Crop(_) => None,
                TargetId::Restriction(id) => layers.get(&id).cloned(),
            };
            let located = Located { pipeline, record, layer };
            match self.targets.entry(record.target) {
                Entry::Vacant(entry) => {
                    entry.insert(located);
                    recorded.targets.push(record.target);
                }
                Entry::Occupied(owned) if owned.get().pipeline == pipeline => {}
                Entry::Occupied(_) => {
                    // Whoever does not have the target has no layer of it.
                    let located = Located { layer: None, ..located };
                    recorded.claimed.insert(record.target, located);
                }
            }
        }
        let is_needed = !recorded.targets.is_empty() || !recorded.claimed.is_empty();
        if is_needed || recorded.nested.is_some() {
            self.pipelines.insert(pipeline, recorded);
        }
        self.hand_over(before);
    }

    /// A document minted a target, which may have no record for now.
    pub(crate) fn note_minted(&mut self, pipeline: PipelineId, target: TargetId) {
        let minted = self.minted.entry(pipeline).or_default();
        if minted.len() < MAX_TARGETS {
            minted.insert(target);
        }
    }

    /// The pipelines whose documents have a target: by its record, or because they minted it.
    pub(crate) fn owners(&self, target: TargetId) -> impl Iterator<Item = PipelineId> + '_ {
        let recorded = self.targets.get(&target).map(|located| located.pipeline);
        let minted = self.minted.iter().filter(move |(_, targets)| targets.contains(&target));
        recorded.into_iter().chain(minted.map(|(pipeline, _)| *pipeline))
    }

    /// Forget a pipeline: its targets are unknown from now on.
    pub(crate) fn remove_pipeline(&mut self, pipeline: PipelineId) {
        self.minted.remove(&pipeline);
        let before = self.take_targets(pipeline);
        self.hand_over(before);
    }

    /// Forget a pipeline. Gives the targets that it had.
    fn take_targets(&mut self, pipeline: PipelineId) -> Vec<TargetId> {
        let targets = self.pipelines.remove(&pipeline).unwrap_or_default().targets;
        for target in &targets {
            self.targets.remove(target);
        }
        targets
    }

    /// Give targets that nobody has any more to a pipeline that claims them.
    fn hand_over(&mut self, targets: Vec<TargetId>) {
        for target in targets {
            let Entry::Vacant(entry) = self.targets.entry(target) else {
                continue;
            };
            let claim = self.pipelines.values_mut().find_map(|recorded| {
                let located = recorded.claimed.remove(&target)?;
                recorded.targets.push(target);
                Some(located)
            });
            if let Some(located) = claim {
                entry.insert(located);
            }
        }
    }

    pub(crate) fn get(&self, target: TargetId) -> Option<&Located> {
        self.targets.get(&target)
    }

    /// Where `child` is shown in `parent`. The outer `None`: the parent was not asked yet. The
    /// inner one: it does not show the child.
    pub(crate) fn nested(
        &self,
        parent: PipelineId,
        child: PipelineId,
    ) -> Option<Option<&NestedRecord>> {
        let nested = self.pipelines.get(&parent)?.nested.as_ref()?;
        Some(nested.iter().find(|record| record.pipeline == child))
    }
}

/// Whether an honest layout could have sent this record.
pub(crate) fn is_possible(record: &TargetRecord) -> bool {
    let fits_kind = record.target.kind() == TargetKind::Restriction || record.ineligible.is_none();
    fits_kind && record.border_box.is_none_or(|(rect, _)| is_valid(&rect))
}

#[cfg(test)]
mod tests {
    use subcapture_api::{CropTargetId, Ineligible, SpatialNode};
    use webrender_api::units::{LayoutPoint, LayoutRect};

    use super::*;

    const ONE: PipelineId = PipelineId(1, 1);
    const TWO: PipelineId = PipelineId(1, 2);

    fn crop(bits: u128) -> TargetId {
        CropTargetId::from_bits(bits).into()
    }

    fn record(target: TargetId, right: f32) -> TargetRecord {
        let rect = LayoutRect::new(LayoutPoint::zero(), LayoutPoint::new(right, 10.));
        TargetRecord { target, border_box: Some((rect, SpatialNode(0))), ineligible: None }
    }

    fn records(targets: Vec<TargetRecord>) -> PipelineRecords {
        PipelineRecords { targets, nested: None }
    }

    #[test]
    fn a_display_list_replaces_the_records_of_the_one_before() {
        let mut table = TargetTable::default();
        let none = FxHashMap::default();
        table.set_records(ONE, records(vec![record(crop(1), 5.), record(crop(2), 5.)]), &none);
        table.set_records(ONE, records(vec![record(crop(2), 7.)]), &none);
        assert!(table.get(crop(1)).is_none());
        assert_eq!(table.get(crop(2)).map(|located| located.record), Some(record(crop(2), 7.)));
        table.remove_pipeline(ONE);
        assert!(table.get(crop(2)).is_none());
        assert!(table.pipelines.is_empty());
    }

    #[test]
    fn a_target_stays_with_its_pipeline() {
        let mut table = TargetTable::default();
        let none = FxHashMap::default();
        table.set_records(ONE, records(vec![record(crop(1), 5.)]), &none);
        table.set_records(TWO, records(vec![record(crop(1), 9.)]), &none);
        assert_eq!(table.get(crop(1)).map(|located| located.pipeline), Some(ONE));
        table.remove_pipeline(TWO);
        assert!(table.get(crop(1)).is_some());
    }

    #[test]
    fn a_target_goes_to_another_pipeline_in_either_order() {
        let none = FxHashMap::default();
        let owner = |table: &TargetTable| table.get(crop(1)).map(|located| located.pipeline);
        for new_one_is_first in [true, false] {
            let mut table = TargetTable::default();
            table.set_records(ONE, records(vec![record(crop(1), 5.)]), &none);
            let set_two = |table: &mut TargetTable| {
                table.set_records(TWO, records(vec![record(crop(1), 9.)]), &none);
            };
            if new_one_is_first {
                set_two(&mut table);
                // The owner still has it.
                table.set_records(ONE, records(vec![record(crop(1), 5.)]), &none);
                assert_eq!(owner(&table), Some(ONE));
            }
            table.set_records(ONE, records(Vec::new()), &none);
            if !new_one_is_first {
                assert_eq!(owner(&table), None);
                set_two(&mut table);
            }
            assert_eq!(owner(&table), Some(TWO));
            table.remove_pipeline(TWO);
            assert!(table.targets.is_empty() && table.pipelines.is_empty());
        }
    }

    #[test]
    fn impossible_records_are_left_out() {
        let mut table = TargetTable::default();
        let mut ineligible_crop = record(crop(2), 5.);
        ineligible_crop.ineligible = Some(Ineligible::Fragmented);
        let list = vec![record(crop(1), f32::NAN), ineligible_crop, record(crop(3), -1.)];
        table.set_records(ONE, records(list), &FxHashMap::default());
        assert!(table.targets.is_empty());
    }
}
