/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What layout says about targets with every display list.

use serde::{Deserialize, Serialize};
use webrender_api::PipelineId;
use webrender_api::units::LayoutRect;

use crate::{Ineligible, TargetId};

/// A node of the engine's own scroll tree of one pipeline. The compositor never looks inside: it
/// asks the engine for the node's newest transform.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct SpatialNode(pub u32);

/// Where one connected target is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct TargetRecord {
    /// The target.
    pub target: TargetId,
    /// The union of the border boxes of the element, in CSS px, in the document's coordinates
    /// before the transforms of `node` and its ancestors. `None` when the element generates no
    /// box.
    pub border_box: Option<(LayoutRect, SpatialNode)>,
    /// The first rule for restriction that the element fails, if any. Always `None` for a crop
    /// target.
    pub ineligible: Option<Ineligible>,
}

/// Where the content of a nested document is shown in the document that embeds it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct NestedRecord {
    /// The pipeline of the nested document.
    pub pipeline: PipelineId,
    /// The content box of the embedding element in CSS px, in the embedding document's
    /// coordinates before the transforms of `node` and its ancestors.
    pub content_box: LayoutRect,
    /// The spatial node of the embedding element.
    pub node: SpatialNode,
}

/// Everything layout says about capture with one display list. It replaces what the pipeline's
/// display list before this one said.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PipelineRecords {
    /// Every connected target of the document.
    pub targets: Vec<TargetRecord>,
    /// Every nested document that is rendered. `None` while nobody asked for them, which is when
    /// nothing in a nested document is being captured.
    pub nested: Option<Vec<NestedRecord>>,
}
