/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A page in a Servo of its own.

use std::cell::Cell;
use std::time::{Duration, Instant};

use dpi::PhysicalSize;
use euclid::Scale;
use servo::capture::{CaptureSource, ElementLocator};
use servo::{
    DevicePoint, InputEvent, JSValue, MouseButton, MouseButtonAction, MouseButtonEvent, PrefValue,
};
use subcapture_api::State;
use subcapture_shell::embedder::{Headless, HeadlessOptions, Tab};
use url::Url;

use super::frames::{Frame, Recording};
use super::picture::{Picture, Rect};
use super::server::Site;

/// Whatever a test waits for takes far less than this.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// How long to wait for Servo to say that there is something to paint before painting anyway.
const PAINT_INTERVAL: Duration = Duration::from_millis(30);

/// How a page is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Width and height of the viewport in CSS px, before page zoom.
    pub(crate) viewport: (u32, u32),
    pub(crate) dpr: f32,
    pub(crate) zoom: f32,
    /// Whether sites have processes of their own.
    pub(crate) multiprocess: bool,
    /// Whether pages have `MediaStream`.
    pub(crate) streams: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { viewport: (320, 240), dpr: 1., zoom: 1., multiprocess: false, streams: false }
    }
}

/// Fills every `<canvas class=noise>` of a document with pixels that are all different from their
/// neighbors, and has functions for tests.
const PRELUDE: &str = "<!doctype html><meta charset=utf-8><style>body { margin: 0 }</style>
<script>
    const $ = selector => document.querySelector(selector);
    function noise(canvas) {
        const context = canvas.getContext('2d');
        const image = context.createImageData(canvas.width, canvas.height);
        let state = 1;
        for (let i = 0; i < image.data.length; i++) {
            state = Math.imul(state, 1103515245) + 12345;
            image.data[i] = i % 4 == 3 ? 255 : (state >> 16) & 255;
        }
        context.putImageData(image, 0, 0);
    }
    addEventListener('load', () => document.querySelectorAll('canvas.noise').forEach(noise));
    // The box of an element in the viewport of the outermost document that can be reached.
    function box(element) {
        let { left, top, right, bottom } = element.getBoundingClientRect();
        let view = element.ownerDocument.defaultView;
        while (view.frameElement) {
            const frame = view.frameElement, outer = frame.getBoundingClientRect();
            const x = outer.left + frame.clientLeft, y = outer.top + frame.clientTop;
            left = x + Math.max(0, left), top = y + Math.max(0, top);
            right = x + Math.min(frame.clientWidth, right);
            bottom = y + Math.min(frame.clientHeight, bottom);
            view = view.parent;
        }
        return [left, top, right, bottom];
    }
</script>
";

/// A document with what [`Page`] relies on.
pub(crate) fn document(body: &str) -> String {
    format!("{PRELUDE}{body}")
}

/// A page that is shown.
pub(crate) struct Page {
    pub(crate) tab: Tab,
    zoom: Cell<f32>,
    dpr: Cell<f32>,
    multiprocess: bool,
    // After the page: it belongs to this.
    headless: Headless,
}

impl Page {
    /// Show a document of which this is the body.
    pub(crate) fn new(body: &str) -> Self {
        Self::with(Setup::default(), body)
    }

    pub(crate) fn with(setup: Setup, body: &str) -> Self {
        Self::of_site(setup, Site::new(&document(body)))
    }

    pub(crate) fn of_site(setup: Setup, site: Site) -> Self {
        Self::at(setup, site.serve())
    }

    pub(crate) fn at(setup: Setup, url: Url) -> Self {
        let headless = Headless::start(HeadlessOptions {
            viewport: setup.viewport,
            device_pixel_ratio: setup.dpr,
            multiprocess: setup.multiprocess,
            ..HeadlessOptions::default()
        });
        let headless = headless.expect("Servo starts");
        headless.servo().set_preference("dom_webrtc_enabled", PrefValue::Bool(setup.streams));
        let page = Self {
            tab: headless.open(url, setup.zoom),
            dpr: Cell::new(setup.dpr),
            multiprocess: setup.multiprocess,
            zoom: Cell::new(setup.zoom),
            headless,
        };
        page.wait_for_load();
        page
    }

