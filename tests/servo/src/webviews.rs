/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Several webviews: a capture of one never has anything of another.
//!
//! In Servo, a webview is always as large as its rendering context and at its origin. Those that
//! share a context and are not hidden lie upon each other.

use std::time::Instant;

use servo::capture::{CaptureSource, ElementLocator};
use subcapture_api::{State, Withheld};
use subcapture_shell::embedder::Tab;

use crate::harness::{LIMIT, Page, Recording, Rect, Rgba, Site, document, tests};

tests![one_upon_another, taking_turns, one_is_closed];

/// A page of one color with an element of another in it.
fn body(color: &str, element: &str) -> String {
    document(&format!(
        "<body style='background: {color}; height: 900px'>
        <div style='height: 30px'></div>
        <div id=t style='isolation: isolate; width: 60px; height: 50px; background: {element}'>
        </div>"
    ))
}

const RED: Rgba = [255, 0, 0, 255];
const LIME: Rgba = [0, 255, 0, 255];
const BLUE: Rgba = [0, 0, 255, 255];
const WHITE: Rgba = [255; 4];

/// What the first page and what the second one has.
const COLORS: [[Rgba; 2]; 2] = [[RED, LIME], [BLUE, WHITE]];

/// Two webviews in one rendering context.
struct Both {
    page: Page,
    other: Tab,
}

impl Both {
    fn open() -> Self {
        let page = Page::of_site(Default::default(), Site::new(&body("red", "lime")));
        let other = page.headless().open(Site::new(&body("blue", "white")).serve(), 1.);
        let both = Self { page, other };
        both.wait_for("the other page", || both.other.is_loaded());
        both
    }

    #[track_caller]
    fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let met = self.page.tab.spin_until(Instant::now() + LIMIT, || {
            self.other.spin();
            condition()
        });
        assert!(met, "waited in vain for {what}");
    }

    fn tabs(&self) -> [&Tab; 2] {
        [&self.page.tab, &self.other]
    }

    /// A viewport, a crop and a restriction of each.
    fn capture(&self) -> [[Recording; 3]; 2] {
        let t = || ElementLocator::Selector("#t".into());
        let captures = self.tabs().map(|tab| {
            [CaptureSource::Viewport, CaptureSource::Crop(t()), CaptureSource::Restriction(t())]
                .map(|source| Recording::start(tab.webview(), source))
        });
        self.wait_for("the captures", || captures.iter().flatten().all(Recording::has_started));
        captures
    }

    /// Let some frames be painted, of whatever is shown.
    fn pass(&self) {
        let end = Instant::now() + std::time::Duration::from_millis(150);
        self.page.tab.spin_until(end, || {
            self.other.spin();
            self.page.tab.paint();
            false
        });
    }
}

/// Whatever was told has the colors of its own page, and the right element.
#[track_caller]
fn assert_own(captures: &[[Recording; 3]; 2]) {
    for ([viewport, crop, restriction], [page, element]) in captures.iter().zip(COLORS) {
        for frame in viewport.frames() {
            let own = |pixel: Rgba| pixel == page || pixel == element;
            let foreign = frame.picture.bounds_of(|pixel| !own(pixel));
            assert_eq!(foreign, Rect::new(0, 0, 0, 0), "the viewport of {page:?}");
        }
        for frame in crop.frames().iter().chain(&restriction.frames()) {
            assert_eq!((frame.rect().width, frame.rect().height), (60, 50));
            frame.picture.assert_filled(frame.picture.rect(), element);
        }
    }
}

fn one_upon_another() {
    let both = Both::open();
    let captures = both.capture();
    for scroll in [0, 10, 25] {
        for tab in both.tabs() {
            tab.webview().evaluate_javascript(format!("scrollTo(0, {scroll})"), |_| {});
            captures.iter().flatten().for_each(|capture| capture.capture.request_frame());
            both.pass();
        }
        assert_own(&captures);
    }
    // Which lies upon the other is for Servo to say.
    let states = captures.each_ref().map(|captures| captures.each_ref().map(Recording::state));
    let (hidden, active) = ([State::Paused(Withheld::Hidden); 3], [State::Active; 3]);
    assert!([[hidden, active], [active, hidden]].contains(&states), "{states:?}");
    for [_, crop, restriction] in &captures {
        let is_active = crop.state() == State::Active;
        assert_eq!([crop, restriction].map(|capture| capture.frame_count() > 0), [is_active; 2]);
    }
}

fn taking_turns() {
    let both = Both::open();
    let captures = both.capture();
    for turn in 0..6 {
        let [shown, hidden] = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        both.tabs()[hidden].webview().hide();
        both.tabs()[shown].webview().show();
        for capture in &captures[hidden] {
            both.wait_for("the hidden one", || capture.state() == State::Paused(Withheld::Hidden));
            capture.forget();
            capture.capture.request_frame();
        }
        for capture in &captures[shown] {
            capture.forget();
            capture.capture.request_frame();
            both.wait_for("a frame", || {
                both.tabs()[shown].paint();
                capture.state() == State::Active && capture.frame_count() > 0
            });
        }
        both.pass();
        assert!(captures[hidden].iter().all(|capture| capture.frame_count() == 0));
        assert_own(&captures);
    }
}

fn one_is_closed() {
    let both = Both::open();
    let [ours, others] = both.capture();
    both.page.tab.webview().hide();
    both.wait_for("a frame", || {
        others.iter().for_each(|capture| capture.capture.request_frame());
        both.other.paint();
        others.iter().all(|capture| capture.frame_count() > 0)
    });
    let Both { page, other } = both;
    drop(other);
    page.tab.webview().show();
    for capture in &others {
        page.wait_for("the end", || matches!(capture.state(), State::Ended(_)));
    }
    others.iter().for_each(Recording::forget);
    for frame in page.shoot(ours.each_ref()) {
        assert!(!frame.picture.has(BLUE, 0) && !frame.picture.has(WHITE, 0));
        assert!(frame.picture.has(LIME, 0));
    }
    assert!(others.iter().all(|capture| capture.events().is_empty()));
}
