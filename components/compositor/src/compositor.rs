/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The compositor of captures, as the engine sees it.

mod composite;
mod context;
mod sessions;

use std::collections::BTreeMap;
use std::hash::Hash;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use subcapture_api::{PipelineRecords, RestrictionTargetId, SessionId, State, Subject, TargetId};
use webrender::{Renderer, Transaction};
use webrender_api::units::DeviceIntSize;
use webrender_api::{
    BuiltDisplayList, ColorF, DisplayListBuilder, Epoch, PipelineId, RenderNotifier, SpatialId,
};

use crate::damage::Succession;
use crate::display_list::{Inspected, inspect};
use crate::dump::{self, Judged};
use crate::frame_queue::{FrameQueue, Taken};
use crate::gl::{Gl, Surface};
use crate::interest::{Interest, Interests};
use crate::layers::{Layers, Placed, SceneChange};
use crate::notifier::{FrameNotifier, ReportedFrames};
use crate::policy::{Decision, decide};
use crate::readback::Readback;
use crate::scene::Scene;
use crate::session::{Events, Session};
use crate::snapshot::{OnScreen, Snapshot, Sources};
use crate::targets::{SentLayer, TargetTable};
use crate::trace::{Recorder, RecordingScene, TraceStep};

/// Captures of one WebRender document. See the [crate] documentation.
///
/// The engine calls, for every frame: [`set_records`](Self::set_records) with each display list,
/// [`request_frame`](Self::request_frame) with each transaction that generates a frame,
/// [`frame_reported`](Self::frame_reported) for each frame that WebRender reports,
/// [`will_update`](Self::will_update) before `Renderer::update`,
/// [`composited`](Self::composited) after `Renderer::render`, and
/// [`next_event`](Self::next_event) until there is none.
pub struct Compositor<V> {
    gl: Gl,
    /// What the engine's renderer clears the page with.
    clear_color: ColorF,
    started: Instant,
    targets: TargetTable,
    /// In the order in which they were started, which is that of their slots.
    sessions: BTreeMap<SessionId, Session<V>>,
    /// How many sessions were ever started.
    started_sessions: u64,
    layers: Layers,
    interests: Interests<V>,
    reported: ReportedFrames,
    queue: FrameQueue<Snapshot>,
    /// What was looked up for the frame on screen.
    on_screen: Snapshot,
    /// Whether the frame on screen was not composited yet.
    is_new: bool,
    /// How the frame on screen follows the one before.
    succession: Succession,
    /// Parts of layers are drawn to this one first.
    scratch: Option<Surface>,
    readback: Readback,
    /// How many composites were judged.
    composites: u64,
    events: Events,
    recorder: Option<Recorder<V>>,
}

impl<V: Copy + Eq + Hash> Compositor<V> {
    /// A compositor without sessions. `clear_color` is what the engine's renderer clears the page
    /// with. The GL context has to be current here, and in every method that composites, starts,
    /// changes, stops or ends sessions or the delivery of their frames, and gives events.
    pub fn new(gl: Rc<dyn gleam::gl::Gl>, clear_color: ColorF) -> Self {
        let gl = Gl::new(gl);
        let mut layers = Layers::default();
        layers.set_max_height(gl.max_viewport_height());
        Self {
            gl,
            clear_color,
            started: Instant::now(),
            targets: TargetTable::default(),
            sessions: BTreeMap::new(),
            started_sessions: 0,
            layers,
            interests: Interests::default(),
            reported: ReportedFrames::default(),
            queue: FrameQueue::default(),
            on_screen: Snapshot::default(),
            is_new: false,
            succession: Succession::default(),
            scratch: None,
            readback: Readback::default(),
            composites: 0,
            events: Events::default(),
            recorder: None,
        }
    }

    /// Record everything that is decided, and what it depends on, for a
    /// [`Replay`](crate::Replay). To be called before anything else, or the replay lacks what was
    /// before.
    pub fn record(&mut self, sink: impl FnMut(TraceStep) + 'static) {
        self.recorder = Some(Recorder::new(Box::new(sink)));
    }

    // Layout.

