/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Replays a trace without WebRender and without a GPU: everything but pixels.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use subcapture_api::{SessionId, SpatialNode, Subject, Version};
use webrender::Transaction;
use webrender_api::units::DeviceIntSize;
use webrender_api::{FramePublishId, PipelineId};

use crate::display_list::Motion;
use crate::dump::{self, Judged};
use crate::frame_queue::{FrameQueue, Taken};
use crate::layers::{Layers, Placed};
use crate::policy::{Decision, decide};
use crate::scene::{Scene, View};
use crate::snapshot::{Asked, OnScreen, Snapshot, Sources};
use crate::spatial::SpatialStep;
use crate::targets::{SentLayer, TargetTable};
use crate::trace::{TraceStep, TracedScene};

/// Performs the steps of a trace with the same lookup and the same policy as the compositor that
/// recorded it, and sees whether the decisions are the same.
///
/// ```no_run
/// # fn steps() -> Vec<subcapture_compositor::TraceStep> { Vec::new() }
/// let mut replay = subcapture_compositor::Replay::default();
/// for step in steps() {
///     if let Err(divergence) = replay.perform(step) {
///         println!("{divergence}");
///     }
/// }
/// ```
#[derive(Default)]
pub struct Replay {
    targets: TargetTable,
    sessions: BTreeMap<SessionId, Replayed>,
    layers: Layers,
    queue: FrameQueue<Snapshot>,
    on_screen: Snapshot,
    decisions: Vec<(SessionId, Decision)>,
}

struct Replayed {
    view: u32,
    subject: Subject,
    version: Version,
}

/// The replay decides otherwise than the trace says.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Divergence {
    /// The session, which is the first one that it is so for.
    pub session: SessionId,
    /// What the trace says. `None`: nothing was decided for the session.
    pub recorded: Option<Decision>,
    /// What the replay decides. `None`: there is no such session.
    pub replayed: Option<Decision>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, recorded, replayed } = self;
        write!(f, "session {}: recorded {recorded:?}, replayed {replayed:?}", session.0)
    }
}

impl std::error::Error for Divergence {}

impl Replay {
    /// Perform one step.
    ///
    /// # Errors
    ///
    /// [`Divergence`] when what is decided for a composite is not what the trace says. The replay
    /// can go on.
    pub fn perform(&mut self, step: TraceStep) -> Result<(), Divergence> {
        match step {
            TraceStep::Start { session, view, subject } => {
                let version = Version::default();
                self.sessions.insert(session, Replayed { view, subject, version });
                self.update_layers();
            }
            TraceStep::Change { session, subject } => {
                if let Some(session) = self.sessions.get_mut(&session) {
                    session.subject = subject;
                    session.version = session.version.next();
                }
                self.update_layers();
            }
            TraceStep::Stop(session) => {
                self.sessions.remove(&session);
                self.update_layers();
            }
            TraceStep::SetRecords { pipeline, records, layers } => {
                // How a layer is drawn decides nothing.
                let sent = |pipeline| SentLayer { pipeline, motion: Motion::Other };
                let layers = layers.into_iter().map(|(target, layer)| (target, sent(layer)));
                self.targets.set_records(pipeline, records, &layers.collect());
            }
            TraceStep::RemovePipeline(pipeline) => self.targets.remove_pipeline(pipeline),
            TraceStep::RequestFrame { surface, max_height, scene } => {
                self.layers.set_max_height(max_height.unwrap_or(i32::MAX));
                self.request_frame(surface, &scene);
            }
            // Which frame it is, is of no interest: one is reported after the other.
            TraceStep::FrameReported => self.queue.report(FramePublishId::first()),
            TraceStep::WillUpdate => {
                if let Some(Taken { looked_up: snapshot, .. }) = self.queue.take_ready() {
                    self.on_screen = snapshot;
                }
            }
            TraceStep::Composited { surface, max_texture_size, decisions } => {
                return self.composited(surface, max_texture_size, &decisions);
            }
        }
        Ok(())
    }

    /// What was decided for the last composite, by session.
    pub fn decisions(&self) -> &[(SessionId, Decision)] {
        &self.decisions
    }

    /// The last composite as [`Compositor::dump_svg`](crate::Compositor::dump_svg) draws it.
    pub fn dump_svg(&self) -> String {
        let judged = self.decisions.iter().filter_map(|&(session, decision)| {
            let subject = self.sessions.get(&session)?.subject;
            Some(Judged { session, subject, decision })
        });
        dump::svg(&self.on_screen, judged.collect())
    }

