/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pixels of a frame in memory that a page provides: which of them, in what order and how far
//! apart. <https://w3c.github.io/webcodecs/#videoframe-algorithms>

use std::fmt;

use subcapture_api::pixels::{straight, swap_red_and_blue};

use crate::pixels;

/// Bytes of a pixel, in all the formats there are here.
const PIXEL: usize = 4;

/// What a page asks for that cannot be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LayoutError {
    /// A rectangle has a side that is negative, or no number.
    InvalidRect,
    /// A rectangle has no pixels.
    EmptyRect,
    /// A rectangle reaches beyond the pixels that there are.
    RectOutside,
    /// There is another number of layouts than of planes.
    WrongPlaneCount,
    /// A rectangle begins in the middle of a sample.
    Misaligned,
    /// Planes overlap.
    PlanesOverlap,
    /// Rows overlap.
    StrideTooSmall,
    /// There can be no memory of that size.
    TooLarge,
    /// The memory ends before the pixels do.
    BufferTooSmall,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidRect => "the sides of a rectangle have to be numbers of at least 0",
            Self::EmptyRect => "the rectangle is empty",
            Self::RectOutside => "the rectangle is not inside of the frame",
            Self::WrongPlaneCount => "the format has another number of planes",
            Self::Misaligned => "the rectangle begins in the middle of a sample",
            Self::PlanesOverlap => "planes overlap",
            Self::StrideTooSmall => "the stride is smaller than a row",
            Self::TooLarge => "that is more memory than can be",
            Self::BufferTooSmall => "the buffer is too small",
        })
    }
}

impl std::error::Error for LayoutError {}

/// The order of the colors of a pixel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channels {
    /// Red, green, blue, and then alpha or nothing.
    Rgb,
    /// Blue, green, red, and then alpha or nothing.
    Bgr,
}

/// What the fourth byte of a pixel is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alpha {
    /// Nothing. It is 255 where it is written, and not looked at where it is read.
    None,
    /// Alpha, by which the colors are multiplied.
    Premultiplied,
    /// Alpha, and the colors are not multiplied by it.
    Straight,
}

/// How a pixel is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PixelLayout {
    /// The order of the colors.
    pub channels: Channels,
    /// The fourth byte.
    pub alpha: Alpha,
}

/// A part of a frame, in px from its top left corner. Never empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PixelRect {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl PixelRect {
    /// All of a frame of this size.
    ///
    /// # Errors
    ///
    /// [`LayoutError::EmptyRect`] if a side is 0.
    pub fn whole(width: u32, height: u32) -> Result<Self, LayoutError> {
        Self::within([0.0, 0.0, f64::from(width), f64::from(height)], width, height)
    }

    /// The part at x, y with a width and a height of a frame with that width and height. Parts of
    /// a pixel are left out. <https://w3c.github.io/webcodecs/#videoframe-parse-visible-rect>
    ///
    /// # Errors
    ///
    /// [`LayoutError`] if there is no such part.
    pub fn within(
        rect: [f64; 4],
        frame_width: u32,
        frame_height: u32,
    ) -> Result<Self, LayoutError> {
        let mut sides = [0; 4];
        for (side, value) in sides.iter_mut().zip(rect) {
            *side = whole_number(value)?;
        }
        let [x, y, width, height] = sides;
        if width == 0 || height == 0 {
            return Err(LayoutError::EmptyRect);
        }
        let fits =
            |start: u32, length: u32, all| start.checked_add(length).is_some_and(|end| end <= all);
        if !fits(x, width, frame_width) || !fits(y, height, frame_height) {
            return Err(LayoutError::RectOutside);
        }
        Ok(Self { x, y, width, height })
    }

    /// Left edge in px.
    pub fn x(&self) -> u32 {
        self.x
    }

    /// Top edge in px.
    pub fn y(&self) -> u32 {
        self.y
    }

    /// Width in px, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in px, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }
}

fn whole_number(value: f64) -> Result<u32, LayoutError> {
    if !value.is_finite() || value <= -1.0 {
        return Err(LayoutError::InvalidRect);
    }
    if value >= f64::from(u32::MAX) {
        return Err(LayoutError::RectOutside);
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is in range; its fraction is to go")]
    Ok(value as u32)
}

/// Where the pixels of a rectangle are in a buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BufferLayout {
    rect: PixelRect,
    offset: u32,
    stride: u32,
    size: u32,
}

impl BufferLayout {
    /// The layout that a page asks for with pairs of an offset and a stride, in bytes; without
    /// them, rows follow each other from the start of the buffer.
    /// <https://w3c.github.io/webcodecs/#videoframe-compute-layout-and-allocation-size>
    ///
    /// # Errors
    ///
    /// [`LayoutError`] if rows would overlap, if there is not one pair, or if the buffer would be
    /// larger than 4 GiB.
    pub fn new(rect: PixelRect, planes: Option<&[(u32, u32)]>) -> Result<Self, LayoutError> {
        let row = rect.width.checked_mul(4).ok_or(LayoutError::TooLarge)?;
        let (offset, stride) = match planes {
            None => (0, row),
            Some([plane]) => *plane,
            Some(_) => return Err(LayoutError::WrongPlaneCount),
        };
        if stride < row {
            return Err(LayoutError::StrideTooSmall);
        }
        let size = stride
            .checked_mul(rect.height)
            .and_then(|bytes| bytes.checked_add(offset))
            .ok_or(LayoutError::TooLarge)?;
        Ok(Self { rect, offset, stride, size })
    }

