/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Capture sessions and what they give to their consumers.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::time::Duration;

use euclid::Scale;
use rustc_hash::FxHasher;
use subcapture_api::{
    Counters, Delivery, FrameInfo, FrameLimits, PixelFormat, RowOrder, SessionId, State, Subject,
    Version, Withheld,
};
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

use crate::damage::{Damage, scaled};
use crate::extract::{Content, Pixels, Surfaces};
use crate::geometry::{rect_of, snap};
use crate::gl::PendingRead;
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

/// One delivered frame in a texture of the compositor's GL context.
///
/// It is there until [`Compositor::composited`](crate::Compositor::composited) is called again, or
/// the session is changed, stopped or ended, and is to be read only. Several sessions of one
/// element may have the same texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureFrame {
    /// What the pixels are.
    pub info: FrameInfo,
    /// The name of the texture: `GL_TEXTURE_2D`, `GL_RGBA8`, of `info.size`, without mipmaps.
    pub texture: u32,
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
    /// It has a frame in memory.
    Frame(Frame),
    /// It has a frame in a texture.
    Texture(TextureFrame),
}

impl EventKind {
    /// What is said of the frame, if this is one.
    pub(crate) fn frame(&self) -> Option<&FrameInfo> {
        match self {
            Self::State(_) => None,
            Self::Frame(Frame { info, .. }) | Self::Texture(TextureFrame { info, .. }) => {
                Some(info)
            }
        }
    }

    fn frame_mut(&mut self) -> Option<&mut FrameInfo> {
        match self {
            Self::State(_) => None,
            Self::Frame(Frame { info, .. }) | Self::Texture(TextureFrame { info, .. }) => {
                Some(info)
            }
        }
    }
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
    pub(crate) fn push_frame(&mut self, session: SessionId, mut frame: EventKind) -> u64 {
        let mut overtaken = 0;
        self.0.retain(|event| {
            let Some(before) = event.kind.frame().filter(|_| event.session == session) else {
                return true;
            };
            if let Some(info) = frame.frame_mut() {
                info.damage = if before.size == info.size {
                    before.damage.union(&info.damage)
                } else {
                    rect_of(info.size)
                };
            }
            overtaken += 1;
            false
        });
        self.0.push_back(Event { session, kind: frame });
        overtaken
    }

    /// Drop frames of a session that were not yet taken. Gives how many there were.
    pub(crate) fn drop_frames(&mut self, session: SessionId) -> u64 {
        let before = self.0.len();
        self.0.retain(|event| event.session != session || event.kind.frame().is_none());
        (before - self.0.len()) as u64
    }

    /// Drop frames in textures that were not yet taken: the textures are about to change. Gives
    /// the sessions that they were for.
    pub(crate) fn drop_textures(&mut self) -> Vec<SessionId> {
        let mut dropped = Vec::new();
        self.0.retain(|event| {
            let is_texture = matches!(event.kind, EventKind::Texture(_));
            dropped.extend(is_texture.then_some(event.session));
            !is_texture
        });
        dropped
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
    pub(crate) delivery: Delivery,
    pub(crate) surfaces: Surfaces,
    /// What the consumer lacks of the frame on screen.
    pub(crate) damage: Damage,
    /// When the last frame was made, on the compositor's clock.
    made_at: Option<Duration>,
    /// What the last frame was cut from.
    made_of: Option<DeviceIntRect>,
    /// A digest of the pixels of the last frame, if it had to be compared.
    digest: Option<u64>,
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
            delivery: Delivery::default(),
            surfaces: Surfaces::default(),
            damage: Damage::All,
            made_at: None,
            made_of: None,
            digest: None,
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
        self.damage = Damage::All;
        self.made_at = None;
        self.made_of = None;
        self.digest = None;
    }

    /// The part of a frame of this cut that may be different from what the consumer has.
    pub(crate) fn damage_of(&self, cut: Cut) -> DeviceIntRect {
        let is_elsewhere = self.made_of != Some(cut.rect);
        if is_elsewhere { Damage::All } else { self.damage }.of(cut.rect.size())
    }

