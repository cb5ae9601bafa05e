/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Video frames in structured clones.

use malloc_size_of_derive::MallocSizeOf;
use pixels::SharedSnapshot;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use servo_base::generic_channel::GenericSharedMemory;
use servo_base::id::{Indexable, NamespaceIndex};

use super::StructuredSerializedData;
use super::capture::new_index;
use super::serializable::BroadcastClone;

/// The `VideoFrame` objects of a structured clone.
pub type SerializedVideoFrames = FxHashMap<VideoFrameId, SerializableVideoFrame>;

/// Names a [`SerializableVideoFrame`] within its structured clone.
pub type VideoFrameId = NamespaceIndex<VideoFrameIndex>;

#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, MallocSizeOf, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct VideoFrameIndex;

impl Indexable for VideoFrameIndex {
    const DISPLAY_PREFIX: &'static str = "VideoFrame";
}

/// A [`VideoFrameId`] that no other one of this pipeline namespace is equal to.
pub fn new_video_frame_id() -> VideoFrameId {
    new_index()
}

/// What a `VideoFrame` is made of.
#[derive(Clone, Debug, Deserialize, MallocSizeOf, Serialize)]
pub struct SerializableVideoFrame {
    pub pixels: SerializableVideoPixels,
    /// Left, top, width and height of the part that is shown, in px.
    pub visible_rect: (u32, u32, u32, u32),
    /// Width and height at which it is shown.
    pub display_size: (u32, u32),
    /// In µs.
    pub timestamp: i64,
    /// In µs.
    pub duration: Option<u64>,
    /// What the colors mean.
    pub color_space: SerializableColorSpace,
}

/// All pixels of a `VideoFrame`, and their format.
#[derive(Clone, Debug, Deserialize, MallocSizeOf, Serialize)]
pub enum SerializableVideoPixels {
    Packed(SharedSnapshot),
    Planar {
        /// In the word of the enumeration.
        format: String,
        /// Width and height.
        size: (u32, u32),
        /// One plane after the other, with nothing between rows.
        samples: GenericSharedMemory,
    },
}

/// What a `VideoColorSpace` is made of, in the words of its enumerations.
#[derive(Clone, Debug, Default, Deserialize, MallocSizeOf, Serialize)]
pub struct SerializableColorSpace {
    pub primaries: Option<String>,
    pub transfer: Option<String>,
    pub matrix: Option<String>,
    pub full_range: Option<bool>,
}

impl BroadcastClone for SerializableVideoFrame {
    type Id = VideoFrameId;

    fn source(data: &StructuredSerializedData) -> &Option<FxHashMap<Self::Id, Self>> {
        &data.video_frames
    }

    fn destination(data: &mut StructuredSerializedData) -> &mut Option<FxHashMap<Self::Id, Self>> {
        &mut data.video_frames
    }

    fn clone_for_broadcast(&self) -> Option<Self> {
        Some(self.clone())
    }
}
