/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures, as `libservo` asks for them.

use servo_base::id::{PipelineId, WebViewId};
use subcapture_api::{Counters, Delivery, FrameLimits, SessionId, State, Subject, TrackKey};
use subcapture_compositor::{Compositor, Event, Placement};
use webrender::Transaction;
use webrender_api::RenderReasons;

use super::{TrackChange, make_current};
use crate::Paint;
use crate::painter::Painter;

impl Paint {
    /// Start to capture a WebView. `None` when there is no such WebView.
    pub fn start_capture(
        &self,
        webview_id: WebViewId,
        subject: Subject,
        delivery: Delivery,
        limits: FrameLimits,
    ) -> Option<SessionId> {
        self.change_captures(webview_id, |compositor| {
            let session = compositor.start(webview_id, subject);
            compositor.deliver(session, delivery);
            compositor.limit(session, limits);
            session
        })
    }

    /// Have the frames of a session delivered in this way from now on.
    pub fn set_capture_delivery(
        &self,
        webview_id: WebViewId,
        session: SessionId,
        delivery: Delivery,
    ) {
        self.change_captures(webview_id, |compositor| {
            compositor.deliver(session, delivery)
        });
    }

    /// Limit the frames of a session from now on.
    pub fn limit_capture(&self, webview_id: WebViewId, session: SessionId, limits: FrameLimits) {
        self.change_captures(webview_id, |compositor| compositor.limit(session, limits));
    }

    /// Stop a session. Nothing is heard of it any more.
    pub fn stop_capture(&self, webview_id: WebViewId, session: SessionId) {
        self.change_captures(webview_id, |compositor| compositor.stop(session));
    }

    /// Deliver a frame of a session even if nothing changes.
    pub fn request_capture_frame(&self, webview_id: WebViewId, session: SessionId) {
        self.change_captures(webview_id, |compositor| {
            compositor.request_delivery(session)
        });
    }

    /// What the consumer of a session was told last.
    pub fn capture_state(&self, webview_id: WebViewId, session: SessionId) -> Option<State> {
        self.look_at_captures(webview_id, |compositor| compositor.state(session))?
    }

    /// What became of the frames of a session.
    pub fn capture_counters(&self, webview_id: WebViewId, session: SessionId) -> Option<Counters> {
        self.look_at_captures(webview_id, |compositor| compositor.counters(session))?
    }

    /// Where the target of a session is in the frame on screen.
    pub fn capture_placement(
        &self,
        webview_id: WebViewId,
        session: SessionId,
    ) -> Option<Placement> {
        self.look_at_captures(webview_id, |compositor| {
            compositor.placement(session).cloned()
        })?
    }

    /// The next thing that happened to a session of the embedder in the painter of this WebView.
    pub fn next_capture_event(&self, webview_id: WebViewId) -> Option<Event> {
        let painter = self.maybe_painter(webview_id.into())?;
        painter.capture.look_for_events(&*painter.rendering_context);
        painter.capture.embedder_events.borrow_mut().pop_front()
    }

    /// Let a document capture a WebView: the one that is told the key.
    pub fn grant_track(&self, webview_id: WebViewId, pipeline_id: PipelineId) -> Option<TrackKey> {
        let painter = self.maybe_painter(webview_id.into())?;
        painter.webview_renderer(webview_id)?;
        painter
            .capture
            .tracks
            .borrow_mut()
            .grant(webview_id, pipeline_id)
    }

    /// The next change of the tracks that were granted, in the painter of this WebView.
    pub fn next_track_change(&self, webview_id: WebViewId) -> Option<TrackChange> {
        let painter = self.maybe_painter(webview_id.into())?;
        painter.capture.tracks.borrow_mut().next_change()
    }

    /// End a track that was granted, and all of its clones.
    pub fn end_track(&self, webview_id: WebViewId, key: TrackKey) {
        if let Some(mut painter) = self.maybe_painter_mut(webview_id.into()) {
            painter.change_tracks(|_, tracks, compositor| tracks.end(compositor, key));
        }
    }

    /// A document is gone, and its tracks with it, whichever painter captures for them.
    pub(crate) fn notify_document_exited(&self, pipeline_id: PipelineId) {
        for painter in &self.painters {
            let painter = painter.borrow();
            painter
                .capture
                .remove_tracks(pipeline_id, &*painter.rendering_context);
        }
    }

    fn look_at_captures<T>(
        &self,
        webview_id: WebViewId,
        look: impl FnOnce(&Compositor<WebViewId>) -> T,
    ) -> Option<T> {
        let painter = self.maybe_painter(webview_id.into())?;
        Some(look(&painter.capture.compositor.borrow()))
    }

    /// Make a change, and request the frame that shows it.
    fn change_captures<T>(
        &self,
        webview_id: WebViewId,
        change: impl FnOnce(&mut Compositor<WebViewId>) -> T,
    ) -> Option<T> {
        let mut painter = self.maybe_painter_mut(webview_id.into())?;
        painter.webview_renderer(webview_id)?;
        make_current(&*painter.rendering_context);
        let result = change(&mut painter.capture.compositor.borrow_mut());
        painter.request_frame_for_captures();
        Some(result)
    }
}

impl Painter {
    /// Request a frame, because what is captured has changed.
    pub(super) fn request_frame_for_captures(&mut self) {
        let mut transaction = Transaction::new();
        self.generate_frame(&mut transaction, RenderReasons::SCENE);
        self.send_transaction(transaction);
    }
}
