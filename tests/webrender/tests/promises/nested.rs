/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Targets in documents that other documents embed.

use euclid::Angle;
use subcapture_api::{SessionId, State, Withheld};
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, device_rect, in_patches, page_of, point, rect,
};
use webrender_api::PipelineId;
use webrender_api::units::{LayoutRect, LayoutTransform, LayoutVector2D};

use crate::{BEHIND, COVER, CROP, OWN, RESTRICTION, crop, is_own, restriction};

/// Documents in documents: each embeds the next one. Of several processes, as far as their ids tell.
const NESTED: [PipelineId; 3] = [PipelineId(1, 2), PipelineId(2, 1), PipelineId(3, 1)];

fn behind() -> Vec<Node> {
    in_patches(rect(-50., -50., 400., 400.), 35., BEHIND)
}

fn target(area: LayoutRect) -> Node {
    Node::element([CROP.into(), RESTRICTION.into()], area, in_patches(area, 7., OWN))
}

/// A page that embeds a document in each of these content boxes, one in the other, the innermost
/// of which has the target.
fn nested(scale: f32, content_boxes: &[LayoutRect], area: LayoutRect) -> Engine {
    let mut engine = page_of(400, 300, scale, vec![]);
    set_nested(&mut engine, content_boxes, vec![target(area)]);
    engine
}

fn set_nested(engine: &mut Engine, content_boxes: &[LayoutRect], innermost: Vec<Node>) {
    let mut parent = PAGE;
    for (&content_box, pipeline) in content_boxes.iter().zip(NESTED) {
        let nodes = vec![Node::Nested(content_box, pipeline)];
        engine.set_document(parent, [behind(), nodes].concat());
        engine.set_parent(pipeline, Some(parent));
        parent = pipeline;
    }
    engine.set_document(parent, [behind(), innermost].concat());
}

fn captured(engine: &mut Engine) -> [SessionId; 2] {
    [engine.start(1, crop()), engine.start(1, restriction())]
}

/// The target is uncovered: what the page shows of it is what both frames show.
#[track_caller]
fn assert_is_target_on_screen(composite: &Composite, sessions: [SessionId; 2], what: &str) {
    let own = composite.page.bounds_of(is_own);
    for session in sessions {
        assert_eq!(Some(composite.rect(session)), own, "{what}");
        let page = composite.page.crop(composite.rect(session));
        composite.picture(session).assert_is(&page, what);
    }
}

#[track_caller]
fn assert_is_paused(engine: &Engine, sessions: [SessionId; 2], reason: Withheld) {
    for session in sessions {
        assert_eq!(engine.compositor.state(session), Some(State::Paused(reason)));
    }
}

#[test]
fn one_to_three_deep_at_every_device_pixel_ratio_and_scrolled() {
    // At whole and at fractional positions, reaching over each other's edges.
    let whole = [rect(10., 20., 150., 120.), rect(-5., 8., 120., 110.), rect(20., -10., 90., 110.)];
    let fractional =
        [rect(3.3, 5.5, 150.5, 120.2), rect(-5.4, 8.7, 120.3, 99.9), rect(20.6, -9.25, 90.1, 101.)];
    for scale in [1., 1.25, 1.5, 2., 3.] {
        for content_boxes in [whole, fractional] {
            for depth in 1..=3 {
                let content_boxes = &content_boxes[..depth];
                let mut engine = nested(scale, content_boxes, rect(10.3, 20.7, 33.5, 30.));
                let sessions = captured(&mut engine);
                for offset in [0., 1., 3.7, 7.5] {
                    for (pipeline, part) in
                        [(PAGE, 0.9), (NESTED[0], 0.4), (NESTED[1], -0.3), (NESTED[2], 0.7)]
                    {
                        let offset = LayoutVector2D::new(0.3 * offset, offset) * part;
                        engine.scroll(pipeline, 0, offset);
                    }
                    let composite = engine.settled_frame();
                    let what = format!("{depth} deep at {scale}, scrolled by {offset}");
                    assert_is_target_on_screen(&composite, sessions, &what);
                }
            }
        }
    }
}

