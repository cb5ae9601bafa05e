/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pages and sessions made up by chance: whatever happens, a restricted frame holds nothing of what
//! is not the target's, a crop is what is on screen, and the screen does not know of captures.

use euclid::Angle;
use subcapture_api::{Ineligible, SessionId, Subject};
use subcapture_webrender_tests::{
    Engine, Node, PAGE, Picture, Random, Rgba, WebView, page_of, rect,
};
use webrender_api::units::{
    DevicePoint, DeviceRect, DeviceSize, LayoutRect, LayoutTransform, LayoutVector2D,
};
use webrender_api::{ColorF, PipelineId};

use crate::{CROP, RESTRICTION, crop, on_white, restriction};

const NESTED: PipelineId = PipelineId(2, 1);

/// Nothing that belongs to the target has any red, and everything else has: what the page is
/// cleared with, too. What is mixed of the target's colors with any alpha has none.
fn is_foreign(pixel: Rgba) -> bool {
    pixel[0] != 0
}

fn own_color(random: &mut Random) -> ColorF {
    ColorF::new(0., random.between(0., 1.), random.between(0., 1.), random.between(0.2, 1.))
}

fn foreign_color(random: &mut Random) -> ColorF {
    let alpha = random.between(0.5, 1.);
    ColorF::new(1., random.between(0., 1.), random.between(0., 1.), alpha)
}

fn area(random: &mut Random) -> LayoutRect {
    let (x, y) = (random.between(-30., 200.), random.between(-30., 150.));
    rect(x, y, random.between(5., 120.), random.between(5., 90.))
}

fn transform(random: &mut Random) -> LayoutTransform {
    let scale = random.between(0.4, 1.8);
    match random.below(4) {
        0 => LayoutTransform::scale(scale, scale, 1.),
        1 => LayoutTransform::rotation(0., 0., 1., Angle::degrees(random.between(0., 360.))),
        2 => LayoutTransform::skew(Angle::degrees(random.between(-20., 20.)), Angle::zero()),
        _ => LayoutTransform::translation(random.between(-9., 9.), random.between(-9., 9.), 0.),
    }
}

/// Boxes of a color that is made anew for each.
fn boxes(random: &mut Random, color: fn(&mut Random) -> ColorF) -> Vec<Node> {
    (0..1 + random.below(4))
        .map(|_| match random.below(3) {
            0 => Node::Round(area(random), random.between(1., 20.), color(random)),
            _ => Node::Fill(area(random), color(random)),
        })
        .collect()
}

/// Put nodes into something by chance. `id` names a scroll container.
fn wrapped(random: &mut Random, id: u64, nodes: Vec<Node>) -> Vec<Node> {
    vec![match random.below(6) {
        0 => Node::Scroll(id, area(random), nodes),
        1 => Node::Transform(area(random).center(), transform(random), nodes),
        2 => Node::Clip(area(random), nodes),
        3 => Node::Opacity(random.between(0., 1.), nodes),
        _ => return nodes,
    }]
}

