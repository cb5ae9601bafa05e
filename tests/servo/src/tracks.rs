/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The embedder decides about captures that pages ask for, hears of each for as long as there is
//! one, and no longer: however the page, its process or the captured page comes to its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use servo::DisplayCaptureState::{Ended, Running};
use servo::{
    DevicePoint, DisplayCapture, DisplayCaptureRequest, DisplayCaptureRequestId,
    DisplayCaptureState, InputEvent, JSValue, LoadStatus, MouseButton, MouseButtonAction,
    MouseButtonEvent, PrefValue, WebView, WebViewBuilder, WebViewDelegate,
};
use subcapture_shell::embedder::{Headless, HeadlessOptions};
use url::Url;

use crate::harness::{LIMIT, Site, children, document, kill_all_but, tests};

tests![
    a_capture_that_is_allowed,
    clones_are_part_of_a_capture,
    a_request_that_is_denied,
    a_request_that_is_dropped,
    the_embedder_stops_a_capture,
    the_captured_webview_is_closed,
    the_capturing_webview_is_closed,
    the_capturing_page_is_left,
    the_capturing_frame_is_removed,
    a_page_in_a_process_of_its_own_is_left,
    a_track_that_nobody_has,
    a_track_with_listeners_that_nobody_has,
    the_process_dies,
    a_request_of_a_page_that_is_left,
    a_request_of_a_frame_that_is_removed,
    a_request_of_a_webview_that_is_closed,
    a_request_of_a_process_that_dies,
    an_answered_request_is_not_withdrawn,
    a_worker_is_terminated,
    a_track_that_no_worker_receives,
    the_embedder_stops_a_transferred_capture,
];

/// What a page that captures needs. A click calls `getDisplayMedia()`.
const CAPTURES: &str = "
    <div id=t style='width: 60px; height: 40px; background: lime; isolation: isolate'></div>
    <script>
        let track, error, asks = false, events = [];
        addEventListener('click', async () => {
            if (asks)
                return;
            asks = true;
            try {
                const stream = await navigator.mediaDevices.getDisplayMedia();
                [track] = stream.getVideoTracks();
                track.onended = () => events.push('ended');
            } catch (reason) {
                error = reason.name;
            }
            asks = false;
        });
    </script>";

/// Repaints in every frame.
const MOVES: &str = "<style>
        @keyframes move { to { background: blue } }
        body { animation: move 1s linear infinite alternate; background: red }
    </style>";

/// What the embedder was told about one webview.
#[derive(Default)]
struct Told {
    frame_ready: Cell<bool>,
    requests: RefCell<Vec<DisplayCaptureRequest>>,
    withdrawn: RefCell<Vec<DisplayCaptureRequestId>>,
    changes: RefCell<Vec<(DisplayCapture, DisplayCaptureState)>>,
}

impl Told {
    fn states(&self) -> Vec<DisplayCaptureState> {
        self.changes.borrow().iter().map(|(_, state)| *state).collect()
    }

    fn is_asked(&self) -> bool {
        !self.requests.borrow().is_empty()
    }
}

impl WebViewDelegate for Told {
    fn notify_new_frame_ready(&self, _: WebView) {
        self.frame_ready.set(true);
    }

    fn request_display_capture(&self, _: WebView, request: DisplayCaptureRequest) {
        self.requests.borrow_mut().push(request);
    }

    fn notify_display_capture_request_withdrawn(&self, _: WebView, id: DisplayCaptureRequestId) {
        self.withdrawn.borrow_mut().push(id);
    }

    fn notify_display_capture_changed(
        &self,
        webview: WebView,
        capture: DisplayCapture,
        state: DisplayCaptureState,
    ) {
        assert_eq!(webview.id(), capture.webview_id(), "it is the captured one that is told");
        self.changes.borrow_mut().push((capture, state));
    }
}

/// A webview that belongs to the test.
struct Tab {
    webview: WebView,
    told: Rc<Told>,
}

/// A Servo in which pages may ask to capture.
struct Browser {
    tabs: RefCell<Vec<(WebView, Rc<Told>)>>,
    /// Whose rendering context all tabs have.
    first: subcapture_shell::embedder::Tab,
    headless: Headless,
}

