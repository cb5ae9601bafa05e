/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sub-tab capture: puts the engine-neutral [`Compositor`] beside a [`Painter`].

use std::cell::RefCell;
use std::rc::Rc;

use log::error;
use paint_api::capture::{CaptureDisplayListInfo, CaptureMessage, DocumentCaptureMessage};
use paint_api::display_list::{ScrollTree, ScrollTreeNode, SpatialTreeNodeInfo};
use paint_api::rendering_context::RenderingContext;
use servo_base::generic_channel::GenericCallback;
use servo_base::id::{PipelineId, ScrollTreeNodeId, WebViewId};
use servo_config::pref;
use servo_constellation_traits::EmbedderToConstellationMessage;
use subcapture_api::{Counters, SessionId, SpatialNode, State, Subject, Version};
pub use subcapture_compositor::{Event, EventKind, Frame, Placement};
use subcapture_compositor::{Compositor, FrameNotifier, Interest, Scene, SceneChange, SpatialStep, View};
use webrender::{Renderer, Transaction};
use webrender_api::units::{LayoutSize, LayoutTransform};
use webrender_api::{
    BuiltDisplayList, ColorF, DisplayListBuilder, DisplayListPayload, Epoch as WebRenderEpoch,
    PipelineId as WebRenderPipelineId, RenderReasons, SpatialId,
};

use crate::Paint;
use crate::painter::Painter;
use crate::render_notifier::RenderNotifier;
use crate::shared_external_images::SharedExternalImages;
use crate::webview_renderer::WebViewRenderer;

/// The captures of the WebViews of one [`Painter`].
pub(crate) struct CapturePainter {
    compositor: RefCell<Compositor<WebViewId>>,
    /// WebGL canvases: one may be in the page and in a layer.
    pub(crate) external_images: SharedExternalImages,
    /// Targets whose documents wait to hear that a display list with them has arrived.
    minted: RefCell<Vec<MintedTarget>>,
}

struct MintedTarget {
    pipeline_id: PipelineId,
    acknowledge: GenericCallback<()>,
}

impl MintedTarget {
    fn acknowledge(self) {
        if let Err(error) = self.acknowledge.send(()) {
            error!("Could not acknowledge a capture target: {error}");
        }
    }
}

impl CapturePainter {
    pub(crate) fn new(gl: Rc<dyn gleam::gl::Gl>) -> Self {
        // What the renderer of a painter clears the page with.
        let clear_color = pref!(shell_background_color_rgba).map(|component| component as f32);
        let [red, green, blue, alpha] = clear_color;
        let clear_color = ColorF::new(red, green, blue, alpha);
        Self {
            compositor: RefCell::new(Compositor::new(gl, clear_color)),
            external_images: SharedExternalImages::default(),
            minted: RefCell::default(),
        }
    }

    pub(crate) fn notifier(&self, inner: RenderNotifier) -> Box<FrameNotifier> {
        Box::new(self.compositor.borrow().notifier(Box::new(inner)))
    }

    pub(crate) fn handle_message(&self, message: CaptureMessage) {
        match message {
            CaptureMessage::TargetMinted {
                pipeline_id,
                target,
                rendered,
                acknowledge,
            } => {
                let minted = MintedTarget {
                    pipeline_id,
                    acknowledge,
                };
                let has_record = self
                    .compositor
                    .borrow()
                    .has_record(pipeline_id.into(), target);
                if rendered && !has_record {
                    self.minted.borrow_mut().push(minted);
                } else {
                    minted.acknowledge();
                }
            },
        }
    }

    pub(crate) fn handle_new_display_list(
        &self,
        transaction: &mut Transaction,
        pipeline_id: WebRenderPipelineId,
        epoch: WebRenderEpoch,
        info: CaptureDisplayListInfo,
    ) {
        let layers = info
            .layers
            .into_iter()
            .map(|layer| {
                let payload = DisplayListPayload {
                    items_data: layer.items_data,
                    spatial_tree: layer.spatial_tree,
                };
                let display_list = BuiltDisplayList::from_data(payload, layer.descriptor);
                (layer.target, display_list)
            })
            .collect();
        self.compositor.borrow_mut().set_records(
            transaction,
            pipeline_id,
            epoch,
            info.records,
            layers,
        );

        // Messages of a document arrive in order: this display list was made after these targets
        // were minted, and carries every one that is still connected.
        let pipeline_id = pipeline_id.into();
        let (arrived, waiting) = self
            .minted
            .take()
            .into_iter()
            .partition::<Vec<_>, _>(|minted| minted.pipeline_id == pipeline_id);
        self.minted.replace(waiting);
        for minted in arrived {
            minted.acknowledge();
        }
    }

