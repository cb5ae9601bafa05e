/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a content process sends that was taken over breaks nothing, and shows nothing that is not
//! its own.

use subcapture_api::{
    CropTargetId, NestedRecord, PipelineRecords, RestrictionTargetId, SessionId, SpatialNode,
    State, Subject, TargetRecord, Withheld,
};
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, Picture, color, device_rect, glass, in_patches, page_of, point,
    rect,
};
use webrender_api::units::{LayoutPoint, LayoutRect, LayoutTransform, LayoutVector2D};
use webrender_api::{BuiltDisplayList, PipelineId};

use crate::{BEHIND, CROP, OWN, RESTRICTION, crop, is_own, restriction};

const HOSTILE: PipelineId = PipelineId(7, 1);

fn area() -> LayoutRect {
    rect(20., 30., 50., 40.)
}

fn page() -> Vec<Node> {
    let targets = [CROP.into(), RESTRICTION.into()];
    let mut nodes = in_patches(rect(0., 0., 200., 150.), 9., BEHIND);
    nodes.push(Node::element(targets, area(), in_patches(area(), 7., OWN)));
    nodes.push(Node::Nested(rect(100., 20., 80., 80.), HOSTILE));
    nodes
}

/// A page with a target, which embeds a document of a hostile process.
fn engine() -> Engine {
    let mut engine = page_of(200, 150, 1., page());
    engine.set_document(HOSTILE, vec![Node::Fill(rect(0., 0., 80., 80.), color([9, 9, 9, 255]))]);
    engine.set_parent(HOSTILE, Some(PAGE));
    engine
}

fn records(rect: LayoutRect) -> PipelineRecords {
    let record = |target| {
        let border_box = Some((rect, SpatialNode(0)));
        TargetRecord { target, border_box, ineligible: None }
    };
    let targets = vec![record(CROP.into()), record(RESTRICTION.into())];
    PipelineRecords { targets, nested: None }
}

fn rects() -> Vec<LayoutRect> {
    let numbers = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1e9,
        -1e9,
        16_777_217.5,
        -0.,
        0.,
        70.,
    ];
    let mut rects = Vec::new();
    for min in numbers {
        for max in numbers {
            rects.push(LayoutRect::new(LayoutPoint::new(min, min), LayoutPoint::new(max, max)));
            rects.push(LayoutRect::new(LayoutPoint::new(20., min), LayoutPoint::new(70., max)));
        }
    }
    rects
}

/// A frame, if there is one, is a part of the viewport.
#[track_caller]
fn assert_is_harmless(composite: &Composite, session: SessionId, what: &str) {
    if composite.frame(session).is_some() {
        assert!(device_rect(0, 0, 200, 150).contains_box(&composite.rect(session)), "{what}");
    }
}

#[test]
fn border_boxes_that_cannot_be() {
    let mut engine = engine();
    let sessions = [engine.start(1, crop()), engine.start(1, restriction())];
    engine.settled_frame();
    let layers = engine.layers(PAGE).to_vec();
    for rect in rects() {
        let content = in_patches(area(), 20., OWN);
        let layers = layers
            .iter()
            .map(|&(target, pipeline)| (target, Engine::layer_of(pipeline, content.clone())));
        engine.send_records(PAGE, records(rect), layers.collect());
        let composite = engine.frame();
        for session in sessions {
            assert_is_harmless(&composite, session, &format!("{rect:?}"));
        }
    }
    engine.set_document(PAGE, page());
    let composite = engine.settled_frame();
    for session in sessions {
        let expected = composite.page.crop(device_rect(20, 30, 50, 40));
        composite.picture(session).assert_is(&expected, "as ever");
    }
}