impl Browser {
    fn start() -> Self {
        Self::with_processes(false)
    }

    fn with_processes(multiprocess: bool) -> Self {
        let options =
            HeadlessOptions { viewport: (320, 240), multiprocess, ..HeadlessOptions::default() };
        let headless = Headless::start(options).expect("Servo starts");
        headless.servo().set_preference("dom_webrtc_enabled", PrefValue::Bool(true));
        let blank = Url::parse("about:blank").expect("a URL");
        Self { tabs: RefCell::default(), first: headless.open(blank, 1.), headless }
    }

    /// Open a page and give it the focus.
    #[track_caller]
    fn open(&self, site: Site) -> Tab {
        let told = Rc::new(Told::default());
        let context = self.first.webview().rendering_context();
        let webview = WebViewBuilder::new(self.headless.servo(), context)
            .delegate(told.clone())
            .url(site.serve())
            .build();
        self.tabs.borrow_mut().push((webview.clone(), told.clone()));
        self.first.webview().hide();
        webview.show();
        webview.set_focused(true);
        let tab = Tab { webview, told };
        self.wait_for_load(&tab);
        tab
    }

    #[track_caller]
    fn wait_for_load(&self, tab: &Tab) {
        self.wait_for("the page to load", || tab.webview.load_status() == LoadStatus::Complete);
        // A page that nothing was painted of cannot be clicked.
        self.pass(100);
    }

    #[track_caller]
    fn leave(&self, tab: &Tab) {
        tab.webview.load(Site::new("<p>another page").serve());
    }

    fn close(&self, tab: Tab) -> Rc<Told> {
        self.tabs.borrow_mut().retain(|(webview, _)| webview.id() != tab.webview.id());
        tab.told
    }

    fn spin(&self) {
        self.headless.servo().spin_event_loop();
        let tabs = self.tabs.borrow().clone();
        for (webview, told) in tabs {
            if told.frame_ready.take() {
                webview.paint();
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }

    fn spin_until(&self, mut condition: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + LIMIT;
        while !condition() {
            if Instant::now() > deadline {
                return false;
            }
            self.spin();
        }
        true
    }

    #[track_caller]
    fn wait_for(&self, what: &str, condition: impl FnMut() -> bool) {
        assert!(self.spin_until(condition), "waited in vain for {what}");
    }

    fn pass(&self, milliseconds: u64) {
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        while Instant::now() < deadline {
            self.spin();
        }
    }

    fn js(&self, tab: &Tab, script: &str) -> JSValue {
        let result = Rc::new(RefCell::new(None));
        let answer = result.clone();
        tab.webview.evaluate_javascript(script, move |value| {
            answer.replace(Some(value));
        });
        assert!(self.spin_until(|| result.borrow().is_some()), "{script}: no answer");
        match result.take() {
            Some(Ok(value)) => value,
            other => panic!("{script}: {other:?}"),
        }
    }

    #[track_caller]
    fn text(&self, tab: &Tab, script: &str) -> String {
        match self.js(tab, &format!("String({script})")) {
            JSValue::String(text) => text,
            other => panic!("{script}: {other:?} is no text"),
        }
    }

    #[track_caller]
    fn wait_for_text(&self, tab: &Tab, script: &str, expected: &str) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let text = self.text(tab, script);
            if text == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{script} is {text} and not {expected}");
            self.pass(5);
        }
    }

    /// Have the page ask to capture.
    #[track_caller]
    fn click(&self, tab: &Tab, (x, y): (f32, f32)) {
        for action in [MouseButtonAction::Down, MouseButtonAction::Up] {
            let event =
                MouseButtonEvent::new(action, MouseButton::Primary, DevicePoint::new(x, y).into());
            tab.webview.notify_input_event(InputEvent::MouseButton(event));
        }
    }

    #[track_caller]
    fn ask(&self, tab: &Tab) -> DisplayCaptureRequest {
        self.ask_at(tab, (20., 20.))
    }

