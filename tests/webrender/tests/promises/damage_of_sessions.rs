/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What each session is told of what changed: of frames that it did not get, too.

use std::time::{Duration, Instant};

use subcapture_api::{Delivery, FrameLimits};
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, Renders, in_patches, rect, show_page,
};
use webrender_api::units::{DeviceIntRect, DeviceIntSize, LayoutVector2D};

use crate::{BEHIND, restriction};

use crate::damage::{Captured, around, behind, device_area, page, spot, target};

/// WebRender rasterizes for every frame that is requested. What it rasterized for one that was
/// never on screen is told with no other.
#[test]
fn what_was_rasterized_for_frames_that_nobody_saw_is_damage() {
    let spots = [(30., 40.), (240., 60.), (130., 190.)];
    let draws: [fn(&mut Engine); 4] = [
        // Reported together.
        |engine| {
            while engine.in_flight() > 0 {
                engine.receive_report();
            }
        },
        // All but the last on screen without a word to the compositor of captures.
        |engine| {
            while engine.in_flight() > 1 {
                engine.receive_report();
                engine.draw_untold();
            }
            engine.receive_report();
        },
        // Reported together, after one that is on screen.
        |engine| {
            engine.receive_report();
            engine.draw();
            while engine.in_flight() > 0 {
                engine.receive_report();
            }
        },
        // The last one is on screen, and told, and nothing is new.
        |engine| {
            while engine.in_flight() > 0 {
                engine.receive_report();
            }
            engine.draw_untold();
        },
    ];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    for (index, draw) in draws.into_iter().enumerate() {
        for number in 0..12 {
            let mut shown = Vec::new();
            for (x, y) in spots {
                shown.push(spot(x, y, 100 + number));
                captured.engine.set_document(PAGE, page(shown.clone()));
                captured.engine.request_frame();
            }
            draw(&mut captured.engine);
            let composite = captured.engine.composite();
            captured.check(&composite, &format!("way {index}, {number}"));
            assert!(composite.info(captured.sessions[0]).is_some(), "way {index}, {number}");
        }
    }
}

/// Engines that do not tell what WebRender rasterized, or tell it of another time, pay for it, and
/// get the same.
#[test]
fn what_is_not_told_is_not_missed() {
    let spots = [(30., 40.), (240., 60.)];
    let told = || Engine::new(300, 240);
    let untold = || Engine::without_tiles_told(300, 240);
    for (engine, renders, is_told) in [
        (told(), Renders::TwiceAndTellsOfTheFirst, true),
        (told(), Renders::TwiceAndTellsOfTheLast, false),
        (untold(), Renders::Once, false),
        (untold(), Renders::TwiceAndTellsOfTheLast, false),
    ] {
        let mut engine = engine;
        engine.set_renders(renders);
        show_page(&mut engine, 300, 240, 1., page(vec![]));
        let mut captured = Captured::new(engine);
        captured.divide_tiles(&spots);
        for number in 0..12 {
            for (x, y) in spots {
                captured.engine.set_document(PAGE, page(vec![spot(x, y, 100 + number)]));
                let damage = captured.damage(&format!("{renders:?}")).expect("a frame");
                let is_whole = damage == DeviceIntRect::from_size(device_area().size());
                // Both spots change, in two corners.
                assert!(is_told != is_whole, "{renders:?}: {damage:?}");
            }
            // That nothing was rasterized at all is always told.
            let cover = in_patches(rect(0., 0., 9., 9.), 9., number);
            captured
                .engine
                .set_document(PAGE, [page(vec![spot(240., 60., 100 + number)]), cover].concat());
            captured.damage(&format!("{renders:?}, elsewhere"));
            captured.engine.scroll(PAGE, 99, LayoutVector2D::zero());
            assert_eq!(captured.damage(&format!("{renders:?}, nothing")), None);
        }
    }
}

fn frame_rate(rate: f32) -> FrameLimits {
    FrameLimits { max_frame_rate: Some(rate), max_size: None }
}

