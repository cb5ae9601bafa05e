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

use crate::geometry::is_valid;

/// More targets than this in one display list are ignored: a hostile content process may not
/// make the compositor grow without bound. Twice the bound of the document side, for both kinds.
const MAX_TARGETS: usize = 20_000;

/// The newest records of every pipeline. A lookup costs the same however many targets there are.
#[derive(Default)]
pub(crate) struct TargetTable {
    targets: FxHashMap<TargetId, Located>,
    pipelines: FxHashMap<PipelineId, Recorded>,
}

/// A target and the pipeline whose document it is in.
#[derive(Clone, Copy)]
pub(crate) struct Located {
    pub(crate) pipeline: PipelineId,
    pub(crate) record: TargetRecord,
    /// Whether the newest display list came with a layer of this target.
    pub(crate) has_layer: bool,
}

#[derive(Default)]
struct Recorded {
    targets: Vec<TargetId>,
    nested: Option<Vec<NestedRecord>>,
}

impl TargetTable {
    /// Replace what is known of a pipeline. Records that cannot be true are left out, and so is a
    /// target that another pipeline already has: its owner cannot be robbed of it.
    pub(crate) fn set_records(
        &mut self,
        pipeline: PipelineId,
        records: PipelineRecords,
        layers: &FxHashSet<RestrictionTargetId>,
    ) {
        self.remove_pipeline(pipeline);
        let mut recorded = Recorded {
            targets: Vec::with_capacity(records.targets.len().min(MAX_TARGETS)),
            nested: records.nested.map(|mut nested| {
                nested.retain(|record| is_valid(&record.content_box));
                nested
            }),
        };
        for record in records.targets.into_iter().take(MAX_TARGETS) {
            if !is_possible(&record) {
                continue;
            }
            let Entry::Vacant(entry) = self.targets.entry(record.target) else {
                continue;
            };
            let has_layer =
                matches!(record.target, TargetId::Restriction(id) if layers.contains(&id));
            entry.insert(Located { pipeline, record, has_layer });
            recorded.targets.push(record.target);
        }
        if !recorded.targets.is_empty() || recorded.nested.is_some() {
            self.pipelines.insert(pipeline, recorded);
        }
    }

    /// Forget a pipeline: its targets are unknown from now on.
    pub(crate) fn remove_pipeline(&mut self, pipeline: PipelineId) {
        let Some(recorded) = self.pipelines.remove(&pipeline) else {
            return;
        };
        for target in recorded.targets {
            self.targets.remove(&target);
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
fn is_possible(record: &TargetRecord) -> bool {
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
        let none = FxHashSet::default();
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
        let none = FxHashSet::default();
        table.set_records(ONE, records(vec![record(crop(1), 5.)]), &none);
        table.set_records(TWO, records(vec![record(crop(1), 9.)]), &none);
        assert_eq!(table.get(crop(1)).map(|located| located.pipeline), Some(ONE));
        table.remove_pipeline(TWO);
        assert!(table.get(crop(1)).is_some());
    }

    #[test]
    fn impossible_records_are_left_out() {
        let mut table = TargetTable::default();
        let mut ineligible_crop = record(crop(2), 5.);
        ineligible_crop.ineligible = Some(Ineligible::Fragmented);
        let list = vec![record(crop(1), f32::NAN), ineligible_crop, record(crop(3), -1.)];
        table.set_records(ONE, records(list), &FxHashSet::default());
        assert!(table.targets.is_empty());
    }
}
