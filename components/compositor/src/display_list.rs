/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What has to be true of the display list of a layer, and what may be.

use rustc_hash::{FxHashMap, FxHashSet};
use webrender_api::{
    BuiltDisplayList, DisplayItem, ExternalScrollId, PipelineId, PrimitiveFlags,
    ScrollFrameDescriptor, SpatialId, SpatialTreeItem,
};

/// A display list that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Inspected {
    /// Whether it was built for this pipeline. In any other, WebRender would not find its spatial
    /// nodes, and panic.
    pub(crate) is_of_pipeline: bool,
    pub(crate) motion: Motion,
}

/// What may move what a display list shows, without any of its tiles being rasterized.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Motion {
    /// Nothing but scrolling.
    Still {
        /// The scroll containers that something is in.
        scrollers: Vec<ExternalScrollId>,
        /// Whether everything is in what scrolls with the document.
        scrolls_as_one: bool,
    },
    /// Something: it sticks, or is made by another document, or may be put on screen without being
    /// drawn to a tile.
    Other,
}

/// Look at every item of a display list.
pub(crate) fn inspect(display_list: &BuiltDisplayList, pipeline: PipelineId) -> Inspected {
    let mut is_of_pipeline = true;
    let mut check = |id: SpatialId| is_of_pipeline &= id.pipeline_id() == pipeline;
    let mut nodes: FxHashMap<SpatialId, Mover> = FxHashMap::default();
    display_list.iter_spatial_tree(|node| match node {
        SpatialTreeItem::ScrollFrame(frame) => {
            check(frame.parent_space);
            let scroller = is_scrollable(frame).then_some(frame.external_id);
            let parent = frame.parent_space;
            nodes.insert(frame.scroll_frame_id, Mover { parent, scroller, sticks: false });
        }
        SpatialTreeItem::StickyFrame(frame) => {
            check(frame.parent_spatial_id);
            let (parent, scroller) = (frame.parent_spatial_id, None);
            nodes.insert(frame.id, Mover { parent, scroller, sticks: true });
        }
        SpatialTreeItem::ReferenceFrame(frame) => {
            check(frame.parent_spatial_id);
            let (parent, scroller) = (frame.parent_spatial_id, None);
            nodes.insert(frame.reference_frame.id, Mover { parent, scroller, sticks: false });
        }
        SpatialTreeItem::Invalid => {}
    });

    let (mut is_still, mut scrollers, mut scrolls_as_one) = (true, Vec::new(), true);
    let mut seen = FxHashSet::default();
    let mut items = display_list.iter();
    while let Some(item) = items.next_raw() {
        let item = item.item();
        is_still &= !is_apart(item);
        let Some(mut id) = spatial_id(item) else {
            continue;
        };
        check(id);
        // Up to a node that was seen already: a loop ends as well.
        while draws(item) && seen.insert(id) {
            scrolls_as_one &= id != SpatialId::root_reference_frame(pipeline);
            let Some(mover) = nodes.get(&id) else {
                break;
            };
            is_still &= !mover.sticks;
            scrollers.extend(mover.scroller);
            id = mover.parent;
        }
    }
    let motion = if is_still { Motion::Still { scrollers, scrolls_as_one } } else { Motion::Other };
    Inspected { is_of_pipeline, motion }
}

/// A spatial node.
struct Mover {
    parent: SpatialId,
    /// Set for what can scroll.
    scroller: Option<ExternalScrollId>,
    sticks: bool,
}

