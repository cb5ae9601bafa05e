/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A target belongs to its document: frames of no other document are delivered.

use subcapture_api::{State, Withheld};
use url::Url;

use crate::harness::{LIMIT, Page, Recording, Rgba, Setup, Site, document, tests};

tests![
    to_another_page,
    to_another_site,
    reload,
    and_back_again,
    of_an_iframe,
    iframe_removed,
    iframe_hidden,
    adopted_by_an_iframe_and_back,
];

const GREEN: Rgba = [0, 128, 0, 255];
const UNKNOWN: State = State::Paused(Withheld::UnknownTarget);

const FIRST: &str = "<div id=t style='width: 60px; height: 40px; isolation: isolate;
    background: rgb(0, 128, 0)'></div>";
/// Like the first, with the same element in the same place.
const SECOND: &str = "<title>second</title><body style='background: red'>
    <div id=t style='width: 60px; height: 40px; isolation: isolate; background: red'></div>";

fn site() -> Site {
    Site::new(&document(FIRST)).and("/second", &document(SECOND))
}

fn start(page: &Page) -> [Recording; 2] {
    let captures = [page.crop("#t"), page.restrict("#t")];
    page.shoot(captures.each_ref());
    captures
}

/// Go somewhere, wait until it is shown, and see no frame that is not of the first page.
#[track_caller]
fn assert_left_behind(page: &Page, captures: &[Recording], go: impl FnOnce()) {
    go();
    for capture in captures {
        page.wait_for_state(capture, UNKNOWN);
    }
    page.wait_for("the second page", || {
        page.tab.webview().page_title().as_deref() == Some("second")
    });
    page.wait_for_load();
    for capture in captures {
        capture.capture.request_frame();
    }
    page.pass(200);
    for capture in captures {
        assert_eq!(capture.state(), UNKNOWN);
        assert_all_green(capture);
    }
}

#[track_caller]
fn assert_all_green(capture: &Recording) {
    for frame in capture.frames() {
        frame.picture.assert_filled(frame.picture.rect(), GREEN);
    }
}

fn to_another_page() {
    let page = Page::of_site(Setup::default(), site());
    let captures = start(&page);
    assert_left_behind(&page, &captures, || {
        page.js("location = '/second'; 0");
    });
    // A capture that starts now is one of the new page.
    let [frame] = page.shoot([&page.restrict("#t")]);
    frame.picture.assert_filled(frame.picture.rect(), [255, 0, 0, 255]);
}

fn to_another_site() {
    let page = Page::of_site(Setup::default(), site());
    let captures = start(&page);
    let here = Url::parse(&page.text("location")).expect("a URL");
    let mut there = here.join("/second").expect("a URL");
    there.set_host(Some("127.0.0.1")).expect("a host");
    assert_left_behind(&page, &captures, || page.tab.webview().load(there));
}

fn reload() {
    let page = Page::of_site(Setup::default(), site());
    let captures = start(&page);
    page.js("window.old = true; 0");
    page.tab.webview().reload();
    for capture in &captures {
        page.wait_for_state(capture, UNKNOWN);
    }
    page.wait_for_load();
    page.wait_for_script("!window.old && document.readyState == 'complete'");
    page.pass(100);
    for capture in &captures {
        assert_eq!(capture.state(), UNKNOWN);
    }
    start(&page);
}

/// Whether the page is kept while it is away or loaded anew, the element is not in what is shown
/// in between. If it was kept there are frames of it again.
fn and_back_again() {
    let page = Page::of_site(Setup::default(), site());
    let captures = start(&page);
    page.js("window.kept = true; 0");
    assert_left_behind(&page, &captures, || {
        page.js("location = '/second'; 0");
    });
    page.js("history.back(); 0");
    page.wait_for_script("document.title != 'second' && document.readyState == 'complete'");
    page.settle();
    if page.text("Boolean(window.kept)") == "true" {
        for capture in &captures {
            page.wait_for_state(capture, State::Active);
        }
        page.shoot(captures.each_ref());
    }
    captures.iter().for_each(assert_all_green);
}

fn with_iframe() -> Page {
    let index = format!("{FIRST}<iframe src=/inner></iframe>");
    let site = Site::new(&document(&index))
        .and("/inner", &document("<body style='height: 900px'>"))
        .and("/second", &document(SECOND));
    Page::of_site(Setup::default(), site)
}

fn start_in_iframe(page: &Page) -> [Recording; 2] {
    let captures = start(page);
    page.js("window.t = $('#t'); frames[0].document.body.append(t); 0");
    captures.iter().for_each(Recording::forget);
    let frames = page.shoot(captures.each_ref());
    // The border of the iframe is 2 px wide.
    for frame in &frames {
        assert_eq!((frame.rect().x, frame.rect().y), (2, 2));
    }
    captures
}

fn of_an_iframe() {
    let page = with_iframe();
    let captures = start_in_iframe(&page);
    page.js("frames[0].location = '/second'; 0");
    for capture in &captures {
        page.wait_for_state(capture, UNKNOWN);
    }
    page.wait_for_script("frames[0].document.title == 'second'");
    page.pass(200);
    captures.iter().for_each(assert_all_green);
}

fn iframe_removed() {
    let page = with_iframe();
    let captures = start_in_iframe(&page);
    page.js("$('iframe').remove(); document.body.style.background = 'red'; 0");
    for capture in &captures {
        page.wait_for_state(capture, UNKNOWN);
    }
    page.pass(100);
    captures.iter().for_each(assert_all_green);
}

fn iframe_hidden() {
    let page = with_iframe();
    let captures = start_in_iframe(&page);
    for _ in 0..5 {
        page.js("$('iframe').style.display = 'none'; document.body.style.background = 'red'; 0");
        for capture in &captures {
            page.wait_for_state(capture, State::Paused(Withheld::NotRendered));
        }
        page.js("$('iframe').style.display = ''; document.body.style.background = ''; 0");
        for capture in &captures {
            page.wait_for_state(capture, State::Active);
        }
        page.shoot(captures.each_ref());
        captures.iter().for_each(assert_all_green);
    }
}

/// Whichever of the two documents tells first where the element is now.
fn adopted_by_an_iframe_and_back() {
    let page = with_iframe();
    let captures = start_in_iframe(&page);
    let deadline = std::time::Instant::now() + LIMIT;
    for round in 0..20 {
        assert!(std::time::Instant::now() < deadline);
        page.js("document.body.prepend(t); 0");
        let frames = page.shoot(captures.each_ref());
        assert!(frames.iter().all(|frame| frame.rect().x == 0), "round {round}");
        page.js("frames[0].document.body.append(t); 0");
        let frames = page.shoot(captures.each_ref());
        assert!(frames.iter().all(|frame| frame.rect().x == 2), "round {round}");
        captures.iter().for_each(assert_all_green);
    }
}
