/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! While a page scrolls, every frame shows its target.

use servo::DevicePoint;

use crate::harness::{Frame, LIMIT, Page, Recording, Setup, Site, document, tests};

tests![
    wheel_at_dpr_1,
    wheel_at_dpr_2,
    wheel_in_a_nested_scroller,
    wheel_in_an_iframe,
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
    let start = std::time::Instant::now();
    let (mut turns, mut moved) = (0, std::collections::HashSet::new());
    while moved.len() < 25 || crop.frame_count().min(restriction.frame_count()) < FRAMES {
        assert!(start.elapsed() < 3 * LIMIT, "{} frames in time", crop.frame_count());
        // Down and up again, past the target in both directions.
        let is_down = turns / 70 % 2 == 0;
        page.tab.turn_wheel(point, 0., if is_down { -17. } else { 13. } * f64::from(dpr));
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
