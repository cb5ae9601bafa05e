/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What WebRender draws differently in a scroll container and outside of one, it draws in a layer
//! as on the page: round borders, and what is cut by round clips.

use subcapture_api::{RestrictionTargetId, SessionId, Subject};
use subcapture_webrender_tests::{Engine, Node, PAGE, in_patches, page_of, rect};
use webrender_api::units::{LayoutRect, LayoutVector2D};
use webrender_api::{ColorF, PipelineId};

use crate::{OWN, RESTRICTION, on_white, restriction};

const NESTED: PipelineId = PipelineId(2, 1);
const SCALES: [f32; 6] = [1., 1.25, 1.5, 1.75, 2., 3.];
const OFFSETS: [f32; 4] = [0., 1., 2.4, 7.5];

fn white() -> Node {
    Node::Fill(rect(-100., -100., 1000., 1000.), ColorF::WHITE)
}

/// Targets that are cut or drawn round, by what they are.
fn targets(area: LayoutRect) -> [(&'static str, Node); 3] {
    let text = || in_patches(area.inflate(9., 9.), 3., OWN);
    let background = || Node::Round(area, 14., ColorF::new(1., 0.8, 0.9, 1.));
    let clipped = |nodes| vec![background(), Node::RoundClip(area, 14., nodes)];
    let target = |nodes| Node::element([RESTRICTION.into()], area, nodes);
    [
        ("border", target(vec![Node::Border(area, 3., 14., ColorF::new(0., 0., 0.5, 1.))])),
        ("text", target(clipped(text()))),
        ("scrolling text", target(clipped(vec![Node::Scroll(9, area, text())]))),
    ]
}

fn scroll(engine: &mut Engine, pipeline: PipelineId, id: u64, x: f32, y: f32) {
    engine.scroll(pipeline, id, LayoutVector2D::new(x, y));
}

/// What is half transparent is rounded once more on the page, or twice.
const ROUNDING: u8 = 2;

/// Within a scroll container, WebRender may apply a round clip that all of the target has to the
/// tiles as a whole, but to each item on the page, where other items do not have the clip. That
/// shows at the curve, where an item that has the clip lies over another one that has it.
const CLIPPED_AS_ONE: u8 = 16;

#[track_caller]
fn assert_is_as_on_page(engine: &mut Engine, session: SessionId, tolerance: u8, what: &str) {
    let composite = engine.settled_frame();
    let page = composite.page.crop(composite.rect(session));
    assert!(page.pixels().any(|pixel| pixel != [255; 4]), "there is something to see");
    on_white(&composite.picture(session)).assert_is_near(&page, tolerance, what);
}

#[test]
fn in_the_document() {
    for scale in SCALES {
        let mut engine = page_of(640, 560, scale, vec![]);
        let session = engine.start(1, restriction());
        for area in [rect(20., 30., 60., 40.), rect(20.3, 30.7, 160.5, 140.2)] {
            for (what, target) in targets(area) {
                engine.set_document(PAGE, vec![white(), target]);
                for offset in OFFSETS {
                    scroll(&mut engine, PAGE, 0, 0.3 * offset, offset);
                    let what = format!("{what} in {area:?} at {scale}, scrolled by {offset}");
                    assert_is_as_on_page(&mut engine, session, ROUNDING, &what);
                }
            }
        }
    }
}

#[test]
fn in_a_scroll_container() {
    for scale in SCALES {
        let mut engine = page_of(640, 640, scale, vec![]);
        let session = engine.start(1, restriction());
        // WebRender takes the first one for too small to have tiles of its own if it can.
        for (container, area) in [
            (rect(0., 0., 110., 110.), rect(12.5, 20., 80., 60.)),
            (rect(0., 0., 200., 190.), rect(20.5, 30., 160., 140.)),
        ] {
            for (what, target) in targets(area) {
                let tolerance = if what == "border" { ROUNDING } else { CLIPPED_AS_ONE };
                let container = Node::Scroll(1, container, vec![white(), target]);
                engine.set_document(PAGE, vec![white(), container]);
                for offset in OFFSETS {
                    scroll(&mut engine, PAGE, 0, 0., 0.4 * offset);
                    scroll(&mut engine, PAGE, 1, 0.2 * offset, -offset);
                    let what = format!("{what} in {area:?} at {scale}, scrolled by {offset}");
                    assert_is_as_on_page(&mut engine, session, tolerance, &what);
                }
            }
        }
    }
}

#[test]
fn in_a_nested_document() {
    let nested = Node::Nested(rect(5.3, 10.7, 190., 180.), NESTED);
    let scrolling = Node::Scroll(1, rect(0., 0., 200., 200.), vec![nested.clone()]);
    for scale in SCALES {
        let mut engine = page_of(640, 640, scale, vec![]);
        engine.set_parent(NESTED, Some(PAGE));
        let session = engine.start(1, restriction());
        for (place, embedding) in [("a page", &nested), ("a scroll container", &scrolling)] {
            engine.set_document(PAGE, vec![white(), embedding.clone()]);
            for (what, target) in targets(rect(10.4, 12., 160., 140.)) {
                let is_one = what != "border" && place != "a page";
                let tolerance = if is_one { CLIPPED_AS_ONE } else { ROUNDING };
                engine.set_document(NESTED, vec![white(), target]);
                for offset in OFFSETS {
                    scroll(&mut engine, PAGE, 0, 0., 0.4 * offset);
                    scroll(&mut engine, PAGE, 1, 0., -0.3 * offset);
                    scroll(&mut engine, NESTED, 0, 0.2 * offset, offset);
                    let what = format!("{what} in {place} at {scale}, scrolled by {offset}");
                    assert_is_as_on_page(&mut engine, session, tolerance, &what);
                }
            }
        }
    }
}

/// Layers share tiles, or have their own: neither changes what is in them.
#[test]
fn many_at_once() {
    let id = |index: u8| RestrictionTargetId::from_bits(u128::from(index) + 100);
    let element = |index: u8| {
        let (column, row) = (f32::from(index % 4), f32::from(index / 4));
        let area = rect(5. + column * 75., 4. + row * 55., 60., 40.);
        let border = Node::Border(area, 3., 14., ColorF::new(0., 0., 0.5, 1.));
        Node::element([id(index).into()], area, vec![border])
    };
    for scale in SCALES {
        let nodes = [vec![white()], (0..12).map(element).collect()].concat();
        let mut engine = page_of(960, 560, scale, nodes);
        let start = |index| engine.start(1, Subject::Restriction(id(index)));
        let sessions: Vec<_> = (0..12).map(start).collect();
        for session in sessions {
            assert_is_as_on_page(
                &mut engine,
                session,
                ROUNDING,
                &format!("{session:?} at {scale}"),
            );
            engine.stop(session);
        }
    }
}
