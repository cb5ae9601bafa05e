/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures of documents in processes of their own.

use std::net::TcpListener;
use std::time::Instant;

use servo::capture::{CaptureSource, ElementLocator};
use subcapture_api::{State, Withheld};
use url::Url;

use crate::harness::mirror::Mirror;
use crate::harness::{
    LIMIT, Page, Recording, Rect, Rgba, Setup, Site, children, document, kill_all_but, tests,
};

tests![
    one_site,
    a_site_in_a_site,
    a_site_in_the_target,
    the_process_dies,
    the_process_of_a_frame_in_the_target_dies,
    the_process_of_another_webview_dies,
    the_process_of_the_page_before_dies,
    the_process_of_a_frame_in_the_page_before_dies,
    the_process_of_the_next_page_dies,
    the_process_of_the_next_page_of_a_frame_dies,
    the_process_of_the_first_page_dies,
];

fn separate() -> Setup {
    Setup { multiprocess: true, ..Setup::default() }
}

fn one_site() {
    let page = Page::with(
        separate(),
        "<div id=t style='isolation: isolate; width: 50px; height: 40px; background: lime'></div>
        <div style='position: absolute; left: 0; top: 0; width: 9px; height: 9px;
            background: red'></div>",
    );
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    let frames = page.shoot([&crop, &restriction]);
    assert!(frames.iter().all(|frame| frame.rect() == Rect::new(0, 0, 50, 40)));
    frames[0].picture.assert_filled(Rect::new(0, 0, 9, 9), [255, 0, 0, 255]);
    frames[1].picture.assert_filled(Rect::new(0, 0, 50, 40), [0, 255, 0, 255]);
    for interface in ["CropTarget", "RestrictionTarget"] {
        let promise = format!("{interface}.fromElement($('#t'))");
        assert_eq!(page.settled(&promise), format!("[object {interface}]"));
    }
    page.js("$('#t').remove(); 0");
    for capture in [&crop, &restriction] {
        page.wait_for_state(capture, State::Paused(Withheld::UnknownTarget));
    }
}

/// The innermost document is of the same site as the outermost, and its element is captured.
fn a_site_in_a_site() {
    let index = "<iframe src={other}/middle style='border: 0; position: absolute; left: 30px;
            top: 20px; width: 150px; height: 100px'></iframe>
        <div id=t style='position: absolute; left: 10px; top: 15px; width: 50px; height: 40px;
            isolation: isolate; background: lime'></div>";
    let middle = "<iframe src={other}/inner style='border: 0; position: absolute; left: 7px;
        top: 5px; width: 90px; height: 50px'></iframe>";
    let site = Site::new(&document(index))
        .and("/middle", &document(middle))
        .and("/inner", &document("<body style='height: 500px'>"));
    let page = Page::of_site(separate(), site);
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.wait_for("the targets", || crop.has_started() && restriction.has_started());
    page.js("frames[0][0].document.body.append($('#t')); 0");
    // 15 px from the top of a frame that is 50 px high.
    let rect = Rect::new(30 + 7 + 10, 20 + 5 + 15, 50, 35);
    for capture in [&crop, &restriction] {
        page.wait_for("the place", || capture.newest_rect() == Some(rect));
    }
    for frame in page.shoot([&crop, &restriction]) {
        frame.picture.assert_filled(Rect::new(0, 0, 50, 35), [0, 255, 0, 255]);
    }
}

