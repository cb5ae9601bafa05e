/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! No frame from the very frame on in which there must not be one, the reason why, and frames again
//! when it is gone.

use subcapture_api::{
    EndReason, Ineligible, RestrictionTargetId, SessionId, State, Subject, Version, Withheld,
};
use subcapture_compositor::EventKind;
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, Picture, WebView, color, device_rect, in_patches, page_of, rect,
};
use webrender_api::PipelineId;
use webrender_api::units::{DeviceRect, DeviceSize, LayoutRect, LayoutVector2D};

use crate::{BEHIND, CROP, OWN, RESTRICTION, crop, is_own, restriction};

const AREA: (f32, f32, f32, f32) = (20., 30., 50., 40.);

fn area() -> LayoutRect {
    rect(AREA.0, AREA.1, AREA.2, AREA.3)
}

fn behind() -> Vec<Node> {
    in_patches(rect(0., 0., 200., 150.), 9., BEHIND)
}

fn element() -> Node {
    let targets = [CROP.into(), RESTRICTION.into()];
    Node::element(targets, area(), in_patches(area(), 7., OWN))
}

fn page() -> Vec<Node> {
    [behind(), vec![element()]].concat()
}

/// An engine that captures the target in both ways.
fn captured() -> (Engine, [SessionId; 2]) {
    let mut engine = page_of(200, 150, 1., page());
    let sessions = [engine.start(1, crop()), engine.start(1, restriction())];
    let composite = engine.settled_frame();
    assert_is_shown(&engine, &composite, sessions);
    (engine, sessions)
}

#[track_caller]
fn assert_is_shown(engine: &Engine, composite: &Composite, sessions: [SessionId; 2]) {
    for session in sessions {
        assert_eq!(engine.compositor.state(session), Some(State::Active));
        let picture = composite.picture(session);
        assert!(picture.pixels().all(is_own));
        picture.assert_is(&composite.page.crop(device_rect(20, 30, 50, 40)), "the target");
    }
}

#[track_caller]
fn assert_is_paused(composite: &Composite, session: SessionId, reason: Withheld) {
    assert!(composite.frame(session).is_none(), "{reason:?}");
    assert_eq!(composite.states(session), [State::Paused(reason)]);
}

#[test]
fn no_frame_of_a_target_that_is_gone_and_frames_when_it_is_back() {
    type Change = fn(&mut Engine);
    let back: Change = |engine| engine.set_document(PAGE, page());
    let changes: [(Change, Change, Withheld); 6] = [
        (|engine| engine.set_document(PAGE, behind()), back, Withheld::UnknownTarget),
        (
            |engine| {
                let targets = vec![CROP.into(), RESTRICTION.into()];
                let (border_box, ineligible, nodes) = (None, None, vec![]);
                let element = Node::Element { targets, border_box, ineligible, nodes };
                engine.set_document(PAGE, [behind(), vec![element]].concat());
            },
            back,
            Withheld::NotRendered,
        ),
        (
            |engine| {
                let targets = [CROP.into(), RESTRICTION.into()];
                let element = Node::element(targets, rect(20., 30., 50., 0.), vec![]);
                engine.set_document(PAGE, [behind(), vec![element]].concat());
            },
            back,
            Withheld::NotVisible,
        ),
        (
            |engine| engine.scroll(PAGE, 0, LayoutVector2D::new(0., 70.)),
            |engine| engine.scroll(PAGE, 0, LayoutVector2D::zero()),
            Withheld::NotVisible,
        ),
        (|engine| engine.remove_document(PAGE), back, Withheld::UnknownTarget),
        (
            |engine| engine.set_view(1, WebView { is_hidden: true, ..view() }),
            |engine| engine.set_view(1, view()),
            Withheld::Hidden,
        ),
    ];
    for (change, back, reason) in changes {
        let (mut engine, sessions) = captured();
        change(&mut engine);
        // What is on screen stays what it is until there is a frame of the change.
        engine.request_frame();
        engine.receive_report();
        let composite = engine.composite();
        for session in sessions {
            assert_is_paused(&composite, session, reason);
        }
        for _ in 0..3 {
            assert!(engine.settled_frame().events.is_empty(), "{reason:?} is said once");
        }
        back(&mut engine);
        let composite = engine.settled_frame();
        assert_is_shown(&engine, &composite, sessions);
    }
}

fn view() -> WebView {
    WebView::new(PAGE, DeviceRect::from_size(DeviceSize::new(200., 150.)), 1.)
}

#[test]
fn an_ineligible_element_is_not_restricted_to() {
    let (mut engine, sessions) = captured();
    for rule in [Ineligible::NotStackingContext, Ineligible::Fragmented, Ineligible::NotFlattened] {
        let targets = vec![CROP.into(), RESTRICTION.into()];
        let nodes = in_patches(area(), 7., OWN);
        let (border_box, ineligible) = (Some(area()), Some(rule));
        let element = Node::Element { targets, border_box, ineligible, nodes };
        engine.set_document(PAGE, [behind(), vec![element]].concat());
        let composite = engine.frame();
        assert!(composite.frame(sessions[0]).is_some(), "a crop does not care");
        assert_is_paused(&composite, sessions[1], Withheld::Ineligible(rule));
    }
    engine.set_document(PAGE, page());
    let composite = engine.settled_frame();
    assert_is_shown(&engine, &composite, sessions);
}

