/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A capture, and what it gave.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gleam::gl;
use servo::capture::{Capture, CaptureFrame, CaptureSink, CaptureSource, CaptureTexture};
use servo::{RenderingContext, WebView};
use subcapture_api::{Delivery, FrameInfo, PixelFormat, RowOrder, StartError, State};

use super::picture::{Picture, Rect};

/// A frame that was delivered.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) info: FrameInfo,
    pub(crate) picture: Picture,
}

impl Frame {
    /// What it shows of the viewport.
    pub(crate) fn rect(&self) -> Rect {
        let (origin, size) = (self.info.origin, self.info.size);
        Rect::new(origin.x, origin.y, size.width, size.height)
    }
}

/// Something that a capture told.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    State(State),
    Frame(Frame),
}

#[derive(Default)]
struct Sink {
    started: Cell<bool>,
    start_error: RefCell<Option<StartError>>,
    events: RefCell<Vec<Event>>,
    /// How frames have to come.
    delivery: Cell<Delivery>,
    context: Option<Rc<dyn RenderingContext>>,
}

impl Sink {
    fn push(&self, info: FrameInfo, pixels: &[u8]) {
        let picture = Picture::new(info.size.width, info.size.height, pixels);
        self.events.borrow_mut().push(Event::Frame(Frame { info, picture }));
    }
}

impl CaptureSink for Sink {
    fn notify_started(&self) {
        self.started.set(true);
    }

    fn notify_start_failed(&self, error: StartError) {
        self.start_error.replace(Some(error));
    }

    fn notify_state_changed(&self, state: State) {
        self.events.borrow_mut().push(Event::State(state));
    }

    fn notify_frame(&self, frame: CaptureFrame) {
        let CaptureFrame { info, pixels } = frame;
        assert_eq!(self.delivery.get(), Delivery::Memory(info.format));
        assert_eq!(info.rows, RowOrder::TopDown);
        self.push(info, &pixels);
    }

    fn notify_texture(&self, frame: CaptureTexture) {
        let CaptureTexture { info, texture } = frame;
        assert_eq!(self.delivery.get(), Delivery::Texture);
        assert_eq!((info.format, info.rows), (PixelFormat::default(), RowOrder::BottomUp));
        let context = self.context.as_deref().expect("a context");
        self.push(info, &read(context, texture, info.size.width, info.size.height));
    }
}

/// The pixels of a texture, the top row first.
fn read(context: &dyn RenderingContext, texture: u32, width: i32, height: i32) -> Vec<u8> {
    let gl = context.gleam_gl_api();
    let framebuffer = gl.gen_framebuffers(1)[0];
    gl.bind_framebuffer(gl::FRAMEBUFFER, framebuffer);
    let target = gl::COLOR_ATTACHMENT0;
    gl.framebuffer_texture_2d(gl::FRAMEBUFFER, target, gl::TEXTURE_2D, texture, 0);
    assert_eq!(gl.check_frame_buffer_status(gl::FRAMEBUFFER), gl::FRAMEBUFFER_COMPLETE);
    let pixels = gl.read_pixels(0, 0, width, height, gl::RGBA, gl::UNSIGNED_BYTE);
    gl.delete_framebuffers(&[framebuffer]);
    context.prepare_for_rendering();
    let stride = usize::try_from(width).expect("positive") * 4;
    pixels.chunks_exact(stride).rev().flatten().copied().collect()
}

/// A running capture and everything that it told.
pub(crate) struct Recording {
    pub(crate) capture: Capture,
    sink: Rc<Sink>,
}

impl Recording {
    pub(crate) fn start(webview: &WebView, source: CaptureSource) -> Self {
        // Not the webview: it closes with its last handle.
        let context = Some(webview.rendering_context());
        let sink = Rc::new(Sink { context, ..Sink::default() });
        let capture = webview.capture(source, sink.clone());
        Self { capture, sink }
    }

    /// Have frames delivered in another way.
    pub(crate) fn deliver(&self, delivery: Delivery) {
        self.sink.delivery.set(delivery);
        self.capture.set_delivery(delivery);
    }

    pub(crate) fn has_started(&self) -> bool {
        self.sink.started.get()
    }

    pub(crate) fn start_error(&self) -> Option<StartError> {
        self.sink.start_error.borrow().clone()
    }

    pub(crate) fn state(&self) -> State {
        self.capture.state()
    }

    /// Everything since it was last forgotten, in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.sink.events.borrow().clone()
    }

    /// The frames since they were last forgotten.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        let frame = |event: &Event| match event {
            Event::Frame(frame) => Some(frame.clone()),
            Event::State(_) => None,
        };
        self.sink.events.borrow().iter().filter_map(frame).collect()
    }

    pub(crate) fn frame_count(&self) -> usize {
        self.sink.events.borrow().iter().filter(|event| matches!(event, Event::Frame(_))).count()
    }

    /// The states since they were last forgotten.
    pub(crate) fn states(&self) -> Vec<State> {
        let state = |event: &Event| match event {
            Event::State(state) => Some(*state),
            Event::Frame(_) => None,
        };
        self.sink.events.borrow().iter().filter_map(state).collect()
    }

    /// The newest frame.
    pub(crate) fn newest(&self) -> Option<Frame> {
        self.frames().pop()
    }

    /// What the newest frame shows of the viewport.
    pub(crate) fn newest_rect(&self) -> Option<Rect> {
        let events = self.sink.events.borrow();
        events.iter().rev().find_map(|event| match event {
            Event::Frame(frame) => Some(frame.rect()),
            Event::State(_) => None,
        })
    }

    /// Which composite the newest frame is of.
    pub(crate) fn newest_composite(&self) -> Option<u64> {
        let events = self.sink.events.borrow();
        events.iter().rev().find_map(|event| match event {
            Event::Frame(frame) => Some(frame.info.composite),
            Event::State(_) => None,
        })
    }

    pub(crate) fn forget(&self) {
        self.sink.events.borrow_mut().clear();
    }
}