/// What another process draws in the element is a part of it, and goes on changing.
fn a_site_in_the_target() {
    let index = "<div id=t style='isolation: isolate; width: 90px; height: 60px; background: blue'>
        <iframe src={other}/inner style='border: 0; width: 60px; height: 60px; display: block'>
        </iframe></div>
        <div style='position: absolute; inset: 0; background: red'></div>";
    let inner = "<body style='background: black'>
        <script>onmessage = event => document.body.style.background = event.data</script>";
    let site = Site::new(&document(index)).and("/inner", &document(inner));
    let page = Page::of_site(separate(), site);
    let restriction = page.restrict("#t");
    for (name, color) in
        [("lime", [0, 255, 0, 255]), ("white", [255; 4]), ("lime", [0, 255, 0, 255])]
    {
        page.js(&format!("frames[0].postMessage('{name}', '*'); 0"));
        page.wait_for("the color", || {
            restriction.newest().is_some_and(|frame| frame.picture.at(30, 30) == color)
        });
        let [frame] = page.shoot([&restriction]);
        frame.picture.assert_filled(Rect::new(0, 0, 60, 60), color);
        frame.picture.assert_filled(Rect::new(60, 0, 30, 60), [0, 0, 255, 255]);
    }
}

const LIME: Rgba = [0, 255, 0, 255];

/// What is captured of a page whose process dies.
struct Dying {
    page: Page,
    elements: [Recording; 2],
    viewport: Recording,
}

impl Dying {
    /// The page has a target in lime, and nothing on it changes.
    fn new(page: Page) -> Self {
        let elements = [page.crop("#t"), page.restrict("#t")];
        let viewport = page.capture(CaptureSource::Viewport);
        for frame in page.shoot([&elements[0], &elements[1], &viewport]) {
            assert!(frame.picture.has(LIME, 0));
        }
        // No frame is on its way that would tell of what happens next.
        page.settle();
        elements.iter().chain([&viewport]).for_each(Recording::forget);
        Self { page, elements, viewport }
    }

    /// Nobody asks for a frame, nor does the page have a new one.
    #[track_caller]
    fn assert_end(&self) {
        let gone = State::Paused(Withheld::UnknownTarget);
        let met = self.page.tab.spin_until(Instant::now() + LIMIT, || {
            self.page.tab.crash().is_some()
                && self.elements.iter().all(|capture| capture.state() == gone)
        });
        let states = self.elements.each_ref().map(Recording::state);
        assert!(met, "{:?}, {states:?}", self.page.tab.crash());
        for capture in &self.elements {
            assert_eq!(capture.states(), [gone]);
            assert_eq!(capture.frame_count(), 0);
        }
        // The page that tells of the crash is not the one that was captured.
        for capture in self.elements.iter().chain([&self.viewport]) {
            capture.capture.request_frame();
        }
        self.page.pass(300);
        self.page.tab.paint();
        self.page.pass(100);
        assert!(self.elements.iter().all(|capture| capture.frame_count() == 0));
        let frames = self.viewport.frames();
        assert!(frames.iter().all(|frame| !frame.picture.has(LIME, 0)), "nothing is left");
        assert!(self.viewport.states().is_empty() && !frames.is_empty(), "the webview goes on");
    }
}

fn the_process_dies() {
    let dying = Dying::new(Page::with(
        separate(),
        "<div id=t style='isolation: isolate; width: 50px; height: 40px; background: lime'></div>",
    ));
    kill_all_but(&[]);
    dying.assert_end();
}

/// Servo does not go on with a part of a page.
fn the_process_of_a_frame_in_the_target_dies() {
    let index = "<div id=t style='isolation: isolate; width: 50px; height: 40px'></div>
        <script>
            function add() {
                const frame = document.createElement('iframe');
                frame.src = '{other}/inner';
                frame.onload = () => window.is_there = true;
                $('#t').append(frame);
            }
        </script>";
    let site =
        Site::new(&document(index)).and("/inner", &document("<body style='background: lime'>"));
    let page = Page::of_site(separate(), site);
    let others = children();
    page.js("add(); 0");
    page.wait_for_script("window.is_there");
    let dying = Dying::new(page);
    kill_all_but(&others);
    dying.assert_end();
}

