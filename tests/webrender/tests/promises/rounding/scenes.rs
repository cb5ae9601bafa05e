/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Scenes that are made up by chance, with many edges on the centers of px.

use euclid::vec3;
use subcapture_api::RestrictionTargetId;
use subcapture_webrender_tests::{Engine, Node, PAGE, Random, WebView, color, point};
use webrender_api::PipelineId;
use webrender_api::units::{
    DeviceIntSize, DeviceRect, LayoutPoint, LayoutRect, LayoutTransform, LayoutVector2D,
};

/// Documents in the page: the second one is in the first one.
pub(super) const NESTED: [PipelineId; 2] = [PipelineId(2, 1), PipelineId(3, 1)];
pub(super) const SCALES: [f32; 7] = [1., 1.25, 1.5, 1.75, 2., 2.5, 3.];
pub(super) const SURFACE: (i32, i32) = (640, 480);

pub(super) const TARGETS: u8 = 9;
/// Each has a cell of the page, in so many columns, that is so large, in device px.
const COLUMNS: u8 = 3;
const CELL: f32 = 200.;

/// The box of a scroll container that is larger than the page.
const EVERYWHERE: LayoutRect =
    LayoutRect::new(LayoutPoint::new(-500., -100.), LayoutPoint::new(1500., 1500.));

pub(super) fn target(index: u8) -> RestrictionTargetId {
    RestrictionTargetId::from_bits(u128::from(index) + 100)
}

/// The blue of all that belongs to a target.
pub(super) fn blue(index: u8) -> u8 {
    (index + 1) * 16
}

/// Makes up where things are, in app units. 60 are a CSS px, and what layout counts in.
struct Places<'a> {
    random: &'a mut Random,
    scale: f32,
}

impl Places<'_> {
    /// A coordinate in CSS px, close to this many device px.
    ///
    /// Together with `moved` it is often on the center of a px, or next to it.
    fn near(&mut self, device_px: f32, moved: f32) -> f32 {
        let start = ((device_px / self.scale - moved) * 60.).round();
        let mut units = start + self.random.between(-90., 90.).round();
        if self.random.below(4) > 0 {
            // At these scales there is one in 4 CSS px.
            for _ in 0..240 {
                let px = f64::from(units / 60. + moved) * f64::from(self.scale);
                if (px - px.floor() - 0.5).abs() < 1e-4 {
                    break;
                }
                units += 1.;
            }
            units += self.random.choose(&[0., 0., 0., 1., -1.]);
        }
        units / 60.
    }

    fn point_near(&mut self, x: f32, y: f32, moved: LayoutVector2D) -> LayoutPoint {
        point(self.near(x, moved.x), self.near(y, moved.y))
    }

    /// A box that is about this large, in device px.
    fn area_near(
        &mut self,
        (x, y): (f32, f32),
        (width, height): (f32, f32),
        moved: LayoutVector2D,
    ) -> LayoutRect {
        let min = self.point_near(x, y, moved);
        let max = self.point_near(x + width, y + height, moved);
        LayoutRect::new(min, max)
    }

    /// How far something is moved, in CSS px.
    fn offset(&mut self) -> f32 {
        match self.random.below(4) {
            0 => self.random.between(-400., 400.).round() / 60.,
            1 => self.random.choose(&[0.5, -0.5, 0.25, 1. / 3., -2. / 3., 0.1]),
            2 => self.random.between(-30., 30.),
            _ => 0.,
        }
    }

    fn vector(&mut self) -> LayoutVector2D {
        match self.random.below(2) {
            0 => LayoutVector2D::zero(),
            _ => LayoutVector2D::new(self.offset(), self.offset()),
        }
    }

    /// Put what is in this box into transforms that move it, and into a scroll container, by chance.
    /// `id` names the container.
    fn wrapped(
        &mut self,
        id: u64,
        area: LayoutRect,
        moved: LayoutVector2D,
        mut nodes: Vec<Node>,
    ) -> Vec<Node> {
        let mut transforms = vec![LayoutTransform::identity(); self.random.below(3)];
        if moved != LayoutVector2D::zero() {
            transforms.insert(0, LayoutTransform::translation(moved.x, moved.y, 0.));
        }
        for transform in transforms {
            let origin = match self.random.below(4) {
                0 => point(0., 0.),
                1 => self.point_near(area.min.x, area.min.y, LayoutVector2D::zero()),
                _ => area.min,
            };
            nodes = vec![Node::Transform(origin, transform, nodes)];
            if self.random.below(6) == 0 {
                nodes = vec![Node::Scroll(id, EVERYWHERE, nodes)];
            }
        }
        let area = area.translate(moved);
        let margin = self.random.choose(&[0., 2., 5.3]);
        match self.random.below(8) {
            0 | 1 => vec![Node::Sticky(area, margin, nodes)],
            2 => vec![Node::Sticky(area, margin, vec![Node::Scroll(id, EVERYWHERE, nodes)])],
            3 => {
                let margin = margin - EVERYWHERE.min.y;
                vec![Node::Scroll(id, EVERYWHERE, vec![Node::Sticky(area, margin, nodes)])]
            }
            _ => nodes,
        }
    }

    /// A document that is embedded somewhere, and is moved by this much in there.
    ///
    /// WebRender moves a document in a transform to whole px twice, and in the end it is off by a
    /// fraction of a px. If that is a half, or as good as one, the last bits of floats decide about
    /// all edges in the document, wherever they are, and these bits are others in a slot. Not here.
    fn nested(&mut self, pipeline: PipelineId, inside: LayoutVector2D) -> Vec<Node> {
        loop {
            let moved = self.vector();
            let area = self.area_near((10., -10.), (560., 430.), moved);
            let nodes = self.wrapped(50, area, moved, vec![Node::Nested(area, pipeline)]);
            let offset = frame_offset(&nodes, LayoutPoint::zero());
            let is_half = |offset: f32| ((offset * self.scale).rem_euclid(1.) - 0.5).abs() < 0.02;
            if ![offset, offset + inside]
                .iter()
                .any(|offset| is_half(offset.x) || is_half(offset.y))
            {
                return nodes;
            }
        }
    }

    /// A target in a cell, with boxes in it that end anywhere.
    fn target(&mut self, index: u8) -> Vec<Node> {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let corner = (f32::from(column) * CELL - 20., f32::from(row) * CELL - 20.);
        let moved = self.vector();
        let area = self.area_near(corner, (90., 60.), moved);
        // What touches an edge may be rounded to the other side of it.
        let inner = area.inflate(-1., -1.);
        let mut nodes = vec![Node::Fill(area, color([0, 0, blue(index), 255]))];
        for part in 1..=3 {
            let red = part * 60;
            let part = f32::from(part);
            let corner = (corner.0 + part * 17., corner.1 + part * 13.);
            let part = self.area_near(corner, (30., 20.), moved).intersection(&inner);
            nodes.extend(part.map(|part| Node::Fill(part, color([red, 0, blue(index), 255]))));
        }
        let element = Node::element([target(index).into()], area, nodes);
        let mut nodes = vec![element];
        if self.random.below(4) == 0 {
            let scale = self.random.choose(&[0.5, 0.75, 1.25, -1.]);
            let transform = LayoutTransform::scale(scale, scale.abs(), 1.);
            nodes = vec![Node::Transform(area.center(), transform, nodes)];
        }
        self.wrapped(u64::from(index) + 1, area, moved, nodes)
    }
}