#[test]
fn content_boxes_that_cannot_be() {
    let mut engine = engine();
    let target = RestrictionTargetId::from_bits(70);
    let element = Node::element(
        [target.into()],
        rect(10., 10., 30., 30.),
        vec![glass(rect(10., 10., 30., 30.), 0., 0., 1., 1.)],
    );
    engine.set_document(HOSTILE, vec![element]);
    let session = engine.start(1, Subject::Restriction(target));
    assert!(engine.settled_frame().frame(session).is_some());
    for content_box in rects() {
        let nested = NestedRecord { pipeline: HOSTILE, content_box, node: SpatialNode(0) };
        let records = PipelineRecords { nested: Some(vec![nested]), ..engine.records(PAGE) };
        engine.send_records(PAGE, records, vec![]);
        let composite = engine.frame();
        assert_is_harmless(&composite, session, &format!("{content_box:?}"));
    }
    engine.set_document(PAGE, page());
    assert!(engine.settled_frame().frame(session).is_some(), "as ever");
}

#[test]
fn transforms_that_cannot_be_undone() {
    let transforms = [
        LayoutTransform::scale(0., 0., 1.),
        LayoutTransform::scale(1., 0., 1.),
        LayoutTransform::scale(1e20, 1e20, 1.),
        LayoutTransform::scale(f32::MIN_POSITIVE, 1., 1.),
        LayoutTransform::scale(1., 1., 0.),
        LayoutTransform::perspective(1.).pre_translate([0., 0., 5.].into()),
        LayoutTransform::translation(1e30, -1e30, 0.),
    ];
    let target = RestrictionTargetId::from_bits(70);
    let mut engine = page_of(200, 150, 1., vec![]);
    engine.set_parent(HOSTILE, Some(PAGE));
    let element = || Node::element([target.into()], area(), in_patches(area(), 20., OWN));
    engine.set_document(HOSTILE, vec![element()]);
    let session = engine.start(1, Subject::Restriction(target));
    for transform in transforms {
        // On the target itself, and on the element that embeds its document.
        let nested = Node::Nested(rect(5., 5., 150., 120.), HOSTILE);
        for nodes in [
            vec![Node::Transform(point(50., 40.), transform, vec![element()])],
            vec![Node::Transform(point(50., 40.), transform, vec![nested])],
        ] {
            engine.set_document(PAGE, nodes);
            let composite = engine.settled_frame();
            assert_is_harmless(&composite, session, &format!("{transform:?}"));
        }
    }
}

fn leak(pipeline: PipelineId) -> BuiltDisplayList {
    Engine::layer_of(pipeline, vec![Node::Fill(area(), color([255, 0, 0, 255]))])
}

#[test]
fn layers_that_nobody_asked_for() {
    let mut engine = engine();
    let session = engine.start(1, crop());
    engine.settled_frame();
    let page = engine.records(PAGE);
    engine.send_records(PAGE, page, vec![(RESTRICTION, leak(PipelineId(u32::MAX, 1)))]);
    assert!(engine.frame().frame(session).is_some());

    // The first session that restricts to the target does not get what was sent before it.
    let restricted = engine.start(1, restriction());
    let composite = engine.frame();
    assert!(composite.frame(restricted).is_none());
    assert_eq!(composite.states(restricted), [State::Paused(Withheld::Pending)]);
    assert!(engine.settled_frame().picture(restricted).pixels().all(is_own));
}

#[test]
fn a_layer_for_the_target_of_another_document() {
    let mut engine = engine();
    let session = engine.start(1, restriction());
    let expected = engine.settled_frame().picture(session);
    let (target, pipeline) = engine.layers(PAGE)[0];
    // With and without a claim to have the target.
    for records in [PipelineRecords::default(), records(area())] {
        engine.send_records(HOSTILE, records, vec![(target, leak(pipeline))]);
        engine.frame().picture(session).assert_is(&expected, "the owner's");
    }
    // Neither can the hostile document have the target when the owner sends its records again.
    engine.set_document(PAGE, page());
    engine.frame().picture(session).assert_is(&expected, "the owner's");
    engine.remove_document(HOSTILE);
    engine.frame().picture(session).assert_is(&expected, "the owner's");
}

