/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A rendering context without a window or a display server.

use std::cell::{Cell, RefCell};
use std::env;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use dpi::PhysicalSize;
use euclid::default::Size2D;
use gleam::gl::{self, Gl};
use servo::{DeviceIntRect, RenderingContext, RgbaImage};
use surfman::mesa_surfaceless::connection::Connection as SurfacelessConnection;
use surfman::{
    Connection, Context, ContextAttributeFlags, ContextAttributes, Device, Error, GLVersion,
    Surface, SurfaceAccess, SurfaceTexture, SurfaceType,
};

/// What to render with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum GlDriver {
    /// The CPU: the same pixels on every machine.
    #[default]
    Software,
    /// The GPU, if Mesa has a driver for it. Otherwise the CPU.
    Hardware,
}

/// Renders into a surface of its own, which never is on a screen.
pub(crate) struct HeadlessRenderingContext {
    size: Cell<PhysicalSize<u32>>,
    device: RefCell<Device>,
    context: RefCell<Context>,
    gleam: Rc<dyn Gl>,
    glow: Arc<glow::Context>,
}

impl HeadlessRenderingContext {
    /// A context with a surface of this size in device px.
    pub(crate) fn new(driver: GlDriver, size: PhysicalSize<u32>) -> Result<Self, Error> {
        choose_driver(driver);
        // Not `Connection::new()`, which would look for a display server first.
        let connection = Connection::Alternate(SurfacelessConnection::new()?);
        let adapter = match driver {
            GlDriver::Software => connection.create_software_adapter()?,
            GlDriver::Hardware => connection.create_hardware_adapter()?,
        };
        Self::on_device(connection.create_device(&adapter)?, size)
    }

    /// Another one of this size, on the same adapter.
    pub(crate) fn sibling(&self, size: PhysicalSize<u32>) -> Result<Self, Error> {
        let device = self.device.borrow();
        Self::on_device(device.connection().create_device(&device.adapter())?, size)
    }

    fn on_device(device: Device, size: PhysicalSize<u32>) -> Result<Self, Error> {
        let attributes = ContextAttributes {
            flags: ContextAttributeFlags::ALPHA
                | ContextAttributeFlags::DEPTH
                | ContextAttributeFlags::STENCIL,
            version: GLVersion { major: 3, minor: 2 },
        };
        let descriptor = device.create_context_descriptor(&attributes)?;
        let mut context = device.create_context(&descriptor, None)?;
        if let Err(error) = bind_new_surface(&device, &mut context, surfman_size(size)) {
            let _ = device.destroy_context(&mut context);
            return Err(error);
        }
        let (gleam, glow) = load_functions(&device, &context);
        Ok(Self {
            size: Cell::new(size),
            device: RefCell::new(device),
            context: RefCell::new(context),
            gleam,
            glow,
        })
    }

    fn framebuffer(&self) -> gl::GLuint {
        let info = self.device.borrow().context_surface_info(&self.context.borrow());
        let framebuffer = info.ok().flatten().and_then(|info| info.framebuffer_object);
        framebuffer.map_or(0, |framebuffer| framebuffer.0.get())
    }
}

impl Drop for HeadlessRenderingContext {
    fn drop(&mut self) {
        let (device, context) = (self.device.get_mut(), self.context.get_mut());
        if let Ok(Some(mut surface)) = device.unbind_surface_from_context(context) {
            let _ = device.destroy_surface(context, &mut surface);
        }
        let _ = device.destroy_context(context);
    }
}

impl RenderingContext for HeadlessRenderingContext {
    fn prepare_for_rendering(&self) {
        self.gleam.bind_framebuffer(gl::FRAMEBUFFER, self.framebuffer());
    }

    fn read_to_image(&self, rect: DeviceIntRect) -> Option<RgbaImage> {
        let (width, height) =
            (u32::try_from(rect.width()).ok()?, u32::try_from(rect.height()).ok()?);
        self.gleam.bind_framebuffer(gl::FRAMEBUFFER, self.framebuffer());
        let pixels = self.gleam.read_pixels(
            rect.min.x,
            rect.min.y,
            rect.width(),
            rect.height(),
            gl::RGBA,
            gl::UNSIGNED_BYTE,
        );
        // GL's first row is the bottommost one.
        let rows = pixels.chunks_exact(width as usize * 4).rev();
        RgbaImage::from_raw(width, height, rows.flatten().copied().collect())
    }

