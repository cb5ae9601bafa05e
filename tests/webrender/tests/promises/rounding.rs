/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Edges on the center of a px, and as close to it as layout can tell: a frame ends where the
//! target ends on the page, and shows the same px.
//!
//! `SUBCAPTURE_ROUNDING_SCENES` has the test by chance make up more scenes.

mod scenes;

use subcapture_api::{SessionId, State, Subject};
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, Random, Rgba, color, device_rect, page_of, point, rect,
};
use webrender_api::units::{
    DeviceIntRect, LayoutPoint, LayoutRect, LayoutTransform, LayoutVector2D,
};

use self::scenes::{NESTED, SCALES, SURFACE, TARGETS, blue, show, target};
use crate::{OWN, RESTRICTION, is_own, restriction};

/// A target that is one box of its own color.
fn target_box(area: LayoutRect) -> Node {
    let fill = Node::Fill(area, color([9, 99, OWN, 255]));
    Node::element([RESTRICTION.into()], area, vec![fill])
}

/// Gives where the target is.
#[track_caller]
fn assert_is_as_on_page(engine: &mut Engine, session: SessionId, what: &str) -> DeviceIntRect {
    let composite = engine.settled_frame();
    let rect = composite.rect(session);
    assert_eq!(composite.page.bounds_of(is_own), Some(rect), "{what}");
    composite.picture(session).assert_is(&composite.page.crop(rect), what);
    rect
}

#[test]
fn a_right_edge_on_the_center_of_a_px() {
    // 129.9 and 34.6 are 164.5. As floats they are a little less together, which no float is that
    // is as large. Less 130 px there is one.
    let area = rect(129.9, 79.1, 34.6, 102.8);
    let identity = LayoutTransform::identity();
    let target = Node::Transform(area.min, identity, vec![target_box(area)]);
    let mut engine = page_of(400, 300, 1., vec![target]);
    let session = engine.start(1, restriction());
    let rect = assert_is_as_on_page(&mut engine, session, "a box");
    assert_eq!(rect, device_rect(130, 79, 35, 103));
}

#[test]
fn documents_that_begin_on_the_center_of_a_px() {
    let [outer, inner] = NESTED;
    let mut engine = page_of(640, 480, 1.5, vec![]);
    let session = engine.start(1, restriction());
    engine.set_parent(outer, Some(PAGE));
    engine.set_parent(inner, Some(outer));
    let embedding = |pipeline, (x, y), moved: LayoutVector2D, origins: &[LayoutPoint]| {
        let nodes = vec![Node::Nested(rect(x, y, 371., 286.), pipeline)];
        let transform = LayoutTransform::translation(moved.x, moved.y, 0.);
        let frame = |nodes, origin: &LayoutPoint| vec![Node::Transform(*origin, transform, nodes)];
        origins.iter().rfold(nodes, frame)
    };
    // 11.5 px, by way of a float that is a little less.
    let moved = LayoutVector2D::new(-392. / 60., 0.1);
    engine.set_document(PAGE, embedding(outer, (14.2, -19. / 3.), moved, &[point(0., 0.)]));
    // 11.5 px on, by way of another origin and back.
    let origins = [point(56. / 15., -3.), point(0., 0.)];
    let nested = embedding(inner, (23. / 3., -343. / 60.), LayoutVector2D::zero(), &origins);
    engine.set_document(outer, nested);
    engine.set_document(inner, vec![target_box(rect(10., 12., 40., 30.))]);
    let rect = assert_is_as_on_page(&mut engine, session, "a box in two documents");
    assert_eq!(rect, device_rect(37, 0, 60, 45));
}

