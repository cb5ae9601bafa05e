/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captured streams as Servo's media: what a document's track pushes into, and a backend of
//! servo-media that plays it in media elements. No media framework is needed.
//!
//! * A track owns a [`CaptureStream`] and pushes every [`Frame`] that it gets.
//! * A consumer finds the stream by the id of the track: a [`StreamReader`] has the newest frame
//!   and passes on what comes, and a [`FrameQueue`] has frames to take one at a time.
//! * A [`BufferLayout`] or [`PlanarLayout`] copies pixels to and from memory that a page has laid
//!   out.
//! * The [`CaptureBackend`] gives a media element whose `srcObject` has such a track a player.
//!   A player shows the newest frame only, and no frame twice.
//!
//! An embedder calls [`install`] before it starts Servo, and in a content process before that
//! runs.
//!
//! **Architecture invariant:** this crate never waits for the thread that pushes a frame, which
//! may be the thread that `Paint` runs on, nor lets that thread wait for a consumer.

mod backend;
mod frame;
mod layout;
mod pixels;
mod planar;
mod playback;
mod player;
mod presenter;
mod queue;
mod stream;
mod yuv;

pub use crate::backend::{CaptureBackend, install};
pub use crate::frame::{Frame, FrameError};
pub use crate::layout::{Alpha, BufferLayout, Channels, LayoutError, PixelLayout, PixelRect};
pub use crate::planar::{PlanarFormat, PlanarLayout, PlaneLayout};
pub use crate::playback::{Playback, Presented};
pub use crate::queue::FrameQueue;
pub use crate::stream::{CaptureStream, StreamEvent, StreamReader, Subscription};
pub use crate::yuv::{YuvColors, YuvMatrix, rgba_of_planes};
