/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sessions that the embedder granted to documents.

use std::collections::VecDeque;

use log::warn;
use paint_api::capture::TrackOutput;
use rustc_hash::FxHashMap;
use servo_base::generic_channel::{GenericCallback, GenericSharedMemory};
use servo_base::id::{PipelineId, WebViewId};
use subcapture_api::{
    ChangeError, EndReason, FrameLimits, SessionId, State, Subject, TrackCommand, TrackEvent,
    TrackKey,
};
use subcapture_compositor::{Compositor, Event, EventKind, Scene};

/// The tracks of one painter. Whoever has the key of one commands it.
#[derive(Default)]
pub(super) struct Tracks {
    /// Tracks that nobody has taken over yet.
    waiting: FxHashMap<TrackKey, WaitingTrack>,
    attached: FxHashMap<TrackKey, Track>,
    keys: FxHashMap<SessionId, TrackKey>,
    /// What the embedder has yet to hear.
    changes: VecDeque<TrackChange>,
}

/// A track that the embedder granted began or ended. Its clones are part of it: it ends with the
/// last of them.
#[derive(Clone, Copy, Debug)]
pub struct TrackChange {
    pub webview_id: WebViewId,
    pub key: TrackKey,
    pub state: TrackState,
}

/// Whether a document captures something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrackState {
    Running,
    Ended,
}

/// What a track captures, whoever has it.
#[derive(Clone, Copy)]
struct Source {
    /// The key that the embedder knows: that of the track which this is a clone of, or its own.
    original: TrackKey,
    /// The WebView that is captured.
    webview_id: WebViewId,
    subject: Subject,
}

struct WaitingTrack {
    source: Source,
    /// The document that it was granted to, or that detached it: it ends with it.
    pipeline_id: PipelineId,
    phase: WaitingPhase,
}

/// Whom a track waits for that nobody has.
#[derive(Clone, Copy, Eq, PartialEq)]
enum WaitingPhase {
    /// The document that it was granted to.
    Granted,
    /// Whomever it is transferred to. The embedder knows of it as a running one.
    Detached,
}

struct Track {
    source: Source,
    limits: FrameLimits,
    session: SessionId,
    /// The document that has the track, itself or in a worker: it ends with it.
    pipeline_id: PipelineId,
    outputs: GenericCallback<TrackOutput>,
}

impl Track {
    /// Gives whether anybody is there who gets it.
    fn send(&self, output: TrackOutput) -> bool {
        self.outputs
            .send(output)
            .inspect_err(|error| warn!("Could not send the output of a track: {error}"))
            .is_ok()
    }
}

impl Tracks {
    /// Let whoever has the key that is returned capture a WebView, as long as this document is
    /// there.
    pub(super) fn grant(
        &mut self,
        webview_id: WebViewId,
        pipeline_id: PipelineId,
    ) -> Option<TrackKey> {
        let key = TrackKey::mint().ok()?;
        let waiting = WaitingTrack {
            source: Source {
                original: key,
                webview_id,
                subject: Subject::Viewport,
            },
            pipeline_id,
            phase: WaitingPhase::Granted,
        };
        self.waiting.insert(key, waiting);
        Some(key)
    }

    /// A document takes a track over, which starts its session.
    pub(super) fn attach(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        pipeline_id: PipelineId,
        key: TrackKey,
        limits: FrameLimits,
        outputs: GenericCallback<TrackOutput>,
    ) {
        let Some(WaitingTrack { source, phase, .. }) = self.waiting.remove(&key) else {
            return warn!("A document has no right to the track that it wants to attach");
        };
        if phase == WaitingPhase::Granted {
            self.note_change(source, TrackState::Running);
        }
        self.start(compositor, key, source, limits, pipeline_id, outputs);
    }

    /// Whoever has a track may have another one of the same WebView.
    pub(super) fn clone_track(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        key: TrackKey,
        clone: TrackKey,
        limits: FrameLimits,
        outputs: GenericCallback<TrackOutput>,
    ) {
        let Some(Track {
            source,
            pipeline_id,
            ..
        }) = self.attached.get(&key)
        else {
            return warn!("There is no track that could be cloned");
        };
        let (source, pipeline_id) = (*source, *pipeline_id);
        if !self.is_taken(clone) {
            let source = Source {
                subject: Subject::Viewport,
                ..source
            };
            self.start(compositor, clone, source, limits, pipeline_id, outputs);
        }
    }

    /// Let go of a track, for whoever has the next key.
    ///
    /// Its session stops, so that a track which nobody takes over costs nothing: whoever does gets
    /// one that is like it.
    pub(super) fn detach(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        key: TrackKey,
        next: TrackKey,
    ) {
        if self.is_taken(next) {
            return self.stop(compositor, key);
        }
        let Some(track) = self.attached.remove(&key) else {
            return warn!("There is no track that could be detached");
        };
        self.keys.remove(&track.session);
        compositor.stop(track.session);
        let waiting = WaitingTrack {
            source: track.source,
            pipeline_id: track.pipeline_id,
            phase: WaitingPhase::Detached,
        };
        self.waiting.insert(next, waiting);
    }

    fn is_taken(&self, key: TrackKey) -> bool {
        self.attached.contains_key(&key) || self.waiting.contains_key(&key)
    }

