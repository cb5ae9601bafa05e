/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The engine: WebRender, the compositor of captures, and the order in which they are called.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use gleam::gl;
use subcapture_api::{Delivery, PipelineRecords, RestrictionTargetId, SessionId, Subject, Version};
use subcapture_compositor::{Compositor, EventKind, Interest, ReadMode, SceneChange, TextureFrame};
use webrender::{RenderApi, RenderResults, Renderer, Transaction};
use webrender_api::units::{
    DeviceIntRect, DeviceIntSize, LayoutPoint, LayoutRect, LayoutSize, LayoutTransform,
    LayoutVector2D,
};
use webrender_api::{
    BuiltDisplayList, ColorF, DirtyRect, DisplayItem, DisplayListBuilder, DocumentId, Epoch,
    ExternalScrollId, ImageData, ImageDescriptor, ImageDescriptorFlags, ImageFormat, ImageKey,
    PipelineId, PropertyBinding, PropertyBindingKey, PropertyValue, ReferenceFrameKind,
    RenderReasons, SampledScrollOffset, SpaceAndClipInfo, SpatialId, TransformStyle,
};

use crate::composite::Composite;
use crate::context::{HeadlessContext, Live, Screen};
use crate::document::{Document, Layout, Node};
use crate::drawing::Drawing;
use crate::paint;
use crate::picture::Picture;
use crate::world::{WebView, World, viewport_rect};

/// The engine's own pipeline, which shows all webviews.
const ROOT: PipelineId = PipelineId(0, 1);

/// What the page is cleared with. Opaque: what lets it shine through a layer is found out.
pub(crate) const CLEAR_COLOR: ColorF = ColorF::WHITE;

/// How long a frame may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A small engine. Its fields are dropped in order: WebRender needs the context to the end.
pub struct Engine {
    /// The compositor that is tested.
    pub compositor: Compositor<u32>,
    /// Everything that is shown.
    pub world: World,
    are_tiles_told: bool,
    renderer: Option<Renderer>,
    api: RenderApi,
    document: DocumentId,
    screen: Screen,
    surface: DeviceIntSize,
    /// What the last frame was requested for.
    requested_surface: DeviceIntSize,
    /// What the next frame that is requested brings.
    transaction: Transaction,
    scene_changed: bool,
    root_changed: bool,
    sessions: Vec<SessionId>,
    interests: HashMap<PipelineId, Interest>,
    outdated: Vec<PipelineId>,
    /// Those in the scene of the frame on screen.
    pipelines: Vec<PipelineId>,
    reports: Receiver<()>,
    in_flight: usize,
    renders: Renders,
    rebuilds: usize,
    causes_gl_errors: bool,
    context: HeadlessContext,
}

/// How often an engine renders a frame, and of which time it tells the compositor of captures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Renders {
    /// Once.
    #[default]
    Once,
    /// Twice, and it tells of the first time, as it should.
    TwiceAndTellsOfTheFirst,
    /// Twice, and it tells of the last time.
    TwiceAndTellsOfTheLast,
}

impl Engine {
    /// An engine with an empty surface of this size.
    pub fn new(width: i32, height: i32) -> Self {
        Self::with_tiles_told(width, height, true)
    }

    /// An engine that does not have WebRender tell which tiles it rasterized.
    pub fn without_tiles_told(width: i32, height: i32) -> Self {
        Self::with_tiles_told(width, height, false)
    }

    fn with_tiles_told(width: i32, height: i32, are_tiles_told: bool) -> Self {
        let surface = DeviceIntSize::new(width, height);
        let context = HeadlessContext::new();
        let mut compositor = Compositor::new(context.gl().clone(), CLEAR_COLOR);
        // The same in every run.
        compositor.set_read_mode(ReadMode::AtOnce);
        let Drawing { renderer, api, document, reports } =
            Drawing::new(&context, &compositor, surface, are_tiles_told);
        let screen = Screen::new(context.gl(), surface);
        let mut transaction = Transaction::new();
        transaction.set_root_pipeline(ROOT);
        Self {
            compositor,
            world: World::default(),
            are_tiles_told,
            renderer: Some(renderer),
            api,
            document,
            screen,
            surface,
            requested_surface: surface,
            transaction,
            scene_changed: true,
            root_changed: true,
            sessions: Vec::new(),
            interests: HashMap::new(),
            outdated: Vec::new(),
            pipelines: Vec::new(),
            reports,
            in_flight: 0,
            renders: Renders::default(),
            rebuilds: 0,
            causes_gl_errors: false,
            context,
        }
    }

