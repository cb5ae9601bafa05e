/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a document asks layout to say about sub-tab capture with its next display list.

use servo_base::id::PipelineId;
use subcapture_api::{RestrictionTargetId, TargetId};
use webrender_api::PipelineId as WebRenderPipelineId;

use crate::TrustedNodeAddress;

/// The elements that a display list has to tell `Paint` about. Empty when a document has no
/// capture target and nothing in it is being captured.
#[derive(Debug, Default)]
pub struct CaptureReflowRequest {
    /// Every connected element that has a capture target, once for each kind of target it has.
    pub targets: Vec<(TrustedNodeAddress, TargetId)>,
    /// Every `<iframe>` that has a nested document, and the pipeline of that document. `None`
    /// while no nested document is being captured.
    pub nested: Option<Vec<(TrustedNodeAddress, PipelineId)>>,
    /// Every connected element that needs a display list of its own, and the pipeline that this
    /// display list is for.
    pub layers: Vec<(TrustedNodeAddress, RestrictionTargetId, WebRenderPipelineId)>,
}
