/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A video that plays is a part of the page like any other: restricted frames show it, change with
//! it and rest with it.
//!
//! Files are not played here, as there is no media framework. What a `<video>` plays is a captured
//! stream, whose pictures get to the page in the same way.

use std::time::Instant;

use servo::JSValue;

use crate::harness::mirror::Mirror;
use crate::harness::{
    Frame, LIMIT, Page, Picture, Recording, Rect, Rgba, Setup, Site, document, tests,
};

tests![in_the_target, as_the_target, paused, without_a_source, beside_the_target];

const RED: Rgba = [255, 0, 0, 255];
const BLUE: Rgba = [0, 0, 255, 255];
const CLEAR: Rgba = [0; 4];

/// The picture of the video, which is as large as its source.
const SIZE: (u32, u32) = (160, 120);

/// Where it is in the viewport.
const PICTURE: Rect = Rect::new(80, 50, 160, 120);

/// The box of the video, in which the picture is in the middle.
const VIDEO: Rect = Rect::new(60, 50, 200, 120);

/// The element around the video.
const TARGET: Rect = Rect::new(50, 40, 220, 150);

/// What lies upon both.
const COVER: Rect = Rect::new(70, 60, 50, 140);

const PAGE: &str = "
    <body style='background: red'>
    <div id=t style='isolation: isolate; position: absolute; left: 50px; top: 40px; width: 220px;
        height: 150px; background: blue'>
    <video id=video muted style='isolation: isolate; position: absolute; left: 10px; top: 10px;
        width: 200px; height: 120px'></video></div>
    <div id=next style='isolation: isolate; position: absolute; left: 50px; top: 195px;
        width: 220px; height: 20px; background: blue'></div>
    <div style='position: absolute; left: 70px; top: 60px; width: 50px; height: 140px;
        background: red'></div>
    <script>
        let stream;
        addEventListener('click', async () => {
            stream ??= await navigator.mediaDevices.getDisplayMedia();
        });
    </script>";

/// Both halves change together.
const SOURCE: &str = "
    <style>div { position: absolute; top: 0; width: 50%; height: 100% }</style>
    <div id=left></div><div id=right style='left: 50%'></div>
    <script>
        function show(step) {
            $('#left').style.background = `rgb(0, ${step}, 255)`;
            $('#right').style.background = `rgb(0, 255, ${step})`;
        }
        show(0);
    </script>";

/// What the halves have at a step.
fn colors(step: u8) -> [Rgba; 2] {
    [[0, step, 255, 255], [0, 255, step, 255]]
}

/// The step that a picture of the viewport, or a part of it, shows.
fn step_of(picture: &Picture, rect: Rect) -> Option<u8> {
    // What lies upon the video ends before this.
    let (x, y) = (PICTURE.x + 60 - rect.x, PICTURE.y + 5 - rect.y);
    let left = picture.at(x, y);
    (left == colors(left[1])[0]).then_some(left[1])
}

/// A page with a video, and the page that the video shows.
struct Cinema {
    page: Page,
    source: Mirror,
}

impl Cinema {
    fn open() -> Self {
        let page = Page::with(Setup { streams: true, ..Setup::default() }, PAGE);
        let source = Mirror::open(&page, Site::new(&document(SOURCE)).serve(), SIZE);
        page.wait_for("the source", || {
            source.paint();
            source.is_loaded()
        });
        let cinema = Self { page, source };
        cinema.page.tab.allow_display_capture(cinema.source.webview());
        let deadline = Instant::now() + LIMIT;
        while cinema.page.js("stream !== undefined") != JSValue::Boolean(true) {
            assert!(Instant::now() < deadline, "no stream");
            cinema.page.click(5., 5.);
            cinema.pass(100);
        }
        cinema.page.js("$('#video').srcObject = stream; $('#video').play(); 0");
        cinema
    }

    #[track_caller]
    fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        self.page.wait_for(what, || {
            self.source.paint();
            condition()
        });
    }

    fn pass(&self, milliseconds: u64) {
        let end = Instant::now() + std::time::Duration::from_millis(milliseconds);
        self.page.tab.spin_until(end, || {
            self.source.paint();
            false
        });
    }

    /// Have the source show a step.
    #[track_caller]
    fn begin(&self, step: u8) {
        let shown = self.source.run(&format!("show({step}); 0"));
        self.wait_for("a script", || shown.is_there());
    }

    /// Show a step, and wait until the page does, too.
    #[track_caller]
    fn show(&self, step: u8) {
        self.begin(step);
        let deadline = Instant::now() + LIMIT;
        while step_of(&self.page.screen(), Rect::new(0, 0, 0, 0)) != Some(step) {
            assert!(Instant::now() < deadline, "{step} is not on screen");
            self.pass(10);
        }
    }

    /// What is on screen at each of some steps.
    fn screens(&self) -> Vec<Picture> {
        let screen = |step| {
            self.show(step);
            self.page.settle();
            self.page.screen()
        };
        [40, 80, 120].map(screen).into()
    }
}

/// A restricted frame has the video, all of it of one step, and what is of the target around it.
#[track_caller]
fn assert_restricted(frame: &Frame, rect: Rect, around: Rgba) -> u8 {
    assert_eq!(frame.rect(), rect);
    let step = step_of(&frame.picture, rect).expect("a picture");
    let [left, right] = colors(step);
    for (x, y, pixel) in frame.picture.pixels() {
        let (x, y) = (x + rect.x, y + rect.y);
        let expected = match PICTURE.contains(x, y) {
            false => around,
            true if x < PICTURE.x + PICTURE.width / 2 => left,
            true => right,
        };
        assert_eq!(pixel, expected, "({x}, {y}) at {step}");
    }
    step
}

