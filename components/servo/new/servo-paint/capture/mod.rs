/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sub-tab capture: puts the engine-neutral [`Compositor`] beside a [`Painter`].

mod libservo;
mod scene;
mod tracks;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use embedder_traits::EventLoopWaker;
use log::error;
use paint_api::capture::{CaptureDisplayListInfo, CaptureMessage, DocumentCaptureMessage};
use paint_api::rendering_context::RenderingContext;
use servo_base::id::{PipelineId, WebViewId};
use servo_config::pref;
use servo_constellation_traits::EmbedderToConstellationMessage;
use subcapture_api::{State, Withheld};
pub use subcapture_compositor::{Event, EventKind, Frame, Placement, TextureFrame};
use subcapture_compositor::{Compositor, FrameNotifier, Interest, SceneChange};
use webrender::{RenderResults, Renderer, RendererError, Transaction};
use webrender_api::{
    BuiltDisplayList, ColorF, DisplayListBuilder, DisplayListPayload, Epoch as WebRenderEpoch,
    PipelineId as WebRenderPipelineId, SpatialId,
};

use self::scene::PainterScene;
use self::tracks::Tracks;
pub use self::tracks::{TrackChange, TrackState};
use crate::painter::Painter;
use crate::refresh_driver::TimerRefreshDriver;
use crate::render_notifier::RenderNotifier;
use crate::shared_external_images::SharedExternalImages;
use crate::webview_renderer::WebViewRenderer;

/// The captures of the WebViews of one [`Painter`].
pub(crate) struct CapturePainter {
    compositor: RefCell<Compositor<WebViewId>>,
    /// WebGL canvases: one may be in the page and in a layer.
    pub(crate) external_images: SharedExternalImages,
    /// Wakes the painter when a frame has waited for the frame rate of its session.
    alarm: Option<Alarm>,
    /// Sessions of documents. All others are the embedder's.
    tracks: RefCell<Tracks>,
    /// What the renderer said of the page that it rendered last.
    results: RefCell<Option<RenderResults>>,
    /// What the embedder has yet to hear of its sessions.
    embedder_events: RefCell<VecDeque<Event>>,
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
            alarm: None,
            tracks: RefCell::default(),
            results: RefCell::default(),
            embedder_events: RefCell::default(),
        }
    }

    pub(crate) fn with_timer(
        self,
        event_loop_waker: Box<dyn EventLoopWaker>,
        timer: Rc<TimerRefreshDriver>,
    ) -> Self {
        let alarm = Some(Alarm {
            event_loop_waker,
            timer,
            is_set: Arc::default(),
        });
        Self { alarm, ..self }
    }

    pub(crate) fn notifier(&self, inner: RenderNotifier) -> Box<FrameNotifier> {
        Box::new(self.compositor.borrow().notifier(Box::new(inner)))
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
    }

    pub(crate) fn remove_pipeline(
        &self,
        pipeline_id: PipelineId,
        rendering_context: &dyn RenderingContext,
    ) {
        self.compositor
            .borrow_mut()
            .remove_pipeline(pipeline_id.into());
        self.remove_tracks(pipeline_id, rendering_context);
    }

    /// A document is gone, of a WebView of this painter or of another one that it captures.
    pub(crate) fn remove_tracks(
        &self,
        pipeline_id: PipelineId,
        rendering_context: &dyn RenderingContext,
    ) {
        let mut compositor = self.compositor.borrow_mut();
        if !compositor.is_idle() {
            make_current(rendering_context);
        }
        let mut tracks = self.tracks.borrow_mut();
        tracks.remove_pipeline(&mut compositor, pipeline_id);
    }

    pub(crate) fn remove_webview(
        &self,
        webview_id: WebViewId,
        webview_renderer: &WebViewRenderer,
        rendering_context: &dyn RenderingContext,
    ) {
        for pipeline_id in webview_renderer.pipelines.keys() {
            self.remove_pipeline(*pipeline_id, rendering_context);
        }
        make_current(rendering_context);
        self.compositor.borrow_mut().remove_view(webview_id);
        self.tracks.borrow_mut().remove_webview(webview_id);
        self.deliver_events();
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
        // The root display list that `Self::request_frame` asks for is sent when it has returned.
        self.compositor.borrow().push_strip(builder, root);
    }

    pub(crate) fn frame_reported(&self) {
        self.compositor.borrow_mut().frame_reported();
    }

    /// Deliver what has come about since the last composite.
    pub(crate) fn look_for_events(&self, rendering_context: &dyn RenderingContext) {
        // Pixels may be on their way to memory.
        if self.compositor.borrow().next_wait().is_some() {
            make_current(rendering_context);
        }
        self.deliver_events();
        self.set_alarm();
    }

    pub(crate) fn wants_composite(&self) -> bool {
        self.compositor.borrow().wants_composite()
    }

    /// What the renderer said of the page that it just rendered.
    pub(crate) fn rendered(&self, results: Result<RenderResults, Vec<RendererError>>) {
        self.results.replace(results.ok());
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
        if !self.compositor.borrow().is_idle() {
            rendering_context.prepare_for_rendering();
        }
        let surface = rendering_context.size2d().to_i32();
        self.take_textures_back();
        let results = self.results.take();
        self.compositor
            .borrow_mut()
            .composited(renderer, surface, results.as_ref());
        self.external_images.release();
        self.deliver_events();
        self.set_alarm();
    }

    /// Textures are about to change. Whoever did not take a frame in one gets another.
    fn take_textures_back(&self) {
        self.embedder_events.borrow_mut().retain(|event| {
            let is_texture = matches!(event.kind, EventKind::Texture(_));
            if is_texture {
                self.compositor.borrow_mut().take_back(event.session);
            }
            !is_texture
        });
    }

    fn set_alarm(&self) {
        if let (Some(alarm), Some(wait)) = (&self.alarm, self.compositor.borrow().next_wait()) {
            alarm.set(wait);
        }
    }

    /// The painter goes, and its context is current for the last time.
    pub(crate) fn deinit(&self) {
        self.compositor.borrow_mut().deinit();
    }

    /// Send documents what there is for their tracks, and keep the rest for the embedder.
    fn deliver_events(&self) {
        let mut compositor = self.compositor.borrow_mut();
        let mut tracks = self.tracks.borrow_mut();
        while let Some(event) = compositor.next_event() {
            // A painter whose context is gone never has another one.
            if let EventKind::State(State::Paused(Withheld::ContextLost)) = event.kind {
                compositor.context_lost();
            }
            let Some(event) = tracks.deliver(&mut compositor, event) else {
                continue;
            };
            let mut events = self.embedder_events.borrow_mut();
            // The textures of a session end with it.
            if let EventKind::State(State::Ended(_)) = event.kind {
                events.retain(|other| {
                    other.session != event.session || !matches!(other.kind, EventKind::Texture(_))
                });
            }
            events.push_back(event);
        }
    }
}

