/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The strip: a scene below the viewport that no screen shows, with a slot for each layer.
//!
//! A slot shows its layer exactly as it would be on screen, moved by whole device px to the top
//! left corner of the slot, and clipped to what the frame may show.

use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, LayoutPoint, LayoutRect, LayoutTransform,
    LayoutVector2D,
};
use webrender_api::{
    APZScrollGeneration, BuiltDisplayList, ClipChainId, DisplayListBuilder, HasScrollLinkedEffect,
    PipelineId, PropertyBinding, ReferenceFrameKind, SpaceAndClipInfo, SpatialId, TransformStyle,
};

use crate::lookup::Ancestor;
use crate::scene::View;
use crate::spatial::{Space, SpatialStep};

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
    let to_slot =
        whole_translation(entry.view.to_surface).then_translate(shift.to_3d().cast_unit());
    let mut space = push_frame(builder, LayoutPoint::zero(), root, to_slot, true);
    let mut on_page = Space::viewport(&entry.view.to_surface);
    let mut size = entry.view.viewport;
    for Ancestor { path, content_box } in &entry.ancestors {
        let origin;
        (space, origin) = follow(builder, path, space);
        let clip = builder.define_clip_rect(space, content_box.translate(-origin.to_vector()));
        clips = builder.define_clip_chain(Some(clips), [clip]);
        // WebRender rounds the origin of a nested document, and not to the same px everywhere: a
        // half is rounded away from zero. It must not round what is rounded once more, or what it
        // draws by itself is resampled.
        on_page = on_page.follow(path);
        let nested_origin = on_page.snapped(content_box.min) - origin;
        on_page = on_page.nested(content_box.min);
        let identity = LayoutTransform::identity();
        space = push_frame(builder, nested_origin.to_point(), space, identity, false);
        size = content_box.size();
    }

    let space = SpaceAndClipInfo { spatial_id: space, clip_chain_id: clips };
    let bounds = LayoutRect::from_size(size);
    // The clips above are rounded as on the page. This one is none.
    builder.push_iframe(bounds, bounds.inflate(1., 1.), &space, entry.layer, true);
}

/// WebRender rounds the translation of a webview, see above.
fn whole_translation(transform: LayoutTransform) -> LayoutTransform {
    LayoutTransform { m41: transform.m41.round(), m42: transform.m42.round(), ..transform }
}

/// Go along a path by the same kinds of spatial nodes that the page has, so that WebRender rounds
/// what is in them to the same px. Gives the last node, and the point of the document where its
/// coordinates begin.
fn follow(
    builder: &mut DisplayListBuilder,
    path: &[SpatialStep],
    mut space: SpatialId,
) -> (SpatialId, LayoutPoint) {
    let mut frame_origin = LayoutPoint::zero();
    for step in path {
        space = match *step {
            SpatialStep::Scroll { id, .. } => builder.define_scroll_frame(
                space,
                id,
                LayoutRect::zero(),
                LayoutRect::zero(),
                LayoutVector2D::zero(),
                APZScrollGeneration::default(),
                HasScrollLinkedEffect::No,
            ),
            SpatialStep::Stick(offset) => {
                let offset = LayoutTransform::translation(offset.x, offset.y, 0.);
                push_frame(builder, LayoutPoint::zero(), space, offset, true)
            }
            SpatialStep::Frame { origin, transform } => {
                let offset = (origin - frame_origin).to_point();
                frame_origin = origin;
                push_frame(builder, offset, space, transform, false)
            }
        };
    }
    (space, frame_origin)
}

/// Whether a transform keeps boxes upright, as WebRender wants to know.
fn is_scale_and_translation(transform: &LayoutTransform) -> bool {
    transform.is_2d() && transform.m12 == 0. && transform.m21 == 0.
}

fn push_frame(
    builder: &mut DisplayListBuilder,
    origin: LayoutPoint,
    parent: SpatialId,
    transform: LayoutTransform,
    should_snap: bool,
) -> SpatialId {
    let kind = ReferenceFrameKind::Transform {
        is_2d_scale_translation: is_scale_and_translation(&transform),
        should_snap,
        paired_with_perspective: false,
    };
    let transform = PropertyBinding::Value(transform);
    let id = builder.push_reference_frame(origin, parent, TransformStyle::Flat, transform, kind);
    builder.pop_reference_frame();
    id
}
