/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The only module that talks GL, and the only one that reads pixels.

#![expect(unsafe_code, reason = "gleam's getters write through a slice")]

mod pack_buffer;

use std::rc::Rc;

use gleam::gl;
use subcapture_api::Withheld;
use webrender_api::units::{DeviceIntSize, FramebufferIntRect};

pub(crate) use self::pack_buffer::{PackBuffer, PendingRead};
use crate::geometry::rect_of;

/// The error of a context that is gone (`GL_CONTEXT_LOST` of OpenGL 4.5), which gleam does not name.
const CONTEXT_LOST: gl::GLenum = 0x0507;

/// GL for capture: small textures with framebuffers, blits into them, and reads from them.
///
/// Every method expects the context to be current.
pub(crate) struct Gl {
    gl: Rc<dyn gl::Gl>,
    max_texture_size: i32,
    max_viewport_height: i32,
}

/// A texture that frames are drawn to. To be given back with [`Gl::delete`].
#[derive(Debug)]
pub(crate) struct Surface {
    size: DeviceIntSize,
    texture: gl::GLuint,
    framebuffer: gl::GLuint,
}

impl Surface {
    pub(crate) fn size(&self) -> DeviceIntSize {
        self.size
    }

    /// The name of the texture in GL.
    pub(crate) fn texture(&self) -> gl::GLuint {
        self.texture
    }
}

/// Why there are no pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GlError {
    /// The context is gone with everything in it.
    ContextLost,
    /// GL reported an error.
    Failed,
}

impl From<GlError> for Withheld {
    fn from(error: GlError) -> Self {
        match error {
            GlError::ContextLost => Self::ContextLost,
            GlError::Failed => Self::ReadbackFailed,
        }
    }
}

impl Gl {
    pub(crate) fn new(gl: Rc<dyn gl::Gl>) -> Self {
        let (mut max_texture_size, mut max_viewport) = ([0], [0; 2]);
        // SAFETY: GL writes one integer for this name, and there is room for it.
        unsafe { gl.get_integer_v(gl::MAX_TEXTURE_SIZE, &mut max_texture_size) };
        // SAFETY: GL writes two integers for this name, and there is room for them.
        unsafe { gl.get_integer_v(gl::MAX_VIEWPORT_DIMS, &mut max_viewport) };
        Self { gl, max_texture_size: max_texture_size[0], max_viewport_height: max_viewport[1] }
    }

    /// As many rows can be drawn to, whether there are px for them or not: GL draws to fewer without
    /// a word.
    pub(crate) fn max_viewport_height(&self) -> i32 {
        self.max_viewport_height
    }

    /// The largest width and height of a surface, in px.
    pub(crate) fn max_texture_size(&self) -> i32 {
        self.max_texture_size
    }

    /// The framebuffer that is drawn to now.
    pub(crate) fn bound_framebuffer(&self) -> gl::GLuint {
        let mut framebuffer = [0];
        // SAFETY: GL writes one integer for this name, and there is room for it.
        unsafe { self.gl.get_integer_v(gl::DRAW_FRAMEBUFFER_BINDING, &mut framebuffer) };
        framebuffer[0].cast_unsigned()
    }

    /// Draw to, and read from, this framebuffer.
    pub(crate) fn bind_framebuffer(&self, framebuffer: gl::GLuint) {
        self.gl.bind_framebuffer(gl::FRAMEBUFFER, framebuffer);
    }

    /// Draw to this surface, which is cleared to transparent.
    pub(crate) fn bind(&self, surface: &Surface) {
        self.bind_framebuffer(surface.framebuffer);
        self.gl.disable(gl::SCISSOR_TEST);
        self.gl.clear_color(0., 0., 0., 0.);
        self.gl.clear(gl::COLOR_BUFFER_BIT);
    }

