/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Documents, and what layout says about them.

use subcapture_api::{
    Ineligible, NestedRecord, PipelineRecords, SpatialNode, TargetId, TargetRecord,
};
use webrender_api::units::{LayoutPoint, LayoutRect, LayoutSize, LayoutTransform};
use webrender_api::{ColorF, ExternalScrollId, ImageKey, PipelineId};

use crate::units::{point_from, rect_from};

/// A document: a tree of boxes, from back to front.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) pipeline: PipelineId,
    pub(crate) nodes: Vec<Node>,
}

/// A box, or something that applies to all boxes inside of it. All rects are in CSS px from the top
/// left of the document, before transforms and scrolling, and are rounded to app units.
#[derive(Clone, Debug)]
pub enum Node {
    /// A box of one color.
    Fill(LayoutRect, ColorF),
    /// A box of one color with round corners of this radius.
    Round(LayoutRect, f32, ColorF),
    /// A solid border of this width and color around a box, with round corners of this radius.
    Border(LayoutRect, f32, f32, ColorF),
    /// An image over the whole box.
    Image(LayoutRect, ImageKey),
    /// Another document, as an `<iframe>` with this content box shows it.
    Nested(LayoutRect, PipelineId),
    /// An element that may be captured.
    Element {
        /// The targets of the element.
        targets: Vec<TargetId>,
        /// The border box. `None` when the element is not rendered, and nothing in it is.
        border_box: Option<LayoutRect>,
        /// Why the element cannot be captured alone.
        ineligible: Option<Ineligible>,
        /// What is in the element, wherever it is.
        nodes: Vec<Node>,
    },
    /// A scroll container, whose id is unique in the document. 0 is the document's own.
    Scroll(u64, LayoutRect, Vec<Node>),
    /// A box that sticks to the top of the scroll container around it, or of the document, at this
    /// distance, for as long as what is in the container scrolls.
    Sticky(LayoutRect, f32, Vec<Node>),
    /// A transform, around this point.
    Transform(LayoutPoint, LayoutTransform, Vec<Node>),
    /// A transform, around this point, that [`Engine::animate`](crate::Engine::animate) sets by
    /// this key. Nothing is transformed at first.
    Animated(LayoutPoint, u64, Vec<Node>),
    /// A clip.
    Clip(LayoutRect, Vec<Node>),
    /// A clip with round corners of this radius.
    RoundClip(LayoutRect, f32, Vec<Node>),
    /// An opacity of the whole group.
    Opacity(f32, Vec<Node>),
}

impl Node {
    /// A rendered and eligible element of these targets.
    pub fn element(
        targets: impl IntoIterator<Item = TargetId>,
        border_box: LayoutRect,
        nodes: Vec<Self>,
    ) -> Self {
        let targets = targets.into_iter().collect();
        Self::Element { targets, border_box: Some(border_box), ineligible: None, nodes }
    }
}

/// A node of the spatial tree of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spatial {
    pub(crate) parent: usize,
    pub(crate) kind: SpatialKind,
    /// Where the coordinates of the nearest reference frame have their origin.
    pub(crate) frame_origin: LayoutPoint,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum SpatialKind {
    /// Everything scrolls with the document. The root of the tree.
    Scroll(ExternalScrollId, LayoutRect),
    Sticky(LayoutRect, f32),
    Transform(LayoutPoint, LayoutTransform),
    /// Around this point, by what this key is animated to.
    Animated(LayoutPoint, u64),
}

/// What layout finds out about a document.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) pipeline: PipelineId,
    pub(crate) spatial_tree: Vec<Spatial>,
    pub(crate) targets: Vec<TargetRecord>,
    pub(crate) nested: Vec<NestedRecord>,
}

impl Layout {
    pub(crate) fn new(document: &Document, viewport: LayoutSize) -> Self {
        let root = Spatial {
            parent: 0,
            kind: SpatialKind::Scroll(
                ExternalScrollId(0, document.pipeline),
                LayoutRect::from_size(viewport),
            ),
            frame_origin: LayoutPoint::zero(),
        };
        let mut layout = Self {
            pipeline: document.pipeline,
            spatial_tree: vec![root],
            targets: Vec::new(),
            nested: Vec::new(),
        };
        layout.visit(&document.nodes, 0);
        layout
    }

    /// What goes to the compositor with the display list.
    pub(crate) fn records(&self, with_nested: bool) -> PipelineRecords {
        PipelineRecords {
            targets: self.targets.clone(),
            nested: with_nested.then(|| self.nested.clone()),
        }
    }

    fn visit(&mut self, nodes: &[Node], parent: usize) {
        let frame_origin = self.spatial_tree[parent].frame_origin;
        let spatial_node = || SpatialNode(u32::try_from(parent).expect("a small tree"));
        for node in nodes {
            match node {
                Node::Fill(..) | Node::Round(..) | Node::Border(..) | Node::Image(..) => {}
                Node::Nested(content_box, pipeline) => {
                    let content_box = in_document(content_box);
                    let (pipeline, node) = (*pipeline, spatial_node());
                    self.nested.push(NestedRecord { pipeline, content_box, node });
                }
                Node::Element { targets, border_box, ineligible, nodes } => {
                    self.targets.extend(targets.iter().map(|&target| TargetRecord {
                        target,
                        border_box: border_box.map(|rect| (in_document(&rect), spatial_node())),
                        ineligible:
                            ineligible.filter(|_| matches!(target, TargetId::Restriction(_))),
                    }));
                    if border_box.is_some() {
                        self.visit(nodes, parent);
                    }
                }
                Node::Scroll(id, rect, nodes) => {
                    let id = ExternalScrollId(*id, self.pipeline);
                    let kind = SpatialKind::Scroll(id, *rect);
                    self.visit_in(Spatial { parent, kind, frame_origin }, nodes);
                }
                Node::Sticky(rect, margin, nodes) => {
                    let kind = SpatialKind::Sticky(in_document(rect), *margin);
                    self.visit_in(Spatial { parent, kind, frame_origin }, nodes);
                }
                Node::Transform(origin, transform, nodes) => {
                    let frame_origin = point_from(LayoutPoint::zero(), *origin);
                    let kind = SpatialKind::Transform(frame_origin, *transform);
                    self.visit_in(Spatial { parent, kind, frame_origin }, nodes);
                }
                &Node::Animated(origin, key, ref nodes) => {
                    let frame_origin = point_from(LayoutPoint::zero(), origin);
                    let kind = SpatialKind::Animated(frame_origin, key);
                    self.visit_in(Spatial { parent, kind, frame_origin }, nodes);
                }
                Node::Clip(_, nodes) | Node::RoundClip(_, _, nodes) | Node::Opacity(_, nodes) => {
                    self.visit(nodes, parent);
                }
            }
        }
    }

    fn visit_in(&mut self, spatial: Spatial, nodes: &[Node]) {
        self.spatial_tree.push(spatial);
        self.visit(nodes, self.spatial_tree.len() - 1);
    }
}

/// A rect as layout tells of it when it says where it is in the document.
fn in_document(rect: &LayoutRect) -> LayoutRect {
    rect_from(LayoutPoint::zero(), rect)
}
