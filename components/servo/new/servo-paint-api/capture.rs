/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Messages of sub-tab capture between documents and `Paint`.

mod track_handle;

use std::fmt;

use log::warn;
use malloc_size_of_derive::MallocSizeOf;
use serde::{Deserialize, Serialize};
use servo_base::generic_channel::{GenericCallback, GenericSharedMemory};
use servo_base::id::{PipelineId, WebViewId};
use subcapture_api::{
    FrameInfo, FrameLimits, PipelineRecords, RestrictionTargetId, StartError, TargetId, TargetKind,
    TrackCommand, TrackEvent, TrackKey,
};
use webrender_api::{BuiltDisplayListDescriptor, PipelineId as WebRenderPipelineId};

pub use self::track_handle::TrackHandle;
use crate::{CrossProcessPaintApi, PaintMessage};

impl CrossProcessPaintApi {
    /// Tell `Paint` something about sub-tab capture in a document of this WebView.
    pub fn send_capture_message(&self, webview_id: WebViewId, message: CaptureMessage) {
        if let Err(error) = self.0.send(PaintMessage::Capture(webview_id, message)) {
            warn!("Error sending capture message: {error}");
        }
    }
}

/// From a document to `Paint`.
#[derive(Deserialize, Serialize)]
pub enum CaptureMessage {
    /// The document minted a target. Messages of a document arrive in order: a document that
    /// sends this after a display list that carries the target knows, when it is acknowledged,
    /// that `Paint` has both.
    TargetMinted {
        pipeline_id: PipelineId,
        target: TargetId,
        acknowledge: GenericCallback<()>,
    },
    /// Take over a track that the embedder granted to a document, or that another document or
    /// worker has detached. The first message wins.
    AttachTrack {
        pipeline_id: PipelineId,
        key: TrackKey,
        limits: FrameLimits,
        outputs: GenericCallback<TrackOutput>,
    },
    /// Tell a track what to do.
    CommandTrack { key: TrackKey, command: TrackCommand },
    /// Let go of a track: whoever has the next key takes it over, as it is. Nothing comes out of
    /// it in between.
    DetachTrack { key: TrackKey, next: TrackKey },
    /// Make another track of the same WebView, uncropped, unrestricted and independent, with a
    /// key that is known to nobody else. Its frames and events come after those that are on their
    /// way of the original.
    CloneTrack {
        key: TrackKey,
        clone: TrackKey,
        limits: FrameLimits,
        outputs: GenericCallback<TrackOutput>,
    },
}

impl fmt::Debug for CaptureMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TargetMinted { .. } => "TargetMinted",
            Self::AttachTrack { .. } => "AttachTrack",
            Self::CommandTrack { .. } => "CommandTrack",
            Self::DetachTrack { .. } => "DetachTrack",
            Self::CloneTrack { .. } => "CloneTrack",
        })
    }
}

/// What comes out of a track.
#[derive(Clone, Deserialize, Serialize)]
pub enum TrackOutput {
    Event(TrackEvent),
    /// A frame. The pixels are as [`FrameInfo`] says, with nothing between rows.
    Frame(FrameInfo, GenericSharedMemory),
}

/// To a document, from `Paint` or from the embedder.
#[derive(Deserialize, Serialize)]
pub enum DocumentCaptureMessage {
    /// Answer with the target of the first element that matches a selector, minting it if the
    /// element has none.
    Locate {
        selector: String,
        kind: TargetKind,
        reply: GenericCallback<Result<TargetId, StartError>>,
    },
    /// What the document's display lists have to carry from now on, instead of what they had to
    /// before: a layer for each of these restriction targets, and, if a document nested in this
    /// one is being captured, where nested documents are.
    SetInterest {
        layers: Vec<(RestrictionTargetId, WebRenderPipelineId)>,
        nested: bool,
    },
}

impl fmt::Debug for DocumentCaptureMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locate { .. } => formatter.write_str("Locate"),
            Self::SetInterest { .. } => formatter.write_str("SetInterest"),
        }
    }
}

/// What layout says about capture with a display list.
#[derive(Clone, Debug, Default, Deserialize, MallocSizeOf, Serialize)]
pub struct CaptureDisplayListInfo {
    /// Where the targets and the nested documents are.
    #[ignore_malloc_size_of = "Small, and empty without a capture"]
    pub records: PipelineRecords,
    /// The display lists of the captured restriction targets.
    #[ignore_malloc_size_of = "Taken when the display list is sent"]
    pub layers: Vec<CaptureLayer>,
}

/// The display list of one restricted element.
#[derive(Clone, Deserialize, Serialize)]
pub struct CaptureLayer {
    pub target: RestrictionTargetId,
    pub descriptor: BuiltDisplayListDescriptor,
    #[serde(with = "serde_bytes")]
    pub items_data: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub spatial_tree: Vec<u8>,
}

impl fmt::Debug for CaptureLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CaptureLayer")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
