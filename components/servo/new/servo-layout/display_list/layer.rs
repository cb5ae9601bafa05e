/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Display lists of single elements, for Element Capture.
//!
//! A layer holds nothing but the subtree of one element, in the whole spatial tree of the page:
//! the element is where it is on screen, and scrolls and sticks with the page. The clips and
//! effects of its ancestors are not in it.

use std::sync::Arc;

use euclid::Scale;
use layout_api::ReflowStatistics;
use paint_api::capture::CaptureLayer;
use paint_api::display_list::{PaintDisplayListInfo, ScrollTree, SpatialTreeNodeInfo};
use rustc_hash::FxHashMap;
use servo_base::id::ScrollTreeNodeId;
use style::color::AbsoluteColor;
use style::dom::OpaqueNode;
use style_traits::{CSSPixel, DevicePixel};
use subcapture_api::RestrictionTargetId;
use webrender_api::{ClipChainId, PipelineId};

use super::clip::StackingContextTreeClipStore;
use super::paint_traversal::PaintTraversal;
use super::{
    DisplayListBuilder, PaintTimingHandler, StackingContext, StackingContextTree,
    StackingContextType,
};
use crate::context::ImageResolver;
use crate::fragment_tree::FragmentTree;
use crate::style_ext::ComputedValuesExt;

/// An element whose layer is wanted.
pub(crate) struct LayerRequest {
    pub node: OpaqueNode,
    pub target: RestrictionTargetId,
    /// The pipeline that is reserved for the layer.
    pub pipeline_id: PipelineId,
}

impl DisplayListBuilder<'_> {
    /// Build the layers of elements that form stacking contexts. There is none of an element that
    /// does not. The display list of the page has to be built before.
    pub(crate) fn build_layers(
        stacking_context_tree: &mut StackingContextTree,
        fragment_tree: &FragmentTree,
        image_resolver: &Arc<ImageResolver>,
        device_pixel_ratio: Scale<f32, CSSPixel, DevicePixel>,
        frame_focused: bool,
        requests: &[LayerRequest],
    ) -> Vec<CaptureLayer> {
        if requests.is_empty() {
            return Vec::new();
        }
        let StackingContextTree {
            root_stacking_context,
            paint_info,
            clip_store,
        } = stacking_context_tree;
        let mut stacking_contexts: FxHashMap<_, _> =
            requests.iter().map(|request| (request.node, None)).collect();
        find(root_stacking_context, &mut stacking_contexts);

        // The page's display list has its own ids in the scroll tree, and its own caret.
        let scroll_tree = paint_info.scroll_tree.clone();
        let caret = paint_info.caret_property_binding;
        let layers = requests
            .iter()
            .filter_map(|request| {
                Some(Self::build_layer(
                    stacking_contexts.get(&request.node).copied()??,
                    paint_info,
                    clip_store,
                    fragment_tree,
                    image_resolver.clone(),
                    device_pixel_ratio,
                    frame_focused,
                    request,
                ))
            })
            .collect();
        paint_info.scroll_tree = scroll_tree;
        paint_info.caret_property_binding = caret;
        layers
    }

    #[expect(clippy::too_many_arguments)]
    fn build_layer(
        stacking_context: &StackingContext,
        paint_info: &mut PaintDisplayListInfo,
        clip_store: &StackingContextTreeClipStore,
        fragment_tree: &FragmentTree,
        image_resolver: Arc<ImageResolver>,
        device_pixel_ratio: Scale<f32, CSSPixel, DevicePixel>,
        frame_focused: bool,
        request: &LayerRequest,
    ) -> CaptureLayer {
        let mut webrender_display_list_builder =
            webrender_api::DisplayListBuilder::new(request.pipeline_id);
        webrender_display_list_builder.begin();

        // Whatever this traversal notes was noted for the page.
        let mut paint_timing_handler =
            PaintTimingHandler::new(paint_info.viewport_details.layout_size());
        let mut reflow_statistics = ReflowStatistics::default();
        let mut builder = DisplayListBuilder {
            fragment_tree,
            current_reference_frame_scroll_node_id: nearest_reference_frame(
                &paint_info.scroll_tree,
                stacking_context.scroll_tree_node_id,
            ),
            webrender_display_list_builder: &mut webrender_display_list_builder,
            paint_info,
            inspector_highlight: None,
            paint_body_background: !body_background_is_canvas_background(fragment_tree),
            clip_map: Default::default(),
            image_resolver,
            device_pixel_ratio,
            paint_timing_handler: &mut paint_timing_handler,
            reflow_statistics: &mut reflow_statistics,
            largest_contentful_paint_enabled: false,
            // Only paint timing looks at it.
            shell_background_color: AbsoluteColor::TRANSPARENT_BLACK,
            frame_focused,
            layer: Some(request.pipeline_id),
        };
        builder.add_all_spatial_nodes();
        for (index, clip) in clip_store.0.iter().enumerate() {
            if index < stacking_context.first_clip {
                builder.clip_map.push(ClipChainId::INVALID);
            } else {
                builder.add_clip_to_display_list(clip);
            }
        }
        PaintTraversal::traverse(stacking_context, &mut builder);

        let (payload, descriptor) = webrender_display_list_builder.end().1.into_data();
        CaptureLayer {
            target: request.target,
            descriptor,
            items_data: payload.items_data,
            spatial_tree: payload.spatial_tree,
        }
    }
}

/// Find the real stacking contexts that nodes themselves establish.
fn find<'tree>(
    stacking_context: &'tree StackingContext,
    nodes: &mut FxHashMap<OpaqueNode, Option<&'tree StackingContext>>,
) {
    if stacking_context.context_type == StackingContextType::StackingContext {
        let tag = stacking_context
            .fragment()
            .and_then(|fragment| fragment.base.tag)
            .filter(|tag| tag.pseudo_element_chain.is_empty());
        if let Some(found) = tag.and_then(|tag| nodes.get_mut(&tag.node)) {
            found.get_or_insert(stacking_context);
        }
    }
    for child in &stacking_context.children {
        find(child, nodes);
    }
}

fn nearest_reference_frame(scroll_tree: &ScrollTree, id: ScrollTreeNodeId) -> ScrollTreeNodeId {
    let node = scroll_tree.get_node(id);
    match (&node.info, node.parent) {
        (SpatialTreeNodeInfo::ReferenceFrame(..), _) | (_, None) => id,
        (_, Some(parent)) => nearest_reference_frame(scroll_tree, parent),
    }
}

/// Whether the background of `<body>` is painted as that of the page, which is behind every
/// element and thus in no layer.
fn body_background_is_canvas_background(fragment_tree: &FragmentTree) -> bool {
    let root = fragment_tree.root_box_fragment();
    root.is_some_and(|root| root.style().background_is_transparent())
        && fragment_tree.body_fragment().is_some()
}
