/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What happens to the surface that a page is shown on.

use std::rc::Rc;
use std::time::Instant;

use servo::DevicePoint;
use servo::capture::{CaptureSource, ElementLocator};
use subcapture_api::{State, Withheld};

use crate::harness::limits::{LARGEST_TEXTURE, SmallTextures};
use crate::harness::mirror::Mirror;
use crate::harness::{LIMIT, Page, Recording, Rect, Setup, Site, document, tests};

tests![
    growing,
    resizing,
    hiding,
    changing_the_device_pixel_ratio,
    pinch_zoom,
    larger_than_the_largest_scene,
    larger_than_the_largest_texture,
    captures_come_and_go,
    the_clock_and_the_counters,
];

/// An element as large as the viewport, and one in its lower right corner.
const BODY: &str = "
    <body style='background: red'>
    <div id=all style='position: fixed; inset: 0; isolation: isolate; background: lime'></div>
    <div id=corner style='position: fixed; right: 0; bottom: 0; width: 40px; height: 30px;
        background: blue'></div>";

fn start(page: &Page) -> [Recording; 4] {
    let captures = [
        page.crop("#all"),
        page.restrict("#all"),
        page.crop("#corner"),
        page.capture(CaptureSource::Viewport),
    ];
    page.shoot(captures.each_ref());
    captures
}

/// Every frame is of this size and shows all of the element.
#[track_caller]
fn assert_consistent(captures: &[Recording; 4], size: (i32, i32), scale: i32) {
    let [all, alone, corner, viewport] = captures;
    let in_corner = Rect::new(size.0 - 40 * scale, size.1 - 30 * scale, 40 * scale, 30 * scale);
    for (name, recording) in [("crop", all), ("restriction", alone), ("viewport", viewport)] {
        for frame in recording.frames() {
            assert_eq!((frame.rect().width, frame.rect().height), size, "{name}");
            let expected = if name == "restriction" { [0, 255, 0, 255] } else { [0, 0, 255, 255] };
            frame.picture.assert_filled(in_corner, expected);
            frame.picture.assert_filled(Rect::new(0, 0, 50, 50), [0, 255, 0, 255]);
        }
    }
    for frame in corner.frames() {
        assert_eq!(frame.rect(), in_corner);
        frame.picture.assert_filled(frame.picture.rect(), [0, 0, 255, 255]);
    }
}

/// Until the page is laid out anew, its old layout is on the new surface.
/// What a larger surface adds is drawn.
fn growing() {
    let page = Page::new("<body style='background: red'>");
    page.resize(640, 480);
    page.wait_for_script("innerWidth == 640");
    page.settle();
    page.tab.paint();
    page.screen().assert_filled(Rect::new(0, 0, 640, 480), [255, 0, 0, 255]);
}

fn resizing() {
    let page = Page::new(BODY);
    let captures = start(&page);
    captures.iter().for_each(Recording::forget);
    let sizes = [(320, 240), (400, 300), (200, 260), (201, 100), (320, 240), (640, 100)];
    for (width, height) in &sizes[1..] {
        page.resize(*width, *height);
        page.pass(if *height == 100 { 0 } else { 40 });
    }
    page.settle();
    page.wait_for("frames of the last size", || {
        let rects = captures.each_ref().map(|recording| recording.newest_rect());
        rects.iter().all(|rect| rect.is_some_and(|rect| rect.x + rect.width == 640))
    });
    // Layouts may be several surfaces behind.
    let is_possible = |width: i32, height: i32| {
        sizes.iter().any(|surface| {
            let cut = |layout: &(u32, u32)| (layout.0.min(surface.0), layout.1.min(surface.1));
            sizes
                .iter()
                .map(cut)
                .any(|(w, h)| (w.cast_signed(), h.cast_signed()) == (width, height))
        })
    };
    for recording in &captures[..2] {
        for frame in recording.frames() {
            assert!(is_possible(frame.rect().width, frame.rect().height), "{:?}", frame.rect());
        }
    }
    // Servo does not clear what a larger surface adds, and a crop shows that. The rendering of an
    // element is complete in every frame.
    for frame in captures[1].frames() {
        frame.picture.assert_filled(frame.picture.rect(), [0, 255, 0, 255]);
    }
    let sizes = page.shoot(captures.each_ref()).map(|frame| frame.rect());
    let all = Rect::new(0, 0, 640, 100);
    assert_eq!(sizes, [all, all, Rect::new(600, 70, 40, 30), all]);
}

