/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Ties what was looked up for a frame to that frame.
//!
//! Between the request of a frame and its appearance on screen, records and scroll offsets move
//! on. What was true at the request waits here, in order, until WebRender reports the frame.

use std::collections::VecDeque;

use webrender_api::FramePublishId;

use crate::damage::Succession;

/// Frames on their way from the request to the screen, each with what was looked up for it.
pub(crate) struct FrameQueue<T> {
    requested: VecDeque<T>,
    ready: Option<(FramePublishId, T)>,
    /// The frame that was taken last.
    taken: Option<FramePublishId>,
}

/// A frame that gets on screen.
#[derive(Debug, PartialEq)]
pub(crate) struct Taken<T> {
    pub(crate) id: FramePublishId,
    /// How it follows the one that was taken before.
    pub(crate) succession: Succession,
    pub(crate) looked_up: T,
}

impl<T> Default for FrameQueue<T> {
    fn default() -> Self {
        Self { requested: VecDeque::new(), ready: None, taken: None }
    }
}

impl<T> FrameQueue<T> {
    /// A frame was requested from WebRender.
    pub(crate) fn request(&mut self, looked_up: T) {
        self.requested.push_back(looked_up);
    }

    /// WebRender reported the oldest frame that was requested and not yet reported. When nothing
    /// on screen changes, `id` is that of an earlier frame: it shows what this one would have.
    pub(crate) fn report(&mut self, id: FramePublishId) {
        if let Some(looked_up) = self.requested.pop_front() {
            self.ready = Some((id, looked_up));
        }
    }

    /// The newest frame that was reported since the last call. Older ones never get on screen.
    pub(crate) fn take_ready(&mut self) -> Option<Taken<T>> {
        let (id, looked_up) = self.ready.take()?;
        let succession = Succession::of(id, self.taken.replace(id));
        Some(Taken { id, succession, looked_up })
    }

    /// What was looked up for the newest frame that was reported and not yet taken.
    pub(crate) fn ready(&self) -> Option<&T> {
        self.ready.as_ref().map(|(_, looked_up)| looked_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (FramePublishId, FramePublishId) {
        let first = FramePublishId::first();
        let mut second = first;
        second.advance();
        (first, second)
    }

    #[test]
    fn a_frame_gets_what_was_looked_up_for_it() {
        let (first, second) = ids();
        let mut queue = FrameQueue::default();
        queue.request('a');
        queue.request('b');
        assert_eq!(queue.take_ready(), None);
        queue.report(first);
        let taken = |id, succession, looked_up| Some(Taken { id, succession, looked_up });
        assert_eq!(queue.take_ready(), taken(first, Succession::Later, 'a'));
        assert_eq!(queue.take_ready(), None);
        queue.report(second);
        assert_eq!(queue.take_ready(), taken(second, Succession::Next, 'b'));
        // Nothing changed, and so WebRender made no other.
        queue.request('c');
        queue.report(second);
        assert_eq!(queue.take_ready(), taken(second, Succession::Same, 'c'));
    }

    #[test]
    fn of_several_reported_frames_the_newest_gets_on_screen() {
        let (first, second) = ids();
        let mut queue = FrameQueue::default();
        queue.request('a');
        queue.request('b');
        queue.report(first);
        queue.report(second);
        assert_eq!(queue.ready(), Some(&'b'));
        let taken = queue.take_ready().map(|taken| (taken.id, taken.looked_up));
        assert_eq!(taken, Some((second, 'b')));
    }

    #[test]
    fn a_report_without_a_request_changes_nothing() {
        let mut queue = FrameQueue::<char>::default();
        queue.report(FramePublishId::first());
        assert_eq!(queue.take_ready(), None);
    }
}
