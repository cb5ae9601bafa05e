/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What moves and changes in an element is in every frame of it, and effects are applied as on
//! screen.

use std::collections::{HashMap, HashSet};

use subcapture_api::State;

use crate::harness::alone::{self, Pair};
use crate::harness::{
    Frame, LIMIT, Page, Recording, Rect, Rgba, Setup, Site, distance, document, tests,
};

tests![
    animations_in_it,
    canvases_that_are_drawn_on,
    a_scroller_that_the_wheel_turns,
    frames_that_animate,
    effects_on_it,
    effects_in_it,
    blending_in_it,
    effects_that_servo_lacks,
    many_elements,
    one_element_many_times,
    targets_in_targets,
];

/// Whatever is in the element goes on by itself or by `act`, which is told how often it was called.
/// There is nothing before it and it lets nothing through, so that the crop shows the same: in each
/// frame the restriction has it too.
#[track_caller]
fn every_frame_is_as_on_the_page(page: &Page, mut act: impl FnMut(usize)) {
    let pair = Pair::start(page, "#t");
    let start = std::time::Instant::now();
    let mut turns = 0;
    while turns < 150 || pair.crop.frame_count().min(pair.restriction.frame_count()) < 60 {
        assert!(start.elapsed() < 2 * LIMIT, "{} frames in time", pair.crop.frame_count());
        act(turns);
        turns += 1;
        page.pass(8);
    }
    let restrictions: HashMap<u64, Frame> =
        pair.restriction.frames().into_iter().map(|frame| (frame.info.composite, frame)).collect();
    let (mut compared, mut different) = (0, HashSet::new());
    for crop in pair.crop.frames() {
        let Some(restriction) = restrictions.get(&crop.info.composite) else { continue };
        compared += 1;
        assert_eq!(restriction.rect(), crop.rect());
        let both = restriction.picture.pixels().zip(crop.picture.pixels());
        let is_wrong =
            |pixels: &((i32, i32, Rgba), (i32, i32, Rgba))| distance(pixels.0.2, pixels.1.2) > 1;
        let wrong: Vec<_> = both.filter(is_wrong).collect();
        // A px whose center lies on a turned edge may fall to either side.
        if wrong.len() > 2 {
            panic!(
                "{} px are wrong: {:?}… of {:?}, see {:?}",
                wrong.len(),
                wrong[0],
                crop.info,
                [crop.picture.save("page"), restriction.picture.save("alone")]
            );
        }
        different.insert(crop.picture.pixels().map(|(.., pixel)| pixel).collect::<Vec<_>>());
    }
    assert!(compared > 40 && different.len() > 20, "{compared}, {} pictures", different.len());
}

/// An opaque element on a page that goes on changing, too.
fn page_with(inside: &str) -> Page {
    Page::with(
        Setup { dpr: 1.5, ..Setup::default() },
        &format!(
            "<style>@keyframes blink {{ to {{ background: magenta }} }}
            @keyframes turn {{ to {{ transform: rotate(360deg) scale(.5) }} }}
            @keyframes fade {{ to {{ opacity: 0 }} }}
            @keyframes slide {{ to {{ left: 60px; width: 10px }} }}
            body {{ animation: blink 1.3s linear infinite alternate }}
            #t {{ isolation: isolate; position: absolute; left: 30px; top: 20px; width: 120px;
                height: 90px; background: rgb(0, 90, 200); overflow: hidden }}
            #t > * {{ position: absolute }}</style><div id=t>{inside}</div>"
        ),
    )
}

fn animations_in_it() {
    let page = page_with(
        "<div style='left: 10px; top: 9px; width: 40px; height: 30px; background: lime;
            animation: turn 1.1s linear infinite'></div>
        <div style='left: 60px; top: 9px; width: 40px; height: 30px; background: orange;
            animation: fade .7s linear infinite alternate'></div>
        <div style='left: 0; top: 50px; width: 40px; height: 30px; background: white;
            animation: slide .9s linear infinite alternate'>text</div>",
    );
    every_frame_is_as_on_the_page(&page, |_| {});
}

fn canvases_that_are_drawn_on() {
    let page = page_with(
        "<canvas id=flat width=50 height=40 style='left: 5px; top: 5px'></canvas>
        <canvas id=gl width=50 height=40 style='left: 60px; top: 5px'></canvas>
        <script>
            const flat = $('#flat').getContext('2d'), gl = $('#gl').getContext('webgl');
            let n = 0;
            (function draw() {
                n++;
                flat.fillStyle = `hsl(${9 * n}, 90%, 40%)`;
                flat.fillRect(n % 50, n % 37, 9, 9);
                gl.clearColor(n % 10 / 10, n % 7 / 7, 0, 1);
                gl.clear(gl.COLOR_BUFFER_BIT);
                requestAnimationFrame(draw);
            })();
        </script>",
    );
    every_frame_is_as_on_the_page(&page, |_| {});
}

