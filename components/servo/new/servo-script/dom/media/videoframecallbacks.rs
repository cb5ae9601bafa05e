/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Callbacks for the frames that a `<video>` shows. <https://wicg.github.io/video-rvfc/>

use std::cell::Cell;
use std::time::Instant;

use js::context::JSContext;
use js::realm::CurrentRealm;
use script_bindings::callback::{RootedCallback, TracedCallback};
use script_bindings::cell::DomRefCell;
use script_bindings::inheritance::Castable;
use script_bindings::num::Finite;
use script_bindings::root::{Dom, DomRoot};
use servo_base::cross_process_instant::CrossProcessInstant;
use subcapture_media::{Playback, Presented};
use time::Duration;

use crate::dom::bindings::callback::ExceptionHandling;
use crate::dom::bindings::codegen::Bindings::HTMLMediaElementBinding::HTMLMediaElementMethods;
use crate::dom::bindings::codegen::Bindings::HTMLVideoElementBinding::HTMLVideoElementMethods;
use crate::dom::bindings::codegen::Bindings::PerformanceBinding::{
    DOMHighResTimeStamp, PerformanceMethods,
};
use crate::dom::bindings::codegen::Bindings::VideoFrameCallbackBinding::{
    VideoFrameCallbackMetadata, VideoFrameRequestCallback,
};
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::document::{Document, RenderingUpdateReason};
use crate::dom::html::htmlmediaelement::HTMLMediaElement;
use crate::dom::html::htmlvideoelement::HTMLVideoElement;
use crate::dom::media::videoplaybackquality::VideoPlaybackQuality;
use crate::dom::node::NodeTraits;

/// A callback and its handle. A callback that was cancelled is gone.
type Entry = (u32, Option<TracedCallback<VideoFrameRequestCallback>>);

/// What one `<video>` has to call for its next frame.
#[derive(Default, JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(crate) struct VideoFrameCallbacks {
    last_handle: Cell<u32>,
    #[ignore_malloc_size_of = "Callbacks are measured elsewhere"]
    waiting: DomRefCell<Vec<Entry>>,
    #[ignore_malloc_size_of = "Callbacks are measured elsewhere"]
    running: DomRefCell<Vec<Entry>>,
    /// How many frames were shown.
    shown: Cell<u64>,
    /// The player and the number of the frame that callbacks were called for last.
    reported: Cell<Option<(usize, u64)>>,
}

/// The elements of a document that have shown a frame for which there are callbacks.
#[derive(Default, JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(crate) struct PresentedVideos(DomRefCell<Vec<Dom<HTMLVideoElement>>>);

impl PresentedVideos {
    fn add(&self, video: &HTMLVideoElement) {
        let mut videos = self.0.borrow_mut();
        if !videos.iter().any(|known| **known == *video) {
            videos.push(Dom::from_ref(video));
        }
    }

    fn take(&self) -> Vec<DomRoot<HTMLVideoElement>> {
        let videos = self
            .0
            .borrow()
            .iter()
            .map(|video| DomRoot::from_ref(&**video))
            .collect();
        self.0.borrow_mut().clear();
        videos
    }
}

/// To be called when an element has another frame to show.
pub(crate) fn notify_presented(video: &HTMLVideoElement) {
    let callbacks = video.frame_callbacks();
    callbacks.shown.set(callbacks.shown.get() + 1);
    if !callbacks.waiting.borrow().is_empty() {
        let document = video.owner_document();
        document.capture().presented_videos().add(video);
        document.add_rendering_update_reason(RenderingUpdateReason::VideoFramePresented);
    }
}

/// <https://wicg.github.io/video-rvfc/#video-rvfc-procedures>, for all elements of a document.
pub(crate) fn run(cx: &mut CurrentRealm, document: &Document) {
    let videos = document.capture().presented_videos().take();
    if videos.is_empty() {
        return;
    }
    let now = document.global().performance(cx).Now();
    for video in videos {
        run_callbacks(cx, &video, now);
    }
}

fn run_callbacks(cx: &mut CurrentRealm, video: &HTMLVideoElement, now: DOMHighResTimeStamp) {
    let callbacks = video.frame_callbacks();
    let Some(metadata) = metadata(cx, video, now) else {
        return;
    };
    let waiting = callbacks.waiting.take();
    *callbacks.running.borrow_mut() = waiting;
    let count = callbacks.running.borrow().len();
    for index in 0..count {
        // It may have been cancelled by the one before.
        rooted!(&in(cx) let callback = callbacks.running.borrow()[index].1.clone());
        if let Some(ref callback) = *callback {
            let _ = callback.Call__(cx, now, &metadata, ExceptionHandling::Report);
        }
    }
    callbacks.running.borrow_mut().clear();
}

