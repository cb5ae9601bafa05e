/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The page: thousands of boxes, cards of 640×360 px with dozens of boxes each, and boxes that move
//! in the cards and below them.

use std::marker::PhantomData;

use anyhow::Result;
use subcapture_api::{
    CropTargetId, PipelineRecords, RestrictionTargetId, SpatialNode, TargetId, TargetRecord,
};
use subcapture_compositor::{Interest, Scene, SpatialStep, View};
use webrender::Transaction;
use webrender_api::units::{
    DeviceIntRect, DeviceIntSize, DeviceRect, LayoutPoint, LayoutRect, LayoutSize, LayoutTransform,
    LayoutVector2D,
};
use webrender_api::{self as wr, BuiltDisplayList, DisplayListBuilder, PipelineId, SpatialId};

pub(crate) const PIPELINE: PipelineId = PipelineId(1, 0);
pub(crate) const SURFACE: DeviceIntSize = DeviceIntSize::new(1280, 720);
pub(crate) const CARD: DeviceIntSize = DeviceIntSize::new(640, 360);
pub(crate) const CARDS: u16 = 16;
const SCROLLER: wr::ExternalScrollId = wr::ExternalScrollId(0, PIPELINE);

/// What moves in every frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// A box below all cards.
    Elsewhere,
    /// A box in every card.
    Inside,
    /// The page is scrolled.
    Scroll,
    /// Nothing.
    Nothing,
}

pub(crate) struct Page {
    pub(crate) interest: Interest,
    /// How far it is scrolled.
    scrolled: LayoutVector2D,
    cards: Vec<Card>,
}

struct Card {
    origin: LayoutPoint,
    crop: CropTargetId,
    restriction: RestrictionTargetId,
}

impl Page {
    pub(crate) fn new() -> Result<Self> {
        let card = |index: u16| {
            // All of each card is in the viewport, and they overlap.
            let origin = LayoutPoint::new(f32::from(index % 4) * 213., f32::from(index / 4) * 80.);
            let (crop, restriction) = (CropTargetId::mint()?, RestrictionTargetId::mint()?);
            Ok(Card { origin, crop, restriction })
        };
        let cards = (0..CARDS).map(card).collect::<Result<_>>()?;
        Ok(Self { interest: Interest::default(), scrolled: LayoutVector2D::zero(), cards })
    }

    pub(crate) fn crop_target(&self, card: usize) -> CropTargetId {
        self.cards[card].crop
    }

    pub(crate) fn restriction_target(&self, card: usize) -> RestrictionTargetId {
        self.cards[card].restriction
    }

    pub(crate) fn card_rect(&self, card: usize) -> DeviceIntRect {
        let origin = self.cards[card].origin.to_i32().cast_unit();
        DeviceIntRect::from_origin_and_size(origin, CARD)
    }

    pub(crate) fn records(&self) -> PipelineRecords {
        let targets = self.cards.iter().flat_map(|card| {
            let rect = LayoutRect::from_origin_and_size(card.origin, card_size());
            let targets = [TargetId::from(card.crop), card.restriction.into()];
            targets.map(|target| TargetRecord {
                target,
                border_box: Some((rect, SpatialNode(0))),
                ineligible: None,
            })
        });
        let nested = self.interest.nested.then(Vec::new);
        PipelineRecords { targets: targets.collect(), nested }
    }

    pub(crate) fn display_list(&self) -> BuiltDisplayList {
        let mut builder = DisplayListBuilder::new(PIPELINE);
        builder.begin();
        let root = SpatialId::root_scroll_node(PIPELINE);
        fill(&mut builder, root, rect(0., 0., 1280., 720.), 0);
        for index in 0..2000_u16 {
            let (x, y) = (f32::from(index % 50) * 25.6, f32::from(index / 50) * 18.);
            fill(&mut builder, root, rect(x + 1., y + 1., 20., 14.), index);
        }
        for (index, card) in (0..CARDS).zip(&self.cards) {
            push_card(&mut builder, root, card, index);
        }
        push_moving(&mut builder, root, LayoutPoint::new(0., 610.), CARDS);
        builder.end().1
    }

    pub(crate) fn layers(&self) -> Vec<(RestrictionTargetId, BuiltDisplayList)> {
        let layer = |&(target, pipeline): &(RestrictionTargetId, PipelineId)| {
            let index = self.cards.iter().position(|card| card.restriction == target)?;
            let index = u16::try_from(index).ok()?;
            Some((target, layer(pipeline, &self.cards[usize::from(index)], index)))
        };
        self.interest.layers.iter().filter_map(layer).collect()
    }

