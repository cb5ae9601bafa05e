/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The GL context goes, or another one comes.

use std::hash::Hash;
use std::rc::Rc;

use subcapture_api::EndReason;

use super::Compositor;
use crate::damage::Succession;
use crate::frame_queue::FrameQueue;
use crate::gl::Gl;
use crate::notifier::ReportedFrames;
use crate::snapshot::Snapshot;

impl<V: Copy + Eq + Hash> Compositor<V> {
    /// Give back everything in GL. To be called when the context is current for the last time.
    pub fn deinit(&mut self) {
        self.drop_gl_objects(true);
    }

    /// The GL context is gone, and does not come back: all sessions end.
    pub fn context_lost(&mut self) {
        self.drop_gl_objects(false);
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for id in ids {
            self.end(id, EndReason::ContextLost);
        }
    }

    /// The GL context is gone, and the engine has another one, with a renderer and a document that
    /// know nothing yet. The engine sends everything anew, and sessions go on from there.
    pub fn context_replaced(&mut self, gl: Rc<dyn gleam::gl::Gl>) {
        self.drop_gl_objects(false);
        self.gl = Gl::new(gl);
        self.layers.set_max_height(self.gl.max_viewport_height());
        self.layers.start_over();
        self.reported = ReportedFrames::default();
        self.queue = FrameQueue::default();
        self.on_screen = Snapshot::default();
        (self.is_new, self.succession) = (false, Succession::default());
        for (&id, session) in &mut self.sessions {
            session.counters.discarded += self.events.drop_frames(id);
            session.start_over();
        }
    }

    /// Drop everything in GL: if the context is gone, so are they.
    fn drop_gl_objects(&mut self, is_context_there: bool) {
        let surfaces = self.sessions.values_mut().flat_map(|session| session.surfaces.take());
        let surfaces = surfaces.chain(self.layers.take_surfaces()).chain(self.scratch.take());
        let surfaces: Vec<_> = surfaces.collect();
        let gl = is_context_there.then_some(&self.gl);
        if let Some(gl) = gl {
            surfaces.into_iter().for_each(|surface| gl.delete(surface));
        }
        let dropped = self.readback.clear(gl).into_iter().chain(self.events.drop_textures());
        for id in dropped {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.counters.discarded += 1;
            }
        }
    }
}
