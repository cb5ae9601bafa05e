/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The right to command a track, as it is passed on.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize, Serializer};
use servo_base::id::WebViewId;
use subcapture_api::{MintError, TrackCommand, TrackKey};

use super::CaptureMessage;
use crate::CrossProcessPaintApi;

/// The right to command a track of a WebView. The track ends when this is dropped, wherever it is
/// then: it may be on its way to somebody who is not there any more.
#[derive(Deserialize)]
pub struct TrackHandle {
    webview_id: WebViewId,
    key: TrackKey,
    paint_api: CrossProcessPaintApi,
    /// Whether somebody else has the right now.
    #[serde(skip)]
    is_gone: AtomicBool,
}

impl TrackHandle {
    pub fn new(webview_id: WebViewId, key: TrackKey, paint_api: CrossProcessPaintApi) -> Self {
        Self {
            webview_id,
            key,
            paint_api,
            is_gone: AtomicBool::new(false),
        }
    }

    /// The WebView that is captured.
    pub fn webview_id(&self) -> WebViewId {
        self.webview_id
    }

    pub fn key(&self) -> TrackKey {
        self.key
    }

    pub fn command(&self, command: TrackCommand) {
        self.send(CaptureMessage::CommandTrack {
            key: self.key,
            command,
        });
    }

    pub fn send(&self, message: CaptureMessage) {
        self.paint_api
            .send_capture_message(self.webview_id, message);
    }

    /// The right to another track, which `Paint` has yet to be told of.
    pub fn for_clone(&self) -> Result<Self, MintError> {
        Ok(Self::new(
            self.webview_id,
            TrackKey::mint()?,
            self.paint_api.clone(),
        ))
    }

    /// Let go of the track, for whoever gets what is returned. Nothing else gives access to it
    /// any more.
    pub fn detach(&self) -> Result<Self, MintError> {
        let next = self.for_clone()?;
        self.send(CaptureMessage::DetachTrack {
            key: self.key,
            next: next.key,
        });
        self.is_gone.store(true, Ordering::Relaxed);
        Ok(next)
    }
}

impl Drop for TrackHandle {
    fn drop(&mut self) {
        if !self.is_gone.load(Ordering::Relaxed) {
            self.command(TrackCommand::Stop);
        }
    }
}

/// Another process gets the right, which ends with what that makes of it, or with the document
/// that the track is of.
impl Serialize for TrackHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "TrackHandle")]
        struct Parts<'a> {
            webview_id: WebViewId,
            key: TrackKey,
            paint_api: &'a CrossProcessPaintApi,
        }
        let parts = Parts {
            webview_id: self.webview_id,
            key: self.key,
            paint_api: &self.paint_api,
        };
        let serialized = parts.serialize(serializer)?;
        self.is_gone.store(true, Ordering::Relaxed);
        Ok(serialized)
    }
}

impl fmt::Debug for TrackHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TrackHandle")
            .field("webview_id", &self.webview_id)
            .finish_non_exhaustive()
    }
}
