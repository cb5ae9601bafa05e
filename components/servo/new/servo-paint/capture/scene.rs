/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a [`Painter`] shows, in the words of the compositor of captures.

use paint_api::display_list::{ScrollTree, SpatialTreeNodeInfo};
use servo_base::id::{ScrollTreeNodeId, WebViewId};
use subcapture_api::SpatialNode;
use subcapture_compositor::{Scene, SpatialStep, View};
use webrender_api::PipelineId as WebRenderPipelineId;
use webrender_api::units::{LayoutSize, LayoutTransform};

use crate::painter::Painter;

/// What a [`Painter`] shows, as the compositor of captures asks for it.
pub(super) struct PainterScene<'a>(pub(super) &'a Painter);

impl PainterScene<'_> {
    /// Whether another WebView lies upon this one: what is on the surface is not its own then. They
    /// are drawn in the order in which they are here, which changes only when one is added, and each
    /// is as large as the surface.
    fn is_covered(&self, webview_id: WebViewId) -> bool {
        let mut above = self
            .0
            .webview_renderers
            .iter()
            .skip_while(|(id, _)| **id != webview_id)
            .skip(1);
        above.any(|(_, other)| !other.hidden() && other.root_pipeline_id.is_some())
    }
}

impl Scene for PainterScene<'_> {
    type ViewId = WebViewId;

    fn view(&self, webview_id: WebViewId) -> Option<View> {
        let webview_renderer = self.0.webview_renderer(webview_id)?;
        if webview_renderer.hidden() || self.is_covered(webview_id) {
            return None;
        }
        // The same transform as that of the WebView in the root display list.
        let scale = webview_renderer.device_pixels_per_page_pixel_not_including_pinch_zoom();
        let rect = webview_renderer.rect / scale;
        let scale = scale.get();
        let pinch_zoom = webview_renderer.pinch_zoom().transform().to_untyped();
        let to_surface = LayoutTransform::translation(rect.min.x, rect.min.y, 0.)
            .then(&LayoutTransform::scale(scale, scale, 1.))
            .then(&LayoutTransform::from_untyped(&pinch_zoom.to_3d()));
        Some(View {
            root_pipeline: webview_renderer.root_pipeline_id?.into(),
            rect: webview_renderer.rect,
            viewport: LayoutSize::from_untyped(rect.size().to_untyped()),
            to_surface,
            scale,
        })
    }

    fn root_pipeline(&self, webview_id: WebViewId) -> Option<WebRenderPipelineId> {
        let webview_renderer = self.0.webview_renderer(webview_id)?;
        Some(webview_renderer.root_pipeline_id?.into())
    }

    fn parent(
        &self,
        webview_id: WebViewId,
        pipeline_id: WebRenderPipelineId,
    ) -> Option<WebRenderPipelineId> {
        let pipelines = &self.0.webview_renderer(webview_id)?.pipelines;
        let pipeline_id = pipeline_id.into();
        let parent_id = pipelines.get(&pipeline_id)?.parent_pipeline_id?;
        // A document in the back/forward cache still has a parent, but is none of its children.
        let is_child = pipelines.get(&parent_id)?.children.contains(&pipeline_id);
        is_child.then(|| parent_id.into())
    }

    fn path(
        &self,
        webview_id: WebViewId,
        pipeline_id: WebRenderPipelineId,
        node: SpatialNode,
    ) -> Option<Vec<SpatialStep>> {
        let pipelines = &self.0.webview_renderer(webview_id)?.pipelines;
        let scroll_tree = &pipelines.get(&pipeline_id.into())?.scroll_tree;
        let index = node.0 as usize;
        if index >= scroll_tree.nodes.len() {
            return None;
        }
        let mut steps = Vec::new();
        let mut next = Some(ScrollTreeNodeId { index });
        while let Some(id) = next {
            let node = scroll_tree.get_node(id);
            next = node.parent;
            steps.push(step(scroll_tree, id));
        }
        steps.reverse();
        Some(steps)
    }
}

fn step(scroll_tree: &ScrollTree, id: ScrollTreeNodeId) -> SpatialStep {
    let node = scroll_tree.get_node(id);
    match &node.info {
        SpatialTreeNodeInfo::ReferenceFrame(info) => SpatialStep::Frame {
            origin: info.frame_origin_for_query,
            transform: info.transform.to_transform().into_owned(),
        },
        SpatialTreeNodeInfo::Scroll(info) => SpatialStep::Scroll {
            id: info.external_id,
            offset: info.offset,
        },
        SpatialTreeNodeInfo::Sticky(..) => {
            let of_parent = node.parent.map(|id| scroll_tree.cumulative_sticky_offsets(id));
            let offset = scroll_tree.cumulative_sticky_offsets(id);
            SpatialStep::Stick(offset - of_parent.unwrap_or_default())
        },
    }
}