    /// A surface of this size: `slot` as it is when it has that size already.
    pub(crate) fn surface<'a>(
        &self,
        slot: &'a mut Option<Surface>,
        size: DeviceIntSize,
    ) -> Result<&'a Surface, GlError> {
        if let Some(other) = slot.take_if(|surface| surface.size != size) {
            self.delete(other);
        }
        match slot {
            Some(surface) => Ok(surface),
            None => Ok(slot.insert(self.create(size)?)),
        }
    }

    /// A surface that is at least as large as this: `slot` as it is when it will do, and is not much
    /// larger than the `largest` area that is needed.
    pub(crate) fn scratch<'a>(
        &self,
        slot: &'a mut Option<Surface>,
        size: DeviceIntSize,
        largest: i32,
    ) -> Result<&'a Surface, GlError> {
        const STEP: i32 = 64;
        let stepped = |length: i32| length.saturating_add(STEP - 1) / STEP * STEP;
        let size = DeviceIntSize::new(stepped(size.width), stepped(size.height))
            .min(DeviceIntSize::splat(self.max_texture_size));
        let is_unfit = |surface: &mut Surface| {
            let is_small = surface.size.width < size.width || surface.size.height < size.height;
            is_small || surface.size.area() > size.area().max(largest).saturating_mul(4)
        };
        if let Some(other) = slot.take_if(is_unfit) {
            self.delete(other);
        }
        match slot {
            Some(surface) => Ok(surface),
            None => Ok(slot.insert(self.create(size)?)),
        }
    }

    fn create(&self, size: DeviceIntSize) -> Result<Surface, GlError> {
        let (gl, bound) = (&self.gl, self.bound_framebuffer());
        let texture = gl.gen_textures(1)[0];
        gl.bind_texture(gl::TEXTURE_2D, texture);
        gl.tex_image_2d(
            gl::TEXTURE_2D,
            0,
            gl::RGBA8.cast_signed(),
            size.width,
            size.height,
            0,
            gl::RGBA,
            gl::UNSIGNED_BYTE,
            None,
        );
        for (name, value) in [
            (gl::TEXTURE_MIN_FILTER, gl::NEAREST),
            (gl::TEXTURE_MAG_FILTER, gl::NEAREST),
            (gl::TEXTURE_WRAP_S, gl::CLAMP_TO_EDGE),
            (gl::TEXTURE_WRAP_T, gl::CLAMP_TO_EDGE),
        ] {
            gl.tex_parameter_i(gl::TEXTURE_2D, name, value.cast_signed());
        }
        gl.bind_texture(gl::TEXTURE_2D, 0);

        // No depth buffer: WebRender composites without one.
        let framebuffer = gl.gen_framebuffers(1)[0];
        self.bind_framebuffer(framebuffer);
        gl.framebuffer_texture_2d(
            gl::FRAMEBUFFER,
            gl::COLOR_ATTACHMENT0,
            gl::TEXTURE_2D,
            texture,
            0,
        );
        let complete = gl.check_frame_buffer_status(gl::FRAMEBUFFER) == gl::FRAMEBUFFER_COMPLETE;
        self.bind_framebuffer(bound);

        let surface = Surface { size, texture, framebuffer };
        match self.check() {
            Ok(()) if complete => Ok(surface),
            result => {
                self.delete(surface);
                Err(result.err().unwrap_or(GlError::Failed))
            }
        }
    }

    /// Copy a part of another framebuffer to the whole of this surface, px by px.
    pub(crate) fn blit(
        &self,
        from: gl::GLuint,
        rect: FramebufferIntRect,
        to: &Surface,
    ) -> Result<(), GlError> {
        debug_assert_eq!(rect.size().cast_unit(), to.size);
        self.copy(from, rect, to, whole(to), gl::NEAREST)
    }

    /// Copy a part of a surface to a part of another one of the same size.
    pub(crate) fn patch(
        &self,
        from: &Surface,
        from_rect: FramebufferIntRect,
        to: &Surface,
        to_rect: FramebufferIntRect,
    ) -> Result<(), GlError> {
        debug_assert_eq!(from_rect.size(), to_rect.size());
        self.copy(from.framebuffer, from_rect, to, to_rect, gl::NEAREST)
    }

    fn copy(
        &self,
        from: gl::GLuint,
        rect: FramebufferIntRect,
        to: &Surface,
        to_rect: FramebufferIntRect,
        filter: gl::GLenum,
    ) -> Result<(), GlError> {
        self.gl.disable(gl::SCISSOR_TEST);
        self.gl.bind_framebuffer(gl::READ_FRAMEBUFFER, from);
        self.gl.bind_framebuffer(gl::DRAW_FRAMEBUFFER, to.framebuffer);
        self.gl.blit_framebuffer(
            rect.min.x,
            rect.min.y,
            rect.max.x,
            rect.max.y,
            to_rect.min.x,
            to_rect.min.y,
            to_rect.max.x,
            to_rect.max.y,
            gl::COLOR_BUFFER_BIT,
            filter,
        );
        self.check()
    }

    /// Scale a surface to the size of another, by linear interpolation.
    pub(crate) fn scale(&self, from: &Surface, to: &Surface) -> Result<(), GlError> {
        self.copy(from.framebuffer, whole(from), to, whole(to), gl::LINEAR)
    }

    /// The pixels of a surface, RGBA8, the bottom row first. Waits for everything that GL was asked
    /// to do before.
    pub(crate) fn read(&self, surface: &Surface) -> Result<Vec<u8>, GlError> {
        let DeviceIntSize { width, height, .. } = surface.size;
        self.bind_framebuffer(surface.framebuffer);
        self.gl.pixel_store_i(gl::PACK_ALIGNMENT, 1);
        let pixels = self.gl.read_pixels(0, 0, width, height, gl::RGBA, gl::UNSIGNED_BYTE);
        self.check().map(|()| pixels)
    }

    pub(crate) fn delete(&self, surface: Surface) {
        self.gl.delete_framebuffers(&[surface.framebuffer]);
        self.gl.delete_textures(&[surface.texture]);
    }

    /// Forget the errors of others, or they would be taken for our own.
    pub(crate) fn forget_errors(&self) {
        // There is one flag for each kind of error. The error of a lost context never goes away.
        for _ in 0..8 {
            if matches!(self.gl.get_error(), gl::NO_ERROR | CONTEXT_LOST) {
                return;
            }
        }
    }

    /// Whether everything since the last check went well.
    pub(crate) fn check(&self) -> Result<(), GlError> {
        match self.gl.get_error() {
            gl::NO_ERROR => Ok(()),
            CONTEXT_LOST => Err(GlError::ContextLost),
            _ => Err(GlError::Failed),
        }
    }
}

fn whole(surface: &Surface) -> FramebufferIntRect {
    rect_of(surface.size).cast_unit()
}
