/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where a target is on the surface, from the newest records and scroll offsets.

use subcapture_api::{Ineligible, TargetId, Withheld};
use webrender_api::PipelineId;
use webrender_api::units::{DeviceIntRect, LayoutRect, LayoutTransform};

use crate::geometry::{snap, to_surface, to_viewport};
use crate::scene::{Scene, View};
use crate::targets::TargetTable;

/// Where a target is in the frame that is being requested.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The pipeline of the target's document.
    pub pipeline: PipelineId,
    /// The bounding box of the element in CSS px of the viewport of its own document: what
    /// `getBoundingClientRect()` gives.
    pub bounds: LayoutRect,
    /// The part of the element's bounding box that is in the viewport, in device px of the
    /// surface. Never empty.
    pub visible: DeviceIntRect,
    /// The embedding elements between the top-level document and the target's document,
    /// outermost first.
    pub ancestors: Vec<Ancestor>,
}

/// An element that embeds a document, as a step on the way to a nested target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ancestor {
    /// From the coordinates of the embedding document to its viewport.
    pub to_viewport: LayoutTransform,
    /// The content box of the embedding element in those coordinates. The viewport of the nested
    /// document begins at its top left corner.
    pub content_box: LayoutRect,
}

/// A target as the newest state of the engine has it.
pub(crate) struct Found {
    pub(crate) placement: Placement,
    pub(crate) ineligible: Option<Ineligible>,
    pub(crate) has_layer: bool,
}

/// Find a target on the surface.
pub(crate) fn look_up<S: Scene>(
    table: &TargetTable,
    scene: &S,
    view_id: S::ViewId,
    view: &View,
    target: TargetId,
) -> Result<Found, Withheld> {
    let located = table.get(target).ok_or(Withheld::UnknownTarget)?;

    // Only what hangs on the top-level document that is shown now counts: a document that was
    // navigated away from may live on in the back/forward cache, records and all.
    let mut ancestors = Vec::new();
    let mut pipeline = located.pipeline;
    while pipeline != view.root_pipeline {
        let parent = scene.parent(view_id, pipeline).ok_or(Withheld::UnknownTarget)?;
        let record = table
            .nested(parent, pipeline)
            .ok_or(Withheld::Pending)?
            .ok_or(Withheld::NotRendered)?;
        let to_viewport =
            scene.node_to_viewport(view_id, parent, record.node).ok_or(Withheld::NotRendered)?;
        ancestors.push(Ancestor { to_viewport, content_box: record.content_box });
        pipeline = parent;
    }

    let (border_box, node) = located.record.border_box.ok_or(Withheld::NotRendered)?;
    let transform =
        scene.node_to_viewport(view_id, located.pipeline, node).ok_or(Withheld::NotRendered)?;
    let bounds = to_viewport(&transform, &border_box).ok_or(Withheld::NotVisible)?;

    let mut visible = bounds;
    for ancestor in &ancestors {
        visible = visible
            .translate(ancestor.content_box.min.to_vector())
            .intersection(&ancestor.content_box)
            .and_then(|rect| to_viewport(&ancestor.to_viewport, &rect))
            .ok_or(Withheld::NotVisible)?;
    }
    let visible = to_surface(&view.to_surface, &visible)
        .and_then(|rect| rect.intersection(&view.rect))
        .map(|rect| snap(&rect))
        .filter(|rect| !rect.is_empty())
        .ok_or(Withheld::NotVisible)?;

    ancestors.reverse();
    Ok(Found {
        placement: Placement { pipeline: located.pipeline, bounds, visible, ancestors },
        ineligible: located.record.ineligible,
        has_layer: located.has_layer,
    })
}
