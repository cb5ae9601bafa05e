/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The display lists of a document: of its page, and of single elements.

use euclid::SideOffsets2D;
use subcapture_api::TargetId;
use webrender_api::units::{
    LayoutPoint, LayoutRect, LayoutSideOffsets, LayoutTransform, LayoutVector2D,
};
use webrender_api::{
    AlphaType, BorderDetails, BorderRadius, BorderSide, BorderStyle, BuiltDisplayList, ClipChainId,
    ClipMode, ColorF, CommonItemProperties, ComplexClipRegion, DisplayListBuilder, FilterOp,
    HasScrollLinkedEffect, ImageRendering, NormalBorder, PipelineId, PrimitiveFlags,
    PropertyBinding, PropertyBindingKey, ReferenceFrameKind, SpaceAndClipInfo, SpatialId,
    StickyOffsetBounds, TransformStyle,
};

use crate::document::{Document, Layout, Node, Spatial, SpatialKind};
use crate::units::{point_from, rect_from};

/// The display list of the whole document.
pub(crate) fn page(document: &Document, layout: &Layout) -> BuiltDisplayList {
    let mut painter = Painter::new(document.pipeline, layout);
    painter.define_spatial_nodes();
    painter.paint(&document.nodes, State { node: 0, clips: ClipChainId::INVALID, paints: true });
    painter.builder.end().1
}

/// The display list of nothing but the element with this target: where it is on the page, but
/// without the clips and effects around it.
pub(crate) fn layer(
    document: &Document,
    layout: &Layout,
    target: TargetId,
    pipeline: PipelineId,
) -> BuiltDisplayList {
    let mut painter = Painter { only: Some(target), ..Painter::new(pipeline, layout) };
    painter.define_spatial_nodes();
    painter.paint(&document.nodes, State { node: 0, clips: ClipChainId::INVALID, paints: false });
    painter.builder.end().1
}

/// A layer that holds all of a document of its own.
pub(crate) fn whole_layer(document: &Document, layout: &Layout) -> BuiltDisplayList {
    let mut painter = Painter::new(document.pipeline, layout);
    painter.define_spatial_nodes();
    painter.paint(&document.nodes, State { node: 0, clips: ClipChainId::INVALID, paints: true });
    painter.builder.end().1
}

struct Painter<'a> {
    pipeline: PipelineId,
    spatial_tree: &'a [Spatial],
    builder: DisplayListBuilder,
    /// WebRender's ids of the nodes of the spatial tree.
    spatial_ids: Vec<SpatialId>,
    /// How many nodes of the spatial tree were passed.
    passed: usize,
    /// The target of the only element that is painted.
    only: Option<TargetId>,
}

#[derive(Clone, Copy)]
struct State {
    node: usize,
    clips: ClipChainId,
    paints: bool,
}

impl<'a> Painter<'a> {
    fn new(pipeline: PipelineId, layout: &'a Layout) -> Self {
        let mut builder = DisplayListBuilder::new(pipeline);
        builder.begin();
        let spatial_tree = &layout.spatial_tree;
        Self { pipeline, spatial_tree, builder, spatial_ids: Vec::new(), passed: 0, only: None }
    }

    fn define_spatial_nodes(&mut self) {
        // The scroll node of the document comes with the pipeline.
        self.spatial_ids.push(SpatialId::root_scroll_node(self.pipeline));
        for &Spatial { parent, kind, .. } in &self.spatial_tree[1..] {
            let parent_id = self.spatial_ids[parent];
            let parent_origin = self.spatial_tree[parent].frame_origin;
            let id = match kind {
                SpatialKind::Scroll(external_id, rect) => self.builder.define_scroll_frame(
                    parent_id,
                    external_id,
                    LayoutRect::from_size(rect.size() * 100.),
                    rect_from(parent_origin, &rect),
                    LayoutVector2D::zero(),
                    0,
                    HasScrollLinkedEffect::No,
                ),
                SpatialKind::Sticky(rect, margin) => {
                    let unbounded = StickyOffsetBounds::new(f32::MIN, f32::MAX);
                    self.builder.define_sticky_frame(
                        parent_id,
                        rect_from(parent_origin, &rect),
                        SideOffsets2D::new(Some(margin), None, None, None),
                        unbounded,
                        unbounded,
                        LayoutVector2D::zero(),
                        None,
                    )
                }
                SpatialKind::Transform(origin, transform) => {
                    let transform = PropertyBinding::Value(transform);
                    let origin = point_from(parent_origin, origin);
                    self.define_reference_frame(parent_id, origin, transform)
                }
                SpatialKind::Animated(origin, key) => {
                    let key = PropertyBindingKey::new(key);
                    let transform = PropertyBinding::Binding(key, LayoutTransform::identity());
                    let origin = point_from(parent_origin, origin);
                    self.define_reference_frame(parent_id, origin, transform)
                }
            };
            self.spatial_ids.push(id);
        }
    }

    fn define_reference_frame(
        &mut self,
        parent: SpatialId,
        origin: LayoutPoint,
        transform: PropertyBinding<LayoutTransform>,
    ) -> SpatialId {
        let id = self.builder.push_reference_frame(
            origin,
            parent,
            TransformStyle::Flat,
            transform,
            ReferenceFrameKind::Transform {
                is_2d_scale_translation: false,
                should_snap: false,
                paired_with_perspective: false,
            },
        );
        self.builder.pop_reference_frame();
        id
    }

