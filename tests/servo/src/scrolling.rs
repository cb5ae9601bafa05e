/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! While a page scrolls, every frame shows its target.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use servo::capture::CaptureSource;
use servo::{DevicePoint, InputEvent, TouchEvent, TouchEventType, TouchId, TouchPointerType};

use crate::harness::{Frame, LIMIT, Page, Recording, Setup, Site, document, tests};

tests![
    wheel_at_dpr_1,
    wheel_at_dpr_2,
    wheel_in_a_nested_scroller,
    wheel_in_an_iframe,
    touch_at_dpr_1,
    touch_at_dpr_2,
    touch_in_a_nested_scroller,
    pinch_with_two_fingers,
    script_scrolls_every_frame,
];

const FRAMES: usize = 300;

/// A page on which the color of every px tells its place: `#t` is a part of it.
const RULER: &str = "
    <style>
        canvas { image-rendering: pixelated; display: block; position: absolute }
        #t { position: absolute; left: 40px; top: 700px; width: 100px; height: 90px;
            isolation: isolate; overflow: hidden }
    </style>
    <script>
        function ruler(canvas, left, top) {
            const { width, height } = canvas, context = canvas.getContext('2d');
            const image = context.createImageData(width, height);
            for (let y = 0; y < height; y++)
                for (let x = 0; x < width; x++)
                    image.data.set([left + x, (top + y) >> 8, (top + y) & 255, 255],
                        4 * (y * width + x));
            context.putImageData(image, 0, 0);
        }
        addEventListener('load', () => {
            ruler($('#page'), 0, 0);
            ruler($('#t canvas'), 40, 700);
        });
    </script>";

const PLACE: &str = "
    <canvas id=page width=200 height=1600></canvas>
    <div id=t><canvas width=100 height=90></canvas></div>";

/// Every px of the frame has the color of a px of the target, and the right one.
#[track_caller]
fn assert_in_place(frame: &Frame, px: i32, scroll_port: i32) {
    let (width, height) = (frame.picture.width, frame.picture.height);
    assert_eq!(width, 100 * px, "all of the width is in sight");
    // What is cut off is cut off at the edge of the viewport.
    let (top, bottom) = (frame.rect().y, frame.rect().y + height);
    let is_at_top = top == 0 && bottom < scroll_port;
    let cut = if is_at_top { 90 * px - height } else { 0 };
    assert!(height == 90 * px || is_at_top || bottom == scroll_port, "{:?}", frame.rect());
    for (x, y, pixel) in frame.picture.pixels() {
        let (column, row) = (40 + x / px, 700 + (y + cut) / px);
        let expected = [column, row >> 8, row & 255, 255];
        assert_eq!(pixel.map(i32::from), expected, "({x}, {y}) of {:?}", frame.rect());
    }
}

fn wheel(dpr: i32, body: &str) {
    let setup = Setup { dpr: if dpr == 1 { 1. } else { 2. }, ..Setup::default() };
    let page = Page::with(setup, &format!("{RULER}{body}"));
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.wait_for("the targets", || crop.has_started() && restriction.has_started());
    turn_wheel_and_check(&page, dpr, &crop, &restriction);
}

/// Turn the wheel until there are enough frames, and look at every one of them.
fn turn_wheel_and_check(page: &Page, dpr: i32, crop: &Recording, restriction: &Recording) {
    let point = DevicePoint::new(60., 60.);
    move_and_check(page, dpr, crop, restriction, |turn| {
        // Down and up again, past the target in both directions.
        let is_down = turn / 70 % 2 == 0;
        page.tab.turn_wheel(point, 0., if is_down { -17. } else { 13. } * f64::from(dpr));
    });
}

/// Do something again and again that scrolls until there are enough frames, and look at every one
/// of them. It is told how often it was done.
fn move_and_check(
    page: &Page,
    dpr: i32,
    crop: &Recording,
    restriction: &Recording,
    mut scroll: impl FnMut(usize),
) {
    let start = Instant::now();
    let (mut turns, mut moved) = (0, HashSet::new());
    while moved.len() < 25 || crop.frame_count().min(restriction.frame_count()) < FRAMES {
        let count = crop.frame_count();
        assert!(start.elapsed() < 3 * LIMIT, "{count} frames at {} places in time", moved.len());
        scroll(turns);
        turns += 1;
        page.pass(3);
        moved.extend(crop.newest_rect().map(|rect| rect.y));
    }
    for frame in crop.frames().iter().chain(&restriction.frames()) {
        assert_in_place(frame, dpr, 240 * dpr);
    }
}

fn wheel_at_dpr_1() {
    wheel(1, &format!("<body style='height: 1600px'>{PLACE}"));
}

fn wheel_at_dpr_2() {
    wheel(2, &format!("<body style='height: 1600px'>{PLACE}"));
}

fn wheel_in_a_nested_scroller() {
    wheel(
        1,
        &format!(
            "<div style='height: 240px; overflow: scroll; position: relative'>
            <div style='height: 1600px'>{PLACE}</div></div>"
        ),
    );
}

fn wheel_in_an_iframe() {
    let index = "<iframe src=/inner style='border: 0; width: 320px; height: 240px'></iframe>";
    let site = Site::new(&document(&format!("{RULER}{index}{PLACE}")))
        .and("/inner", &document("<body style='height: 1600px'>"));
    let page = Page::of_site(Setup::default(), site);
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.wait_for("the targets", || crop.has_started() && restriction.has_started());
    page.js("{
            const { document: inner } = frames[0], ruler = $('#page'), target = $('#t');
            const style = document.querySelectorAll('style')[1];
            inner.body.append(style, ruler, target);
        }
        document.body.style.overflow = 'hidden'; scrollTo(0, 0); 0");
    page.settle();
    turn_wheel_and_check(&page, 1, &crop, &restriction);
}

