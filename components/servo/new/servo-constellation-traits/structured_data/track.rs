/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Tracks of captures in structured clones.

use malloc_size_of_derive::MallocSizeOf;
use paint_api::capture::TrackHandle;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use servo_base::id::{Indexable, NamespaceIndex};
use subcapture_dom::{Settings, TrackConstraints};
use webrender_api::units::DeviceIntSize;

use super::capture::new_index;

/// The transferred `BrowserCaptureMediaStreamTrack` objects of a structured clone.
pub type TransferredTracks = FxHashMap<TransferredTrackId, TransferableTrack>;

/// Names a [`TransferableTrack`] within its structured clone.
pub type TransferredTrackId = NamespaceIndex<TransferredTrackIndex>;

#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, MallocSizeOf, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct TransferredTrackIndex;

impl Indexable for TransferredTrackIndex {
    const DISPLAY_PREFIX: &'static str = "TransferredTrack";
}

/// A [`TransferredTrackId`] that no other one of this pipeline namespace is equal to.
pub fn new_transferred_track_id() -> TransferredTrackId {
    new_index()
}

/// What a `BrowserCaptureMediaStreamTrack` is made of. It is attached to the source as if it were
/// a track: if it is dropped before there is one, the capture ends.
#[derive(Debug, Deserialize, MallocSizeOf, Serialize)]
pub struct TransferableTrack {
    /// `None` if the track has ended.
    #[ignore_malloc_size_of = "Messages only"]
    pub handle: Option<TrackHandle>,
    pub id: String,
    pub label: String,
    pub enabled: bool,
    pub muted: bool,
    pub content_hint: String,
    #[ignore_malloc_size_of = "Defined in subcapture-dom, small"]
    pub constraints: TrackConstraints,
    /// What the constraints have come to.
    #[ignore_malloc_size_of = "Numbers"]
    pub settings: Settings,
    /// The size of a frame if there were no limits, as far as is known.
    #[ignore_malloc_size_of = "Numbers"]
    pub full_size: DeviceIntSize,
}
