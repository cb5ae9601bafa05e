/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Several webviews: a capture of one never has anything of another.
//!
//! In Servo, a webview is always as large as its rendering context and at its origin. Those that
//! share a context and are not hidden lie upon each other. Those that have contexts of their own are
//! all on screen.

use std::time::{Duration, Instant};

use servo::WebView;
use servo::capture::{CaptureSource, ElementLocator};
use subcapture_api::{EndReason, State, Withheld};
use subcapture_shell::embedder::Tab;

use crate::harness::mirror::Mirror;
use crate::harness::{LIMIT, Page, Recording, Rect, Rgba, Setup, Site, document, tests};

tests![
    one_upon_another,
    taking_turns,
    one_is_closed,
    the_hidden_one_is_closed,
    both_are_resized,
    side_by_side,
    one_of_two_contexts_is_closed,
    the_first_of_two_contexts_is_closed,
    one_of_two_contexts_is_resized,
];

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
const AQUA: Rgba = [0, 255, 255, 255];

/// What the first page and what the second one has.
const COLORS: [[Rgba; 2]; 2] = [[RED, LIME], [BLUE, AQUA]];

/// A viewport, a crop and a restriction, of each of two webviews.
type Captures = [[Recording; 3]; 2];

fn start(webview: &WebView) -> [Recording; 3] {
    let t = || ElementLocator::Selector("#t".into());
    [CaptureSource::Viewport, CaptureSource::Crop(t()), CaptureSource::Restriction(t())]
        .map(|source| Recording::start(webview, source))
}

/// Two webviews in one rendering context.
struct Both {
    page: Page,
    other: Tab,
}

impl Both {
    fn open() -> Self {
        let page = Page::of_site(Default::default(), Site::new(&body("red", "lime")));
        let other = page.headless().open(Site::new(&body("blue", "aqua")).serve(), 1.);
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
    fn capture(&self) -> Captures {
        let captures = self.tabs().map(|tab| start(tab.webview()));
        self.wait_for("the captures", || captures.iter().flatten().all(Recording::has_started));
        captures
    }

    /// Let some frames be painted, of whatever is shown.
    fn pass(&self) {
        let end = Instant::now() + Duration::from_millis(150);
        self.page.tab.spin_until(end, || {
            self.other.spin();
            self.page.tab.paint();
            false
        });
    }
}

/// Whatever was told has the colors of its own page, and the right element.
#[track_caller]
fn assert_own(captures: &Captures) {
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
        assert!(!frame.picture.has(BLUE, 0) && !frame.picture.has(AQUA, 0));
        assert!(frame.picture.has(LIME, 0));
    }
    assert!(others.iter().all(|capture| capture.events().is_empty()));
}

/// Sessions of one that is closed end, and nothing else is told of them.
#[track_caller]
fn assert_closed(captures: &[Recording; 3]) {
    for capture in captures {
        assert_eq!(capture.state(), State::Ended(EndReason::WebViewClosed));
        assert_eq!(capture.states(), [State::Ended(EndReason::WebViewClosed)]);
        assert_eq!(capture.frame_count(), 0);
    }
}

/// The one that is left, which is the other one, goes on as if nothing had happened.
fn the_hidden_one_is_closed() {
    let both = Both::open();
    let captures = both.capture();
    both.page.tab.webview().hide();
    let [ours, others] = &captures;
    both.wait_for("a frame", || {
        others.iter().for_each(|capture| capture.capture.request_frame());
        both.other.paint();
        others.iter().all(|capture| capture.frame_count() > 0)
    });
    let hidden = State::Paused(Withheld::Hidden);
    both.wait_for("the hidden one", || ours.iter().all(|capture| capture.state() == hidden));
    captures.iter().flatten().for_each(Recording::forget);
    let Both { page, other } = both;
    let servo = page.close();
    other.spin_for(Duration::from_millis(100));
    assert_closed(ours);
    for height in [60, 70] {
        let script = format!("$('#t').style.height = '{height}px'");
        other.webview().evaluate_javascript(script, |_| {});
        let met = other.spin_until(Instant::now() + LIMIT, || {
            others[2].newest_rect().is_some_and(|rect| rect.height == height)
        });
        assert!(met, "no frame after {height}: {:?}", others[2].state());
    }
    assert!(others.iter().all(|capture| capture.states().is_empty()), "nothing paused");
    for frame in others.iter().flat_map(Recording::frames) {
        assert!(!frame.picture.has(RED, 0) && !frame.picture.has(LIME, 0));
    }
    drop(other);
    drop(servo);
}

