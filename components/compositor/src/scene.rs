/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the compositor asks of the engine.

use std::hash::Hash;

use serde::{Deserialize, Serialize};
use subcapture_api::SpatialNode;
use webrender_api::PipelineId;
use webrender_api::units::{DeviceRect, LayoutSize, LayoutTransform};

use crate::spatial::SpatialStep;

/// The engine's newest state: what the next frame that is requested will show.
pub trait Scene {
    /// Names a webview.
    type ViewId: Copy + Eq + Hash;

    /// What the surface shows of a webview. `None` when it shows nothing of it: the webview is
    /// hidden, closed, or has no document yet.
    fn view(&self, view: Self::ViewId) -> Option<View>;

    /// The pipeline of the top-level document of a webview, shown or not.
    fn root_pipeline(&self, view: Self::ViewId) -> Option<PipelineId> {
        Some(self.view(view)?.root_pipeline)
    }

    /// The pipeline that embeds this one in the webview's current frame tree. `None` for the
    /// webview's root pipeline and for pipelines outside of the tree.
    fn parent(&self, view: Self::ViewId, pipeline: PipelineId) -> Option<PipelineId>;

    /// The way from the viewport of a document to content of a spatial node, outermost step first,
    /// with the newest scroll offsets. `None` when there is no such node.
    fn path(
        &self,
        view: Self::ViewId,
        pipeline: PipelineId,
        node: SpatialNode,
    ) -> Option<Vec<SpatialStep>>;
}

/// A webview as it is shown.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct View {
    /// The pipeline of the top-level document.
    pub root_pipeline: PipelineId,
    /// The viewport on the surface, in device px.
    pub rect: DeviceRect,
    /// The size of the top-level document's viewport in CSS px.
    pub viewport: LayoutSize,
    /// From the top-level document's viewport in CSS px to device px of the surface: position,
    /// page zoom, device pixel ratio and pinch zoom.
    pub to_surface: LayoutTransform,
    /// Device px per CSS px, without pinch zoom.
    pub scale: f32,
}