    /// Bytes before the first pixel.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Bytes from one row to the next.
    pub fn stride(&self) -> u32 {
        self.stride
    }

    /// Bytes that a buffer needs to have.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Write the pixels of the rectangle into a buffer. What is between them stays as it is.
    ///
    /// `frame` has rows of `frame_width` px, tightly packed, and the rectangle is in it.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BufferTooSmall`] for a buffer that is smaller than it needs to be, and
    /// [`LayoutError::RectOutside`] if the rectangle is not in the frame. Nothing is written then.
    pub fn write(
        &self,
        frame: &[u8],
        frame_width: u32,
        from: PixelLayout,
        buffer: &mut [u8],
        to: PixelLayout,
    ) -> Result<(), LayoutError> {
        if buffer.len() < self.size as usize {
            return Err(LayoutError::BufferTooSmall);
        }
        let frame_stride = frame_width as usize * PIXEL;
        let (left, top) = (self.rect.x as usize * PIXEL, self.rect.y as usize);
        let (row, height) = (self.rect.width as usize * PIXEL, self.rect.height as usize);
        if left + row > frame_stride || frame.len() < frame_stride * (top + height) {
            return Err(LayoutError::RectOutside);
        }
        let sources = frame.chunks_exact(frame_stride).skip(top).take(height);
        let targets = buffer[self.offset as usize..].chunks_mut(self.stride as usize);
        for (source, target) in sources.zip(targets) {
            let target = &mut target[..row];
            target.copy_from_slice(&source[left..left + row]);
            convert(target, from, to);
        }
        Ok(())
    }

    /// Read the pixels of the rectangle out of a buffer: tightly packed, and with a fourth byte of
    /// 255 if it has no meaning.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BufferTooSmall`] for a buffer that is smaller than it needs to be.
    pub fn read(&self, buffer: &[u8], layout: PixelLayout) -> Result<Vec<u8>, LayoutError> {
        if buffer.len() < self.size as usize {
            return Err(LayoutError::BufferTooSmall);
        }
        let row = self.rect.width as usize * PIXEL;
        let rows = buffer[self.offset as usize..]
            .chunks(self.stride as usize)
            .take(self.rect.height as usize);
        let mut pixels = Vec::with_capacity(row * self.rect.height as usize);
        for source in rows {
            pixels.extend_from_slice(&source[..row]);
        }
        convert(&mut pixels, layout, layout);
        Ok(pixels)
    }
}

