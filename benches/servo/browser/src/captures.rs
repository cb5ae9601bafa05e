/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures whose frames are counted and thrown away.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use servo::WebView;
use servo::capture::api::{Delivery, StartError};
use servo::capture::{
    Capture, CaptureFrame, CaptureSink, CaptureSource, CaptureTexture, ElementLocator,
};

use crate::protocol;

/// Captures that run until this is dropped.
pub(crate) struct Captures(Vec<(Capture, Rc<Counter>)>);

#[derive(Default)]
struct Counter {
    frames: Cell<u64>,
    error: RefCell<Option<StartError>>,
}

impl CaptureSink for Counter {
    fn notify_start_failed(&self, error: StartError) {
        self.error.replace(Some(error));
    }

    fn notify_frame(&self, frame: CaptureFrame) {
        std::hint::black_box(frame);
        self.frames.set(self.frames.get() + 1);
    }

    fn notify_texture(&self, frame: CaptureTexture) {
        std::hint::black_box(frame);
        self.frames.set(self.frames.get() + 1);
    }
}

impl Captures {
    pub(crate) fn start(webview: &WebView, captures: &[protocol::Capture]) -> Self {
        let start = |capture: &protocol::Capture| {
            let element = |selector: &String| ElementLocator::Selector(selector.clone());
            let (source, delivery) = match capture {
                protocol::Capture::Crop(selector) => {
                    (CaptureSource::Crop(element(selector)), Delivery::default())
                }
                protocol::Capture::Restriction(selector) => {
                    (CaptureSource::Restriction(element(selector)), Delivery::Texture)
                }
            };
            let counter = Rc::new(Counter::default());
            let capture = webview.capture(source, counter.clone());
            capture.set_delivery(delivery);
            (capture, counter)
        };
        Self(captures.iter().map(start).collect())
    }

    /// Whether each has had a frame.
    pub(crate) fn all_show(&self) -> bool {
        self.0.iter().all(|(_, counter)| counter.frames.get() > 0)
    }

    /// How many frames all of them had.
    pub(crate) fn delivered(&self) -> u64 {
        self.0.iter().map(|(_, counter)| counter.frames.get()).sum()
    }

    /// What they are doing, for messages.
    pub(crate) fn describe(&self) -> String {
        let describe = |(capture, counter): &(Capture, Rc<Counter>)| match &*counter.error.borrow()
        {
            Some(error) => format!("not started: {error}"),
            None => format!("{:?}", capture.state()),
        };
        self.0.iter().map(describe).collect::<Vec<_>>().join(", ")
    }
}