    /// Lose the GL context with everything in it, and go on with another one.
    pub fn replace_context(&mut self) {
        self.receive_all_reports();
        self.context.make_current();
        if let Some(renderer) = self.renderer.take() {
            renderer.deinit();
        }
        let context = HeadlessContext::new();
        self.compositor.context_replaced(context.gl().clone());
        let Drawing { renderer, api, document, reports } =
            Drawing::new(&context, &self.compositor, self.surface, self.are_tiles_told);
        self.renderer = Some(renderer);
        (self.api, self.document, self.reports) = (api, document, reports);
        let screen = Screen::new(context.gl(), self.surface);
        let screen = std::mem::replace(&mut self.screen, screen);
        self.context.make_current();
        drop(screen);
        self.context = context;
        self.context.make_current();
        self.transaction = Transaction::new();
        self.transaction.set_root_pipeline(ROOT);
        self.root_changed = true;
        self.outdated = self.world.documents.keys().copied().collect();
    }

    /// Have the compositor give back what it has in the context.
    pub fn deinit_compositor(&mut self) {
        self.context.make_current();
        self.compositor.deinit();
    }

    /// Lose the GL context for good.
    pub fn lose_context(&mut self) {
        self.compositor.context_lost();
    }

    fn receive_all_reports(&mut self) {
        while self.in_flight > 0 {
            self.receive_report();
        }
    }

    // What is shown.

    /// Show a webview, or show it differently.
    pub fn set_view(&mut self, id: u32, view: WebView) {
        self.world.views.insert(id, view);
        self.root_changed = true;
    }

    /// Close a webview.
    pub fn close_view(&mut self, id: u32) {
        self.context.make_current();
        self.world.views.remove(&id);
        self.compositor.remove_view(id);
        self.root_changed = true;
    }

    /// Have a pipeline show a document of these nodes, from back to front.
    pub fn set_document(&mut self, pipeline: PipelineId, nodes: Vec<Node>) {
        self.set_outdated(pipeline);
        self.world.insert(Document { pipeline, nodes });
    }

    /// Have one document embed another.
    pub fn set_parent(&mut self, pipeline: PipelineId, parent: Option<PipelineId>) {
        match parent {
            Some(parent) => self.world.parents.insert(pipeline, parent),
            None => self.world.parents.remove(&pipeline),
        };
    }

    /// Destroy a document.
    pub fn remove_document(&mut self, pipeline: PipelineId) {
        self.world.documents.remove(&pipeline);
        self.world.parents.remove(&pipeline);
        self.set_sent(pipeline);
        self.compositor.remove_pipeline(pipeline);
        self.transaction.remove_pipeline(pipeline);
        self.root_changed = true;
    }

    /// Scroll a scroll container of a document.
    pub fn scroll(&mut self, pipeline: PipelineId, id: u64, offset: LayoutVector2D) {
        let id = ExternalScrollId(id, pipeline);
        self.world.scroll_offsets.insert(id, offset);
        set_scroll_offset(&mut self.transaction, id, offset);
    }

    /// Transform the boxes that this key animates, without another display list.
    pub fn animate(&mut self, key: u64, transform: LayoutTransform) {
        self.world.transforms.insert(key, transform);
        let key = PropertyBindingKey::new(key);
        let values = vec![PropertyValue { key, value: transform }];
        self.transaction.append_dynamic_transform_properties(values);
    }

    /// Resize the surface.
    pub fn resize(&mut self, width: i32, height: i32) {
        self.context.make_current();
        self.surface = DeviceIntSize::new(width, height);
        self.screen = Screen::new(self.context.gl(), self.surface);
        self.root_changed = true;
    }