/// Show each of these, one after the other, with no frame for a session in between. Gives the
/// frame that it gets then.
fn frame_after(
    captured: &mut Captured,
    documents: &[Vec<Node>],
    rate: f32,
) -> Option<(Composite, DeviceIntRect)> {
    let session = captured.sessions[0];
    let start = Instant::now();
    let mut page = None;
    for document in documents {
        captured.engine.set_document(PAGE, document.clone());
        let composite = captured.engine.quiet_frame();
        // On a machine that has much else to do the time may be over already.
        let is_late = start.elapsed().as_secs_f32() > 0.8 / rate;
        captured.consumers.take(&composite, "a frame");
        if composite.info(session).is_some() {
            assert!(is_late, "there was a frame before its time");
            return None;
        }
        page = Some(composite.page);
    }
    while !captured.engine.compositor.wants_composite() {
        let wait = captured.engine.compositor.next_wait().expect("a frame waits");
        std::thread::sleep(wait + Duration::from_millis(1));
    }
    let composite = captured.engine.composite();
    composite.page.assert_is(&page?, "nothing new on the page");
    captured.check(&composite, "the frame that waited");
    let damage = composite.info(session).expect("the frame that waited").damage;
    Some((composite, damage))
}

/// What a session misses because of its frame rate is in its next frame, and counts as damage.
#[test]
fn what_was_missed_by_a_limited_session_is_damage() {
    const RATE: f32 = 1.;
    let spots = [(30., 40.), (70., 60.), (50., 70.)];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    let session = captured.sessions[0];
    captured.engine.compositor.limit(session, frame_rate(RATE));
    let limited = captured.engine.composite();
    captured.check(&limited, "limited");
    let mut seen = 0;
    for number in 0..20 {
        let documents = spots.map(|(x, y)| page(vec![spot(x, y, 100 + number)]));
        // Begin right after a frame.
        std::thread::sleep(Duration::from_secs_f32(1. / RATE));
        let start = page(vec![spot(50., 70., 50 + number)]);
        captured.engine.set_document(PAGE, start);
        assert!(captured.damage("the first").is_some());
        if let Some((_, damage)) = frame_after(&mut captured, &documents, RATE) {
            let expected = around(&[spots[2]]);
            assert!(damage.contains_box(&expected), "{expected:?} in {damage:?}");
            assert!(damage.area() * 2 < device_area().area(), "{damage:?} of three spots");
            seen += 1;
            if seen == 2 {
                return;
            }
        }
    }
    unreachable!("the machine is too slow for the test");
}

/// A session that may not have a frame yet does not wait for one of what is none of its business.
#[test]
fn what_changes_elsewhere_is_no_frame_of_a_limited_session() {
    let mut captured = Captured::of(vec![]);
    let session = captured.engine.start(1, restriction());
    captured.engine.compositor.limit(session, frame_rate(0.01));
    let composite = captured.engine.settled_frame();
    captured.sessions.push(session);
    captured.check(&composite, "the first frame, which never waits");
    for number in 0..5 {
        let document = [behind(BEHIND + number), vec![target(vec![])]].concat();
        captured.engine.set_document(PAGE, document);
        let composite = captured.engine.quiet_frame();
        captured.check(&composite, "something elsewhere");
        assert!(composite.events.is_empty(), "{:?}", composite.events);
        let wait = captured.engine.compositor.next_wait();
        assert_eq!(wait, None, "a frame waits, with nothing in it");
    }
}

#[test]
fn what_overtaken_frames_damaged_is_damage() {
    // The last one is divided from the others.
    let spots = [(30., 40.), (70., 60.), (50., 110.)];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    let session = captured.sessions[0];
    let mut numbers = [0, 1, 2];
    for number in 100..112 {
        for index in 0..spots.len() {
            numbers[index] = number;
            let spots = spots.iter().zip(numbers).map(|(&(x, y), number)| spot(x, y, number));
            captured.engine.set_document(PAGE, page(spots.collect()));
            captured.engine.request_frame();
            captured.engine.receive_report();
            if index < 2 {
                captured.engine.draw();
            }
        }
        let before = captured.engine.compositor.counters(session).expect("a session");
        let composite = captured.engine.composite();
        captured.check(&composite, "after two that were overtaken");
        let after = captured.engine.compositor.counters(session).expect("a session");
        assert_eq!(after.delivered - before.delivered, 1);
        let damage = composite.info(session).expect("a frame").damage;
        let expected = around(&spots);
        assert!(damage.contains_box(&expected), "{expected:?} in {damage:?}");
        assert!(damage.area() * 2 < device_area().area(), "{damage:?} of three spots");
    }
}

