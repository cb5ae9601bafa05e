/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Servo without a window.
//!
//! A [`Headless`] is a running Servo, a [`Tab`] a page in it. Nothing happens but while the event
//! loop is spun, which everything that waits does.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dpi::PhysicalSize;
use euclid::Scale;
use servo::{
    ConsoleLogLevel, DeviceIntRect, DevicePoint, DisplayCaptureRequest, InputEvent, JSValue,
    JavaScriptEvaluationError, LoadStatus, Opts, Preferences, RenderingContext, RgbaImage, Servo,
    ServoBuilder, WebView, WebViewBuilder, WebViewDelegate, WheelDelta, WheelEvent, WheelMode,
};
use url::Url;

use crate::gl::{GlDriver, HeadlessRenderingContext};
use crate::waker::Waker;

/// How long to sleep at most between two turns of the event loop. Servo wakes us before.
const LONGEST_SLEEP: Duration = Duration::from_millis(10);

/// How a headless Servo runs.
#[derive(Clone, Debug)]
pub struct HeadlessOptions {
    /// Width and height of the viewport in CSS px, before page zoom.
    pub viewport: (u32, u32),
    /// Device px per CSS px, before page zoom.
    pub device_pixel_ratio: f32,
    /// What to render with.
    pub gl: GlDriver,
    /// Whether content runs in processes of its own. The program has to have called
    /// [`subcapture_media::install`] and [`servo::run_content_process`] when it was started with
    /// `--content-process`.
    pub multiprocess: bool,
}

impl Default for HeadlessOptions {
    fn default() -> Self {
        Self {
            viewport: (1280, 720),
            device_pixel_ratio: 1.0,
            gl: GlDriver::Software,
            multiprocess: false,
        }
    }
}

impl HeadlessOptions {
    /// The viewport in device px.
    fn device_size(&self) -> PhysicalSize<u32> {
        let (width, height) = self.viewport;
        let size = PhysicalSize::new(f64::from(width), f64::from(height));
        let ratio = f64::from(self.device_pixel_ratio);
        PhysicalSize::new(
            (size.width * ratio).round().max(1.0),
            (size.height * ratio).round().max(1.0),
        )
        .cast()
    }
}

/// Servo did not start.
#[derive(Debug)]
pub struct HeadlessError(surfman::Error);

impl fmt::Display for HeadlessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no OpenGL context can be made: {:?}", self.0)
    }
}

impl std::error::Error for HeadlessError {}

/// A running Servo. A process can have only one, once.
pub struct Headless {
    servo: Servo,
    context: Rc<dyn RenderingContext>,
    options: HeadlessOptions,
    waker: Waker,
}

impl Headless {
    /// Start Servo. It changes the environment of the process, so do it before there are other
    /// threads that may look at that.
    ///
    /// # Errors
    ///
    /// [`HeadlessError`] when there is no OpenGL to render with.
    pub fn start(options: HeadlessOptions) -> Result<Self, HeadlessError> {
        let context = HeadlessRenderingContext::new(options.gl, options.device_size())
            .map_err(HeadlessError)?;
        let context: Rc<dyn RenderingContext> = Rc::new(context);
        let waker = Waker::default();
        subcapture_media::install();
        let servo = ServoBuilder::default()
            .opts(Opts {
                multiprocess: options.multiprocess,
                // Nothing of one run is there in the next.
                temporary_storage: true,
                ..Opts::default()
            })
            .preferences(preferences())
            .event_loop_waker(Box::new(waker.clone()))
            .build();
        Ok(Self { servo, context, options, waker })
    }

    /// Servo itself.
    pub const fn servo(&self) -> &Servo {
        &self.servo
    }

    /// Begin to load a page, at this page zoom.
    pub fn open(&self, url: Url, page_zoom: f32) -> Tab {
        let events = Rc::new(Events::default());
        let webview = WebViewBuilder::new(&self.servo, self.context.clone())
            .delegate(events.clone())
            .hidpi_scale_factor(Scale::new(self.options.device_pixel_ratio))
            .url(url)
            .build();
        webview.set_page_zoom(page_zoom);
        Tab {
            webview,
            servo: self.servo.clone(),
            context: self.context.clone(),
            events,
            waker: self.waker.clone(),
        }
    }
}

pub(crate) fn preferences() -> Preferences {
    let mut preferences = Preferences {
        // What is captured is seen on other screens than this one, which there is none of: colored
        // edges would be wrong there, and cannot be had where an element lets its backdrop through.
        gfx_subpixel_text_antialiasing_enabled: false,
        ..Preferences::default()
    };
    // As in every browser, the machine itself is not asked for through a proxy.
    let no_proxy = &mut preferences.network_http_no_proxy;
    if !no_proxy.is_empty() {
        no_proxy.push(',');
    }
    no_proxy.push_str("localhost,127.0.0.1,::1");
    preferences
}

/// What a page said.
#[derive(Clone, Debug)]
pub struct ConsoleMessage {
    /// The method of `console`.
    pub level: ConsoleLogLevel,
    /// The text.
    pub text: String,
}

