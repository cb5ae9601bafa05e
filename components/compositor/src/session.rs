/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Capture sessions and what they give to their consumers.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use euclid::Scale;
use rustc_hash::FxHasher;
use subcapture_api::{
    Counters, FrameInfo, FrameLimits, PixelFormat, RowOrder, SessionId, State, Subject, Version,
    Withheld,
};
use webrender_api::units::DeviceIntPoint;

use crate::extract::{Pixels, Surfaces};
use crate::geometry::snap;
use crate::limits::wait;
use crate::policy::Cut;
use crate::snapshot::{Asked, Snapshot};

/// One delivered frame.
#[derive(Clone, PartialEq)]
pub struct Frame {
    /// What the pixels are.
    pub info: FrameInfo,
    /// `info.size.width * info.size.height` pixels of `info.format` in rows of `info.rows`, with
    /// nothing between rows.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Something that happened to a session.
#[derive(Debug)]
pub struct Event {
    /// The session.
    pub session: SessionId,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a session.
#[derive(Debug)]
pub enum EventKind {
    /// It is in another state than before.
    State(State),
    /// It has a frame.
    Frame(Frame),
}

/// Events in the order in which they happened.
#[derive(Default)]
pub(crate) struct Events(VecDeque<Event>);

impl Events {
    pub(crate) fn push_state(&mut self, session: SessionId, state: State) {
        self.0.push_back(Event { session, kind: EventKind::State(state) });
    }

    /// Queue a frame. A frame that was not yet taken gives way to it: newest wins. Gives how many
    /// frames gave way.
    pub(crate) fn push_frame(&mut self, session: SessionId, frame: Frame) -> u64 {
        let overtaken = self.drop_frames(session);
        self.0.push_back(Event { session, kind: EventKind::Frame(frame) });
        overtaken
    }

    /// Drop frames of a session that were not yet taken. Gives how many there were.
    pub(crate) fn drop_frames(&mut self, session: SessionId) -> u64 {
        let before = self.0.len();
        self.0
            .retain(|event| event.session != session || !matches!(event.kind, EventKind::Frame(_)));
        (before - self.0.len()) as u64
    }

    /// Drop whatever was not yet taken of a session.
    pub(crate) fn drop_all(&mut self, session: SessionId) {
        self.0.retain(|event| event.session != session);
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.0.pop_front()
    }
}

/// A session as the compositor has it.
pub(crate) struct Session<V> {
    pub(crate) view: V,
    pub(crate) subject: Subject,
    pub(crate) version: Version,
    /// What the consumer knows. `None` before the first frame was judged.
    pub(crate) state: Option<State>,
    pub(crate) counters: Counters,
    /// The number of the next frame.
    sequence: u64,
    /// The consumer waits for a frame even if nothing on the page changes.
    pub(crate) wants_frame: bool,
    pub(crate) limits: FrameLimits,
    pub(crate) surfaces: Surfaces,
    /// When the last frame was made, on the compositor's clock.
    made_at: Option<Duration>,
    /// A digest of the pixels of the last frame and what it was.
    shown: Option<u64>,
}

impl<V: Copy> Session<V> {
    /// What has to be looked up for this session, whose id it is.
    pub(crate) fn asked(&self, session: SessionId) -> Asked<V> {
        let &Self { view, subject, version, .. } = self;
        Asked { session, view, subject, version }
    }
}

impl<V> Session<V> {
    pub(crate) fn new(view: V, subject: Subject) -> Self {
        Self {
            view,
            subject,
            version: Version::default(),
            state: None,
            counters: Counters::default(),
            sequence: 0,
            wants_frame: true,
            limits: FrameLimits::default(),
            surfaces: Surfaces::default(),
            made_at: None,
            shown: None,
        }
    }

    /// Note the state after a frame was judged. Gives whether the consumer has to hear of it.
    pub(crate) fn enter(&mut self, state: State) -> bool {
        self.state.replace(state) != Some(state)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, Some(State::Ended(_)))
    }

