/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What becomes of a frame that is on screen: sessions are judged, layers that they need are
//! composited, and frames are made and handed over.

use std::hash::Hash;
use std::time::Duration;

use subcapture_api::{SessionId, State, Subject, Withheld};
use webrender::{RenderResults, Renderer};
use webrender_api::units::DeviceIntSize;

use super::Compositor;
use crate::damage::{Damage, Rasterized, Succession};
use crate::extract::{Extractor, Order, Pixels};
use crate::policy::{Cut, Decision, decide};
use crate::session::{Made, Outcome, Session};
use crate::snapshot::OnScreen;

/// What a session gets of the frame on screen: this, or nothing.
type Due<T> = (SessionId, Result<T, Withheld>);

impl<V: Copy + Eq + Hash> Compositor<V> {
    /// The page was rendered to the framebuffer that is bound now, whose size is `surface`. Judges
    /// every session, and makes the frames.
    ///
    /// `results` are those of the first render after `Renderer::update`, if it succeeded. WebRender
    /// tells in them what it rasterized if the engine asks for it with
    /// `WebRenderOptions::testing`, and only once; what it did not tell of counts as changed.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: composited",
            level = "trace",
            skip_all,
            fields(servo_profiling = true, sessions = self.sessions.len())
        )
    )]
    pub fn composited(
        &mut self,
        renderer: &mut Renderer,
        surface: DeviceIntSize,
        results: Option<&RenderResults>,
    ) {
        let is_new = std::mem::take(&mut self.is_new);
        let succession = std::mem::replace(&mut self.succession, Succession::Same);
        if self.sessions.is_empty() {
            return;
        }
        self.note_changes(results, succession);
        self.composites += 1;
        self.record_decisions(surface);
        let now = self.started.elapsed();
        let due = self.due(surface, is_new, now);
        for (session, made) in self.extract(renderer, surface, due) {
            match made {
                Ok((cut, pixels)) => self.hand_over(session, cut, pixels, is_new, now),
                Err(reason) => self.pause(session, reason, is_new),
            }
        }
    }

    /// Note what the frame on screen may have changed, for layers and for sessions.
    fn note_changes(&mut self, results: Option<&RenderResults>, succession: Succession) {
        let shown = self.on_screen.layers();
        let slots = shown.values().map(|shown| shown.rect.min.y);
        let rasterized = Rasterized::of(results, succession, slots);
        self.layers.note_frame(shown, rasterized);
        for session in self.sessions.values_mut() {
            session.damage.add(match session.subject {
                Subject::Restriction(target) => self.layers.damage(target),
                // Scrolling changes what is on screen, and rasterizes nothing.
                _ if succession == Succession::Same => Damage::none(),
                Subject::Viewport | Subject::Crop(_) => Damage::All,
            });
        }
        for session in self.events.drop_textures() {
            if let Some(session) = self.sessions.get_mut(&session) {
                session.counters.discarded += 1;
                session.wants_frame = true;
                session.damage = Damage::All;
            }
        }
    }

    /// Judge every session. Gives those that have a frame to be made now, or have to hear that
    /// there is none.
    fn due(&mut self, surface: DeviceIntSize, is_new: bool, now: Duration) -> Vec<Due<Cut>> {
        let mut due = Vec::new();
        let max_texture_size = self.gl.max_texture_size();
        for (&id, session) in &mut self.sessions {
            if session.is_over() {
                continue;
            }
            session.counters.total += u64::from(is_new);
            let on_screen = OnScreen { version: session.version, surface, max_texture_size };
            let decision = decide(&self.on_screen.situation(id, on_screen));
            trace_event!("capture: decision", session = id.0, is_new, ?decision);
            let cut = match decision {
                Decision::Withhold(reason) => Err(reason),
                Decision::Frame(_) if !is_new && !session.wants_frame => continue,
                Decision::Frame(cut) => {
                    let has_it = session.damage_of(cut).is_empty() && !session.wants_frame;
                    // The consumer gets what it misses with a later frame.
                    let is_early = session.wait(now).is_some() || self.readback.is_full(id);
                    if has_it || is_early {
                        session.counters.discarded += u64::from(is_new);
                        session.wants_frame |= !has_it;
                        continue;
                    }
                    Ok(cut)
                }
            };
            due.push((id, cut));
        }
        due
    }

    /// Make the frames that are due.
    fn extract(
        &mut self,
        renderer: &mut Renderer,
        surface: DeviceIntSize,
        due: Vec<Due<Cut>>,
    ) -> Vec<Due<(Cut, Pixels)>> {
        let mut extractor = Extractor::new(
            &self.gl,
            renderer,
            surface,
            self.clear_color,
            &mut self.scratch,
            &mut self.readback,
        );
        let cuts = due.iter().filter_map(|&(id, cut)| {
            let session = self.sessions.get(&id)?;
            Some((session.subject, cut.ok()?))
        });
        extractor.composite_layers(&mut self.layers, cuts);
        let made = due.into_iter().filter_map(|(id, cut)| {
            let &mut Session { subject, limits, delivery, ref mut surfaces, .. } =
                self.sessions.get_mut(&id)?;
            let made = cut.and_then(|cut| {
                let order = Order { cut, subject, limits, delivery };
                Ok((cut, extractor.extract(&order, surfaces, &mut self.layers)?))
            });
            Some((id, made))
        });
        made.collect()
    }

    /// A frame was made for a session.
    fn hand_over(&mut self, id: SessionId, cut: Cut, pixels: Pixels, is_new: bool, now: Duration) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if session.enter(State::Active) {
            self.events.push_state(id, State::Active);
        }
        session.counters.total += u64::from(!is_new);
        let (snapshot, composite) = (&self.on_screen, self.composites);
        let made = Made { snapshot, session: id, composite, cut, pixels, now };
        let outcome = session.frame(made);
        trace_event!(
            "capture: frame",
            session = id.0,
            is_same = matches!(outcome, Outcome::Nothing)
        );
        session.counters.discarded += match outcome {
            Outcome::Event(frame) => self.events.push_frame(id, frame),
            Outcome::Pending { info, is_wanted, read } => {
                self.readback.push(id, info, is_wanted, read);
                0
            }
            Outcome::Nothing => 1,
        };
    }

    /// There is no frame for a session.
    fn pause(&mut self, id: SessionId, reason: Withheld, is_new: bool) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let state = State::Paused(reason);
        if session.enter(state) {
            self.events.push_state(id, state);
        }
        session.counters.discarded += u64::from(is_new);
        session.counters.discarded += self.readback.drop_frames(&self.gl, id);
        // There is one as soon as it can be.
        session.start_over();
    }
}
