/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What happens to the element happens to the capture, from that very frame on.

use subcapture_api::{EndReason, Ineligible, StartError, State, Withheld};

use servo::capture::{CaptureSource, ElementLocator};

use crate::harness::{Page, Recording, Rgba, tests};

tests![
    removed,
    hidden,
    moved_out_of_sight,
    not_a_stacking_context,
    fragmented,
    in_a_3d_context,
    a_static_page_has_one_cropped_frame,
    a_static_page_has_one_restricted_frame,
    a_static_page_has_one_uncropped_frame,
    selectors_that_find_nothing,
    unknown_tokens,
    closing_the_webview_ends_the_capture,
    stopping_is_final,
];

/// The element is green. What a test does to it turns everything red in the same task.
const BODY: &str = "
    <body id=body>
    <div id=holder><div id=t style='width: 60px; height: 40px; isolation: isolate;
        background: rgb(0, 128, 0)'></div></div>
    <script>const t = $('#t'), holder = $('#holder');</script>";
const GREEN: Rgba = [0, 128, 0, 255];
const RED: Rgba = [255, 0, 0, 255];

const TURN_RED: &str = "document.documentElement.style.background = 'red';
    t.style.background = 'red';";
const TURN_GREEN: &str = "document.documentElement.style.background = 'none';
    t.style.background = 'rgb(0, 128, 0)';";

/// Do something that ends frames, and undo it, several times. No frame may show what was there
/// while it was done, whenever in the course of a frame it happens.
#[track_caller]
fn no_frame_while(page: &Page, recordings: &[&Recording], reason: Withheld, act: &str, undo: &str) {
    for round in 0..8 {
        for recording in recordings {
            page.wait_for_state(recording, State::Active);
            page.wait_for("a frame", || recording.frame_count() > 0);
            recording.forget();
        }
        page.js(&format!("{act}; {TURN_RED} 0"));
        for recording in recordings {
            page.wait_for_state(recording, State::Paused(reason));
            assert_eq!(recording.states(), [State::Paused(reason)]);
            recording.capture.request_frame();
        }
        page.pass(20 + 7 * round);
        page.js(&format!("{TURN_GREEN} {undo}; 0"));
        for recording in recordings {
            page.wait_for_state(recording, State::Active);
            page.wait_for("a frame", || {
                recording.newest().is_some_and(|frame| frame.picture.at(30, 20) == GREEN)
            });
            for frame in recording.frames() {
                assert!(!frame.picture.has(RED, 100), "a frame of what is not there");
            }
        }
    }
}

fn removed() {
    let page = Page::new(BODY);
    let captures = [&page.crop("#t"), &page.restrict("#t")];
    no_frame_while(&page, &captures, Withheld::UnknownTarget, "t.remove()", "holder.append(t)");
}

fn hidden() {
    let page = Page::new(BODY);
    let captures = [&page.crop("#t"), &page.restrict("#t")];
    for who in ["t", "holder"] {
        no_frame_while(
            &page,
            &captures,
            Withheld::NotRendered,
            &format!("{who}.style.display = 'none'"),
            &format!("{who}.style.display = ''"),
        );
    }
}

fn moved_out_of_sight() {
    let page = Page::new(BODY);
    let captures = [&page.crop("#t"), &page.restrict("#t")];
    no_frame_while(
        &page,
        &captures,
        Withheld::NotVisible,
        "holder.style.cssText = 'position: absolute; top: 3000px'",
        "holder.style.cssText = ''",
    );
}

fn ineligible(rule: Ineligible, act: &str, undo: &str) {
    let page = Page::new(BODY);
    let capture = page.restrict("#t");
    no_frame_while(&page, &[&capture], Withheld::Ineligible(rule), act, undo);
}

fn not_a_stacking_context() {
    ineligible(
        Ineligible::NotStackingContext,
        "t.style.isolation = 'auto'",
        "t.style.isolation = 'isolate'",
    );
}

fn fragmented() {
    ineligible(
        Ineligible::Fragmented,
        "t.innerHTML = 'some words that wrap'; t.style.display = 'inline'; \
         holder.style.width = '50px'; t.style.position = 'relative'; t.style.zIndex = 1",
        "t.innerHTML = ''; t.style.display = ''; holder.style.width = ''; \
         t.style.position = ''; t.style.zIndex = ''",
    );
}

fn in_a_3d_context() {
    ineligible(
        Ineligible::NotFlattened,
        "t.style.isolation = 'auto'; t.style.transformStyle = 'preserve-3d'",
        "t.style.isolation = 'isolate'; t.style.transformStyle = ''",
    );
}

fn has_one_frame(source: CaptureSource) {
    let page = Page::new(BODY);
    let capture = page.capture(source);
    page.wait_for("a frame", || capture.frame_count() > 0);
    page.pass(400);
    assert_eq!(capture.frame_count(), 1);
    assert_eq!(capture.states().last(), Some(&State::Active));
}

fn a_static_page_has_one_cropped_frame() {
    has_one_frame(CaptureSource::Crop(ElementLocator::Selector("#t".into())));
}

fn a_static_page_has_one_restricted_frame() {
    has_one_frame(CaptureSource::Restriction(ElementLocator::Selector("#t".into())));
}

fn a_static_page_has_one_uncropped_frame() {
    has_one_frame(CaptureSource::Viewport);
}

fn selectors_that_find_nothing() {
    let page = Page::new(BODY);
    for (selector, error) in [
        ("#nothing", StartError::NoMatch),
        ("]", StartError::InvalidSelector),
        ("", StartError::InvalidSelector),
    ] {
        for capture in [page.crop(selector), page.restrict(selector)] {
            page.wait_for("an answer", || capture.start_error().is_some());
            assert_eq!(capture.start_error(), Some(error.clone()), "{selector}");
            assert!(!capture.has_started());
            assert!(capture.events().is_empty());
        }
    }
}

fn unknown_tokens() {
    let page = Page::new(BODY);
    let by_token = ElementLocator::Token(0x1234_5678);
    let captures = [
        page.capture(CaptureSource::Crop(by_token.clone())),
        page.capture(CaptureSource::Restriction(by_token)),
    ];
    for capture in &captures {
        page.wait_for_state(capture, State::Paused(Withheld::UnknownTarget));
        capture.capture.request_frame();
        page.js("document.body.style.background = 'red'");
        page.pass(100);
        assert_eq!(capture.frame_count(), 0);
    }
}

fn closing_the_webview_ends_the_capture() {
    let page = Page::new(BODY);
    let captures = [page.crop("#t"), page.restrict("#t")];
    page.shoot(captures.each_ref());
    captures.iter().for_each(Recording::forget);
    let headless = page.close();
    for _ in 0..50 {
        headless.servo().spin_event_loop();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    for capture in &captures {
        let ended = State::Ended(EndReason::WebViewClosed);
        assert_eq!(capture.state(), ended);
        assert_eq!(capture.states(), [ended]);
        assert_eq!(capture.frame_count(), 0);
        capture.capture.request_frame();
    }
}

fn stopping_is_final() {
    let page = Page::new(BODY);
    let capture = page.restrict("#t");
    page.shoot([&capture]);
    let other = page.crop("#t");
    page.shoot([&other]);
    drop(capture);
    page.js("$('#t').style.background = 'blue'; 0");
    let [frame] = page.shoot([&other]);
    assert_eq!(frame.picture.at(5, 5), [0, 0, 255, 255]);
}
