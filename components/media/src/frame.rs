/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A captured frame, as consumers of a track share it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use servo_base::generic_channel::GenericSharedMemory;
use subcapture_api::{FrameInfo, PixelFormat, RowOrder};

use crate::pixels;

/// What was said about a frame is not what came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FrameError {
    /// The size is empty, or there are more or fewer pixels than it says.
    WrongSize,
    /// A pixel format or an order of rows that consumers do not read.
    UnknownLayout,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongSize => "the pixels do not fit the size of the frame",
            Self::UnknownLayout => "the pixels are laid out in an unknown way",
        })
    }
}

impl std::error::Error for FrameError {}

/// A captured frame. Clones share the pixels.
#[derive(Clone)]
pub struct Frame(Arc<Shared>);

struct Shared {
    info: FrameInfo,
    width: u32,
    height: u32,
    received: Instant,
    rgba: GenericSharedMemory,
    bgra: OnceLock<Arc<Vec<u8>>>,
}

impl Frame {
    /// A frame that has just come from the compositor: RGBA8, colors multiplied by alpha, top row
    /// first, tightly packed.
    ///
    /// # Errors
    ///
    /// [`FrameError`] when the pixels are not what `info` says.
    pub fn new(info: FrameInfo, pixels: GenericSharedMemory) -> Result<Self, FrameError> {
        if (info.format, info.rows) != (PixelFormat::Rgba8Premultiplied, RowOrder::TopDown) {
            return Err(FrameError::UnknownLayout);
        }
        let width = u32::try_from(info.size.width).unwrap_or_default();
        let height = u32::try_from(info.size.height).unwrap_or_default();
        let bytes =
            u64::from(width).checked_mul(u64::from(height)).and_then(|px| px.checked_mul(4));
        if bytes.is_none_or(|bytes| bytes == 0 || usize::try_from(bytes) != Ok(pixels.len())) {
            return Err(FrameError::WrongSize);
        }
        Ok(Self(Arc::new(Shared {
            info,
            width,
            height,
            received: Instant::now(),
            rgba: pixels,
            bgra: OnceLock::new(),
        })))
    }

    /// What the compositor said about the frame.
    pub fn info(&self) -> &FrameInfo {
        &self.0.info
    }

    /// Width in px, at least 1.
    pub fn width(&self) -> u32 {
        self.0.width
    }

    /// Height in px, at least 1.
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// When the frame reached this process.
    pub fn received(&self) -> Instant {
        self.0.received
    }

    /// RGBA8, colors multiplied by alpha, top row first. This is also what the frame looks like
    /// over black, if alpha is left out.
    pub fn rgba(&self) -> &[u8] {
        &self.0.rgba
    }

    /// What [`rgba()`](Self::rgba) is, for those who keep it. Not a copy, unless content has a
    /// process of its own.
    pub fn shared_rgba(&self) -> Arc<Vec<u8>> {
        self.0.rgba.clone().into_arc_vec()
    }

    /// BGRA8, colors multiplied by alpha, top row first. Converted once, however many consumers
    /// ask for it.
    pub fn bgra(&self) -> Arc<Vec<u8>> {
        self.0.bgra.get_or_init(|| Arc::new(pixels::swap_red_and_blue(self.rgba()))).clone()
    }

    /// Whether the frame looks like another one, of whatever moment.
    pub fn has_pixels_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.width(), self.height()) == (other.width(), other.height())
                && self.rgba() == other.rgba()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&self.0.info).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use euclid::{Box2D, Scale};
    use subcapture_api::Version;

    use super::*;

    fn info(width: i32, height: i32) -> FrameInfo {
        FrameInfo {
            version: Version(0),
            sequence: 0,
            composite: 0,
            timestamp: Duration::ZERO,
            size: [width, height].into(),
            captured: [width, height].into(),
            origin: [0, 0].into(),
            scale: Scale::new(1.0),
            damage: Box2D::from_size([width, height].into()),
            format: PixelFormat::Rgba8Premultiplied,
            rows: RowOrder::TopDown,
        }
    }

    /// A frame of one color.
    pub(crate) fn frame(width: i32, height: i32, color: [u8; 4]) -> Frame {
        let area = usize::try_from(width * height).expect("a small frame");
        let pixels = GenericSharedMemory::from_vec(color.repeat(area));
        Frame::new(info(width, height), pixels).expect("as many pixels as the size says")
    }

    /// A frame of 2 × 2 px of a later version.
    pub(crate) fn frame_of_version(version: Version, color: [u8; 4]) -> Frame {
        let pixels = GenericSharedMemory::from_vec(color.repeat(4));
        Frame::new(FrameInfo { version, ..info(2, 2) }, pixels).expect("4 pixels")
    }

    #[test]
    fn pixels_have_to_fit_what_is_said_about_them() {
        let make = |info, bytes| Frame::new(info, GenericSharedMemory::from_byte(0, bytes)).err();
        assert_eq!(make(info(2, 3), 24), None);
        assert_eq!(make(info(2, 3), 23), Some(FrameError::WrongSize));
        assert_eq!(make(info(2, 3), 28), Some(FrameError::WrongSize));
        assert_eq!(make(info(0, 3), 0), Some(FrameError::WrongSize));
        assert_eq!(make(info(-2, -3), 24), Some(FrameError::WrongSize));
        assert_eq!(make(info(i32::MAX, i32::MAX), 4), Some(FrameError::WrongSize));
        let upside_down = FrameInfo { rows: RowOrder::BottomUp, ..info(2, 3) };
        assert_eq!(make(upside_down, 24), Some(FrameError::UnknownLayout));
    }

    #[test]
    fn bgra_is_made_once() {
        let frame = frame(1, 2, [1, 2, 3, 4]);
        assert_eq!(*frame.bgra(), [3, 2, 1, 4, 3, 2, 1, 4]);
        assert!(Arc::ptr_eq(&frame.bgra(), &frame.clone().bgra()));
    }

    #[test]
    fn frames_are_compared_by_size_and_pixels() {
        let frame_of = |width, height| frame(width, height, [1, 2, 3, 4]);
        assert!(frame_of(2, 3).has_pixels_of(&frame_of(2, 3)));
        assert!(!frame_of(2, 3).has_pixels_of(&frame_of(3, 2)));
        assert!(!frame_of(2, 3).has_pixels_of(&frame(2, 3, [1, 2, 3, 5])));
    }
}
