/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Messages of sub-tab capture on their way to a document.

use log::debug;
use paint_api::capture::DocumentCaptureMessage;
use script_traits::ScriptThreadMessage;
use servo_base::id::{BrowsingContextId, PipelineId, WebViewId};
use subcapture_api::StartError;

use super::Constellation;

impl<STF, SWF> Constellation<STF, SWF> {
    /// Pass a message on to the document of the given pipeline, or to the document that the
    /// `WebView` shows. When there is no such document, whoever waits for an answer gets one here.
    pub(super) fn handle_capture_message(
        &self,
        webview_id: WebViewId,
        pipeline_id: Option<PipelineId>,
        message: DocumentCaptureMessage,
    ) {
        let reply = match &message {
            DocumentCaptureMessage::Locate { reply, .. } => Some(reply.clone()),
            DocumentCaptureMessage::SetInterest { .. } => None,
        };

        let sent = pipeline_id
            .or_else(|| self.top_level_pipeline_id(webview_id))
            .and_then(|pipeline_id| self.pipelines.get(&pipeline_id))
            .filter(|pipeline| pipeline.webview_id == webview_id)
            .is_some_and(|pipeline| {
                let message = ScriptThreadMessage::Capture(pipeline.id, message);
                pipeline.event_loop.send(message).is_ok()
            });
        if sent {
            return;
        }

        debug!("{webview_id}: There is no document to take part in a capture");
        if let Some(reply) = reply {
            let _ = reply.send(Err(StartError::NoDocument));
        }
    }

    fn top_level_pipeline_id(&self, webview_id: WebViewId) -> Option<PipelineId> {
        self.browsing_contexts
            .get(&BrowsingContextId::from(webview_id))
            .map(|browsing_context| browsing_context.pipeline_id)
    }
}
