/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Everything that an engine shows, as the compositor of captures asks for it.

use std::collections::{BTreeMap, HashMap};

use euclid::Scale;
use subcapture_api::SpatialNode;
use subcapture_compositor::{Scene, SpatialStep, View};
use webrender_api::units::{DeviceRect, LayoutRect, LayoutSize, LayoutTransform, LayoutVector2D};
use webrender_api::{ExternalScrollId, PipelineId};

use crate::document::{Document, Layout, Spatial, SpatialKind};

/// A webview on the surface.
#[derive(Clone, Copy, Debug)]
pub struct WebView {
    /// The pipeline of the top-level document.
    pub root: PipelineId,
    /// The viewport on the surface, in device px.
    pub rect: DeviceRect,
    /// Device px per CSS px.
    pub scale: f32,
    /// A pinch zoom, in device px of the viewport.
    pub pinch_zoom: LayoutTransform,
    /// Whether it is not shown at all.
    pub is_hidden: bool,
}

impl WebView {
    /// A webview that is shown, without pinch zoom.
    pub fn new(root: PipelineId, rect: DeviceRect, scale: f32) -> Self {
        Self { root, rect, scale, pinch_zoom: LayoutTransform::identity(), is_hidden: false }
    }

    pub(crate) fn viewport(&self) -> LayoutSize {
        self.rect.size() / Scale::new(self.scale)
    }

    pub(crate) fn to_surface(self) -> LayoutTransform {
        LayoutTransform::scale(self.scale, self.scale, 1.)
            .then(&self.pinch_zoom)
            .then_translate(self.rect.min.to_vector().to_3d().cast_unit())
    }
}

/// The webviews and documents of an engine, and where everything is scrolled to.
#[derive(Debug, Default)]
pub struct World {
    /// The webviews, from back to front.
    pub(crate) views: BTreeMap<u32, WebView>,
    /// The documents that are embedded, each with the document that embeds it now.
    pub(crate) parents: HashMap<PipelineId, PipelineId>,
    pub(crate) documents: HashMap<PipelineId, (Document, Layout)>,
    pub(crate) scroll_offsets: HashMap<ExternalScrollId, LayoutVector2D>,
    /// What is animated now, by its key.
    pub(crate) transforms: HashMap<u64, LayoutTransform>,
}

impl World {
    pub(crate) fn insert(&mut self, document: Document) {
        let views = self.views.values().find(|view| view.root == document.pipeline);
        let viewport = views.map_or(LayoutSize::new(1000., 1000.), WebView::viewport);
        let layout = Layout::new(&document, viewport);
        self.documents.insert(document.pipeline, (document, layout));
    }

    /// How far a box is moved that sticks, and has this parent in the spatial tree.
    fn sticky_offset(
        &self,
        layout: &Layout,
        mut index: usize,
        rect: LayoutRect,
        margin: f32,
    ) -> LayoutVector2D {
        loop {
            let Spatial { parent, kind, .. } = layout.spatial_tree[index];
            if let SpatialKind::Scroll(id, container) = kind {
                // WebRender rounds it before it looks where something sticks.
                let scrolled = rect.min.y - self.scroll_offset(id).y.round();
                return LayoutVector2D::new(0., (container.min.y + margin - scrolled).max(0.));
            }
            index = parent;
        }
    }

    fn scroll_offset(&self, id: ExternalScrollId) -> LayoutVector2D {
        self.scroll_offsets.get(&id).copied().unwrap_or_default()
    }
}

impl Scene for World {
    type ViewId = u32;

    fn view(&self, view: u32) -> Option<View> {
        let view = self.views.get(&view).filter(|view| !view.is_hidden)?;
        Some(View {
            root_pipeline: view.root,
            rect: view.rect,
            viewport: view.viewport(),
            to_surface: view.to_surface(),
            scale: view.scale,
        })
    }

    fn parent(&self, _: u32, pipeline: PipelineId) -> Option<PipelineId> {
        self.parents.get(&pipeline).copied()
    }

    fn path(
        &self,
        _: u32,
        pipeline: PipelineId,
        SpatialNode(node): SpatialNode,
    ) -> Option<Vec<SpatialStep>> {
        let (_, layout) = self.documents.get(&pipeline)?;
        let mut path = Vec::new();
        let mut index = usize::try_from(node).ok()?;
        loop {
            let node = layout.spatial_tree.get(index)?;
            path.push(match node.kind {
                SpatialKind::Scroll(id, _) => {
                    SpatialStep::Scroll { id, offset: self.scroll_offset(id) }
                }
                SpatialKind::Sticky(rect, margin) => {
                    SpatialStep::Stick(self.sticky_offset(layout, node.parent, rect, margin))
                }
                SpatialKind::Transform(origin, transform) => {
                    SpatialStep::Frame { origin, transform }
                }
                SpatialKind::Animated(origin, key) => {
                    let transform = self.transforms.get(&key).copied();
                    let transform = transform.unwrap_or_else(LayoutTransform::identity);
                    SpatialStep::Frame { origin, transform }
                }
            });
            if index == 0 {
                path.reverse();
                return Some(path);
            }
            index = node.parent;
        }
    }
}

/// A rect that WebRender shows a viewport of this size in.
pub(crate) fn viewport_rect(view: &WebView) -> LayoutRect {
    LayoutRect::from_size(view.viewport())
}
