/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Messages between documents and the embedder about captures that pages ask for.

use serde::{Deserialize, Serialize};
use servo_base::generic_channel::GenericCallback;
use servo_base::id::{BrowsingContextId, PipelineId, WebViewId};
use servo_url::ImmutableOrigin;
use subcapture_api::TrackKey;
use webrender_api::units::DeviceIntSize;

/// What a page asks for with
/// [`getDisplayMedia()`](https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DisplayCaptureOptions {
    /// The origin of the document that asks.
    pub origin: ImmutableOrigin,
    /// Whether audio is asked for. No audio is ever captured.
    pub audio: bool,
    /// `preferCurrentTab`: whether the page would like the user to share the page itself, and to
    /// be offered nothing else at first.
    pub prefer_current_tab: bool,
    /// Whether the page itself should be among the choices.
    pub self_browser_surface: Option<DisplayCapturePreference>,
    /// Whether audio of the whole system should be among the choices.
    pub system_audio: Option<DisplayCapturePreference>,
    /// Whether the user should be able to share something else later.
    pub surface_switching: Option<DisplayCapturePreference>,
    /// Whether monitors should be among the choices.
    pub monitor_type_surfaces: Option<DisplayCapturePreference>,
}

/// Names a request of a page. No other request has the same name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct DisplayCaptureRequestId {
    /// The document that asks.
    pub pipeline_id: PipelineId,
    /// Which of its requests this is.
    pub number: u64,
}

/// Whether a page would like something to be among the choices.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum DisplayCapturePreference {
    /// Offer it.
    Include,
    /// Do not offer it.
    Exclude,
}

/// The right to capture a WebView.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct DisplayCaptureGrant {
    /// Commands the session, which starts when the document takes it over.
    pub key: TrackKey,
    /// The WebView that is captured.
    pub webview_id: WebViewId,
    /// The size of its viewport in device px.
    pub size: DeviceIntSize,
}

/// Whether a nested document may capture displays, which the documents that contain it decide.
#[derive(Deserialize, Serialize)]
pub struct DisplayCapturePolicyQuestion {
    /// The frame that the document is in.
    pub frame: BrowsingContextId,
    /// The origin of the document.
    pub origin: ImmutableOrigin,
    pub reply: GenericCallback<bool>,
}
