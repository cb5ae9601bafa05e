/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pages that are made up by chance.

use euclid::Angle;
use subcapture_api::{Ineligible, TargetId};
use subcapture_webrender_tests::{Engine, Node, PAGE, Random, Rgba, rect};
use webrender_api::ColorF;
use webrender_api::units::{LayoutRect, LayoutTransform, LayoutVector2D};

use crate::{CROP, RESTRICTION};

use super::{ANIMATIONS, INNER, NESTED, OTHER};

/// Whose px they are. All that belongs to the first target is green, and all that belongs to the
/// second one is blue: nothing of either has any red, and everything else has: what the page is
/// cleared with, too. What is mixed of the colors of one, with any alpha, has no other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    First,
    Second,
    Page,
}

impl Owner {
    pub(super) fn is_foreign(self, [red, green, blue, _]: Rgba) -> bool {
        match self {
            Self::First => red != 0 || blue != 0,
            Self::Second => red != 0 || green != 0,
            Self::Page => false,
        }
    }

    pub(super) fn color(self, random: &mut Random) -> ColorF {
        let (one, other) = (random.between(0.1, 1.), random.between(0., 1.));
        match self {
            Self::First => ColorF::new(0., one, 0., random.between(0.2, 1.)),
            Self::Second => ColorF::new(0., 0., one, random.between(0.2, 1.)),
            Self::Page => ColorF::new(1., one, other, random.between(0.5, 1.)),
        }
    }

    pub(super) fn of(color: ColorF) -> Self {
        match color {
            ColorF { r, .. } if r > 0. => Self::Page,
            ColorF { g, .. } if g > 0. => Self::First,
            ColorF { .. } => Self::Second,
        }
    }

    /// The restriction target, if it is one.
    pub(super) fn target(self) -> Option<TargetId> {
        match self {
            Self::First => Some(RESTRICTION.into()),
            Self::Second => Some(OTHER.into()),
            Self::Page => None,
        }
    }
}

pub(super) fn area(random: &mut Random) -> LayoutRect {
    let (x, y) = (random.between(-30., 200.), random.between(-30., 150.));
    rect(x, y, random.between(5., 120.), random.between(5., 90.))
}

pub(super) fn transform(random: &mut Random) -> LayoutTransform {
    let scale = random.between(0.4, 1.8);
    match random.below(4) {
        0 => LayoutTransform::scale(scale, scale, 1.),
        1 => LayoutTransform::rotation(0., 0., 1., Angle::degrees(random.between(0., 360.))),
        2 => LayoutTransform::skew(Angle::degrees(random.between(-20., 20.)), Angle::zero()),
        _ => LayoutTransform::translation(random.between(-9., 9.), random.between(-9., 9.), 0.),
    }
}

/// Boxes of a color that is made anew for each.
pub(super) fn boxes(random: &mut Random, owner: Owner) -> Vec<Node> {
    (0..1 + random.below(4))
        .map(|_| match random.below(3) {
            0 => Node::Round(area(random), random.between(1., 20.), owner.color(random)),
            _ => Node::Fill(area(random), owner.color(random)),
        })
        .collect()
}

/// Put nodes into something by chance. `id` names a scroll container.
pub(super) fn wrapped(random: &mut Random, id: u64, nodes: Vec<Node>) -> Vec<Node> {
    vec![match random.below(6) {
        0 => Node::Scroll(id, area(random), nodes),
        1 => Node::Transform(area(random).center(), transform(random), nodes),
        2 => Node::Clip(area(random), nodes),
        3 => Node::Opacity(random.between(0., 1.), nodes),
        _ => return nodes,
    }]
}

/// A target, or none. `id` names a scroll container in it.
pub(super) fn element(random: &mut Random, owner: Owner, id: u64) -> Vec<Node> {
    let border_box = rect(
        random.between(-10., 140.),
        random.between(-10., 90.),
        random.between(9., 120.),
        random.between(9., 90.),
    );
    let mut nodes = boxes(random, owner);
    if random.below(3) == 0 {
        let animation = ANIMATIONS[usize::from(owner == Owner::Second)];
        let origin = area(random).center();
        nodes.push(Node::Animated(origin, animation, boxes(random, owner)));
    }
    if owner == Owner::First && random.below(4) == 0 {
        nodes.push(Node::Nested(area(random), INNER));
    }
    nodes.push(Node::Fill(border_box, owner.color(random)));
    let nodes = wrapped(random, id, nodes);
    let mut targets: Vec<_> = owner.target().into_iter().collect();
    if owner == Owner::First {
        targets.push(CROP.into());
    }
    let (border_box, ineligible) = match random.below(12) {
        0 => (None, None),
        1 => (Some(border_box), Some(Ineligible::NotStackingContext)),
        _ => (Some(border_box), None),
    };
    match random.below(12) {
        0 => vec![],
        _ => vec![Node::Element { targets, border_box, ineligible, nodes }],
    }
}

