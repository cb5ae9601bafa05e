/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The strip: a scene below the viewport that no screen shows, with a slot for each layer.
//!
//! A slot shows its layer exactly as it would be on screen, moved by whole device px to the top
//! left corner of the slot, and clipped to what the frame may show.
//!
//! Moved by whole px, and yet not the same px: an edge that is on the center of a px is rounded to
//! one side or to the other by what the last bit of a float happens to be, and that is another one
//! elsewhere. So nothing is rounded elsewhere. WebRender moves edges to whole px where they would be
//! if nothing were scrolled or animated, and only then to where they are. The strip as a whole and
//! what is in each slot are moved as if by an animation: to WebRender's rounding, a layer is where
//! it is on the page, under nodes of the same kinds and with the same numbers in them.

use std::slice;

use webrender::TileOffset;
use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, DeviceIntVector2D, LayoutPoint, LayoutRect,
    LayoutSideOffsets, LayoutTransform, LayoutVector2D,
};
use webrender_api::{
    APZScrollGeneration, BorderDetails, BorderRadius, BorderSide, BorderStyle, BuiltDisplayList,
    ClipChainId, ColorF, CommonItemProperties, DisplayListBuilder, HasScrollLinkedEffect,
    NormalBorder, PipelineId, PrimitiveFlags, PropertyBinding, PropertyBindingKey,
    ReferenceFrameKind, SpaceAndClipInfo, SpatialId, TransformStyle,
};

use crate::geometry::rect_of;
use crate::lookup::Ancestor;
use crate::scene::View;
use crate::slots::TILE;
use crate::spatial::{Space, SpatialStep, rounded_scroll};

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

/// The row of the scene where the strip begins: below the surface, where a row of tiles does.
pub(crate) fn top(surface: DeviceIntSize) -> i32 {
    surface.height.saturating_add(TILE - 1) / TILE * TILE
}

/// Show the strip below the surface, in the engine's own root display list.
pub(crate) fn push(
    builder: &mut DisplayListBuilder,
    root: SpatialId,
    surface: DeviceIntSize,
    height: i32,
) {
    let rect = rect_of(DeviceIntSize::new(surface.width, height)).to_f32().cast_unit();
    let spatial_id = push_moved(builder, root, DeviceIntVector2D::new(0, top(surface)));
    let space = SpaceAndClipInfo { spatial_id, clip_chain_id: ClipChainId::INVALID };
    builder.push_iframe(rect, rect, &space, PIPELINE, true);
}

fn push_entry(builder: &mut DisplayListBuilder, entry: &Entry) {
    let root = SpatialId::root_reference_frame(PIPELINE);
    push_mark(builder, root, entry.slot);
    let frame = DeviceIntRect::from_origin_and_size(entry.slot, entry.visible.size());
    let frame = frame.to_f32().cast_unit();
    let clip = builder.define_clip_rect(root, frame);
    let mut clips = builder.define_clip_chain(None, [clip]);
    push_filling(builder, root, clips, frame);

    let space = push_moved(builder, root, entry.slot - entry.visible.min);
    let kind = ReferenceFrameKind::Transform {
        is_2d_scale_translation: is_scale_and_translation(&entry.view.to_surface),
        should_snap: true,
        paired_with_perspective: false,
    };
    let to_surface = PropertyBinding::Value(entry.view.to_surface);
    let mut space = push_frame(builder, LayoutPoint::zero(), space, to_surface, kind);
    let mut on_page = Space::viewport(&entry.view.to_surface);
    let mut viewport = LayoutRect::from_size(entry.view.viewport);
    for Ancestor { path, content_box } in &entry.ancestors {
        let identity = PropertyBinding::Value(LayoutTransform::identity());
        space = push_frame(builder, viewport.min, space, identity, UPRIGHT);
        (space, on_page) = follow(builder, path, space, on_page);
        viewport = on_page.rect_in_frame(content_box);
        on_page = on_page.nested(content_box.min);
        let clip = builder.define_clip_rect(space, viewport);
        clips = builder.define_clip_chain(Some(clips), [clip]);
    }

    let space = SpaceAndClipInfo { spatial_id: space, clip_chain_id: clips };
    // The clips above are rounded as on the page. This one is none.
    builder.push_iframe(viewport, viewport.inflate(1., 1.), &space, entry.layer, true);
}