    pub(crate) fn wait_for_load(&self) {
        self.wait_for("the page to load", || self.tab.is_loaded());
        self.settle();
    }

    /// Go to another site and wait until it is shown.
    #[track_caller]
    pub(crate) fn load(&self, site: Site) {
        let url = site.serve();
        self.tab.webview().load(url.clone());
        let is_there = || self.tab.webview().url().as_ref() == Some(&url);
        self.wait_for("the other page", || is_there() && self.tab.is_loaded());
        self.settle();
    }

    /// The Servo that shows the page.
    pub(crate) const fn headless(&self) -> &Headless {
        &self.headless
    }

    /// Close the page. Servo still runs.
    pub(crate) fn close(self) -> Headless {
        self.headless
    }

    /// Wait for something, for at most [`LIMIT`].
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, condition: impl FnMut() -> bool) {
        let met = self.tab.spin_until(Instant::now() + LIMIT, condition);
        assert_eq!(self.tab.crash(), None, "the page crashed");
        assert!(met, "waited in vain for {what}; console: {:?}", self.tab.take_console_messages());
    }

    /// Let time pass.
    pub(crate) fn pass(&self, milliseconds: u64) {
        self.tab.spin_for(Duration::from_millis(milliseconds));
    }

    /// Wait until what the page is told by now is on screen.
    #[track_caller]
    pub(crate) fn settle(&self) {
        if self.multiprocess {
            // Servo's screenshots, which would tell, do not come when a page has documents in
            // several processes.
            self.pass(300);
            return;
        }
        assert!(self.tab.settle(Instant::now() + LIMIT), "the page does not settle");
    }

    /// Press and release the primary button of a mouse at a point of the viewport in device px.
    pub(crate) fn click(&self, x: f32, y: f32) {
        for action in [MouseButtonAction::Down, MouseButtonAction::Up] {
            let point = DevicePoint::new(x, y).into();
            let event = MouseButtonEvent::new(action, MouseButton::Primary, point);
            self.tab.webview().notify_input_event(InputEvent::MouseButton(event));
        }
    }

    pub(crate) fn zoom(&self, zoom: f32) {
        self.begin_zoom(zoom);
        self.settle();
    }

    /// The same, without waiting until it is on screen.
    pub(crate) fn begin_zoom(&self, zoom: f32) {
        self.tab.webview().set_page_zoom(zoom);
        self.zoom.set(zoom);
    }

    /// Change the size of the surface, in device px.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        self.tab.webview().resize(PhysicalSize::new(width, height));
    }

    /// Change the device px per CSS px before page zoom, and not the size in device px.
    pub(crate) fn set_device_pixel_ratio(&self, ratio: f32) {
        self.begin_device_pixel_ratio(ratio);
        self.settle();
    }

    /// The same, without waiting until it is on screen.
    pub(crate) fn begin_device_pixel_ratio(&self, ratio: f32) {
        self.tab.webview().set_hidpi_scale_factor(Scale::new(ratio));
        self.dpr.set(ratio);
    }

    // Script.

    #[track_caller]
    pub(crate) fn js(&self, script: &str) -> JSValue {
        match self.tab.evaluate(script, Instant::now() + LIMIT) {
            Ok(value) => value,
            Err(error) => panic!("{script}: {error:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn text(&self, script: &str) -> String {
        match self.js(&format!("String({script})")) {
            JSValue::String(text) => text,
            other => panic!("{script}: {other:?} is no text"),
        }
    }

    /// What a promise settles to: its value as text, or the name of the error.
    #[track_caller]
    pub(crate) fn settled(&self, promise: &str) -> String {
        self.js(&format!(
            "window.settled = undefined;
            (async () => await ({promise}))()
                .then(value => settled = String(value), error => settled = error.name);
            0"
        ));
        self.wait_for_script("settled !== undefined");
        self.text("settled")
    }

    /// Wait until an expression is true.
    #[track_caller]
    pub(crate) fn wait_for_script(&self, condition: &str) {
        let deadline = Instant::now() + LIMIT;
        while self.js(&format!("Boolean({condition})")) != JSValue::Boolean(true) {
            assert!(Instant::now() < deadline, "waited in vain for {condition}");
            self.pass(5);
        }
    }

    // Captures.

    pub(crate) fn capture(&self, source: CaptureSource) -> Recording {
        Recording::start(self.tab.webview(), source)
    }

    pub(crate) fn crop(&self, selector: &str) -> Recording {
        self.capture(CaptureSource::Crop(ElementLocator::Selector(selector.into())))
    }

    pub(crate) fn restrict(&self, selector: &str) -> Recording {
        self.capture(CaptureSource::Restriction(ElementLocator::Selector(selector.into())))
    }

    /// Wait until this is the state.
    #[track_caller]
    pub(crate) fn wait_for_state(&self, recording: &Recording, state: State) {
        let met = self.tab.spin_until(Instant::now() + LIMIT, || {
            recording.has_started() && recording.state() == state
        });
        assert!(met, "{:?} instead of {state:?}", recording.state());
    }

    /// Frames of what the page shows by now, all of one composite. Whatever was told before is
    /// forgotten.
    #[track_caller]
    pub(crate) fn shoot<const N: usize>(&self, recordings: [&Recording; N]) -> [Frame; N] {
        self.settle();
        let frames = self.shoot_all(&recordings);
        frames.try_into().expect("a frame for each")
    }

    #[track_caller]
    pub(crate) fn shoot_all(&self, recordings: &[&Recording]) -> Vec<Frame> {
        recordings.iter().for_each(|recording| recording.forget());
        let deadline = Instant::now() + LIMIT;
        loop {
            for recording in recordings {
                assert_eq!(recording.start_error(), None);
                recording.capture.request_frame();
            }
            let composites = || {
                let newest = |recording: &&Recording| recording.newest_composite();
                recordings.iter().map(newest).collect::<Option<Vec<_>>>()
            };
            let arrived = || {
                let composites = composites();
                composites.is_some_and(|all| all.iter().all(|composite| *composite == all[0]))
            };
            if self.tab.spin_until(Instant::now() + PAINT_INTERVAL, arrived) {
                let newest = |recording: &&Recording| recording.newest().expect("there is one");
                return recordings.iter().map(newest).collect();
            }
            assert_eq!(self.tab.crash(), None, "the page crashed");
            let states: Vec<_> = recordings.iter().map(|recording| recording.state()).collect();
            assert!(Instant::now() < deadline, "no frame of all: {states:?}, {:?}", composites());
            self.tab.paint();
        }
    }

    // Expectations.

    /// What is on screen, from the framebuffer.
    #[track_caller]
    pub(crate) fn screen(&self) -> Picture {
        let image = self.tab.read_viewport().expect("the framebuffer can be read");
        let side = |side: u32| i32::try_from(side).expect("small");
        Picture::new(side(image.width()), side(image.height()), image.as_raw())
    }

    /// Device px per CSS px.
    pub(crate) fn scale(&self) -> f64 {
        f64::from(self.dpr.get()) * f64::from(self.zoom.get())
    }

    /// The part of an element in the viewport, in device px, as script sees it. `element` is an
    /// expression.
    #[track_caller]
    pub(crate) fn rect_of(&self, element: &str) -> Rect {
        self.device_rect(self.edges_of(&format!("box({element})")))
    }

    /// What an expression for a box in CSS px stands for: left, top, right, bottom.
    #[track_caller]
    pub(crate) fn edges_of(&self, edges: &str) -> [f64; 4] {
        let number = |value: &JSValue| match value {
            JSValue::Number(number) => *number,
            other => panic!("{edges}: {other:?} is no edge"),
        };
        match self.js(edges) {
            JSValue::Array(values) if values.len() == 4 => {
                std::array::from_fn(|index| number(&values[index]))
            }
            other => panic!("{edges}: {other:?} is no box"),
        }
    }

    /// The device px of a box in CSS px: left, top, right, bottom. Edges are rounded.
    pub(crate) fn device_rect(&self, edges: [f64; 4]) -> Rect {
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        let [left, top, right, bottom] = edges.map(|edge| (edge * self.scale()).round() as i32);
        let size = self.screen().rect();
        Rect::new(left, top, right - left, bottom - top).intersection(size)
    }
}
