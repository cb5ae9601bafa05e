/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Servo's rendering context for software, and who says when the next frame begins.

use std::rc::Rc;
use std::sync::Arc;

use dpi::PhysicalSize;
use euclid::default::Size2D;
use gleam::gl::Gl;
use servo::{DeviceIntRect, RefreshDriver, RenderingContext, RgbaImage, SoftwareRenderingContext};
use surfman::{Connection, Error, Surface, SurfaceTexture};

/// A context in which the next frame begins as soon as Servo asks for it: there is no display
/// whose beat would be waited for.
pub(crate) struct UnthrottledContext(SoftwareRenderingContext);

impl UnthrottledContext {
    pub(crate) fn new(size: PhysicalSize<u32>) -> Result<Self, Error> {
        SoftwareRenderingContext::new(size).map(Self)
    }
}

struct AtOnce;

impl RefreshDriver for AtOnce {
    fn observe_next_frame(&self, start_frame: Box<dyn Fn() + Send + 'static>) {
        start_frame();
    }
}

impl RenderingContext for UnthrottledContext {
    fn refresh_driver(&self) -> Option<Rc<dyn RefreshDriver>> {
        Some(Rc::new(AtOnce))
    }

    fn prepare_for_rendering(&self) {
        self.0.prepare_for_rendering();
    }

    fn read_to_image(&self, rect: DeviceIntRect) -> Option<RgbaImage> {
        self.0.read_to_image(rect)
    }

    fn size(&self) -> PhysicalSize<u32> {
        self.0.size()
    }

    fn resize(&self, size: PhysicalSize<u32>) {
        self.0.resize(size);
    }

    fn present(&self) {
        self.0.present();
    }

    fn make_current(&self) -> Result<(), Error> {
        self.0.make_current()
    }

    fn gleam_gl_api(&self) -> Rc<dyn Gl> {
        self.0.gleam_gl_api()
    }

    fn glow_gl_api(&self) -> Arc<glow::Context> {
        self.0.glow_gl_api()
    }

    fn create_texture(&self, surface: Surface) -> Option<(SurfaceTexture, u32, Size2D<i32>)> {
        self.0.create_texture(surface)
    }

    fn destroy_texture(&self, texture: SurfaceTexture) -> Option<Surface> {
        self.0.destroy_texture(texture)
    }

    fn connection(&self) -> Option<Connection> {
        self.0.connection()
    }
}