fn hiding() {
    let page = Page::new(BODY);
    let captures = start(&page);
    for _ in 0..3 {
        page.tab.webview().hide();
        for recording in &captures {
            page.wait_for_state(recording, State::Paused(Withheld::Hidden));
            recording.forget();
            recording.capture.request_frame();
        }
        page.tab.webview().evaluate_javascript("document.body.style.background = 'blue'", |_| {});
        page.pass(100);
        assert!(captures.iter().all(|recording| recording.frame_count() == 0));
        page.tab.webview().show();
        for recording in &captures {
            page.wait_for_state(recording, State::Active);
        }
        page.shoot(captures.each_ref());
        assert_consistent(&captures, (320, 240), 1);
    }
}

fn changing_the_device_pixel_ratio() {
    let page = Page::new(BODY);
    let captures = start(&page);
    for ratio in [2., 1.] {
        page.set_device_pixel_ratio(ratio);
        page.shoot(captures.each_ref());
        assert_consistent(&captures, (320, 240), if ratio == 2. { 2 } else { 1 });
    }
}

fn pinch_zoom() {
    let page = Page::new(
        "<body style='background: red'>
        <div id=t style='position: absolute; left: 50px; top: 40px; width: 40px; height: 30px;
            isolation: isolate; background: lime'></div>
        <div style='position: absolute; left: 60px; top: 50px; width: 9px; height: 30px;
            background: blue'></div>",
    );
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.tab.webview().adjust_pinch_zoom(2., DevicePoint::new(0., 0.));
    let [crop, restriction] = page.shoot([&crop, &restriction]);
    assert_eq!(page.tab.webview().pinch_zoom(), 2.);
    let rect = Rect::new(100, 80, 80, 60);
    assert_eq!((crop.rect(), restriction.rect()), (rect, rect));
    crop.picture.assert_same(&page.screen().cut(rect), "the crop");
    restriction.picture.assert_filled(restriction.picture.rect(), [0, 255, 0, 255]);
}

/// WebRender has a bound on the height of what it draws. What does not fit is not there, and the
/// rest is not disturbed.
fn larger_than_the_largest_scene() {
    let page = Page::with(
        Setup { viewport: (100, 2000), ..Setup::default() },
        "<script>for (let i = 0; i < 9; i++) document.write(`<div id=t${i} style='isolation: isolate;
            position: absolute; inset: 0; background: rgb(0, ${i}, 0)'></div>`);</script>",
    );
    let captures: Vec<_> = (0..9).map(|index| page.restrict(&format!("#t{index}"))).collect();
    let too_large = State::Paused(Withheld::TooLarge);
    page.wait_for("a judgement of each", || {
        captures.iter().all(|capture| {
            capture.has_started() && [State::Active, too_large].contains(&capture.state())
        })
    });
    page.settle();
    let (active, paused): (Vec<_>, Vec<_>) =
        captures.into_iter().enumerate().partition(|(_, capture)| capture.state() == State::Active);
    // 16384 less the viewport itself.
    assert_eq!((active.len(), paused.len()), (7, 2));
    for (index, capture) in &active {
        let [frame] = page.shoot([capture]);
        let green = u8::try_from(*index).expect("small");
        frame.picture.assert_filled(frame.picture.rect(), [0, green, 0, 255]);
    }
    assert!(paused.iter().all(|(_, capture)| capture.frame_count() == 0));
    // When there is room again, there are frames.
    drop(active);
    for (_, capture) in &paused {
        page.wait_for_state(capture, State::Active);
    }
}

