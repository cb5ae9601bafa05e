/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Records what the compositor is told, what it asks, and what it decides.
//!
//! A trace holds no pixels and no secrets: targets are numbered in the order in which they appear,
//! and their numbers stand where their ids were.

use std::cell::RefCell;
use std::hash::Hash;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use subcapture_api::{
    CropTargetId, PipelineRecords, RestrictionTargetId, SessionId, SpatialNode, Subject, TargetId,
};
use webrender_api::PipelineId;
use webrender_api::units::DeviceIntSize;

use crate::policy::Decision;
use crate::scene::{Scene, View};
use crate::spatial::SpatialStep;
use crate::targets::{SentLayer, is_possible};

/// One step of a trace. The steps of a trace are in the order in which they happened.
///
/// All numbers in it are finite, so that any form of serde will do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub enum TraceStep {
    /// A session was started.
    Start {
        /// The session.
        session: SessionId,
        /// The number of the webview.
        view: u32,
        /// What is captured.
        subject: Subject,
    },
    /// A session captures something else, and has the next version.
    Change {
        /// The session.
        session: SessionId,
        /// What is captured.
        subject: Subject,
    },
    /// A session was stopped, or ended.
    Stop(SessionId),
    /// A display list came.
    SetRecords {
        /// The pipeline of the display list.
        pipeline: PipelineId,
        /// What layout recorded, without what it cannot have.
        records: PipelineRecords,
        /// The layers that came with it and were wanted.
        layers: Vec<(RestrictionTargetId, PipelineId)>,
    },
    /// A document is gone.
    RemovePipeline(PipelineId),
    /// A frame was requested.
    RequestFrame {
        /// The size of the surface that it was requested for.
        surface: DeviceIntSize,
        /// How many rows GL draws to at most, if that is fewer than WebRender takes.
        max_height: Option<i32>,
        /// What the engine knew.
        scene: TracedScene,
    },
    /// WebRender reported a frame.
    FrameReported,
    /// The newest frame that was reported is on screen from now on.
    WillUpdate,
    /// The frame on screen was composited.
    Composited {
        /// The size of the surface.
        surface: DeviceIntSize,
        /// The largest width and height of a texture.
        max_texture_size: i32,
        /// What was decided for each session.
        decisions: Vec<(SessionId, Decision)>,
    },
}

/// What a [`Scene`] answered while one frame was requested. Nothing else was asked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct TracedScene {
    pub(crate) views: Vec<(u32, Option<View>)>,
    pub(crate) parents: Vec<(u32, PipelineId, Option<PipelineId>)>,
    pub(crate) paths: Vec<(u32, PipelineId, SpatialNode, Option<Vec<SpatialStep>>)>,
}

/// Gives steps to whoever keeps them.
pub(crate) struct Recorder<V> {
    sink: Box<dyn FnMut(TraceStep)>,
    targets: FxHashMap<TargetId, u128>,
    views: Numbers<V>,
}

/// Webviews by number.
type Numbers<V> = FxHashMap<V, u32>;

impl<V: Copy + Eq + Hash> Recorder<V> {
    pub(crate) fn new(sink: Box<dyn FnMut(TraceStep)>) -> Self {
        Self { sink, targets: FxHashMap::default(), views: Numbers::default() }
    }

    /// Record a step that names no target and no webview.
    pub(crate) fn record(&mut self, step: TraceStep) {
        (self.sink)(step);
    }

    pub(crate) fn start(&mut self, session: SessionId, view: V, subject: Subject) {
        let (view, subject) = (number(&mut self.views, view), self.subject(subject));
        self.record(TraceStep::Start { session, view, subject });
    }

    pub(crate) fn change(&mut self, session: SessionId, subject: Subject) {
        let subject = self.subject(subject);
        self.record(TraceStep::Change { session, subject });
    }

