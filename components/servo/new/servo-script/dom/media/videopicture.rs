/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a `VideoFrame` shows.

use std::sync::Arc;

use euclid::default::{Point2D, Rect, Size2D};
use pixels::{
    FilterQuality, SharedSnapshot, Snapshot, SnapshotAlphaMode, SnapshotPixelFormat,
    compute_rgba8_byte_length_if_within_limit, scale_rgba8_image,
};
use script_bindings::error::{Error, Fallible};
use servo_base::generic_channel::GenericSharedMemory;
use servo_constellation_traits::SerializableVideoPixels;
use subcapture_media::{
    Alpha, BufferLayout, Channels, Frame, LayoutError, PixelLayout, PixelRect, PlanarFormat,
    PlanarLayout, YuvColors, rgba_of_planes,
};

use crate::dom::bindings::codegen::Bindings::CanvasRenderingContext2DBinding::PredefinedColorSpace;
use crate::dom::bindings::codegen::Bindings::DOMRectReadOnlyBinding::DOMRectInit;
use crate::dom::bindings::codegen::Bindings::VideoFrameBinding::{
    AlphaOption, PlaneLayout, VideoFrameCopyToOptions, VideoPixelFormat,
};

/// The pixels of a `VideoFrame`, and how they are shown. Clones share the pixels.
#[derive(Clone, MallocSizeOf)]
pub(crate) struct Picture {
    pixels: Pixels,
    #[ignore_malloc_size_of = "Defined in subcapture-media, without heap allocations"]
    visible: PixelRect,
    display: Size2D<u32>,
}

#[derive(Clone, MallocSizeOf)]
enum Pixels {
    Packed(SharedSnapshot),
    Planar(Planes),
}

#[derive(Clone, MallocSizeOf)]
pub(crate) struct Planes {
    #[ignore_malloc_size_of = "Defined in subcapture-media, without heap allocations"]
    format: PlanarFormat,
    size: Size2D<u32>,
    /// One plane after the other, with nothing between rows.
    #[conditional_malloc_size_of]
    samples: Arc<Vec<u8>>,
    #[ignore_malloc_size_of = "Defined in subcapture-media, without heap allocations"]
    colors: YuvColors,
}

impl Planes {
    /// Their colors, which takes a while.
    fn to_rgba(&self) -> Fallible<SharedSnapshot> {
        let Self {
            format,
            size,
            colors,
            ..
        } = *self;
        let rgba = rgba_of_planes(&self.samples, format, size.width, size.height, colors)
            .map_err(type_error)?;
        let alpha = if format.has_alpha() {
            SnapshotAlphaMode::Transparent {
                premultiplied: false,
            }
        } else {
            SnapshotAlphaMode::Opaque
        };
        Ok(Snapshot::from_vec(size, SnapshotPixelFormat::RGBA, alpha, rgba).to_shared())
    }

    fn without_alpha(&self) -> Fallible<Self> {
        let format = self.format.without_alpha();
        let layout = whole_layout(format, self.size)?;
        // Alpha is the last plane.
        let samples = self.samples[..layout.size() as usize].to_vec();
        Ok(Self {
            format,
            samples: Arc::new(samples),
            ..*self
        })
    }
}

fn whole_layout(format: PlanarFormat, size: Size2D<u32>) -> Fallible<PlanarLayout> {
    let rect = PixelRect::whole(size.width, size.height).map_err(type_error)?;
    PlanarLayout::new(format, rect, None).map_err(type_error)
}

/// How the pixels of a format are kept.
enum FormatLayout {
    Packed(PixelLayout),
    Planar(PlanarFormat),
}