    pub(crate) fn remove_pipeline(&self, pipeline_id: PipelineId) {
        self.minted
            .borrow_mut()
            .retain(|minted| minted.pipeline_id != pipeline_id);
        self.compositor
            .borrow_mut()
            .remove_pipeline(pipeline_id.into());
    }

    pub(crate) fn remove_webview(
        &self,
        webview_id: WebViewId,
        webview_renderer: &WebViewRenderer,
        rendering_context: &dyn RenderingContext,
    ) {
        for pipeline_id in webview_renderer.pipelines.keys() {
            self.remove_pipeline(*pipeline_id);
        }
        make_current(rendering_context);
        self.compositor.borrow_mut().remove_view(webview_id);
    }

    /// See [`Compositor::request_frame`]. Also tells documents what their display lists have to
    /// carry for the frames to come.
    pub(crate) fn request_frame(
        &self,
        painter: &Painter,
        transaction: &mut Transaction,
    ) -> SceneChange {
        let scene = PainterScene(painter);
        let mut compositor = self.compositor.borrow_mut();
        for (webview_id, pipeline_id, interest) in compositor.take_interest_changes(&scene) {
            let Interest { layers, nested } = interest;
            painter.send_to_constellation(EmbedderToConstellationMessage::Capture(
                webview_id,
                Some(pipeline_id.into()),
                DocumentCaptureMessage::SetInterest { layers, nested },
            ));
        }
        let surface = painter.rendering_context.size2d().to_i32();
        compositor.request_frame(&scene, transaction, surface)
    }

    pub(crate) fn push_strip(&self, builder: &mut DisplayListBuilder, root: SpatialId) {
        // The root display list that `Self::request_frame` asks for is sent while it returns.
        self.compositor.borrow().push_strip(builder, root);
    }

    pub(crate) fn frame_reported(&self) {
        self.compositor.borrow_mut().frame_reported();
    }

    pub(crate) fn wants_composite(&self) -> bool {
        self.compositor.borrow().wants_composite()
    }

    pub(crate) fn will_update(&self, renderer: &mut Renderer) {
        self.external_images.hold();
        self.compositor.borrow_mut().will_update(renderer);
    }

    pub(crate) fn composited(
        &self,
        renderer: &mut Renderer,
        rendering_context: &dyn RenderingContext,
    ) {
        let mut compositor = self.compositor.borrow_mut();
        if !compositor.is_idle() {
            rendering_context.prepare_for_rendering();
        }
        compositor.composited(renderer, rendering_context.size2d().to_i32());
        self.external_images.release();
    }
}

/// What a [`Painter`] shows, as the compositor of captures asks for it.
struct PainterScene<'a>(&'a Painter);

impl Scene for PainterScene<'_> {
    type ViewId = WebViewId;

    fn view(&self, webview_id: WebViewId) -> Option<View> {
        let webview_renderer = self.0.webview_renderer(webview_id)?;
        if webview_renderer.hidden() {
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
        let scroll_tree = self.scroll_tree(webview_id, pipeline_id)?;
        let mut id = scroll_tree_node_id(scroll_tree, node)?;
        let mut path = Vec::new();
        // The root is the viewport itself.
        while let ScrollTreeNode {
            parent: Some(parent),
            info,
            ..
        } = scroll_tree.get_node(id)
        {
            path.push(match info {
                SpatialTreeNodeInfo::ReferenceFrame(info) => SpatialStep::Frame {
                    origin: info.frame_origin_for_query,
                    transform: info.transform.to_transform().into_owned(),
                },
                SpatialTreeNodeInfo::Scroll(info) => SpatialStep::Scroll {
                    id: info.external_id,
                    offset: info.offset,
                },
                SpatialTreeNodeInfo::Sticky(..) => SpatialStep::Stick(
                    scroll_tree.cumulative_sticky_offsets(id) -
                        scroll_tree.cumulative_sticky_offsets(*parent),
                ),
            });
            id = *parent;
        }
        path.reverse();
        Some(path)
    }

    fn node_to_viewport(
        &self,
        webview_id: WebViewId,
        pipeline_id: WebRenderPipelineId,
        node: SpatialNode,
    ) -> Option<LayoutTransform> {
        let scroll_tree = self.scroll_tree(webview_id, pipeline_id)?;
        let id = scroll_tree_node_id(scroll_tree, node)?;
        let transform = scroll_tree.cumulative_node_to_root_transform(id);
        Some(transform.to_transform().into_owned())
    }
}

