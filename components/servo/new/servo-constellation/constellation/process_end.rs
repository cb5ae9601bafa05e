/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What becomes of the documents of a content process that is gone.

use std::collections::HashSet;

use layout_api::ScriptThreadFactory;
use paint_api::PipelineExitSource;
use script_traits::DiscardBrowsingContext;
use servo_base::id::ScriptEventLoopId;
use servo_constellation_traits::ServiceWorkerManagerFactory;

use super::{Constellation, ExitPipelineMode};

impl<STF, SWF> Constellation<STF, SWF>
where
    STF: ScriptThreadFactory,
    SWF: ServiceWorkerManagerFactory,
{
    /// The process of an event loop is gone. An event loop has no pipelines any more when it is told
    /// to exit, so whatever pipelines there are have crashed. `Paint` drops what it captures of them
    /// and for them; a page that does not change would give it no other occasion.
    ///
    /// Unlike a panic, this is not for us to exit because of, even if panics are.
    pub(super) fn handle_process_ended(&mut self, event_loop_id: Option<ScriptEventLoopId>) {
        let crashed: Vec<_> = self
            .pipelines
            .values()
            .filter(|pipeline| Some(pipeline.event_loop.id()) == event_loop_id)
            .map(|pipeline| (pipeline.id, pipeline.webview_id))
            .collect();
        let webviews: HashSet<_> = crashed.iter().map(|(_, webview_id)| *webview_id).collect();
        let reason = "The content process has ended".to_owned();
        for webview_id in webviews {
            self.handle_panic_in_webview(webview_id, &reason, &None);
        }
        for (pipeline_id, _) in crashed {
            self.close_pipeline(
                pipeline_id,
                DiscardBrowsingContext::No,
                ExitPipelineMode::Force,
            );
            self.handle_pipeline_exited(pipeline_id, PipelineExitSource::all());
        }
    }
}
