/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The strip: a scene below the viewport that no screen shows, with a slot for each layer.
//!
//! A slot shows its layer exactly as it would be on screen, moved by whole device px to the top
//! left corner of the slot, and clipped to what the frame may show.

use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, LayoutPoint, LayoutRect, LayoutSize,
    LayoutTransform,
};
use webrender_api::{
    BuiltDisplayList, ClipChainId, DisplayListBuilder, PipelineId, PropertyBinding,
    ReferenceFrameKind, SpaceAndClipInfo, SpatialId, TransformStyle,
};

use crate::lookup::Ancestor;
use crate::scene::View;

/// The pipeline of the strip. Content pipelines count their namespaces from 1.
pub(crate) const PIPELINE: PipelineId = PipelineId(u32::MAX, 0);

/// The pipeline reserved for the `index`-th layer, from 1.
pub(crate) fn layer_pipeline(index: u32) -> PipelineId {
    PipelineId(PIPELINE.0, index)
}

/// One layer in the strip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) layer: PipelineId,
    /// The top left corner of the slot, from the top left of the strip.
    pub(crate) slot: DeviceIntPoint,
    /// What the frame may show, in device px of the surface.
    pub(crate) visible: DeviceIntRect,
    pub(crate) ancestors: Vec<Ancestor>,
    pub(crate) view: View,
}

/// The display list of the strip.
pub(crate) fn build(entries: &[Entry]) -> BuiltDisplayList {
    let mut builder = DisplayListBuilder::new(PIPELINE);
    builder.begin();
    for entry in entries {
        push_entry(&mut builder, entry);
    }
    builder.end().1
}

/// Show the strip below the surface, in the engine's own root display list.
pub(crate) fn push(
    builder: &mut DisplayListBuilder,
    root: SpatialId,
    surface: DeviceIntSize,
    height: i32,
) {
    let rect = DeviceIntRect::from_origin_and_size(
        DeviceIntPoint::new(0, surface.height),
        DeviceIntSize::new(surface.width, height),
    );
    let rect = rect.to_f32().cast_unit();
    let space = SpaceAndClipInfo { spatial_id: root, clip_chain_id: ClipChainId::INVALID };
    builder.push_iframe(rect, rect, &space, PIPELINE, true);
}

fn push_entry(builder: &mut DisplayListBuilder, entry: &Entry) {
    let root = SpatialId::root_reference_frame(PIPELINE);
    let frame = DeviceIntRect::from_origin_and_size(entry.slot, entry.visible.size());
    let clip = builder.define_clip_rect(root, frame.to_f32().cast_unit());
    let mut clips = builder.define_clip_chain(None, [clip]);

    let shift = (entry.slot - entry.visible.min).to_f32();
    let shift = LayoutTransform::translation(shift.x, shift.y, 0.);
    let mut space = push_frame(builder, root, entry.view.to_surface.then(&shift));
    let mut bounds = LayoutRect::from_size(entry.view.viewport);
    for ancestor in &entry.ancestors {
        space = push_frame(builder, space, ancestor.to_viewport);
        let clip = builder.define_clip_rect(space, ancestor.content_box);
        clips = builder.define_clip_chain(Some(clips), [clip]);
        let origin = ancestor.content_box.min.to_vector();
        space = push_frame(builder, space, LayoutTransform::translation(origin.x, origin.y, 0.));
        bounds = LayoutRect::from_origin_and_size(LayoutPoint::zero(), size_of(ancestor));
    }

    let space = SpaceAndClipInfo { spatial_id: space, clip_chain_id: clips };
    builder.push_iframe(bounds, bounds, &space, entry.layer, true);
}

fn size_of(ancestor: &Ancestor) -> LayoutSize {
    ancestor.content_box.size()
}

/// Whether a transform keeps boxes upright, as WebRender wants to know.
fn is_scale_and_translation(transform: &LayoutTransform) -> bool {
    transform.is_2d() && transform.m12 == 0. && transform.m21 == 0.
}

fn push_frame(
    builder: &mut DisplayListBuilder,
    parent: SpatialId,
    transform: LayoutTransform,
) -> SpatialId {
    let kind = ReferenceFrameKind::Transform {
        is_2d_scale_translation: is_scale_and_translation(&transform),
        should_snap: true,
        paired_with_perspective: false,
    };
    let transform = PropertyBinding::Value(transform);
    let id = builder.push_reference_frame(
        LayoutPoint::zero(),
        parent,
        TransformStyle::Flat,
        transform,
        kind,
    );
    builder.pop_reference_frame();
    id
}
