/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Parts of the crate, as benches see them. Not an API: it is there only with the feature `bench`,
//! and may change at any time.

use rustc_hash::FxHashMap;
use subcapture_api::{
    CropTargetId, PipelineRecords, SessionId, SpatialNode, TargetRecord, Version,
};
use webrender_api::units::{
    DeviceIntRect, DeviceIntSize, DeviceRect, LayoutRect, LayoutSize, LayoutTransform,
    LayoutVector2D,
};
use webrender_api::{ExternalScrollId, PipelineId};

use crate::layers::{Layers, Placed};
use crate::scene::{Scene, View};
use crate::slots::Slots;
use crate::snapshot::{Asked, Sources};
use crate::spatial::SpatialStep;
use crate::targets::TargetTable;

const PIPELINE: PipelineId = PipelineId(1, 1);
const SURFACE: DeviceIntSize = DeviceIntSize::new(1280, 720);

/// A document with many targets, of which one is captured.
pub struct Document {
    table: TargetTable,
    layers: Layers,
    records: PipelineRecords,
    captured: CropTargetId,
}

impl Document {
    /// A document with so many targets, and at least one.
    ///
    /// # Panics
    ///
    /// Where the operating system has no random bits.
    pub fn new(targets: usize) -> Self {
        let mint = || CropTargetId::mint().expect("random bits");
        let captured = mint();
        let others = std::iter::repeat_with(mint).take(targets.saturating_sub(1));
        let rect = LayoutRect::new((10., 20.).into(), (650., 380.).into());
        let record = |target: CropTargetId| TargetRecord {
            target: target.into(),
            border_box: Some((rect, SpatialNode(0))),
            ineligible: None,
        };
        let targets = std::iter::once(captured).chain(others).map(record).collect();
        let records = PipelineRecords { targets, nested: None };
        let (table, layers) = (TargetTable::default(), Layers::default());
        let mut document = Self { table, layers, records, captured };
        document.set_records();
        document
    }

    /// What a display list costs.
    pub fn set_records(&mut self) {
        self.table.set_records(PIPELINE, self.records.clone(), &FxHashMap::default());
    }

    /// What a requested frame costs. Gives where the target is.
    pub fn look_up(&mut self) -> Option<DeviceIntRect> {
        let sources = Sources { targets: &self.table, scene: &Still, surface: SURFACE };
        let (session, version) = (SessionId(0), Version::default());
        let asked = Asked { session, view: (), subject: self.captured.into(), version };
        let found =
            sources.look_up(std::iter::once(asked), &mut self.layers, &mut Placed::default());
        Some(found.get(&session)?.placement.as_ref().ok()?.visible)
    }
}

/// Take slots of different heights until the strip is full, release every other one, and fill the
/// gaps. Gives how many there are.
pub fn fill_slots() -> usize {
    let mut slots = Slots::default();
    let heights = || [64, 360, 120, 200].into_iter().cycle();
    let mut taken: Vec<_> = heights().map_while(|height| slots.allocate(height, 16_384)).collect();
    let mut index = 0;
    taken.retain(|slot| {
        index += 1;
        let is_kept = index % 2 == 0;
        if !is_kept {
            slots.release(*slot);
        }
        is_kept
    });
    taken.extend(heights().map_while(|height| slots.allocate(height, 16_384)));
    taken.len()
}

/// A page at rest, in a webview that fills the surface.
struct Still;

impl Scene for Still {
    type ViewId = ();

    fn view(&self, (): ()) -> Option<View> {
        Some(View {
            root_pipeline: PIPELINE,
            rect: DeviceRect::from_size(SURFACE.to_f32()),
            viewport: LayoutSize::new(1280., 720.),
            to_surface: LayoutTransform::identity(),
            scale: 1.,
        })
    }

    fn parent(&self, (): (), _: PipelineId) -> Option<PipelineId> {
        None
    }

    fn path(&self, (): (), _: PipelineId, _: SpatialNode) -> Option<Vec<SpatialStep>> {
        let (id, offset) = (ExternalScrollId(0, PIPELINE), LayoutVector2D::zero());
        Some(vec![SpatialStep::Scroll { id, offset }])
    }
}
