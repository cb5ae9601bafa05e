/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Frames that wait for a consumer who takes one at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Frame, StreamEvent, StreamReader, Subscription};

#[derive(Default)]
struct State {
    frames: VecDeque<Frame>,
    capacity: usize,
    has_ended: bool,
    /// Whether the consumer waits for a frame.
    is_wanted: bool,
    wake: Option<Box<dyn FnMut() + Send>>,
}

impl State {
    fn handle(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Frame(frame) => {
                if self.frames.len() >= self.capacity {
                    self.frames.pop_front();
                }
                self.frames.push_back(frame);
                self.wake_if_wanted();
            }
            StreamEvent::Discard => self.frames.clear(),
            StreamEvent::End => {
                self.frames.clear();
                self.has_ended = true;
                // There is nothing to wake anybody for after that, so it is dropped.
                if let Some(mut wake) = self.wake.take() {
                    wake();
                }
            }
        }
    }

    fn wake_if_wanted(&mut self) {
        if self.is_wanted && !self.frames.is_empty() {
            self.is_wanted = false;
            if let Some(wake) = &mut self.wake {
                wake();
            }
        }
    }
}

/// The newest frames of a stream, in order. A consumer that is slow misses the older ones, and
/// frames of what is not captured any more are not in it.
pub struct FrameQueue {
    state: Arc<Mutex<State>>,
    _subscription: Subscription,
}

impl FrameQueue {
    /// What comes from now on, and the newest frame if there is one. At least one frame, and not
    /// more than `capacity`.
    pub fn of(stream: &StreamReader, capacity: usize) -> Self {
        let state = State { capacity: capacity.max(1), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let subscriber = Arc::clone(&state);
        let subscription = stream.subscribe(move |event| subscriber.lock().handle(event));
        Self { state, _subscription: subscription }
    }

    /// Take the oldest frame.
    pub fn pop(&self) -> Option<Frame> {
        self.state.lock().frames.pop_front()
    }

    /// Whether nothing comes any more.
    pub fn has_ended(&self) -> bool {
        self.state.lock().has_ended
    }

    /// Whom to wake for a frame that is [wanted](Self::want), and at the end of the stream.
    ///
    /// It is called on any thread, and must not wait, nor do anything with this queue or its
    /// stream. It is dropped at the end.
    pub fn set_wake(&self, mut wake: impl FnMut() + Send + 'static) {
        let mut state = self.state.lock();
        if state.has_ended {
            wake();
        } else {
            state.wake = Some(Box::new(wake));
        }
    }

    /// Wake the consumer once, as soon as there is a frame. That may be now.
    pub fn want(&self) {
        let mut state = self.state.lock();
        state.is_wanted = true;
        state.wake_if_wanted();
    }
}

impl Drop for FrameQueue {
    fn drop(&mut self) {
        // What it holds may do something with the queue when it is dropped.
        let wake = self.state.lock().wake.take();
        drop(wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::CaptureStream;
    use crate::frame::tests::frame;

    struct Fixture {
        stream: Option<CaptureStream>,
        queue: FrameQueue,
        woken: Arc<AtomicU32>,
    }

    impl Fixture {
        fn new(capacity: usize) -> Self {
            let stream = CaptureStream::register();
            let reader = StreamReader::of(&stream.id()).expect("the stream is registered");
            let queue = FrameQueue::of(&reader, capacity);
            let woken = Arc::<AtomicU32>::default();
            let counter = woken.clone();
            queue.set_wake(move || {
                counter.fetch_add(1, Ordering::Relaxed);
            });
            Self { stream: Some(stream), queue, woken }
        }

        fn push(&self, color: u8) {
            self.stream.as_ref().expect("it has not ended").push(frame(1, 1, [color; 4]));
        }

        fn pop(&self) -> Option<u8> {
            self.queue.pop().map(|frame| frame.rgba()[0])
        }

        fn woken(&self) -> u32 {
            self.woken.swap(0, Ordering::Relaxed)
        }
    }

    #[test]
    fn the_newest_frames_come_in_order() {
        for (capacity, expected) in [(0, vec![5]), (1, vec![5]), (3, vec![3, 4, 5])] {
            let fixture = Fixture::new(capacity);
            (1..=5).for_each(|color| fixture.push(color));
            let found: Vec<_> = std::iter::from_fn(|| fixture.pop()).collect();
            assert_eq!(found, expected, "capacity {capacity}");
        }
    }

    #[test]
    fn a_consumer_is_woken_once_for_what_it_wants() {
        let fixture = Fixture::new(2);
        fixture.push(1);
        assert_eq!(fixture.woken(), 0);
        fixture.queue.want();
        assert_eq!((fixture.woken(), fixture.pop()), (1, Some(1)));
        fixture.queue.want();
        assert_eq!(fixture.woken(), 0);
        fixture.push(2);
        fixture.push(3);
        assert_eq!(fixture.woken(), 1);
    }

    #[test]
    fn discarded_frames_are_not_taken() {
        let fixture = Fixture::new(2);
        fixture.push(1);
        fixture.stream.as_ref().expect("it has not ended").discard();
        assert_eq!(fixture.pop(), None);
        fixture.queue.want();
        assert_eq!(fixture.woken(), 0);
        fixture.push(2);
        assert_eq!((fixture.woken(), fixture.pop()), (1, Some(2)));
    }

    #[test]
    fn the_end_wakes_whoever_waits_or_not() {
        let mut fixture = Fixture::new(1);
        fixture.push(1);
        fixture.stream.take();
        assert_eq!((fixture.woken(), fixture.pop()), (1, None));
        assert!(fixture.queue.has_ended());
        // Nobody holds what wakes any more.
        assert_eq!(Arc::strong_count(&fixture.woken), 1);
    }

    #[test]
    fn a_dropped_queue_wakes_nobody() {
        let Fixture { stream, queue, woken } = Fixture::new(1);
        queue.want();
        drop(queue);
        stream.expect("it has not ended").push(frame(1, 1, [1; 4]));
        assert_eq!(Arc::strong_count(&woken), 1);
        assert_eq!(woken.load(Ordering::Relaxed), 0);
    }
}