fn element(random: &mut Random) -> Vec<Node> {
    let border_box = area(random);
    let mut nodes = boxes(random, own_color);
    nodes.push(Node::Fill(border_box, own_color(random)));
    let nodes = wrapped(random, 1, nodes);
    let targets = vec![CROP.into(), RESTRICTION.into()];
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

/// The same nodes without anything that does not belong to the target: what is left of those
/// around it is where they put it.
fn isolated(nodes: &[Node]) -> Vec<Node> {
    let everywhere = rect(-1e5, -1e5, 2e5, 2e5);
    let mut left = Vec::new();
    for node in nodes {
        match node {
            Node::Fill(..) | Node::Round(..) | Node::Border(..) | Node::Image(..) => {}
            Node::Nested(..) | Node::Element { .. } => left.push(node.clone()),
            Node::Scroll(id, _, nodes) => left.push(Node::Scroll(*id, everywhere, isolated(nodes))),
            Node::Transform(origin, transform, nodes) => {
                left.push(Node::Transform(*origin, *transform, isolated(nodes)));
            }
            Node::Animated(origin, key, nodes) => {
                left.push(Node::Animated(*origin, *key, isolated(nodes)));
            }
            Node::Clip(_, nodes) | Node::RoundClip(_, _, nodes) | Node::Opacity(_, nodes) => {
                left.extend(isolated(nodes));
            }
        }
    }
    left
}

/// Whether a node is a transform, or has one in it.
fn moves(node: &Node) -> bool {
    match node {
        Node::Transform(..) | Node::Animated(..) => true,
        Node::Scroll(_, _, nodes)
        | Node::Clip(_, nodes)
        | Node::RoundClip(_, _, nodes)
        | Node::Opacity(_, nodes) => nodes.iter().any(moves),
        Node::Fill(..) | Node::Round(..) | Node::Border(..) | Node::Image(..) => false,
        Node::Nested(..) | Node::Element { .. } => false,
    }
}

/// What is half transparent is rounded once more on the page. A px whose center lies on a turned
/// edge may fall to either side.
fn assert_is_isolated(picture: &Picture, page: &Picture, what: &str) {
    let picture = on_white(picture);
    if picture.differences(page, 1) > 2 {
        picture.assert_is_near(page, 1, what);
    }
}

/// Three engines that show the same: one with sessions, one without, and one that shows the target
/// alone.
struct Run {
    random: Random,
    captured: Engine,
    bare: Engine,
    isolated: Engine,
    sessions: Vec<(SessionId, Subject)>,
    view: WebView,
    /// Whether the document of the target is in something that may move it by a fraction of a px.
    /// A layer has the document at whole px then, so that turned edges in it are elsewhere.
    moves_nested: bool,
}

impl Run {
    fn new(seed: u64) -> Self {
        let view = WebView::new(PAGE, DeviceRect::from_size(DeviceSize::new(300., 200.)), 1.);
        let [captured, bare, isolated] = [(); 3].map(|()| page_of(300, 200, 1., vec![]));
        let random = Random::new(seed);
        let sessions = Vec::new();
        let mut run =
            Self { random, captured, bare, isolated, sessions, view, moves_nested: false };
        for subject in [restriction(), crop()] {
            run.sessions.push((run.captured.start(1, subject), subject));
        }
        run.set_documents();
        run
    }

    fn for_each(&mut self, action: impl Fn(&mut Engine)) {
        action(&mut self.captured);
        action(&mut self.bare);
        action(&mut self.isolated);
    }

    fn change_something(&mut self) {
        match self.random.below(10) {
            0 | 1 => self.set_documents(),
            2 => self.set_view(),
            3 => self.change_sessions(),
            _ => {
                let random = &mut self.random;
                let pipeline = random.choose(&[PAGE, NESTED]);
                let id = random.number() % 5;
                let offset =
                    LayoutVector2D::new(random.between(-9., 9.), random.between(-30., 30.));
                self.for_each(|engine| engine.scroll(pipeline, id, offset));
            }
        }
    }

    /// A page with the target somewhere, or with a document somewhere that has the target.
    fn set_documents(&mut self) {
        let random = &mut self.random;
        let mut inner = boxes(random, foreign_color);
        inner.extend(element(random));
        let inner = wrapped(random, 2, inner);
        let inner = [inner, boxes(random, foreign_color)].concat();
        let is_nested = random.below(3) == 0;
        let shown =
            if is_nested { vec![Node::Nested(area(random), NESTED)] } else { inner.clone() };
        let page = wrapped(random, 3, shown);
        let page = [boxes(random, foreign_color), page, boxes(random, foreign_color)].concat();
        let page = wrapped(random, 4, page);
        self.moves_nested = is_nested && page.iter().any(moves);
        self.for_each(|engine| {
            engine.set_document(NESTED, if is_nested { inner.clone() } else { vec![] });
            engine.set_parent(NESTED, is_nested.then_some(PAGE));
            engine.set_document(PAGE, page.clone());
        });
        self.isolated.set_document(NESTED, isolated(&inner));
        // With something out of sight: if a target with a round clip were everything that there is,
        // WebRender would apply the clip to all of it at once.
        let other = Node::Fill(rect(-90., -90., 1., 1.), ColorF::WHITE);
        self.isolated.set_document(PAGE, [vec![other], isolated(&page)].concat());
    }

    fn set_view(&mut self) {
        let random = &mut self.random;
        let is_hidden = random.below(4) == 0;
        let scale = random.choose(&[1., 1.25, 2.]);
        let size = DeviceSize::new(random.between(90., 300.), random.between(90., 200.)).round();
        let origin = DevicePoint::new(random.between(-20., 60.), random.between(-20., 60.)).round();
        let rect = DeviceRect::from_origin_and_size(origin, size);
        self.view = WebView { is_hidden, ..WebView::new(PAGE, rect, scale) };
        let view = self.view;
        self.for_each(|engine| engine.set_view(1, view));
    }

    fn change_sessions(&mut self) {
        let subject =
            self.random.choose(&[Subject::Viewport, crop(), restriction(), restriction()]);
        let count = self.sessions.len();
        match self.random.below(3) {
            0 if count > 1 => {
                let (session, _) = self.sessions.swap_remove(self.random.below(count));
                self.captured.stop(session);
            }
            1 if count > 0 => {
                let index = self.random.below(count);
                let session = &mut self.sessions[index];
                session.1 = subject;
                assert!(self.captured.change(session.0, subject).is_some());
            }
            _ if count < 5 => self.sessions.push((self.captured.start(1, subject), subject)),
            _ => {}
        }
    }

    /// Draw a frame, and check it. Gives how many frames of sessions there were.
    fn check_frame(&mut self, what: &str) -> usize {
        self.captured.tell_interest();
        let composite = self.captured.frame();
        composite.page.assert_is(&self.bare.frame().page, what);
        let isolated = self.isolated.frame().page;
        let mut delivered = 0;
        for &(session, subject) in &self.sessions {
            let counters = self.captured.compositor.counters(session).expect("a session");
            assert_eq!(counters.total, counters.delivered + counters.discarded, "{what}");
            if composite.frame(session).is_none() {
                continue;
            }
            delivered += 1;
            let picture = composite.picture(session);
            let to_surface = self.view.rect.min.to_vector().to_i32();
            let rect = composite.rect(session).translate(to_surface);
            if let Subject::Restriction(_) = subject {
                let foreign = picture.bounds_of(is_foreign);
                assert_eq!(foreign, None, "{what}, see {}", picture.save("leak"));
                if !self.moves_nested {
                    assert_is_isolated(&picture, &isolated.crop(rect), what);
                }
            } else {
                picture.assert_is(&composite.page.crop(rect), what);
            }
        }
        delivered
    }
}

#[test]
fn whatever_happens() {
    let mut delivered = 0;
    for seed in 0..12 {
        let mut run = Run::new(seed);
        for frame in 0..30 {
            run.change_something();
            delivered += run.check_frame(&format!("frame {frame} of seed {seed}"));
        }
    }
    assert!(delivered > 300, "{delivered} frames were delivered");
}