fn is_scrollable(frame: &ScrollFrameDescriptor) -> bool {
    let (content, frame) = (frame.content_rect.size(), frame.frame_rect.size());
    content.width > frame.width || content.height > frame.height
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

/// Whether another document makes what an item shows, or WebRender may hand it to the compositor of
/// the system.
fn is_apart(item: &DisplayItem) -> bool {
    let flags = match item {
        DisplayItem::Iframe(_) | DisplayItem::YuvImage(_) => return true,
        DisplayItem::PushStackingContext(item) => item.prim_flags,
        DisplayItem::Image(item) => item.common.flags,
        _ => return false,
    };
    flags.intersects(
        PrimitiveFlags::PREFER_COMPOSITOR_SURFACE
            | PrimitiveFlags::SUPPORTS_EXTERNAL_COMPOSITOR_SURFACE,
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

#[cfg(test)]
mod tests {
    use webrender_api::units::{
        LayoutPoint, LayoutRect, LayoutSize, LayoutTransform, LayoutVector2D,
    };
    use webrender_api::{
        APZScrollGeneration, ClipChainId, ColorF, CommonItemProperties, DisplayListBuilder,
        HasScrollLinkedEffect, PropertyBinding, ReferenceFrameKind, SpaceAndClipInfo,
        StickyOffsetBounds, TransformStyle,
    };

    use super::*;

    const LAYER: PipelineId = PipelineId(u32::MAX, 1);
    const SCROLLER: ExternalScrollId = ExternalScrollId(7, LAYER);

    fn fill(builder: &mut DisplayListBuilder, spatial_id: SpatialId) {
        let rect = LayoutRect::from_size(LayoutSize::new(10., 10.));
        let space = SpaceAndClipInfo { spatial_id, clip_chain_id: ClipChainId::INVALID };
        builder.push_rect(&CommonItemProperties::new(rect, space), rect, ColorF::BLACK);
    }

    fn transformed(builder: &mut DisplayListBuilder, parent: SpatialId) -> SpatialId {
        let transform = PropertyBinding::Value(LayoutTransform::scale(2., 2., 1.));
        let kind = ReferenceFrameKind::Transform {
            is_2d_scale_translation: true,
            should_snap: false,
            paired_with_perspective: false,
        };
        let (origin, style) = (LayoutPoint::zero(), TransformStyle::Flat);
        let id = builder.push_reference_frame(origin, parent, style, transform, kind);
        builder.pop_reference_frame();
        id
    }

    fn scrolled(builder: &mut DisplayListBuilder, parent: SpatialId) -> SpatialId {
        let rect = |height| LayoutRect::from_size(LayoutSize::new(10., height));
        builder.define_scroll_frame(
            parent,
            SCROLLER,
            rect(20.),
            rect(10.),
            LayoutVector2D::zero(),
            APZScrollGeneration::default(),
            HasScrollLinkedEffect::No,
        )
    }

    fn stuck(builder: &mut DisplayListBuilder, parent: SpatialId) -> SpatialId {
        let bounds = StickyOffsetBounds::new(0., 0.);
        builder.define_sticky_frame(
            parent,
            LayoutRect::from_size(LayoutSize::new(10., 10.)),
            euclid::SideOffsets2D::new_all_same(Some(0.)),
            bounds,
            bounds,
            LayoutVector2D::zero(),
            None,
        )
    }

    /// The motion of a list with a box in each of these nodes.
    fn motion(nodes: &[fn(&mut DisplayListBuilder) -> SpatialId]) -> Motion {
        let mut builder = DisplayListBuilder::new(LAYER);
        builder.begin();
        for node in nodes {
            let node = node(&mut builder);
            fill(&mut builder, node);
        }
        let Inspected { is_of_pipeline, motion } = inspect(&builder.end().1, LAYER);
        assert!(is_of_pipeline);
        motion
    }

    fn document(_: &mut DisplayListBuilder) -> SpatialId {
        SpatialId::root_scroll_node(LAYER)
    }

    fn fixed(_: &mut DisplayListBuilder) -> SpatialId {
        SpatialId::root_reference_frame(LAYER)
    }

    #[test]
    fn what_may_move_is_found() {
        let still = |scrollers: &[ExternalScrollId], scrolls_as_one| Motion::Still {
            scrollers: scrollers.to_vec(),
            scrolls_as_one,
        };
        assert_eq!(motion(&[document, document]), still(&[], true));
        assert_eq!(
            motion(&[document, |builder| {
                let node = document(builder);
                transformed(builder, node)
            }]),
            still(&[], true)
        );
        assert_eq!(
            motion(&[document, |builder| {
                let node = document(builder);
                let node = scrolled(builder, node);
                transformed(builder, node)
            }]),
            still(&[SCROLLER], true)
        );
        assert_eq!(motion(&[document, fixed]), still(&[], false));
        assert_eq!(
            motion(&[document, |builder| {
                let node = fixed(builder);
                let node = scrolled(builder, node);
                transformed(builder, node)
            }]),
            still(&[SCROLLER], false)
        );
        assert_eq!(
            motion(&[document, |builder| {
                let node = document(builder);
                let node = stuck(builder, node);
                transformed(builder, node)
            }]),
            Motion::Other
        );
    }

    #[test]
    fn another_pipeline_is_found() {
        let mut builder = DisplayListBuilder::new(LAYER);
        builder.begin();
        fill(&mut builder, SpatialId::root_scroll_node(LAYER));
        let (_, list) = builder.end();
        assert!(inspect(&list, LAYER).is_of_pipeline);
        assert!(!inspect(&list, PipelineId(1, 1)).is_of_pipeline);
    }
}
