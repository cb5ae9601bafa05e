/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A page on which nothing happens gives one frame, and costs nothing after it.

use subcapture_api::{Counters, SessionId, Subject};
use subcapture_webrender_tests::{Engine, Node, PAGE, in_patches, page_of, rect};

use crate::{BEHIND, CROP, OWN, RESTRICTION, crop, restriction};

fn page() -> Engine {
    let area = rect(20., 30., 50., 40.);
    let element = Node::element([CROP.into(), RESTRICTION.into()], area, in_patches(area, 7., OWN));
    let mut engine = page_of(
        200,
        150,
        1.,
        [in_patches(rect(0., 0., 200., 150.), 9., BEHIND), vec![element]].concat(),
    );
    engine.frame();
    engine
}

#[track_caller]
fn assert_is_quiet(engine: &mut Engine) {
    for _ in 0..3 {
        assert!(!engine.compositor.wants_composite());
        assert!(engine.composite().events.is_empty(), "nothing of a page drawn once more");
    }
    // An engine may request frames all the time: WebRender says that there is nothing to draw.
    engine.request_frame();
    engine.receive_report();
    assert!(!engine.compositor.wants_composite());
}

#[track_caller]
fn assert_gives_one_frame(engine: &mut Engine, session: SessionId) {
    engine.request_frame();
    engine.receive_report();
    engine.tell_interest();
    while engine.compositor.wants_composite() {
        let composite = engine.composite();
        if composite.frame(session).is_some() {
            return;
        }
        engine.request_frame();
        engine.receive_report();
    }
    unreachable!("a session that waits for a frame wants a composite");
}

#[test]
fn one_frame_after_the_start_and_after_each_change() {
    for subjects in [
        [crop(), restriction(), Subject::Viewport],
        [restriction(), Subject::Viewport, crop()],
        [Subject::Viewport, crop(), restriction()],
    ] {
        let mut engine = page();
        let session = engine.start(1, subjects[0]);
        assert_gives_one_frame(&mut engine, session);
        assert_is_quiet(&mut engine);
        for subject in subjects.into_iter().skip(1).chain([subjects[1], subjects[2]]) {
            engine.change(session, subject);
            assert_gives_one_frame(&mut engine, session);
            assert_is_quiet(&mut engine);
        }
    }
}

#[test]
fn one_frame_when_one_is_asked_for() {
    for subject in [crop(), restriction(), Subject::Viewport] {
        let mut engine = page();
        let session = engine.start(1, subject);
        let first = engine.settled_frame();
        engine.compositor.request_delivery(session);
        assert!(engine.compositor.wants_composite());
        // No new frame of the page is needed for it.
        let composite = engine.composite();
        composite.picture(session).assert_is(&first.picture(session), "the same once more");
        assert_is_quiet(&mut engine);
    }
}

#[test]
fn a_reason_is_told_once() {
    let mut engine = page();
    engine.set_document(PAGE, vec![]);
    engine.frame();
    for subject in [crop(), restriction()] {
        let session = engine.start(1, subject);
        assert!(engine.compositor.wants_composite(), "the consumer has heard nothing yet");
        let states = engine.settled_frame().states(session);
        assert_eq!(states.len(), 1, "{states:?}");
        assert_is_quiet(&mut engine);
    }
}

#[test]
fn an_idle_compositor_wants_nothing() {
    let mut engine = page();
    assert!(engine.compositor.is_idle());
    assert_is_quiet(&mut engine);
}

#[test]
fn every_frame_is_counted_once() {
    let mut engine = page();
    let session = engine.start(1, crop());
    engine.settled_frame();
    let counted = |total, delivered, discarded| Some(Counters { total, delivered, discarded });
    let Counters { total, delivered, discarded } =
        engine.compositor.counters(session).expect("a session");
    assert_eq!((total, discarded), (delivered, 0));

    // One is as the consumer has it.
    let draw = |engine: &mut Engine| {
        engine.request_frame();
        engine.receive_report();
        engine.draw();
    };
    draw(&mut engine);
    assert_eq!(engine.compositor.counters(session), counted(total + 1, delivered, 1));
    assert!(engine.compositor.next_event().is_none());

    // One is overtaken before the consumer takes it.
    for width in [20., 30.] {
        let area = rect(20., 30., width, 40.);
        let element = Node::element([CROP.into()], area, in_patches(area, 7., OWN));
        engine.set_document(PAGE, vec![element]);
        draw(&mut engine);
    }
    assert_eq!(engine.compositor.counters(session), counted(total + 3, delivered, 2));
    assert!(engine.compositor.next_event().is_some());
    assert_eq!(engine.compositor.counters(session), counted(total + 3, delivered + 1, 2));

    // One is withheld.
    engine.set_document(PAGE, vec![]);
    engine.frame();
    assert_eq!(engine.compositor.counters(session), counted(total + 4, delivered + 1, 3));
}