    fn paint(&mut self, nodes: &[Node], state: State) {
        for node in nodes {
            match node {
                &Node::Fill(rect, color) => self.fill(rect, color, state),
                &Node::Round(rect, radius, color) => {
                    let clips = self.round_clip(rect, radius, state);
                    self.fill(rect, color, State { clips, ..state });
                }
                &Node::Border(rect, width, radius, color) if state.paints => {
                    self.border(rect, width, radius, color, state);
                }
                &Node::Image(rect, key) if state.paints => {
                    let common = self.common(rect, state);
                    self.builder.push_image(
                        &common,
                        common.clip_rect,
                        ImageRendering::Auto,
                        AlphaType::PremultipliedAlpha,
                        key,
                        ColorF::WHITE,
                    );
                }
                &Node::Nested(rect, pipeline) if state.paints => {
                    let CommonItemProperties { clip_rect, clip_chain_id, spatial_id, .. } =
                        self.common(rect, state);
                    let space = SpaceAndClipInfo { spatial_id, clip_chain_id };
                    self.builder.push_iframe(clip_rect, clip_rect, &space, pipeline, true);
                }
                Node::Border(..)
                | Node::Image(..)
                | Node::Nested(..)
                | Node::Element { border_box: None, .. } => {}
                Node::Element { targets, nodes, .. } => {
                    let begins = self.only.is_some_and(|target| targets.contains(&target));
                    let state = if begins { State { paints: true, ..state } } else { state };
                    self.paint(nodes, state);
                }
                Node::Scroll(_, rect, nodes) => {
                    let clips = self.clip(*rect, state);
                    let node = self.next_node();
                    self.paint(nodes, State { node, clips, ..state });
                }
                Node::Sticky(_, _, nodes)
                | Node::Transform(_, _, nodes)
                | Node::Animated(_, _, nodes) => {
                    let node = self.next_node();
                    self.paint(nodes, State { node, ..state });
                }
                Node::Clip(rect, nodes) => {
                    let clips = self.clip(*rect, state);
                    self.paint(nodes, State { clips, ..state });
                }
                Node::RoundClip(rect, radius, nodes) => {
                    let clips = self.round_clip(*rect, *radius, state);
                    self.paint(nodes, State { clips, ..state });
                }
                Node::Opacity(alpha, nodes) => self.paint_group(*alpha, nodes, state),
            }
        }
    }

    fn paint_group(&mut self, alpha: f32, nodes: &[Node], state: State) {
        if !state.paints {
            return self.paint(nodes, state);
        }
        let filter = FilterOp::Opacity(PropertyBinding::Value(alpha), alpha);
        self.builder.push_simple_stacking_context_with_filters(
            self.spatial_ids[state.node],
            PrimitiveFlags::default(),
            &[filter],
            &[],
        );
        self.paint(nodes, state);
        self.builder.pop_stacking_context();
    }

    fn fill(&mut self, rect: LayoutRect, color: ColorF, state: State) {
        if state.paints {
            let common = self.common(rect, state);
            self.builder.push_rect(&common, common.clip_rect, color);
        }
    }

    fn border(&mut self, rect: LayoutRect, width: f32, radius: f32, color: ColorF, state: State) {
        let common = self.common(rect, state);
        let side = BorderSide { color, style: BorderStyle::Solid };
        let details = BorderDetails::Normal(NormalBorder {
            left: side,
            right: side,
            top: side,
            bottom: side,
            radius: BorderRadius::uniform(radius),
            do_aa: true,
        });
        let widths = LayoutSideOffsets::new_all_same(width);
        self.builder.push_border(&common, common.clip_rect, widths, details);
    }

    /// The next node of the spatial tree, which layout met in the same order.
    fn next_node(&mut self) -> usize {
        self.passed += 1;
        self.passed
    }

    fn common(&self, rect: LayoutRect, state: State) -> CommonItemProperties {
        let space = SpaceAndClipInfo {
            spatial_id: self.spatial_ids[state.node],
            clip_chain_id: state.clips,
        };
        CommonItemProperties::new(self.local(rect, state), space)
    }

    fn clip(&mut self, rect: LayoutRect, state: State) -> ClipChainId {
        if !state.paints {
            return ClipChainId::INVALID;
        }
        let rect = self.local(rect, state);
        let clip = self.builder.define_clip_rect(self.spatial_ids[state.node], rect);
        self.clip_chain(clip, state)
    }

    fn round_clip(&mut self, rect: LayoutRect, radius: f32, state: State) -> ClipChainId {
        if !state.paints {
            return ClipChainId::INVALID;
        }
        let clip = ComplexClipRegion {
            rect: self.local(rect, state),
            radii: BorderRadius::uniform(radius),
            mode: ClipMode::Clip,
        };
        let clip = self.builder.define_clip_rounded_rect(self.spatial_ids[state.node], clip);
        self.clip_chain(clip, state)
    }

    fn clip_chain(&mut self, clip: webrender_api::ClipId, state: State) -> ClipChainId {
        let parent = (state.clips != ClipChainId::INVALID).then_some(state.clips);
        self.builder.define_clip_chain(parent, [clip])
    }

    /// A rect in the coordinates of the nearest reference frame.
    fn local(&self, rect: LayoutRect, state: State) -> LayoutRect {
        rect_from(self.spatial_tree[state.node].frame_origin, &rect)
    }
}
