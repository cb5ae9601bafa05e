/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where a target is on the surface, from the newest records and scroll offsets.

use subcapture_api::{Ineligible, TargetId, Withheld};
use webrender_api::units::{DeviceIntRect, DeviceIntSize, DeviceRect, LayoutRect, LayoutVector2D};
use webrender_api::{ExternalScrollId, PipelineId};

use crate::display_list::Motion;
use crate::geometry::{rect_of, snap};
use crate::scene::{Scene, View};
use crate::spatial::{Space, SpatialStep, bounding_box};
use crate::targets::{Located, TargetTable};

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
#[derive(Clone, Debug, PartialEq)]
pub struct Ancestor {
    /// From the viewport of the embedding document to the element.
    pub path: Vec<SpatialStep>,
    /// The content box of the element, in the coordinates of the embedding document. The viewport
    /// of the nested document begins at its top left corner.
    pub content_box: LayoutRect,
}

/// A target as the newest state of the engine has it.
pub(crate) struct Found {
    /// Where it is, or why it is nowhere.
    pub(crate) placement: Result<Placement, Withheld>,
    /// How far the target's document is scrolled where the target is.
    pub(crate) scrolled: LayoutVector2D,
    pub(crate) ineligible: Option<Ineligible>,
    /// The pipeline of the layer that came with the newest display list.
    pub(crate) layer: Option<PipelineId>,
    /// Whether the layer moves only as the target does.
    pub(crate) is_still: bool,
    /// Whether all of the layer moves, besides, as its document does.
    pub(crate) scrolls_as_one: bool,
}

/// Find a target on a surface of this size.
pub(crate) fn look_up<S: Scene>(
    table: &TargetTable,
    scene: &S,
    view_id: S::ViewId,
    view: &View,
    surface: DeviceIntSize,
    target: TargetId,
) -> Found {
    let located = table.get(target);
    let placed = located
        .ok_or(Withheld::UnknownTarget)
        .and_then(|located| place(table, scene, view_id, view, surface, located));
    let (placement, path) = placed
        .map_or_else(|reason| (Err(reason), Vec::new()), |(placement, path)| (Ok(placement), path));
    let layer = located.and_then(|located| located.layer.as_ref());
    let scrolls = |scroller: &ExternalScrollId| {
        path.iter().any(|step| matches!(step, SpatialStep::Scroll { id, .. } if id == scroller))
    };
    let (is_still, scrolls_as_one) = match layer.map(|layer| &layer.motion) {
        Some(Motion::Still { scrollers, scrolls_as_one }) if scrollers.iter().all(scrolls) => {
            (true, *scrolls_as_one)
        }
        Some(Motion::Still { .. } | Motion::Other) | None => (false, false),
    };
    Found {
        placement,
        scrolled: path.iter().find_map(SpatialStep::document_scroll).unwrap_or_default(),
        ineligible: located.and_then(|located| located.record.ineligible),
        is_still,
        scrolls_as_one,
        layer: layer.map(|layer| layer.pipeline),
    }
}

/// Where a target is, and the path to it.
fn place<S: Scene>(
    table: &TargetTable,
    scene: &S,
    view_id: S::ViewId,
    view: &View,
    surface: DeviceIntSize,
    located: &Located,
) -> Result<(Placement, Vec<SpatialStep>), Withheld> {
    let ancestors = ancestors(table, scene, view_id, view, located.pipeline)?;
    let (border_box, node) = located.record.border_box.ok_or(Withheld::NotRendered)?;
    let path = scene.path(view_id, located.pipeline, node).ok_or(Withheld::NotRendered)?;
    let bounds = bounding_box(&path, &border_box).ok_or(Withheld::NotVisible)?;

    let visible = visible(view, surface, &ancestors, &path, &border_box)
        .map(|rect| snap(&rect))
        .filter(|rect| !rect.is_empty())
        .ok_or(Withheld::NotVisible)?;
    Ok((Placement { pipeline: located.pipeline, bounds, visible, ancestors }, path))
}

/// The elements that embed the document, outermost first.
///
/// Only what hangs on the top-level document that is shown now counts: a document that was
/// navigated away from may live on in the back/forward cache, records and all.
fn ancestors<S: Scene>(
    table: &TargetTable,
    scene: &S,
    view_id: S::ViewId,
    view: &View,
    mut pipeline: PipelineId,
) -> Result<Vec<Ancestor>, Withheld> {
    let mut ancestors = Vec::new();
    while pipeline != view.root_pipeline {
        let parent = scene.parent(view_id, pipeline).ok_or(Withheld::UnknownTarget)?;
        let record = table
            .nested(parent, pipeline)
            .ok_or(Withheld::Pending)?
            .ok_or(Withheld::NotRendered)?;
        let path = scene.path(view_id, parent, record.node).ok_or(Withheld::NotRendered)?;
        ancestors.push(Ancestor { path, content_box: record.content_box });
        pipeline = parent;
    }
    ancestors.reverse();
    Ok(ancestors)
}

/// The part of a box that is inside of the surface, the viewport and every element that embeds its
/// document.
fn visible(
    view: &View,
    surface: DeviceIntSize,
    ancestors: &[Ancestor],
    path: &[SpatialStep],
    border_box: &LayoutRect,
) -> Option<DeviceRect> {
    let shown = shown_parts(ancestors, bounding_box(path, border_box)?)?;
    let mut visible = view.rect.intersection(&rect_of(surface).to_f32())?;
    let mut space = Space::viewport(&view.to_surface);
    for (ancestor, shown) in ancestors.iter().zip(&shown) {
        space = space.follow(&ancestor.path);
        // The box around a turned element is larger than what the element shows of the target.
        let clip = if space.is_upright() { &ancestor.content_box } else { shown };
        visible = visible.intersection(&space.draw(clip)?)?;
        space = space.nested(ancestor.content_box.min);
    }
    visible.intersection(&space.follow(path).draw(border_box)?)
}

/// What each of the elements shows of a bounding box in the innermost document. `None` when one of
/// them shows nothing of it.
fn shown_parts(ancestors: &[Ancestor], mut bounds: LayoutRect) -> Option<Vec<LayoutRect>> {
    let mut parts = Vec::with_capacity(ancestors.len());
    for Ancestor { path, content_box } in ancestors.iter().rev() {
        let part = bounds.translate(content_box.min.to_vector()).intersection(content_box)?;
        bounds = bounding_box(path, &part)?;
        parts.push(part);
    }
    parts.reverse();
    Some(parts)
}
