/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where the frames of a track go, on whatever thread they come.

use log::warn;
use parking_lot::Mutex;
use servo_base::generic_channel::GenericSharedMemory;
use servo_media::streams::registry::MediaStreamId;
use subcapture_api::{FrameInfo, FrameLimits};
use subcapture_media::{CaptureStream, Frame};
use webrender_api::units::DeviceIntSize;

/// Gets the frames of one track, and hands them to those who show them. A track that is not
/// enabled shows black.
///
/// Nothing here waits: frames come on the thread that paints, unless content has a process of its
/// own.
pub(crate) struct TrackSource {
    id: MediaStreamId,
    state: Mutex<SourceState>,
}

struct SourceState {
    /// `None` when the track has ended.
    stream: Option<CaptureStream>,
    /// Whether consumers may see what is captured.
    enabled: bool,
    /// The newest frame of what is captured now, whether or not consumers may see it.
    newest: Option<Frame>,
    /// The size of the newest frame, or what is to be expected of the next one.
    size: DeviceIntSize,
    /// The size that a frame has or would have without limits.
    full_size: DeviceIntSize,
    /// What frames are limited to. Only their size is of interest here.
    limits: FrameLimits,
    /// Black pixels of a frame, once they were needed.
    black: Option<GenericSharedMemory>,
}

impl TrackSource {
    /// The source of a track whose frames are expected to have this size if it is not limited.
    pub(super) fn new(full_size: DeviceIntSize, limits: FrameLimits) -> Self {
        let stream = CaptureStream::register();
        Self {
            id: stream.id(),
            state: Mutex::new(SourceState {
                stream: Some(stream),
                enabled: true,
                newest: None,
                size: limits.fit(full_size),
                full_size,
                limits,
                black: None,
            }),
        }
    }

    /// What consumers find the stream of the track by.
    pub(crate) fn id(&self) -> MediaStreamId {
        self.id
    }

    /// The size of a frame in device px: of the newest one, or of the next one after a change.
    pub(super) fn size(&self) -> DeviceIntSize {
        self.state.lock().size
    }

    /// The size of a frame in device px if there were no limits.
    pub(super) fn full_size(&self) -> DeviceIntSize {
        self.state.lock().full_size
    }

    /// Larger frames are going to be scaled down, as soon as the session has heard of it.
    pub(super) fn set_limits(&self, limits: FrameLimits) {
        let mut state = self.state.lock();
        state.limits = limits;
        state.size = state.limits.fit(state.full_size);
    }

    pub(super) fn handle_frame(&self, info: FrameInfo, pixels: GenericSharedMemory) {
        match Frame::new(info, pixels) {
            Ok(frame) => self.state.lock().show(frame),
            Err(error) => warn!("A frame of a track was left out: {error}"),
        }
    }

    /// Something else is captured from now on: nobody gets to see a frame that came before.
    pub(super) fn handle_change(&self) {
        self.state.lock().discard();
    }

    /// The session has heard of a limit: nobody gets to see a frame that came before, if the
    /// limit would have made another one of it.
    pub(super) fn handle_limit(&self) {
        let mut state = self.state.lock();
        let obeys_limit =
            |frame: &Frame| state.limits.fit(frame.info().captured) == frame.info().size;
        if !state.newest.as_ref().is_some_and(obeys_limit) {
            state.discard();
        }
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-enabled>
    pub(super) fn set_enabled(&self, enabled: bool) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.enabled, enabled) == enabled {
            return;
        }
        // There may not be another frame for long.
        if let Some(newest) = state.newest.take() {
            state.show(newest);
        }
    }

    pub(super) fn end(&self) {
        let mut state = self.state.lock();
        state.newest = None;
        // Dropping it ends it.
        let stream = state.stream.take();
        drop(state);
        drop(stream);
    }
}

impl SourceState {
    fn show(&mut self, frame: Frame) {
        let info = frame.info();
        self.full_size = info.captured;
        // A frame from before a limit says nothing about those that come.
        self.size = self.limits.fit(info.captured);
        let Some(stream) = &self.stream else {
            return;
        };
        self.newest = Some(frame.clone());
        if self.enabled {
            stream.push(frame);
            return;
        }
        let black = self
            .black
            .take_if(|black| black.len() == frame.rgba().len())
            .unwrap_or_else(|| GenericSharedMemory::from_vec(opaque_black(&frame)));
        self.black = Some(black.clone());
        match Frame::new(*frame.info(), black) {
            Ok(frame) => stream.push(frame),
            // Fail closed: what was shown before goes too.
            Err(_) => stream.discard(),
        }
    }
}

impl SourceState {
    fn discard(&mut self) {
        self.newest = None;
        if let Some(stream) = &self.stream {
            stream.discard();
        }
    }
}

fn opaque_black(like: &Frame) -> Vec<u8> {
    let mut pixels = vec![0; like.rgba().len()];
    for alpha in pixels.iter_mut().skip(3).step_by(4) {
        *alpha = 0xff;
    }
    pixels
}
