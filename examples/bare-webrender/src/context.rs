/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A GL context without a screen, and a surface in place of one.

#![expect(unsafe_code, reason = "gleam loads its functions by name")]

use std::rc::Rc;

use anyhow::{Context as _, Result, anyhow};
use gleam::gl;
use surfman::mesa_surfaceless::{connection::Connection, context::Context, device::Device};
use surfman::{ContextAttributeFlags, ContextAttributes, Error, GLVersion};
use surfman::{SurfaceAccess, SurfaceType};
use webrender_api::units::DeviceIntSize;

pub(crate) struct GlContext {
    device: Device,
    context: Context,
    pub(crate) gl: Rc<dyn gl::Gl>,
}

impl GlContext {
    /// A context that is current, with a surface of this size.
    pub(crate) fn new(size: DeviceIntSize) -> Result<Self> {
        Self::with_surfman(size).map_err(|error| anyhow!("there is no GL context: {error:?}"))
    }

    fn with_surfman(size: DeviceIntSize) -> Result<Self, Error> {
        let connection = Connection::new()?;
        let device = connection.create_device(&connection.create_software_adapter()?)?;
        let flags = ContextAttributeFlags::ALPHA | ContextAttributeFlags::DEPTH;
        let attributes = ContextAttributes { version: GLVersion::new(3, 2), flags };
        let descriptor = device.create_context_descriptor(&attributes)?;
        let mut context = device.create_context(&descriptor, None)?;
        let kind = SurfaceType::Generic { size: size.to_untyped() };
        let surface = device.create_surface(&context, SurfaceAccess::GPUOnly, kind)?;
        device.bind_surface_to_context(&mut context, surface).map_err(|(error, _)| error)?;
        device.make_context_current(&context)?;
        // SAFETY: The functions are those of the context that is current.
        let gl = unsafe { gl::GlFns::load_with(|name| device.get_proc_address(&context, name)) };
        Ok(Self { device, context, gl })
    }

    /// Draw to the surface from now on.
    pub(crate) fn bind_surface(&self) -> Result<()> {
        let info = self.device.context_surface_info(&self.context).ok().flatten();
        let framebuffer = info.and_then(|info| info.framebuffer_object);
        let framebuffer = framebuffer.context("the surface has no framebuffer")?.0.get();
        self.gl.bind_framebuffer(gl::FRAMEBUFFER, framebuffer);
        Ok(())
    }
}

impl Drop for GlContext {
    fn drop(&mut self) {
        if let Ok(Some(mut surface)) = self.device.unbind_surface_from_context(&mut self.context) {
            let _ = self.device.destroy_surface(&mut self.context, &mut surface);
        }
        let _ = self.device.destroy_context(&mut self.context);
    }
}