    /// Add an image that documents can show.
    pub fn add_image(&mut self, picture: &Picture) -> ImageKey {
        let key = self.api.generate_image_key();
        let (descriptor, data) = image(picture);
        self.transaction.add_image(key, descriptor, data, None);
        key
    }

    /// Have an image show other px.
    pub fn update_image(&mut self, key: ImageKey, picture: &Picture) {
        let (descriptor, data) = image(picture);
        self.transaction.update_image(key, descriptor, data, &DirtyRect::All);
    }

    /// What layout recorded of a document.
    pub fn records(&self, pipeline: PipelineId) -> PipelineRecords {
        let nested = self.interests.get(&pipeline).is_some_and(|interest| interest.nested);
        let document = self.world.documents.get(&pipeline);
        document.map(|(_, layout)| layout.records(nested)).unwrap_or_default()
    }

    /// Send records and layers that are not those of the document, as a content process could that
    /// was taken over.
    pub fn send_records(
        &mut self,
        pipeline: PipelineId,
        records: PipelineRecords,
        layers: Vec<(RestrictionTargetId, BuiltDisplayList)>,
    ) {
        self.set_sent(pipeline);
        self.compositor.set_records(&mut self.transaction, pipeline, Epoch(0), records, layers);
        self.scene_changed = true;
    }

    /// A layer of nothing but these nodes, for this pipeline.
    pub fn layer_of(pipeline: PipelineId, nodes: Vec<Node>) -> BuiltDisplayList {
        let document = Document { pipeline, nodes };
        let layout = Layout::new(&document, LayoutSize::new(1000., 1000.));
        paint::whole_layer(&document, &layout)
    }

    // Captures.

    /// Start a capture.
    pub fn start(&mut self, view: u32, subject: Subject) -> SessionId {
        self.context.make_current();
        let session = self.compositor.start(view, subject);
        self.sessions.push(session);
        session
    }

    /// Change a capture.
    pub fn change(&mut self, session: SessionId, subject: Subject) -> Option<Version> {
        self.context.make_current();
        self.compositor.change(session, subject)
    }

    /// Have the frames of a capture delivered in another way.
    pub fn deliver(&mut self, session: SessionId, delivery: Delivery) {
        self.context.make_current();
        self.compositor.deliver(session, delivery);
    }

    /// Stop a capture.
    pub fn stop(&mut self, session: SessionId) {
        self.context.make_current();
        self.sessions.retain(|other| *other != session);
        self.compositor.stop(session);
    }

    /// The layers that a document has to send now.
    pub fn layers(&self, pipeline: PipelineId) -> &[(RestrictionTargetId, PipelineId)] {
        self.interests.get(&pipeline).map_or(&[], |interest| &interest.layers)
    }

    /// Whether a document has to send where nested documents are.
    pub fn wants_nested(&self, pipeline: PipelineId) -> bool {
        self.interests.get(&pipeline).is_some_and(|interest| interest.nested)
    }

    /// Tell documents what is of interest, so that their next display lists carry it.
    pub fn tell_interest(&mut self) {
        for (_, pipeline, interest) in self.compositor.take_interest_changes(&self.world) {
            self.set_outdated(pipeline);
            if interest == Interest::default() {
                self.interests.remove(&pipeline);
            } else {
                self.interests.insert(pipeline, interest);
            }
        }
    }

    // Frames.

    /// Send what changed, and request a frame of it.
    pub fn request_frame(&mut self) {
        for pipeline in std::mem::take(&mut self.outdated) {
            self.send_document(pipeline);
        }
        let mut transaction = std::mem::replace(&mut self.transaction, Transaction::new());
        // Only if the compositor of captures sees another size than in the last call. It made the
        // view higher than the surface, and would not do that again.
        if std::mem::replace(&mut self.requested_surface, self.surface) != self.surface {
            transaction.set_document_view(DeviceIntRect::from_size(self.surface));
        }
        let change = self.compositor.request_frame(&self.world, &mut transaction, self.surface);
        self.rebuilds += usize::from(change != SceneChange::None);
        if std::mem::take(&mut self.root_changed) || change == SceneChange::Root {
            transaction.set_display_list(Epoch(0), (ROOT, self.root_display_list()));
            self.scene_changed = true;
        }
        if std::mem::take(&mut self.scene_changed) || change != SceneChange::None {
            // A new scene knows no scroll offsets.
            for (&id, &offset) in &self.world.scroll_offsets {
                set_scroll_offset(&mut transaction, id, offset);
            }
        }
        transaction.generate_frame(0, true, false, RenderReasons::SCENE);
        self.api.send_transaction(self.document, transaction);
        self.in_flight += 1;
    }

