/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures that pages ask for, with `getDisplayMedia()`. The embedder decides.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use embedder_traits::{
    DisplayCaptureGrant, DisplayCaptureOptions, DisplayCapturePreference, DisplayCaptureRequestId,
};
use log::warn;
use paint::Paint;
use paint::capture::{TrackChange, TrackState};
use servo_base::generic_channel::GenericCallback;
use servo_base::id::WebViewId;
use servo_url::ImmutableOrigin;
use subcapture_api::TrackKey;

use crate::webview::{WebView, WebViewInner};

/// A page wants to capture something that the user has to choose. A request that is dropped
/// without an answer is denied.
///
/// The page may be gone before there is an answer: then the request is withdrawn, and
/// [`WebViewDelegate::notify_display_capture_request_withdrawn`] tells so. It keeps no
/// [`WebView`] open.
///
/// [`WebViewDelegate::notify_display_capture_request_withdrawn`]: crate::WebViewDelegate::notify_display_capture_request_withdrawn
pub struct DisplayCaptureRequest {
    id: DisplayCaptureRequestId,
    options: DisplayCaptureOptions,
    surfaces: Vec<Weak<RefCell<WebViewInner>>>,
    answer: Answer,
    pending: PendingRequests,
    paint: Rc<RefCell<Paint>>,
}

/// The requests whose documents wait for an answer.
#[derive(Clone, Default)]
pub(crate) struct PendingRequests(Rc<RefCell<Vec<(WebViewId, DisplayCaptureRequestId)>>>);

impl PendingRequests {
    /// Have the embedder decide about the request of a document. If its page is not there any
    /// more, the answer is a denial.
    pub(crate) fn ask(
        &self,
        webview_id: WebViewId,
        id: DisplayCaptureRequestId,
        options: DisplayCaptureOptions,
        answer: GenericCallback<Option<DisplayCaptureGrant>>,
        mut webviews: Vec<WebView>,
        paint: &Rc<RefCell<Paint>>,
    ) {
        let answer = Answer(Some(answer));
        let is_own = |webview: &WebView| webview.id() == webview_id;
        let Some(webview) = webviews.iter().find(|webview| is_own(webview)).cloned() else {
            return;
        };
        // The page itself is what is asked for most, unless it says otherwise.
        if options.self_browser_surface == Some(DisplayCapturePreference::Exclude) {
            webviews.retain(|webview| !is_own(webview));
        }
        webviews.sort_by_key(|webview| !is_own(webview));

        self.0.borrow_mut().push((webview_id, id));
        let request = DisplayCaptureRequest {
            id,
            options,
            surfaces: webviews.iter().map(WebView::weak_handle).collect(),
            answer,
            pending: self.clone(),
            paint: paint.clone(),
        };
        webview
            .delegate()
            .request_display_capture(webview.clone(), request);
    }

    /// A document does not wait any more. Tells the embedder if it has not answered.
    pub(crate) fn withdraw(&self, webview: &WebView, id: DisplayCaptureRequestId) {
        let is_of_webview = self.0.borrow().contains(&(webview.id(), id));
        if is_of_webview && self.remove(id) {
            webview
                .delegate()
                .notify_display_capture_request_withdrawn(webview.clone(), id);
        }
    }

    /// None of the documents of a [`WebView`] is there any more.
    pub(crate) fn withdraw_all(&self, webview: &WebView) {
        for id in self.take_all(webview.id()) {
            webview
                .delegate()
                .notify_display_capture_request_withdrawn(webview.clone(), id);
        }
    }

    /// The embedder has closed a [`WebView`], so it need not be told.
    pub(crate) fn handle_webview_closed(&self, webview_id: WebViewId) {
        self.take_all(webview_id);
    }

    fn take_all(&self, webview_id: WebViewId) -> Vec<DisplayCaptureRequestId> {
        self.0
            .borrow_mut()
            .extract_if(.., |(of, _)| *of == webview_id)
            .map(|(_, id)| id)
            .collect()
    }

    /// Forget a request. Gives whether there was one.
    fn remove(&self, id: DisplayCaptureRequestId) -> bool {
        let mut pending = self.0.borrow_mut();
        let index = pending.iter().position(|(_, pending)| *pending == id);
        index.map(|index| pending.remove(index)).is_some()
    }

    fn contains(&self, id: DisplayCaptureRequestId) -> bool {
        self.0.borrow().iter().any(|(_, pending)| *pending == id)
    }
}