/// How far the coordinates of what is in these nodes are from those around them, which begin here.
fn frame_offset(nodes: &[Node], origin: LayoutPoint) -> LayoutVector2D {
    match nodes {
        [Node::Transform(origin, transform, nodes)] => {
            frame_offset(nodes, *origin) + LayoutVector2D::new(transform.m41, transform.m42)
        }
        [Node::Scroll(_, _, nodes) | Node::Sticky(_, _, nodes)] => frame_offset(nodes, origin),
        _ => origin.to_vector(),
    }
}

/// Show targets in a page, or in a document in it, or in one in that one, and scroll all of it.
pub(super) fn show(engine: &mut Engine, random: &mut Random) {
    let scale = random.choose(&SCALES);
    let size = DeviceIntSize::new(SURFACE.0, SURFACE.1).to_f32();
    let zooms = [(1., 0., 0.), (1., 0., 0.), (1.5, -0.5, -1.5), (1.5, -7.3, -2.75)];
    let (zoom, x, y) = random.choose(&zooms);
    let pinch_zoom = LayoutTransform::scale(zoom, zoom, 1.).then_translate(vec3(x, y, 0.));
    let view = WebView::new(PAGE, DeviceRect::from_size(size), scale);
    engine.set_view(1, WebView { pinch_zoom, ..view });
    let scale = scale * zoom;
    for pipeline in NESTED {
        engine.set_document(pipeline, vec![]);
        engine.set_parent(pipeline, None);
    }
    let depth = random.below(3);
    let mut places = Places { random, scale };
    let mut nodes: Vec<_> = (0..TARGETS).flat_map(|index| places.target(index)).collect();
    let mut inside = LayoutVector2D::zero();
    for index in (0..depth).rev() {
        engine.set_document(NESTED[index], nodes);
        engine.set_parent(NESTED[index], Some(if index == 0 { PAGE } else { NESTED[0] }));
        nodes = places.nested(NESTED[index], inside);
        inside += frame_offset(&nodes, LayoutPoint::zero());
    }
    engine.set_document(PAGE, nodes);
    for pipeline in [PAGE, NESTED[0], NESTED[1]] {
        for id in (0..=u64::from(TARGETS)).chain([50]) {
            engine.scroll(pipeline, id, places.vector() * (0.4 / scale));
        }
    }
}
