/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The link between a track and its session in `Paint`.

use std::sync::Arc;

use paint_api::capture::{CaptureMessage, TrackHandle, TrackOutput};
use servo_base::generic_channel::{GenericCallback, SendError};
use servo_base::id::WebViewId;
use subcapture_api::{EndReason, FrameLimits, MintError, State, TrackCommand, TrackEvent};

use crate::dom::capture::livetracks::TrackNumber;
use crate::dom::capture::trackglobal::{TrackEventQueue, TrackGlobal};
use crate::dom::capture::tracksource::TrackSource;

/// The session of one track. It stops when this is dropped.
pub(crate) struct TrackSession(TrackHandle);

impl TrackSession {
    /// Take over a session that was granted to a document, or that another track had.
    pub(super) fn attach(
        global: TrackGlobal<'_>,
        handle: TrackHandle,
        limits: FrameLimits,
        number: TrackNumber,
        source: Arc<TrackSource>,
    ) -> Result<Self, SendError> {
        let outputs = outputs_callback(global, number, source)?;
        handle.send(CaptureMessage::AttachTrack {
            pipeline_id: global.upcast().pipeline_id(),
            key: handle.key(),
            limits,
            outputs,
        });
        Ok(Self(handle))
    }

    /// Start another session of the same WebView.
    pub(super) fn clone_for(
        &self,
        global: TrackGlobal<'_>,
        limits: FrameLimits,
        number: TrackNumber,
        source: Arc<TrackSource>,
    ) -> Result<Self, CloneSessionError> {
        let clone = self.0.for_clone()?;
        let outputs = outputs_callback(global, number, source)?;
        self.0.send(CaptureMessage::CloneTrack {
            key: self.0.key(),
            clone: clone.key(),
            limits,
            outputs,
        });
        Ok(Self(clone))
    }

    /// Let go of the session, for whoever gets what is returned. Answers to commands that were
    /// sent before still come.
    pub(super) fn detach(&self) -> Result<TrackHandle, MintError> {
        self.0.detach()
    }

    pub(super) fn webview_id(&self) -> WebViewId {
        self.0.webview_id()
    }

    pub(super) fn command(&self, command: TrackCommand) {
        self.0.command(command);
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
fn outputs_callback(
    global: TrackGlobal<'_>,
    number: TrackNumber,
    source: Arc<TrackSource>,
) -> Result<GenericCallback<TrackOutput>, SendError> {
    let events = Events(global.event_queue(number));
    GenericCallback::new(move |output: Result<TrackOutput, SendError>| match output {
        Ok(TrackOutput::Frame(info, pixels)) => source.handle_frame(info, pixels),
        Ok(TrackOutput::Event(event)) => {
            // Before script can hear of it.
            match event {
                TrackEvent::Changed { result: Ok(_), .. } => source.handle_change(),
                TrackEvent::Limited { .. } => source.handle_limit(),
                _ => {},
            }
            events.0.push(event);
        },
        Err(error) => log::warn!("The output of a track was lost: {error:?}"),
    })
}

struct Events(TrackEventQueue);

impl Drop for Events {
    /// `Paint` has let go of the track, or never took it over: nothing more comes. A track that
    /// has heard of its end before takes no notice.
    fn drop(&mut self) {
        self.0
            .push(TrackEvent::State(State::Ended(EndReason::Stopped)));
    }
}
