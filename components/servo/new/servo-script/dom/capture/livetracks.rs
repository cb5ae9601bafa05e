/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The live tracks of a document or worker.

use std::cell::Cell;

use js::context::{JSContext, NoGC};
use js::jsapi::JSTracer;
use script_bindings::cell::DomRefCell;
use script_bindings::reflector::DomObject;
use script_bindings::root::DomRoot;
use script_bindings::trace::trace_reflector;
use script_bindings::weakref::WeakRef;
use subcapture_api::TrackEvent;

use crate::dom::bindings::trace::JSTraceable;
use crate::dom::capture::browsercapturemediastreamtrack::BrowserCaptureMediaStreamTrack;

/// What a document or worker knows a track by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TrackNumber(u64);

/// The tracks of one document or worker whose sessions may have something to say.
#[derive(Default, JSTraceable, MallocSizeOf)]
pub(crate) struct LiveTracks {
    next_number: Cell<u64>,
    live: DomRefCell<Vec<LiveTrack>>,
}

#[derive(MallocSizeOf)]
struct LiveTrack {
    #[ignore_malloc_size_of = "A number"]
    number: TrackNumber,
    track: WeakRef<BrowserCaptureMediaStreamTrack>,
}

/// A live track is kept alive only by those who have it, and while script waits for something to
/// happen to it. A track that nobody has is collected, and its session stops.
#[expect(unsafe_code)]
unsafe impl JSTraceable for LiveTrack {
    unsafe fn trace(&self, tracer: *mut JSTracer) {
        if let Some(track) = self.track.root() &&
            track.is_awaited()
        {
            unsafe { trace_reflector(tracer, "awaited track", track.reflector()) };
        }
    }
}

impl LiveTracks {
    pub(super) fn next_number(&self) -> TrackNumber {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        TrackNumber(number)
    }

    pub(super) fn add(
        &self,
        no_gc: &NoGC,
        number: TrackNumber,
        track: &BrowserCaptureMediaStreamTrack,
    ) {
        let mut live = self.live.safe_borrow_mut(no_gc);
        live.retain(|live| live.track.is_alive());
        live.push(LiveTrack {
            number,
            track: WeakRef::new(track),
        });
    }

    /// Nothing is heard of the session of a track any more.
    pub(super) fn remove(&self, no_gc: &NoGC, number: TrackNumber) {
        self.live
            .safe_borrow_mut(no_gc)
            .retain(|live| live.number != number);
    }

    /// A session has something to say. If its track was collected, nobody is there to hear it.
    pub(super) fn handle_event(
        &self,
        cx: &mut JSContext,
        number: TrackNumber,
        event: TrackEvent,
    ) {
        if let Some(track) = self.track(number) {
            track.handle_event(cx, event);
        }
    }

    /// The document will not be there: end all tracks, and settle all that script waits for. The
    /// tracks of a worker end when it does, because nobody has them.
    pub(super) fn end_all(&self, cx: &mut JSContext) {
        let tracks: Vec<_> = self
            .live
            .borrow()
            .iter()
            .filter_map(|live| live.track.root())
            .collect();
        for track in tracks {
            track.end(cx);
        }
    }

    fn track(&self, number: TrackNumber) -> Option<DomRoot<BrowserCaptureMediaStreamTrack>> {
        self.live
            .borrow()
            .iter()
            .find(|live| live.number == number)?
            .track
            .root()
    }
}
