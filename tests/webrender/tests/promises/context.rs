/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The GL context may go, for good or until there is another one.

use subcapture_api::{Delivery, EndReason, SessionId, State, Subject};
use subcapture_compositor::ReadMode;
use subcapture_webrender_tests::{Engine, Node, PAGE, color, in_patches, page_of, rect};

use crate::{BEHIND, COVER, CROP, OWN, RESTRICTION, crop, restriction};

fn nodes(left: f32) -> Vec<Node> {
    let area = rect(left, 30., 50., 40.);
    let target = Node::element([CROP.into(), RESTRICTION.into()], area, in_patches(area, 7., OWN));
    let cover = Node::Fill(rect(0., 35., 150., 9.), color([0, 0, COVER, 255]));
    [in_patches(rect(0., 0., 200., 150.), 9., BEHIND), vec![target, cover]].concat()
}

const DELIVERIES: [Delivery; 2] =
    [Delivery::Texture, Delivery::Memory(subcapture_api::PixelFormat::Rgba8Premultiplied)];

/// Sessions of every kind, with textures and reads on their way.
fn captured() -> (Engine, Vec<SessionId>) {
    let mut engine = page_of(200, 150, 1., nodes(20.));
    engine.compositor.set_read_mode(ReadMode::Later);
    let mut sessions = Vec::new();
    for subject in [crop(), restriction(), Subject::Viewport] {
        for delivery in DELIVERIES {
            let session = engine.start(1, subject);
            engine.deliver(session, delivery);
            sessions.push(session);
        }
    }
    for session in &sessions {
        engine.settled_frame();
        assert_eq!(engine.compositor.state(*session), Some(State::Active));
    }
    (engine, sessions)
}

#[test]
fn sessions_go_on_in_another_context() {
    let (mut engine, sessions) = captured();
    let counters: Vec<_> =
        sessions.iter().map(|session| engine.compositor.counters(*session)).collect();
    engine.replace_context();
    engine.compositor.set_read_mode(ReadMode::AtOnce);
    // Nothing of the other one comes any more.
    assert!(engine.compositor.next_event().is_none());
    for left in [20., 45.] {
        engine.set_document(PAGE, nodes(left));
        let composite = engine.settled_frame();
        let pictures: Vec<_> = sessions.iter().map(|session| composite.picture(*session)).collect();
        for pair in pictures.chunks(2) {
            pair[0].assert_is(&pair[1], "in a texture, and in memory");
        }
        let page = composite.page.crop(composite.rect(sessions[0]));
        pictures[0].assert_is(&page, "the crop");
        pictures[4].assert_is(&composite.page, "the viewport");
        assert!(pictures[2].pixels().all(|pixel| pixel[2] == OWN), "nothing covers the element");
    }
    for (session, before) in sessions.iter().zip(counters) {
        assert!(engine.compositor.counters(*session) != before, "{session:?} goes on");
        engine.stop(*session);
    }
    assert!(engine.compositor.is_idle());
}

#[test]
fn sessions_end_with_the_last_context() {
    let (mut engine, sessions) = captured();
    engine.lose_context();
    let ended = State::Ended(EndReason::ContextLost);
    let mut told = Vec::new();
    while let Some(event) = engine.compositor.next_event() {
        if let subcapture_compositor::EventKind::State(state) = event.kind {
            assert_eq!(state, ended);
            told.push(event.session);
        }
    }
    assert_eq!(told, sessions, "each hears of it once");
    for session in sessions {
        assert_eq!(engine.compositor.state(session), Some(ended));
        assert_eq!(engine.compositor.change(session, crop()), None);
    }
}

#[test]
fn a_context_is_given_back_without_anything_in_it() {
    let (mut engine, sessions) = captured();
    let before = engine.live_gl_objects();
    engine.deinit_compositor();
    let after = engine.live_gl_objects();
    // Two crops, one layer and two viewports, each with a framebuffer to draw to it.
    assert!(before.textures - after.textures >= 5, "{before:?}, {after:?}");
    assert_eq!(before.textures - after.textures, before.framebuffers - after.framebuffers);
    for session in sessions {
        engine.stop(session);
    }
    let at_last = engine.live_gl_objects();
    assert_eq!(
        (at_last.textures, at_last.framebuffers),
        (after.textures, after.framebuffers),
        "nothing was left, and nothing is given back twice"
    );
}