fn the_process_of_another_webview_dies() {
    let page = Page::of_site(separate(), Site::new(&colored("lime")));
    let others = children();
    let other = Mirror::open(&page, Site::new(&colored("blue")).serve(), (320, 240));
    page.wait_for("the other page", || {
        other.paint();
        other.is_loaded()
    });
    let target = CaptureSource::Restriction(ElementLocator::Selector("#t".into()));
    let foreign = Recording::start(other.webview(), target);
    let own = [page.crop("#t"), page.restrict("#t")];
    page.wait_for("the other frame", || {
        foreign.capture.request_frame();
        other.paint();
        foreign.frame_count() > 0
    });
    page.shoot(own.each_ref());
    own.iter().for_each(Recording::forget);
    kill_all_but(&others);
    page.wait_for("the end", || {
        other.paint();
        foreign.state() == State::Paused(Withheld::UnknownTarget)
    });
    assert!(own.iter().all(|capture| capture.events().is_empty()));
    page.js("$('#t').style.width = '60px'; 0");
    for frame in page.shoot(own.each_ref()) {
        assert_eq!(frame.rect(), Rect::new(0, 0, 60, 40));
        frame.picture.assert_filled(frame.picture.rect(), LIME);
    }
}

/// A document with a target in a color.
fn colored(color: &str) -> String {
    let style = format!("isolation: isolate; width: 50px; height: 40px; background: {color}");
    document(&format!("<title>{color}</title><div id=t style='{style}'></div>"))
}

/// Go to another page and wait until it is shown.
#[track_caller]
fn go(page: &Page, title: &str, go: impl FnOnce()) {
    go();
    page.wait_for("the other page", || {
        page.tab.webview().page_title().as_deref() == Some(title) && page.tab.is_loaded()
    });
    page.settle();
}

/// What is captured of a page that goes on when a process of something else in its webview dies.
struct Surviving<'a> {
    page: &'a Page,
    captures: [Recording; 3],
}

impl<'a> Surviving<'a> {
    /// The page has a target.
    fn new(page: &'a Page) -> Self {
        let captures =
            [page.crop("#t"), page.restrict("#t"), page.capture(CaptureSource::Viewport)];
        page.shoot(captures.each_ref());
        Self { page, captures }
    }

    /// Kill the other processes.
    #[track_caller]
    fn assert_unaffected_by_end_of_all_but(&self, own: &[u32]) {
        self.page.js("window.survives = true; 0");
        self.page.settle();
        self.captures.iter().for_each(Recording::forget);
        kill_all_but(own);
        // It is there until Servo hears of its end.
        self.page.wait_for("the end", || children().iter().all(|pid| own.contains(pid)));
        // A page that tells of a crash would be shown by now.
        self.page.pass(500);
        self.page.js("$('#t').style.cssText += 'width: 60px; background: lime'; 0");
        let frames = self.page.shoot(self.captures.each_ref());
        for frame in &frames[..2] {
            assert_eq!(frame.rect(), Rect::new(0, 0, 60, 40));
            frame.picture.assert_filled(frame.picture.rect(), LIME);
        }
        assert!(frames[2].picture.has(LIME, 0));
        assert_eq!(self.page.text("window.survives"), "true");
        for capture in &self.captures {
            assert!(capture.states().is_empty(), "{:?}", capture.states());
        }
        assert_eq!(self.page.tab.crash(), None);
    }
}

/// What is shown was loaded after it had been left, and can be captured.
#[track_caller]
fn assert_anew(page: &Page, color: Rgba) {
    assert_eq!(page.text("window.is_old"), "undefined");
    for frame in page.shoot([&page.crop("#t"), &page.restrict("#t")]) {
        frame.picture.assert_filled(frame.picture.rect(), color);
    }
}

/// The page that session history keeps is lost, and the one on screen is not.
fn the_process_of_the_page_before_dies() {
    let site = Site::new(&colored("red")).and("/second", &colored("blue"));
    let page = Page::of_site(separate(), site);
    let first = children();
    page.js("window.is_old = true; 0");
    let mut second = page.tab.webview().url().expect("a URL").join("/second").expect("a URL");
    second.set_host(Some("127.0.0.1")).expect("a host");
    go(&page, "blue", || page.tab.webview().load(second));
    let all = children();
    assert!(first.iter().all(|pid| all.contains(pid)), "the first page is kept");
    let second: Vec<_> = all.into_iter().filter(|pid| !first.contains(pid)).collect();
    Surviving::new(&page).assert_unaffected_by_end_of_all_but(&second);
    go(&page, "red", || {
        page.tab.webview().go_back(1);
    });
    assert_anew(&page, [255, 0, 0, 255]);
    page.js("window.is_old = true; 0");
    // The page after it was kept, and still is there.
    go(&page, "blue", || {
        page.tab.webview().go_forward(1);
    });
    assert_eq!(page.text("window.survives"), "true");
}

