/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures that pages ask for, with `getDisplayMedia()`. The embedder decides.

use std::cell::RefCell;
use std::rc::Rc;

use embedder_traits::{DisplayCaptureGrant, DisplayCaptureOptions, DisplayCapturePreference};
use log::warn;
use paint::Paint;
use paint::capture::{TrackChange, TrackState};
use servo_base::generic_channel::GenericCallback;
use servo_base::id::WebViewId;
use servo_url::ImmutableOrigin;
use subcapture_api::TrackKey;

use crate::webview::WebView;

/// A page wants to capture something that the user has to choose. A request that is dropped
/// without an answer is denied.
pub struct DisplayCaptureRequest {
    options: DisplayCaptureOptions,
    surfaces: Vec<WebView>,
    answer: Answer,
    paint: Rc<RefCell<Paint>>,
}

/// Have the embedder decide about the request of a document. If its page is not there any more,
/// the answer is a denial.
pub(crate) fn ask(
    webview_id: WebViewId,
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

    let request = DisplayCaptureRequest {
        options,
        surfaces: webviews,
        answer,
        paint: paint.clone(),
    };
    webview
        .delegate()
        .request_display_capture(webview.clone(), request);
}

impl DisplayCaptureRequest {
    /// The origin of the document that asks. It may be that of a document nested in the page.
    pub fn origin(&self) -> &ImmutableOrigin {
        &self.options.origin
    }

    /// What the page asks for.
    pub fn options(&self) -> &DisplayCaptureOptions {
        &self.options
    }

    /// What may be captured: the [`WebView`] of the page that asks first, if it has not asked for
    /// others only, and all others.
    pub fn surfaces(&self) -> &[WebView] {
        &self.surfaces
    }

    /// Let the page capture this [`WebView`], until the page or [`DisplayCapture::stop`] ends it.
    ///
    /// The page gets frames of what the user sees there, documents of other origins included. If
    /// it is the [`WebView`] of the page itself, the page may crop and restrict the capture to
    /// elements. `None` if that [`WebView`] is not there any more.
    pub fn allow(mut self, webview: &WebView) -> Option<DisplayCapture> {
        let webview_id = webview.id();
        let key = self.paint.borrow().grant_track(webview_id)?;
        self.answer.give(Some(DisplayCaptureGrant {
            key,
            webview_id,
            size: webview.size().to_i32(),
        }));
        Some(DisplayCapture {
            webview_id,
            key,
            paint: self.paint.clone(),
        })
    }

    /// Do not let the page capture anything. It cannot tell why.
    pub fn deny(self) {
        drop(self);
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
    fn give(&mut self, grant: Option<DisplayCaptureGrant>) {
        if let Some(callback) = self.0.take() &&
            let Err(error) = callback.send(grant)
        {
            warn!("Could not answer a request to capture: {error}");
        }
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
