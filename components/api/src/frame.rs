/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What is said about a delivered frame.

use std::time::Duration;

use euclid::Scale;
use serde::{Deserialize, Serialize};
use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, DevicePixel, LayoutPixel,
};

use crate::Version;

/// How the bytes of a pixel are to be read.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum PixelFormat {
    /// Four bytes: red, green, blue, alpha. The colors are multiplied by alpha.
    #[default]
    Rgba8Premultiplied,
    /// Four bytes: blue, green, red, alpha. The colors are multiplied by alpha.
    Bgra8Premultiplied,
    /// Four bytes: red, green, blue, alpha. The colors are not multiplied by alpha.
    Rgba8Straight,
    /// Four bytes: blue, green, red, alpha. The colors are not multiplied by alpha.
    Bgra8Straight,
}

/// How the frames of a session get to its consumer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Delivery {
    /// In memory, the top row first, as pixels of this format.
    Memory(PixelFormat),
    /// As a texture of the compositor's GL context, for a consumer on the compositor's thread: what
    /// the frame was drawn to, without another copy. Its pixels are
    /// [`Rgba8Premultiplied`](PixelFormat::Rgba8Premultiplied), the bottom row first.
    Texture,
}

impl Default for Delivery {
    fn default() -> Self {
        Self::Memory(PixelFormat::default())
    }
}

/// Which row of the picture comes first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum RowOrder {
    /// The topmost row is first.
    TopDown,
    /// The bottommost row is first, as in GL.
    BottomUp,
}

/// One frame of a session, without its pixels.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct FrameInfo {
    /// The version of the session that this frame was made for.
    pub version: Version,
    /// Counts the frames of a session that were made, from 0. A gap means discarded frames.
    pub sequence: u64,
    /// Which composited frame of the webview's surface this was made from. Frames of several
    /// sessions with the same number show the same moment.
    pub composite: u64,
    /// When the frame was made, on the compositor's monotonic clock, from its start.
    pub timestamp: Duration,
    /// Width and height in device px. Never empty.
    pub size: DeviceIntSize,
    /// Width and height of what the frame shows, in device px: larger than `size` if the session
    /// limits the size of frames.
    pub captured: DeviceIntSize,
    /// The top left corner of the frame in the webview's viewport, in device px.
    pub origin: DeviceIntPoint,
    /// Device px per CSS px, page zoom included and pinch zoom not.
    pub scale: Scale<f32, LayoutPixel, DevicePixel>,
    /// The part of the frame that may be different from the frame of this session before it that
    /// the consumer got, in px from its top left corner: all of it if there was none, or it showed
    /// another part of the page. Empty if nothing is different and the frame was asked for.
    pub damage: DeviceIntRect,
    /// How to read the bytes of a pixel.
    pub format: PixelFormat,
    /// Which row comes first.
    pub rows: RowOrder,
}

/// What became of the frames of a session.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// Frames that the compositor made of the webview while the session was there.
    pub total: u64,
    /// Frames that went to the consumer.
    pub delivered: u64,
    /// Frames that did not: withheld, or overtaken by a newer one.
    pub discarded: u64,
}