/// Have WebRender begin with tiles of their own, so that what is in a slot is drawn in the same way
/// whatever is in the others. It does so around a scroll bar. In this one there is a px above the
/// slot, which nobody sees, to tell by its tile where the tiles of the slot begin.
fn push_mark(builder: &mut DisplayListBuilder, root: SpatialId, slot: DeviceIntPoint) {
    // It takes what comes after a context that may be turned around for a part of the scroll bar.
    let flags = PrimitiveFlags::IS_SCROLLBAR_CONTAINER | PrimitiveFlags::IS_BACKFACE_VISIBLE;
    builder.push_simple_stacking_context(root, flags);
    let origin = DeviceIntPoint::new(slot.x, slot.y - MARK_ABOVE);
    // A horizontal one.
    let mark = DeviceIntRect::from_origin_and_size(origin, DeviceIntSize::new(2, 1));
    let mark = mark.to_f32().cast_unit();
    let space = SpaceAndClipInfo { spatial_id: root, clip_chain_id: ClipChainId::INVALID };
    builder.push_rect(&CommonItemProperties::new(mark, space), mark, ColorF::BLACK);
    builder.pop_stacking_context();
}

/// How many rows above its slot a mark is: in the gap.
const MARK_ABOVE: i32 = 2;

/// The height of the tiles that WebRender has for horizontal scroll bars.
const MARK_TILE: i32 = 32;

/// The tile that has the mark of a slot, which begins with this row of the scene. There is no other
/// slot for more rows than a tile has.
pub(crate) fn mark_tile(top: i32) -> TileOffset {
    TileOffset::new(0, (top - MARK_ABOVE).div_euclid(MARK_TILE))
}

/// Fill a slot with something that is not seen: a box with borders of no width.
///
/// So the slot is all there in its tiles, whatever is in the layer, and what becomes of it is only
/// a matter of what is rasterized in them. Without it WebRender forgets tiles that have nothing in
/// them any more. And it applies clips that all content of its tiles has to the tiles as a whole,
/// which is not the same where things that are cut by a round clip lie over each other. On the page
/// there is a background, or something else, that does not have the clip.
fn push_filling(
    builder: &mut DisplayListBuilder,
    root: SpatialId,
    clips: ClipChainId,
    slot: LayoutRect,
) {
    let space = SpaceAndClipInfo { spatial_id: root, clip_chain_id: clips };
    let side = BorderSide { color: ColorF::TRANSPARENT, style: BorderStyle::Solid };
    let border = NormalBorder {
        left: side,
        right: side,
        top: side,
        bottom: side,
        radius: BorderRadius::zero(),
        do_aa: false,
    };
    let widths = LayoutSideOffsets::zero();
    let info = CommonItemProperties::new(slot, space);
    builder.push_border(&info, slot, widths, BorderDetails::Normal(border));
}

/// What the reference frame of a nested document is in WebRender.
const UPRIGHT: ReferenceFrameKind = ReferenceFrameKind::Transform {
    is_2d_scale_translation: true,
    should_snap: true,
    paired_with_perspective: false,
};

/// What something is here that is moved as if it were scrolled. WebRender must not round where it
/// begins: that is as good as rounded, and would lose its last bits.
const SCROLLED: ReferenceFrameKind = ReferenceFrameKind::Transform {
    is_2d_scale_translation: true,
    should_snap: false,
    paired_with_perspective: false,
};

/// What a transform of CSS is in an engine's display list.
const TRANSFORM: ReferenceFrameKind = ReferenceFrameKind::Transform {
    is_2d_scale_translation: false,
    should_snap: false,
    paired_with_perspective: false,
};