/// <https://w3c.github.io/webcodecs/#enumdef-videopixelformat>, of which those with 8 bits are
/// known here.
fn layout_of(format: VideoPixelFormat) -> Fallible<FormatLayout> {
    let packed = |channels, alpha| Ok(FormatLayout::Packed(PixelLayout { channels, alpha }));
    let planar = |format| Ok(FormatLayout::Planar(format));
    match format {
        VideoPixelFormat::RGBA => packed(Channels::Rgb, Alpha::Straight),
        VideoPixelFormat::RGBX => packed(Channels::Rgb, Alpha::None),
        VideoPixelFormat::BGRA => packed(Channels::Bgr, Alpha::Straight),
        VideoPixelFormat::BGRX => packed(Channels::Bgr, Alpha::None),
        VideoPixelFormat::I420 => planar(PlanarFormat::I420),
        VideoPixelFormat::I420A => planar(PlanarFormat::I420A),
        VideoPixelFormat::I422 => planar(PlanarFormat::I422),
        VideoPixelFormat::I422A => planar(PlanarFormat::I422A),
        VideoPixelFormat::I444 => planar(PlanarFormat::I444),
        VideoPixelFormat::I444A => planar(PlanarFormat::I444A),
        VideoPixelFormat::NV12 => planar(PlanarFormat::Nv12),
        _ => Err(unsupported(format)),
    }
}

fn name_of(format: PlanarFormat) -> VideoPixelFormat {
    match format {
        PlanarFormat::I420 => VideoPixelFormat::I420,
        PlanarFormat::I420A => VideoPixelFormat::I420A,
        PlanarFormat::I422 => VideoPixelFormat::I422,
        PlanarFormat::I422A => VideoPixelFormat::I422A,
        PlanarFormat::I444 => VideoPixelFormat::I444,
        PlanarFormat::I444A => VideoPixelFormat::I444A,
        PlanarFormat::Nv12 => VideoPixelFormat::NV12,
    }
}

/// Whether there are planes of luma and chroma in this format.
pub(crate) fn is_planar(format: VideoPixelFormat) -> bool {
    matches!(layout_of(format), Ok(FormatLayout::Planar(_)))
}