    /// Whether the last attempt to make a frame failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self.state, Some(State::Paused(Withheld::ReadbackFailed | Withheld::ContextLost)))
    }

    /// How long a frame has to wait that could be made now, for the frame rate not to be exceeded.
    /// The first frame after any change never waits.
    pub(crate) fn wait(&self, now: Duration) -> Option<Duration> {
        if self.state != Some(State::Active) {
            return None;
        }
        wait(&self.limits, now.saturating_sub(self.made_at?))
    }

    /// Forget the last frame: the next one does not wait for anything.
    pub(crate) fn start_over(&mut self) {
        self.wants_frame = true;
        self.made_at = None;
        self.shown = None;
    }

    /// A frame of this session that was just made. `None` when the consumer has one that is the
    /// same in every px, and asked for no other.
    pub(crate) fn frame(
        &mut self,
        snapshot: &Snapshot,
        id: SessionId,
        composite: u64,
        cut: Cut,
        pixels: Pixels,
        now: Duration,
    ) -> Option<Frame> {
        let view = snapshot.sessions.get(&id).and_then(|looked_up| looked_up.view);
        let (origin, scale) =
            view.map_or((DeviceIntPoint::zero(), 1.), |view| (snap(&view.rect).min, view.scale));
        let shown = digest(cut, &pixels);
        let is_shown = self.shown.replace(shown) == Some(shown);
        if is_shown && !std::mem::take(&mut self.wants_frame) {
            return None;
        }
        self.wants_frame = false;
        self.made_at = Some(now);
        let sequence = self.sequence;
        self.sequence += 1;
        let info = FrameInfo {
            version: self.version,
            sequence,
            composite,
            timestamp: snapshot.requested_at,
            size: pixels.size,
            captured: cut.rect.size(),
            origin: (cut.rect.min - origin).to_point(),
            scale: Scale::new(scale),
            format: PixelFormat::Rgba8Premultiplied,
            rows: RowOrder::TopDown,
        };
        Some(Frame { info, pixels: pixels.bytes })
    }
}

fn digest(cut: Cut, pixels: &Pixels) -> u64 {
    let mut hasher = FxHasher::default();
    cut.rect.hash(&mut hasher);
    pixels.size.hash(&mut hasher);
    hasher.write(&pixels.bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use webrender_api::units::DeviceIntSize;

    use super::*;

    fn frame(sequence: u64) -> Frame {
        let info = FrameInfo {
            version: Version::default(),
            sequence,
            composite: 0,
            timestamp: Duration::ZERO,
            size: DeviceIntSize::new(1, 1),
            captured: DeviceIntSize::new(1, 1),
            origin: DeviceIntPoint::zero(),
            scale: Scale::new(1.),
            format: PixelFormat::Rgba8Premultiplied,
            rows: RowOrder::TopDown,
        };
        Frame { info, pixels: vec![0; 4] }
    }

    #[test]
    fn the_newest_frame_wins_and_states_stay() {
        let (one, two) = (SessionId(1), SessionId(2));
        let mut events = Events::default();
        events.push_state(one, State::Active);
        assert_eq!(events.push_frame(one, frame(0)), 0);
        assert_eq!(events.push_frame(two, frame(0)), 0);
        assert_eq!(events.push_frame(one, frame(1)), 1);

        let order = std::iter::from_fn(|| events.pop())
            .map(|event| match event.kind {
                EventKind::State(_) => (event.session, None),
                EventKind::Frame(frame) => (event.session, Some(frame.info.sequence)),
            })
            .collect::<Vec<_>>();
        assert_eq!(order, [(one, None), (two, Some(0)), (one, Some(1))]);

        events.push_frame(one, frame(2));
        events.push_state(one, State::Active);
        events.push_state(two, State::Active);
        events.drop_all(one);
        assert_eq!(events.pop().map(|event| event.session), Some(two));
        assert!(events.pop().is_none());
    }
}
