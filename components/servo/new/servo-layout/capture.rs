/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What layout says about capture targets with each display list: where they are, whether they
//! are eligible for restriction, and the layers of those that are being captured.

#![expect(unsafe_code)]

use std::sync::Arc;

use app_units::Au;
use euclid::{Rect, Scale};
use layout_api::{BoxAreaType, LayoutNode, ReflowRequest, TrustedNodeAddress};
use script::layout_dom::ServoLayoutNode;
use style::computed_values::transform_style::T as ComputedTransformStyle;
use style_traits::{CSSPixel, DevicePixel};
use subcapture_api::{
    Ineligible, NestedRecord, PipelineRecords, SpatialNode, TargetId, TargetRecord,
};
use webrender_api::units::{LayoutPoint, LayoutRect, LayoutSize};

use crate::context::ImageResolver;
use crate::display_list::{DisplayListBuilder, LayerRequest, StackingContextTree};
use crate::dom::NodeExt;
use crate::fragment_tree::{ContainingBlockCalculation, Fragment, FragmentTree};
use crate::style_ext::ComputedValuesExt;

/// Record what the reflow request asks for next to the display list that was just built.
pub(crate) fn record(
    stacking_context_tree: &mut StackingContextTree,
    fragment_tree: &FragmentTree,
    image_resolver: &Arc<ImageResolver>,
    device_pixel_ratio: Scale<f32, CSSPixel, DevicePixel>,
    reflow_request: &ReflowRequest,
) {
    let request = &reflow_request.capture;
    let records = PipelineRecords {
        targets: request
            .targets
            .iter()
            .map(|(address, target)| target_record(*address, *target))
            .collect(),
        nested: request.nested.as_ref().map(|nested| {
            let record = |(address, pipeline_id): &(_, _)| {
                let (content_box, node) = area(*address, BoxAreaType::Content)?;
                Some(NestedRecord {
                    pipeline: webrender_api::PipelineId::from(*pipeline_id),
                    content_box,
                    node,
                })
            };
            nested.iter().filter_map(record).collect()
        }),
    };
    let layers = request
        .layers
        .iter()
        .filter(|(address, ..)| ineligible(*address).is_none())
        .map(|(address, target, pipeline_id)| LayerRequest {
            // SAFETY: As in `with_fragments` below.
            node: unsafe { ServoLayoutNode::new(address) }.opaque(),
            target: *target,
            pipeline_id: *pipeline_id,
        })
        .collect::<Vec<_>>();
    let layers = DisplayListBuilder::build_layers(
        stacking_context_tree,
        fragment_tree,
        image_resolver,
        device_pixel_ratio,
        reflow_request.frame_focused,
        &layers,
    );
    let capture = &mut stacking_context_tree.paint_info.capture;
    capture.records = records;
    capture.layers = layers;
}

fn target_record(address: TrustedNodeAddress, target: TargetId) -> TargetRecord {
    let ineligible = match target {
        TargetId::Crop(_) => None,
        TargetId::Restriction(_) => ineligible(address),
    };
    TargetRecord {
        target,
        border_box: area(address, BoxAreaType::Border),
        ineligible,
    }
}

/// The union of an area of all the fragments of a node, before transforms, and the spatial node
/// whose transform applies to it: the same that `getBoundingClientRect()` looks at.
fn area(address: TrustedNodeAddress, area: BoxAreaType) -> Option<(LayoutRect, SpatialNode)> {
    with_fragments(address, |fragments| {
        let spatial_node = fragments
            .first()?
            .retrieve_box_fragment()?
            .spatial_tree_node()?;
        let rect = fragments
            .iter()
            .filter_map(|fragment| {
                fragment.cumulative_box_area_rect(
                    area,
                    ContainingBlockCalculation::AlreadyDoneWithStackingContextTree,
                )
            })
            .reduce(|union, rect| union.union(&rect))?;
        let spatial_node = u32::try_from(spatial_node.index).ok()?;
        Some((to_layout_rect(rect), SpatialNode(spatial_node)))
    })
    .flatten()
}

/// The first of the rules that the element fails to be
/// [eligible for restriction](https://screen-share.github.io/element-capture/#elements-eligible-for-restriction).
///
/// That an element forms a backdrop root is not looked at: as no `backdrop-filter` is painted, any
/// stacking context is one. An element without boxes fails no rule, it is not rendered.
fn ineligible(address: TrustedNodeAddress) -> Option<Ineligible> {
    with_fragments(address, |fragments| {
        let [fragment] = fragments else {
            return (!fragments.is_empty()).then_some(Ineligible::Fragmented);
        };
        let Some(fragment) = fragment.retrieve_box_fragment() else {
            return Some(Ineligible::Fragmented);
        };
        let flags = fragment.base.flags;
        let style = fragment.style();
        if !style.establishes_stacking_context(flags) {
            return Some(Ineligible::NotStackingContext);
        }
        if style.used_transform_style(flags) != ComputedTransformStyle::Flat {
            return Some(Ineligible::NotFlattened);
        }
        None
    })
    .flatten()
}

fn with_fragments<T>(
    address: TrustedNodeAddress,
    callback: impl FnOnce(&[Fragment]) -> T,
) -> Option<T> {
    // SAFETY: Script collects the addresses of connected elements for the reflow request and waits
    // until the reflow is done.
    let node = unsafe { ServoLayoutNode::new(&address) };
    node.with_fragments(callback)
}

fn to_layout_rect(rect: Rect<Au, CSSPixel>) -> LayoutRect {
    LayoutRect::from_origin_and_size(
        LayoutPoint::new(rect.origin.x.to_f32_px(), rect.origin.y.to_f32_px()),
        LayoutSize::new(rect.size.width.to_f32_px(), rect.size.height.to_f32_px()),
    )
}