    /// How often a scene was built anew because captures asked for it.
    pub fn rebuilds(&self) -> usize {
        self.rebuilds
    }

    /// Wait for the report of the oldest frame that was requested.
    pub fn receive_report(&mut self) {
        let report = self.reports.recv_timeout(PATIENCE);
        report.expect("WebRender reports each frame that was requested");
        self.in_flight -= 1;
        self.compositor.frame_reported();
    }

    /// How many frames were requested and not reported.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Render each frame this often.
    pub fn set_renders(&mut self, renders: Renders) {
        self.renders = renders;
    }

    /// Do something wrong in GL after each frame is rendered, as other users of the context may.
    pub fn cause_gl_errors(&mut self) {
        self.causes_gl_errors = true;
    }

    /// Draw the newest frame that was reported, and see what happened to the sessions.
    pub fn composite(&mut self) -> Composite {
        let page = self.draw();
        // Frames may be on their way to memory.
        self.context.gl().finish();
        let events: Vec<_> = std::iter::from_fn(|| self.compositor.next_event()).collect();
        let textures = events.iter().filter_map(|event| match &event.kind {
            EventKind::Texture(TextureFrame { info, texture }) => {
                Some((event.session, self.context.read_texture(*texture, info.size)))
            }
            EventKind::Frame(_) | EventKind::State(_) => None,
        });
        let textures = textures.collect();
        self.screen.bind();
        Composite { page, events, textures }
    }

    /// Draw the newest frame that was reported. Gives the surface.
    pub fn draw(&mut self) -> Picture {
        let results = self.render();
        if self.causes_gl_errors {
            self.context.gl().enable(u32::MAX);
        }
        self.screen.bind();
        let renderer = self.renderer.as_mut().expect("there is one until the drop");
        self.compositor.composited(renderer, self.surface, Some(&results));
        assert!(self.screen.is_bound(), "the compositor leaves the framebuffers as they were");
        let error = self.context.gl().get_error();
        assert_eq!(error, gl::NO_ERROR, "the compositor leaves no GL error");
        self.screen.read()
    }

    /// Draw the newest frame that was reported, and do not tell the compositor of captures.
    pub fn draw_untold(&mut self) {
        self.render();
    }

    fn render(&mut self) -> RenderResults {
        self.context.make_current();
        let renderer = self.renderer.as_mut().expect("there is one until the drop");
        self.compositor.will_update(renderer);
        renderer.update();
        // WebRender collects it until it is asked.
        let epochs = renderer.flush_pipeline_info().epochs;
        if !epochs.is_empty() {
            self.pipelines = epochs.into_keys().map(|(pipeline, _)| pipeline).collect();
            self.pipelines.sort_unstable_by_key(|PipelineId(namespace, id)| (*namespace, *id));
        }
        let mut render = || {
            self.screen.bind();
            renderer.render(self.surface, 0).expect("WebRender renders")
        };
        let first = render();
        match self.renders {
            Renders::Once => first,
            Renders::TwiceAndTellsOfTheFirst => {
                render();
                first
            }
            Renders::TwiceAndTellsOfTheLast => render(),
        }
    }

    /// Request one frame and draw it. Only sessions that lack something of it get a frame.
    pub fn quiet_frame(&mut self) -> Composite {
        self.request_frame();
        while self.in_flight > 0 {
            self.receive_report();
        }
        self.composite()
    }

    /// Request one frame, draw it, and have it delivered to every session that may have it, even if
    /// it is the same as before.
    pub fn frame(&mut self) -> Composite {
        self.request_frame();
        while self.in_flight > 0 {
            self.receive_report();
        }
        for session in &self.sessions {
            self.compositor.request_delivery(*session);
        }
        self.composite()
    }