/// The same nodes without anything that does not belong to a target: what is left of those around
/// it is where they put it.
pub(super) fn isolated(nodes: &[Node], target: TargetId) -> Vec<Node> {
    let everywhere = rect(-1e5, -1e5, 2e5, 2e5);
    let mut left = Vec::new();
    for node in nodes {
        match node {
            Node::Fill(..) | Node::Round(..) | Node::Border(..) | Node::Image(..) => {}
            Node::Nested(..) => left.push(node.clone()),
            Node::Element { targets, .. } => {
                if targets.contains(&target) {
                    left.push(node.clone());
                }
            }
            Node::Scroll(id, _, nodes) => {
                left.push(Node::Scroll(*id, everywhere, isolated(nodes, target)));
            }
            Node::Sticky(rect, margin, nodes) => {
                left.push(Node::Sticky(*rect, *margin, isolated(nodes, target)));
            }
            Node::Transform(origin, transform, nodes) => {
                left.push(Node::Transform(*origin, *transform, isolated(nodes, target)));
            }
            Node::Animated(origin, key, nodes) => {
                left.push(Node::Animated(*origin, *key, isolated(nodes, target)));
            }
            Node::Clip(_, nodes) | Node::RoundClip(_, _, nodes) | Node::Opacity(_, nodes) => {
                left.extend(isolated(nodes, target));
            }
        }
    }
    left
}

/// Whether a node is a transform, or has one in it.
pub(super) fn moves(node: &Node) -> bool {
    match node {
        Node::Transform(..) | Node::Animated(..) => true,
        Node::Scroll(_, _, nodes)
        | Node::Sticky(_, _, nodes)
        | Node::Clip(_, nodes)
        | Node::RoundClip(_, _, nodes)
        | Node::Opacity(_, nodes) => nodes.iter().any(moves),
        Node::Fill(..) | Node::Round(..) | Node::Border(..) | Node::Image(..) => false,
        Node::Nested(..) | Node::Element { .. } => false,
    }
}

/// Whether a node is a transform that turns what is in it, or has one in it.
pub(super) fn turns(node: &Node) -> bool {
    match node {
        Node::Transform(_, transform, nodes) => {
            transform.m12 != 0. || transform.m21 != 0. || nodes.iter().any(turns)
        }
        Node::Animated(..) => true,
        Node::Element { nodes, .. }
        | Node::Scroll(_, _, nodes)
        | Node::Sticky(_, _, nodes)
        | Node::Clip(_, nodes)
        | Node::RoundClip(_, _, nodes)
        | Node::Opacity(_, nodes) => nodes.iter().any(turns),
        Node::Fill(..) | Node::Round(..) | Node::Border(..) => false,
        Node::Image(..) | Node::Nested(..) => false,
    }
}

/// Change one box, which is this one of those that are in the nodes, a little. Gives how many there
/// are.
pub(super) fn change_box(nodes: &mut [Node], index: usize, random: &mut Random) -> usize {
    let mut count = 0;
    for node in nodes {
        match node {
            Node::Fill(rect, color) | Node::Round(rect, _, color) => {
                if count == index {
                    match random.below(4) {
                        0 => *rect = area(random),
                        1 => *rect = rect.translate(LayoutVector2D::new(3., 2.)),
                        2 => *rect = LayoutRect::zero(),
                        _ => *color = Owner::of(*color).color(random),
                    }
                }
                count += 1;
            }
            Node::Border(..) | Node::Image(..) | Node::Nested(..) => {}
            Node::Element { nodes, .. }
            | Node::Scroll(_, _, nodes)
            | Node::Sticky(_, _, nodes)
            | Node::Transform(_, _, nodes)
            | Node::Animated(_, _, nodes)
            | Node::Clip(_, nodes)
            | Node::RoundClip(_, _, nodes)
            | Node::Opacity(_, nodes) => {
                count += change_box(nodes, index.wrapping_sub(count), random);
            }
        }
    }
    count
}