    /// A frame of this session that was just made.
    pub(crate) fn frame(&mut self, made: Made<'_>) -> Outcome {
        let Made { snapshot, session, composite, cut, pixels, now } = made;
        let damage = self.damage_of(cut);
        self.damage = Damage::none();
        let is_elsewhere = self.made_of.replace(cut.rect) != Some(cut.rect);
        let is_wanted = std::mem::take(&mut self.wants_frame) || is_elsewhere;
        if let Content::Memory(_, bytes) = &pixels.content
            && !self.is_news(bytes, &damage, cut.rect.size(), is_wanted)
        {
            return Outcome::Nothing;
        }
        self.made_at = Some(now);

        let view = snapshot.sessions.get(&session).and_then(|looked_up| looked_up.view);
        let (origin, scale) =
            view.map_or((DeviceIntPoint::zero(), 1.), |view| (snap(&view.rect).min, view.scale));
        let sequence = self.sequence;
        self.sequence += 1;
        let (format, rows) = match &pixels.content {
            Content::Memory(format, _) | Content::Pending(format, _) => {
                (*format, RowOrder::TopDown)
            }
            Content::Texture(_) => (PixelFormat::Rgba8Premultiplied, RowOrder::BottomUp),
        };
        let captured = cut.rect.size();
        let info = FrameInfo {
            version: self.version,
            sequence,
            composite,
            timestamp: snapshot.requested_at,
            size: pixels.size,
            captured,
            origin: (cut.rect.min - origin).to_point(),
            scale: Scale::new(scale),
            damage: scaled(damage, captured, pixels.size),
            format,
            rows,
        };
        match pixels.content {
            Content::Memory(_, pixels) => Outcome::Event(EventKind::Frame(Frame { info, pixels })),
            Content::Texture(texture) => {
                Outcome::Event(EventKind::Texture(TextureFrame { info, texture }))
            }
            Content::Pending(_, read) => Outcome::Pending { info, is_wanted, read },
        }
    }

    /// Whether the consumer gets these pixels of a frame, of which this part may be different: it
    /// asked for them, or does not have the same already. Where it is known that something changed
    /// there is nothing to find out.
    pub(crate) fn is_news(
        &mut self,
        bytes: &[u8],
        damage: &DeviceIntRect,
        size: DeviceIntSize,
        is_wanted: bool,
    ) -> bool {
        if damage.is_empty() {
            return is_wanted;
        }
        let digest = (*damage == rect_of(size)).then(|| digest(bytes));
        let is_same = digest.is_some() && self.digest == digest;
        self.digest = digest;
        is_wanted || !is_same
    }
}

/// What came of a frame that was made.
pub(crate) enum Outcome {
    /// The consumer has one that is the same in every px.
    Nothing,
    /// It is there.
    Event(EventKind),
    /// Its pixels are on their way.
    Pending { info: FrameInfo, is_wanted: bool, read: PendingRead },
}

/// A frame that was just made.
pub(crate) struct Made<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) session: SessionId,
    /// The number of the composite.
    pub(crate) composite: u64,
    pub(crate) cut: Cut,
    pub(crate) pixels: Pixels,
    /// On the compositor's clock.
    pub(crate) now: Duration,
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(sequence: u64, damage: DeviceIntRect) -> FrameInfo {
        FrameInfo {
            version: Version::default(),
            sequence,
            composite: 0,
            timestamp: Duration::ZERO,
            size: DeviceIntSize::new(10, 10),
            captured: DeviceIntSize::new(10, 10),
            origin: DeviceIntPoint::zero(),
            scale: Scale::new(1.),
            damage,
            format: PixelFormat::Rgba8Premultiplied,
            rows: RowOrder::TopDown,
        }
    }

    fn frame(sequence: u64) -> EventKind {
        let info = info(sequence, rect_of(DeviceIntSize::new(1, 1)));
        EventKind::Frame(Frame { info, pixels: Vec::new() })
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
            .map(|event| (event.session, event.kind.frame().map(|info| info.sequence)))
            .collect::<Vec<_>>();
        assert_eq!(order, [(one, None), (two, Some(0)), (one, Some(1))]);

        events.push_frame(one, frame(2));
        events.push_state(one, State::Active);
        events.push_state(two, State::Active);
        events.drop_all(one);
        assert_eq!(events.pop().map(|event| event.session), Some(two));
        assert!(events.pop().is_none());
    }

    #[test]
    fn a_frame_takes_over_the_damage_of_those_that_it_overtakes() {
        let session = SessionId(1);
        let mut events = Events::default();
        let rect = |left, right| DeviceIntRect::new((left, 0).into(), (right, 1).into());
        let frame = |info| EventKind::Frame(Frame { info, pixels: Vec::new() });
        events.push_frame(session, frame(info(0, rect(1, 2))));
        events.push_frame(session, frame(info(1, rect(4, 5))));
        let size = DeviceIntSize::new(20, 20);
        let damage = |events: &mut Events| {
            events.pop().and_then(|event| event.kind.frame().map(|info| info.damage))
        };
        assert_eq!(damage(&mut events), Some(rect(1, 5)));
        events.push_frame(session, frame(info(2, rect(1, 2))));
        events.push_frame(session, frame(FrameInfo { size, ..info(3, rect(4, 5)) }));
        assert_eq!(damage(&mut events), Some(rect_of(size)));
    }

    #[test]
    fn textures_that_were_not_taken_are_dropped() {
        let (one, two) = (SessionId(1), SessionId(2));
        let mut events = Events::default();
        let info = info(0, DeviceIntRect::zero());
        events.push_frame(one, EventKind::Texture(TextureFrame { info, texture: 1 }));
        events.push_frame(two, frame(0));
        assert_eq!(events.drop_textures(), [one]);
        assert_eq!(events.pop().map(|event| event.session), Some(two));
        assert!(events.pop().is_none());
    }
}