fn a_scroller_that_the_wheel_turns() {
    let page = page_with(
        "<div style='inset: 5px; overflow: scroll'>
        <div style='height: 1900px; background: linear-gradient(red, yellow, lime, aqua, blue)'>
        <div style='position: sticky; top: 7px; width: 30px; height: 20px; background: black'>
        </div></div></div>",
    );
    every_frame_is_as_on_the_page(&page, |turn| {
        let distance = if turn / 40 % 2 == 0 { -23. } else { 19. };
        page.tab.turn_wheel(servo::DevicePoint::new(90., 70.), 0., distance);
    });
}

/// One of this origin and one of another.
fn frames_that_animate() {
    let index = "<style>
            #t { isolation: isolate; position: absolute; left: 30px; top: 20px; width: 130px;
                height: 90px; background: rgb(0, 90, 200); overflow: hidden }
            iframe { border: 0; position: absolute; top: 9px; width: 50px; height: 70px }</style>
        <body style='background: red'>
        <div id=t><iframe src=/inner style='left: 9px'></iframe>
        <iframe src={other}/inner style='left: 70px'></iframe></div>";
    let inner = "<style>@keyframes go { to { transform: translate(40px, 50px); background: blue } }
        body { background: lime }
        div { width: 20px; height: 20px; background: red;
            animation: go .8s linear infinite alternate }</style><div></div>";
    let site = Site::new(&document(index)).and("/inner", &document(inner));
    let page = Page::of_site(Setup { dpr: 1.5, ..Setup::default() }, site);
    every_frame_is_as_on_the_page(&page, |_| {});
}

/// A page for [`alone`], with something before and behind `#t`.
fn effects_page(inside: &str) -> Page {
    Page::with(
        Setup { dpr: 1.5, ..Setup::default() },
        &alone::body(&format!(
            "<style>#t {{ isolation: isolate; position: absolute; left: 40.3px; top: 30.7px;
                width: 120px; height: 90px; overflow: clip;
                background: linear-gradient(rgb(0, 90, 200), rgb(0, 255, 0)) }} #t > * {{ position: absolute }}</style>
            <div id=t>{inside}</div>
            <div style='position: fixed; z-index: 9; left: 0; top: 60px; width: 100%; height: 7px;
                background: rgba(255, 200, 0, .7)'></div>"
        )),
    )
}

fn effects_on_it() {
    let page = effects_page("<canvas class=cool width=70 height=50 style='left: 9px'></canvas>");
    let pair = Pair::start(&page, "#t");
    for style in [
        "opacity: .3",
        "opacity: .7; rotate: 9deg",
        "filter: brightness(.6)",
        "filter: opacity(.4) blur(2px)",
        "clip-path: circle(30px at 50px 40px)",
        "clip-path: inset(9.3px 20.7px 5px 3px round 9px)",
        "clip-path: polygon(0 0, 100% 0, 50% 100%)",
        "border-radius: 30px; overflow: hidden",
        "opacity: .5; filter: drop-shadow(-9px -9px 3px rgb(0, 0, 99)) brightness(.8)",
        "border: 5px dashed rgb(0, 255, 255); border-radius: 9px 40px; background-clip: padding-box",
        "opacity: .5; clip-path: ellipse(40px 20px); transform: skewX(9deg)",
    ] {
        page.js(&format!("$('#t').style = '{style}'; 0"));
        pair.check(&page, "$('#t')");
    }
}