#[test]
fn the_content_box_clips_what_is_in_it() {
    let content_boxes = [rect(20., 10., 100., 90.), rect(10., 20., 60., 200.)];
    // Over the right edge of the inner one and over the bottom edge of the outer one.
    let mut engine = nested(1., &content_boxes, rect(40., 50., 50., 60.));
    let sessions = captured(&mut engine);
    let composite = engine.settled_frame();
    assert_eq!(composite.rect(sessions[0]), device_rect(70, 80, 20, 20));
    assert_is_target_on_screen(&composite, sessions, "clipped by two content boxes");
    // Scrolled until only the outer one clips, and then until nothing is left.
    engine.scroll(NESTED[1], 0, LayoutVector2D::new(40., 0.));
    let composite = engine.settled_frame();
    assert_eq!(composite.rect(sessions[0]), device_rect(30, 80, 50, 20));
    assert_is_target_on_screen(&composite, sessions, "clipped by one content box");
    engine.scroll(NESTED[0], 0, LayoutVector2D::new(0., -80.));
    let composite = engine.settled_frame();
    assert!(sessions.iter().all(|session| composite.frame(*session).is_none()));
    assert_is_paused(&engine, sessions, Withheld::NotVisible);
}

/// Nested in transforms and scroll containers of the embedding document.
#[test]
fn in_a_scaled_element_in_a_scroll_container() {
    for scale in [1., 1.5, 2.] {
        let mut engine = nested(scale, &[rect(0., 0., 9., 9.)], rect(10.5, 12., 32., 24.));
        let sessions = captured(&mut engine);
        for zoom in [0.5, 1.25, 2.] {
            let zoom = LayoutTransform::scale(zoom, zoom, 1.);
            let element = Node::Nested(rect(20., 10., 70., 60.), NESTED[0]);
            let moved = Node::Transform(point(20., 10.), zoom, vec![element]);
            let scrolled = Node::Scroll(1, rect(-5., -15., 190., 160.), vec![moved]);
            engine.set_document(PAGE, [behind(), vec![scrolled]].concat());
            for offset in [0., 2.5, 9.] {
                engine.scroll(PAGE, 1, LayoutVector2D::new(0., offset));
                engine.scroll(NESTED[0], 0, LayoutVector2D::new(0., 4.));
                let composite = engine.settled_frame();
                let what = format!("{zoom:?} at {scale}, scrolled by {offset}");
                assert_is_target_on_screen(&composite, sessions, &what);
            }
        }
    }
}

/// The frame is not larger than what the turned element shows of the target.
#[test]
fn in_a_turned_element() {
    let content_box = rect(60., 50., 80., 60.);
    let mut engine = nested(1., &[content_box], rect(30., 20., 300., 300.));
    let turn = LayoutTransform::rotation(0., 0., 1., Angle::degrees(90.));
    let element =
        Node::Transform(point(100., 80.), turn, vec![Node::Nested(content_box, NESTED[0])]);
    engine.set_document(PAGE, [behind(), vec![element]].concat());
    let sessions = captured(&mut engine);
    let composite = engine.settled_frame();
    // The content box is 60 wide and 80 high now, and shows the target from 30 down and 40 across.
    for session in sessions {
        assert_eq!(composite.rect(session), device_rect(70, 70, 40, 50));
    }
    let [cropped, restricted] = sessions.map(|session| composite.picture(session));
    cropped.assert_is(&composite.page.crop(device_rect(70, 70, 40, 50)), "turned");
    // The px at a turned edge are mixed with what is behind it, which a layer does not have.
    let inner = device_rect(1, 1, 38, 48);
    restricted.crop(inner).assert_is(&cropped.crop(inner), "turned, inside of the edges");
}

