/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What has to be true of the display list of a layer.

use webrender_api::{BuiltDisplayList, DisplayItem, PipelineId, SpatialId, SpatialTreeItem};

/// Whether a display list was built for this pipeline. In any other, WebRender would not find its
/// spatial nodes, and panic.
pub(crate) fn is_of_pipeline(display_list: &BuiltDisplayList, pipeline: PipelineId) -> bool {
    let mut is_of_pipeline = true;
    let mut check = |id: SpatialId| is_of_pipeline &= id.pipeline_id() == pipeline;
    display_list.iter_spatial_tree(|node| match node {
        SpatialTreeItem::ScrollFrame(frame) => check(frame.parent_space),
        SpatialTreeItem::ReferenceFrame(frame) => check(frame.parent_spatial_id),
        SpatialTreeItem::StickyFrame(frame) => check(frame.parent_spatial_id),
        SpatialTreeItem::Invalid => {}
    });
    let mut items = display_list.iter();
    while let Some(item) = items.next_raw() {
        if let Some(id) = spatial_id(item.item()) {
            check(id);
        }
    }
    is_of_pipeline
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