/// What Servo told about a page.
#[derive(Default)]
struct Events {
    frame_ready: Cell<bool>,
    crash: RefCell<Option<String>>,
    console: RefCell<Vec<ConsoleMessage>>,
    /// What the page gets when it asks for a display to capture the next time.
    display: RefCell<Option<WebView>>,
}

impl WebViewDelegate for Events {
    fn notify_new_frame_ready(&self, _: WebView) {
        self.frame_ready.set(true);
    }

    fn notify_crashed(&self, _: WebView, reason: String, _: Option<String>) {
        self.crash.replace(Some(reason));
    }

    fn show_console_message(&self, _: WebView, level: ConsoleLogLevel, text: String) {
        self.console.borrow_mut().push(ConsoleMessage { level, text });
    }

    fn request_display_capture(&self, _: WebView, request: DisplayCaptureRequest) {
        // Without an answer, the request is denied.
        if let Some(display) = self.display.take() {
            request.allow(&display);
        }
    }
}

/// A script had no result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The page did not answer in time, or was left before it could.
    TimedOut,
    /// The script did not run to its end.
    Script(JavaScriptEvaluationError),
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the page did not answer"),
            Self::Script(JavaScriptEvaluationError::EvaluationFailure(Some(info))) => {
                f.write_str(&info.message)
            }
            Self::Script(error) => write!(f, "{error:?}"),
        }
    }
}

impl std::error::Error for EvaluateError {}

/// A page. Dropping it closes it.
pub struct Tab {
    webview: WebView,
    servo: Servo,
    context: Rc<dyn RenderingContext>,
    events: Rc<Events>,
    waker: Waker,
}

impl Tab {
    /// Servo's handle to the page.
    pub const fn webview(&self) -> &WebView {
        &self.webview
    }

    /// Whether the document and everything in it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.webview.load_status() == LoadStatus::Complete
    }

    /// Why the page's process or thread came to its end, if it did.
    pub fn crash(&self) -> Option<String> {
        self.events.crash.borrow().clone()
    }

    /// What the page wrote to its console since this was last asked.
    pub fn take_console_messages(&self) -> Vec<ConsoleMessage> {
        self.events.console.take()
    }

    /// Let the page capture a webview when it asks for a display the next time. Nobody is there to
    /// choose one, so without this it gets none.
    pub fn allow_display_capture(&self, display: &WebView) {
        self.events.display.replace(Some(display.clone()));
    }

    /// Let Servo do what is there to do, and paint if the page has a new frame. Returns whether it
    /// had.
    pub fn spin(&self) -> bool {
        self.servo.spin_event_loop();
        let painted = self.events.frame_ready.take();
        if painted {
            self.webview.paint();
        }
        painted
    }

    /// Spin until `condition` holds, looking after each turn of the event loop. Returns whether it
    /// holds before the deadline.
    pub fn spin_until(&self, deadline: Instant, mut condition: impl FnMut() -> bool) -> bool {
        loop {
            self.spin();
            if condition() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.waker.wait(left.min(LONGEST_SLEEP));
        }
    }

    /// Spin for some time.
    pub fn spin_for(&self, duration: Duration) {
        self.spin_until(Instant::now() + duration, || false);
    }

    /// Paint what Servo has, even if nothing is new.
    pub fn paint(&self) {
        self.events.frame_ready.set(false);
        self.webview.paint();
    }

    /// Run a script in the page and wait for the value of its last statement.
    ///
    /// # Errors
    ///
    /// [`EvaluateError`] when there is no such value before the deadline.
    pub fn evaluate(&self, script: &str, deadline: Instant) -> Result<JSValue, EvaluateError> {
        let result = Rc::new(RefCell::new(None));
        let answer = result.clone();
        self.webview.evaluate_javascript(script, move |value| {
            answer.replace(Some(value));
        });
        self.spin_until(deadline, || result.borrow().is_some());
        match result.take() {
            Some(value) => value.map_err(EvaluateError::Script),
            None => Err(EvaluateError::TimedOut),
        }
    }

    /// Wait until everything that the page shows is loaded, images and fonts included, and is on
    /// screen. Returns whether that is so before the deadline.
    pub fn settle(&self, deadline: Instant) -> bool {
        let settled = Rc::new(Cell::new(false));
        let answer = settled.clone();
        self.webview.take_screenshot(None, move |_| answer.set(true));
        self.spin_until(deadline, || settled.get())
    }

    /// What was painted last: straight from the rendering context, top row first.
    pub fn read_viewport(&self) -> Option<RgbaImage> {
        self.context.make_current().ok()?;
        let size = self.context.size2d().to_i32();
        self.context.read_to_image(DeviceIntRect::from_size(size))
    }

    /// Turn the wheel over a point: positive distances, in device px, scroll up and to the left.
    pub fn turn_wheel(&self, point: DevicePoint, x: f64, y: f64) {
        let delta = WheelDelta { x, y, z: 0.0, mode: WheelMode::DeltaPixel };
        self.webview.notify_input_event(InputEvent::Wheel(WheelEvent::new(delta, point.into())));
    }
}