/// Everything that documents show.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) page: Vec<Node>,
    pub(super) nested: Vec<Node>,
    pub(super) inner: Vec<Node>,
    /// Whether the page embeds the nested document.
    pub(super) is_nested: bool,
}

impl Documents {
    /// A page with the first target somewhere, or with a document somewhere that has it, and with
    /// the second target somewhere.
    pub(super) fn new(random: &mut Random) -> Self {
        let mut nested = boxes(random, Owner::Page);
        nested.extend(element(random, Owner::First, 1));
        if random.below(2) == 0 {
            let index = random.below(nested.len() + 1);
            nested.splice(index..index, element(random, Owner::Second, 5));
        }
        let nested = wrapped(random, 2, nested);
        let nested = [nested, boxes(random, Owner::Page)].concat();
        let is_nested = random.below(3) == 0;
        let shown =
            if is_nested { vec![Node::Nested(area(random), NESTED)] } else { nested.clone() };
        let mut page = wrapped(random, 3, shown);
        let has_second = nested.iter().any(|node| has(node, OTHER.into()));
        if !has_second {
            let index = random.below(page.len() + 1);
            page.splice(index..index, element(random, Owner::Second, 5));
        }
        let page = [boxes(random, Owner::Page), page, boxes(random, Owner::Page)].concat();
        let page = wrapped(random, 4, page);
        let inner = boxes(random, Owner::First);
        let inner = wrapped(random, 6, inner);
        let nested = if is_nested { nested } else { vec![] };
        Self { page, nested, inner, is_nested }
    }

    pub(super) fn change_box(&mut self, random: &mut Random) {
        let nodes = match random.below(6) {
            0 => &mut self.inner,
            1 | 2 if self.is_nested => &mut self.nested,
            _ => &mut self.page,
        };
        let count = change_box(nodes, usize::MAX, random);
        if count > 0 {
            let index = random.below(count);
            change_box(nodes, index, random);
        }
    }

    pub(super) fn show(&self, engine: &mut Engine) {
        engine.set_document(INNER, self.inner.clone());
        engine.set_document(NESTED, self.nested.clone());
        engine.set_parent(NESTED, self.is_nested.then_some(PAGE));
        let parent = if self.is_nested { NESTED } else { PAGE };
        engine.set_parent(INNER, Some(parent));
        engine.set_document(PAGE, self.page.clone());
    }

    /// Show one target alone.
    pub(super) fn show_isolated(&self, engine: &mut Engine, target: TargetId) {
        self.show(engine);
        engine.set_document(NESTED, isolated(&self.nested, target));
        // With something out of sight: if a target with a round clip were everything that there is,
        // WebRender would apply the clip to all of it at once.
        let other = Node::Fill(rect(-90., -90., 1., 1.), ColorF::WHITE);
        engine.set_document(PAGE, [vec![other], isolated(&self.page, target)].concat());
    }

    pub(super) fn turns(&self) -> bool {
        self.page.iter().chain(&self.nested).any(turns)
    }

    /// Whether a target is in a document that is in something that may move it by a fraction of a
    /// px. A layer has the document at whole px then, so that turned edges in it are elsewhere.
    pub(super) fn moves_nested(&self, target: TargetId) -> bool {
        let is_in_nested = self.nested.iter().any(|node| has(node, target));
        let has_inner = target == RESTRICTION.into();
        (is_in_nested || has_inner) && self.page.iter().chain(&self.nested).any(moves)
    }
}

/// Whether a target is in a node.
pub(super) fn has(node: &Node, target: TargetId) -> bool {
    match node {
        Node::Element { targets, .. } => targets.contains(&target),
        Node::Scroll(_, _, nodes)
        | Node::Sticky(_, _, nodes)
        | Node::Transform(_, _, nodes)
        | Node::Animated(_, _, nodes)
        | Node::Clip(_, nodes)
        | Node::RoundClip(_, _, nodes)
        | Node::Opacity(_, nodes) => nodes.iter().any(|node| has(node, target)),
        Node::Fill(..) | Node::Round(..) | Node::Border(..) => false,
        Node::Image(..) | Node::Nested(..) => false,
    }
}
