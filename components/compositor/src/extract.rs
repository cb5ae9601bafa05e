/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Makes the pixels of frames: blits crops of the page, and composites layers on their own.

use rustc_hash::FxHashMap;
use subcapture_api::{Delivery, FrameLimits, PixelFormat, Subject, Withheld};
use webrender::Renderer;
use webrender_api::ColorF;
use webrender_api::units::DeviceIntSize;

use crate::geometry::to_framebuffer;
use crate::gl::{Gl, GlError, PendingRead, Surface};
use crate::layers::Layers;
use crate::passes::{Part, Pass, plan};
use crate::pixels;
use crate::policy::{Cut, Source};
use crate::readback::Readback;

/// Makes the frames of one composite. Restores the framebuffer that the page was rendered to.
pub(crate) struct Extractor<'a> {
    gl: &'a Gl,
    renderer: &'a mut Renderer,
    page: u32,
    surface: DeviceIntSize,
    clear_color: ColorF,
    /// Parts of layers are composited to this one.
    scratch: &'a mut Option<Surface>,
    readback: &'a mut Readback,
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
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Surface> + use<> {
        [self.crop.take(), self.scaled.take()].into_iter().flatten()
    }

    pub(crate) fn delete(&mut self, gl: &Gl) {
        self.take().for_each(|surface| gl.delete(surface));
    }
}

/// What a frame of a session is made from, and how.
pub(crate) struct Order {
    pub(crate) cut: Cut,
    pub(crate) subject: Subject,
    pub(crate) limits: FrameLimits,
    pub(crate) delivery: Delivery,
}

/// The pixels of a frame.
pub(crate) struct Pixels {
    pub(crate) size: DeviceIntSize,
    pub(crate) content: Content,
}

/// Where the pixels of a frame are.
pub(crate) enum Content {
    /// In memory, the top row first.
    Memory(PixelFormat, Vec<u8>),
    /// On the way to memory.
    Pending(PixelFormat, PendingRead),
    /// In a texture, which belongs to the session or to a layer.
    Texture(u32),
}

impl<'a> Extractor<'a> {
    /// The page was rendered to the framebuffer that is bound now.
    pub(crate) fn new(
        gl: &'a Gl,
        renderer: &'a mut Renderer,
        surface: DeviceIntSize,
        clear_color: ColorF,
        scratch: &'a mut Option<Surface>,
        readback: &'a mut Readback,
    ) -> Self {
        let page = gl.bound_framebuffer();
        gl.forget_errors();
        Self { gl, renderer, page, surface, clear_color, scratch, readback }
    }