impl PainterScene<'_> {
    fn scroll_tree(
        &self,
        webview_id: WebViewId,
        pipeline_id: WebRenderPipelineId,
    ) -> Option<&ScrollTree> {
        let pipelines = &self.0.webview_renderer(webview_id)?.pipelines;
        Some(&pipelines.get(&pipeline_id.into())?.scroll_tree)
    }
}

/// The node of a record, which may come from a hostile process.
fn scroll_tree_node_id(scroll_tree: &ScrollTree, node: SpatialNode) -> Option<ScrollTreeNodeId> {
    let index = node.0 as usize;
    (index < scroll_tree.nodes.len()).then_some(ScrollTreeNodeId { index })
}

/// Captures, as `libservo` asks for them.
impl Paint {
    /// Start to capture a WebView. `None` when there is no such WebView.
    pub fn start_capture(&self, webview_id: WebViewId, subject: Subject) -> Option<SessionId> {
        self.change_captures(webview_id, |compositor| {
            compositor.start(webview_id, subject)
        })
    }

    /// Change what a session captures.
    pub fn change_capture(
        &self,
        webview_id: WebViewId,
        session: SessionId,
        subject: Subject,
    ) -> Option<Version> {
        self.change_captures(webview_id, |compositor| compositor.change(session, subject))?
    }

    /// Stop a session. Nothing is heard of it any more.
    pub fn stop_capture(&self, webview_id: WebViewId, session: SessionId) {
        self.change_captures(webview_id, |compositor| compositor.stop(session));
    }

    /// Deliver a frame of a session even if nothing changes.
    pub fn request_capture_frame(&self, webview_id: WebViewId, session: SessionId) {
        self.change_captures(webview_id, |compositor| {
            compositor.request_delivery(session)
        });
    }

    /// What the consumer of a session was told last.
    pub fn capture_state(&self, webview_id: WebViewId, session: SessionId) -> Option<State> {
        self.look_at_captures(webview_id, |compositor| compositor.state(session))?
    }

    /// What became of the frames of a session.
    pub fn capture_counters(&self, webview_id: WebViewId, session: SessionId) -> Option<Counters> {
        self.look_at_captures(webview_id, |compositor| compositor.counters(session))?
    }

    /// Where the target of a session is in the frame on screen.
    pub fn capture_placement(
        &self,
        webview_id: WebViewId,
        session: SessionId,
    ) -> Option<Placement> {
        self.look_at_captures(webview_id, |compositor| {
            compositor.placement(session).cloned()
        })?
    }

    /// The next thing that happened to a session of the painter of this WebView.
    pub fn next_capture_event(&self, webview_id: WebViewId) -> Option<Event> {
        let painter = self.maybe_painter(webview_id.into())?;
        painter.capture.compositor.borrow_mut().next_event()
    }

    fn look_at_captures<T>(
        &self,
        webview_id: WebViewId,
        look: impl FnOnce(&Compositor<WebViewId>) -> T,
    ) -> Option<T> {
        let painter = self.maybe_painter(webview_id.into())?;
        Some(look(&painter.capture.compositor.borrow()))
    }

    /// Make a change, and request the frame that shows it.
    fn change_captures<T>(
        &self,
        webview_id: WebViewId,
        change: impl FnOnce(&mut Compositor<WebViewId>) -> T,
    ) -> Option<T> {
        let mut painter = self.maybe_painter_mut(webview_id.into())?;
        painter.webview_renderer(webview_id)?;
        make_current(&*painter.rendering_context);
        let result = change(&mut painter.capture.compositor.borrow_mut());

        let mut transaction = Transaction::new();
        painter.generate_frame(&mut transaction, RenderReasons::SCENE);
        painter.send_transaction(transaction);
        Some(result)
    }
}

fn make_current(rendering_context: &dyn RenderingContext) {
    if let Err(error) = rendering_context.make_current() {
        error!("Failed to make the rendering context current: {error:?}");
    }
}
