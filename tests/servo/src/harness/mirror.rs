/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A second page in the same Servo.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dpi::PhysicalSize;
use euclid::Scale;
use servo::{
    JSValue, LoadStatus, RenderingContext, SoftwareRenderingContext, WebView, WebViewBuilder,
    WebViewDelegate,
};
use url::Url;

use super::page::Page;
use super::picture::Picture;

/// A page in a rendering context of its own, that is told the same as another one.
pub(crate) struct Mirror {
    webview: WebView,
    events: Rc<Events>,
}

#[derive(Default)]
struct Events {
    frame_ready: Cell<bool>,
    has_crashed: Cell<bool>,
}

impl WebViewDelegate for Events {
    fn notify_new_frame_ready(&self, _: WebView) {
        self.frame_ready.set(true);
    }

    fn notify_crashed(&self, _: WebView, _: String, _: Option<String>) {
        self.has_crashed.set(true);
    }
}

/// Something that is there later.
pub(crate) struct Answer<T>(Rc<RefCell<Option<T>>>);

impl<T> Answer<T> {
    fn new() -> (Self, impl FnOnce(T)) {
        let answer = Rc::new(RefCell::new(None));
        (Self(answer.clone()), move |value| {
            answer.replace(Some(value));
        })
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.borrow().is_some()
    }

    pub(crate) fn take(self) -> T {
        self.0.take().expect("it was waited for")
    }
}

impl Mirror {
    /// Begin to load a page beside this one, of this size in device px.
    pub(crate) fn open(page: &Page, url: Url, size: (u32, u32)) -> Self {
        let context = SoftwareRenderingContext::new(PhysicalSize::new(size.0, size.1));
        Self::on(page, url, Rc::new(context.expect("a context")))
    }

    /// Begin to load a page in this rendering context.
    pub(crate) fn on(page: &Page, url: Url, context: Rc<dyn RenderingContext>) -> Self {
        let events = Rc::new(Events::default());
        let webview = WebViewBuilder::new(page.headless().servo(), context)
            .delegate(events.clone())
            .url(url)
            .build();
        Self { webview, events }
    }

    /// Servo's handle to the page.
    pub(crate) const fn webview(&self) -> &WebView {
        &self.webview
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.webview.load_status() == LoadStatus::Complete
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.events.has_crashed.get()
    }

    pub(crate) fn resize(&self, size: (u32, u32), device_pixel_ratio: f32) {
        self.webview.set_hidpi_scale_factor(Scale::new(device_pixel_ratio));
        self.webview.resize(PhysicalSize::new(size.0, size.1));
    }

    /// Paint if there is something new. The event loop is spun by the page beside.
    pub(crate) fn paint(&self) {
        if self.events.frame_ready.take() {
            self.webview.paint();
        }
    }

    /// Run a script, which has to succeed.
    pub(crate) fn run(&self, script: &str) -> Answer<JSValue> {
        let (answer, reply) = Answer::new();
        let source = script.to_owned();
        self.webview.evaluate_javascript(script, move |result| match result {
            Ok(value) => reply(value),
            Err(error) => panic!("{source}: {error:?}"),
        });
        answer
    }

    /// What is on screen once everything that it is told by now is.
    pub(crate) fn picture(&self) -> Answer<Picture> {
        let (answer, reply) = Answer::new();
        self.webview.take_screenshot(None, move |result| {
            let image = result.expect("a screenshot");
            let [width, height] = [image.width(), image.height()].map(u32::cast_signed);
            reply(Picture::new(width, height, image.as_raw()));
        });
        answer
    }
}