#[test]
fn a_layer_in_the_pipeline_of_another_layer() {
    let mut engine = engine();
    let hostile_target = RestrictionTargetId::from_bits(70);
    let area = rect(0., 0., 80., 80.);
    engine.set_document(HOSTILE, vec![Node::element([hostile_target.into()], area, vec![])]);
    let session = engine.start(1, restriction());
    let hostile_session = engine.start(1, Subject::Restriction(hostile_target));
    let expected = engine.settled_frame().picture(session);
    let (_, pipeline) = engine.layers(PAGE)[0];
    let records = engine.records(HOSTILE);
    engine.send_records(HOSTILE, records, vec![(hostile_target, leak(pipeline))]);
    let composite = engine.frame();
    composite.picture(session).assert_is(&expected, "the owner's");
    assert_eq!(composite.states(hostile_session), [State::Paused(Withheld::Pending)]);
}

#[test]
fn very_many_targets() {
    let mut engine = engine();
    let sessions = [engine.start(1, crop()), engine.start(1, restriction())];
    engine.settled_frame();
    let many = |count: u128| {
        (0..count).map(|bits| TargetRecord {
            target: CropTargetId::from_bits(bits + 1000).into(),
            border_box: Some((area(), SpatialNode(0))),
            ineligible: None,
        })
    };
    // As many as an honest document can have, and the page's own last.
    let PipelineRecords { targets, nested } = engine.records(PAGE);
    let own = targets.len();
    let all = many(20_000 - own as u128).chain(targets.clone()).collect();
    engine.send_records(PAGE, PipelineRecords { targets: all, nested: nested.clone() }, vec![]);
    assert!(engine.frame().frame(sessions[0]).is_some());

    // More than that: what is too much is not known.
    let all = many(300_000).chain(targets).collect();
    engine.send_records(PAGE, PipelineRecords { targets: all, nested }, vec![]);
    let composite = engine.frame();
    for session in sessions {
        assert!(composite.frame(session).is_none());
        let reason = State::Paused(Withheld::UnknownTarget);
        assert_eq!(engine.compositor.state(session), Some(reason));
    }
}

#[test]
fn a_target_that_is_recorded_twice() {
    let mut engine = engine();
    let session = engine.start(1, crop());
    let mut records = records(area());
    records.targets.extend(self::records(rect(0., 0., 200., 150.)).targets);
    engine.frame();
    engine.send_records(PAGE, records, vec![]);
    let composite = engine.frame();
    let expected: Picture = composite.page.crop(device_rect(20, 30, 50, 40));
    composite.picture(session).assert_is(&expected, "the first one counts");
}

/// A target that is high enough to be in the viewport however far the document is scrolled.
#[test]
fn scroll_offsets_that_no_document_has() {
    let mut engine = engine();
    let session = engine.start(1, restriction());
    engine.settled_frame();
    let layers = engine.layers(PAGE).to_vec();
    let mut frame = |height: f32, offset: f32| {
        let content = in_patches(area(), 20., OWN);
        let layers = layers
            .iter()
            .map(|&(target, pipeline)| (target, Engine::layer_of(pipeline, content.clone())));
        engine.send_records(PAGE, records(rect(0., 0., 50., height)), layers.collect());
        engine.scroll(PAGE, 0, LayoutVector2D::new(0., offset));
        let composite = engine.frame();
        assert_is_harmless(&composite, session, &format!("{height}, {offset}"));
        composite.frame(session).is_some()
    };
    for offset in [2e10, 2_147_483_520., 16_777_216., 1e30] {
        for next in [0., -offset, offset / 2.] {
            assert!(frame(offset * 4., offset), "{offset}");
            frame(offset * 4., next);
        }
    }
    for offset in [f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        frame(1e9, offset);
        frame(1e9, 0.);
    }
}