/// Wakes the event loop once after a while, so that the painter looks whether it is time.
struct Alarm {
    event_loop_waker: Box<dyn EventLoopWaker>,
    timer: Rc<TimerRefreshDriver>,
    is_set: Arc<AtomicBool>,
}

impl Alarm {
    fn set(&self, wait: Duration) {
        if self.is_set.swap(true, Ordering::Relaxed) {
            return;
        }
        let is_set = self.is_set.clone();
        let event_loop_waker = self.event_loop_waker.clone_box();
        let ring = move || {
            is_set.store(false, Ordering::Relaxed);
            event_loop_waker.wake();
        };
        self.timer.queue_timer(wait, Box::new(ring));
    }
}

impl Painter {
    pub(crate) fn handle_capture_message(&mut self, message: CaptureMessage) {
        match message {
            CaptureMessage::TargetMinted {
                pipeline_id,
                target,
                acknowledge,
            } => {
                let mut compositor = self.capture.compositor.borrow_mut();
                compositor.note_minted(pipeline_id.into(), target);
                if let Err(error) = acknowledge.send(()) {
                    error!("Could not acknowledge a capture target: {error}");
                }
            },
            CaptureMessage::AttachTrack {
                pipeline_id,
                key,
                limits,
                outputs,
            } => self.change_tracks(|_, tracks, compositor| {
                tracks.attach(compositor, pipeline_id, key, limits, outputs)
            }),
            CaptureMessage::DetachTrack { key, next } => {
                self.change_tracks(|_, tracks, compositor| tracks.detach(compositor, key, next))
            },
            CaptureMessage::CommandTrack { key, command } => {
                self.change_tracks(|painter, tracks, compositor| {
                    tracks.command(compositor, &PainterScene(painter), key, command)
                })
            },
            CaptureMessage::CloneTrack {
                key,
                clone,
                limits,
                outputs,
            } => self.change_tracks(|_, tracks, compositor| {
                tracks.clone_track(compositor, key, clone, limits, outputs)
            }),
        }
    }

    /// Make a change to the tracks, and request the frame that shows it.
    fn change_tracks(
        &mut self,
        change: impl FnOnce(&Painter, &mut Tracks, &mut Compositor<WebViewId>),
    ) {
        make_current(&*self.rendering_context);
        change(
            self,
            &mut self.capture.tracks.borrow_mut(),
            &mut self.capture.compositor.borrow_mut(),
        );
        self.capture.deliver_events();
        self.request_frame_for_captures();
    }
}

fn make_current(rendering_context: &dyn RenderingContext) {
    if let Err(error) = rendering_context.make_current() {
        error!("Failed to make the rendering context current: {error:?}");
    }
}