/// A page is kept as a whole or not at all, even if most of it is in a process that goes on.
fn the_process_of_a_frame_in_the_page_before_dies() {
    let first = "<title>first</title><script>
            function add() {
                const frame = document.createElement('iframe');
                frame.src = '{other}/inner';
                frame.onload = () => window.is_there = true;
                frame.style = 'border: 0; width: 50px; height: 40px';
                $('#t').append(frame);
            }
        </script><div id=t style='isolation: isolate; width: 50px; height: 40px'></div>";
    let site = Site::new(&document(first))
        .and("/inner", &document("<body style='background: red'>"))
        .and("/second", &colored("blue"));
    let page = Page::of_site(separate(), site);
    let own = children();
    page.js("add(); window.is_old = true; 0");
    page.wait_for_script("window.is_there");
    go(&page, "blue", || {
        page.js("location = '/second'; 0");
    });
    assert!(children().len() > own.len(), "the frame is kept");
    Surviving::new(&page).assert_unaffected_by_end_of_all_but(&own);
    go(&page, "first", || {
        page.tab.webview().go_back(1);
    });
    page.js("add(); 0");
    page.wait_for_script("window.is_there");
    assert_anew(&page, [255, 0, 0, 255]);
}

/// A page of which nothing comes, at a host.
fn silent(host: &str) -> (TcpListener, Url) {
    // Connections are made, and nobody takes them.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    (listener, Url::parse(&format!("http://{host}:{port}")).expect("a URL"))
}

/// The page that was to come is lost, and the one on screen is not.
fn the_process_of_the_next_page_dies() {
    let page = Page::of_site(separate(), Site::new(&colored("blue")));
    let own = children();
    let surviving = Surviving::new(&page);
    let (_silent, next) = silent("127.0.0.1");
    page.tab.webview().load(next);
    page.wait_for("a process", || children().len() > own.len());
    // The process is told what to load, and begins to.
    page.pass(500);
    surviving.assert_unaffected_by_end_of_all_but(&own);
    // Somewhere else there is something to show.
    page.load(Site::new(&colored("red")));
    assert_anew(&page, [255, 0, 0, 255]);
}

/// The page around it is not lost, nor is what the frame showed.
fn the_process_of_the_next_page_of_a_frame_dies() {
    let frame = "<iframe id=f srcdoc='<body style=\"background: red\">' style='position: absolute;
        left: 100px; top: 0; border: 0; width: 50px; height: 40px'></iframe>";
    let page = Page::of_site(separate(), Site::new(&(colored("blue") + frame)));
    let own = children();
    let surviving = Surviving::new(&page);
    let (_silent, next) = silent("127.0.0.1");
    page.js(&format!("$('#f').contentWindow.location = '{next}'; 0"));
    page.wait_for("a process", || children().len() > own.len());
    page.pass(500);
    surviving.assert_unaffected_by_end_of_all_but(&own);
    page.screen().assert_filled(Rect::new(100, 0, 50, 40), [255, 0, 0, 255]);
}

/// There is nothing to go back to, so the embedder hears of it.
fn the_process_of_the_first_page_dies() {
    let page = Page::with(separate(), "");
    let own = children();
    let (_silent, first) = silent("127.0.0.1");
    let other = Mirror::open(&page, first, (320, 240));
    page.wait_for("a process", || children().len() > own.len());
    page.pass(500);
    assert!(!other.has_crashed());
    kill_all_but(&own);
    page.wait_for("the end", || other.has_crashed());
}
