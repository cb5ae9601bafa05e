/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sub-tab capture on WebRender alone: the least that an engine does for it, and in which order.
//! `docs/integrating.md` walks through this program, by the numbers of its steps. It writes
//! `crop.png` and `alone.png`, of a card that moves and is covered, to the current folder. For who
//! wants to see why they are as they are, there are `frame.svg` and `trace.jsonl`.

#![expect(clippy::print_stderr, reason = "a program for the terminal")]

mod context;
mod page;

use std::fs::File;
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use subcapture_api::{Delivery, PixelFormat, TargetKind};
use subcapture_compositor::{Compositor, EventKind, Frame, SceneChange};
use subcapture_dom::TargetQuota;
use webrender::{RenderApi, Renderer, Transaction, WebRenderOptions, create_webrender_instance};
use webrender_api::units::{DeviceIntSize, LayoutTransform};
use webrender_api::{self as wr, DocumentId, Epoch, PipelineId};

use self::context::GlContext;
use self::page::{PIPELINE, Page, SCROLLER, SLIDE};

/// The engine's own pipeline, which shows the webview.
const ROOT: PipelineId = PipelineId(0, 0);
const SURFACE: DeviceIntSize = DeviceIntSize::new(640, 400);

struct Engine {
    page: Page,
    is_outdated: bool,
    compositor: Compositor<()>,
    renderer: Renderer,
    api: RenderApi,
    document: DocumentId,
    reports: Receiver<()>,
    context: GlContext,
}

impl Engine {
    fn new(page: Page) -> Result<Self> {
        let context = GlContext::new(SURFACE)?;
        let gl = context.gl.clone();
        // 1. WebRender tells the compositor's notifier of frames, and that one tells the engine's.
        // It tells what it rasterized.
        let options = WebRenderOptions { testing: true, ..WebRenderOptions::default() };
        let mut compositor = Compositor::new(gl.clone(), options.clear_color);
        let mut trace = File::create("trace.jsonl")?;
        compositor.record(move |step| {
            let _ = serde_json::to_string(&step).map(|step| writeln!(trace, "{step}"));
        });
        let (sender, reports) = channel();
        let notifier = Box::new(compositor.notifier(Box::new(Notifier(sender))));
        let (renderer, sender) = create_webrender_instance(gl, notifier, options, None)
            .map_err(|error| anyhow!("WebRender does not start: {error:?}"))?;
        let api = sender.create_api();
        let document = api.add_document(SURFACE);
        let is_outdated = true;
        Ok(Self { page, is_outdated, compositor, renderer, api, document, reports, context })
    }

    fn frame(&mut self, is_first: bool) -> Result<()> {
        let mut transaction = Transaction::new();
        // 2. Documents hear what their display lists have to carry.
        for ((), _, interest) in self.compositor.take_interest_changes(&self.page) {
            self.page.interest = interest;
            self.is_outdated = true;
        }
        // 3. Records and layers come with the display list, and go into its transaction.
        if std::mem::take(&mut self.is_outdated) {
            let (epoch, records, layers) = (Epoch(0), self.page.records(), self.page.layers());
            self.compositor.set_records(&mut transaction, PIPELINE, epoch, records, layers);
            transaction.set_display_list(epoch, (PIPELINE, self.page.display_list()));
        }
        // 4. A frame is requested when all that it shows is known.
        let change = self.compositor.request_frame(&self.page, &mut transaction, SURFACE);
        if is_first || change == SceneChange::Root {
            transaction.set_root_pipeline(ROOT);
            transaction.set_display_list(Epoch(0), (ROOT, self.root_display_list()));
        }
        // With every frame, so that a new scene has it too, whatever `change` is.
        let offset = wr::SampledScrollOffset { offset: self.page.scroll_offset, generation: 0 };
        transaction.set_scroll_offsets(SCROLLER, vec![offset]);
        transaction.append_dynamic_transform_properties(vec![SLIDE.with(self.page.slide)]);
        transaction.generate_frame(0, true, false, wr::RenderReasons::SCENE);
        self.api.send_transaction(self.document, transaction);
        // 5. Each frame that was requested is reported once.
        self.reports.recv_timeout(Duration::from_secs(60)).context("no frame was reported")?;
        self.compositor.frame_reported();
        // 6. The page is drawn, and frames are made of it before it is presented.
        self.compositor.will_update(&mut self.renderer);
        self.renderer.update();
        self.context.bind_surface()?;
        let rendered = self.renderer.render(SURFACE, 0);
        let results =
            rendered.map_err(|errors| anyhow!("WebRender does not render: {errors:?}"))?;
        self.compositor.composited(&mut self.renderer, SURFACE, Some(&results));
        Ok(())
    }

