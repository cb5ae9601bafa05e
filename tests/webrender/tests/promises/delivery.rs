/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The same px come in memory, at once or later, in each format, and in textures.

use subcapture_api::{
    Counters, Delivery, EndReason, FrameLimits, PixelFormat, RowOrder, SessionId, State, Subject,
};
use subcapture_compositor::{EventKind, ReadMode};
use subcapture_webrender_tests::{
    Consumers, Engine, Node, PAGE, color, glass, in_patches, page_of, rect,
};
use webrender_api::ColorF;
use webrender_api::units::DeviceIntSize;

use crate::{BEHIND, CROP, OWN, RESTRICTION, crop, restriction};

const FORMATS: [PixelFormat; 4] = [
    PixelFormat::Rgba8Premultiplied,
    PixelFormat::Bgra8Premultiplied,
    PixelFormat::Rgba8Straight,
    PixelFormat::Bgra8Straight,
];

/// A page with a target that is transparent in many ways, and looks different from its top, its
/// bottom and each side.
fn page(number: u8) -> Vec<Node> {
    let area = rect(20., 30., 90., 70.);
    let mut nodes = in_patches(rect(20., 30., 40., 20.), 7., OWN);
    for step in 0..20_u8 {
        let alpha = f32::from(step) / 20.;
        let stripe = rect(62. + 2. * f32::from(step), 30., 2., 60.);
        nodes.push(glass(stripe, 0.9, alpha, 0.1 + 0.04 * f32::from(step), alpha));
    }
    nodes.push(Node::Round(rect(25., 60., 30., 30.), 11., ColorF::new(0.2, 0.9, 0.4, 0.7)));
    nodes.push(Node::Fill(rect(30., 92., 9., 6.), color([number, 255 - number, OWN, 255])));
    let targets = [CROP.into(), RESTRICTION.into()];
    let element = Node::element(targets, area, nodes);
    [in_patches(rect(0., 0., 200., 150.), 9., BEHIND), vec![element]].concat()
}

fn limits(width: i32, height: i32) -> FrameLimits {
    FrameLimits { max_frame_rate: None, max_size: Some(DeviceIntSize::new(width, height)) }
}

fn start(engine: &mut Engine, subject: Subject, delivery: Delivery) -> SessionId {
    let session = engine.start(1, subject);
    engine.deliver(session, delivery);
    session
}

#[test]
fn a_texture_has_the_px_that_memory_has() {
    let mut engine = page_of(200, 150, 1., page(0));
    let mut pairs = Vec::new();
    for subject in [Subject::Viewport, crop(), restriction()] {
        for limits in [FrameLimits::default(), limits(51, 200), limits(300, 17)] {
            let [texture, memory] = [Delivery::Texture, Delivery::default()].map(|delivery| {
                let session = start(&mut engine, subject, delivery);
                engine.compositor.limit(session, limits);
                session
            });
            pairs.push((texture, memory, format!("{subject:?}, {limits:?}")));
        }
    }
    engine.settled_frame();
    let mut consumers = Consumers::default();
    for number in 1..6 {
        engine.set_document(PAGE, page(number));
        let composite = engine.quiet_frame();
        assert_eq!(consumers.take(&composite, "all"), 2 * pairs.len());
        for (texture, memory, what) in &pairs {
            composite.picture(*texture).assert_is(&composite.picture(*memory), what);
            let in_texture = composite.texture(*texture).expect("a texture").info;
            let in_memory = composite.frame(*memory).expect("a frame in memory").info;
            assert_eq!(in_texture.rows, RowOrder::BottomUp);
            assert_eq!(in_memory.rows, RowOrder::TopDown);
            assert_eq!(in_texture.format, PixelFormat::Rgba8Premultiplied);
            assert_eq!(in_texture.size, in_memory.size, "{what}");
            assert_eq!(in_texture.captured, in_memory.captured, "{what}");
            assert_eq!(in_texture.origin, in_memory.origin, "{what}");
            assert_eq!(in_texture.damage, in_memory.damage, "{what}");
            assert_eq!(in_texture.composite, in_memory.composite, "{what}");
        }
    }
}

