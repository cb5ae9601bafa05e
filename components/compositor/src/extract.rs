/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Makes the pixels of frames: blits crops of the page, and composites layers on their own.

use rustc_hash::FxHashMap;
use subcapture_api::{RestrictionTargetId, Subject, Withheld};
use webrender::Renderer;
use webrender_api::ColorF;
use webrender_api::units::{DeviceIntPoint, DeviceIntSize};

use crate::geometry::to_framebuffer;
use crate::gl::{Gl, GlError, Surface};
use crate::layers::Layers;
use crate::policy::{Cut, Source};

/// Makes the frames of one composite. Restores the framebuffer that the page was rendered to.
pub(crate) struct Extractor<'a> {
    gl: &'a Gl,
    renderer: &'a mut Renderer,
    page: u32,
    surface: DeviceIntSize,
    clear_color: ColorF,
    /// Layers that were composited already: several sessions may capture one element.
    layers: FxHashMap<RestrictionTargetId, Vec<u8>>,
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
        Self { gl, renderer, page, surface, clear_color, layers: FxHashMap::default() }
    }

    /// The pixels of a cut: RGBA8, premultiplied, the top row first.
    pub(crate) fn extract(
        &mut self,
        cut: Cut,
        subject: Subject,
        crop: &mut Option<Surface>,
        layers: &mut Layers,
    ) -> Result<Vec<u8>, Withheld> {
        match (cut.source, subject) {
            (Source::Page, _) => self.blit_page(cut, crop).map_err(withheld),
            (Source::Layer(slot), Subject::Restriction(target)) => {
                if let Some(pixels) = self.layers.get(&target) {
                    return Ok(pixels.clone());
                }
                let surface = layers.surface(target).ok_or(Withheld::Pending)?;
                let pixels = self.composite_layer(cut, slot, surface).map_err(withheld)?;
                self.layers.insert(target, pixels.clone());
                Ok(pixels)
            }
            // Only restrictions are cut from layers.
            (Source::Layer(_), Subject::Viewport | Subject::Crop(_)) => Err(Withheld::Pending),
        }
    }

    fn blit_page(&self, cut: Cut, crop: &mut Option<Surface>) -> Result<Vec<u8>, GlError> {
        let surface = self.gl.surface(crop, cut.rect.size())?;
        self.gl.blit(self.page, to_framebuffer(&cut.rect, self.surface), surface)?;
        self.gl.read(surface)
    }

    /// Composite the frame on screen once more, as if the surface ended below the slot. GL counts
    /// rows from the bottom, so the slot is all that lies within a texture of its size.
    fn composite_layer(
        &mut self,
        cut: Cut,
        slot: DeviceIntPoint,
        surface: &mut Option<Surface>,
    ) -> Result<Vec<u8>, GlError> {
        let surface = self.gl.surface(surface, cut.rect.size())?;
        self.gl.bind(surface);
        let size = DeviceIntSize::new(self.surface.width, slot.y + cut.rect.height());
        self.renderer.set_clear_color(ColorF::TRANSPARENT);
        let rendered = self.renderer.render(size, 0);
        self.renderer.set_clear_color(self.clear_color);
        rendered.map_err(|_| GlError::Failed)?;
        self.gl.read(surface)
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