    fn root_display_list(&self) -> wr::BuiltDisplayList {
        let mut builder = wr::DisplayListBuilder::new(ROOT);
        builder.begin();
        let root = wr::SpatialId::root_reference_frame(ROOT);
        let (rect, clip_chain_id) = (Page::viewport(), wr::ClipChainId::INVALID);
        let space = wr::SpaceAndClipInfo { spatial_id: root, clip_chain_id };
        builder.push_iframe(rect, rect, &space, PIPELINE, true);
        self.compositor.push_strip(&mut builder, root);
        builder.end().1
    }
}

struct Notifier(Sender<()>);

impl wr::RenderNotifier for Notifier {
    fn clone(&self) -> Box<dyn wr::RenderNotifier> {
        Box::new(Self(self.0.clone()))
    }

    fn wake_up(&self, _: bool) {}

    fn new_frame_ready(&self, _: DocumentId, _: wr::FramePublishId, _: &wr::FrameReadyParams) {
        // Nobody listens any more when the engine is gone.
        let _ = self.0.send(());
    }
}

fn main() -> Result<()> {
    // What `CropTarget.fromElement(card)` and `RestrictionTarget.fromElement(card)` do.
    let (mut page, quota) = (Page::default(), TargetQuota::default());
    let crop = page.card.ensure(TargetKind::Crop, &quota)?;
    let alone = page.card.ensure(TargetKind::Restriction, &quota)?;

    let mut engine = Engine::new(page)?;
    let captures = [(crop, "crop.png"), (alone, "alone.png")].map(|(target, name)| {
        let session = engine.compositor.start((), target.into());
        // PNG has colors that are not multiplied by alpha.
        engine.compositor.deliver(session, Delivery::Memory(PixelFormat::Rgba8Straight));
        (session, name)
    });
    let mut newest = [None, None];
    for tick in 0..30_u8 {
        let slide = (f32::from(tick) / 6.).sin() * 80.;
        engine.page.slide = LayoutTransform::translation(slide, 0., 0.);
        engine.page.scroll_offset.y = f32::from(tick);
        engine.frame(tick == 0)?;
        // 7. Consumers hear what happened to their sessions, in order.
        while let Some(event) = engine.compositor.next_event() {
            let capture = captures.iter().position(|(session, _)| *session == event.session);
            let capture = capture.context("there is no other session")?;
            match event.kind {
                EventKind::State(state) => eprintln!("{}: {state}", captures[capture].1),
                EventKind::Frame(frame) => newest[capture] = Some(frame),
                // Only for who asks for it with `Compositor::deliver`.
                EventKind::Texture(_) => {}
            }
        }
    }
    std::fs::write("frame.svg", engine.compositor.dump_svg())?;
    for ((session, name), frame) in captures.into_iter().zip(newest) {
        engine.compositor.stop(session);
        write(name, &frame.context("there was no frame")?)?;
    }
    engine.compositor.deinit();
    engine.renderer.deinit();
    Ok(())
}

fn write(name: &str, frame: &Frame) -> Result<()> {
    let (width, height) = (frame.info.size.width, frame.info.size.height);
    let mut encoder = png::Encoder::new(File::create(name)?, width.try_into()?, height.try_into()?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header()?.write_image_data(&frame.pixels)?;
    Ok(())
}