#[test]
fn documents_within_the_target_are_part_of_it() {
    let mut engine = page_of(400, 300, 1.5, vec![]);
    let area = rect(20., 30., 70., 50.);
    let nodes = vec![Node::Nested(rect(25., 35., 40., 30.), NESTED[0])];
    let element = Node::element([CROP.into(), RESTRICTION.into()], area, nodes);
    let cover = in_patches(rect(30., 40., 10., 10.), 3., COVER);
    engine.set_document(PAGE, [behind(), vec![element], cover].concat());
    engine.set_document(NESTED[0], in_patches(rect(0., 0., 200., 200.), 7., OWN));
    engine.set_parent(NESTED[0], Some(PAGE));
    let [_, restricted] = captured(&mut engine);
    for offset in [0., 3., 8.5] {
        engine.scroll(NESTED[0], 0, LayoutVector2D::new(0., offset));
        let composite = engine.settled_frame();
        let frame = composite.picture(restricted);
        assert!(frame.pixels().all(|pixel| is_own(pixel) || pixel == [0; 4]));
        assert_eq!(frame.bounds_of(is_own), Some(device_rect(8, 8, 60, 45)));
        // Below the cover.
        let page = composite.page.crop(composite.rect(restricted));
        let below = device_rect(8, 32, 60, 20);
        frame.crop(below).assert_is(&page.crop(below), "the nested document");
    }
}

#[test]
fn only_embedding_documents_are_asked_where_documents_are() {
    let content_boxes = [rect(10., 10., 100., 100.), rect(10., 10., 80., 80.)];
    let mut engine = nested(1., &content_boxes, rect(5., 5., 20., 20.));
    let first = engine.frame();
    assert!(first.events.is_empty());
    assert!(!engine.wants_nested(PAGE) && !engine.wants_nested(NESTED[0]));

    let [cropped, restricted] = captured(&mut engine);
    // The documents have not told yet where they embed what.
    let composite = engine.frame();
    for session in [cropped, restricted] {
        assert_eq!(composite.states(session), [State::Paused(Withheld::Pending)]);
    }
    assert_is_target_on_screen(&engine.settled_frame(), [cropped, restricted], "told");
    assert!(engine.wants_nested(PAGE) && engine.wants_nested(NESTED[0]));
    assert!(!engine.wants_nested(NESTED[1]));
    assert_eq!(engine.layers(NESTED[1]).len(), 1);
    assert!(engine.layers(PAGE).is_empty() && engine.layers(NESTED[0]).is_empty());

    engine.stop(cropped);
    engine.stop(restricted);
    engine.settled_frame();
    assert!(!engine.wants_nested(PAGE) && !engine.wants_nested(NESTED[0]));
    assert!(engine.layers(NESTED[1]).is_empty());
}

#[test]
fn a_document_that_is_not_shown_has_no_targets() {
    let content_boxes = [rect(10., 10., 100., 100.), rect(10., 10., 80., 80.)];
    let mut engine = nested(1., &content_boxes, rect(5., 5., 20., 20.));
    let sessions = captured(&mut engine);
    assert_is_target_on_screen(&engine.settled_frame(), sessions, "shown");

    // Navigated away from and kept in the back/forward cache, with its records.
    for pipeline in NESTED.into_iter().take(2).rev() {
        let parent = if pipeline == NESTED[0] { PAGE } else { NESTED[0] };
        engine.set_parent(pipeline, None);
        let composite = engine.settled_frame();
        assert!(sessions.iter().all(|session| composite.frame(*session).is_none()));
        assert_is_paused(&engine, sessions, Withheld::UnknownTarget);
        engine.set_parent(pipeline, Some(parent));
        assert_is_target_on_screen(&engine.settled_frame(), sessions, "back");
    }

    // The element that embeds it is not rendered.
    engine.set_document(NESTED[0], behind());
    let composite = engine.settled_frame();
    assert!(sessions.iter().all(|session| composite.frame(*session).is_none()));
    assert_is_paused(&engine, sessions, Withheld::NotRendered);
    set_nested(&mut engine, &content_boxes, vec![target(rect(5., 5., 20., 20.))]);
    assert_is_target_on_screen(&engine.settled_frame(), sessions, "rendered again");
}