/// Something happens to a finger, at a point in device px.
fn touch(page: &Page, finger: i32, kind: TouchEventType, (x, y): (f32, f32)) {
    let point = DevicePoint::new(x, y).into();
    let event = TouchEvent::new(kind, TouchId(finger), point, TouchPointerType::Touch);
    page.tab.webview().notify_input_event(InputEvent::Touch(event));
}

/// A finger drags the page, lets go of it while it moves, and after a while takes it again.
fn drag(dpr: f32, body: &str) {
    let page = Page::with(Setup { dpr, ..Setup::default() }, &format!("{RULER}{body}"));
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.wait_for("the targets", || crop.has_started() && restriction.has_started());
    #[expect(clippy::cast_possible_truncation, reason = "a whole number")]
    let px = dpr as i32;
    let mut y = 0.;
    move_and_check(&page, px, &crop, &restriction, |turn| {
        let is_up = turn / 120 % 2 == 0;
        let (start, step) = if is_up { (200., -7.) } else { (20., 6.) };
        match turn % 40 {
            0 => {
                y = start;
                touch(&page, 1, TouchEventType::Down, (60. * dpr, y * dpr));
            }
            1..24 => {
                y += step;
                touch(&page, 1, TouchEventType::Move, (60. * dpr, y * dpr));
            }
            24 => touch(&page, 1, TouchEventType::Up, (60. * dpr, y * dpr)),
            // It goes on by itself.
            _ => {}
        }
    });
}

fn touch_at_dpr_1() {
    drag(1., &format!("<body style='height: 1600px'>{PLACE}"));
}

fn touch_at_dpr_2() {
    drag(2., &format!("<body style='height: 1600px'>{PLACE}"));
}

fn touch_in_a_nested_scroller() {
    drag(
        1.,
        &format!(
            "<div style='height: 240px; overflow: scroll; position: relative'>
            <div style='height: 1600px'>{PLACE}</div></div>"
        ),
    );
}

/// What is captured of one element is of one moment: the crop is that part of the viewport, and the
/// element alone is there too.
fn pinch_with_two_fingers() {
    let page = Page::new(
        "<body style='background: linear-gradient(red, magenta)'>
        <canvas id=t class=noise width=90 height=70 style='position: absolute; left: 60px;
            top: 50px; isolation: isolate'></canvas>",
    );
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    let viewport = page.capture(CaptureSource::Viewport);
    page.shoot([&crop, &restriction, &viewport]);
    let places = [|spread: f32| (80. - spread, 90.), |spread: f32| (180. + spread, 95.)];
    for (finger, place) in (0..).zip(places) {
        touch(&page, finger, TouchEventType::Down, place(0.));
        page.pass(50);
    }
    for turn in 0_u8..120 {
        // Apart, and halfway together again.
        let turn = f32::from(turn);
        let spread = if turn < 80. { turn / 2. } else { 60. - turn / 4. };
        for (finger, place) in (0..).zip(places) {
            touch(&page, finger, TouchEventType::Move, place(spread));
        }
        page.pass(8);
    }
    for (finger, place) in (0..).zip(places) {
        touch(&page, finger, TouchEventType::Up, place(30.));
    }
    assert!(page.tab.webview().pinch_zoom() > 1.1, "{}", page.tab.webview().pinch_zoom());
    let by_composite = |recording: &Recording| -> HashMap<u64, Frame> {
        let frames = recording.frames().into_iter();
        frames.map(|frame| (frame.info.composite, frame)).collect()
    };
    let (viewports, restrictions) = (by_composite(&viewport), by_composite(&restriction));
    let (mut compared, mut places) = (0, HashSet::new());
    for crop in crop.frames() {
        let (Some(viewport), Some(restriction)) =
            (viewports.get(&crop.info.composite), restrictions.get(&crop.info.composite))
        else {
            continue;
        };
        compared += 1;
        let rect = crop.rect();
        places.insert((rect.x, rect.y, rect.width, rect.height));
        crop.picture.assert_same(&viewport.picture.cut(rect), "the crop");
        assert_eq!(restriction.rect(), rect);
        // Of what is behind, only the px at the edges may have a share in the page.
        let inner = restriction.picture.rect().inset(2);
        restriction.picture.cut(inner).assert_same(&crop.picture.cut(inner), "alone");
    }
    assert!(compared > 40 && places.len() > 20, "{compared} frames at {} places", places.len());
}

fn script_scrolls_every_frame() {
    let page =
        Page::with(Setup::default(), &format!("{RULER}<body style='height: 1600px'>{PLACE}"));
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.js("let n = 0;
        (function scroll() {
            scrollTo(0, 600 + 100 * Math.sin(n++ / 9));
            if (n < 200) requestAnimationFrame(scroll);
        })();
        0");
    page.wait_for_script("n >= 200");
    assert!(crop.frame_count() > 50, "{} frames", crop.frame_count());
    assert!(restriction.frame_count() > 50, "{} frames", restriction.frame_count());
    for frame in crop.frames().iter().chain(&restriction.frames()) {
        assert_in_place(frame, 1, 240);
    }
}
