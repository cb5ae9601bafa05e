/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sub-tab capture for the embedder: crop a [`WebView`] to an element, or capture the rendering
//! of one element alone, without JavaScript.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crossbeam_channel::{Receiver, Sender, unbounded};
use embedder_traits::EventLoopWaker;
use euclid::Rect;
use paint::Paint;
use paint::capture::{Event, EventKind};
use paint_api::capture::DocumentCaptureMessage;
use servo_base::generic_channel::GenericCallback;
use servo_base::id::{PainterId, WebViewId};
use servo_constellation_traits::EmbedderToConstellationMessage;
use style_traits::CSSPixel;
pub use subcapture_api as api;
use subcapture_api::{
    Counters, CropTargetId, Delivery, EndReason, FrameInfo, FrameLimits, RestrictionTargetId, SessionId, StartError,
    State, Subject, TargetId, TargetKind, Withheld,
};
use webrender_api::units::DeviceIntRect;

use crate::proxies::ConstellationProxy;
use crate::webview::WebView;

/// What to capture of a [`WebView`].
#[derive(Clone, Debug)]
pub enum CaptureSource {
    /// The whole viewport.
    Viewport,
    /// Whatever is on screen in the bounding box of an element (Region Capture).
    Crop(ElementLocator),
    /// The rendering of an element, without what covers it or lies behind it (Element Capture).
    Restriction(ElementLocator),
}

/// Finds an element.
#[derive(Clone, Debug)]
pub enum ElementLocator {
    /// The first element of the top-level document that matches a CSS selector.
    Selector(String),
    /// The element that a page minted a target for: the bits of the target's id, which is one of
    /// the kind that the [`CaptureSource`] asks for.
    Token(u128),
}

/// Consumes what a capture produces. Called on the embedder's thread, from
/// [`Servo::spin_event_loop`](crate::Servo::spin_event_loop) and [`WebView::paint`].
pub trait CaptureSink {
    /// The element was found, and the session has started.
    fn notify_started(&self) {}

    /// The capture did not start. Nothing follows.
    fn notify_start_failed(&self, error: StartError);

    /// The capture is in another state than before.
    fn notify_state_changed(&self, _state: State) {}

    /// There is a frame in memory.
    fn notify_frame(&self, frame: CaptureFrame);

    /// There is a frame in a texture, for captures that are delivered so. The texture is one of the
    /// GL context of the [`WebView`]'s rendering context, and it holds this frame until the next
    /// [`WebView::paint`].
    fn notify_texture(&self, _frame: CaptureTexture) {}
}

/// A frame of a capture.
pub struct CaptureFrame {
    /// What the pixels are.
    pub info: FrameInfo,
    /// Pixels of [`FrameInfo::format`]. The top row is first, and nothing is between rows.
    pub pixels: Vec<u8>,
}

/// A frame of a capture in a texture.
pub struct CaptureTexture {
    /// What the pixels are.
    pub info: FrameInfo,
    /// The name of the texture: `GL_TEXTURE_2D`, `GL_RGBA8`, of [`FrameInfo::size`], the bottom row
    /// first. To be read only.
    pub texture: u32,
}

/// Where the element of a capture is in the frame that is on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureGeometry {
    /// The bounding box of the element in CSS px in the viewport of its document, as
    /// `getBoundingClientRect()` gives it.
    pub border_box_css: Rect<f32, CSSPixel>,
    /// What a frame shows, in device px of the rendering context.
    pub device_rect: DeviceIntRect,
}

/// A running capture. It stops when this is dropped.
pub struct Capture(Rc<CaptureInner>);

struct CaptureInner {
    webview_id: WebViewId,
    sink: Rc<dyn CaptureSink>,
    phase: Cell<CapturePhase>,
    delivery: Cell<Delivery>,
    limits: Cell<FrameLimits>,
    paint: Rc<RefCell<Paint>>,
}

/// Captures go through these phases, in this order.
#[derive(Clone, Copy)]
enum CapturePhase {
    /// The document was asked for the element and has not answered.
    Locating,
    /// There is a session in `Paint`.
    Running(SessionId),
    /// The capture failed to start, or has ended.
    Over(EndReason),
}

impl CaptureInner {
    fn session(&self) -> Option<SessionId> {
        match self.phase.get() {
            CapturePhase::Running(session) => Some(session),
            CapturePhase::Locating | CapturePhase::Over(_) => None,
        }
    }
}

impl Capture {
    /// What the capture is doing.
    pub fn state(&self) -> State {
        match self.0.phase.get() {
            CapturePhase::Locating => State::Paused(Withheld::Pending),
            CapturePhase::Running(session) => self
                .0
                .paint
                .borrow()
                .capture_state(self.0.webview_id, session)
                .unwrap_or(State::Paused(Withheld::Pending)),
            CapturePhase::Over(reason) => State::Ended(reason),
        }
    }

    /// What became of the frames so far.
    pub fn counters(&self) -> Counters {
        let paint = self.0.paint.borrow();
        self.0
            .session()
            .and_then(|session| paint.capture_counters(self.0.webview_id, session))
            .unwrap_or_default()
    }

