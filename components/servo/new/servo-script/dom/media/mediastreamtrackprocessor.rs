/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use dom_struct::dom_struct;
use js::context::JSContext;
use js::conversions::ToJSValConvertible;
use js::jsval::UndefinedValue;
use js::rust::HandleObject;
use script_bindings::cell::DomRefCell;
use script_bindings::error::{Error, Fallible};
use script_bindings::reflector::{Reflector, reflect_dom_object_with_proto};
use servo_media::streams::MediaStreamType;
use subcapture_media::{FrameQueue, StreamReader};

use crate::dom::bindings::codegen::Bindings::MediaStreamTrackProcessorBinding::MediaStreamTrackProcessorMethods;
use crate::dom::bindings::codegen::UnionTypes::MediaStreamTrackOrMediaStreamTrackProcessorInit;
use crate::dom::bindings::refcounted::Trusted;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::bindings::root::{DomRoot, MutNullableDom};
use crate::dom::globalscope::GlobalScope;
use crate::dom::media::videoframe::VideoFrame;
use crate::dom::promise::{Promise, RootedPromise};
use crate::dom::stream::readablestream::{ReadableStream, create_readable_stream};
use crate::dom::stream::underlyingsourcecontainer::UnderlyingSourceType;

/// No page gets to keep more frames than this in a queue.
const MAX_BUFFER_SIZE: u16 = 32;

/// <https://w3c.github.io/mediacapture-transform/#track-processor>
#[dom_struct]
pub(crate) struct MediaStreamTrackProcessor {
    reflector_: Reflector,
    readable: MutNullableDom<ReadableStream>,
    /// `None` when [`[[isClosed]]`] is true.
    ///
    /// [`[[isClosed]]`]: https://w3c.github.io/mediacapture-transform/#dom-mediastreamtrackprocessor-isclosed-slot
    #[ignore_malloc_size_of = "Defined in subcapture-media"]
    #[no_trace]
    queue: DomRefCell<Option<FrameQueue>>,
}

impl MediaStreamTrackProcessor {
    /// <https://w3c.github.io/mediacapture-transform/#processorpull>
    pub(crate) fn pull(&self, cx: &mut JSContext) -> RootedPromise {
        self.want();
        Promise::new_resolved(cx, &self.global(), ())
    }

    /// <https://w3c.github.io/mediacapture-transform/#processorcancel>
    pub(crate) fn cancel(&self, cx: &mut JSContext) -> RootedPromise {
        self.close(cx);
        Promise::new_resolved(cx, &self.global(), ())
    }

    /// <https://w3c.github.io/mediacapture-transform/#maybereadframe>
    ///
    /// What counts is how many reads wait now, not how often there was a pull. So no frame gets
    /// into the queue of the stream, where it would outlast what is captured.
    fn maybe_read_frame(&self, cx: &mut JSContext) {
        let Some(readable) = self.readable.get() else {
            return;
        };
        while readable.has_default_reader() && readable.get_num_read_requests() > 0 {
            let frame = match &*self.queue.borrow() {
                Some(queue) => queue.pop(),
                None => return,
            };
            let Some(frame) = frame else {
                break;
            };
            let Some(frame) = VideoFrame::of_frame(cx, &self.global(), &frame) else {
                continue;
            };
            rooted!(&in(cx) let mut chunk = UndefinedValue());
            frame.to_jsval(cx, chunk.handle_mut());
            let controller = readable.get_default_controller();
            if controller.enqueue(cx, chunk.handle()).is_err() {
                return;
            }
        }
        let has_ended = self
            .queue
            .borrow()
            .as_ref()
            .is_some_and(FrameQueue::has_ended);
        if has_ended {
            self.close(cx);
        } else if readable.has_default_reader() && readable.get_num_read_requests() > 0 {
            self.want();
        }
    }

    fn want(&self) {
        if let Some(queue) = &*self.queue.borrow() {
            queue.want();
        }
    }

    /// <https://w3c.github.io/mediacapture-transform/#processorclose>
    fn close(&self, cx: &mut JSContext) {
        let queue = self.queue.borrow_mut().take();
        drop(queue);
        if let Some(readable) = self.readable.get() {
            readable.get_default_controller().close(cx);
        }
    }

    /// From now on the stream hears of frames, and of the end of the track. It keeps this alive
    /// until then.
    fn listen(&self) {
        let this = Trusted::new(self);
        let task_source = self
            .global()
            .task_manager()
            .media_element_task_source()
            .to_sendable();
        if let Some(queue) = &*self.queue.borrow() {
            queue.set_wake(move || {
                let this = this.clone();
                task_source.queue(task!(maybe_read_frame: move |cx| {
                    this.root().maybe_read_frame(cx);
                }));
            });
        }
    }
}

impl MediaStreamTrackProcessorMethods<crate::DomTypeHolder> for MediaStreamTrackProcessor {
    /// <https://w3c.github.io/mediacapture-transform/#dom-mediastreamtrackprocessor-mediastreamtrackprocessor>
    fn Constructor(
        cx: &mut JSContext,
        global: &GlobalScope,
        proto: Option<HandleObject>,
        init: MediaStreamTrackOrMediaStreamTrackProcessorInit,
    ) -> Fallible<DomRoot<Self>> {
        let (track, max_buffer_size) = match &init {
            MediaStreamTrackOrMediaStreamTrackProcessorInit::MediaStreamTrack(track) => {
                (track, None)
            },
            MediaStreamTrackOrMediaStreamTrackProcessorInit::MediaStreamTrackProcessorInit(
                init,
            ) => (&init.track, init.maxBufferSize),
        };
        // Step 1. If init.track is not a valid MediaStreamTrack, throw a TypeError.
        if track.ty() != MediaStreamType::Video {
            return Err(Error::Type(c"Only video tracks can be processed".to_owned()));
        }
        // Steps 2 and 3.
        let capacity = max_buffer_size.unwrap_or(1).clamp(1, MAX_BUFFER_SIZE);

        // Steps 4 to 10. A track that has ended, or of which nothing is captured, has no stream.
        let queue = StreamReader::of(&track.id())
            .filter(|_| track.is_live())
            .map(|stream| FrameQueue::of(&stream, capacity.into()));
        let processor = Self {
            reflector_: Reflector::new(),
            readable: MutNullableDom::default(),
            queue: DomRefCell::new(queue),
        };
        Ok(reflect_dom_object_with_proto(
            cx,
            Box::new(processor),
            global,
            proto,
        ))
    }

    /// <https://w3c.github.io/mediacapture-transform/#dom-mediastreamtrackprocessor-readable>
    fn Readable(&self, cx: &mut JSContext) -> DomRoot<ReadableStream> {
        if let Some(readable) = self.readable.get() {
            return readable;
        }
        let readable = create_readable_stream(
            cx,
            &self.global(),
            UnderlyingSourceType::TrackProcessor(self),
            None,
            Some(0.),
        );
        self.readable.set(Some(&readable));
        if self.queue.borrow().is_some() {
            self.listen();
        } else {
            self.close(cx);
        }
        readable
    }
}
