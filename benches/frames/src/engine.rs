/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! An engine that draws one page, frame after frame.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use gleam::gl;
use subcapture_api::{Delivery, SessionId, Subject};
use subcapture_compositor::{Compositor, EventKind, SceneChange};
use webrender::{RenderApi, Renderer, Transaction, WebRenderOptions, create_webrender_instance};
use webrender_api::units::{DeviceIntRect, LayoutRect, LayoutSize};
use webrender_api::{self as wr, DocumentId, Epoch, PipelineId};

use crate::context::{Adapter, Framebuffer, GlContext};
use crate::measure::Clock;
use crate::page::{CARD, Change, PIPELINE, Page, SURFACE};

const ROOT: PipelineId = PipelineId(0, 0);
/// How long a frame may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);
/// After so many frames everything that sessions need is there.
const FRAMES_TO_SETTLE: usize = 8;

pub(crate) struct Engine {
    pub(crate) page: Page,
    pub(crate) compositor: Compositor<()>,
    renderer: Option<Renderer>,
    api: RenderApi,
    document: DocumentId,
    reports: Receiver<IsDrawn>,
    is_outdated: bool,
    frames: u32,
    screen: Framebuffer,
    region: Framebuffer,
    context: GlContext,
}

/// Whether WebRender has something new to draw.
type IsDrawn = bool;

/// What is done by hand with each frame: what a capture is measured by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ByHand {
    Nothing,
    /// Copy a rect of the size of a card.
    Blit(DeviceIntRect),
    /// Copy a rect of the size of a card, and read it.
    BlitAndRead(DeviceIntRect),
}

/// What came of a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Whether anything was drawn.
    pub(crate) is_drawn: bool,
    /// How many frames sessions got.
    pub(crate) delivered: usize,
}

impl Engine {
    /// An engine with captures of these subjects, which all have their first frames.
    pub(crate) fn new(
        adapter: Adapter,
        delivery: Delivery,
        subjects: impl Fn(&Page) -> Vec<Subject>,
    ) -> Result<Self> {
        let context = GlContext::new(adapter)?;
        let gl = context.gl.clone();
        let options =
            WebRenderOptions { use_optimized_shaders: true, testing: true, ..Default::default() };
        let compositor = Compositor::new(gl.clone(), options.clear_color);
        let (sender, reports) = channel();
        let notifier = Box::new(compositor.notifier(Box::new(Notifier(sender))));
        let (renderer, sender) = create_webrender_instance(gl.clone(), notifier, options, None)
            .map_err(|error| anyhow!("WebRender does not start: {error:?}"))?;
        let api = sender.create_api();
        let document = api.add_document(SURFACE);
        let mut engine = Self {
            page: Page::new()?,
            compositor,
            renderer: Some(renderer),
            api,
            document,
            reports,
            is_outdated: true,
            frames: 0,
            screen: Framebuffer::new(&*gl, SURFACE)?,
            region: Framebuffer::new(&*gl, CARD)?,
            context,
        };
        let sessions = engine.start(delivery, subjects)?;
        for _ in 0..FRAMES_TO_SETTLE {
            engine.frame(Change::Nothing, ByHand::Nothing)?;
        }
        for session in sessions {
            let state = engine.compositor.state(session);
            if state != Some(subcapture_api::State::Active) {
                bail!("{session:?} is not captured: {state:?}");
            }
        }
        Ok(engine)
    }

    /// Start captures of these subjects.
    pub(crate) fn start(
        &mut self,
        delivery: Delivery,
        subjects: impl Fn(&Page) -> Vec<Subject>,
    ) -> Result<Vec<SessionId>> {
        self.context.make_current()?;
        let start = |subject| {
            let session = self.compositor.start((), subject);
            self.compositor.deliver(session, delivery);
            session
        };
        Ok(subjects(&self.page).into_iter().map(start).collect())
    }

    /// How long one frame takes, from what changes to pixels.
    pub(crate) fn time(
        &mut self,
        clock: Clock,
        change: Change,
        by_hand: ByHand,
    ) -> Result<Duration> {
        self.context.make_current()?;
        clock.time(|| {
            self.frame(change, by_hand)?;
            self.context.gl.finish();
            Ok(())
        })
    }