    /// Deliver a frame with the next paint, even if nothing changes. All captures of a rendering
    /// context that are asked before the same paint get frames with the same
    /// [`FrameInfo::composite`].
    pub fn request_frame(&self) {
        if let Some(session) = self.0.session() {
            let paint = self.0.paint.borrow();
            paint.request_capture_frame(self.0.webview_id, session);
        }
    }

    /// Have frames delivered in this way from now on. Without this they are in memory: RGBA,
    /// multiplied by alpha.
    pub fn set_delivery(&self, delivery: Delivery) {
        self.0.delivery.set(delivery);
        if let Some(session) = self.0.session() {
            let paint = self.0.paint.borrow();
            paint.set_capture_delivery(self.0.webview_id, session, delivery);
        }
    }

    /// Limit how often frames are delivered, and how large they are. Without this there are no
    /// limits.
    pub fn set_limits(&self, limits: FrameLimits) {
        self.0.limits.set(limits);
        if let Some(session) = self.0.session() {
            let paint = self.0.paint.borrow();
            paint.limit_capture(self.0.webview_id, session, limits);
        }
    }

    /// Where the element is in the frame on screen. `None` before there is one that shows it, and
    /// for the whole viewport.
    pub fn subject_rect(&self) -> Option<CaptureGeometry> {
        let paint = self.0.paint.borrow();
        let placement = paint.capture_placement(self.0.webview_id, self.0.session()?)?;
        Some(CaptureGeometry {
            border_box_css: placement.bounds.to_rect().cast_unit(),
            device_rect: placement.visible,
        })
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        if let Some(session) = self.0.session() {
            let paint = self.0.paint.borrow();
            paint.stop_capture(self.0.webview_id, session);
        }
        self.0.phase.set(CapturePhase::Over(EndReason::Stopped));
    }
}

impl WebView {
    /// Start a capture of this [`WebView`]. Any number of captures run at once, each on its own.
    pub fn capture(&self, source: CaptureSource, sink: Rc<dyn CaptureSink>) -> Capture {
        self.servo().captures().start(self.id(), source, sink)
    }
}

/// The captures that the embedder started.
pub(crate) struct CaptureRegistry {
    paint: Rc<RefCell<Paint>>,
    constellation_proxy: ConstellationProxy,
    event_loop_waker: Box<dyn EventLoopWaker>,
    captures: RefCell<Vec<Weak<CaptureInner>>>,
    /// Answers of documents, which come on other threads.
    answers: (Sender<Answer>, Receiver<Answer>),
    /// The number of the next capture that asks a document.
    next_question: Cell<u64>,
    /// Captures that wait for the answer to a question.
    locating: RefCell<Vec<(u64, Weak<CaptureInner>)>>,
}

struct Answer {
    question: u64,
    subject: Result<Subject, StartError>,
}

impl CaptureRegistry {
    pub(crate) fn new(
        paint: Rc<RefCell<Paint>>,
        constellation_proxy: ConstellationProxy,
        event_loop_waker: Box<dyn EventLoopWaker>,
    ) -> Self {
        Self {
            paint,
            constellation_proxy,
            event_loop_waker,
            captures: RefCell::default(),
            answers: unbounded(),
            next_question: Cell::default(),
            locating: RefCell::default(),
        }
    }

    fn start(
        &self,
        webview_id: WebViewId,
        source: CaptureSource,
        sink: Rc<dyn CaptureSink>,
    ) -> Capture {
        let inner = Rc::new(CaptureInner {
            webview_id,
            sink,
            phase: Cell::new(CapturePhase::Locating),
            delivery: Cell::default(),
            limits: Cell::default(),
            paint: self.paint.clone(),
        });
        let question = self.next_question.get();
        self.next_question.set(question + 1);
        self.locating
            .borrow_mut()
            .push((question, Rc::downgrade(&inner)));

        let reply = Reply {
            question,
            answers: self.answers.0.clone(),
            event_loop_waker: self.event_loop_waker.clone_box(),
            sent: false,
        };
        match source {
            CaptureSource::Viewport => reply.send(Ok(Subject::Viewport)),
            CaptureSource::Crop(ElementLocator::Token(bits)) => {
                reply.send(Ok(Subject::Crop(CropTargetId::from_bits(bits))))
            },
            CaptureSource::Restriction(ElementLocator::Token(bits)) => reply.send(Ok(
                Subject::Restriction(RestrictionTargetId::from_bits(bits)),
            )),
            CaptureSource::Crop(ElementLocator::Selector(selector)) => {
                self.locate(webview_id, selector, TargetKind::Crop, reply)
            },
            CaptureSource::Restriction(ElementLocator::Selector(selector)) => {
                self.locate(webview_id, selector, TargetKind::Restriction, reply)
            },
        }
        Capture(inner)
    }