/// Scaled px are mixed of others. The damage covers all that a change is mixed into.
#[test]
fn damage_is_scaled_with_the_frame() {
    let spots = [(30., 40.), (131., 97.), (240., 190.)];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    let session = captured.sessions[0];
    for (width, height) in [(120, 90), (97, 200), (239, 179), (300, 33), (1, 1), (7, 100)] {
        let max_size = Some(DeviceIntSize::new(width, height));
        let limits = FrameLimits { max_frame_rate: None, max_size };
        captured.engine.compositor.limit(session, limits);
        let composite = captured.engine.composite();
        captured.consumers.take(&composite, "limited");
        let mut smallest = i32::MAX;
        for number in 0..24 {
            let (x, y) = spots[usize::from(number) % 3];
            captured.engine.set_document(PAGE, page(vec![spot(x, y, 100 + number)]));
            let composite = captured.engine.quiet_frame();
            let what = format!("{number} of {width} x {height}");
            captured.consumers.take(&composite, &what);
            let Some(info) = composite.info(session) else {
                assert!(width < 10, "{what}: few px may be the same");
                continue;
            };
            assert_eq!(info.captured, device_area().size(), "{what}");
            assert!(info.size.width <= width && info.size.height <= height, "{what}");
            if number >= 3 {
                smallest = smallest.min(info.damage.area() * 100 / info.size.area());
            }

            // Whoever begins now has the same.
            let late = captured.engine.start(1, restriction());
            captured.engine.compositor.limit(late, limits);
            let composite = captured.engine.frame();
            let whole = composite.picture(late);
            captured.consumers.picture(session).assert_is(&whole, &what);
            captured.engine.stop(late);
        }
        assert!(width * height < 1000 || smallest < 60, "{smallest} % of {width} x {height}");
    }
}

/// One layer, for sessions that have different frames of it already.
#[test]
fn sessions_of_one_element_miss_nothing_of_each_others_frames() {
    let spots = [(30., 40.), (240., 60.), (130., 190.), (60., 100.)];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    let show = |captured: &mut Captured, index: usize, number: u8| {
        let (x, y) = spots[index];
        captured.engine.set_document(PAGE, page(vec![spot(x, y, number)]));
        captured.damage("a spot").expect("a frame");
    };
    show(&mut captured, 0, 100);
    let second = captured.start();
    show(&mut captured, 1, 101);
    let third = captured.start();
    for number in 0..12 {
        for index in 0..spots.len() {
            show(&mut captured, index, 110 + number);
        }
        // One begins anew, which is not to be to the others' disadvantage.
        let session = [second, third][usize::from(number % 2)];
        captured.engine.change(session, restriction());
        let composite = captured.engine.settled_frame();
        captured.check(&composite, "one begins anew");
        // And one is delivered in another way.
        let delivery = [Delivery::Texture, Delivery::default()][usize::from(number % 2)];
        captured.engine.deliver(third, delivery);
        show(&mut captured, 3, 150 + number);
    }

    // One that waits has all of what the others got in the meantime.
    captured.engine.compositor.limit(second, frame_rate(0.5));
    let others = [captured.sessions[0], third];
    let composite = captured.engine.composite();
    captured.check(&composite, "limited");
    let mut missed = false;
    for number in 0..8 {
        let (x, y) = spots[number % 4];
        let number = u8::try_from(number).expect("a small number");
        captured.engine.set_document(PAGE, page(vec![spot(x, y, 200 + number)]));
        let composite = captured.engine.quiet_frame();
        captured.consumers.take(&composite, "the others");
        missed |= composite.info(second).is_none();
        for session in others {
            let page = composite.page.crop(device_area());
            captured.consumers.picture(session).assert_is(&page, "the others");
        }
    }
    assert!(missed, "the limit is one");
    captured.wait();
}