    /// One frame, if there is something to draw.
    pub(crate) fn frame(&mut self, change: Change, by_hand: ByHand) -> Result<Outcome> {
        self.context.make_current()?;
        self.frames += 1;
        let mut transaction = Transaction::new();
        for ((), _, interest) in self.compositor.take_interest_changes(&self.page) {
            self.page.interest = interest;
            self.is_outdated = true;
        }
        if std::mem::take(&mut self.is_outdated) {
            let (epoch, records, layers) = (Epoch(0), self.page.records(), self.page.layers());
            self.compositor.set_records(&mut transaction, PIPELINE, epoch, records, layers);
            transaction.set_display_list(epoch, (PIPELINE, self.page.display_list()));
        }
        self.page.animate(&mut transaction, change, self.frames);
        let scene_change = self.compositor.request_frame(&self.page, &mut transaction, SURFACE);
        if scene_change != SceneChange::None {
            self.page.send_scroll_offset(&mut transaction);
        }
        if self.frames == 1 || scene_change == SceneChange::Root {
            transaction.set_root_pipeline(ROOT);
            transaction.set_display_list(Epoch(0), (ROOT, self.root_display_list()));
        }
        transaction.generate_frame(0, true, false, wr::RenderReasons::SCENE);
        self.api.send_transaction(self.document, transaction);
        let is_drawn = self.reports.recv_timeout(PATIENCE).context("no frame was reported")?;
        self.compositor.frame_reported();
        if !is_drawn && !self.compositor.wants_composite() {
            return Ok(Outcome::default());
        }
        self.draw(by_hand)?;
        let events = std::iter::from_fn(|| self.compositor.next_event());
        let delivered = events.filter(|event| !matches!(event.kind, EventKind::State(_))).count();
        Ok(Outcome { is_drawn: true, delivered })
    }

    fn draw(&mut self, by_hand: ByHand) -> Result<()> {
        let gl = &*self.context.gl;
        let renderer = self.renderer.as_mut().context("there is one until the drop")?;
        self.compositor.will_update(renderer);
        renderer.update();
        self.screen.bind(gl);
        let rendered = renderer.render(SURFACE, 0);
        let results =
            rendered.map_err(|errors| anyhow!("WebRender does not render: {errors:?}"))?;
        if let ByHand::Blit(rect) | ByHand::BlitAndRead(rect) = by_hand {
            self.region.blit_from(gl, &self.screen, rect);
            if let ByHand::BlitAndRead(_) = by_hand {
                std::hint::black_box(self.region.read(gl));
            }
            self.screen.bind(gl);
        }
        self.compositor.composited(renderer, SURFACE, Some(&results));
        match gl.get_error() {
            gl::NO_ERROR => Ok(()),
            error => bail!("GL reports error {error:#x}"),
        }
    }

    /// The name of what draws.
    pub(crate) fn renderer(&self) -> String {
        self.context.renderer()
    }

    fn root_display_list(&self) -> wr::BuiltDisplayList {
        let mut builder = wr::DisplayListBuilder::new(ROOT);
        builder.begin();
        let root = wr::SpatialId::root_reference_frame(ROOT);
        let rect = LayoutRect::from_size(LayoutSize::new(1280., 720.));
        let clip_chain_id = wr::ClipChainId::INVALID;
        let space = wr::SpaceAndClipInfo { spatial_id: root, clip_chain_id };
        builder.push_iframe(rect, rect, &space, PIPELINE, true);
        self.compositor.push_strip(&mut builder, root);
        builder.end().1
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.context.make_current().is_ok()
            && let Some(renderer) = self.renderer.take()
        {
            renderer.deinit();
        }
    }
}

struct Notifier(Sender<IsDrawn>);

impl wr::RenderNotifier for Notifier {
    fn clone(&self) -> Box<dyn wr::RenderNotifier> {
        Box::new(Self(self.0.clone()))
    }

    fn wake_up(&self, _: bool) {}

    fn new_frame_ready(&self, _: DocumentId, _: wr::FramePublishId, params: &wr::FrameReadyParams) {
        // Nobody listens any more when the engine is gone.
        let _ = self.0.send(params.render);
    }
}