/// There is no texture that such a frame would fit in. Others of the same surface have frames.
fn larger_than_the_largest_texture() {
    let page = Page::new("");
    let body = "<body style='background: red'>
        <style>div { position: absolute; height: 40px; isolation: isolate }</style>
        <div id=wide style='left: 0; top: 0; width: 2100px; background: lime'></div>
        <div id=far style='left: 2100px; top: 0; width: 90px; background: blue'></div>";
    let context = Rc::new(SmallTextures::new((2200, 60)));
    let other = Mirror::on(&page, Site::new(&document(body)).serve(), context);
    let wait_for = |what: &str, condition: &dyn Fn() -> bool| {
        page.wait_for(what, || {
            other.paint();
            condition()
        });
    };
    wait_for("the page", &|| other.is_loaded());
    let crop = |id: &str| CaptureSource::Crop(ElementLocator::Selector(id.into()));
    let restriction = |id: &str| CaptureSource::Restriction(ElementLocator::Selector(id.into()));
    let start = |source| Recording::start(other.webview(), source);
    let wide = [start(crop("#wide")), start(restriction("#wide"))];
    let viewport = start(CaptureSource::Viewport);
    let far = [start(crop("#far")), start(restriction("#far"))];
    let too_large = State::Paused(Withheld::TooLarge);
    let ask = |captures: &[Recording]| {
        captures.iter().for_each(|capture| capture.capture.request_frame());
    };

    for (width, is_too_large) in [(2100, true), (LARGEST_TEXTURE, false), (2049, true)] {
        let resized = other.run(&format!("$('#wide').style.width = '{width}px'; 0"));
        wait_for("the script", &|| resized.is_there());
        let rect = Rect::new(0, 0, width, 40);
        let deadline = Instant::now() + LIMIT;
        let met = page.tab.spin_until(deadline, || {
            other.paint();
            ask(&wide);
            ask(&far);
            viewport.capture.request_frame();
            let is_decided = |capture: &Recording| match is_too_large {
                true => capture.state() == too_large,
                false => capture.state() == State::Active && capture.newest_rect() == Some(rect),
            };
            wide.iter().all(is_decided)
                && viewport.state() == too_large
                && far.iter().all(|capture| capture.newest_rect().is_some())
        });
        let told =
            |capture: &Recording| (capture.start_error(), capture.state(), capture.newest_rect());
        let all: Vec<_> = wide.iter().chain([&viewport]).chain(&far).map(told).collect();
        assert!(met, "{width}: {all:?}");
        for capture in &wide {
            for frame in capture.frames() {
                // Those of before the last change may come until it is on screen.
                assert_eq!(frame.rect(), Rect::new(0, 0, LARGEST_TEXTURE, 40));
                frame.picture.assert_filled(frame.picture.rect(), [0, 255, 0, 255]);
            }
        }
        for frame in far.iter().flat_map(Recording::frames) {
            assert_eq!(frame.rect(), Rect::new(2100, 0, 90, 40));
            frame.picture.assert_filled(frame.picture.rect(), [0, 0, 255, 255]);
        }
        assert_eq!(viewport.frame_count(), 0);
        wide.iter().chain(&far).for_each(Recording::forget);
        // Nor do those that are asked for from now on have any.
        ask(&wide);
        other.webview().paint();
        page.pass(50);
        let has_frames = wide.iter().any(|capture| capture.frame_count() > 0);
        assert!(!(is_too_large && has_frames), "{width}");
    }
}

fn captures_come_and_go() {
    let page = Page::new(
        "<style>div { isolation: isolate; width: 50px; height: 20px }</style>
        <div id=t0 style='background: rgb(9, 0, 0)'></div>
        <div id=t1 style='background: rgb(9, 1, 0)'></div>
        <div id=t2 style='background: rgb(9, 2, 0)'></div>
        <div id=t3 style='background: rgb(9, 3, 0)'></div>",
    );
    let screen = page.screen();
    let mut running: Vec<(u8, Recording)> = Vec::new();
    for step in 0..24_u8 {
        let index = step * 7 % 4;
        match running.iter().position(|(other, _)| *other == index) {
            Some(place) => drop(running.remove(place)),
            None => running.push((index, page.restrict(&format!("#t{index}")))),
        }
        page.settle();
        let recordings: Vec<_> = running.iter().map(|(_, recording)| recording).collect();
        if recordings.is_empty() {
            continue;
        }
        for ((index, _), frame) in running.iter().zip(page.shoot_all(&recordings)) {
            frame.picture.assert_filled(frame.picture.rect(), [9, *index, 0, 255]);
        }
        page.screen().assert_same(&screen, "the page");
    }
}

fn the_clock_and_the_counters() {
    let page = Page::new(
        "<style>@keyframes move { to { translate: 200px } }
        #t { isolation: isolate; width: 60px; height: 40px; background: lime;
            animation: move 1s linear infinite }</style><div id=t></div>",
    );
    let captures = [page.crop("#t"), page.restrict("#t")];
    page.wait_for("frames", || captures.iter().all(|capture| capture.frame_count() > 30));
    for recording in &captures {
        let frames = recording.frames();
        for pair in frames.windows(2) {
            assert!(pair[0].info.timestamp < pair[1].info.timestamp);
            assert!(pair[0].info.sequence < pair[1].info.sequence);
            assert!(pair[0].info.composite < pair[1].info.composite);
            assert_eq!(pair[0].info.version, pair[1].info.version);
        }
        let counters = recording.capture.counters();
        assert_eq!(counters.delivered, frames.len() as u64);
        assert!(counters.total >= counters.delivered + counters.discarded, "{counters:?}");
    }
}