/// As in a dialog of an odd size that `translate(-50%, -50%)` puts in the middle: WebRender shows a
/// document half a px off there.
#[test]
fn a_document_half_a_px_off() {
    for (scale, half) in [(1., 0.5), (2., 0.25), (3., 0.5)] {
        let mut engine = page_of(640, 480, scale, vec![]);
        engine.set_parent(NESTED[0], Some(PAGE));
        let session = engine.start(1, restriction());
        for (x, y) in [(10., 20.), (20. + half, 10.), (15., 12. + half), (8. + half, 9. + half)] {
            let area = rect(x, y, 150., 120.);
            let moved = LayoutTransform::translation(half, -half, 0.);
            let nested = vec![Node::Nested(area, NESTED[0])];
            engine.set_document(PAGE, vec![Node::Transform(point(5., 6.), moved, nested)]);
            for (left, width) in [(10., 30.), (10.1, 30.4), (12.5, 20.), (9.9, 34.6), (0.2, 9.8)] {
                let area = rect(left, left + 1., width, width - 2.);
                engine.set_document(NESTED[0], vec![target_box(area)]);
                let what = format!("{area:?} in {x}, {y} at {scale}");
                assert_is_as_on_page(&mut engine, session, &what);
            }
        }
    }
}

/// WebRender rounds the sum of how far something scrolled and how far it was moved to stick.
#[test]
fn a_document_that_sticks() {
    let nested = NESTED[0];
    let area = rect(10., 3., 150., 120.);
    for (id, container) in [(0, None), (1, Some(rect(0., 0., 300., 250.)))] {
        for scale in SCALES {
            let sticky = Node::Sticky(area, 0.4, vec![Node::Nested(area, nested)]);
            let nodes = match container {
                Some(container) => Node::Scroll(id, container, vec![sticky]),
                None => sticky,
            };
            let mut engine = page_of(900, 750, scale, vec![nodes]);
            engine.set_document(nested, vec![target_box(rect(20., 0., 50., 40.))]);
            engine.set_parent(nested, Some(PAGE));
            let session = engine.start(1, restriction());
            for offset in [0., 1., 3., 7., 7.6, 40.] {
                engine.scroll(PAGE, id, LayoutVector2D::new(1., offset));
                let what = format!("at {scale}, scrolled by {offset}");
                assert_is_as_on_page(&mut engine, session, &what);
            }
        }
    }
}

/// What is wrong with the frame of a target, if something is.
fn problem(
    engine: &Engine,
    composite: &Composite,
    index: u8,
    session: SessionId,
) -> Option<String> {
    let is_own = |pixel: Rgba| pixel[2] == blue(index);
    let drawn = composite.page.bounds_of(is_own);
    let placed = engine.compositor.placement(session).map(|placement| placement.visible);
    let is_active = engine.compositor.state(session) == Some(State::Active);
    let placed = placed.filter(|_| is_active);
    if placed.is_none() && drawn.is_some_and(|drawn| drawn.width() < 2 || drawn.height() < 2) {
        // It is next to the box of a document that it is in, and both were rounded to one px.
        return None;
    }
    if placed != drawn {
        return Some(format!("it is on {drawn:?}, and is looked for on {placed:?}"));
    }
    let page = composite.page.crop(drawn?);
    let difference = composite.picture(session).difference(&page, 0)?;
    Some(format!("the frame: {difference}"))
}

#[expect(clippy::print_stderr, reason = "a long run says how long it was")]
#[test]
fn edges_by_chance() {
    const VARIABLE: &str = "SUBCAPTURE_ROUNDING_SCENES";
    let scenes = std::env::var(VARIABLE).ok().map(|scenes| scenes.parse().expect("a number"));
    let is_long = scenes.is_some();
    let mut engine = page_of(SURFACE.0, SURFACE.1, 1., vec![]);
    let sessions: Vec<_> = (0..TARGETS)
        .map(|index| (index, engine.start(1, Subject::Restriction(target(index)))))
        .collect();
    let mut problems = Vec::new();
    let (mut compared, mut seen) = (0, 0);
    for seed in 0..scenes.unwrap_or(350) {
        show(&mut engine, &mut Random::new(seed));
        let composite = engine.settled_frame();
        for &(index, session) in &sessions {
            compared += 1;
            seen += usize::from(composite.frame(session).is_some());
            if let Some(problem) = problem(&engine, &composite, index, session) {
                problems.push(format!("target {index} of seed {seed}: {problem}"));
            }
        }
    }
    if is_long {
        eprintln!("{seen} of {compared} targets were there to be seen");
    }
    assert!(problems.is_empty(), "{} of {compared} {problems:#?}", problems.len());
    assert!(seen * 4 > compared * 3, "{seen} of {compared}");
}