    fn update_layers(&mut self) {
        let subjects = self.sessions.values().map(|session| session.subject);
        let targets: FxHashSet<_> = subjects.filter_map(Subject::restriction).collect();
        let surfaces = self.layers.set_targets(&targets);
        debug_assert!(surfaces.is_empty(), "a replay makes no pixels");
    }

    fn request_frame(&mut self, surface: DeviceIntSize, scene: &TracedScene) {
        let scene = &ReplayedScene::from(scene);
        let asked = self.sessions.iter().map(|(&session, replayed)| {
            let &Replayed { view, subject, version } = replayed;
            Asked { session, view, subject, version }
        });
        let mut placed = Placed::default();
        let sources = Sources { targets: &self.targets, scene, surface };
        let sessions = sources.look_up(asked, &mut self.layers, &mut placed);
        let requested_at = Duration::ZERO;
        self.queue.request(Snapshot { requested_at, surface, sessions });
        // What is to be done in the scene concerns the next frames: slots are where they were.
        let _ = self.layers.finish(&mut Transaction::new(), placed, surface);
    }

    fn composited(
        &mut self,
        surface: DeviceIntSize,
        max_texture_size: i32,
        recorded: &[(SessionId, Decision)],
    ) -> Result<(), Divergence> {
        let decided = self.sessions.iter().map(|(&id, &Replayed { version, .. })| {
            let on_screen = OnScreen { version, surface, max_texture_size };
            (id, decide(&self.on_screen.situation(id, on_screen)))
        });
        self.decisions = decided.collect();
        let recorded: BTreeMap<_, _> = recorded.iter().copied().collect();
        let replayed: BTreeMap<_, _> = self.decisions.iter().copied().collect();
        for &session in recorded.keys().chain(replayed.keys()) {
            let [recorded, replayed] =
                [&recorded, &replayed].map(|decisions| decisions.get(&session).copied());
            if recorded != replayed {
                return Err(Divergence { session, recorded, replayed });
            }
        }
        Ok(())
    }
}

/// Answers as the scene did when the trace was recorded. Whatever was not asked then is not there.
struct ReplayedScene<'a> {
    views: FxHashMap<u32, Option<View>>,
    parents: FxHashMap<(u32, PipelineId), Option<PipelineId>>,
    paths: FxHashMap<(u32, PipelineId, SpatialNode), Option<&'a [SpatialStep]>>,
}

impl<'a> From<&'a TracedScene> for ReplayedScene<'a> {
    fn from(scene: &'a TracedScene) -> Self {
        let TracedScene { views, parents, paths } = scene;
        Self {
            views: views.iter().copied().collect(),
            parents: parents.iter().map(|&(view, child, parent)| ((view, child), parent)).collect(),
            paths: paths
                .iter()
                .map(|(view, pipeline, node, path)| ((*view, *pipeline, *node), path.as_deref()))
                .collect(),
        }
    }
}