    /// The pixels of a cut, scaled down if they are too many. If it is cut from a layer, that is up to
    /// date, or there are none.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: extract",
            level = "trace",
            skip_all,
            fields(
                servo_profiling = true,
                width = order.cut.rect.width(),
                height = order.cut.rect.height()
            )
        )
    )]
    pub(crate) fn extract(
        &mut self,
        order: &Order,
        surfaces: &mut Surfaces,
        layers: &mut Layers,
    ) -> Result<Pixels, Withheld> {
        let cut = order.cut;
        let surface = match (cut.source, order.subject) {
            (Source::Page, _) => self.blit_page(cut, &mut surfaces.crop)?,
            (Source::Layer(_), Subject::Restriction(target)) => {
                let picture = layers.picture(target).ok_or(Withheld::Pending)?;
                picture.finished(cut.rect.size())?
            }
            // Only restrictions are cut from layers.
            (Source::Layer(_), Subject::Viewport | Subject::Crop(_)) => {
                return Err(Withheld::Pending);
            }
        };
        let size = order.limits.fit(cut.rect.size());
        Ok(self.deliver(surface, size, order.delivery, &mut surfaces.scaled)?)
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
    fn deliver(
        &mut self,
        surface: &Surface,
        size: DeviceIntSize,
        delivery: Delivery,
        scaled: &mut Option<Surface>,
    ) -> Result<Pixels, GlError> {
        let surface = if size == surface.size() {
            surface
        } else {
            let scaled = self.gl.surface(scaled, size)?;
            self.gl.scale(surface, scaled)?;
            scaled
        };
        let content = match delivery {
            Delivery::Texture => Content::Texture(surface.texture()),
            Delivery::Memory(format) if self.readback.is_later(self.gl)? => {
                Content::Pending(format, self.readback.start(self.gl, surface)?)
            }
            Delivery::Memory(format) => {
                let mut bytes = self.gl.read(surface)?;
                pixels::finish(&mut bytes, size, format);
                Content::Memory(format, bytes)
            }
        };
        Ok(Pixels { size, content })
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

    /// Bring the layers that are cut from up to date with the frame on screen.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: composite layers",
            level = "trace",
            skip_all,
            fields(servo_profiling = true)
        )
    )]
    pub(crate) fn composite_layers(
        &mut self,
        layers: &mut Layers,
        cuts: impl IntoIterator<Item = (Subject, Cut)>,
    ) {
        let mut parts = FxHashMap::default();
        for (subject, Cut { rect, source }) in cuts {
            if let (Subject::Restriction(target), Source::Layer(slot)) = (subject, source)
                && let Some(picture) = layers.picture(target)
            {
                let (layer, rect) = (rect.size(), picture.stale_part(rect.size()));
                if !rect.is_empty() {
                    parts.insert(target, Part { target, layer, slot, rect });
                }
            }
        }
        let passes = plan(parts.into_values().collect(), self.gl.max_texture_size());
        let in_scratch = passes.iter().filter(|pass| pass.layer().is_none());
        let largest = in_scratch.map(|pass| pass.size().area()).max().unwrap_or(0);
        for pass in passes {
            trace_event!("capture: pass", layers = pass.parts.len(), size = ?pass.size());
            let composited = self.composite_pass(&pass, layers, largest);
            for part in &pass.parts {
                let result = composited.and_then(|()| self.copy_part(&pass, part, layers));
                if let Some(picture) = layers.picture(part.target) {
                    picture.note(result);
                }
            }
        }
    }

    /// Composite what a pass has: the layer where it belongs, or parts of layers to the scratch
    /// surface, of which the largest pass needs this area.
    fn composite_pass(
        &mut self,
        pass: &Pass,
        layers: &mut Layers,
        largest: i32,
    ) -> Result<(), GlError> {
        let gl = self.gl;
        gl.bind(match pass.layer() {
            Some(part) => layers.surface(gl, part)?,
            None => gl.scratch(self.scratch, pass.size(), largest)?,
        });
        self.composite_above(pass.end())
    }

    /// Copy a part to its layer, if it is not there already.
    fn copy_part(&self, pass: &Pass, part: &Part, layers: &mut Layers) -> Result<(), GlError> {
        if pass.layer().is_some() {
            return Ok(());
        }
        let scratch = self.scratch.as_ref().ok_or(GlError::Failed)?;
        let (from, to) = (pass.in_framebuffer(part), to_framebuffer(&part.rect, part.layer));
        self.gl.patch(scratch, from, layers.surface(self.gl, part)?, to)
    }

    /// Composite the frame on screen once more, as if the surface of the page ended above this row
    /// of the scene. GL counts rows from the bottom, so what is above of it is what lies within a
    /// smaller framebuffer.
    fn composite_above(&mut self, row: i32) -> Result<(), GlError> {
        self.renderer.set_clear_color(ColorF::TRANSPARENT);
        let rendered = self.renderer.render(DeviceIntSize::new(self.surface.width, row), 0);
        self.renderer.set_clear_color(self.clear_color);
        rendered.map_err(|_| GlError::Failed)?;
        self.gl.check()
    }
}

impl Drop for Extractor<'_> {
    fn drop(&mut self) {
        self.gl.bind_framebuffer(self.page);
    }
}
