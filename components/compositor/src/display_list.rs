/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What has to be true of the display list of a layer, and what may be.

use rustc_hash::FxHashSet;
use webrender_api::{
    BuiltDisplayList, DisplayItem, PipelineId, PrimitiveFlags, SpatialId, SpatialTreeItem,
};

/// A display list that was looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Inspected {
    /// Whether it was built for this pipeline. In any other, WebRender would not find its spatial
    /// nodes, and panic.
    pub(crate) is_of_pipeline: bool,
    /// Whether WebRender draws all of it in one slice of tiles: nothing in it scrolls by itself,
    /// or is made by another document, or may be put on screen without being drawn to a tile.
    pub(crate) is_flat: bool,
}

/// Look at every item of a display list.
pub(crate) fn inspect(display_list: &BuiltDisplayList, pipeline: PipelineId) -> Inspected {
    let mut is_of_pipeline = true;
    let mut check = |id: SpatialId| is_of_pipeline &= id.pipeline_id() == pipeline;
    let mut scrolling = FxHashSet::default();
    display_list.iter_spatial_tree(|node| match node {
        SpatialTreeItem::ScrollFrame(frame) => {
            check(frame.parent_space);
            scrolling.insert(frame.scroll_frame_id);
        }
        SpatialTreeItem::StickyFrame(frame) => {
            check(frame.parent_spatial_id);
            scrolling.insert(frame.id);
        }
        SpatialTreeItem::ReferenceFrame(frame) => {
            check(frame.parent_spatial_id);
            if scrolling.contains(&frame.parent_spatial_id) {
                scrolling.insert(frame.reference_frame.id);
            }
        }
        SpatialTreeItem::Invalid => {}
    });
    let mut is_flat = true;
    let mut items = display_list.iter();
    while let Some(item) = items.next_raw() {
        let item = item.item();
        if let Some(id) = spatial_id(item) {
            check(id);
            is_flat &= !draws(item) || !scrolling.contains(&id);
        }
        is_flat &= !is_apart(item);
    }
    Inspected { is_of_pipeline, is_flat }
}

/// Whether an item is, or holds, something to see. Others only say where things are.
fn draws(item: &DisplayItem) -> bool {
    !matches!(
        item,
        DisplayItem::HitTest(_)
            | DisplayItem::RectClip(_)
            | DisplayItem::RoundedRectClip(_)
            | DisplayItem::ImageMaskClip(_)
    )
}

/// Whether WebRender may make slices of their own for what an item shows or for what is behind it,
/// or hand it to the compositor of the system.
fn is_apart(item: &DisplayItem) -> bool {
    let flags = match item {
        DisplayItem::Iframe(_) | DisplayItem::YuvImage(_) => return true,
        DisplayItem::PushStackingContext(item) => item.prim_flags,
        DisplayItem::Rectangle(item) => item.common.flags,
        DisplayItem::Image(item) => item.common.flags,
        _ => return false,
    };
    flags.intersects(
        PrimitiveFlags::IS_SCROLLBAR_CONTAINER
            | PrimitiveFlags::PREFER_COMPOSITOR_SURFACE
            | PrimitiveFlags::SUPPORTS_EXTERNAL_COMPOSITOR_SURFACE
            | PrimitiveFlags::CHECKERBOARD_BACKGROUND,
    )
}

/// The spatial node that an item is in, if it is in one.
fn spatial_id(item: &DisplayItem) -> Option<SpatialId> {
    match item {
        DisplayItem::Rectangle(item) => Some(item.common.spatial_id),
        DisplayItem::HitTest(item) => Some(item.spatial_id),
        DisplayItem::Text(item) => Some(item.common.spatial_id),
        DisplayItem::Line(item) => Some(item.common.spatial_id),
        DisplayItem::Border(item) => Some(item.common.spatial_id),
        DisplayItem::BoxShadow(item) => Some(item.common.spatial_id),
        DisplayItem::PushShadow(item) => Some(item.space_and_clip.spatial_id),
        DisplayItem::Gradient(item) => Some(item.common.spatial_id),
        DisplayItem::RadialGradient(item) => Some(item.common.spatial_id),
        DisplayItem::ConicGradient(item) => Some(item.common.spatial_id),
        DisplayItem::Image(item) => Some(item.common.spatial_id),
        DisplayItem::RepeatingImage(item) => Some(item.common.spatial_id),
        DisplayItem::YuvImage(item) => Some(item.common.spatial_id),
        DisplayItem::BackdropFilter(item) => Some(item.common.spatial_id),
        DisplayItem::RectClip(item) => Some(item.spatial_id),
        DisplayItem::RoundedRectClip(item) => Some(item.spatial_id),
        DisplayItem::ImageMaskClip(item) => Some(item.spatial_id),
        DisplayItem::Iframe(item) => Some(item.space_and_clip.spatial_id),
        DisplayItem::PushStackingContext(item) => Some(item.spatial_id),
        DisplayItem::ClipChain(_)
        | DisplayItem::PushReferenceFrame(_)
        | DisplayItem::SetGradientStops
        | DisplayItem::SetFilterOps
        | DisplayItem::SetFilterData
        | DisplayItem::SetPoints
        | DisplayItem::PopReferenceFrame
        | DisplayItem::PopStackingContext
        | DisplayItem::PopAllShadows
        | DisplayItem::DebugMarker(_) => None,
    }
}