fn effects_in_it() {
    let page = effects_page(
        "<div id=inside style='left: 20px; top: 15px; width: 140px;
        height: 60px; background: linear-gradient(45deg, rgb(0, 0, 90), rgb(0, 255, 255))'>
        <canvas class=cool width=50 height=30></canvas></div>",
    );
    let pair = Pair::start(&page, "#t");
    for style in [
        "opacity: .3",
        "filter: blur(3px)",
        "filter: brightness(.6) drop-shadow(9px 9px 4px rgb(0, 99, 0))",
        "clip-path: circle(30px at 50px 40px)",
        "border-radius: 30px; overflow: hidden; opacity: .6",
        "box-shadow: 0 0 9px 9px rgb(0, 255, 99)",
        "position: fixed; left: 60px; top: 50px; width: 90px",
        "transform: rotate3d(1, 1, 0, 50deg)",
        "mix-blend-mode: multiply",
        "mix-blend-mode: difference; opacity: .8",
        "left: -70px; top: -20px",
        "will-change: transform; overflow: scroll",
    ] {
        page.js(&format!("$('#inside').style.cssText += '; {style}'; 0"));
        pair.check(&page, "$('#t')");
        page.js("$('#inside').style.cssText = 'left: 20px; top: 15px; width: 140px; height: 60px;'
            + 'background: linear-gradient(45deg, rgb(0, 0, 90), rgb(0, 255, 255))'; 0");
    }
}

/// What is blended in it is blended with what is in it, and with nothing where it is transparent.
fn blending_in_it() {
    let page = Page::new(
        "<body style='background: rgb(255, 90, 10)'>
        <div id=t style='isolation: isolate; width: 60px; height: 40px'>
        <div style='position: absolute; width: 30px; height: 40px; background: rgb(0, 200, 100)'>
        </div>
        <div style='position: absolute; width: 60px; height: 20px; background: rgb(0, 50, 250);
            mix-blend-mode: difference'></div></div>",
    );
    let [frame] = page.shoot([&page.restrict("#t")]);
    frame.picture.assert_filled(Rect::new(0, 0, 30, 20), [0, 150, 150, 255]);
    frame.picture.assert_filled(Rect::new(30, 0, 30, 20), [0, 50, 250, 255]);
    frame.picture.assert_filled(Rect::new(0, 20, 30, 20), [0, 200, 100, 255]);
    frame.picture.assert_filled(Rect::new(30, 20, 30, 20), [0; 4]);
    // The page has the same.
    page.screen().assert_filled(Rect::new(30, 0, 30, 20), [0, 50, 250, 255]);
}

/// The day that Servo has one of these, a test of it belongs here.
fn effects_that_servo_lacks() {
    let page = Page::new("");
    for condition in [
        "mask-image: linear-gradient(red, blue)",
        "mask: url(#m)",
        "backdrop-filter: blur(1px)",
        "writing-mode: vertical-rl",
        "columns: 2",
    ] {
        assert_eq!(page.text(&format!("CSS.supports('{condition}')")), "false", "{condition}");
    }
    assert_eq!(page.text("'showPopover' in document.body"), "false");
}

/// More than WebRender has of anything, and each changes in every frame.
fn many_elements() {
    const COUNT: usize = 40;
    let page = Page::new(
        "<style>div { isolation: isolate; position: absolute; width: 30px; height: 25px }</style>
        <script>
            for (let i = 0; i < 40; i++) {
                document.write(`<div id=t${i} style='left: ${i % 10 * 20}px;
                    top: ${Math.floor(i / 10) * 20}px'></div>`);
            }
            function paint(step) {
                for (let i = 0; i < 40; i++) {
                    $(`#t${i}`).style.background = `rgb(${step}, ${i}, 9)`;
                }
            }
            paint(0);
        </script>",
    );
    let captures: Vec<_> = (0..COUNT).map(|index| page.restrict(&format!("#t{index}"))).collect();
    let captures: Vec<&Recording> = captures.iter().collect();
    for step in [3, 90, 255] {
        page.js(&format!("paint({step}); 0"));
        page.settle();
        for (index, frame) in (0..).zip(page.shoot_all(&captures)) {
            assert_eq!((frame.rect().width, frame.rect().height), (30, 25));
            frame.picture.assert_filled(frame.picture.rect(), [step, index, 9, 255]);
        }
    }
}

/// There is room for seven elements of the height of this viewport, so all of these share one.
fn one_element_many_times() {
    let page = Page::with(
        Setup { viewport: (100, 2000), ..Setup::default() },
        "<div id=t style='isolation: isolate; position: absolute; inset: 0; background: lime'>",
    );
    let captures: Vec<_> = (0..20).map(|_| page.restrict("#t")).collect();
    for capture in &captures {
        page.wait_for_state(capture, State::Active);
    }
    let captures: Vec<&Recording> = captures.iter().collect();
    for frame in page.shoot_all(&captures) {
        frame.picture.assert_filled(Rect::new(0, 0, 100, 2000), [0, 255, 0, 255]);
    }
}

/// Each has what is in it, and none what it is in.
fn targets_in_targets() {
    let page = Page::new(
        "<style>div { isolation: isolate; position: absolute; left: 10px; top: 8px;
            opacity: .9 }</style>
        <div id=a style='width: 100px; height: 90px; background: red'>
        <div id=b style='width: 80px; height: 70px; background: lime'>
        <div id=c style='width: 60px; height: 50px; background: blue'></div></div></div>
        <script>document.body.append($('#a'))</script>",
    );
    let captures = ["#a", "#b", "#c"].map(|selector| page.restrict(selector));
    for _ in 0..3 {
        let frames = page.shoot(captures.each_ref());
        let inside = Rect::new(10, 8, 60, 50);
        for (frame, color) in frames[1..].iter().zip([1, 2]) {
            let mut only = frame.picture.pixels().map(|(.., pixel)| pixel);
            assert!(only.all(|pixel| pixel[0] == 0), "{color}: nothing of what it is in");
        }
        let innermost = frames[2].picture.pixels();
        let expected = [0, 0, 230, 230];
        assert!(innermost.into_iter().all(|(.., pixel)| distance(pixel, expected) <= 1));
        let pixel = frames[1].picture.at(inside.x + 1, inside.y + 1);
        assert!(pixel[2] > 200 && pixel[1] < 40 && pixel[3].abs_diff(230) <= 1, "{pixel:?}");
        // Another one of them is captured anew.
        page.js("$('#b').style.left = $('#b').style.left == '10px' ? '12px' : '10px'; 0");
    }
}
