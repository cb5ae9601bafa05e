/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A stream of captured frames between the track that gets them and what shows them.

use std::any::Any;
use std::sync::Arc;

use parking_lot::Mutex;
use servo_media::streams::{
    MediaStream, MediaStreamId, MediaStreamType, get_stream, register_stream, unregister_stream,
};

use crate::Frame;

/// What a subscriber of a stream hears.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// The newest frame.
    Frame(Frame),
    /// The track captures something else from now on: every frame that has not been shown yet is
    /// to be forgotten.
    Discard,
    /// Nothing comes any more.
    End,
}

type Subscriber = Box<dyn FnMut(StreamEvent) + Send>;
type Waiter = Box<dyn FnOnce(Option<Frame>) + Send>;

#[derive(Default)]
struct State {
    newest: Option<Frame>,
    /// How often frames were discarded.
    generation: u64,
    ended: bool,
    /// In the order in which they came.
    subscribers: Vec<(u64, Subscriber)>,
    next_subscriber: u64,
    /// Who waits for one frame, in the order in which they came.
    waiters: Vec<Waiter>,
}

impl State {
    fn publish(&mut self, event: &StreamEvent) {
        for (_, subscriber) in &mut self.subscribers {
            subscriber(event.clone());
        }
    }

    fn serve(&mut self, frame: Option<&Frame>) {
        for waiter in self.waiters.drain(..) {
            waiter(frame.cloned());
        }
    }
}

/// The frames of one track, found by its id from every thread of this process. It ends when it is
/// dropped.
pub struct CaptureStream {
    id: MediaStreamId,
    state: Arc<Mutex<State>>,
}

impl CaptureStream {
    /// A stream without frames yet, with an id that no other stream of this process has.
    pub fn register() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let registered = Registered(state.clone());
        Self { id: register_stream(Arc::new(std::sync::Mutex::new(registered))), state }
    }

    /// What servo-media and [`StreamReader`] find the stream by.
    pub fn id(&self) -> MediaStreamId {
        self.id
    }

    /// Deliver a frame. Subscribers take it without delay, on this thread.
    pub fn push(&self, frame: Frame) {
        let mut state = self.state.lock();
        if !state.ended {
            state.newest = Some(frame.clone());
            state.serve(Some(&frame));
            state.publish(&StreamEvent::Frame(frame));
        }
    }

    /// Forget every frame so far: the track captures something else from now on.
    pub fn discard(&self) {
        let mut state = self.state.lock();
        state.newest = None;
        state.generation += 1;
        state.publish(&StreamEvent::Discard);
    }

    /// End the stream. There is no harm in ending it twice.
    pub fn end(&self) {
        let mut state = self.state.lock();
        if !state.ended {
            state.ended = true;
            state.newest = None;
            state.serve(None);
            state.publish(&StreamEvent::End);
            state.subscribers.clear();
        }
    }
}

impl Drop for CaptureStream {
    fn drop(&mut self) {
        unregister_stream(&self.id);
        self.end();
    }
}

/// What servo-media's registry has of a stream.
struct Registered(Arc<Mutex<State>>);

impl MediaStream for Registered {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_mut_any(&mut self) -> &mut dyn Any {
        self
    }

    /// The registry tells whoever registers a stream, too.
    fn set_id(&mut self, _: MediaStreamId) {}

    fn ty(&self) -> MediaStreamType {
        MediaStreamType::Video
    }
}

/// The consumers' side of a [`CaptureStream`].
#[derive(Clone)]
pub struct StreamReader(Arc<Mutex<State>>);

impl StreamReader {
    /// The stream with this id. `None` if there is none any more, or if that stream is not a
    /// captured one.
    pub fn of(id: &MediaStreamId) -> Option<Self> {
        let stream = get_stream(id)?;
        // Nothing panics while it has that lock.
        let stream = stream.lock().ok()?;
        stream.as_any().downcast_ref().map(|Registered(state)| Self(state.clone()))
    }

    /// The newest frame. `None` before the first one, after the track began to capture something
    /// else, and at the end.
    pub fn newest(&self) -> Option<Frame> {
        self.0.lock().newest.clone()
    }

    /// Changes when frames are discarded.
    pub fn generation(&self) -> u64 {
        self.0.lock().generation
    }

    /// Whether the stream has ended.
    pub fn has_ended(&self) -> bool {
        self.0.lock().ended
    }

    /// Take one frame: the newest, or, if there is none, the next. `None` if the stream ends before
    /// there is any.
    ///
    /// The consumer is called as a [subscriber](Self::subscribe) is.
    pub fn take_one(&self, consumer: impl FnOnce(Option<Frame>) + Send + 'static) {
        let mut state = self.0.lock();
        if state.newest.is_some() || state.ended {
            consumer(state.newest.clone());
        } else {
            state.waiters.push(Box::new(consumer));
        }
    }