/// A texture is only good until the next composite. Nobody gets one that is not.
/// The texture is gone, and its name may be that of another picture.
#[test]
fn a_session_that_ends_hands_out_nothing() {
    for delivery in [Delivery::Texture, Delivery::default()] {
        let mut engine = page_of(200, 150, 1., page(0));
        let session = start(&mut engine, restriction(), delivery);
        engine.settled_frame();
        engine.set_document(PAGE, page(1));
        engine.request_frame();
        engine.receive_report();
        engine.draw();
        engine.compositor.end(session, EndReason::Stopped);
        let events: Vec<_> = std::iter::from_fn(|| engine.compositor.next_event()).collect();
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(matches!(events[0].kind, EventKind::State(State::Ended(EndReason::Stopped))));
        let Counters { total, delivered, discarded } =
            engine.compositor.counters(session).expect("a session");
        assert_eq!(total, delivered + discarded);
    }
}

#[test]
fn a_texture_that_was_not_taken_comes_anew() {
    for subject in [Subject::Viewport, crop(), restriction()] {
        let mut engine = page_of(200, 150, 1., page(0));
        let session = start(&mut engine, subject, Delivery::Texture);
        let mut consumers = Consumers::default();
        consumers.take(&engine.settled_frame(), "at first");
        let before = engine.compositor.counters(session).expect("a session");

        engine.set_document(PAGE, page(1));
        engine.request_frame();
        engine.receive_report();
        engine.draw();
        assert!(!engine.compositor.wants_composite(), "there is one to take");
        // Nothing changes, and it is made once more.
        let composite = engine.composite();
        assert_eq!(consumers.take(&composite, "once more"), 1, "{subject:?}");
        let info = composite.texture(session).expect("a texture").info;
        assert_eq!(info.damage.size(), info.size, "what was dropped is all damage");
        let Counters { total, delivered, discarded } =
            engine.compositor.counters(session).expect("a session");
        assert_eq!(delivered, before.delivered + 1);
        assert_eq!(discarded, before.discarded + 1);
        assert_eq!(total, delivered + discarded);

        // Two that changed in the meantime.
        for number in 2..4 {
            engine.set_document(PAGE, page(number));
            engine.request_frame();
            engine.receive_report();
            engine.draw();
        }
        let composite = engine.composite();
        assert_eq!(consumers.take(&composite, "the newest"), 1, "{subject:?}");
        let memory = start(&mut engine, subject, Delivery::default());
        let expected = engine.settled_frame().picture(memory);
        consumers.picture(session).assert_is(&expected, &format!("the newest of {subject:?}"));
        // What is there to take when the session changes is not for its new subject.
        engine.compositor.request_delivery(session);
        engine.draw();
        engine.change(session, crop());
        while let Some(event) = engine.compositor.next_event() {
            let is_texture = matches!(event.kind, EventKind::Texture(_));
            assert!(event.session != session || !is_texture, "{subject:?}");
        }
    }
}

/// By the engine, on the way to the consumer.
#[test]
fn a_frame_that_was_taken_and_not_handed_on_comes_anew() {
    for delivery in [Delivery::Texture, Delivery::default()] {
        let mut engine = page_of(200, 150, 1., page(0));
        let session = start(&mut engine, restriction(), delivery);
        assert!(engine.settled_frame().info(session).is_some());
        assert!(!engine.compositor.wants_composite(), "{delivery:?}: the consumer has all");
        let before = engine.compositor.counters(session).expect("a session");

        engine.compositor.take_back(session);
        assert!(engine.compositor.wants_composite(), "{delivery:?}");
        let composite = engine.composite();
        let info = composite.info(session).expect("another one");
        assert_eq!(info.damage.size(), info.size, "{delivery:?}: the consumer has nothing of it");
        assert_eq!(composite.texture(session).is_some(), delivery == Delivery::Texture);
        let Counters { total, delivered, discarded } =
            engine.compositor.counters(session).expect("a session");
        assert_eq!(delivered, before.delivered, "{delivery:?}: one less and one more");
        assert_eq!(discarded, before.discarded + 1, "{delivery:?}");
        assert_eq!(total, delivered + discarded, "{delivery:?}");
    }
}

