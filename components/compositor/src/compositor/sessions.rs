/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sessions come, change and go, and hear what happened.

use std::hash::Hash;

use rustc_hash::FxHashSet;
use subcapture_api::{
    Counters, Delivery, EndReason, FrameLimits, SessionId, State, Subject, Version,
};

use super::Compositor;
use crate::damage::Damage;
use crate::lookup::Placement;
use crate::readback::{Arrived, ReadMode};
use crate::session::{Event, EventKind, Frame, Session};
use crate::trace::TraceStep;

impl<V: Copy + Eq + Hash> Compositor<V> {
    /// Start a session. Its first frame comes even if the page is static, with the next frame
    /// that the engine requests.
    pub fn start(&mut self, view: V, subject: Subject) -> SessionId {
        let id = SessionId(self.started_sessions);
        self.started_sessions += 1;
        self.sessions.insert(id, Session::new(view, subject));
        if let Some(recorder) = &mut self.recorder {
            recorder.start(id, view, subject);
        }
        self.update_layers();
        id
    }

    /// Change what a session captures. From now on no frame of an earlier version is delivered.
    /// `None` when there is no such session, or it is over.
    pub fn change(&mut self, id: SessionId, subject: Subject) -> Option<Version> {
        let session = self.sessions.get_mut(&id).filter(|session| !session.is_over())?;
        session.subject = subject;
        session.version = session.version.next();
        session.start_over();
        session.counters.discarded += self.events.drop_frames(id);
        session.counters.discarded += self.readback.drop_frames(&self.gl, id);
        let version = session.version;
        if let Some(recorder) = &mut self.recorder {
            recorder.change(id, subject);
        }
        self.update_layers();
        Some(version)
    }

    /// Stop a session and forget it. Nothing is heard of it any more.
    pub fn stop(&mut self, id: SessionId) {
        let Some(mut session) = self.sessions.remove(&id) else {
            return;
        };
        self.events.drop_all(id);
        self.readback.drop_frames(&self.gl, id);
        session.surfaces.delete(&self.gl);
        self.record_step(|| TraceStep::Stop(id));
        self.update_layers();
    }

    /// End a session. Its consumer hears of that, and of nothing else any more.
    pub fn end(&mut self, id: SessionId, reason: EndReason) {
        let Some(session) = self.sessions.get_mut(&id).filter(|session| !session.is_over()) else {
            return;
        };
        let state = State::Ended(reason);
        session.enter(state);
        // Nothing that was not taken either: its texture goes, and the name may soon be another's.
        session.counters.discarded += self.events.drop_frames(id);
        session.counters.discarded += self.readback.drop_frames(&self.gl, id);
        session.surfaces.delete(&self.gl);
        self.events.push_state(id, state);
        self.record_step(|| TraceStep::Stop(id));
        self.update_layers();
    }

    /// End every session of a webview that was closed.
    pub fn remove_view(&mut self, view: V) {
        let of_view = self.sessions.iter().filter(|(_, session)| session.view == view);
        let ids: Vec<_> = of_view.map(|(id, _)| *id).collect();
        for id in ids {
            self.end(id, EndReason::WebViewClosed);
        }
    }

    /// Limit the frames of a session from now on.
    pub fn limit(&mut self, id: SessionId, limits: FrameLimits) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.limits = limits;
            session.wants_frame = true;
            session.damage = Damage::All;
        }
    }

    /// Have the frames of a session delivered in this way from now on. Until then they are in
    /// memory, in the default format.
    pub fn deliver(&mut self, id: SessionId, delivery: Delivery) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.delivery = delivery;
            session.start_over();
            session.counters.discarded += self.events.drop_frames(id);
            session.counters.discarded += self.readback.drop_frames(&self.gl, id);
        }
    }

    /// How pixels are read to memory from now on.
    pub fn set_read_mode(&mut self, mode: ReadMode) {
        self.readback.mode = mode;
    }

    /// Deliver a frame of what is on screen with the next composite, even if nothing changes.
    pub fn request_delivery(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.wants_frame = true;
        }
    }

    /// Whether there is no session at all, over or not.
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
    }

    /// What the consumer of a session was told last. `None` when no frame was judged for it yet,
    /// or there is no such session.
    pub fn state(&self, id: SessionId) -> Option<State> {
        self.sessions.get(&id)?.state
    }

    /// What became of the frames of a session.
    pub fn counters(&self, id: SessionId) -> Option<Counters> {
        Some(self.sessions.get(&id)?.counters)
    }

    /// Where the target of a session is in the frame on screen.
    pub fn placement(&self, id: SessionId) -> Option<&Placement> {
        self.on_screen.sessions.get(&id)?.placement.as_ref().ok()
    }

    /// The next thing that happened to a session. The GL context has to be current: frames may be
    /// on their way to memory.
    pub fn next_event(&mut self) -> Option<Event> {
        while let Some(arrived) = self.readback.next(&self.gl) {
            self.deliver_arrived(arrived);
        }
        let event = self.events.pop()?;
        if event.kind.frame().is_some()
            && let Some(session) = self.sessions.get_mut(&event.session)
        {
            session.counters.delivered += 1;
        }
        Some(event)
    }

    /// A frame of a session that [`Self::next_event`] gave was not handed on, and cannot be any more.
    /// The consumer gets another one.
    pub fn take_back(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.counters.delivered = session.counters.delivered.saturating_sub(1);
            session.counters.discarded += 1;
            session.start_over();
        }
    }

    fn deliver_arrived(&mut self, arrived: Arrived) {
        let Arrived { session: id, info, is_wanted, pixels } = arrived;
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.counters.discarded += match pixels {
            Ok(pixels) if session.is_news(&pixels, &info.damage, info.size, is_wanted) => {
                self.events.push_frame(id, EventKind::Frame(Frame { info, pixels }))
            }
            Ok(_) => 1,
            Err(error) => {
                let state = State::Paused(error.into());
                if session.enter(state) {
                    self.events.push_state(id, state);
                }
                session.start_over();
                // There are no frames while a session is paused.
                1 + self.readback.drop_frames(&self.gl, id)
            }
        };
    }

    fn update_layers(&mut self) {
        let sessions = self.sessions.values().filter(|session| !session.is_over());
        let targets: FxHashSet<_> =
            sessions.filter_map(|session| session.subject.restriction()).collect();
        let mut surfaces = self.layers.set_targets(&targets);
        if targets.is_empty() {
            surfaces.extend(self.scratch.take());
        }
        surfaces.into_iter().for_each(|surface| self.gl.delete(surface));
    }
}
