/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The link between a track and its session in `Paint`.

use std::sync::Arc;

use paint_api::CrossProcessPaintApi;
use paint_api::capture::{CaptureMessage, TrackOutput};
use servo_base::generic_channel::{GenericCallback, SendError};
use servo_base::id::{PipelineId, WebViewId};
use subcapture_api::{EndReason, MintError, State, TrackCommand, TrackEvent, TrackKey};

use crate::dom::capture::documenttracks::TrackNumber;
use crate::dom::capture::tracksource::TrackSource;
use crate::dom::window::Window;
use crate::event_loop::script_thread::ScriptThread;
use crate::tasks::task_source::SendableTaskSource;

/// The session of one track. It stops when this is dropped.
pub(crate) struct TrackSession {
    /// The WebView that is captured.
    webview_id: WebViewId,
    key: TrackKey,
    paint_api: CrossProcessPaintApi,
}

impl TrackSession {
    /// Take over a session that was granted to this document.
    pub(super) fn attach(
        window: &Window,
        webview_id: WebViewId,
        key: TrackKey,
        number: TrackNumber,
        source: Arc<TrackSource>,
    ) -> Result<Self, SendError> {
        let outputs = outputs_callback(window, number, source)?;
        let session = Self {
            webview_id,
            key,
            paint_api: window.paint_api().clone(),
        };
        session.send(CaptureMessage::AttachTrack {
            pipeline_id: window.pipeline_id(),
            key,
            outputs,
        });
        Ok(session)
    }

    /// Start another session of the same WebView.
    pub(super) fn clone_for(
        &self,
        window: &Window,
        number: TrackNumber,
        source: Arc<TrackSource>,
    ) -> Result<Self, CloneSessionError> {
        let clone = TrackKey::mint()?;
        let outputs = outputs_callback(window, number, source)?;
        self.send(CaptureMessage::CloneTrack {
            key: self.key,
            clone,
            outputs,
        });
        Ok(Self {
            webview_id: self.webview_id,
            key: clone,
            paint_api: self.paint_api.clone(),
        })
    }

    pub(super) fn webview_id(&self) -> WebViewId {
        self.webview_id
    }

    pub(super) fn command(&self, command: TrackCommand) {
        self.send(CaptureMessage::CommandTrack {
            key: self.key,
            command,
        });
    }

    fn send(&self, message: CaptureMessage) {
        self.paint_api
            .send_capture_message(self.webview_id, message);
    }
}

impl Drop for TrackSession {
    fn drop(&mut self) {
        self.command(TrackCommand::Stop);
    }
}

/// Why a session could not be cloned.
pub(super) enum CloneSessionError {
    Mint,
    Send,
}

impl From<MintError> for CloneSessionError {
    fn from(_: MintError) -> Self {
        Self::Mint
    }
}

impl From<SendError> for CloneSessionError {
    fn from(_: SendError) -> Self {
        Self::Send
    }
}

/// What `Paint` calls with all that comes out of a track.
///
/// It does not keep the track alive: the document knows the track by its number for as long as
/// anybody has it.
fn outputs_callback(
    window: &Window,
    number: TrackNumber,
    source: Arc<TrackSource>,
) -> Result<GenericCallback<TrackOutput>, SendError> {
    // restrictTo() has promises settled from the rendering task source. All of it goes through
    // the same one, so that it stays in order.
    let events = Events {
        task_source: window
            .as_global_scope()
            .task_manager()
            .rendering_task_source()
            .to_sendable(),
        pipeline_id: window.pipeline_id(),
        number,
    };
    GenericCallback::new(move |output: Result<TrackOutput, SendError>| match output {
        Ok(TrackOutput::Frame(info, pixels)) => source.handle_frame(info, pixels),
        Ok(TrackOutput::Event(event)) => {
            if let TrackEvent::Changed { result: Ok(_), .. } = event {
                source.handle_change();
            }
            events.queue(event);
        },
        Err(error) => log::warn!("The output of a track was lost: {error:?}"),
    })
}

/// Queues a task for every event of a track.
struct Events {
    task_source: SendableTaskSource,
    pipeline_id: PipelineId,
    number: TrackNumber,
}

impl Events {
    fn queue(&self, event: TrackEvent) {
        let (pipeline_id, number) = (self.pipeline_id, self.number);
        self.task_source
            .queue(task!(handle_track_event: move |cx| {
                if let Some(document) = ScriptThread::find_document(pipeline_id) {
                    document.capture().tracks().handle_event(cx, number, event);
                }
            }));
    }
}

impl Drop for Events {
    /// `Paint` has let go of the track, or never took it over: nothing more comes. A track that
    /// has heard of its end before takes no notice.
    fn drop(&mut self) {
        self.queue(TrackEvent::State(State::Ended(EndReason::Stopped)));
    }
}