    fn locate(&self, webview_id: WebViewId, selector: String, kind: TargetKind, reply: Reply) {
        let mut reply = Some(reply);
        let callback = GenericCallback::new(move |answer: Result<Result<_, _>, _>| {
            let Some(reply) = reply.take() else {
                return;
            };
            let target = answer.unwrap_or(Err(StartError::NoDocument));
            reply.send(target.map(|target| match target {
                TargetId::Crop(id) => Subject::Crop(id),
                TargetId::Restriction(id) => Subject::Restriction(id),
            }));
        });
        // Without a callback, dropping the reply is the answer.
        if let Ok(reply) = callback {
            let message = DocumentCaptureMessage::Locate {
                selector,
                kind,
                reply,
            };
            self.constellation_proxy
                .send(EmbedderToConstellationMessage::Capture(
                    webview_id, None, message,
                ));
        }
    }

    /// Give sinks what there is for them. Nothing is borrowed while they are called.
    pub(crate) fn dispatch(&self, paint: &RefCell<Paint>) {
        while let Ok(answer) = self.answers.1.try_recv() {
            self.handle_answer(answer);
        }
        loop {
            let events = self.take_events(&paint.borrow());
            if events.is_empty() {
                return;
            }
            for (capture, kind) in events {
                match kind {
                    EventKind::State(state) => {
                        if let State::Ended(reason) = state {
                            capture.phase.set(CapturePhase::Over(reason));
                        }
                        capture.sink.notify_state_changed(state);
                    },
                    EventKind::Frame(frame) => capture.sink.notify_frame(CaptureFrame {
                        info: frame.info,
                        pixels: frame.pixels,
                    }),
                    EventKind::Texture(frame) => capture.sink.notify_texture(CaptureTexture {
                        info: frame.info,
                        texture: frame.texture,
                    }),
                }
            }
        }
    }

    fn take_events(&self, paint: &Paint) -> Vec<(Rc<CaptureInner>, EventKind)> {
        let mut captures = self.captures.borrow_mut();
        captures.retain(|capture| capture.strong_count() > 0);
        let captures: Vec<_> = captures.iter().filter_map(Weak::upgrade).collect();
        // Sessions are unique for each painter, which several WebViews may share.
        let owner = |painter_id: PainterId, session| {
            let is_owner = |capture: &&Rc<CaptureInner>| {
                PainterId::from(capture.webview_id) == painter_id &&
                    capture.session() == Some(session)
            };
            captures.iter().find(is_owner).cloned()
        };
        let mut events = Vec::new();
        for capture in &captures {
            while let Some(Event { session, kind }) = paint.next_capture_event(capture.webview_id) {
                if let Some(owner) = owner(capture.webview_id.into(), session) {
                    events.push((owner, kind));
                }
            }
        }
        events
    }

    fn handle_answer(&self, answer: Answer) {
        let mut locating = self.locating.borrow_mut();
        let Some(index) = locating
            .iter()
            .position(|(question, _)| *question == answer.question)
        else {
            return;
        };
        let (_, capture) = locating.swap_remove(index);
        drop(locating);
        // It may have been stopped in the meantime.
        let Some(capture) = capture
            .upgrade()
            .filter(|capture| matches!(capture.phase.get(), CapturePhase::Locating))
        else {
            return;
        };

        let session = answer.subject.and_then(|subject| {
            let paint = self.paint.borrow();
            let (delivery, limits) = (capture.delivery.get(), capture.limits.get());
            paint
                .start_capture(capture.webview_id, subject, delivery, limits)
                .ok_or(StartError::NoDocument)
        });
        match session {
            Ok(session) => {
                capture.phase.set(CapturePhase::Running(session));
                self.captures.borrow_mut().push(Rc::downgrade(&capture));
                capture.sink.notify_started();
            },
            Err(error) => {
                capture.phase.set(CapturePhase::Over(EndReason::Stopped));
                capture.sink.notify_start_failed(error);
            },
        }
    }

    /// A [`WebView`] was closed, and its painter may be gone already.
    pub(crate) fn handle_webview_closed(&self, webview_id: WebViewId) {
        let captures = self.captures.borrow().clone();
        for capture in captures.iter().filter_map(Weak::upgrade) {
            if capture.webview_id == webview_id && capture.session().is_some() {
                let reason = EndReason::WebViewClosed;
                capture.phase.set(CapturePhase::Over(reason));
                capture.sink.notify_state_changed(State::Ended(reason));
            }
        }
    }
}

/// Answers for a document exactly once, even if the document never does.
struct Reply {
    question: u64,
    answers: Sender<Answer>,
    event_loop_waker: Box<dyn EventLoopWaker>,
    sent: bool,
}

impl Reply {
    fn send(mut self, subject: Result<Subject, StartError>) {
        self.answer(subject);
    }

    fn answer(&mut self, subject: Result<Subject, StartError>) {
        self.sent = true;
        let question = self.question;
        // The registry is gone when Servo is: nobody waits any more.
        let _ = self.answers.send(Answer { question, subject });
        self.event_loop_waker.wake();
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.sent {
            self.answer(Err(StartError::NoDocument));
        }
    }
}