/// The surface is that of both. The one that is on it pauses until there is a frame of the new
/// size, and the hidden one stays hidden, and then has the new size, too.
fn both_are_resized() {
    let both = Both::open();
    let captures = both.capture();
    let tabs = both.tabs();
    let hidden = State::Paused(Withheld::Hidden);
    let mut paused = 0;
    for (turn, size) in SIZES.into_iter().enumerate() {
        let [shown, covered] = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        tabs[covered].webview().hide();
        tabs[shown].webview().show();
        both.wait_for("the turn", || {
            captures[shown].iter().for_each(|capture| capture.capture.request_frame());
            tabs[shown].paint();
            captures[shown].iter().all(|capture| capture.state() == State::Active)
                && captures[covered].iter().all(|capture| capture.state() == hidden)
        });
        captures.iter().flatten().for_each(Recording::forget);
        tabs[covered].webview().resize(size.into());
        tabs[shown].paint();
        both.wait_for("the size", || {
            tabs[shown].paint();
            let [viewport, rest @ ..] = &captures[shown];
            rest.iter().for_each(|capture| capture.capture.request_frame());
            viewport.newest_rect() == Some(whole(size))
                && rest.iter().all(|capture| capture.state() == State::Active)
        });
        paused += usize::from(assert_pauses(&captures[shown]));
        assert!(captures[covered].iter().all(|capture| capture.events().is_empty()));
        assert_not_mixed(&captures);
    }
    assert!(paused > 0, "no frame was withheld while the surface was another one");
}

/// Whatever was told has nothing of the other page. What a larger surface adds has the color that
/// it is cleared with until the page is laid out anew.
#[track_caller]
fn assert_not_mixed(captures: &Captures) {
    for ((captures, foreign), [_, element]) in
        captures.iter().zip([COLORS[1], COLORS[0]]).zip(COLORS)
    {
        for frame in captures[2].frames() {
            frame.picture.assert_filled(frame.picture.rect(), element);
        }
        for frame in captures.iter().flat_map(Recording::frames) {
            let found = frame.picture.bounds_of(|pixel| foreign.contains(&pixel));
            assert_eq!(found, Rect::new(0, 0, 0, 0), "{foreign:?} in {:?}", frame.info);
        }
    }
}

/// In device px.
const SIZES: [(u32, u32); 4] = [(300, 200), (260, 210), (320, 180), (200, 190)];

fn whole(size: (u32, u32)) -> Rect {
    Rect::new(0, 0, size.0.cast_signed(), size.1.cast_signed())
}

/// Whether frames were withheld for a resize. They are for nothing else.
#[track_caller]
fn assert_pauses(captures: &[Recording; 3]) -> bool {
    let resizing = State::Paused(Withheld::Resizing);
    let states: Vec<_> = captures.iter().flat_map(Recording::states).collect();
    assert!(states.iter().all(|state| [State::Active, resizing].contains(state)), "{states:?}");
    states.contains(&resizing)
}

/// Two webviews in a rendering context each.
struct Apart {
    page: Page,
    other: Mirror,
}

impl Apart {
    const SIZE: (u32, u32) = (320, 240);

    fn open() -> (Self, Captures) {
        let page = Page::of_site(
            Setup { viewport: Self::SIZE, ..Setup::default() },
            Site::new(&body("red", "lime")),
        );
        let other = Mirror::open(&page, Site::new(&body("blue", "aqua")).serve(), Self::SIZE);
        let apart = Self { page, other };
        apart.wait_for("the other page", || apart.other.is_loaded());
        let captures = [start(apart.page.tab.webview()), start(apart.other.webview())];
        apart.wait_for("frames", || {
            captures.iter().flatten().for_each(|capture| capture.capture.request_frame());
            captures.iter().flatten().all(|capture| capture.frame_count() > 0)
        });
        (apart, captures)
    }