/// Go along a path by the same kinds of spatial nodes that the page has, so that WebRender rounds
/// what is in them to the same px, and rasterizes it in the same space: what is in a scroll
/// container is drawn in the px of that container, see [`is_in_scroll_container`]. Gives the last
/// node, and what it is on the page.
fn follow(
    builder: &mut DisplayListBuilder,
    path: &[SpatialStep],
    mut space: SpatialId,
    mut on_page: Space,
) -> (SpatialId, Space) {
    let path = without_viewport(path);
    let scrolls = is_in_scroll_container(path);
    // By the nodes that are here, since the last reference frame.
    let mut scrolled = LayoutVector2D::zero();
    for step in path {
        match *step {
            SpatialStep::Scroll { offset, .. } if !scrolls && step.document_scroll().is_some() => {
                scrolled += rounded_scroll(offset);
                space = push_scrolled(builder, space, on_page.snapped(scrolled));
            }
            SpatialStep::Scroll { id, offset } => {
                scrolled += rounded_scroll(offset);
                space = builder.define_scroll_frame(
                    space,
                    id,
                    LayoutRect::zero(),
                    LayoutRect::zero(),
                    LayoutVector2D::zero(),
                    APZScrollGeneration::default(),
                    HasScrollLinkedEffect::No,
                );
            }
            SpatialStep::Stick(_) => {}
            SpatialStep::Frame { origin, transform } => {
                space = push_stuck(builder, space, &on_page, scrolled);
                scrolled = LayoutVector2D::zero();
                let origin = on_page.point_in_frame(origin);
                let transform = PropertyBinding::Value(transform);
                space = push_frame(builder, origin, space, transform, TRANSFORM);
            }
        }
        on_page = on_page.follow(slice::from_ref(step));
    }
    (push_stuck(builder, space, &on_page, scrolled), on_page)
}

/// Move what sticks by what is left to where it is on the page, when nodes have scrolled it this
/// far. WebRender rounds the sum of all that moves it, which is not the sum of what is rounded.
fn push_stuck(
    builder: &mut DisplayListBuilder,
    parent: SpatialId,
    on_page: &Space,
    scrolled: LayoutVector2D,
) -> SpatialId {
    let left = on_page.snapped_scroll() - on_page.snapped(scrolled);
    if left == LayoutVector2D::zero() { parent } else { push_scrolled(builder, parent, left) }
}

/// A path without the frame of the viewport itself, which engines may have as its first step.
/// WebRender has it as a frame that is [`UPRIGHT`], and so it is there already.
fn without_viewport(path: &[SpatialStep]) -> &[SpatialStep] {
    match path {
        [SpatialStep::Frame { origin, transform }, rest @ ..]
            if *origin == LayoutPoint::zero() && *transform == LayoutTransform::identity() =>
        {
            rest
        }
        _ => path,
    }
}

/// Whether WebRender takes what is at the end of a path for the content of a scroll container.
///
/// It keeps such content in tiles of its own, which it rasterizes in the px of the container
/// instead of those of the surface. That shows: the resolution of round borders is another one, and
/// clips that all of the content has are applied to tiles as a whole. What sticks counts as well.
/// What is below a transform does not, and the scroll node of a document does not: it is of a kind
/// that WebRender makes by itself, for each pipeline.
fn is_in_scroll_container(path: &[SpatialStep]) -> bool {
    path.iter()
        .take_while(|step| !matches!(step, SpatialStep::Frame { .. }))
        .any(|step| step.document_scroll().is_none())
}

/// Whether a transform keeps boxes upright, as WebRender wants to know.
pub(crate) fn is_scale_and_translation(transform: &LayoutTransform) -> bool {
    transform.is_2d() && transform.m12 == 0. && transform.m21 == 0.
}

/// Move what is in a node by whole px, after all of it was moved to whole px.
fn push_moved(
    builder: &mut DisplayListBuilder,
    parent: SpatialId,
    offset: DeviceIntVector2D,
) -> SpatialId {
    push_scrolled(builder, parent, offset.to_f32().cast_unit())
}

/// Move what is in a node as scrolling does, by whole px. WebRender takes an animated transform for
/// the identity when it moves boxes to whole px, as it does with scroll offsets. Nothing animates
/// this one.
fn push_scrolled(
    builder: &mut DisplayListBuilder,
    parent: SpatialId,
    offset: LayoutVector2D,
) -> SpatialId {
    let transform = LayoutTransform::translation(offset.x, offset.y, 0.);
    let transform = PropertyBinding::Binding(PropertyBindingKey::new(u64::MAX), transform);
    push_frame(builder, LayoutPoint::zero(), parent, transform, SCROLLED)
}

fn push_frame(
    builder: &mut DisplayListBuilder,
    origin: LayoutPoint,
    parent: SpatialId,
    transform: PropertyBinding<LayoutTransform>,
    kind: ReferenceFrameKind,
) -> SpatialId {
    let id = builder.push_reference_frame(origin, parent, TransformStyle::Flat, transform, kind);
    builder.pop_reference_frame();
    id
}