#[test]
fn sessions_of_one_element_share_a_texture() {
    let mut engine = page_of(200, 150, 1., page(0));
    let shared = [(); 3].map(|()| start(&mut engine, restriction(), Delivery::Texture));
    let scaled = [(); 2].map(|()| {
        let session = start(&mut engine, restriction(), Delivery::Texture);
        engine.compositor.limit(session, limits(20, 20));
        session
    });
    let cropped = [(); 2].map(|()| start(&mut engine, crop(), Delivery::Texture));
    let composite = engine.settled_frame();
    let texture = |session: &SessionId| composite.texture(*session).expect("a texture").texture;
    assert!(shared.iter().all(|session| texture(session) == texture(&shared[0])));
    let mut others: Vec<_> = scaled.iter().chain(&cropped).map(texture).collect();
    others.push(texture(&shared[0]));
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), 5, "the others have textures of their own");

    // It is there for as long as one of them is.
    let expected = composite.picture(shared[0]);
    engine.stop(shared[0]);
    engine.stop(shared[2]);
    engine.settled_frame().picture(shared[1]).assert_is(&expected, "the one that is left");
}

/// Any two formats say the same.
#[test]
fn every_format_has_the_same_px() {
    for mode in [ReadMode::AtOnce, ReadMode::Later, ReadMode::Measured] {
        for subject in [Subject::Viewport, crop(), restriction()] {
            let mut engine = page_of(200, 150, 1., page(0));
            engine.compositor.set_read_mode(mode);
            let deliveries = FORMATS.map(Delivery::Memory);
            let sessions = deliveries.map(|delivery| start(&mut engine, subject, delivery));
            let textured = start(&mut engine, subject, Delivery::Texture);
            let composite = engine.settled_frame();
            let [rgba, bgra, straight_rgba, straight_bgra] = sessions.map(|session| {
                let frame = composite.frame(session).expect("a frame");
                let pixels = frame.pixels.chunks_exact(4).map(|px| [px[0], px[1], px[2], px[3]]);
                (frame.info.format, pixels.collect::<Vec<_>>())
            });
            let formats = [&rgba, &bgra, &straight_rgba, &straight_bgra].map(|(format, _)| *format);
            assert_eq!(formats, FORMATS);
            let truth: Vec<_> = composite.picture(textured).pixels().collect();
            assert!(truth.iter().any(|px| px[0] != px[2]));
            let swapped = |[red, green, blue, alpha]: [u8; 4]| [blue, green, red, alpha];
            let multiplied = |[red, green, blue, alpha]: [u8; 4]| {
                let by_alpha = |channel: u8| {
                    let product = u16::from(channel) * u16::from(alpha);
                    u8::try_from((product + 127) / 255).expect("a channel")
                };
                [by_alpha(red), by_alpha(green), by_alpha(blue), alpha]
            };
            let map = |(_, pixels): &(PixelFormat, Vec<[u8; 4]>),
                       f: &dyn Fn([u8; 4]) -> [u8; 4]| {
                pixels.iter().copied().map(f).collect::<Vec<_>>()
            };
            let what = format!("{subject:?}, {mode:?}");
            assert!(rgba.1 == truth, "{what}");
            assert!(map(&bgra, &swapped) == truth, "{what}");
            assert!(map(&straight_rgba, &multiplied) == truth, "{what}");
            assert!(map(&straight_bgra, &|pixel| multiplied(swapped(pixel))) == truth, "{what}");
            if let Subject::Restriction(_) = subject {
                assert!(straight_rgba.1 != rgba.1, "something is half transparent");
            }
        }
    }
}

