/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The global objects that may have tracks.

use script_bindings::inheritance::Castable;
use servo_base::id::{PipelineId, WebViewId};
use subcapture_api::TrackEvent;

use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::refcounted::Trusted;
use crate::dom::capture::livetracks::{LiveTracks, TrackNumber};
use crate::dom::dedicatedworkerglobalscope::DedicatedWorkerGlobalScope;
use crate::dom::globalscope::GlobalScope;
use crate::dom::window::Window;
use crate::event_loop::script_thread::ScriptThread;
use crate::tasks::task_source::SendableTaskSource;

/// A global object to which tracks are exposed.
#[derive(Clone, Copy)]
pub(super) enum TrackGlobal<'a> {
    Window(&'a Window),
    Worker(&'a DedicatedWorkerGlobalScope),
}

impl<'a> TrackGlobal<'a> {
    /// `None` if tracks are not exposed to this global object.
    pub(super) fn of(global: &'a GlobalScope) -> Option<Self> {
        global
            .downcast()
            .map(Self::Window)
            .or_else(|| global.downcast().map(Self::Worker))
    }

    pub(super) fn upcast(self) -> &'a GlobalScope {
        match self {
            Self::Window(window) => window.upcast(),
            Self::Worker(worker) => worker.upcast(),
        }
    }

    /// The WebView that shows the document, or the document that the worker belongs to.
    pub(super) fn webview_id(self) -> WebViewId {
        match self {
            Self::Window(window) => window.webview_id(),
            Self::Worker(worker) => worker.webview_id(),
        }
    }

    pub(super) fn with_tracks<T>(self, act: impl FnOnce(&LiveTracks) -> T) -> T {
        match self {
            Self::Window(window) => act(window.Document().capture().tracks()),
            Self::Worker(worker) => act(worker.capture_tracks()),
        }
    }

    /// For the events of a track that it knows by this number.
    pub(super) fn event_queue(self, number: TrackNumber) -> TrackEventQueue {
        let destination = match self {
            Self::Window(window) => Destination::Document(window.pipeline_id()),
            Self::Worker(worker) => Destination::Worker(Trusted::new(worker)),
        };
        TrackEventQueue {
            // restrictTo() has promises settled from the rendering task source. All of it goes
            // through the same one, so that it stays in order.
            task_source: self
                .upcast()
                .task_manager()
                .rendering_task_source()
                .to_sendable(),
            destination,
            number,
        }
    }
}

/// Takes the events of a track from whatever thread they come on to a task of its global object.
///
/// It does not keep the track alive: the global object knows the track by its number for as long
/// as anybody has it.
pub(super) struct TrackEventQueue {
    task_source: SendableTaskSource,
    destination: Destination,
    number: TrackNumber,
}

#[derive(Clone)]
enum Destination {
    Document(PipelineId),
    Worker(Trusted<DedicatedWorkerGlobalScope>),
}

impl TrackEventQueue {
    pub(super) fn push(&self, event: TrackEvent) {
        let number = self.number;
        let destination = self.destination.clone();
        self.task_source.queue(task!(handle_track_event: move |cx| {
            match destination {
                Destination::Document(pipeline_id) => {
                    if let Some(document) = ScriptThread::find_document(pipeline_id) {
                        document.capture().tracks().handle_event(cx, number, event);
                    }
                },
                Destination::Worker(worker) => {
                    worker.root().capture_tracks().handle_event(cx, number, event);
                },
            }
        }));
    }
}
