/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Catches the ids of frames on their way from WebRender to the engine.

use std::sync::Arc;

use parking_lot::Mutex;
use std::collections::VecDeque;

use webrender_api::{DocumentId, FramePublishId, FrameReadyParams, RenderNotifier};

/// The ids of reported frames, shared between WebRender's thread and the compositor's.
#[derive(Clone, Default)]
pub(crate) struct ReportedFrames(Arc<Mutex<VecDeque<FramePublishId>>>);

impl ReportedFrames {
    /// The id of the oldest report that was not taken.
    pub(crate) fn take(&self) -> Option<FramePublishId> {
        self.0.lock().pop_front()
    }
}

/// Stands between WebRender and the engine's own notifier, and notes the id of each frame before
/// the engine hears of it.
pub struct FrameNotifier {
    reported: ReportedFrames,
    inner: Box<dyn RenderNotifier>,
}

impl FrameNotifier {
    pub(crate) fn new(reported: ReportedFrames, inner: Box<dyn RenderNotifier>) -> Self {
        Self { reported, inner }
    }
}

impl RenderNotifier for FrameNotifier {
    fn clone(&self) -> Box<dyn RenderNotifier> {
        Box::new(Self { reported: self.reported.clone(), inner: self.inner.clone() })
    }

    fn wake_up(&self, composite_needed: bool) {
        self.inner.wake_up(composite_needed);
    }

    fn new_frame_ready(&self, document: DocumentId, id: FramePublishId, params: &FrameReadyParams) {
        self.reported.0.lock().push_back(id);
        self.inner.new_frame_ready(document, id, params);
    }
}
