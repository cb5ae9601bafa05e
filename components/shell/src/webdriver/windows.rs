/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The windows, and what Servo tells about them.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use dpi::PhysicalSize;
use euclid::{Point2D, Scale, Size2D};
use servo::{
    ConsoleLogLevel, CreateNewWebViewRequest, DeviceIndependentIntRect, DeviceIndependentPixel,
    DisplayCapture, DisplayCaptureRequest, DisplayCaptureState, EmbedderControl, InputEventId,
    InputEventResult, LoadStatus, RenderingContext, Servo, SimpleDialog, TraversalId, WebView,
    WebViewBuilder, WebViewDelegate, WebViewId,
};
use url::Url;

use super::captures::Captures;
use super::waiting::Waiting;
use crate::gl::HeadlessRenderingContext;

struct Window {
    webview: WebView,
    frame_ready: Cell<bool>,
    prompt: RefCell<Option<SimpleDialog>>,
}

/// All windows. Each has a rendering context, and so a size, of its own.
pub(super) struct Windows {
    this: Weak<Self>,
    /// Renders nothing; the contexts of windows are made after it.
    context: HeadlessRenderingContext,
    device_pixel_ratio: f32,
    writes_console: bool,
    list: RefCell<Vec<Rc<Window>>>,
    selected: Cell<Option<WebViewId>>,
    waiting: RefCell<Waiting>,
    captures: Captures,
    crash: RefCell<Option<String>>,
}

impl Windows {
    /// No windows yet; each will have the size of `context`.
    pub(super) fn new(
        context: HeadlessRenderingContext,
        device_pixel_ratio: f32,
        writes_console: bool,
    ) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            context,
            device_pixel_ratio,
            writes_console,
            list: RefCell::default(),
            selected: Cell::default(),
            waiting: RefCell::default(),
            captures: Captures::default(),
            crash: RefCell::default(),
        })
    }

    /// Open a window with an empty document. `None` without the memory for its surface.
    pub(super) fn open(&self, servo: &Servo) -> Option<WebView> {
        let builder = WebViewBuilder::new(servo, self.new_context()?);
        let url = Url::parse("about:blank").ok()?;
        Some(self.add(builder.url(url)))
    }

    fn new_context(&self) -> Option<Rc<dyn RenderingContext>> {
        let context = self.context.sibling(self.context.size()).ok()?;
        Some(Rc::new(context))
    }

    fn add(&self, builder: WebViewBuilder) -> WebView {
        let delegate = self.this.upgrade().expect("whoever calls this has a reference");
        let webview = builder
            .delegate(delegate)
            .hidpi_scale_factor(Scale::new(self.device_pixel_ratio))
            .build();
        webview.show();
        self.list.borrow_mut().push(Rc::new(Window {
            webview: webview.clone(),
            frame_ready: Cell::default(),
            prompt: RefCell::default(),
        }));
        webview
    }

    fn window(&self, id: WebViewId) -> Option<Rc<Window>> {
        self.list.borrow().iter().find(|window| window.webview.id() == id).cloned()
    }

    /// The page in a window, if that is open.
    pub(super) fn webview(&self, id: WebViewId) -> Option<WebView> {
        Some(self.window(id)?.webview.clone())
    }

    /// All that are open, in the order in which they were opened.
    pub(super) fn ids(&self) -> Vec<WebViewId> {
        self.list.borrow().iter().map(|window| window.webview.id()).collect()
    }

    /// Close a window, if it is open.
    pub(super) fn close(&self, id: WebViewId) {
        let window = self.window(id);
        self.list.borrow_mut().retain(|window| window.webview.id() != id);
        if self.selected.get() == Some(id) {
            self.selected.set(None);
        }
        self.waiting.borrow_mut().notify_loaded(id);
        // Only now, when nothing is borrowed: Servo may tell of it.
        drop(window);
    }

    /// Close all windows.
    pub(super) fn close_all(&self) {
        for id in self.ids() {
            self.close(id);
        }
    }

    /// The window that has the focus: the one that was chosen, or else the newest.
    pub(super) fn selected(&self) -> Option<WebViewId> {
        self.selected.get().or_else(|| self.ids().last().copied())
    }

    /// Give the focus to a window.
    pub(super) fn select(&self, id: WebViewId) {
        let windows = self.list.borrow().clone();
        for window in windows {
            window.webview.set_focused(window.webview.id() == id);
        }
        self.selected.set(Some(id));
    }

    /// Size of the viewport, which is the whole window.
    pub(super) fn size(&self, webview: &WebView) -> Size2D<f32, DeviceIndependentPixel> {
        webview.size() / webview.hidpi_scale_factor()
    }

    /// Where the window is: always at the origin of its screen.
    pub(super) fn rect(&self, webview: &WebView) -> DeviceIndependentIntRect {
        let size = self.size(webview).round().to_i32();
        DeviceIndependentIntRect::from_origin_and_size(Point2D::zero(), size)
    }

    /// Resize a window.
    pub(super) fn resize(&self, webview: &WebView, rect: DeviceIndependentIntRect) {
        let size = rect.size().to_f32() * webview.hidpi_scale_factor();
        let size = size.round().max(Size2D::new(1.0, 1.0)).to_u32();
        webview.resize(PhysicalSize::new(size.width, size.height));
    }

    /// Paint what is new.
    pub(super) fn paint(&self) {
        let windows = self.list.borrow().clone();
        for window in windows.iter().filter(|window| window.frame_ready.take()) {
            window.webview.paint();
        }
    }

    /// Why a page came to its end, if one did.
    pub(super) fn crash(&self) -> Option<String> {
        self.crash.borrow().clone()
    }

    /// Do something with those that wait.
    pub(super) fn with_waiting<T>(&self, act: impl FnOnce(&mut Waiting) -> T) -> T {
        act(&mut self.waiting.borrow_mut())
    }

    /// What pages capture.
    pub(super) const fn captures(&self) -> &Captures {
        &self.captures
    }

    /// Look at the prompt that a page shows.
    pub(super) fn with_prompt<T>(
        &self,
        id: WebViewId,
        look: impl FnOnce(&mut SimpleDialog) -> T,
    ) -> Option<T> {
        let window = self.window(id)?;
        let mut prompt = window.prompt.borrow_mut();
        prompt.as_mut().map(look)
    }

    /// Take the prompt that a page shows, to answer it.
    pub(super) fn take_prompt(&self, id: WebViewId) -> Option<SimpleDialog> {
        self.window(id)?.prompt.take()
    }
}

