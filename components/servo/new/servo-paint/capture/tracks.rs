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
    ChangeError, EndReason, SessionId, State, Subject, TrackCommand, TrackEvent, TrackKey,
};
use subcapture_compositor::{Compositor, Event, EventKind, Scene};

/// The tracks of one painter. Whoever has the key of one commands it.
#[derive(Default)]
pub(super) struct Tracks {
    /// Tracks that were granted, and whose documents did not take them over yet.
    granted: FxHashMap<TrackKey, WebViewId>,
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

struct Track {
    /// The key that the embedder knows: that of the track which this is a clone of, or its own.
    original: TrackKey,
    /// The WebView that is captured.
    webview_id: WebViewId,
    session: SessionId,
    /// The document that has the track: it ends with it.
    pipeline_id: PipelineId,
    outputs: GenericCallback<TrackOutput>,
}

impl Track {
    fn send(&self, output: TrackOutput) {
        if let Err(error) = self.outputs.send(output) {
            warn!("Could not send the output of a track: {error}");
        }
    }
}

impl Tracks {
    /// Let whoever has the key that is returned capture a WebView.
    pub(super) fn grant(&mut self, webview_id: WebViewId) -> Option<TrackKey> {
        let key = TrackKey::mint().ok()?;
        self.granted.insert(key, webview_id);
        Some(key)
    }

    /// A document takes a granted track over, which starts its session.
    pub(super) fn attach(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        pipeline_id: PipelineId,
        key: TrackKey,
        outputs: GenericCallback<TrackOutput>,
    ) {
        match self.granted.remove(&key) {
            Some(webview_id) => {
                self.start(compositor, webview_id, pipeline_id, key, key, outputs)
            },
            None => warn!("A document has no right to the track that it wants to attach"),
        }
    }

    /// Whoever has a track may have another one of the same WebView.
    pub(super) fn clone_track(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        key: TrackKey,
        clone: TrackKey,
        outputs: GenericCallback<TrackOutput>,
    ) {
        let Some(Track {
            webview_id,
            pipeline_id,
            original,
            ..
        }) = self.attached.get(&key)
        else {
            return warn!("There is no track that could be cloned");
        };
        if !self.attached.contains_key(&clone) {
            let (webview_id, pipeline_id, original) = (*webview_id, *pipeline_id, *original);
            self.start(compositor, webview_id, pipeline_id, clone, original, outputs);
        }
    }

    fn start(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        webview_id: WebViewId,
        pipeline_id: PipelineId,
        key: TrackKey,
        original: TrackKey,
        outputs: GenericCallback<TrackOutput>,
    ) {
        self.note_change(webview_id, original, TrackState::Running);
        let session = compositor.start(webview_id, Subject::Viewport);
        self.keys.insert(session, key);
        let track = Track {
            original,
            webview_id,
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
        let Some(track) = self.attached.get(&key) else {
            return;
        };
        match command {
            TrackCommand::Change { request, subject } => {
                let is_valid = subject.target().is_none_or(|target| {
                    compositor.is_known(scene, track.webview_id, target)
                });
                let result = if is_valid {
                    compositor
                        .change(track.session, subject)
                        .ok_or(ChangeError::Ended)
                } else {
                    Err(ChangeError::UnknownTarget)
                };
                // No frame of the state before can follow: the compositor has dropped them.
                track.send(TrackOutput::Event(TrackEvent::Changed { request, result }));
            },
            TrackCommand::Limit(limits) => compositor.limit(track.session, limits),
            TrackCommand::RequestFrame => compositor.request_delivery(track.session),
            TrackCommand::Stop => self.remove(compositor, key),
        }
    }

    /// The embedder ends a track and all of its clones.
    pub(super) fn end(&mut self, compositor: &mut Compositor<WebViewId>, key: TrackKey) {
        self.granted.remove(&key);
        for track in self.attached.values() {
            if track.original == key {
                compositor.end(track.session, EndReason::Stopped);
            }
        }
    }

    /// A WebView is gone: nobody can take over a track of it.
    pub(super) fn remove_webview(&mut self, webview_id: WebViewId) {
        self.granted.retain(|_, granted| *granted != webview_id);
    }

    /// The documents of this pipeline are gone, and their tracks with them.
    pub(super) fn remove_pipeline(
        &mut self,
        compositor: &mut Compositor<WebViewId>,
        pipeline_id: PipelineId,
    ) {
        let keys: Vec<_> = self
            .attached
            .iter()
            .filter(|(_, track)| track.pipeline_id == pipeline_id)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.remove(compositor, key);
        }
    }

    fn remove(&mut self, compositor: &mut Compositor<WebViewId>, key: TrackKey) {
        if let Some(track) = self.attached.remove(&key) {
            self.keys.remove(&track.session);
            compositor.stop(track.session);
            self.note_change(track.webview_id, track.original, TrackState::Ended);
        }
    }

    /// Note that a track begins or has ended, unless another one of the same capture is there.
    fn note_change(&mut self, webview_id: WebViewId, key: TrackKey, state: TrackState) {
        if self.attached.values().all(|track| track.original != key) {
            self.changes.push_back(TrackChange {
                webview_id,
                key,
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
        match event.kind {
            EventKind::State(state) => {
                track.send(TrackOutput::Event(TrackEvent::State(state)));
                if let State::Ended(_) = state {
                    self.remove(compositor, key);
                }
            },
            EventKind::Frame(frame) => track.send(TrackOutput::Frame(
                frame.info,
                GenericSharedMemory::from_vec(frame.pixels),
            )),
        }
        None
    }
}