impl Scene for ReplayedScene<'_> {
    type ViewId = u32;

    fn view(&self, view: u32) -> Option<View> {
        self.views.get(&view).copied().flatten()
    }

    fn parent(&self, view: u32, pipeline: PipelineId) -> Option<PipelineId> {
        self.parents.get(&(view, pipeline)).copied().flatten()
    }

    fn path(&self, view: u32, pipeline: PipelineId, node: SpatialNode) -> Option<Vec<SpatialStep>> {
        self.paths.get(&(view, pipeline, node)).copied().flatten().map(<[_]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use subcapture_api::{
        CropTargetId, PipelineRecords, RestrictionTargetId, TargetId, TargetRecord, Withheld,
    };
    use webrender_api::ExternalScrollId;
    use webrender_api::units::{
        DeviceIntRect, DeviceRect, LayoutRect, LayoutSize, LayoutTransform, LayoutVector2D,
    };

    use super::*;
    use crate::policy::{Cut, Source};
    use crate::trace::{Recorder, RecordingScene};

    const PIPELINE: PipelineId = PipelineId(1, 1);
    const LAYER: PipelineId = PipelineId(u32::MAX, 1);
    const SECRET: u128 = 0x1234_5678_9abc_def0_1234_5678_9abc_def0;
    const SURFACE: DeviceIntSize = DeviceIntSize::new(320, 200);

    /// A page that is scrolled by so much.
    struct Page(f32);

    impl Scene for Page {
        type ViewId = &'static str;

        fn view(&self, _: &'static str) -> Option<View> {
            Some(View {
                root_pipeline: PIPELINE,
                rect: DeviceRect::from_size((320., 200.).into()),
                viewport: LayoutSize::new(320., 200.),
                to_surface: LayoutTransform::identity(),
                scale: 1.,
            })
        }

        fn parent(&self, _: &'static str, _: PipelineId) -> Option<PipelineId> {
            None
        }

        fn path(&self, _: &'static str, _: PipelineId, _: SpatialNode) -> Option<Vec<SpatialStep>> {
            let (id, offset) = (ExternalScrollId(0, PIPELINE), LayoutVector2D::new(0., self.0));
            Some(vec![SpatialStep::Scroll { id, offset }])
        }
    }

    /// What a compositor would record of two captures of one element, while the page scrolls.
    fn trace() -> Vec<TraceStep> {
        let steps = Rc::new(RefCell::new(Vec::new()));
        let sink = steps.clone();
        let mut recorder = Recorder::new(Box::new(move |step| sink.borrow_mut().push(step)));
        let (crop, alone) =
            (CropTargetId::from_bits(SECRET), RestrictionTargetId::from_bits(SECRET));
        recorder.start(SessionId(0), "view", Subject::Crop(crop));
        recorder.start(SessionId(1), "view", Subject::Restriction(alone));
        let rect = LayoutRect::new((10., 20.).into(), (60., 80.).into());
        let targets = [TargetId::from(crop), alone.into()];
        let record = |target| TargetRecord {
            target,
            border_box: Some((rect, SpatialNode(0))),
            ineligible: None,
        };
        let records =
            PipelineRecords { targets: targets.map(record).to_vec(), nested: Some(Vec::new()) };
        let layers =
            FxHashMap::from_iter([(alone, SentLayer { pipeline: LAYER, motion: Motion::Other })]);
        recorder.set_records(PIPELINE, &records, &layers);
        for (scroll, top) in [(0., 20), (5., 15)] {
            let page = Page(scroll);
            let scene = RecordingScene::new(&page);
            scene.view("view");
            scene.path("view", PIPELINE, SpatialNode(0));
            recorder.request_frame(SURFACE, None, scene);
            recorder.record(TraceStep::FrameReported);
            recorder.record(TraceStep::WillUpdate);
            let rect = DeviceIntRect::new((10, top).into(), (60, top + 60).into());
            let decide = |source| Decision::Frame(Cut { rect, source });
            let decisions = vec![
                (SessionId(0), decide(Source::Page)),
                (SessionId(1), decide(Source::Layer((0, 516).into()))),
            ];
            let (surface, max_texture_size) = (SURFACE, 4096);
            recorder.record(TraceStep::Composited { surface, max_texture_size, decisions });
        }
        drop(recorder);
        steps.take()
    }

    #[test]
    fn the_same_steps_give_the_same_decisions() {
        let mut replay = Replay::default();
        for step in trace() {
            assert_eq!(replay.perform(step), Ok(()));
        }
        assert_eq!(replay.decisions().len(), 2);
        assert!(replay.dump_svg().contains("session 1: restriction target 2"));
    }

    #[test]
    fn what_is_otherwise_is_found() {
        let mut steps = trace();
        // The second frame is composited without having been taken.
        let last = steps.iter().rposition(|step| *step == TraceStep::WillUpdate);
        steps.remove(last.expect("there are two"));
        let mut replay = Replay::default();
        let results: Vec<_> =
            steps.into_iter().filter_map(|step| replay.perform(step).err()).collect();
        let [Divergence { session: SessionId(0), recorded: Some(_), replayed: Some(_) }] =
            results[..]
        else {
            unreachable!("{results:?}");
        };
    }

    #[test]
    fn what_was_not_asked_is_not_there() {
        let mut steps = trace();
        for step in &mut steps {
            if let TraceStep::RequestFrame { scene, .. } = step {
                scene.paths.clear();
            }
        }
        let mut replay = Replay::default();
        let result = steps.into_iter().try_for_each(|step| replay.perform(step));
        let replayed = result.expect_err("nothing is found").replayed;
        assert_eq!(replayed, Some(Decision::Withhold(Withheld::NotRendered)));
    }

    #[test]
    fn a_trace_survives_json_and_has_no_ids() -> serde_json::Result<()> {
        let steps = trace();
        let json = serde_json::to_string(&steps)?;
        assert_eq!(serde_json::from_str::<Vec<TraceStep>>(&json)?, steps);
        // The bits as a list of bytes, which is how an id is written.
        assert!(!json.contains("18,52,86") && json.contains("0,0,2]"), "{json}");
        Ok(())
    }
}
