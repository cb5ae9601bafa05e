/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A GL context without a screen, and the framebuffer that stands for one.

#![expect(unsafe_code, reason = "gleam loads its functions by name")]

use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use gleam::gl;
use surfman::mesa_surfaceless::connection::Connection;
use surfman::mesa_surfaceless::context::Context;
use surfman::mesa_surfaceless::device::Device;
use surfman::{ContextAttributeFlags, ContextAttributes, GLVersion};
use webrender_api::units::DeviceIntSize;

use crate::picture::Picture;

/// A context of Mesa's software renderer.
pub(crate) struct HeadlessContext {
    device: Device,
    context: Context,
    gl: Rc<dyn gl::Gl>,
}

impl HeadlessContext {
    pub(crate) fn new() -> Self {
        // surfman chooses the software renderer by an environment variable.
        static ENVIRONMENT: Mutex<()> = Mutex::new(());
        let guard = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);

        let connection = Connection::new().expect("Mesa is installed");
        let adapter = connection.create_software_adapter().expect("Mesa has a software renderer");
        let device = connection.create_device(&adapter).expect("a device");
        let attributes = ContextAttributes {
            version: GLVersion::new(3, 2),
            flags: ContextAttributeFlags::ALPHA | ContextAttributeFlags::DEPTH,
        };
        let descriptor = device.create_context_descriptor(&attributes).expect("a configuration");
        let context = device.create_context(&descriptor, None).expect("a context");
        device.make_context_current(&context).expect("the context is new");
        drop(guard);

        // SAFETY: The functions are those of the context that is current.
        let gl =
            unsafe { gl::GlFns::load_with(|symbol| device.get_proc_address(&context, symbol)) };
        Self { device, context, gl }
    }

    pub(crate) fn make_current(&self) {
        self.device.make_context_current(&self.context).expect("the context is not lost");
    }

    pub(crate) fn gl(&self) -> &Rc<dyn gl::Gl> {
        &self.gl
    }

    /// What is in a texture whose bottom row is first.
    pub(crate) fn read_texture(&self, texture: gl::GLuint, size: DeviceIntSize) -> Picture {
        let gl = &self.gl;
        assert_eq!(gl.is_texture(texture), gl::TRUE, "{texture} is no texture");
        let framebuffer = gl.gen_framebuffers(1)[0];
        gl.bind_framebuffer(gl::FRAMEBUFFER, framebuffer);
        let target = gl::COLOR_ATTACHMENT0;
        gl.framebuffer_texture_2d(gl::FRAMEBUFFER, target, gl::TEXTURE_2D, texture, 0);
        assert_eq!(gl.check_frame_buffer_status(gl::FRAMEBUFFER), gl::FRAMEBUFFER_COMPLETE);
        let picture = read_framebuffer(gl, size);
        gl.delete_framebuffers(&[framebuffer]);
        picture
    }

    /// Count what there is in the context.
    pub(crate) fn live(&self) -> Live {
        let gl = &self.gl;
        // Mesa gives the lowest name that is free. What is above the next one by more than there
        // are holes below it cannot be.
        let count = |next: gl::GLuint, is: &dyn Fn(gl::GLuint) -> gl::GLboolean| {
            let names = 1..next + NAMES;
            names.filter(|name| is(*name) == gl::TRUE).count()
        };
        let texture = gl.gen_textures(1)[0];
        let textures = count(texture, &|name| gl.is_texture(name));
        gl.delete_textures(&[texture]);
        let framebuffer = gl.gen_framebuffers(1)[0];
        let framebuffers = count(framebuffer, &|name| gl.is_framebuffer(name));
        gl.delete_framebuffers(&[framebuffer]);
        let renderbuffer = gl.gen_renderbuffers(1)[0];
        let renderbuffers = count(renderbuffer, &|name| gl.is_renderbuffer(name));
        gl.delete_renderbuffers(&[renderbuffer]);
        Live { textures, framebuffers, renderbuffers }
    }
}

/// How many names are looked at above the lowest one that is free.
const NAMES: gl::GLuint = 1 << 14;

