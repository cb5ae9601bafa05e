/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What becomes of the documents of a content process that is gone.

use std::collections::HashSet;

use layout_api::ScriptThreadFactory;
use log::error;
use paint_api::PipelineExitSource;
use script_traits::{DiscardBrowsingContext, DocumentActivity};
use servo_base::id::{BrowsingContextId, PipelineId, ScriptEventLoopId};
use servo_constellation_traits::ServiceWorkerManagerFactory;

use super::{Constellation, ExitPipelineMode};

impl<STF, SWF> Constellation<STF, SWF>
where
    STF: ScriptThreadFactory,
    SWF: ServiceWorkerManagerFactory,
{
    /// Handle what script has said by now. That a process is gone is heard by a channel of its own,
    /// which may be chosen although what the process said last still waits: why it panicked, say.
    pub(super) fn handle_last_requests_from_script(&mut self) {
        // Not until there are none: other processes go on.
        for _ in 0..self.script_receiver.len() {
            match self.script_receiver.try_recv() {
                Ok(Ok(message)) => self.handle_request_from_script(message),
                Ok(Err(err)) => error!("Deserialization failed ({err})."),
                Err(_) => return,
            }
        }
    }

    /// The process of an event loop is gone. An event loop has no pipelines any more when it is told
    /// to exit, so whatever pipelines there are have crashed. `Paint` drops what it captures of them
    /// and for them; a page that does not change would give it no other occasion.
    ///
    /// Unlike a panic, this is not for us to exit because of, even if panics are.
    pub(super) fn handle_process_ended(&mut self, event_loop_id: Option<ScriptEventLoopId>) {
        let (shown, others): (Vec<_>, Vec<_>) = self
            .pipelines
            .values()
            .filter(|pipeline| Some(pipeline.event_loop.id()) == event_loop_id)
            .map(|pipeline| pipeline.id)
            .partition(|id| self.is_all_there_is_to_show(*id));
        // Before webviews are closed because of those that are shown, with all of their history.
        for pipeline_id in others {
            self.discard_crashed_document(pipeline_id);
        }
        let webviews: HashSet<_> = shown
            .iter()
            .filter_map(|id| Some(self.pipelines.get(id)?.webview_id))
            .collect();
        let reason = "The content process has ended".to_owned();
        for webview_id in webviews {
            self.handle_panic_in_webview(webview_id, &reason, &None);
        }
        for pipeline_id in shown {
            self.close_pipeline(
                pipeline_id,
                DiscardBrowsingContext::No,
                ExitPipelineMode::Force,
            );
            self.handle_pipeline_exited(pipeline_id, PipelineExitSource::all());
        }
    }

    /// Whether a webview cannot go on without this pipeline: it is a part of the page that is shown,
    /// or it would be the first page.
    fn is_all_there_is_to_show(&self, pipeline_id: PipelineId) -> bool {
        let is_to_be_first = |webview_id| {
            !self
                .browsing_contexts
                .contains_key(&BrowsingContextId::from(webview_id)) &&
                self.webviews
                    .get(&webview_id)
                    .is_some_and(|webview| webview.pipeline_is_pending(pipeline_id))
        };
        self.get_activity(pipeline_id) == DocumentActivity::FullyActive ||
            self.pipelines
                .get(&pipeline_id)
                .is_some_and(|pipeline| is_to_be_first(pipeline.webview_id))
    }

    /// Discard a document in session history that has crashed, or a part of it: it is loaded anew
    /// when somebody goes there. One that was still to be shown is forgotten, and the document
    /// before it stays.
    fn discard_crashed_document(&mut self, pipeline_id: PipelineId) {
        let entry = self.session_history_entry_of(pipeline_id);
        // It may have been discarded with another part of it.
        if let Some(webview_id) = self.pipelines.get(&entry).map(|entry| entry.webview_id) {
            self.handle_discard_document(webview_id, entry);
        }
        self.handle_pipeline_exited(pipeline_id, PipelineExitSource::all());
    }

    /// The document that is away and has this one with it: the innermost around it, or itself, that
    /// is not the current one of its browsing context.
    fn session_history_entry_of(&self, mut pipeline_id: PipelineId) -> PipelineId {
        while let Some(parent_pipeline_id) = self
            .pipelines
            .get(&pipeline_id)
            .and_then(|pipeline| self.browsing_contexts.get(&pipeline.browsing_context_id))
            .filter(|browsing_context| browsing_context.pipeline_id == pipeline_id)
            .and_then(|browsing_context| browsing_context.parent_pipeline_id)
        {
            pipeline_id = parent_pipeline_id;
        }
        pipeline_id
    }
}
