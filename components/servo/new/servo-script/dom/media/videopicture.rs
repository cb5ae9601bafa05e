/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a `VideoFrame` shows.

use euclid::default::{Point2D, Rect, Size2D};
use pixels::{
    FilterQuality, SharedSnapshot, Snapshot, SnapshotAlphaMode, SnapshotPixelFormat,
    compute_rgba8_byte_length_if_within_limit, scale_rgba8_image,
};
use script_bindings::error::{Error, Fallible};
use subcapture_media::{Alpha, BufferLayout, Channels, Frame, LayoutError, PixelLayout, PixelRect};

use crate::dom::bindings::codegen::Bindings::CanvasRenderingContext2DBinding::PredefinedColorSpace;
use crate::dom::bindings::codegen::Bindings::DOMRectReadOnlyBinding::DOMRectInit;
use crate::dom::bindings::codegen::Bindings::VideoFrameBinding::{
    AlphaOption, PlaneLayout, VideoFrameCopyToOptions, VideoPixelFormat,
};

/// The pixels of a `VideoFrame`, and how they are shown. Clones share the pixels.
#[derive(Clone, MallocSizeOf)]
pub(crate) struct Picture {
    pixels: SharedSnapshot,
    #[ignore_malloc_size_of = "Defined in subcapture-media, without heap allocations"]
    visible: PixelRect,
    display: Size2D<u32>,
}

/// <https://w3c.github.io/webcodecs/#enumdef-videopixelformat>, of which these four are known here.
fn layout_of(format: VideoPixelFormat) -> Fallible<PixelLayout> {
    let (channels, alpha) = match format {
        VideoPixelFormat::RGBA => (Channels::Rgb, Alpha::Straight),
        VideoPixelFormat::RGBX => (Channels::Rgb, Alpha::None),
        VideoPixelFormat::BGRA => (Channels::Bgr, Alpha::Straight),
        VideoPixelFormat::BGRX => (Channels::Bgr, Alpha::None),
        _ => {
            return Err(Error::NotSupported(Some(format!(
                "Frames are not converted to or from {}",
                format.as_str()
            ))));
        },
    };
    Ok(PixelLayout { channels, alpha })
}

fn type_error(error: LayoutError) -> Error {
    Error::Type(std::ffi::CString::new(error.to_string()).unwrap_or_default())
}

fn sides(rect: &DOMRectInit) -> [f64; 4] {
    [rect.x, rect.y, rect.width, rect.height]
}

/// Width and height that were given, both or none.
fn pair(width: Option<u32>, height: Option<u32>) -> Fallible<Option<Size2D<u32>>> {
    match (width, height) {
        (None, None) => Ok(None),
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            Ok(Some(Size2D::new(width, height)))
        },
        _ => Err(Error::Type(
            c"The display size needs a width and a height, and both above 0".to_owned(),
        )),
    }
}

fn buffer_layout(rect: PixelRect, planes: Option<&[PlaneLayout]>) -> Fallible<BufferLayout> {
    let planes: Option<Vec<(u32, u32)>> = planes.map(|planes| {
        planes
            .iter()
            .map(|plane| (plane.offset, plane.stride))
            .collect()
    });
    BufferLayout::new(rect, planes.as_deref()).map_err(type_error)
}

impl Picture {
    /// All of some pixels. `None` if there are none.
    pub(crate) fn new(pixels: SharedSnapshot) -> Option<Self> {
        let display = pixels.size();
        Some(Self {
            visible: PixelRect::whole(display.width, display.height).ok()?,
            pixels,
            display,
        })
    }

    /// A captured frame.
    pub(crate) fn of_frame(frame: &Frame) -> Option<Self> {
        let snapshot = Snapshot::from_arc_vec(
            Size2D::new(frame.width(), frame.height()),
            SnapshotPixelFormat::RGBA,
            SnapshotAlphaMode::Transparent {
                premultiplied: true,
            },
            frame.shared_rgba(),
            ..,
        );
        Self::new(snapshot.to_shared())
    }