impl DisplayCaptureRequest {
    /// What it is called when it is withdrawn.
    pub fn id(&self) -> DisplayCaptureRequestId {
        self.id
    }

    /// The origin of the document that asks. It may be that of a document nested in the page.
    pub fn origin(&self) -> &ImmutableOrigin {
        &self.options.origin
    }

    /// What the page asks for.
    pub fn options(&self) -> &DisplayCaptureOptions {
        &self.options
    }

    /// What may be captured: the [`WebView`] of the page that asks first, if it has not asked for
    /// others only, and all others. Those that were closed meanwhile are left out.
    pub fn surfaces(&self) -> Vec<WebView> {
        self.surfaces
            .iter()
            .filter_map(WebView::from_weak_handle)
            .collect()
    }

    /// Whether the document that asks is gone: the user need not be asked any more.
    pub fn is_withdrawn(&self) -> bool {
        !self.pending.contains(self.id)
    }

    /// Let the page capture this [`WebView`], until the page or [`DisplayCapture::stop`] ends it.
    ///
    /// The page gets frames of what the user sees there, documents of other origins included. If
    /// it is the [`WebView`] of the page itself, the page may crop and restrict the capture to
    /// elements. `None` if that [`WebView`] is not there any more, or the request was withdrawn.
    pub fn allow(mut self, webview: &WebView) -> Option<DisplayCapture> {
        if self.is_withdrawn() {
            return None;
        }
        let webview_id = webview.id();
        let key = self
            .paint
            .borrow()
            .grant_track(webview_id, self.id.pipeline_id)?;
        let capture = DisplayCapture {
            webview_id,
            key,
            paint: self.paint.clone(),
        };
        let is_told = self.answer.give(Some(DisplayCaptureGrant {
            key,
            webview_id,
            size: webview.size().to_i32(),
        }));
        if !is_told {
            // Nobody is there who could take it over.
            capture.stop();
            return None;
        }
        Some(capture)
    }

    /// Do not let the page capture anything. It cannot tell why.
    pub fn deny(self) {
        drop(self);
    }
}

impl Drop for DisplayCaptureRequest {
    fn drop(&mut self) {
        self.pending.remove(self.id);
    }
}

/// Whether a page is capturing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DisplayCaptureState {
    /// The capture has begun.
    Running,
    /// The last track of the capture has ended.
    Ended,
}

/// Tell the delegates of captured [`WebView`]s of captures that began and ended.
pub(crate) fn notify_changes(webviews: &[WebView], paint: &Rc<RefCell<Paint>>) {
    for webview in webviews {
        // Nothing is borrowed while the embedder is called.
        let next = || paint.borrow().next_track_change(webview.id());
        while let Some(TrackChange {
            webview_id,
            key,
            state,
        }) = next()
        {
            let Some(captured) = webviews.iter().find(|webview| webview.id() == webview_id) else {
                continue;
            };
            let capture = DisplayCapture {
                webview_id,
                key,
                paint: paint.clone(),
            };
            let state = match state {
                TrackState::Running => DisplayCaptureState::Running,
                TrackState::Ended => DisplayCaptureState::Ended,
            };
            captured
                .delegate()
                .notify_display_capture_changed(captured.clone(), capture, state);
        }
    }
}

/// Answers once, with a denial unless there was another answer.
struct Answer(Option<GenericCallback<Option<DisplayCaptureGrant>>>);

impl Answer {
    /// Gives whether anybody was there to hear it.
    fn give(&mut self, grant: Option<DisplayCaptureGrant>) -> bool {
        let Some(callback) = self.0.take() else {
            return false;
        };
        callback
            .send(grant)
            .inspect_err(|error| warn!("Could not answer a request to capture: {error}"))
            .is_ok()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.give(None);
    }
}

/// A capture that a page was allowed to make. Dropping this does not stop it. Two of these are
/// equal if they are the same capture.
#[derive(Clone)]
pub struct DisplayCapture {
    webview_id: WebViewId,
    key: TrackKey,
    paint: Rc<RefCell<Paint>>,
}

impl PartialEq for DisplayCapture {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for DisplayCapture {}

impl DisplayCapture {
    /// The [`WebView`] that is captured.
    pub fn webview_id(&self) -> WebViewId {
        self.webview_id
    }

    /// Stop the capture. Its track ends, and the page is told so.
    pub fn stop(&self) {
        self.paint.borrow().end_track(self.webview_id, self.key);
    }
}