/// What there is to say about the frame that is shown. `None` if that was said before, and if the
/// track captures something else by now: then the next frame is the one to tell of.
fn metadata(
    cx: &mut JSContext,
    video: &HTMLVideoElement,
    now: DOMHighResTimeStamp,
) -> Option<VideoFrameCallbackMetadata> {
    let Some((player, playback)) = playback(video) else {
        return Some(VideoFrameCallbackMetadata {
            presentationTime: now,
            expectedDisplayTime: now,
            width: video.VideoWidth(),
            height: video.VideoHeight(),
            mediaTime: video.upcast::<HTMLMediaElement>().CurrentTime(),
            presentedFrames: video.frame_callbacks().shown.get() as u32,
            ..unknown()
        });
    };
    let presented = playback.presented()?;
    let number = Some((player, presented.count));
    if presented.is_outdated || video.frame_callbacks().reported.replace(number) == number {
        return None;
    }
    Some(of_presented(cx, video, now, &presented))
}

fn of_presented(
    cx: &mut JSContext,
    video: &HTMLVideoElement,
    now: DOMHighResTimeStamp,
    presented: &Presented,
) -> VideoFrameCallbackMetadata {
    VideoFrameCallbackMetadata {
        presentationTime: time_of(cx, video, presented.at),
        expectedDisplayTime: now,
        width: presented.frame.width(),
        height: presented.frame.height(),
        mediaTime: Finite::wrap(presented.position.as_secs_f64()),
        presentedFrames: presented.count as u32,
        receiveTime: Some(time_of(cx, video, presented.frame.received())),
        ..unknown()
    }
}

/// Metadata that say nothing.
fn unknown() -> VideoFrameCallbackMetadata {
    VideoFrameCallbackMetadata {
        presentationTime: Finite::wrap(0.),
        expectedDisplayTime: Finite::wrap(0.),
        width: 0,
        height: 0,
        mediaTime: Finite::wrap(0.),
        presentedFrames: 0,
        processingDuration: None,
        captureTime: None,
        receiveTime: None,
        rtpTimestamp: None,
    }
}

fn time_of(cx: &mut JSContext, video: &HTMLVideoElement, instant: Instant) -> DOMHighResTimeStamp {
    let age = Duration::try_from(instant.elapsed()).unwrap_or(Duration::ZERO);
    video
        .global()
        .performance(cx)
        .to_dom_high_res_time_stamp(CrossProcessInstant::now() - age)
}

/// The player and what it has shown, if it plays a captured stream.
fn playback(video: &HTMLVideoElement) -> Option<(usize, Playback)> {
    let player = video.upcast::<HTMLMediaElement>().player_id()?;
    Some((player, Playback::of(player)?))
}

impl VideoFrameCallbacks {
    /// <https://wicg.github.io/video-rvfc/#dom-htmlvideoelement-requestvideoframecallback>
    pub(crate) fn request(&self, callback: RootedCallback<VideoFrameRequestCallback>) -> u32 {
        let handle = self.last_handle.get().wrapping_add(1);
        self.last_handle.set(handle);
        self.waiting
            .borrow_mut()
            .push((handle, Some(callback.to_traced())));
        handle
    }

    /// <https://wicg.github.io/video-rvfc/#dom-htmlvideoelement-cancelvideoframecallback>
    pub(crate) fn cancel(&self, handle: u32) {
        self.waiting
            .borrow_mut()
            .retain(|(known, _)| *known != handle);
        for (known, callback) in &mut *self.running.borrow_mut() {
            if *known == handle {
                *callback = None;
            }
        }
    }

    /// <https://w3c.github.io/media-playback-quality/#dom-htmlvideoelement-getvideoplaybackquality>
    pub(crate) fn quality(
        &self,
        cx: &mut JSContext,
        video: &HTMLVideoElement,
    ) -> DomRoot<VideoPlaybackQuality> {
        let (presented, dropped) = match playback(video) {
            Some((_, playback)) => (playback.presented_frames(), playback.dropped_frames()),
            None => (self.shown.get(), 0),
        };
        let now = video.global().performance(cx).Now();
        VideoPlaybackQuality::new(cx, &video.owner_window(), now, presented, dropped)
    }
}