/// How many objects there are in a GL context.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Live {
    /// Textures.
    pub textures: usize,
    /// Framebuffers.
    pub framebuffers: usize,
    /// Renderbuffers.
    pub renderbuffers: usize,
}

/// What is in the framebuffer that is bound now.
fn read_framebuffer(gl: &Rc<dyn gl::Gl>, size: DeviceIntSize) -> Picture {
    let DeviceIntSize { width, height, .. } = size;
    let bytes = gl.read_pixels(0, 0, width, height, gl::RGBA, gl::UNSIGNED_BYTE);
    let stride = width.unsigned_abs() as usize * 4;
    Picture::new(size, bytes.chunks_exact(stride).rev().flatten().copied().collect())
}

impl Drop for HeadlessContext {
    fn drop(&mut self) {
        if self.device.destroy_context(&mut self.context).is_err() {
            eprintln!("the context was not destroyed");
        }
    }
}

/// What an engine's surface is drawn to.
pub(crate) struct Screen {
    gl: Rc<dyn gl::Gl>,
    size: DeviceIntSize,
    framebuffer: gl::GLuint,
    texture: gl::GLuint,
    depth: gl::GLuint,
}

impl Screen {
    pub(crate) fn new(gl: &Rc<dyn gl::Gl>, size: DeviceIntSize) -> Self {
        let texture = gl.gen_textures(1)[0];
        gl.bind_texture(gl::TEXTURE_2D, texture);
        let format = gl::RGBA8.cast_signed();
        let (width, height) = (size.width, size.height);
        gl.tex_image_2d(
            gl::TEXTURE_2D,
            0,
            format,
            width,
            height,
            0,
            gl::RGBA,
            gl::UNSIGNED_BYTE,
            None,
        );
        gl.tex_parameter_i(gl::TEXTURE_2D, gl::TEXTURE_MIN_FILTER, gl::NEAREST.cast_signed());
        gl.bind_texture(gl::TEXTURE_2D, 0);
        let depth = gl.gen_renderbuffers(1)[0];
        gl.bind_renderbuffer(gl::RENDERBUFFER, depth);
        gl.renderbuffer_storage(gl::RENDERBUFFER, gl::DEPTH_COMPONENT24, width, height);
        gl.bind_renderbuffer(gl::RENDERBUFFER, 0);
        let framebuffer = gl.gen_framebuffers(1)[0];
        gl.bind_framebuffer(gl::FRAMEBUFFER, framebuffer);
        let target = gl::COLOR_ATTACHMENT0;
        gl.framebuffer_texture_2d(gl::FRAMEBUFFER, target, gl::TEXTURE_2D, texture, 0);
        gl.framebuffer_renderbuffer(gl::FRAMEBUFFER, gl::DEPTH_ATTACHMENT, gl::RENDERBUFFER, depth);
        assert_eq!(gl.check_frame_buffer_status(gl::FRAMEBUFFER), gl::FRAMEBUFFER_COMPLETE);
        Self { gl: gl.clone(), size, framebuffer, texture, depth }
    }

    pub(crate) fn bind(&self) {
        self.gl.bind_framebuffer(gl::FRAMEBUFFER, self.framebuffer);
    }

    /// Whether both drawing and reading go to this screen now.
    pub(crate) fn is_bound(&self) -> bool {
        [gl::DRAW_FRAMEBUFFER_BINDING, gl::READ_FRAMEBUFFER_BINDING].iter().all(|&name| {
            let mut bound = [0];
            // SAFETY: GL writes one integer for each of these names.
            unsafe { self.gl.get_integer_v(name, &mut bound) };
            bound[0] == self.framebuffer.cast_signed()
        })
    }

    /// What is on the screen.
    pub(crate) fn read(&self) -> Picture {
        self.bind();
        read_framebuffer(&self.gl, self.size)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.gl.delete_framebuffers(&[self.framebuffer]);
        self.gl.delete_renderbuffers(&[self.depth]);
        self.gl.delete_textures(&[self.texture]);
    }
}