    /// Hear of the newest frame, if there is one, and of all that happens from then on.
    ///
    /// The subscriber is called on the thread that pushes, and stops the stream while it runs: it
    /// must not wait, nor do anything with this stream.
    pub fn subscribe(
        &self,
        mut subscriber: impl FnMut(StreamEvent) + Send + 'static,
    ) -> Subscription {
        let mut state = self.0.lock();
        let number = state.next_subscriber;
        state.next_subscriber += 1;
        if let Some(frame) = state.newest.clone() {
            subscriber(StreamEvent::Frame(frame));
        }
        if state.ended {
            subscriber(StreamEvent::End);
        } else {
            state.subscribers.push((number, Box::new(subscriber)));
        }
        Subscription { stream: self.0.clone(), number }
    }
}

/// Ends when it is dropped: the subscriber is not called after that, and is dropped.
#[must_use]
pub struct Subscription {
    stream: Arc<Mutex<State>>,
    number: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.stream.lock();
        let index = state.subscribers.iter().position(|(number, _)| *number == self.number);
        let subscriber = index.map(|index| state.subscribers.remove(index));
        drop(state);
        // What a subscriber holds may do something with the stream when it is dropped.
        drop(subscriber);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::frame::tests::frame;

    fn record(stream: &StreamReader) -> (Subscription, Receiver<String>) {
        let (sender, receiver) = mpsc::channel();
        let subscription = stream.subscribe(move |event| {
            let text = match event {
                StreamEvent::Frame(frame) => format!("frame {}", frame.rgba()[0]),
                StreamEvent::Discard => "discard".into(),
                StreamEvent::End => "end".into(),
            };
            sender.send(text).expect("the test listens");
        });
        (subscription, receiver)
    }

    fn reader(stream: &CaptureStream) -> StreamReader {
        StreamReader::of(&stream.id()).expect("the stream is registered")
    }

    #[test]
    fn a_subscriber_hears_of_everything_in_order() {
        let stream = CaptureStream::register();
        let (_subscription, events) = record(&reader(&stream));
        stream.push(frame(1, 1, [1; 4]));
        stream.push(frame(1, 1, [2; 4]));
        stream.discard();
        stream.push(frame(1, 1, [3; 4]));
        stream.end();
        stream.push(frame(1, 1, [4; 4]));
        stream.end();
        let events: Vec<_> = events.try_iter().collect();
        assert_eq!(events, ["frame 1", "frame 2", "discard", "frame 3", "end"]);
    }

    #[test]
    fn one_who_comes_late_gets_the_newest_frame() {
        let stream = CaptureStream::register();
        stream.push(frame(1, 1, [1; 4]));
        stream.push(frame(1, 1, [2; 4]));
        let (_subscription, events) = record(&reader(&stream));
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["frame 2"]);
        stream.discard();
        let (_subscription, events) = record(&reader(&stream));
        assert_eq!(events.try_iter().count(), 0);
    }

    #[test]
    fn a_subscriber_that_left_hears_nothing() {
        let stream = CaptureStream::register();
        let (first, first_events) = record(&reader(&stream));
        let (_second, second_events) = record(&reader(&stream));
        drop(first);
        stream.push(frame(1, 1, [1; 4]));
        assert_eq!(first_events.try_iter().count(), 0);
        assert_eq!(second_events.try_iter().count(), 1);
    }

    #[test]
    fn one_frame_is_the_newest_or_the_next_or_none() {
        let stream = CaptureStream::register();
        let (sender, frames) = mpsc::channel();
        let take = |name: &'static str| {
            let sender = sender.clone();
            reader(&stream).take_one(move |frame| {
                let color = frame.map(|frame| frame.rgba()[0]);
                sender.send((name, color)).expect("the test listens");
            });
        };
        take("first");
        take("second");
        assert_eq!(frames.try_iter().count(), 0);
        stream.push(frame(1, 1, [1; 4]));
        stream.push(frame(1, 1, [2; 4]));
        take("third");
        stream.discard();
        take("fourth");
        stream.end();
        take("fifth");
        let expected = [
            ("first", Some(1)),
            ("second", Some(1)),
            ("third", Some(2)),
            ("fourth", None),
            ("fifth", None),
        ];
        assert_eq!(frames.try_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn discarding_leaves_no_frame_and_another_generation() {
        let stream = CaptureStream::register();
        let reader = reader(&stream);
        stream.push(frame(1, 1, [1; 4]));
        let before = reader.generation();
        assert!(reader.newest().is_some());
        stream.discard();
        assert!(reader.newest().is_none());
        assert_ne!(reader.generation(), before);
    }

    #[test]
    fn a_dropped_stream_has_ended_and_is_not_found() {
        let stream = CaptureStream::register();
        let id = stream.id();
        let reader = reader(&stream);
        let (_subscription, events) = record(&reader);
        drop(stream);
        assert!(reader.has_ended());
        assert!(StreamReader::of(&id).is_none());
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["end"]);
        let (_subscription, events) = record(&reader);
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["end"]);
    }
}