#[test]
fn without_its_layer_an_element_is_not_restricted_to() {
    let (mut engine, sessions) = captured();
    let records = engine.records(PAGE);
    engine.send_records(PAGE, records, vec![]);
    let composite = engine.frame();
    assert!(composite.frame(sessions[0]).is_some());
    assert_is_paused(&composite, sessions[1], Withheld::Pending);
    engine.set_document(PAGE, page());
    let composite = engine.frame();
    assert_is_shown(&engine, &composite, sessions);
}

#[test]
fn no_frame_of_another_size_than_that_of_the_surface() {
    let (mut engine, sessions) = captured();
    for (width, height) in [(300, 200), (120, 100), (200, 400), (200, 150)] {
        engine.resize(width, height);
        let composite = engine.composite();
        for session in sessions {
            assert_is_paused(&composite, session, Withheld::Resizing);
        }
        let rect = DeviceRect::from_size(DeviceSize::new(width as f32, height as f32));
        engine.set_view(1, WebView::new(PAGE, rect, 1.));
        let composite = engine.frame();
        assert_is_shown(&engine, &composite, sessions);
    }
}

#[test]
fn no_frame_of_an_earlier_version() {
    let (mut engine, [session, _]) = captured();
    // A frame that the consumer has not yet seen is one of an earlier version, too.
    engine.compositor.request_delivery(session);
    engine.draw();
    let mut version = Version::default();
    for subject in [restriction(), Subject::Viewport, crop(), crop(), restriction(), crop()] {
        // One frame is on its way.
        engine.request_frame();
        version = version.next();
        assert_eq!(engine.change(session, subject), Some(version));
        while let Some(event) = engine.compositor.next_event() {
            assert!(event.session != session || !matches!(event.kind, EventKind::Frame(_)));
        }
        engine.receive_report();
        assert!(engine.composite().frame(session).is_none(), "{subject:?}");

        let composite = engine.settled_frame();
        let frame = composite.frame(session).expect("a frame of the new version");
        assert_eq!(frame.info.version, version);
        let expected = match subject {
            Subject::Viewport => composite.page.clone(),
            Subject::Crop(_) | Subject::Restriction(_) => {
                composite.page.crop(device_rect(20, 30, 50, 40))
            }
        };
        composite.picture(session).assert_is(&expected, "the new subject");
    }
}

#[test]
fn nothing_is_left_of_a_session_that_was_stopped() {
    let (mut engine, [cropped, restricted]) = captured();
    assert_eq!(engine.layers(PAGE).len(), 1);
    engine.compositor.request_delivery(restricted);
    engine.draw();
    engine.stop(restricted);
    let composite = engine.settled_frame();
    assert!(composite.events.iter().all(|event| event.session == cropped));
    assert!(engine.layers(PAGE).is_empty(), "the document is told to send no layer");
    assert_eq!(engine.change(restricted, crop()), None);

    engine.stop(cropped);
    assert!(engine.compositor.is_idle());
    assert!(engine.settled_frame().events.is_empty());
    assert!(!engine.compositor.wants_composite());
}

/// A session that begins when another one of the same target ends has a pipeline of its own. What
/// was sent for the other one is not for it.
#[test]
fn no_frame_from_the_layer_of_an_earlier_session() {
    let (mut engine, [_, restricted]) = captured();
    let old_layers = engine.layers(PAGE).to_vec();
    engine.stop(restricted);
    let restricted = engine.start(1, restriction());
    assert_is_paused(&engine.frame(), restricted, Withheld::Pending);

    // A display list that was made before the document heard of the change.
    let old = in_patches(area(), 5., BEHIND);
    let layers = old_layers
        .iter()
        .map(|&(target, pipeline)| (target, Engine::layer_of(pipeline, old.clone())));
    engine.send_records(PAGE, engine.records(PAGE), layers.collect());
    assert!(engine.frame().frame(restricted).is_none());
    assert_eq!(engine.compositor.state(restricted), Some(State::Paused(Withheld::Pending)));

    engine.set_document(PAGE, page());
    let composite = engine.settled_frame();
    assert!(composite.picture(restricted).pixels().all(is_own));
}

#[test]
fn several_sessions_of_one_target_are_independent() {
    let (mut engine, [cropped, restricted]) = captured();
    let clones = [engine.start(1, crop()), engine.start(1, restriction())];
    let composite = engine.settled_frame();
    assert_is_shown(&engine, &composite, [cropped, restricted]);
    assert_is_shown(&engine, &composite, clones);

    engine.stop(cropped);
    engine.stop(restricted);
    engine.set_document(PAGE, page());
    let composite = engine.settled_frame();
    assert!(composite.events.iter().all(|event| clones.contains(&event.session)));
    assert_is_shown(&engine, &composite, clones);

    engine.change(clones[0], Subject::Viewport);
    let composite = engine.settled_frame();
    composite.picture(clones[0]).assert_is(&composite.page, "the whole viewport");
    assert!(composite.picture(clones[1]).pixels().all(is_own));
}

