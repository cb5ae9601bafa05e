/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A page in a Servo of its own.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dpi::PhysicalSize;
use servo::{
    ConsoleLogLevel, LoadStatus, Opts, Preferences, RenderingContext, Servo, ServoBuilder, WebView,
    WebViewBuilder, WebViewDelegate,
};
use url::Url;

#[cfg(feature = "capture")]
use crate::captures::Captures;
use crate::clocks;
use crate::context::UnthrottledContext;
use crate::protocol::{Capture, Change, Report};
use crate::waker::Waker;

/// In device px.
const SURFACE: PhysicalSize<u32> = PhysicalSize::new(1280, 720);
/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);
/// An engine that does nothing for so long has done all that there was to do.
const QUIET: Duration = Duration::from_millis(20);

pub(crate) struct Page {
    #[cfg(feature = "capture")]
    captures: Captures,
    webview: WebView,
    context: Rc<dyn RenderingContext>,
    events: Rc<Events>,
    waker: Waker,
    /// When the last frame was drawn.
    last_paint: Cell<Instant>,
    painted: Cell<u64>,
    servo: Servo,
}

/// What Servo told.
#[derive(Default)]
struct Events {
    is_frame_ready: Cell<bool>,
    /// How many steps the page said it made.
    steps: Cell<u64>,
    failure: RefCell<Option<String>>,
}

impl WebViewDelegate for Events {
    fn notify_new_frame_ready(&self, _: WebView) {
        self.is_frame_ready.set(true);
    }

    fn show_console_message(&self, _: WebView, level: ConsoleLogLevel, text: String) {
        match (level, text.as_str()) {
            (_, "changed") => self.steps.set(self.steps.get() + 1),
            (ConsoleLogLevel::Error, _) => _ = self.failure.replace(Some(text)),
            _ => {}
        }
    }

    fn notify_crashed(&self, _: WebView, reason: String, _: Option<String>) {
        self.failure.replace(Some(reason));
    }
}

impl Page {
    /// Show a page and have all captures running.
    pub(crate) fn open(url: &str, captures: &[Capture]) -> Result<Self, Box<dyn Error>> {
        let context = UnthrottledContext::new(SURFACE);
        let context = context.map_err(|error| format!("no OpenGL context: {error:?}"))?;
        let context: Rc<dyn RenderingContext> = Rc::new(context);
        let waker = Waker::default();
        let events = Rc::new(Events::default());
        let servo = ServoBuilder::default()
            .opts(Opts { temporary_storage: true, ..Opts::default() })
            .preferences(Preferences {
                // As the shell has it.
                gfx_subpixel_text_antialiasing_enabled: false,
                ..Preferences::default()
            })
            .event_loop_waker(Box::new(waker.clone()))
            .build();
        let webview = WebViewBuilder::new(&servo, context.clone())
            .delegate(events.clone())
            .url(Url::parse(url)?)
            .build();
        let page = Self {
            #[cfg(feature = "capture")]
            captures: Captures::start(&webview, &[]),
            webview,
            context,
            events,
            waker,
            last_paint: Cell::new(Instant::now()),
            painted: Cell::new(0),
            servo,
        };
        page.spin_until("the page", || page.webview.load_status() == LoadStatus::Complete)?;
        page.spin_until("a frame", || page.painted.get() > 0)?;
        page.capture(captures)
    }

    #[cfg(feature = "capture")]
    fn capture(mut self, captures: &[Capture]) -> Result<Self, Box<dyn Error>> {
        self.captures = Captures::start(&self.webview, captures);
        let result = self.spin_until("frames of all captures", || self.captures.all_show());
        result.map_err(|error| format!("{error}: {}", self.captures.describe()))?;
        Ok(self)
    }

    #[cfg(not(feature = "capture"))]
    fn capture(self, captures: &[Capture]) -> Result<Self, Box<dyn Error>> {
        if captures.is_empty() { Ok(self) } else { Err("this is built without captures".into()) }
    }

    #[cfg(feature = "capture")]
    fn delivered(&self) -> u64 {
        self.captures.delivered()
    }

    #[cfg(not(feature = "capture"))]
    fn delivered(&self) -> u64 {
        0
    }

    /// Let the page make these steps. Each is drawn, and nothing is left to do, before the next
    /// begins: how often Servo draws a page that animates itself depends on what else the machine
    /// does.
    pub(crate) fn animate(&self, steps: u32, change: Change) -> Result<Report, Box<dyn Error>> {
        let script = format!("step({})", serde_json::to_string(&change)?);
        let mut sum = Report::default();
        for _ in 0..steps {
            let Report { wall, cpu, layout, wakes, painted, delivered } =
                self.observe(|| self.step(&script))?;
            sum.wall += wall;
            sum.cpu += cpu;
            sum.layout += layout;
            sum.wakes += wakes;
            sum.painted += painted;
            sum.delivered += delivered;
        }
        Ok(sum)
    }

    fn step(&self, script: &str) -> Result<(), Box<dyn Error>> {
        let (steps, painted) = (self.events.steps.get(), self.painted.get());
        let events = self.events.clone();
        self.webview.evaluate_javascript(script, move |result| {
            if let Err(error) = result {
                events.failure.replace(Some(format!("{error:?}")));
            }
        });
        self.spin_until("the frame of a step", || {
            self.events.steps.get() > steps && self.painted.get() > painted
        })?;
        while self.waker.wait(QUIET) {
            self.spin();
        }
        Ok(())
    }

    /// Let time pass.
    pub(crate) fn rest(&self, duration: Duration) -> Result<Report, Box<dyn Error>> {
        self.observe(|| {
            let end = Instant::now() + duration;
            loop {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(());
                }
                if self.waker.wait(left) {
                    self.spin();
                }
            }
        })
    }

    fn observe(
        &self,
        act: impl FnOnce() -> Result<(), Box<dyn Error>>,
    ) -> Result<Report, Box<dyn Error>> {
        let (wakes, painted, delivered) =
            (self.waker.count(), self.painted.get(), self.delivered());
        let (start, cpu, layout) = (Instant::now(), clocks::process(), clocks::layout()?);
        act()?;
        Ok(Report {
            wall: self.last_paint.get().saturating_duration_since(start),
            cpu: clocks::process().saturating_sub(cpu),
            layout: clocks::layout()?.saturating_sub(layout),
            wakes: self.waker.count() - wakes,
            painted: self.painted.get() - painted,
            delivered: self.delivered() - delivered,
        })
    }

    /// Let Servo do what is there to do, and draw if there is something new.
    fn spin(&self) {
        self.servo.spin_event_loop();
        if self.events.is_frame_ready.take() {
            self.webview.paint();
            // What GL has to do for the frame belongs to the frame.
            self.context.gleam_gl_api().finish();
            self.context.present();
            self.last_paint.set(Instant::now());
            self.painted.set(self.painted.get() + 1);
        }
    }

    fn spin_until(&self, what: &str, is_there: impl Fn() -> bool) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.spin();
            if let Some(failure) = self.events.failure.take() {
                return Err(failure.into());
            }
            if is_there() {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("waited in vain for {what}").into());
            }
            self.waker.wait(left);
        }
    }
}
