/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A rendering context whose textures are smaller than its surface.
//!
//! Drivers that render on the CPU make surfaces of textures, and have no larger ones. So here GL is
//! asked for a limit that it does not have.

use std::ffi::c_void;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use dpi::PhysicalSize;
use gleam::gl::{self, GLenum, GLint, Gl, GlFns};
use servo::{DeviceIntRect, RenderingContext, RgbaImage, SoftwareRenderingContext};
use surfman::{Connection, ContextAttributeFlags, ContextAttributes, Error, GLVersion};
use surfman::{Surface, SurfaceTexture};

/// The largest width and height of a texture. WebRender does not start with less.
pub(crate) const LARGEST_TEXTURE: i32 = 2048;

type GetIntegerv = extern "system" fn(GLenum, *mut GLint);

/// What GL itself has to say.
static GET_INTEGERV: OnceLock<GetIntegerv> = OnceLock::new();

#[expect(unsafe_code, reason = "GL's results are where a pointer points to")]
extern "system" fn get_integerv(name: GLenum, values: *mut GLint) {
    GET_INTEGERV.get().expect("it was found before")(name, values);
    if name == gl::MAX_TEXTURE_SIZE {
        // SAFETY: GL has just written one value for this name.
        let value = unsafe { &mut *values };
        *value = (*value).min(LARGEST_TEXTURE);
    }
}

/// A context of which GL says that its textures have [`LARGEST_TEXTURE`].
pub(crate) struct SmallTextures {
    inner: SoftwareRenderingContext,
    gleam: Rc<dyn Gl>,
}

impl SmallTextures {
    pub(crate) fn new(size: (u32, u32)) -> Self {
        let inner = SoftwareRenderingContext::new(PhysicalSize::new(size.0, size.1));
        let inner = inner.expect("a context");
        let connection = inner.connection().expect("a connection");
        let gleam = load(&connection).expect("another context");
        inner.make_current().expect("the context is there");
        Self { inner, gleam }
    }
}

/// The functions of GL, found in another context: they are the same in each of a driver.
#[expect(unsafe_code, reason = "GL functions are found by their names")]
fn load(connection: &Connection) -> Result<Rc<dyn Gl>, Error> {
    let device = connection.create_device(&connection.create_software_adapter()?)?;
    let descriptor = device.create_context_descriptor(&ContextAttributes {
        version: GLVersion { major: 3, minor: 0 },
        flags: ContextAttributeFlags::ALPHA,
    })?;
    let mut context = device.create_context(&descriptor, None)?;
    device.make_context_current(&context)?;
    let find = |name: &str| {
        let found = device.get_proc_address(&context, name);
        if name != "glGetIntegerv" {
            return found;
        }
        // SAFETY: This is the function of that name, which has this type.
        let found = unsafe { std::mem::transmute::<*const c_void, GetIntegerv>(found) };
        GET_INTEGERV.get_or_init(|| found);
        get_integerv as *const c_void
    };
    // SAFETY: The functions are those of the driver whose contexts they are called with.
    let gleam = unsafe { GlFns::load_with(find) };
    device.destroy_context(&mut context)?;
    Ok(gleam)
}

impl RenderingContext for SmallTextures {
    fn prepare_for_rendering(&self) {
        self.inner.prepare_for_rendering();
    }

    fn read_to_image(&self, rect: DeviceIntRect) -> Option<RgbaImage> {
        self.inner.read_to_image(rect)
    }

    fn size(&self) -> PhysicalSize<u32> {
        self.inner.size()
    }

    fn resize(&self, size: PhysicalSize<u32>) {
        self.inner.resize(size);
    }

    fn present(&self) {
        self.inner.present();
    }

    fn make_current(&self) -> Result<(), Error> {
        self.inner.make_current()
    }

    fn gleam_gl_api(&self) -> Rc<dyn Gl> {
        self.gleam.clone()
    }

    fn glow_gl_api(&self) -> Arc<glow::Context> {
        self.inner.glow_gl_api()
    }

    fn create_texture(
        &self,
        surface: Surface,
    ) -> Option<(SurfaceTexture, u32, euclid::default::Size2D<i32>)> {
        self.inner.create_texture(surface)
    }

    fn destroy_texture(&self, texture: SurfaceTexture) -> Option<Surface> {
        self.inner.destroy_texture(texture)
    }

    fn connection(&self) -> Option<Connection> {
        self.inner.connection()
    }
}
