/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Messages of sub-tab capture on their way to a document.

use embedder_traits::DisplayCapturePolicyQuestion;
use log::debug;
use paint_api::capture::DocumentCaptureMessage;
use script_traits::ScriptThreadMessage;
use servo_base::generic_channel::GenericCallback;
use servo_base::id::{BrowsingContextId, PipelineId, WebViewId};
use servo_url::ImmutableOrigin;
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

    /// Have the document that contains a document decide whether it may capture displays. It has
    /// its own container decide about itself in turn.
    pub(super) fn handle_display_capture_policy_question(
        &self,
        pipeline_id: PipelineId,
        origin: ImmutableOrigin,
        reply: GenericCallback<bool>,
    ) {
        let context = self.pipelines.get(&pipeline_id).and_then(|pipeline| {
            let context = self.browsing_contexts.get(&pipeline.browsing_context_id)?;
            (context.pipeline_id == pipeline_id).then_some(context)
        });
        let answer = match context.map(|context| (context.id, context.parent_pipeline_id)) {
            // Nothing contains a top-level document.
            Some((_, None)) => true,
            Some((frame, Some(parent_id))) => {
                let question = DisplayCapturePolicyQuestion {
                    frame,
                    origin,
                    reply: reply.clone(),
                };
                let message = ScriptThreadMessage::AskDisplayCapturePolicy(parent_id, question);
                let is_sent = self
                    .pipelines
                    .get(&parent_id)
                    .is_some_and(|parent| parent.event_loop.send(message).is_ok());
                if is_sent {
                    return;
                }
                false
            },
            None => false,
        };
        let _ = reply.send(answer);
    }

    fn top_level_pipeline_id(&self, webview_id: WebViewId) -> Option<PipelineId> {
        self.browsing_contexts
            .get(&BrowsingContextId::from(webview_id))
            .map(|browsing_context| browsing_context.pipeline_id)
    }
}