    /// Take over what layout recorded with a display list, and the layers that came with it, in
    /// the transaction that sets the display list.
    ///
    /// Both may come from a hostile content process: records that cannot be true, layers that
    /// nobody asked for and layers of another document's targets are left out.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: set records",
            level = "trace",
            skip_all,
            fields(servo_profiling = true, targets = records.targets.len(), layers = layers.len())
        )
    )]
    pub fn set_records(
        &mut self,
        transaction: &mut Transaction,
        pipeline: PipelineId,
        epoch: Epoch,
        records: PipelineRecords,
        layers: Vec<(RestrictionTargetId, BuiltDisplayList)>,
    ) {
        let (mut sent, mut display_lists) = (FxHashMap::default(), FxHashMap::default());
        for (target, display_list) in layers {
            // A layer that was asked for by an earlier session may have crossed with its end, and
            // with the start of another one that reserved another pipeline.
            let Some(pipeline) = self.layers.pipeline(target) else {
                continue;
            };
            let Inspected { is_of_pipeline, motion } = inspect(&display_list, pipeline);
            if is_of_pipeline {
                sent.insert(target, SentLayer { pipeline, motion });
                display_lists.insert(target, (pipeline, display_list));
            }
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.set_records(pipeline, &records, &sent);
        }
        self.targets.set_records(pipeline, records, &sent);
        for (target, display_list) in display_lists {
            if self.has_record(pipeline, target.into()) {
                transaction.set_display_list(epoch, display_list);
            }
        }
    }

    /// A document minted a target, which has a record only once it is connected.
    pub fn note_minted(&mut self, pipeline: PipelineId, target: TargetId) {
        self.targets.note_minted(pipeline, target);
    }

    /// Whether a document that is in the webview now has this target.
    pub fn is_known<S>(&self, scene: &S, view_id: V, target: TargetId) -> bool
    where
        S: Scene<ViewId = V>,
    {
        let Some(root) = scene.root_pipeline(view_id) else {
            return false;
        };
        self.targets.owners(target).any(|owner| {
            let parent = |pipeline: &PipelineId| scene.parent(view_id, *pipeline);
            std::iter::successors(Some(owner), parent).any(|pipeline| pipeline == root)
        })
    }

    /// Forget a pipeline whose document is gone.
    pub fn remove_pipeline(&mut self, pipeline: PipelineId) {
        self.record_step(|| TraceStep::RemovePipeline(pipeline));
        self.targets.remove_pipeline(pipeline);
    }

    /// Whether the newest display list of a pipeline carried a record of this target.
    pub fn has_record(&self, pipeline: PipelineId, target: TargetId) -> bool {
        self.targets.get(target).is_some_and(|located| located.pipeline == pipeline)
    }

    /// Which documents have to hear that what their display lists have to carry is different now.
    pub fn take_interest_changes<S>(&mut self, scene: &S) -> Vec<(V, PipelineId, Interest)>
    where
        S: Scene<ViewId = V>,
    {
        let mut now: FxHashMap<(V, PipelineId), Interest> = FxHashMap::default();
        for session in self.sessions.values().filter(|session| !session.is_over()) {
            let located = session.subject.target().and_then(|target| self.targets.get(target));
            let Some(mut pipeline) = located.map(|located| located.pipeline) else {
                continue;
            };
            if let Subject::Restriction(target) = session.subject
                && let Some(layer) = self.layers.pipeline(target)
            {
                now.entry((session.view, pipeline)).or_default().add_layer(target, layer);
            }
            while let Some(parent) = scene.parent(session.view, pipeline) {
                now.entry((session.view, parent)).or_default().nested = true;
                pipeline = parent;
            }
        }
        self.interests.update(now)
    }

    // The frame path.

    /// The notifier to give to WebRender in place of the engine's own.
    pub fn notifier(&self, inner: Box<dyn RenderNotifier>) -> FrameNotifier {
        FrameNotifier::new(self.reported.clone(), inner)
    }

    /// A transaction is about to generate a frame for a surface of this size. Looks everything up
    /// as that frame will have it, and shows the layers that it needs.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: request frame",
            level = "trace",
            skip_all,
            fields(servo_profiling = true, sessions = self.sessions.len())
        )
    )]
    pub fn request_frame<S>(
        &mut self,
        scene: &S,
        transaction: &mut Transaction,
        surface: DeviceIntSize,
    ) -> SceneChange
    where
        S: Scene<ViewId = V>,
    {
        let sessions = self.sessions.iter().filter(|(_, session)| !session.is_over());
        let asked = sessions.map(|(&id, session)| session.asked(id));
        let targets = &self.targets;
        let mut placed = Placed::default();
        let sessions = match &mut self.recorder {
            None => {
                let sources = Sources { targets, scene, surface };
                sources.look_up(asked, &mut self.layers, &mut placed)
            }
            Some(recorder) => {
                let scene = RecordingScene::new(scene);
                let sources = Sources { targets, scene: &scene, surface };
                let sessions = sources.look_up(asked, &mut self.layers, &mut placed);
                recorder.request_frame(surface, self.layers.max_height(), scene);
                sessions
            }
        };
        let requested_at = self.started.elapsed();
        self.queue.request(Snapshot { requested_at, surface, sessions });
        let change = self.layers.finish(transaction, placed, surface);
        trace_event!("capture: scene", ?change);
        change
    }

    /// Put the strip into the engine's root display list, which is about to be sent. `root` is the
    /// root reference frame, whose unit is the device px.
    pub fn push_strip(&self, builder: &mut DisplayListBuilder, root: SpatialId) {
        self.layers.push_strip(builder, root);
    }

    /// WebRender reported a frame. To be called once for each report, on the compositor's thread.
    pub fn frame_reported(&mut self) {
        if let Some(id) = self.reported.take() {
            self.record_step(|| TraceStep::FrameReported);
            self.queue.report(id);
        }
    }

    /// Whether a composite is needed even if nothing on the page changed: somebody waits for a
    /// frame, or has to hear that there are none.
    pub fn wants_composite(&self) -> bool {
        let now = self.started.elapsed();
        let snapshot = self.queue.ready().unwrap_or(&self.on_screen);
        self.sessions.iter().filter(|(_, session)| !session.is_over()).any(|(&id, session)| {
            match decide(&snapshot.situation(id, self.on_screen(session, snapshot.surface))) {
                // What failed is tried again with the next frame, not over and over.
                // And when a session has as many frames on their way as it may have, the next one
                // waits for them.
                Decision::Frame(_) => {
                    session.wants_frame
                        && !session.failed()
                        && session.wait(now).is_none()
                        && !self.readback.is_full(id)
                }
                Decision::Withhold(reason) => session.state != Some(State::Paused(reason)),
            }
        })
    }

    /// When to ask [`Self::wants_composite`] and [`Self::next_event`] again although nothing happens
    /// until then: a frame waits for the frame rate of its session, or is on its way to memory.
    pub fn next_wait(&self) -> Option<Duration> {
        let now = self.started.elapsed();
        let waiting = self.sessions.values().filter(|session| session.wants_frame);
        let waits = waiting.filter_map(|session| session.wait(now));
        waits.chain(self.readback.next_wait()).min()
    }

    /// The renderer is about to update. Has it take the newest frame that was reported and no
    /// later one, so that what is on screen is known.
    pub fn will_update(&mut self, renderer: &mut Renderer) {
        if let Some(Taken { id, succession, looked_up }) = self.queue.take_ready() {
            renderer.set_target_frame_publish_id(id);
            self.on_screen = looked_up;
            // What was never composited is lost.
            self.succession = if self.is_new { Succession::Later } else { succession };
            self.is_new = true;
            self.record_step(|| TraceStep::WillUpdate);
        }
    }

    // For people.

    /// What captures see of the frame on screen, as an SVG picture: webviews, targets and what is
    /// visible of them, slots, and what is decided for each session and why. Ids of targets are
    /// not in it.
    pub fn dump_svg(&self) -> String {
        let surface = self.on_screen.surface;
        dump::svg(&self.on_screen, self.judge(surface).collect())
    }

    /// What is decided for every session when the frame on screen is on a surface of this size.
    fn judge(&self, surface: DeviceIntSize) -> impl Iterator<Item = Judged> + '_ {
        let sessions = self.sessions.iter().filter(|(_, session)| !session.is_over());
        sessions.map(move |(&id, session)| {
            let situation = self.on_screen.situation(id, self.on_screen(session, surface));
            Judged { session: id, subject: session.subject, decision: decide(&situation) }
        })
    }

    fn record_decisions(&mut self, surface: DeviceIntSize) {
        if self.recorder.is_some() {
            let max_texture_size = self.gl.max_texture_size();
            let decisions = self.judge(surface).map(|judged| (judged.session, judged.decision));
            let decisions = decisions.collect();
            self.record_step(|| TraceStep::Composited { surface, max_texture_size, decisions });
        }
    }

    fn record_step(&mut self, step: impl FnOnce() -> TraceStep) {
        if let Some(recorder) = &mut self.recorder {
            recorder.record(step());
        }
    }

    fn on_screen(&self, session: &Session<V>, surface: DeviceIntSize) -> OnScreen {
        let max_texture_size = self.gl.max_texture_size();
        OnScreen { version: session.version, surface, max_texture_size }
    }
}