    fn start(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        key: TrackKey,
        source: Source,
        limits: FrameLimits,
        pipeline_id: PipelineId,
        outputs: GenericCallback<TrackOutput>,
    ) {
        let session = compositor.start(source.webview_id, source.subject);
        compositor.limit(session, limits);
        self.keys.insert(session, key);
        let track = Track {
            source,
            limits,
            session,
            pipeline_id,
            outputs,
        };
        self.attached.insert(key, track);
    }

    pub(super) fn command<S>(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        scene: &S,
        key: TrackKey,
        command: TrackCommand,
    ) where
        S: Scene<ViewId = WebViewId>,
    {
        if command == TrackCommand::Stop {
            return self.stop(compositor, key);
        }
        let Some(track) = self.attached.get_mut(&key) else {
            return;
        };
        match command {
            TrackCommand::Change { request, subject } => {
                let is_valid = subject.target().is_none_or(|target| {
                    compositor.is_known(scene, track.source.webview_id, target)
                });
                let result = if is_valid {
                    compositor
                        .change(track.session, subject)
                        .ok_or(ChangeError::Ended)
                } else {
                    Err(ChangeError::UnknownTarget)
                };
                if result.is_ok() {
                    track.source.subject = subject;
                }
                // No frame of the state before can follow: the compositor has dropped them.
                track.send(TrackOutput::Event(TrackEvent::Changed { request, result }));
            },
            TrackCommand::Limit { request, limits } => {
                compositor.limit(track.session, limits);
                if limits.max_size != track.limits.max_size {
                    // As though something else were captured: no frame of another size follows,
                    // and there is a new one even if nothing on the page changes.
                    compositor.change(track.session, track.source.subject);
                }
                track.limits = limits;
                track.send(TrackOutput::Event(TrackEvent::Limited { request }));
            },
            TrackCommand::RequestFrame => compositor.request_delivery(track.session),
            TrackCommand::Stop => {},
        }
    }

    /// The embedder ends a track and all of its clones.
    pub(super) fn end(&mut self, compositor: &mut Compositor<WebViewId>, key: TrackKey) {
        self.remove_waiting(|waiting| waiting.source.original == key);
        for track in self.attached.values() {
            if track.source.original == key {
                compositor.end(track.session, EndReason::Stopped);
            }
        }
    }

    /// A WebView is gone: nobody can take over a track of it.
    pub(super) fn remove_webview(&mut self, webview_id: WebViewId) {
        self.remove_waiting(|waiting| waiting.source.webview_id == webview_id);
    }

    /// The documents of this pipeline are gone, and their tracks with them.
    pub(super) fn remove_pipeline(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        pipeline_id: PipelineId,
    ) {
        self.remove_waiting(|waiting| waiting.pipeline_id == pipeline_id);
        let keys: Vec<_> = self
            .attached
            .iter()
            .filter(|(_, track)| track.pipeline_id == pipeline_id)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.stop(compositor, key);
        }
    }

    /// End a track, whether or not anybody has taken it over.
    fn stop(&mut self, compositor: &mut Compositor<WebViewId>, key: TrackKey) {
        if let Some(track) = self.attached.remove(&key) {
            self.keys.remove(&track.session);
            compositor.stop(track.session);
            self.note_change(track.source, TrackState::Ended);
        } else if let Some(waiting) = self.waiting.remove(&key) {
            self.note_end_of(waiting);
        }
    }

    fn remove_waiting(&mut self, is_over: impl Fn(&WaitingTrack) -> bool) {
        let removed: Vec<_> = self
            .waiting
            .extract_if(|_, waiting| is_over(waiting))
            .map(|(_, waiting)| waiting)
            .collect();
        for waiting in removed {
            self.note_end_of(waiting);
        }
    }

    fn note_end_of(&mut self, waiting: WaitingTrack) {
        if waiting.phase == WaitingPhase::Detached {
            self.note_change(waiting.source, TrackState::Ended);
        }
    }

    /// Note that a track begins or has ended, unless another one of the same capture is there.
    fn note_change(&mut self, source: Source, state: TrackState) {
        let Source {
            original,
            webview_id,
            ..
        } = source;
        let is_attached = |track: &Track| track.source.original == original;
        let is_detached = |waiting: &WaitingTrack| {
            waiting.phase == WaitingPhase::Detached && waiting.source.original == original
        };
        if !self.attached.values().any(is_attached) && !self.waiting.values().any(is_detached) {
            self.changes.push_back(TrackChange {
                webview_id,
                key: original,
                state,
            });
        }
    }

    pub(super) fn next_change(&mut self) -> Option<TrackChange> {
        self.changes.pop_front()
    }

    /// Send an event to the document that has the track of its session. Gives the event back if
    /// no document has.
    pub(super) fn deliver(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        event: Event,
    ) -> Option<Event> {
        let Some(key) = self.keys.get(&event.session).copied() else {
            return Some(event);
        };
        let track = self.attached.get(&key)?;
        let (output, is_last) = match event.kind {
            EventKind::State(state) => (
                TrackOutput::Event(TrackEvent::State(state)),
                matches!(state, State::Ended(_)),
            ),
            EventKind::Frame(frame) => (
                TrackOutput::Frame(frame.info, GenericSharedMemory::from_vec(frame.pixels)),
                false,
            ),
            // Nobody asks for them: no document could read one.
            EventKind::Texture(_) => return None,
        };
        // Servo need not notice that a process is not there any more.
        if !track.send(output) || is_last {
            self.stop(compositor, key);
        }
        None
    }
}