    /// Send how far the page is scrolled, which a new scene does not know.
    pub(crate) fn send_scroll_offset(&self, transaction: &mut Transaction) {
        let generation = wr::APZScrollGeneration::default();
        let offset = wr::SampledScrollOffset { offset: self.scrolled, generation };
        transaction.set_scroll_offsets(SCROLLER, vec![offset]);
    }

    /// Move what moves in this frame.
    pub(crate) fn animate(&mut self, transaction: &mut Transaction, change: Change, frame: u32) {
        let moving = match change {
            Change::Scroll => {
                // All cards stay in the viewport.
                let steps = u16::try_from(frame % 40).unwrap_or_default();
                self.scrolled.y = -f32::from(steps);
                self.send_scroll_offset(transaction);
                return;
            }
            Change::Elsewhere => CARDS..CARDS + 1,
            Change::Inside => 0..CARDS,
            Change::Nothing => return,
        };
        let steps = u16::try_from(frame % 200).unwrap_or_default();
        let translation = LayoutTransform::translation(f32::from(steps) * 2., 0., 0.);
        let values = moving.map(|index| key(index).with(translation));
        transaction.append_dynamic_transform_properties(values.collect());
    }
}

fn card_size() -> LayoutSize {
    CARD.to_f32().cast_unit()
}

fn layer(pipeline: PipelineId, card: &Card, index: u16) -> BuiltDisplayList {
    let mut builder = DisplayListBuilder::new(pipeline);
    builder.begin();
    push_card(&mut builder, SpatialId::root_scroll_node(pipeline), card, index);
    builder.end().1
}

fn push_card(builder: &mut DisplayListBuilder, root: SpatialId, card: &Card, index: u16) {
    let origin = card.origin;
    let bounds = LayoutRect::from_origin_and_size(origin, card_size());
    fill(builder, root, bounds, index * 7);
    for index in 0..60_u16 {
        let (x, y) = (f32::from(index % 10) * 64., f32::from(index / 10) * 60.);
        fill(builder, root, rect(origin.x + x + 4., origin.y + y + 4., 50., 40.), index);
    }
    push_moving(builder, root, origin + LayoutVector2D::new(20., 150.), index);
}

fn push_moving(builder: &mut DisplayListBuilder, root: SpatialId, at: LayoutPoint, index: u16) {
    let transform = wr::PropertyBinding::Binding(key(index), LayoutTransform::identity());
    let kind = wr::ReferenceFrameKind::Transform {
        is_2d_scale_translation: true,
        should_snap: false,
        paired_with_perspective: false,
    };
    let frame = builder.push_reference_frame(at, root, wr::TransformStyle::Flat, transform, kind);
    fill(builder, frame, rect(0., 0., 160., 80.), index);
    builder.pop_reference_frame();
}

fn key(index: u16) -> wr::PropertyBindingKey<LayoutTransform> {
    let id = wr::PropertyBindingId { namespace: wr::IdNamespace(1), uid: u32::from(index) };
    wr::PropertyBindingKey { id, _phantom: PhantomData }
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> LayoutRect {
    LayoutRect::from_origin_and_size(LayoutPoint::new(x, y), LayoutSize::new(width, height))
}

/// A box of some color, of which one in three lets something through.
fn fill(builder: &mut DisplayListBuilder, node: SpatialId, rect: LayoutRect, color: u16) {
    let space = wr::SpaceAndClipInfo { spatial_id: node, clip_chain_id: wr::ClipChainId::INVALID };
    let part = |by: u16| f32::from(color * by % 16) / 16.;
    let alpha = if color % 3 == 1 { 0.7 } else { 1. };
    let color = wr::ColorF::new(part(3), part(5), part(7), alpha);
    builder.push_rect(&wr::CommonItemProperties::new(rect, space), rect, color);
}

impl Scene for Page {
    type ViewId = ();

    fn view(&self, (): ()) -> Option<View> {
        Some(View {
            root_pipeline: PIPELINE,
            rect: DeviceRect::from_size(SURFACE.to_f32()),
            viewport: LayoutSize::new(1280., 720.),
            to_surface: LayoutTransform::identity(),
            scale: 1.,
        })
    }

    fn parent(&self, (): (), _: PipelineId) -> Option<PipelineId> {
        None
    }

    fn path(&self, (): (), _: PipelineId, _: SpatialNode) -> Option<Vec<SpatialStep>> {
        Some(vec![SpatialStep::Scroll { id: SCROLLER, offset: self.scrolled }])
    }
}