    /// The picture in a buffer.
    pub(crate) fn of_buffer(
        buffer: &[u8],
        format: VideoPixelFormat,
        coded: Size2D<u32>,
        planes: Option<&[PlaneLayout]>,
    ) -> Fallible<Self> {
        let pixel_layout = layout_of(format)?;
        let rect = PixelRect::whole(coded.width, coded.height).map_err(type_error)?;
        let layout = buffer_layout(rect, planes)?;
        if compute_rgba8_byte_length_if_within_limit(coded.width as usize, coded.height as usize)
            .is_none()
        {
            return Err(type_error(LayoutError::TooLarge));
        }
        let pixels = layout.read(buffer, pixel_layout).map_err(type_error)?;
        let snapshot = Snapshot::from_vec(
            coded,
            match pixel_layout.channels {
                Channels::Rgb => SnapshotPixelFormat::RGBA,
                Channels::Bgr => SnapshotPixelFormat::BGRA,
            },
            match pixel_layout.alpha {
                Alpha::None => SnapshotAlphaMode::Opaque,
                _ => SnapshotAlphaMode::Transparent {
                    premultiplied: false,
                },
            },
            pixels,
        );
        Self::new(snapshot.to_shared()).ok_or_else(|| type_error(LayoutError::EmptyRect))
    }

    /// What a structured clone has of a picture. `None` if it is not one.
    pub(crate) fn from_parts(
        pixels: SharedSnapshot,
        (x, y, width, height): (u32, u32, u32, u32),
        (display_width, display_height): (u32, u32),
    ) -> Option<Self> {
        let size = pixels.size();
        let bytes =
            compute_rgba8_byte_length_if_within_limit(size.width as usize, size.height as usize);
        if bytes != Some(pixels.data().len()) || display_width == 0 || display_height == 0 {
            return None;
        }
        let rect = [x, y, width, height].map(f64::from);
        Some(Self {
            visible: PixelRect::within(rect, size.width, size.height).ok()?,
            pixels,
            display: Size2D::new(display_width, display_height),
        })
    }

    /// <https://w3c.github.io/webcodecs/#videoframe-initialize-visible-rect-and-display-size>
    pub(crate) fn show(
        mut self,
        visible: Option<&DOMRectInit>,
        display_width: Option<u32>,
        display_height: Option<u32>,
    ) -> Fallible<Self> {
        let display = pair(display_width, display_height)?;
        if let Some(visible) = visible {
            let visible = self.part(visible)?;
            // Pixels stay as wide and as high as they were.
            let scale = |display: u32, from: u32, to: u32| {
                let length = f64::from(display) * f64::from(to) / f64::from(from);
                (length.round() as u32).max(1)
            };
            self.display = Size2D::new(
                scale(self.display.width, self.visible.width(), visible.width()),
                scale(
                    self.display.height,
                    self.visible.height(),
                    visible.height(),
                ),
            );
            self.visible = visible;
        }
        self.display = display.unwrap_or(self.display);
        Ok(self)
    }

    /// <https://w3c.github.io/webcodecs/#enumdef-alphaoption>. What there is without alpha is what
    /// there is over black.
    pub(crate) fn with_alpha(mut self, alpha: AlphaOption) -> Fallible<Self> {
        if alpha == AlphaOption::Keep || self.layout().alpha == Alpha::None {
            return Ok(self);
        }
        let size = self.pixels.size();
        let opaque = PixelLayout {
            alpha: Alpha::None,
            ..self.layout()
        };
        let whole = PixelRect::whole(size.width, size.height).map_err(type_error)?;
        let layout = BufferLayout::new(whole, None).map_err(type_error)?;
        let mut pixels = vec![0; layout.size() as usize];
        layout
            .write(self.pixels.data(), size.width, self.layout(), &mut pixels, opaque)
            .map_err(type_error)?;
        self.pixels = Snapshot::from_vec(
            size,
            self.pixels.format(),
            SnapshotAlphaMode::Opaque,
            pixels,
        )
        .to_shared();
        Ok(self)
    }

    fn part(&self, rect: &DOMRectInit) -> Fallible<PixelRect> {
        let coded = self.coded_size();
        PixelRect::within(sides(rect), coded.width, coded.height).map_err(type_error)
    }