    #[track_caller]
    fn ask_at(&self, tab: &Tab, point: (f32, f32)) -> DisplayCaptureRequest {
        let deadline = Instant::now() + LIMIT;
        while !tab.told.is_asked() {
            assert!(Instant::now() < deadline, "waited in vain for a request");
            // Clicks are lost on a page that was not painted yet. The page asks once.
            self.click(tab, point);
            self.pass(200);
        }
        let mut requests = tab.told.requests.borrow_mut();
        assert_eq!(requests.len(), 1, "one request for each call");
        requests.remove(0)
    }

    /// Let a page capture a tab, and wait until it has its track.
    #[track_caller]
    fn capture(&self, tab: &Tab, captured: &Tab) -> DisplayCapture {
        let capture = self.ask(tab).allow(&captured.webview).expect("the webview is there");
        self.wait_for_text(tab, "track?.readyState", "live");
        self.wait_for("the beginning", || captured.told.states() == [Running]);
        assert!(captured.told.changes.borrow()[0].0 == capture);
        capture
    }

    /// Servo would wait for the end of processes that are not there any more.
    fn leave_running(self) {
        std::mem::forget(self);
        kill_all_but(&[]);
    }

    #[track_caller]
    fn wait_for_end(&self, captured: &Rc<Told>) {
        self.wait_for("the end", || captured.states() == [Running, Ended]);
        // Nothing is told twice.
        self.pass(50);
        assert_eq!(captured.states(), [Running, Ended]);
    }
}

fn captures() -> Site {
    Site::new(&document(CAPTURES))
}

fn moves() -> Site {
    Site::new(&document(MOVES))
}

fn a_capture_that_is_allowed() {
    let browser = Browser::start();
    let page = browser.open(captures());
    let request = browser.ask(&page);
    assert!(request.origin().ascii_serialization().starts_with("http://localhost:"));
    assert!(!request.options().audio);
    assert_eq!(request.surfaces()[0].id(), page.webview.id(), "the page itself comes first");
    assert_eq!(request.surfaces().len(), 2);
    assert!(!request.is_withdrawn());
    assert_eq!(page.told.states(), [], "nothing is captured before there is an answer");
    request.allow(&page.webview).expect("the webview is there");
    browser.wait_for_text(&page, "track?.readyState", "live");
    browser.wait_for("the beginning", || page.told.states() == [Running]);
    browser.js(&page, "track.stop(); 0");
    browser.wait_for_end(&page.told);
    assert_eq!(browser.text(&page, "events"), "", "stop() fires no event");
}

fn clones_are_part_of_a_capture() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.capture(&page, &page);
    browser.js(&page, "copy = track.clone(); other = copy.clone(); track.stop(); 0");
    browser.pass(100);
    browser.js(&page, "other.stop(); 0");
    browser.pass(100);
    assert_eq!(page.told.states(), [Running]);
    browser.js(&page, "copy.stop(); 0");
    browser.wait_for_end(&page.told);
}

fn a_request_that_is_denied() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.ask(&page).deny();
    browser.wait_for_text(&page, "error", "NotAllowedError");
    assert_eq!(page.told.states(), []);
    assert_eq!(*page.told.withdrawn.borrow(), []);
}

fn a_request_that_is_dropped() {
    let browser = Browser::start();
    let page = browser.open(captures());
    drop(browser.ask(&page));
    browser.wait_for_text(&page, "error", "NotAllowedError");
    // The page may ask again.
    browser.capture(&page, &page);
}

fn the_embedder_stops_a_capture() {
    let browser = Browser::start();
    let page = browser.open(captures());
    let capture = browser.capture(&page, &page);
    browser.js(&page, "copy = track.clone(); copy.onended = () => events.push('copy'); 0");
    browser.js(&page, "CropTarget.fromElement($('#t')).then(target => window.target = target); 0");
    browser.wait_for_text(&page, "window.target", "[object CropTarget]");
    capture.stop();
    browser.wait_for_end(&page.told);
    browser.wait_for_text(&page, "events.sort()", "copy,ended");
    assert_eq!(browser.text(&page, "[track.readyState, copy.readyState]"), "ended,ended");
    browser.js(&page, "track.cropTo(target).catch(reason => error = reason.name); 0");
    browser.wait_for_text(&page, "error", "InvalidStateError");
}