fn unsupported(format: VideoPixelFormat) -> Error {
    Error::NotSupported(Some(format!(
        "Frames are not converted to or from {}",
        format.as_str()
    )))
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

fn pairs(planes: Option<&[PlaneLayout]>) -> Option<Vec<(u32, u32)>> {
    let pair = |plane: &PlaneLayout| (plane.offset, plane.stride);
    planes.map(|planes| planes.iter().map(pair).collect())
}

fn check_size(size: Size2D<u32>) -> Fallible<()> {
    compute_rgba8_byte_length_if_within_limit(size.width as usize, size.height as usize)
        .map(drop)
        .ok_or_else(|| type_error(LayoutError::TooLarge))
}

impl Picture {
    /// All of some pixels. `None` if there are none.
    pub(crate) fn new(pixels: SharedSnapshot) -> Option<Self> {
        let display = pixels.size();
        Some(Self {
            visible: PixelRect::whole(display.width, display.height).ok()?,
            pixels: Pixels::Packed(pixels),
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
        colors: YuvColors,
    ) -> Fallible<Self> {
        let format = layout_of(format)?;
        let visible = PixelRect::whole(coded.width, coded.height).map_err(type_error)?;
        let pairs = pairs(planes);
        check_size(coded)?;
        let pixels = match format {
            FormatLayout::Packed(pixel_layout) => {
                let layout = BufferLayout::new(visible, pairs.as_deref()).map_err(type_error)?;
                let pixels = layout.read(buffer, pixel_layout).map_err(type_error)?;
                let format = match pixel_layout.channels {
                    Channels::Rgb => SnapshotPixelFormat::RGBA,
                    Channels::Bgr => SnapshotPixelFormat::BGRA,
                };
                let alpha = match pixel_layout.alpha {
                    Alpha::None => SnapshotAlphaMode::Opaque,
                    _ => SnapshotAlphaMode::Transparent {
                        premultiplied: false,
                    },
                };
                Pixels::Packed(Snapshot::from_vec(coded, format, alpha, pixels).to_shared())
            },
            FormatLayout::Planar(format) => {
                let layout =
                    PlanarLayout::new(format, visible, pairs.as_deref()).map_err(type_error)?;
                Pixels::Planar(Planes {
                    format,
                    size: coded,
                    samples: Arc::new(layout.read(buffer).map_err(type_error)?),
                    colors,
                })
            },
        };
        Ok(Self {
            pixels,
            visible,
            display: coded,
        })
    }

    /// What a structured clone has of a picture. `None` if it is not one.
    pub(crate) fn from_parts(
        pixels: SerializableVideoPixels,
        (x, y, width, height): (u32, u32, u32, u32),
        (display_width, display_height): (u32, u32),
        colors: YuvColors,
    ) -> Option<Self> {
        let pixels = match pixels {
            SerializableVideoPixels::Packed(pixels) => {
                let size = pixels.size();
                let bytes = compute_rgba8_byte_length_if_within_limit(
                    size.width as usize,
                    size.height as usize,
                );
                if bytes != Some(pixels.data().len()) {
                    return None;
                }
                Pixels::Packed(pixels)
            },
            SerializableVideoPixels::Planar {
                format,
                size: (width, height),
                samples,
            } => {
                let FormatLayout::Planar(format) = layout_of(format.parse().ok()?).ok()? else {
                    return None;
                };
                let size = Size2D::new(width, height);
                check_size(size).ok()?;
                if whole_layout(format, size).ok()?.size() as usize != samples.len() {
                    return None;
                }
                Pixels::Planar(Planes {
                    format,
                    size,
                    samples: samples.into_arc_vec(),
                    colors,
                })
            },
        };
        if display_width == 0 || display_height == 0 {
            return None;
        }
        let mut picture = Self {
            pixels,
            // Until it is known where the part lies.
            visible: PixelRect::whole(1, 1).ok()?,
            display: Size2D::new(display_width, display_height),
        };
        picture.visible = picture.part([x, y, width, height].map(f64::from)).ok()?;
        Some(picture)
    }

    /// What a structured clone has of it.
    pub(crate) fn to_parts(&self) -> SerializableVideoPixels {
        match &self.pixels {
            Pixels::Packed(pixels) => SerializableVideoPixels::Packed(pixels.clone()),
            Pixels::Planar(planes) => SerializableVideoPixels::Planar {
                format: name_of(planes.format).as_str().to_owned(),
                size: planes.size.to_tuple(),
                samples: GenericSharedMemory::from_arc_vec(planes.samples.clone()),
            },
        }
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
            let visible = self.part(sides(visible))?;
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
        if alpha == AlphaOption::Keep {
            return Ok(self);
        }
        self.pixels = match self.pixels {
            Pixels::Packed(pixels) => Pixels::Packed(without_alpha(pixels)?),
            Pixels::Planar(planes) => Pixels::Planar(planes.without_alpha()?),
        };
        Ok(self)
    }

    /// A part that begins with a sample of every plane.
    fn part(&self, sides: [f64; 4]) -> Fallible<PixelRect> {
        let coded = self.coded_size();
        let rect = PixelRect::within(sides, coded.width, coded.height).map_err(type_error)?;
        match &self.pixels {
            Pixels::Planar(planes) if !planes.format.is_aligned(&rect) => {
                Err(type_error(LayoutError::Misaligned))
            },
            _ => Ok(rect),
        }
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-format>
    pub(crate) fn format(&self) -> VideoPixelFormat {
        let pixels = match &self.pixels {
            Pixels::Packed(pixels) => pixels,
            Pixels::Planar(planes) => return name_of(planes.format),
        };
        let layout = pixel_layout(pixels);
        match (layout.channels, layout.alpha) {
            (Channels::Rgb, Alpha::None) => VideoPixelFormat::RGBX,
            (Channels::Rgb, _) => VideoPixelFormat::RGBA,
            (Channels::Bgr, Alpha::None) => VideoPixelFormat::BGRX,
            (Channels::Bgr, _) => VideoPixelFormat::BGRA,
        }
    }

    pub(crate) fn coded_size(&self) -> Size2D<u32> {
        match &self.pixels {
            Pixels::Packed(pixels) => pixels.size(),
            Pixels::Planar(planes) => planes.size,
        }
    }

    pub(crate) fn visible(&self) -> &PixelRect {
        &self.visible
    }

    pub(crate) fn display_size(&self) -> Size2D<u32> {
        self.display
    }

    /// All pixels, each with its color.
    fn packed(&self) -> Fallible<SharedSnapshot> {
        match &self.pixels {
            Pixels::Packed(pixels) => Ok(pixels.clone()),
            Pixels::Planar(planes) => planes.to_rgba(),
        }
    }

    /// What is seen of it, at the size at which it is shown. `None` if that is too large.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let rect = Rect::new(
            Point2D::new(self.visible.x(), self.visible.y()),
            Size2D::new(self.visible.width(), self.visible.height()),
        );
        let mut snapshot = self.packed().ok()?.to_owned();
        if rect.size != snapshot.size() {
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
            Some(rect) => self.part(sides(rect))?,
            None => self.visible,
        };
        let format = options.format.unwrap_or(self.format());
        let to = layout_of(format)?;
        if options
            .colorSpace
            .is_some_and(|space| space != PredefinedColorSpace::Srgb)
        {
            return Err(Error::NotSupported(Some(
                "Colors are not converted to that space".into(),
            )));
        }
        let pairs = pairs(options.layout.as_deref());
        match (to, &self.pixels) {
            (FormatLayout::Packed(to), _) => Ok(PictureCopy::Packed {
                picture: self,
                layout: BufferLayout::new(rect, pairs.as_deref()).map_err(type_error)?,
                to,
            }),
            (FormatLayout::Planar(to), Pixels::Planar(planes)) if to == planes.format => {
                Ok(PictureCopy::Planar {
                    planes,
                    layout: PlanarLayout::new(to, rect, pairs.as_deref()).map_err(type_error)?,
                })
            },
            (FormatLayout::Planar(_), _) => Err(unsupported(format)),
        }
    }
}

/// How pixels are kept.
fn pixel_layout(pixels: &SharedSnapshot) -> PixelLayout {
    PixelLayout {
        channels: match pixels.format() {
            SnapshotPixelFormat::RGBA => Channels::Rgb,
            SnapshotPixelFormat::BGRA => Channels::Bgr,
        },
        alpha: match pixels.alpha_mode() {
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

fn without_alpha(pixels: SharedSnapshot) -> Fallible<SharedSnapshot> {
    let from = pixel_layout(&pixels);
    if from.alpha == Alpha::None {
        return Ok(pixels);
    }
    let size = pixels.size();
    let opaque = PixelLayout {
        alpha: Alpha::None,
        ..from
    };
    let whole = PixelRect::whole(size.width, size.height).map_err(type_error)?;
    let layout = BufferLayout::new(whole, None).map_err(type_error)?;
    let mut bytes = vec![0; layout.size() as usize];
    layout
        .write(pixels.data(), size.width, from, &mut bytes, opaque)
        .map_err(type_error)?;
    let format = pixels.format();
    Ok(Snapshot::from_vec(size, format, SnapshotAlphaMode::Opaque, bytes).to_shared())
}

/// What a page wants to have of a picture.
pub(crate) enum PictureCopy<'a> {
    Packed {
        picture: &'a Picture,
        layout: BufferLayout,
        to: PixelLayout,
    },
    Planar {
        planes: &'a Planes,
        layout: PlanarLayout,
    },
}

impl PictureCopy<'_> {
    /// How many bytes it takes.
    pub(crate) fn size(&self) -> u32 {
        match self {
            Self::Packed { layout, .. } => layout.size(),
            Self::Planar { layout, .. } => layout.size(),
        }
    }

    pub(crate) fn planes(&self) -> Vec<PlaneLayout> {
        let plane = |offset, stride| PlaneLayout { offset, stride };
        match self {
            Self::Packed { layout, .. } => vec![plane(layout.offset(), layout.stride())],
            Self::Planar { layout, .. } => layout
                .planes()
                .iter()
                .map(|layout| plane(layout.offset, layout.stride))
                .collect(),
        }
    }

    pub(crate) fn write(&self, buffer: &mut [u8]) -> Fallible<()> {
        match self {
            Self::Packed {
                picture,
                layout,
                to,
            } => {
                let pixels = picture.packed()?;
                let (width, from) = (pixels.size().width, pixel_layout(&pixels));
                layout.write(pixels.data(), width, from, buffer, *to)
            },
            Self::Planar { planes, layout } => {
                let Size2D { width, height, .. } = planes.size;
                layout.write(&planes.samples, width, height, buffer)
            },
        }
        .map_err(type_error)
    }
}