    /// How the pixels are kept.
    fn layout(&self) -> PixelLayout {
        PixelLayout {
            channels: match self.pixels.format() {
                SnapshotPixelFormat::RGBA => Channels::Rgb,
                SnapshotPixelFormat::BGRA => Channels::Bgr,
            },
            alpha: match self.pixels.alpha_mode() {
                SnapshotAlphaMode::Transparent {
                    premultiplied: true,
                } => Alpha::Premultiplied,
                SnapshotAlphaMode::Transparent {
                    premultiplied: false,
                } => Alpha::Straight,
                SnapshotAlphaMode::Opaque | SnapshotAlphaMode::AsOpaque { .. } => Alpha::None,
            },
        }
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-format>
    pub(crate) fn format(&self) -> VideoPixelFormat {
        let layout = self.layout();
        match (layout.channels, layout.alpha) {
            (Channels::Rgb, Alpha::None) => VideoPixelFormat::RGBX,
            (Channels::Rgb, _) => VideoPixelFormat::RGBA,
            (Channels::Bgr, Alpha::None) => VideoPixelFormat::BGRX,
            (Channels::Bgr, _) => VideoPixelFormat::BGRA,
        }
    }

    pub(crate) fn coded_size(&self) -> Size2D<u32> {
        self.pixels.size()
    }

    pub(crate) fn visible(&self) -> &PixelRect {
        &self.visible
    }

    pub(crate) fn display_size(&self) -> Size2D<u32> {
        self.display
    }

    pub(crate) fn pixels(&self) -> &SharedSnapshot {
        &self.pixels
    }

    /// What is seen of it, at the size at which it is shown. `None` if that is too large.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let rect = Rect::new(
            Point2D::new(self.visible.x(), self.visible.y()),
            Size2D::new(self.visible.width(), self.visible.height()),
        );
        let mut snapshot = self.pixels.to_owned();
        if rect.size != self.pixels.size() {
            snapshot = snapshot.get_rect(rect);
        }
        if snapshot.size() == self.display {
            return Some(snapshot);
        }
        compute_rgba8_byte_length_if_within_limit(
            self.display.width as usize,
            self.display.height as usize,
        )?;
        let pixels = scale_rgba8_image(
            snapshot.size(),
            snapshot.as_raw_bytes(),
            self.display,
            FilterQuality::Medium,
        )?;
        Some(Snapshot::from_vec(
            self.display,
            snapshot.format(),
            snapshot.alpha_mode(),
            pixels,
        ))
    }

    /// <https://w3c.github.io/webcodecs/#videoframe-parse-videoframecopytooptions>
    pub(crate) fn copy(&self, options: &VideoFrameCopyToOptions) -> Fallible<PictureCopy<'_>> {
        let rect = match &options.rect {
            Some(rect) => self.part(rect)?,
            None => self.visible,
        };
        let to = layout_of(options.format.unwrap_or(self.format()))?;
        if options
            .colorSpace
            .is_some_and(|space| space != PredefinedColorSpace::Srgb)
        {
            return Err(Error::NotSupported(Some(
                "Colors are not converted to that space".into(),
            )));
        }
        Ok(PictureCopy {
            picture: self,
            layout: buffer_layout(rect, options.layout.as_deref())?,
            to,
        })
    }
}

/// What a page wants to have of a picture.
pub(crate) struct PictureCopy<'a> {
    picture: &'a Picture,
    layout: BufferLayout,
    to: PixelLayout,
}

impl PictureCopy<'_> {
    /// How many bytes it takes.
    pub(crate) fn size(&self) -> u32 {
        self.layout.size()
    }

    pub(crate) fn planes(&self) -> Vec<PlaneLayout> {
        vec![PlaneLayout {
            offset: self.layout.offset(),
            stride: self.layout.stride(),
        }]
    }

    pub(crate) fn write(&self, buffer: &mut [u8]) -> Fallible<()> {
        let pixels = &self.picture.pixels;
        self.layout
            .write(
                pixels.data(),
                pixels.size().width,
                self.picture.layout(),
                buffer,
                self.to,
            )
            .map_err(type_error)
    }
}