/// Write pixels in another way. Without alpha they are what they are over black.
fn convert(bytes: &mut [u8], from: PixelLayout, to: PixelLayout) {
    if from.channels != to.channels {
        swap_red_and_blue(bytes);
    }
    match (from.alpha, to.alpha) {
        (Alpha::None, _) => pixels::make_opaque(bytes),
        (Alpha::Premultiplied, Alpha::Straight) => straight(bytes),
        (Alpha::Premultiplied, Alpha::None) => pixels::make_opaque(bytes),
        (Alpha::Straight, Alpha::Premultiplied) => pixels::premultiply(bytes),
        (Alpha::Straight, Alpha::None) => {
            pixels::premultiply(bytes);
            pixels::make_opaque(bytes);
        }
        (Alpha::Premultiplied, Alpha::Premultiplied) | (Alpha::Straight, Alpha::Straight) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGBA: PixelLayout = PixelLayout { channels: Channels::Rgb, alpha: Alpha::Straight };
    const BGRA: PixelLayout = PixelLayout { channels: Channels::Bgr, alpha: Alpha::Straight };
    const RGBX: PixelLayout = PixelLayout { channels: Channels::Rgb, alpha: Alpha::None };
    const CAPTURED: PixelLayout =
        PixelLayout { channels: Channels::Rgb, alpha: Alpha::Premultiplied };

    fn rect(rect: [f64; 4]) -> PixelRect {
        PixelRect::within(rect, 3, 2).expect("it is inside")
    }

    /// 3 × 2 px, whose red tells column and row.
    fn frame() -> Vec<u8> {
        [[0, 10, 20], [1, 11, 21]].concat().into_iter().flat_map(|red| [red, 0, 7, 255]).collect()
    }

    #[test]
    fn rectangles_are_whole_pixels_inside_of_the_frame() {
        let cases = [
            ([0.0, 0.0, 3.0, 2.0], Ok((0, 0, 3, 2))),
            ([1.9, 0.5, 1.9, 1.2], Ok((1, 0, 1, 1))),
            ([-0.5, 0.0, 1.0, 1.0], Ok((0, 0, 1, 1))),
            ([-1.0, 0.0, 1.0, 1.0], Err(LayoutError::InvalidRect)),
            ([0.0, f64::NAN, 1.0, 1.0], Err(LayoutError::InvalidRect)),
            ([0.0, 0.0, f64::INFINITY, 1.0], Err(LayoutError::InvalidRect)),
            ([0.0, 0.0, 0.9, 1.0], Err(LayoutError::EmptyRect)),
            ([0.0, 0.0, 3.0, 0.0], Err(LayoutError::EmptyRect)),
            ([1.0, 0.0, 3.0, 2.0], Err(LayoutError::RectOutside)),
            ([0.0, 1.0, 3.0, 2.0], Err(LayoutError::RectOutside)),
            ([0.0, 0.0, 1e300, 2.0], Err(LayoutError::RectOutside)),
            ([4294967294.0, 0.0, 4294967294.0, 1.0], Err(LayoutError::RectOutside)),
        ];
        for (rect, expected) in cases {
            let found = PixelRect::within(rect, 3, 2).map(|r| (r.x, r.y, r.width, r.height));
            assert_eq!(found, expected, "{rect:?}");
        }
        assert_eq!(PixelRect::whole(0, 2), Err(LayoutError::EmptyRect));
    }

    #[test]
    fn layouts_fit_the_rectangle() {
        let part = rect([1.0, 0.0, 2.0, 2.0]);
        let cases: [(Option<&[(u32, u32)]>, Result<u32, LayoutError>); 8] = [
            (None, Ok(16)),
            (Some(&[(0, 8)]), Ok(16)),
            (Some(&[(3, 10)]), Ok(23)),
            (Some(&[(0, 7)]), Err(LayoutError::StrideTooSmall)),
            (Some(&[]), Err(LayoutError::WrongPlaneCount)),
            (Some(&[(0, 8), (16, 8)]), Err(LayoutError::WrongPlaneCount)),
            (Some(&[(u32::MAX, 8)]), Err(LayoutError::TooLarge)),
            (Some(&[(0, u32::MAX)]), Err(LayoutError::TooLarge)),
        ];
        for (planes, expected) in cases {
            assert_eq!(BufferLayout::new(part, planes).map(|l| l.size()), expected, "{planes:?}");
        }
    }

    #[test]
    fn a_part_is_written_where_it_is_to_be() {
        let layout = BufferLayout::new(rect([1.0, 0.0, 1.0, 2.0]), Some(&[(1, 6)])).expect("fits");
        let mut buffer = [9; 13];
        assert_eq!(layout.write(&frame(), 3, RGBA, &mut buffer, RGBA), Ok(()));
        assert_eq!(buffer, [9, 10, 0, 7, 255, 9, 9, 11, 0, 7, 255, 9, 9]);
        assert_eq!(layout.write(&frame(), 3, RGBA, &mut buffer, BGRA), Ok(()));
        assert_eq!(buffer, [9, 7, 0, 10, 255, 9, 9, 7, 0, 11, 255, 9, 9]);
        let error = layout.write(&frame(), 3, RGBA, &mut buffer[..12], RGBA);
        assert_eq!(error, Err(LayoutError::BufferTooSmall));
        assert_eq!(
            layout.write(&frame()[..20], 3, RGBA, &mut buffer, RGBA),
            Err(LayoutError::RectOutside)
        );
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let whole = PixelRect::whole(3, 2).expect("not empty");
        for planes in [None, Some(&[(5, 17)][..])] {
            let layout = BufferLayout::new(whole, planes).expect("fits");
            let mut buffer = vec![0; layout.size() as usize];
            layout.write(&frame(), 3, RGBA, &mut buffer, RGBA).expect("fits");
            assert_eq!(layout.read(&buffer, RGBA), Ok(frame()));
            assert_eq!(layout.read(&buffer[1..], RGBA), Err(LayoutError::BufferTooSmall));
        }
    }

    #[test]
    fn alpha_is_carried_or_the_pixel_is_over_black() {
        let cases = [
            (CAPTURED, RGBA, [64, 32, 0, 128], [128, 64, 0, 128]),
            (CAPTURED, RGBX, [64, 32, 0, 128], [64, 32, 0, 255]),
            (CAPTURED, BGRA, [64, 32, 0, 128], [0, 64, 128, 128]),
            (RGBA, RGBA, [200, 1, 2, 3], [200, 1, 2, 3]),
            (RGBA, RGBX, [128, 64, 0, 128], [64, 32, 0, 255]),
            (RGBX, RGBA, [200, 1, 2, 3], [200, 1, 2, 255]),
            (RGBX, RGBX, [200, 1, 2, 3], [200, 1, 2, 255]),
        ];
        for (from, to, pixel, expected) in cases {
            let mut bytes = pixel;
            convert(&mut bytes, from, to);
            assert_eq!(bytes, expected, "{from:?} {to:?}");
        }
    }
}