    /// Draw frames until documents have sent whatever is of interest. Gives the last one.
    pub fn settled_frame(&mut self) -> Composite {
        loop {
            let composite = self.frame();
            self.tell_interest();
            if self.outdated.is_empty() {
                return composite;
            }
        }
    }

    // What is left.

    /// How many objects there are in the GL context.
    pub fn live_gl_objects(&self) -> Live {
        self.context.make_current();
        self.context.live()
    }

    /// The pipelines in the scene of the frame on screen.
    pub fn pipelines(&self) -> &[PipelineId] {
        &self.pipelines
    }

    /// How many documents the engine's own display list shows: one for each webview, and the strip.
    pub fn shown_documents(&self) -> usize {
        let display_list = self.root_display_list();
        let mut items = display_list.iter();
        let mut count = 0;
        while let Some(item) = items.next_raw() {
            count += usize::from(matches!(item.item(), DisplayItem::Iframe(_)));
        }
        count
    }

    fn set_outdated(&mut self, pipeline: PipelineId) {
        if !self.outdated.contains(&pipeline) {
            self.outdated.push(pipeline);
        }
    }

    fn set_sent(&mut self, pipeline: PipelineId) {
        self.outdated.retain(|outdated| *outdated != pipeline);
    }

    fn send_document(&mut self, pipeline: PipelineId) {
        let Some((document, layout)) = self.world.documents.get(&pipeline) else {
            return;
        };
        let interest = self.interests.get(&pipeline).cloned().unwrap_or_default();
        let layers = interest
            .layers
            .iter()
            .map(|&(target, layer)| (target, paint::layer(document, layout, target.into(), layer)));
        let layers = layers.collect();
        let records = layout.records(interest.nested);
        let (epoch, transaction) = (Epoch(0), &mut self.transaction);
        self.compositor.set_records(transaction, pipeline, epoch, records, layers);
        transaction.set_display_list(epoch, (pipeline, paint::page(document, layout)));
        self.scene_changed = true;
    }

    fn root_display_list(&self) -> BuiltDisplayList {
        let mut builder = DisplayListBuilder::new(ROOT);
        builder.begin();
        let root = SpatialId::root_reference_frame(ROOT);
        for view in self.world.views.values().filter(|view| !view.is_hidden) {
            let clip = builder.define_clip_rect(root, view.rect.cast_unit());
            let surface: LayoutRect = DeviceIntRect::from_size(self.surface).to_f32().cast_unit();
            let surface = builder.define_clip_rect(root, surface);
            let clip_chain_id = builder.define_clip_chain(None, [clip, surface]);
            let spatial_id = builder.push_reference_frame(
                LayoutPoint::zero(),
                root,
                TransformStyle::Flat,
                PropertyBinding::Value(view.to_surface()),
                ReferenceFrameKind::Transform {
                    is_2d_scale_translation: true,
                    should_snap: true,
                    paired_with_perspective: false,
                },
            );
            builder.pop_reference_frame();
            let space = SpaceAndClipInfo { spatial_id, clip_chain_id };
            let rect = viewport_rect(view);
            builder.push_iframe(rect, rect, &space, view.root, true);
        }
        self.compositor.push_strip(&mut builder, root);
        builder.end().1
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // WebRender panics where it cannot report a frame.
        while self.in_flight > 0 && self.reports.recv_timeout(PATIENCE).is_ok() {
            self.in_flight -= 1;
        }
        self.context.make_current();
        self.compositor.deinit();
        if let Some(renderer) = self.renderer.take() {
            renderer.deinit();
        }
    }
}

fn image(picture: &Picture) -> (ImageDescriptor, ImageData) {
    let size = picture.size().cast_unit();
    let flags = ImageDescriptorFlags::empty();
    let descriptor =
        ImageDescriptor { format: ImageFormat::RGBA8, size, stride: None, offset: 0, flags };
    (descriptor, ImageData::new(picture.bytes().to_vec()))
}

fn set_scroll_offset(transaction: &mut Transaction, id: ExternalScrollId, offset: LayoutVector2D) {
    transaction.set_scroll_offsets(id, vec![SampledScrollOffset { offset, generation: 0 }]);
}