/// Calls that wait when the captured page goes away are settled.
fn the_captured_webview_is_closed() {
    let browser = Browser::start();
    let captured = browser.open(moves());
    let page = browser.open(captures());
    browser.capture(&page, &captured);
    browser.js(&page, "applied = track.applyConstraints({ width: 50 }).then(() => 'applied'); 0");
    browser.close(captured);
    browser.wait_for_text(&page, "events", "ended");
    assert_eq!(browser.text(&page, "track.readyState"), "ended");
    browser.js(&page, "applied.then(result => error = result); 0");
    browser.wait_for_text(&page, "error", "applied");
}

fn the_capturing_webview_is_closed() {
    let browser = Browser::start();
    let captured = browser.open(moves());
    let page = browser.open(captures());
    browser.capture(&page, &captured);
    browser.close(page);
    browser.wait_for_end(&captured.told);
}

fn is_left(multiprocess: bool) {
    let browser = Browser::with_processes(multiprocess);
    let captured = browser.open(moves());
    let page = browser.open(captures());
    browser.capture(&page, &captured);
    browser.leave(&page);
    browser.wait_for_end(&captured.told);
}

fn the_capturing_page_is_left() {
    is_left(false);
}

fn a_page_in_a_process_of_its_own_is_left() {
    is_left(true);
}

/// A page with a frame that captures.
fn frame() -> Site {
    let style = "border: 0; position: absolute; left: 0; top: 0; width: 200px; height: 200px";
    let index = format!("<iframe src=/frame allow=display-capture style='{style}'></iframe>");
    Site::new(&document(&index)).and("/frame", &document(CAPTURES))
}

fn the_capturing_frame_is_removed() {
    let browser = Browser::start();
    let page = browser.open(frame());
    let request = browser.ask(&page);
    request.allow(&page.webview).expect("the webview is there");
    browser.wait_for("the beginning", || page.told.states() == [Running]);
    browser.js(&page, "$('iframe').remove(); 0");
    browser.wait_for_end(&page.told);
}

/// Makes garbage until there is a collection.
const MAKE_GARBAGE: &str = "for (let i = 0; i < 40; i++) { new Array(50000).fill({}); } 0";

fn a_track_that_nobody_has() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.capture(&page, &page);
    browser.js(&page, "track.onended = null; track = null; 0");
    let deadline = Instant::now() + LIMIT;
    while page.told.states() != [Running, Ended] {
        assert!(Instant::now() < deadline, "nobody collects the track");
        browser.js(&page, MAKE_GARBAGE);
        browser.pass(5);
    }
}

/// Script may still hear of it.
fn a_track_with_listeners_that_nobody_has() {
    let browser = Browser::start();
    let page = browser.open(captures());
    let capture = browser.capture(&page, &page);
    let other = browser.open(captures());
    browser.capture(&other, &other);
    browser.js(&page, "track = null; 0");
    browser.js(&other, "track.onended = null; track = null; 0");
    let deadline = Instant::now() + LIMIT;
    while other.told.states() != [Running, Ended] {
        assert!(Instant::now() < deadline, "nobody collects the other track");
        browser.js(&page, MAKE_GARBAGE);
        browser.js(&other, MAKE_GARBAGE);
        browser.pass(5);
    }
    assert_eq!(page.told.states(), [Running]);
    capture.stop();
    browser.wait_for_text(&page, "events", "ended");
}

/// As the operating system ends it, with nothing said. It is noticed with the next frame, so what
/// is captured has to be on top.
fn the_process_dies() {
    let browser = Browser::with_processes(true);
    let captured = browser.open(moves());
    let others = children();
    let page = browser.open(captures());
    browser.capture(&page, &captured);
    page.webview.hide();
    captured.webview.show();
    kill_all_but(&others);
    browser.wait_for_end(&captured.told);
    browser.leave_running();
}

