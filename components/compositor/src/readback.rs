/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pixels on their way to memory.
//!
//! A plain read waits for all that the GPU was asked to do. On hardware the frame would stall, so
//! reads go to buffers there, and are looked for later. Where the processor draws, there is nothing
//! to wait for, and a buffer is one copy more. Which is which is measured.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use subcapture_api::{FrameInfo, SessionId};
use webrender_api::units::DeviceIntSize;

use crate::gl::{Gl, GlError, PackBuffer, PendingRead, Surface};
use crate::pixels;

/// How pixels are read to memory.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReadMode {
    /// In the quicker of the two ways, which is measured before the first read.
    #[default]
    Measured,
    /// At once: the frame is there when [`Compositor::composited`](crate::Compositor::composited)
    /// returns, which waits for the GPU.
    AtOnce,
    /// Later: [`Compositor::next_event`](crate::Compositor::next_event) has the frame when the GPU
    /// got to it. Nothing waits.
    Later,
}

/// So many frames of a session may be on their way. If they are, it misses one.
const RING: usize = 3;

/// When to look again for pixels that are on their way.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// All frames that are on their way to memory.
#[derive(Default)]
pub(crate) struct Readback {
    pub(crate) mode: ReadMode,
    /// What was measured: whether it is quicker to read later.
    is_later_quicker: Option<bool>,
    pending: VecDeque<Pending>,
    /// Buffers for the next reads.
    free: Vec<PackBuffer>,
}

struct Pending {
    session: SessionId,
    info: FrameInfo,
    /// Whether the consumer asked for it, even if nothing is different in it.
    is_wanted: bool,
    read: PendingRead,
}

/// A frame that has its pixels, or why it has none.
pub(crate) struct Arrived {
    pub(crate) session: SessionId,
    pub(crate) info: FrameInfo,
    pub(crate) is_wanted: bool,
    pub(crate) pixels: Result<Vec<u8>, GlError>,
}

impl Readback {
    /// Whether reads are to be looked for later.
    pub(crate) fn is_later(&mut self, gl: &Gl) -> Result<bool, GlError> {
        match (self.mode, self.is_later_quicker) {
            (ReadMode::AtOnce, _) => Ok(false),
            (ReadMode::Later, _) => Ok(true),
            (ReadMode::Measured, Some(is_later_quicker)) => Ok(is_later_quicker),
            (ReadMode::Measured, None) => {
                let is_later_quicker = measure(gl)?;
                self.is_later_quicker = Some(is_later_quicker);
                Ok(is_later_quicker)
            }
        }
    }

    /// Whether a session has as many frames on their way as it may have.
    pub(crate) fn is_full(&self, session: SessionId) -> bool {
        self.pending.iter().filter(|pending| pending.session == session).count() >= RING
    }

    /// Ask for the pixels of a surface.
    pub(crate) fn start(&mut self, gl: &Gl, surface: &Surface) -> Result<PendingRead, GlError> {
        let buffer = self.free.pop().unwrap_or_else(|| gl.create_buffer());
        gl.start_read(surface, buffer)
    }

    /// A read that was started is for this frame.
    pub(crate) fn push(
        &mut self,
        session: SessionId,
        info: FrameInfo,
        is_wanted: bool,
        read: PendingRead,
    ) {
        self.pending.push_back(Pending { session, info, is_wanted, read });
    }

    /// The next frame that has its pixels, in the order in which they were asked for.
    pub(crate) fn next(&mut self, gl: &Gl) -> Option<Arrived> {
        let is_read = gl.is_read(&self.pending.front()?.read);
        if is_read == Ok(false) {
            return None;
        }
        let Pending { session, info, is_wanted, read } = self.pending.pop_front()?;
        let (buffer, mut pixels) = gl.finish_read(read);
        self.free.push(buffer);
        if let (Err(error), Ok(_)) = (is_read, &pixels) {
            pixels = Err(error);
        }
        if let Ok(pixels) = &mut pixels {
            pixels::finish(pixels, info.size, info.format);
        }
        Some(Arrived { session, info, is_wanted, pixels })
    }

    /// Forget the frames of a session that are on their way. Gives how many there were.
    pub(crate) fn drop_frames(&mut self, gl: &Gl, session: SessionId) -> u64 {
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|pending| pending.session == session);
        self.pending = kept.into();
        let count = dropped.len() as u64;
        self.free.extend(dropped.into_iter().map(|pending| gl.forget_read(pending.read)));
        if self.pending.is_empty() {
            self.free.drain(..).for_each(|buffer| gl.delete_buffer(buffer));
        }
        count
    }

    /// Forget everything, and what was measured. If the context is gone, so is what was in it. Gives
    /// the sessions whose frames were on their way, once for each.
    pub(crate) fn clear(&mut self, gl: Option<&Gl>) -> Vec<SessionId> {
        let (mut sessions, mut buffers) = (Vec::new(), std::mem::take(&mut self.free));
        for Pending { session, read, .. } in self.pending.drain(..) {
            sessions.push(session);
            buffers.extend(gl.map(|gl| gl.forget_read(read)));
        }
        if let Some(gl) = gl {
            buffers.into_iter().for_each(|buffer| gl.delete_buffer(buffer));
        }
        self.is_later_quicker = None;
        sessions
    }

    /// When to look again.
    pub(crate) fn next_wait(&self) -> Option<Duration> {
        (!self.pending.is_empty()).then_some(LOOK_AGAIN)
    }
}

/// Whether the engine is kept for a shorter time by a read that is looked for later.
fn measure(gl: &Gl) -> Result<bool, GlError> {
    let mut slot = None;
    let surface = gl.surface(&mut slot, DeviceIntSize::new(512, 512))?;
    let mut best = [Duration::MAX; 2];
    let mut buffer = gl.create_buffer();
    for _ in 0..3 {
        gl.bind(surface);
        let start = Instant::now();
        gl.read(surface)?;
        best[0] = best[0].min(start.elapsed());

        gl.bind(surface);
        let start = Instant::now();
        let read = gl.start_read(surface, buffer)?;
        let mut kept = start.elapsed();
        // The engine does other things until then.
        let patience = Instant::now();
        while !gl.is_read(&read)? && patience.elapsed() < Duration::from_millis(100) {
            std::thread::yield_now();
        }
        let start = Instant::now();
        let pixels;
        (buffer, pixels) = gl.finish_read(read);
        pixels?;
        kept += start.elapsed();
        best[1] = best[1].min(kept);
    }
    gl.delete_buffer(buffer);
    slot.into_iter().for_each(|surface| gl.delete(surface));
    Ok(best[1] < best[0])
}
