/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Makes the pixels of frames: blits crops of the page, and composites layers on their own.

use subcapture_api::{Delivery, FrameLimits, PixelFormat, Subject, Withheld};
use webrender::Renderer;
use webrender_api::ColorF;
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

use crate::damage::Damage;
use crate::geometry::to_framebuffer;
use crate::gl::{Gl, GlError, PendingRead, Surface};
use crate::layers::{LayerPicture, Layers};
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
    pub(crate) readback: &'a mut Readback,
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

    /// The pixels of a cut, scaled down if they are too many.
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
            (Source::Page, _) => self.blit_page(cut, &mut surfaces.crop).map_err(withheld)?,
            (Source::Layer(slot), Subject::Restriction(target)) => {
                let picture = layers.picture(target).ok_or(Withheld::Pending)?;
                self.composite_layer(cut.rect.size(), slot, picture).map_err(withheld)?
            }
            // Only restrictions are cut from layers.
            (Source::Layer(_), Subject::Viewport | Subject::Crop(_)) => {
                return Err(Withheld::Pending);
            }
        };
        let size = order.limits.fit(cut.rect.size());
        self.deliver(surface, size, order.delivery, &mut surfaces.scaled).map_err(withheld)
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

    /// Bring the pixels of a layer up to date with the frame on screen.
    #[cfg_attr(
        feature = "tracing",
        ::tracing::instrument(
            name = "capture: composite layer",
            level = "trace",
            skip_all,
            fields(servo_profiling = true)
        )
    )]
    fn composite_layer<'s>(
        &mut self,
        size: DeviceIntSize,
        slot: DeviceIntPoint,
        picture: &'s mut LayerPicture,
    ) -> Result<&'s Surface, GlError> {
        if picture.surface.as_ref().is_none_or(|surface| surface.size() != size) {
            picture.stale = Damage::All;
        }
        let stale = picture.stale.of(size);
        // What is left of an earlier frame is nobody's, if this one fails.
        picture.stale = Damage::All;
        let surface = self.gl.surface(&mut picture.surface, size)?;
        // A part has to be copied as well.
        if stale.area() * 2 > size.area() {
            self.gl.bind(surface);
            let size = DeviceIntSize::new(self.surface.width, slot.y + size.height);
            composite_down_to(self.renderer, size, self.clear_color)?;
        } else if !stale.is_empty() {
            self.composite_part(stale, slot, surface)?;
        }
        picture.stale = Damage::none();
        Ok(surface)
    }

    fn composite_part(
        &mut self,
        part: DeviceIntRect,
        slot: DeviceIntPoint,
        surface: &Surface,
    ) -> Result<(), GlError> {
        let size = DeviceIntSize::new(part.max.x, part.height());
        let scratch = self.gl.scratch(self.scratch, size)?;
        self.gl.bind(scratch);
        let size = DeviceIntSize::new(self.surface.width, slot.y + part.max.y);
        composite_down_to(self.renderer, size, self.clear_color)?;
        self.gl.patch(scratch, part.min.x, surface, to_framebuffer(&part, surface.size()))
    }
}

/// Composite the frame on screen once more, as if the surface had this size and ended with the last
/// row that is wanted. GL counts rows from the bottom, so what is above of it is what lies within a
/// smaller framebuffer.
fn composite_down_to(
    renderer: &mut Renderer,
    size: DeviceIntSize,
    clear_color: ColorF,
) -> Result<(), GlError> {
    renderer.set_clear_color(ColorF::TRANSPARENT);
    let rendered = renderer.render(size, 0);
    renderer.set_clear_color(clear_color);
    rendered.map(|_| ()).map_err(|_| GlError::Failed)
}

impl Drop for Extractor<'_> {
    fn drop(&mut self) {
        self.gl.bind_framebuffer(self.page);
    }
}

pub(crate) fn withheld(error: GlError) -> Withheld {
    match error {
        GlError::ContextLost => Withheld::ContextLost,
        GlError::Failed => Withheld::ReadbackFailed,
    }
}