fn a_request_of_a_page_that_is_left() {
    let browser = Browser::start();
    let captured = browser.open(moves());
    let page = browser.open(captures());
    let request = browser.ask(&page);
    let id = request.id();
    assert!(!request.is_withdrawn());
    browser.leave(&page);
    browser.wait_for("the withdrawal", || request.is_withdrawn());
    assert_eq!(*page.told.withdrawn.borrow(), [id]);
    assert!(request.allow(&captured.webview).is_none(), "nobody is there to be allowed anything");
    browser.pass(100);
    assert_eq!(captured.told.states(), []);
    assert_eq!(*page.told.withdrawn.borrow(), [id]);
}

fn a_request_of_a_frame_that_is_removed() {
    let browser = Browser::start();
    let page = browser.open(frame());
    let request = browser.ask(&page);
    browser.js(&page, "$('iframe').remove(); 0");
    browser.wait_for("the withdrawal", || request.is_withdrawn());
    assert_eq!(*page.told.withdrawn.borrow(), [request.id()]);
}

/// A request keeps no webview open.
fn a_request_of_a_webview_that_is_closed() {
    let browser = Browser::start();
    let captured = browser.open(moves());
    let page = browser.open(captures());
    let request = browser.ask(&page);
    assert_eq!(request.surfaces().len(), 3);
    let told = browser.close(page);
    assert!(request.is_withdrawn());
    assert_eq!(request.surfaces().len(), 2);
    assert!(request.allow(&captured.webview).is_none());
    browser.pass(100);
    assert_eq!(captured.told.states(), []);
    assert_eq!(*told.withdrawn.borrow(), [], "who closes a webview knows it");
}

fn a_request_of_a_process_that_dies() {
    let browser = Browser::with_processes(true);
    let captured = browser.open(moves());
    let others = children();
    let page = browser.open(captures());
    let request = browser.ask(&page);
    kill_all_but(&others);
    browser.pass(500);
    // Whether or not Servo has noticed.
    assert!(request.allow(&captured.webview).is_none());
    browser.pass(100);
    assert_eq!(captured.told.states(), []);
    browser.leave_running();
}

fn an_answered_request_is_not_withdrawn() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.ask(&page).deny();
    browser.wait_for_text(&page, "error", "NotAllowedError");
    browser.leave(&page);
    browser.wait_for_load(&page);
    browser.pass(200);
    assert_eq!(*page.told.withdrawn.borrow(), []);
}

/// Script that starts a worker, which has a track then and reads it.
const IN_A_WORKER: &str = "
    worker = new Worker(URL.createObjectURL(new Blob([`
        onmessage = async ({ data }) => {
            self.track = data;
            track.onended = () => postMessage('ended');
            const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
            (await reader.read()).value.close();
            postMessage('read');
        };`])));
    worker.onmessage = ({ data }) => events.push(data);
    worker.postMessage(track, [track]);
    0";

fn a_worker_is_terminated() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.capture(&page, &page);
    browser.js(&page, IN_A_WORKER);
    browser.wait_for_text(&page, "events", "read");
    assert_eq!(page.told.states(), [Running], "it is the same capture");
    browser.js(&page, "worker.terminate(); 0");
    browser.wait_for_end(&page.told);
}

fn a_track_that_no_worker_receives() {
    let browser = Browser::start();
    let page = browser.open(captures());
    browser.capture(&page, &page);
    browser.js(
        &page,
        "worker = new Worker(URL.createObjectURL(new Blob(['for (;;) {}'])));
        worker.postMessage(track, [track]);
        0",
    );
    browser.pass(200);
    assert_eq!(page.told.states(), [Running], "it may be received yet");
    browser.js(&page, "worker.terminate(); 0");
    browser.wait_for_end(&page.told);
}

fn the_embedder_stops_a_transferred_capture() {
    let browser = Browser::start();
    let page = browser.open(captures());
    let capture = browser.capture(&page, &page);
    browser.js(&page, IN_A_WORKER);
    browser.wait_for_text(&page, "events", "read");
    capture.stop();
    browser.wait_for_text(&page, "events", "read,ended");
    browser.wait_for_end(&page.told);
}