#[test]
fn a_closed_webview_ends_its_sessions_and_no_others() {
    const OTHER_PAGE: PipelineId = PipelineId(2, 1);
    let other_target = RestrictionTargetId::from_bits(77);
    let (mut engine, sessions) = captured();
    let rect = DeviceRect::from_size(DeviceSize::new(100., 100.));
    engine.set_view(2, WebView::new(OTHER_PAGE, rect, 1.));
    let content = vec![Node::Fill(area(), color([1, 2, 3, 255]))];
    engine.set_document(OTHER_PAGE, vec![Node::element([other_target.into()], area(), content)]);
    let other = engine.start(2, Subject::Restriction(other_target));
    assert!(engine.settled_frame().frame(other).is_some());

    engine.close_view(1);
    let composite = engine.frame();
    for session in sessions {
        assert!(composite.frame(session).is_none());
        assert_eq!(composite.states(session), [State::Ended(EndReason::WebViewClosed)]);
        assert_eq!(engine.change(session, crop()), None);
    }
    let expected = Picture::filled(50, 40, [1, 2, 3, 255]);
    composite.picture(other).assert_is(&expected, "the other webview");
    engine.set_document(PAGE, page());
    let composite = engine.settled_frame();
    assert!(composite.events.iter().all(|event| event.session == other));
}

#[test]
fn a_webview_without_the_target_takes_it_from_no_other() {
    const OTHER_PAGE: PipelineId = PipelineId(2, 1);
    let mut engine = page_of(200, 150, 1., page());
    let rect = DeviceRect::from_size(DeviceSize::new(10., 10.));
    engine.set_view(2, WebView::new(OTHER_PAGE, rect, 1.));
    engine.set_document(OTHER_PAGE, vec![]);
    // Sessions are looked up in the order in which they were started.
    let stranger = engine.start(2, restriction());
    let owner = engine.start(1, restriction());
    let composite = engine.settled_frame();
    assert!(composite.frame(stranger).is_none());
    assert!(composite.frame(owner).is_some());
    let unknown = State::Paused(Withheld::UnknownTarget);
    assert_eq!(engine.compositor.state(stranger), Some(unknown));
}

fn tall_targets(count: u8, height: f32) -> (Vec<Node>, Vec<Subject>) {
    let ids = (0..count).map(|index| RestrictionTargetId::from_bits(u128::from(index) + 50));
    let area = rect(0., 0., 16., height);
    let content = || vec![Node::Fill(area, color([0, 0, OWN, 255]))];
    let nodes = ids.clone().map(|id| Node::element([id.into()], area, content())).collect();
    (nodes, ids.map(Subject::Restriction).collect())
}

/// WebRender panics when a document is higher than 16384 px.
#[test]
fn layers_that_do_not_fit_are_withheld() {
    let (nodes, subjects) = tall_targets(17, 1000.);
    let mut engine = page_of(16, 1000, 1., nodes);
    let sessions: Vec<_> = subjects.into_iter().map(|subject| engine.start(1, subject)).collect();
    for height in [1000, 2000, 4000, 1000, 16_000, 1000] {
        engine.resize(16, height);
        let rect = DeviceRect::from_size(DeviceSize::new(16., height as f32));
        engine.set_view(1, WebView::new(PAGE, rect, 1.));
        let composite = engine.settled_frame();
        let frames = sessions.iter().filter(|id| composite.frame(**id).is_some()).count();
        // Each slot takes two rows of tiles, and the strip begins with one.
        let expected = usize::try_from((16_384 - (height + 511) / 512 * 512) / 1024);
        let expected = expected.expect("some rows");
        assert_eq!(frames, expected.min(17), "on {height} rows");
        for &session in &sessions {
            let expected = match composite.frame(session) {
                Some(_) => State::Active,
                None => State::Paused(Withheld::TooLarge),
            };
            assert_eq!(engine.compositor.state(session), Some(expected));
        }
    }
}

#[test]
fn the_highest_surface_and_strip_fit() {
    // The strip begins with a row of tiles.
    for (height, fits) in [(16_384 - 512, true), (16_384 - 511, false), (16_384, false)] {
        let (nodes, subjects) = tall_targets(1, 40.);
        let mut engine = page_of(16, height, 1., nodes);
        let session = engine.start(1, subjects[0]);
        assert_eq!(engine.settled_frame().frame(session).is_some(), fits, "on {height} rows");
    }
}

#[test]
fn the_gl_errors_of_others_cost_no_frame() {
    let (mut engine, sessions) = captured();
    engine.cause_gl_errors();
    let composite = engine.frame();
    assert_is_shown(&engine, &composite, sessions);
}