impl WebViewDelegate for Windows {
    fn notify_new_frame_ready(&self, webview: WebView) {
        if let Some(window) = self.window(webview.id()) {
            window.frame_ready.set(true);
        }
    }

    fn notify_load_status_changed(&self, webview: WebView, status: LoadStatus) {
        if status == LoadStatus::Complete {
            self.waiting.borrow_mut().notify_loaded(webview.id());
        }
    }

    fn notify_traversal_complete(&self, webview: WebView, traversal: TraversalId) {
        let loaded = webview.load_status() == LoadStatus::Complete;
        self.waiting.borrow_mut().notify_traversed(webview.id(), &traversal, loaded);
    }

    fn notify_input_event_handled(&self, _: WebView, id: InputEventId, _: InputEventResult) {
        self.waiting.borrow_mut().notify_input_handled(id);
    }

    fn request_display_capture(&self, _: WebView, request: DisplayCaptureRequest) {
        self.captures.answer(request);
    }

    fn notify_display_capture_changed(
        &self,
        _: WebView,
        capture: DisplayCapture,
        state: DisplayCaptureState,
    ) {
        self.captures.note(&capture, state);
    }

    fn notify_closed(&self, webview: WebView) {
        self.close(webview.id());
    }

    fn notify_crashed(&self, _: WebView, reason: String, backtrace: Option<String>) {
        let backtrace = backtrace.map(|backtrace| format!("\n{backtrace}")).unwrap_or_default();
        self.crash.borrow_mut().get_or_insert(reason + &backtrace);
    }

    fn request_create_new(&self, _: WebView, request: CreateNewWebViewRequest) {
        if let Some(context) = self.new_context() {
            self.add(request.builder(context));
        }
    }

    fn show_embedder_control(&self, webview: WebView, control: EmbedderControl) {
        // Anything but a prompt is dropped, which dismisses it.
        let EmbedderControl::SimpleDialog(prompt) = control else { return };
        let Some(window) = self.window(webview.id()) else { return };
        window.prompt.replace(Some(prompt));
        self.waiting.borrow_mut().notify_blocked(webview.id());
    }

    fn show_console_message(&self, _: WebView, level: ConsoleLogLevel, text: String) {
        if self.writes_console {
            eprintln!("console.{}: {text}", format!("{level:?}").to_lowercase());
        }
    }
}