/// The page looks as without captures, and all frames of a target while the video plays are right.
#[track_caller]
fn assert_played(selector: &str, rect: Rect, around: Rgba) {
    let cinema = Cinema::open();
    let bare = cinema.screens();
    let (crop, restriction) = (cinema.page.crop(selector), cinema.page.restrict(selector));
    cinema.page.shoot([&crop, &restriction]);
    let captured = cinema.screens();
    for (index, (captured, bare)) in captured.iter().zip(&bare).enumerate() {
        captured.assert_same(bare, &format!("the page at step {index}"));
    }

    [&crop, &restriction].into_iter().for_each(Recording::forget);
    let steps: Vec<u8> = (0..12).map(|index| 10 + index * 20).collect();
    for step in &steps {
        cinema.begin(*step);
        // Nobody asks for a frame: the video is what changes.
        let shows = |capture: &Recording| {
            capture.newest().is_some_and(|frame| step_of(&frame.picture, rect) == Some(*step))
        };
        cinema.wait_for("the step", || shows(&crop) && shows(&restriction));
    }
    let played: Vec<u8> = restriction
        .frames()
        .iter()
        .map(|frame| assert_restricted(frame, rect, around))
        .filter(|step| steps.contains(step))
        .collect();
    assert!(played.is_sorted(), "{played:?}");
    assert!(steps.iter().all(|step| played.contains(step)), "{played:?}");

    let [crop, restriction] = cinema.page.shoot([&crop, &restriction]);
    crop.picture.assert_same(&cinema.page.screen().cut(rect), "the crop");
    assert_eq!(assert_restricted(&restriction, rect, around), 230);
    // What lies upon the video is in the crop.
    let cover = COVER.intersection(rect);
    let cover = Rect::new(cover.x - rect.x, cover.y - rect.y, cover.width, cover.height);
    crop.picture.assert_filled(cover, RED);
}

fn in_the_target() {
    assert_played("#t", TARGET, BLUE);
}

/// What the picture leaves of its box shows nothing.
fn as_the_target() {
    assert_played("#video", VIDEO, CLEAR);
}

fn paused() {
    let cinema = Cinema::open();
    let captures = ["#t", "#video"].map(|selector| cinema.page.restrict(selector));
    let [t, video] = &captures;
    cinema.show(50);
    let check = |step: u8| {
        let [around, alone] = cinema.page.shoot([t, video]);
        assert_eq!(assert_restricted(&around, TARGET, BLUE), step);
        assert_eq!(assert_restricted(&alone, VIDEO, CLEAR), step);
    };
    check(50);
    cinema.page.wait_for_script("$('#video').currentTime > 0");
    cinema.page.js("$('#video').pause(); 0");
    cinema.page.wait_for_script("$('#video').paused");
    // What was on its way when it was paused.
    cinema.pass(200);
    captures.iter().for_each(Recording::forget);
    let time = cinema.page.text("$('#video').currentTime");
    for step in [60, 70, 80] {
        cinema.begin(step);
        cinema.pass(100);
    }
    assert!(captures.iter().all(|capture| capture.frame_count() == 0), "it rests");
    assert_eq!(cinema.page.text("$('#video').currentTime"), time);
    check(50);
    // And it goes on.
    captures.iter().for_each(Recording::forget);
    cinema.page.js("$('#video').play(); 0");
    cinema.wait_for("the newest picture", || {
        let shows = |capture: &Recording, rect| {
            capture.newest().is_some_and(|frame| step_of(&frame.picture, rect) == Some(80))
        };
        shows(t, TARGET) && shows(video, VIDEO)
    });
    check(80);
}

/// The last picture of a video goes with its source.
fn without_a_source() {
    let cinema = Cinema::open();
    let captures = ["#t", "#video"].map(|selector| cinema.page.restrict(selector));
    cinema.show(50);
    cinema.page.shoot(captures.each_ref());
    cinema.page.js("$('#video').srcObject = null; 0");
    let around = |frame: Frame, color| {
        let rect = PICTURE;
        let place =
            Rect::new(rect.x - frame.rect().x, rect.y - frame.rect().y, rect.width, rect.height);
        frame.picture.assert_filled(place, color);
    };
    let [t, video] = cinema.page.shoot(captures.each_ref());
    around(t, BLUE);
    around(video, CLEAR);
}

/// What is restricted to another element has nothing of a video.
fn beside_the_target() {
    let cinema = Cinema::open();
    let (next, viewport) = (
        cinema.page.restrict("#next"),
        cinema.page.capture(servo::capture::CaptureSource::Viewport),
    );
    cinema.page.shoot([&next, &viewport]);
    for step in [20, 40, 60, 80, 100] {
        cinema.show(step);
        next.capture.request_frame();
        cinema.pass(20);
    }
    cinema.wait_for("frames", || next.frame_count() > 3);
    for frame in next.frames() {
        assert_eq!(frame.rect(), Rect::new(50, 195, 220, 20));
        frame.picture.assert_filled(frame.picture.rect(), BLUE);
    }
    let [viewport] = cinema.page.shoot([&viewport]);
    assert_eq!(step_of(&viewport.picture, Rect::new(0, 0, 0, 0)), Some(100));
}