    #[track_caller]
    fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        self.page.wait_for(what, || {
            self.other.paint();
            condition()
        });
    }

    /// Run a script in both.
    #[track_caller]
    fn run(&self, script: &str) {
        let answer = self.other.run(script);
        self.page.js(script);
        self.wait_for("the other page", || answer.is_there());
    }
}

fn side_by_side() {
    let (apart, captures) = Apart::open();
    assert_own(&captures);
    for scroll in [10, 25, 5, 30, 0] {
        captures.iter().flatten().for_each(Recording::forget);
        apart.run(&format!("scrollTo(0, {scroll}); 0"));
        let place = Rect::new(0, 30 - scroll, 60, 50);
        apart.wait_for("all of both", || {
            captures.iter().all(|[viewport, crop, restriction]| {
                viewport.frame_count() > 0
                    && [crop, restriction].iter().all(|capture| {
                        // Nothing of a restricted element changes as it moves.
                        capture.capture.request_frame();
                        capture.newest_rect() == Some(place)
                    })
            })
        });
        assert_own(&captures);
        let states: Vec<_> = captures.iter().flatten().map(Recording::state).collect();
        assert_eq!(states, [State::Active; 6]);
    }
}

fn one_of_two_contexts_is_closed() {
    let (apart, captures) = Apart::open();
    let [ours, others] = &captures;
    captures.iter().flatten().for_each(Recording::forget);
    let Apart { page, other } = apart;
    drop(other);
    page.wait_for("the end", || matches!(others[0].state(), State::Ended(_)));
    for _ in 0..3 {
        let frames = page.shoot(ours.each_ref());
        frames[0].picture.assert_same(&page.screen(), "the viewport");
    }
    assert_closed(others);
    assert!(ours.iter().all(|capture| capture.states().is_empty()), "nothing paused");
    others.iter().for_each(Recording::forget);
    assert_own(&captures);
}

fn the_first_of_two_contexts_is_closed() {
    let (apart, captures) = Apart::open();
    let [ours, others] = &captures;
    captures.iter().flatten().for_each(Recording::forget);
    let Apart { page, other } = apart;
    let servo = page.close();
    let deadline = Instant::now() + LIMIT;
    while others.iter().any(|capture| capture.frame_count() < 3) {
        assert!(Instant::now() < deadline, "no frames");
        others.iter().for_each(|capture| capture.capture.request_frame());
        servo.servo().spin_event_loop();
        other.paint();
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_closed(ours);
    assert!(others.iter().all(|capture| capture.states().is_empty()), "nothing paused");
    ours.iter().for_each(Recording::forget);
    assert_own(&captures);
    drop(other);
    drop(servo);
}

fn one_of_two_contexts_is_resized() {
    let (apart, captures) = Apart::open();
    let mut paused = 0;
    for (turn, size) in SIZES.into_iter().enumerate() {
        let [resized, left] = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        captures.iter().flatten().for_each(Recording::forget);
        if resized == 0 {
            apart.page.resize(size.0, size.1);
            apart.page.tab.paint();
        } else {
            apart.other.resize(size, 1.);
            apart.other.webview().paint();
        }
        let is_there = |captures: &[Recording; 3]| {
            captures.iter().for_each(|capture| capture.capture.request_frame());
            captures[0].newest_rect() == Some(whole(size))
                && captures.iter().all(|capture| capture.state() == State::Active)
        };
        apart.wait_for("the size", || is_there(&captures[resized]));
        paused += usize::from(assert_pauses(&captures[resized]));
        assert!(captures[left].iter().all(|capture| capture.states().is_empty()));
        assert_not_mixed(&captures);
        let kept = captures[left].each_ref().map(Recording::state);
        assert_eq!(kept, [State::Active; 3]);
    }
    assert!(paused > 0, "no frame was withheld while a surface was another one");
}
