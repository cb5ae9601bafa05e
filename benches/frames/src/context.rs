/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A GL context without a screen, and framebuffers.

#![expect(unsafe_code, reason = "gleam loads its functions by name")]

use std::rc::Rc;

use anyhow::{Result, anyhow, ensure};
use gleam::gl;
use surfman::mesa_surfaceless::{connection::Connection, context::Context, device::Device};
use surfman::{ContextAttributeFlags, ContextAttributes, Error, GLVersion};
use webrender_api::units::{DeviceIntRect, DeviceIntSize};

/// A context of Mesa, on a GPU if there is one and that was asked for.
pub(crate) struct GlContext {
    device: Device,
    context: Context,
    pub(crate) gl: Rc<dyn gl::Gl>,
}

/// What draws.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Adapter {
    Software,
    Hardware,
}

impl GlContext {
    pub(crate) fn new(adapter: Adapter) -> Result<Self> {
        Self::with_surfman(adapter).map_err(|error| anyhow!("there is no GL context: {error:?}"))
    }

    fn with_surfman(adapter: Adapter) -> Result<Self, Error> {
        let connection = Connection::new()?;
        let adapter = match adapter {
            Adapter::Software => connection.create_software_adapter()?,
            Adapter::Hardware => connection.create_hardware_adapter()?,
        };
        let device = connection.create_device(&adapter)?;
        let flags = ContextAttributeFlags::ALPHA | ContextAttributeFlags::DEPTH;
        let attributes = ContextAttributes { version: GLVersion::new(3, 2), flags };
        let descriptor = device.create_context_descriptor(&attributes)?;
        let context = device.create_context(&descriptor, None)?;
        device.make_context_current(&context)?;
        // SAFETY: The functions are those of the context that is current.
        let gl = unsafe { gl::GlFns::load_with(|name| device.get_proc_address(&context, name)) };
        Ok(Self { device, context, gl })
    }

    pub(crate) fn make_current(&self) -> Result<()> {
        let result = self.device.make_context_current(&self.context);
        result.map_err(|error| anyhow!("the GL context is lost: {error:?}"))
    }

    /// The name of what draws.
    pub(crate) fn renderer(&self) -> String {
        self.gl.get_string(gl::RENDERER)
    }
}

impl Drop for GlContext {
    fn drop(&mut self) {
        let _ = self.device.destroy_context(&mut self.context);
    }
}

/// A framebuffer with a depth buffer, for as long as its context.
pub(crate) struct Framebuffer {
    pub(crate) size: DeviceIntSize,
    name: gl::GLuint,
}

impl Framebuffer {
    pub(crate) fn new(gl: &dyn gl::Gl, size: DeviceIntSize) -> Result<Self> {
        let texture = gl.gen_textures(1)[0];
        gl.bind_texture(gl::TEXTURE_2D, texture);
        let (kind, format) = (gl::UNSIGNED_BYTE, gl::RGBA8.cast_signed());
        let (width, height) = (size.width, size.height);
        gl.tex_image_2d(gl::TEXTURE_2D, 0, format, width, height, 0, gl::RGBA, kind, None);
        gl.tex_parameter_i(gl::TEXTURE_2D, gl::TEXTURE_MIN_FILTER, gl::NEAREST.cast_signed());
        gl.bind_texture(gl::TEXTURE_2D, 0);
        let depth = gl.gen_renderbuffers(1)[0];
        gl.bind_renderbuffer(gl::RENDERBUFFER, depth);
        gl.renderbuffer_storage(gl::RENDERBUFFER, gl::DEPTH_COMPONENT24, width, height);
        gl.bind_renderbuffer(gl::RENDERBUFFER, 0);
        let name = gl.gen_framebuffers(1)[0];
        gl.bind_framebuffer(gl::FRAMEBUFFER, name);
        let color = gl::COLOR_ATTACHMENT0;
        gl.framebuffer_texture_2d(gl::FRAMEBUFFER, color, gl::TEXTURE_2D, texture, 0);
        gl.framebuffer_renderbuffer(gl::FRAMEBUFFER, gl::DEPTH_ATTACHMENT, gl::RENDERBUFFER, depth);
        let status = gl.check_frame_buffer_status(gl::FRAMEBUFFER);
        ensure!(status == gl::FRAMEBUFFER_COMPLETE, "GL refuses a framebuffer: {status:#x}");
        Ok(Self { size, name })
    }

    pub(crate) fn bind(&self, gl: &dyn gl::Gl) {
        gl.bind_framebuffer(gl::FRAMEBUFFER, self.name);
    }

    /// The least that a copy of a part of another framebuffer can cost. The size is that of this
    /// one.
    pub(crate) fn blit_from(&self, gl: &dyn gl::Gl, other: &Self, rect: DeviceIntRect) {
        gl.bind_framebuffer(gl::READ_FRAMEBUFFER, other.name);
        gl.bind_framebuffer(gl::DRAW_FRAMEBUFFER, self.name);
        let (top, bottom) = (other.size.height - rect.min.y, other.size.height - rect.max.y);
        let DeviceIntSize { width, height, .. } = self.size;
        let (color, filter) = (gl::COLOR_BUFFER_BIT, gl::NEAREST);
        gl.blit_framebuffer(
            rect.min.x, bottom, rect.max.x, top, 0, 0, width, height, color, filter,
        );
        other.bind(gl);
    }

    /// The least that pixels in memory can cost.
    pub(crate) fn read(&self, gl: &dyn gl::Gl) -> Vec<u8> {
        self.bind(gl);
        let DeviceIntSize { width, height, .. } = self.size;
        gl.read_pixels(0, 0, width, height, gl::RGBA, gl::UNSIGNED_BYTE)
    }
}
