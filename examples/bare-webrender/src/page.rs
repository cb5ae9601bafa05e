/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The document: a card that slides to and fro under a banner, on a page that scrolls.

use std::marker::PhantomData;

use subcapture_api::{PipelineRecords, RestrictionTargetId, SpatialNode, TargetRecord};
use subcapture_compositor::{Interest, Scene, SpatialStep, View};
use subcapture_dom::ElementTargets;
use webrender_api::units::{DeviceRect, LayoutPoint, LayoutRect, LayoutTransform, LayoutVector2D};
use webrender_api::{self as wr, BuiltDisplayList, DisplayListBuilder, PipelineId, SpatialId};

pub(crate) const PIPELINE: PipelineId = PipelineId(1, 0);
/// The document's own scroll container. WebRender's root scroll nodes have such ids.
pub(crate) const SCROLLER: wr::ExternalScrollId = wr::ExternalScrollId(0, PIPELINE);
/// The transform of the card, which changes without a new display list.
pub(crate) const SLIDE: wr::PropertyBindingKey<LayoutTransform> = wr::PropertyBindingKey {
    id: wr::PropertyBindingId { namespace: wr::IdNamespace(1), uid: 1 },
    _phantom: PhantomData,
};

/// The node of the card in the spatial tree of the document.
const CARD: SpatialNode = SpatialNode(1);
const CARD_ORIGIN: LayoutPoint = LayoutPoint::new(180., 140.);

#[derive(Default)]
pub(crate) struct Page {
    /// The targets that the card owns.
    pub(crate) card: ElementTargets,
    pub(crate) slide: LayoutTransform,
    pub(crate) scroll_offset: LayoutVector2D,
    /// What the display list has to carry.
    pub(crate) interest: Interest,
}

impl Page {
    pub(crate) fn viewport() -> LayoutRect {
        rect((0., 0.), (640., 400.))
    }

    /// Where the card is, for each of its targets.
    pub(crate) fn records(&self) -> PipelineRecords {
        let border_box = Some((rect(CARD_ORIGIN.into(), (240., 160.)), CARD));
        let record = |target| TargetRecord { target, border_box, ineligible: None };
        let nested = self.interest.nested.then(Vec::new);
        PipelineRecords { targets: self.card.iter().map(record).collect(), nested }
    }

    pub(crate) fn display_list(&self) -> BuiltDisplayList {
        let mut builder = DisplayListBuilder::new(PIPELINE);
        builder.begin();
        let scrolled = SpatialId::root_scroll_node(PIPELINE);
        fill(&mut builder, scrolled, rect((0., 0.), (640., 2000.)), [0.93, 0.94, 0.96, 1.]);
        fill(&mut builder, scrolled, rect((20., 170.), (600., 12.)), [0.8, 0.83, 0.87, 1.]);
        push_card(&mut builder, scrolled);
        // It covers the card, and does not scroll.
        let fixed = SpatialId::root_reference_frame(PIPELINE);
        fill(&mut builder, fixed, rect((0., 180.), (640., 50.)), [0.75, 0.1, 0.15, 1.]);
        builder.end().1
    }

    /// The card alone, in the pipelines that were reserved for it: in the same spatial nodes as on
    /// the page, with the same ids, and with nothing around it.
    pub(crate) fn layers(&self) -> Vec<(RestrictionTargetId, BuiltDisplayList)> {
        let wanted = self.interest.layers.iter();
        wanted.map(|&(target, pipeline)| (target, layer(pipeline))).collect()
    }
}

fn layer(pipeline: PipelineId) -> BuiltDisplayList {
    let mut builder = DisplayListBuilder::new(pipeline);
    builder.begin();
    // The root scroll node of this pipeline does not scroll with the page.
    let (root, content) =
        (SpatialId::root_reference_frame(pipeline), rect((0., 0.), (640., 2000.)));
    let (frame, offset) = (Page::viewport(), LayoutVector2D::zero());
    let linked = wr::HasScrollLinkedEffect::No;
    let scrolled = builder.define_scroll_frame(root, SCROLLER, content, frame, offset, 0, linked);
    push_card(&mut builder, scrolled);
    builder.end().1
}

fn push_card(builder: &mut DisplayListBuilder, parent: SpatialId) {
    let transform = wr::PropertyBinding::Binding(SLIDE, LayoutTransform::identity());
    let kind = wr::ReferenceFrameKind::Transform {
        is_2d_scale_translation: true,
        should_snap: false,
        paired_with_perspective: false,
    };
    let flat = wr::TransformStyle::Flat;
    let card = builder.push_reference_frame(CARD_ORIGIN, parent, flat, transform, kind);
    // One can see through it.
    fill(builder, card, rect((0., 0.), (240., 160.)), [0.15, 0.35, 0.8, 0.6]);
    fill(builder, card, rect((60., 20.), (120., 120.)), [1., 0.75, 0.2, 1.]);
    builder.pop_reference_frame();
}

fn fill(builder: &mut DisplayListBuilder, node: SpatialId, rect: LayoutRect, color: [f32; 4]) {
    let space = wr::SpaceAndClipInfo { spatial_id: node, clip_chain_id: wr::ClipChainId::INVALID };
    let [red, green, blue, alpha] = color;
    let color = wr::ColorF::new(red, green, blue, alpha);
    builder.push_rect(&wr::CommonItemProperties::new(rect, space), rect, color);
}

fn rect(origin: (f32, f32), size: (f32, f32)) -> LayoutRect {
    LayoutRect::from_origin_and_size(origin.into(), size.into())
}

/// The newest state of everything. There is one webview, and no nested document.
impl Scene for Page {
    type ViewId = ();

    fn view(&self, (): ()) -> Option<View> {
        let (to_surface, scale) = (LayoutTransform::identity(), 1.);
        let rect = DeviceRect::from_untyped(&Self::viewport().to_untyped());
        let viewport = Self::viewport().size();
        Some(View { root_pipeline: PIPELINE, rect, viewport, to_surface, scale })
    }

    fn parent(&self, (): (), _: PipelineId) -> Option<PipelineId> {
        None
    }

    fn path(&self, (): (), _: PipelineId, node: SpatialNode) -> Option<Vec<SpatialStep>> {
        let scroll = SpatialStep::Scroll { id: SCROLLER, offset: self.scroll_offset };
        let slide = SpatialStep::Frame { origin: CARD_ORIGIN, transform: self.slide };
        (node == CARD).then(|| vec![scroll, slide])
    }
}