/// A session changes the way of its delivery, and goes on with all of what is on screen.
#[test]
fn the_way_of_delivery_changes_at_any_time() {
    for mode in [ReadMode::AtOnce, ReadMode::Later] {
        let mut engine = page_of(200, 150, 1., page(0));
        engine.compositor.set_read_mode(mode);
        let steady = start(&mut engine, restriction(), Delivery::default());
        let session = start(&mut engine, restriction(), Delivery::default());
        let mut consumers = Consumers::default();
        consumers.take(&engine.settled_frame(), "at first");
        let deliveries = [Delivery::Texture, Delivery::default(), Delivery::Memory(FORMATS[0])];
        for (number, delivery) in (1..).zip(deliveries.into_iter().cycle().take(9)) {
            // One is there to take.
            engine.compositor.request_delivery(session);
            engine.draw();
            engine.deliver(session, delivery);
            while let Some(event) = engine.compositor.next_event() {
                let is_state = matches!(event.kind, EventKind::State(_));
                assert!(event.session != session || is_state, "one in the way before: {event:?}");
            }
            assert!(engine.compositor.wants_composite());
            engine.set_document(PAGE, page(number));
            let composite = engine.quiet_frame();
            consumers.take(&composite, "another way");
            let info = composite.info(session).expect("a frame");
            assert_eq!(info.damage.size(), info.size, "all of it");
            assert_eq!(composite.texture(session).is_some(), delivery == Delivery::Texture);
            let expected = composite.picture(steady);
            composite.picture(session).assert_is(&expected, &format!("{delivery:?}, {mode:?}"));
            let Counters { total, delivered, discarded } =
                engine.compositor.counters(session).expect("a session");
            assert_eq!(total, delivered + discarded);
        }
    }
}

/// Frames that come later are the same, in order, and none is lost without being counted.
#[test]
fn frames_that_come_later_miss_nothing() {
    let mut engine = page_of(200, 150, 1., page(0));
    engine.compositor.set_read_mode(ReadMode::Later);
    let sessions = [Subject::Viewport, crop(), restriction()]
        .map(|subject| start(&mut engine, subject, Delivery::default()));
    let textured = start(&mut engine, restriction(), Delivery::Texture);
    let mut consumers = Consumers::default();
    consumers.take(&engine.settled_frame(), "at first");
    for round in 0..20_u8 {
        // More frames than may be on their way, and nobody takes one.
        for number in 0..round % 7 {
            engine.set_document(PAGE, page(number + 20));
            engine.request_frame();
            engine.receive_report();
            engine.draw();
        }
        engine.set_document(PAGE, page(100 + round));
        consumers.take(&engine.quiet_frame(), "later");
        // What found no room is there with the next composite.
        while engine.compositor.wants_composite() {
            consumers.take(&engine.composite(), "what found no room");
        }
        let composite = engine.frame();
        let info =
            sessions.map(|session| *consumers.get(session).map(|had| &had.info).expect("it"));
        let pictures = sessions.map(|session| consumers.picture(session).clone());
        consumers.take(&composite, "asked for");
        for ((session, before), picture) in sessions.into_iter().zip(info).zip(pictures) {
            let what = format!("round {round}, {session:?}");
            picture.assert_is(&composite.picture(session), &what);
            let info = composite.info(session).expect("a frame");
            assert!(info.sequence > before.sequence, "{what}");
            let Counters { total, delivered, discarded } =
                engine.compositor.counters(session).expect("a session");
            assert_eq!(total, delivered + discarded, "{what}");
        }
        consumers.picture(sessions[2]).assert_is(consumers.picture(textured), "as in the texture");
    }
}
