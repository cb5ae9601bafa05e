/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Makes the pixels of frames: blits crops of the page, and composites layers on their own.

use rustc_hash::FxHashSet;
use subcapture_api::{FrameLimits, RestrictionTargetId, Subject, Withheld};
use webrender::Renderer;
use webrender_api::ColorF;
use webrender_api::units::{DeviceIntPoint, DeviceIntSize};

use crate::geometry::to_framebuffer;
use crate::gl::{Gl, GlError, Surface};
use crate::layers::Layers;
use crate::limits::fit;
use crate::policy::{Cut, Source};

/// Makes the frames of one composite. Restores the framebuffer that the page was rendered to.
pub(crate) struct Extractor<'a> {
    gl: &'a Gl,
    renderer: &'a mut Renderer,
    page: u32,
    surface: DeviceIntSize,
    clear_color: ColorF,
    /// Layers that were composited for this composite: several sessions may capture one element.
    composited: FxHashSet<RestrictionTargetId>,
}

/// Where the frames of one session are made.
#[derive(Default)]
pub(crate) struct Surfaces {
    /// Crops of the page are blitted to this one.
    crop: Option<Surface>,
    /// Frames that are too large are scaled down to this one.
    scaled: Option<Surface>,
}

impl Surfaces {
    pub(crate) fn delete(&mut self, gl: &Gl) {
        for surface in [self.crop.take(), self.scaled.take()].into_iter().flatten() {
            gl.delete(surface);
        }
    }
}

/// The pixels of a frame: RGBA8, premultiplied, the top row first.
pub(crate) struct Pixels {
    pub(crate) size: DeviceIntSize,
    pub(crate) bytes: Vec<u8>,
}

impl<'a> Extractor<'a> {
    /// The page was rendered to the framebuffer that is bound now.
    pub(crate) fn new(
        gl: &'a Gl,
        renderer: &'a mut Renderer,
        surface: DeviceIntSize,
        clear_color: ColorF,
    ) -> Self {
        let page = gl.bound_framebuffer();
        gl.forget_errors();
        Self { gl, renderer, page, surface, clear_color, composited: FxHashSet::default() }
    }

    /// The pixels of a cut, scaled down if they are too many.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: extract",
            level = "trace",
            skip_all,
            fields(servo_profiling = true, width = cut.rect.width(), height = cut.rect.height())
        )
    )]
    pub(crate) fn extract(
        &mut self,
        cut: Cut,
        subject: Subject,
        limits: &FrameLimits,
        surfaces: &mut Surfaces,
        layers: &mut Layers,
    ) -> Result<Pixels, Withheld> {
        let surface = match (cut.source, subject) {
            (Source::Page, _) => self.blit_page(cut, &mut surfaces.crop).map_err(withheld)?,
            (Source::Layer(slot), Subject::Restriction(target)) => {
                let surface = layers.surface(target).ok_or(Withheld::Pending)?;
                // Noted only when it succeeded: what is left of an earlier frame is nobody's.
                if !self.composited.contains(&target) {
                    self.composite_layer(cut, slot, surface).map_err(withheld)?;
                    self.composited.insert(target);
                }
                surface.as_ref().ok_or(Withheld::ReadbackFailed)?
            }
            // Only restrictions are cut from layers.
            (Source::Layer(_), Subject::Viewport | Subject::Crop(_)) => {
                return Err(Withheld::Pending);
            }
        };
        self.read(surface, fit(limits, cut.rect.size()), &mut surfaces.scaled).map_err(withheld)
    }

    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: read",
            level = "trace",
            skip_all,
            fields(servo_profiling = true, width = size.width, height = size.height)
        )
    )]
    fn read(
        &self,
        surface: &Surface,
        size: DeviceIntSize,
        scaled: &mut Option<Surface>,
    ) -> Result<Pixels, GlError> {
        let surface = if size == surface.size() {
            surface
        } else {
            let scaled = self.gl.surface(scaled, size)?;
            self.gl.scale(surface, scaled)?;
            scaled
        };
        Ok(Pixels { size, bytes: self.gl.read(surface)? })
    }

    fn blit_page<'s>(
        &self,
        cut: Cut,
        crop: &'s mut Option<Surface>,
    ) -> Result<&'s Surface, GlError> {
        let surface = self.gl.surface(crop, cut.rect.size())?;
        self.gl.blit(self.page, to_framebuffer(&cut.rect, self.surface), surface)?;
        Ok(surface)
    }

    /// Composite the frame on screen once more, as if the surface ended below the slot. GL counts
    /// rows from the bottom, so the slot is all that lies within a texture of its size.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: composite layer",
            level = "trace",
            skip_all,
            fields(servo_profiling = true)
        )
    )]
    fn composite_layer(
        &mut self,
        cut: Cut,
        slot: DeviceIntPoint,
        surface: &mut Option<Surface>,
    ) -> Result<(), GlError> {
        self.gl.bind(self.gl.surface(surface, cut.rect.size())?);
        let size = DeviceIntSize::new(self.surface.width, slot.y + cut.rect.height());
        self.renderer.set_clear_color(ColorF::TRANSPARENT);
        let rendered = self.renderer.render(size, 0);
        self.renderer.set_clear_color(self.clear_color);
        rendered.map(|_| ()).map_err(|_| GlError::Failed)
    }
}

impl Drop for Extractor<'_> {
    fn drop(&mut self) {
        self.gl.bind_framebuffer(self.page);
    }
}

fn withheld(error: GlError) -> Withheld {
    match error {
        GlError::ContextLost => Withheld::ContextLost,
        GlError::Failed => Withheld::ReadbackFailed,
    }
}
