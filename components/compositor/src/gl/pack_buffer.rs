/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Reads that the GPU does when it gets to them, while the engine goes on.

#![expect(unsafe_code, reason = "GL maps a buffer to a pointer")]

use gleam::gl;
use webrender_api::units::DeviceIntSize;

use super::{Gl, GlError, Surface};

/// A buffer that pixels are read to (`GL_PIXEL_PACK_BUFFER`). To be given back with
/// [`Gl::delete_buffer`].
#[derive(Debug)]
pub(crate) struct PackBuffer {
    name: gl::GLuint,
    capacity: usize,
}

/// A read that was asked for. To be given back with [`Gl::finish_read`] or [`Gl::forget_read`].
#[derive(Debug)]
pub(crate) struct PendingRead {
    buffer: PackBuffer,
    done: gl::GLsync,
    size: DeviceIntSize,
}

impl PendingRead {
    fn bytes(&self) -> usize {
        bytes_of(self.size)
    }
}

fn bytes_of(size: DeviceIntSize) -> usize {
    size.width.unsigned_abs() as usize * size.height.unsigned_abs() as usize * 4
}

impl Gl {
    /// A buffer for nothing yet.
    pub(crate) fn create_buffer(&self) -> PackBuffer {
        PackBuffer { name: self.gl.gen_buffers(1)[0], capacity: 0 }
    }

    pub(crate) fn delete_buffer(&self, buffer: PackBuffer) {
        self.gl.delete_buffers(&[buffer.name]);
    }

    /// Ask for the pixels of a surface.
    pub(crate) fn start_read(
        &self,
        surface: &Surface,
        mut buffer: PackBuffer,
    ) -> Result<PendingRead, GlError> {
        let (gl, size) = (&self.gl, surface.size);
        self.bind_framebuffer(surface.framebuffer);
        gl.pixel_store_i(gl::PACK_ALIGNMENT, 1);
        gl.bind_buffer(gl::PIXEL_PACK_BUFFER, buffer.name);
        let bytes = bytes_of(size);
        if buffer.capacity < bytes {
            let length = isize::try_from(bytes).map_err(|_| GlError::Failed)?;
            gl.buffer_data_untyped(
                gl::PIXEL_PACK_BUFFER,
                length,
                std::ptr::null(),
                gl::STREAM_READ,
            );
            buffer.capacity = bytes;
        }
        // SAFETY: A buffer is bound that has room for the pixels, so that GL writes nowhere else.
        unsafe {
            gl.read_pixels_into_pbo(0, 0, size.width, size.height, gl::RGBA, gl::UNSIGNED_BYTE);
        }
        let done = gl.fence_sync(gl::SYNC_GPU_COMMANDS_COMPLETE, 0);
        gl.bind_buffer(gl::PIXEL_PACK_BUFFER, 0);
        let read = PendingRead { buffer, done, size };
        match self.check() {
            Ok(()) if !done.is_null() => Ok(read),
            result => {
                let buffer = self.forget_read(read);
                self.delete_buffer(buffer);
                Err(result.err().unwrap_or(GlError::Failed))
            }
        }
    }

    /// Whether the pixels are there.
    pub(crate) fn is_read(&self, read: &PendingRead) -> Result<bool, GlError> {
        match self.gl.client_wait_sync(read.done, gl::SYNC_FLUSH_COMMANDS_BIT, 0) {
            gl::ALREADY_SIGNALED | gl::CONDITION_SATISFIED => Ok(true),
            gl::TIMEOUT_EXPIRED => Ok(false),
            _ => Err(self.check().err().unwrap_or(GlError::Failed)),
        }
    }

    /// The pixels, RGBA8, the bottom row first. Waits for them.
    pub(crate) fn finish_read(&self, read: PendingRead) -> (PackBuffer, Result<Vec<u8>, GlError>) {
        let (gl, bytes) = (&self.gl, read.bytes());
        gl.bind_buffer(gl::PIXEL_PACK_BUFFER, read.buffer.name);
        let length = isize::try_from(bytes).unwrap_or_default();
        let mapped = gl.map_buffer_range(gl::PIXEL_PACK_BUFFER, 0, length, gl::MAP_READ_BIT);
        let mut pixels = Vec::new();
        if !mapped.is_null() {
            // SAFETY: GL mapped so many bytes of the buffer, which is large enough, and nobody
            // writes to them until they are unmapped.
            pixels.extend_from_slice(unsafe {
                std::slice::from_raw_parts(mapped.cast::<u8>(), bytes)
            });
        }
        // What GL lost in the meantime, for example to a change of the display mode, is not there.
        let is_whole = !mapped.is_null() && gl.unmap_buffer(gl::PIXEL_PACK_BUFFER) == gl::TRUE;
        gl.bind_buffer(gl::PIXEL_PACK_BUFFER, 0);
        let result = self.check().and_then(|()| is_whole.then_some(pixels).ok_or(GlError::Failed));
        (self.forget_read(read), result)
    }

    /// Nobody wants the pixels any more. Gives the buffer, for another read.
    pub(crate) fn forget_read(&self, read: PendingRead) -> PackBuffer {
        if !read.done.is_null() {
            self.gl.delete_sync(read.done);
        }
        read.buffer
    }
}