    fn size(&self) -> PhysicalSize<u32> {
        self.size.get()
    }

    fn resize(&self, size: PhysicalSize<u32>) {
        let (device, mut context) = (self.device.borrow(), self.context.borrow_mut());
        // What surfman can resize are surfaces of windows only.
        let old = device.unbind_surface_from_context(&mut context);
        let bound = bind_new_surface(&device, &mut context, surfman_size(size));
        if let Ok(Some(mut old)) = old {
            let _ = device.destroy_surface(&mut context, &mut old);
        }
        if bound.is_ok() {
            self.size.set(size);
        }
    }

    fn present(&self) {
        // Nobody looks.
    }

    fn make_current(&self) -> Result<(), Error> {
        self.device.borrow().make_context_current(&self.context.borrow())
    }

    fn gleam_gl_api(&self) -> Rc<dyn Gl> {
        self.gleam.clone()
    }

    fn glow_gl_api(&self) -> Arc<glow::Context> {
        self.glow.clone()
    }

    fn create_texture(&self, surface: Surface) -> Option<(SurfaceTexture, u32, Size2D<i32>)> {
        let (device, mut context) = (self.device.borrow(), self.context.borrow_mut());
        let size = device.surface_info(&surface).size;
        match device.create_surface_texture(&mut context, surface) {
            Ok(texture) => {
                let name = device.surface_texture_object(&texture);
                Some((texture, name.map_or(0, |name| NonZero::get(name.0)), size))
            }
            Err((_, mut surface)) => {
                let _ = device.destroy_surface(&mut context, &mut surface);
                None
            }
        }
    }

    fn destroy_texture(&self, texture: SurfaceTexture) -> Option<Surface> {
        let (device, mut context) = (self.device.borrow(), self.context.borrow_mut());
        device.destroy_surface_texture(&mut context, texture).ok()
    }

    fn connection(&self) -> Option<Connection> {
        Some(self.device.borrow().connection())
    }
}

fn surfman_size(size: PhysicalSize<u32>) -> Size2D<i32> {
    let size = size.cast::<i32>();
    Size2D::new(size.width.max(1), size.height.max(1))
}

fn bind_new_surface(
    device: &Device,
    context: &mut Context,
    size: Size2D<i32>,
) -> Result<(), Error> {
    let surface =
        device.create_surface(context, SurfaceAccess::GPUOnly, SurfaceType::Generic { size })?;
    device.bind_surface_to_context(context, surface).map_err(|(error, mut surface)| {
        let _ = device.destroy_surface(context, &mut surface);
        error
    })?;
    device.make_context_current(context)
}

/// Mesa looks at its environment when the connection is made, which is before surfman, which has
/// the same intention, sets it.
#[expect(unsafe_code, reason = "the environment is the only way to choose the driver")]
fn choose_driver(driver: GlDriver) {
    const VARIABLE: &str = "LIBGL_ALWAYS_SOFTWARE";
    match driver {
        // SAFETY: This runs before Servo starts its threads, as `Headless::start` demands.
        GlDriver::Software => unsafe { env::set_var(VARIABLE, "1") },
        // SAFETY: As above.
        GlDriver::Hardware => unsafe { env::remove_var(VARIABLE) },
    }
}

#[expect(unsafe_code, reason = "GL functions are found by their names")]
fn load_functions(device: &Device, context: &Context) -> (Rc<dyn Gl>, Arc<glow::Context>) {
    let find = |name: &str| device.get_proc_address(context, name);
    // SAFETY: The functions come from the context that they are called on, and surfman made that
    // one with at least the version of GL that they belong to.
    let gleam = unsafe { gl::GlFns::load_with(find) };
    // SAFETY: As above; the context is current, as glow's own calls need it to be.
    let glow = unsafe { glow::Context::from_loader_function(find) };
    (gleam, Arc::new(glow))
}