    pub(crate) fn set_records(
        &mut self,
        pipeline: PipelineId,
        records: &PipelineRecords,
        layers: &FxHashMap<RestrictionTargetId, SentLayer>,
    ) {
        let mut records = records.clone();
        records.targets.retain(is_possible);
        for record in &mut records.targets {
            record.target = self.target(record.target);
        }
        if let Some(nested) = &mut records.nested {
            nested.retain(|record| crate::geometry::is_valid(&record.content_box));
        }
        let layers =
            layers.iter().map(|(target, layer)| (self.restriction(*target), layer.pipeline));
        let mut layers: Vec<_> = layers.collect();
        layers.sort_by_key(|(_, layer)| layer.1);
        self.record(TraceStep::SetRecords { pipeline, records, layers });
    }

    pub(crate) fn request_frame<S>(
        &mut self,
        surface: DeviceIntSize,
        max_height: Option<i32>,
        scene: RecordingScene<'_, S>,
    ) where
        S: Scene<ViewId = V>,
    {
        let Answers { views, parents, paths } = scene.answers.into_inner();
        let mut view = |view: V| number(&mut self.views, view);
        let scene = TracedScene {
            views: views.into_iter().map(|(id, answer)| (view(id), answer)).collect(),
            parents: parents
                .into_iter()
                .map(|((id, pipeline), answer)| (view(id), pipeline, answer))
                .collect(),
            paths: paths
                .into_iter()
                .map(|((id, pipeline, node), answer)| (view(id), pipeline, node, answer))
                .collect(),
        };
        self.record(TraceStep::RequestFrame { surface, max_height, scene });
    }

    fn subject(&mut self, subject: Subject) -> Subject {
        subject.target().map_or(subject, |target| self.target(target).into())
    }

    fn restriction(&mut self, target: RestrictionTargetId) -> RestrictionTargetId {
        RestrictionTargetId::from_bits(self.target_number(target.into()))
    }

    /// The number of a target in place of its id.
    fn target(&mut self, target: TargetId) -> TargetId {
        let number = self.target_number(target);
        match target {
            TargetId::Crop(_) => CropTargetId::from_bits(number).into(),
            TargetId::Restriction(_) => RestrictionTargetId::from_bits(number).into(),
        }
    }

    fn target_number(&mut self, target: TargetId) -> u128 {
        let next = self.targets.len() as u128 + 1;
        *self.targets.entry(target).or_insert(next)
    }
}

fn number<V: Copy + Eq + Hash>(views: &mut Numbers<V>, view: V) -> u32 {
    let next = u32::try_from(views.len()).unwrap_or(u32::MAX);
    *views.entry(view).or_insert(next)
}

/// Asks another scene, and notes what it answers.
pub(crate) struct RecordingScene<'a, S: Scene> {
    scene: &'a S,
    answers: RefCell<Answers<S::ViewId>>,
}

struct Answers<V> {
    views: FxHashMap<V, Option<View>>,
    parents: FxHashMap<(V, PipelineId), Option<PipelineId>>,
    paths: FxHashMap<(V, PipelineId, SpatialNode), Option<Vec<SpatialStep>>>,
}

impl<'a, S: Scene> RecordingScene<'a, S> {
    pub(crate) fn new(scene: &'a S) -> Self {
        let (views, parents, paths) = Default::default();
        Self { scene, answers: RefCell::new(Answers { views, parents, paths }) }
    }
}

impl<S: Scene> Scene for RecordingScene<'_, S> {
    type ViewId = S::ViewId;

    fn view(&self, view: S::ViewId) -> Option<View> {
        let answer = self.scene.view(view);
        self.answers.borrow_mut().views.insert(view, answer);
        answer
    }

    fn root_pipeline(&self, view: S::ViewId) -> Option<PipelineId> {
        // Not asked while a frame is requested.
        self.scene.root_pipeline(view)
    }

    fn parent(&self, view: S::ViewId, pipeline: PipelineId) -> Option<PipelineId> {
        let answer = self.scene.parent(view, pipeline);
        self.answers.borrow_mut().parents.insert((view, pipeline), answer);
        answer
    }

    fn path(
        &self,
        view: S::ViewId,
        pipeline: PipelineId,
        node: SpatialNode,
    ) -> Option<Vec<SpatialStep>> {
        let answer = self.scene.path(view, pipeline, node);
        self.answers.borrow_mut().paths.insert((view, pipeline, node), answer.clone());
        answer
    }
}
