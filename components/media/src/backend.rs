/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A backend of servo-media that plays captured streams.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, Weak};

use parking_lot::Mutex;
use servo_base::generic_channel::GenericCallback;
use servo_media::audio::context::{AudioContext, AudioContextOptions};
use servo_media::audio::sink::AudioSinkError;
use servo_media::player::audio::AudioRenderer;
use servo_media::player::context::PlayerGLContext;
use servo_media::player::video::VideoFrameRenderer;
use servo_media::player::{Player, PlayerEvent, StreamType};
use servo_media::streams::capture::MediaTrackConstraintSet;
use servo_media::streams::device_monitor::MediaDeviceMonitor;
use servo_media::streams::{MediaOutput, MediaSocket, MediaStreamId, MediaStreamType};
use servo_media::webrtc::{WebRtcController, WebRtcSignaller};
use servo_media::{Backend, ClientContextId, ServoMedia, SupportsMediaType};
use servo_media_dummy::DummyBackend;

use crate::playback::Screen;
use crate::player::{self, StreamPlayer};

/// Make media elements of this process play captured streams, and nothing else.
///
/// To be called before Servo is built; in a content process, before it runs. The first backend
/// stays: what is installed later, by Servo itself too, has no effect.
pub fn install() {
    ServoMedia::init_with_backend(|| Box::new(CaptureBackend::around(Box::new(DummyBackend))));
    // The backend is made on another thread, and the first one that is made stays.
    ServoMedia::get();
}

/// A backend that plays captured streams, and leaves everything else to another backend.
pub struct CaptureBackend {
    other: Box<dyn Backend>,
    screens: Mutex<HashMap<ClientContextId, Vec<Weak<Screen>>>>,
}

impl CaptureBackend {
    /// Captured streams in addition to all that `other` plays. For an embedder that installs a
    /// backend itself.
    pub fn around(other: Box<dyn Backend>) -> Self {
        Self { other, screens: Mutex::default() }
    }

    fn add(&self, context: ClientContextId, screen: &Arc<Screen>) {
        let mut screens = self.screens.lock();
        screens.retain(|_, screens| {
            screens.retain(|screen| screen.strong_count() > 0);
            !screens.is_empty()
        });
        screens.entry(context).or_default().push(Arc::downgrade(screen));
    }

    fn set_suspended(&self, context: &ClientContextId, is_suspended: bool) {
        let screens = self.screens.lock().get(context).cloned().unwrap_or_default();
        for screen in screens.iter().filter_map(Weak::upgrade) {
            screen.set_suspended(is_suspended);
        }
    }
}

impl Backend for CaptureBackend {
    fn create_player(
        &self,
        id: &ClientContextId,
        stream_type: StreamType,
        sender: GenericCallback<PlayerEvent>,
        video_renderer: Option<Arc<StdMutex<dyn VideoFrameRenderer>>>,
        audio_renderer: Option<Arc<StdMutex<dyn AudioRenderer>>>,
        gl_context: Box<dyn PlayerGLContext>,
    ) -> Arc<StdMutex<dyn Player>> {
        let other = self.other.create_player(
            id,
            stream_type,
            sender.clone(),
            video_renderer.clone(),
            audio_renderer,
            gl_context,
        );
        if stream_type != StreamType::Stream {
            return other;
        }
        let player = player::next_id();
        let screen = Screen::new(player, video_renderer, sender);
        self.add(*id, &screen);
        Arc::new(StdMutex::new(StreamPlayer::new(player, screen, other)))
    }

    fn create_audiostream(&self) -> MediaStreamId {
        self.other.create_audiostream()
    }

    fn create_videostream(&self) -> MediaStreamId {
        self.other.create_videostream()
    }

    fn create_stream_output(&self) -> Box<dyn MediaOutput> {
        self.other.create_stream_output()
    }

    fn create_stream_and_socket(
        &self,
        ty: MediaStreamType,
    ) -> (Box<dyn MediaSocket>, MediaStreamId) {
        self.other.create_stream_and_socket(ty)
    }

    fn create_audioinput_stream(&self, set: MediaTrackConstraintSet) -> Option<MediaStreamId> {
        self.other.create_audioinput_stream(set)
    }

    fn create_videoinput_stream(&self, set: MediaTrackConstraintSet) -> Option<MediaStreamId> {
        self.other.create_videoinput_stream(set)
    }

    fn create_audio_context(
        &self,
        id: &ClientContextId,
        options: AudioContextOptions,
    ) -> Result<Arc<StdMutex<AudioContext>>, AudioSinkError> {
        self.other.create_audio_context(id, options)
    }

    fn create_webrtc(&self, signaller: Box<dyn WebRtcSignaller>) -> WebRtcController {
        self.other.create_webrtc(signaller)
    }

    fn can_play_type(&self, media_type: &str) -> SupportsMediaType {
        self.other.can_play_type(media_type)
    }

    fn set_capture_mocking(&self, mock: bool) {
        self.other.set_capture_mocking(mock);
    }

    fn mute(&self, id: &ClientContextId, val: bool) {
        self.other.mute(id, val);
    }

    fn suspend(&self, id: &ClientContextId) {
        self.set_suspended(id, true);
        self.other.suspend(id);
    }

    fn resume(&self, id: &ClientContextId) {
        self.set_suspended(id, false);
        self.other.resume(id);
    }

    fn get_device_monitor(&self) -> Box<dyn MediaDeviceMonitor> {
        self.other.get_device_monitor()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::time::Duration;

    use servo_media::player::PlaybackState;
    use servo_media::player::context::{GlApi, GlContext, NativeDisplay};
    use servo_media::player::video::VideoFrame;
    use subcapture_api::Version;

    use super::*;
    use crate::frame::tests::{frame, frame_of_version};
    use crate::{CaptureStream, Playback};

    /// Much longer than anything here takes.
    const LONG: Duration = Duration::from_secs(10);
    /// Long enough for what must not happen to happen.
    const SHORT: Duration = Duration::from_millis(100);

    struct NoGl;

    impl PlayerGLContext for NoGl {
        fn get_gl_context(&self) -> GlContext {
            GlContext::Unknown
        }

        fn get_native_display(&self) -> NativeDisplay {
            NativeDisplay::Headless
        }

        fn get_gl_api(&self) -> GlApi {
            GlApi::None
        }
    }

    /// Tells of each frame, and waits before it shows one while somebody has `gate`.
    struct Renderer {
        log: Sender<String>,
        gate: Arc<Mutex<()>>,
    }

    impl VideoFrameRenderer for Renderer {
        fn render(&mut self, frame: VideoFrame) {
            let _ = self.log.send("rendering".into());
            drop(self.gate.lock());
            let (width, height) = (frame.get_width(), frame.get_height());
            let _ = self.log.send(format!("{width}×{height} {:?}", &frame.get_data()[..4]));
        }
    }

    fn text(event: &PlayerEvent) -> String {
        match event {
            PlayerEvent::MetadataUpdated(metadata) => {
                assert!(metadata.is_live && metadata.duration.is_none());
                format!("metadata {}×{}", metadata.width, metadata.height)
            }
            PlayerEvent::StateChanged(PlaybackState::Playing) => "playing".into(),
            PlayerEvent::StateChanged(PlaybackState::Paused) => "paused".into(),
            PlayerEvent::VideoFrameUpdated => "updated".into(),
            PlayerEvent::PositionChanged(_) => "position".into(),
            PlayerEvent::DurationChanged(duration) => {
                format!("duration {}", if duration.is_some() { "known" } else { "unknown" })
            }
            PlayerEvent::EndOfStream => "end".into(),
            event => format!("{event:?}"),
        }
    }

    struct Fixture {
        backend: CaptureBackend,
        player: Arc<StdMutex<dyn Player>>,
        log: Receiver<String>,
        gate: Arc<Mutex<()>>,
    }

    const CONTEXT: (u32, u32) = (1, 2);

    fn context() -> ClientContextId {
        ClientContextId::build(CONTEXT.0, CONTEXT.1)
    }

    impl Fixture {
        /// A player of a stream, as an element makes one.
        fn new(stream: &MediaStreamId) -> Self {
            let backend = CaptureBackend::around(Box::new(DummyBackend));
            let (log, receiver) = mpsc::channel();
            let gate = Arc::default();
            let renderer = Renderer { log: log.clone(), gate: Arc::clone(&gate) };
            let events = GenericCallback::new(move |event| {
                // A test that is over listens no more.
                let _ = log.send(text(&event.expect("all is in one process")));
            });
            let player = backend.create_player(
                &context(),
                StreamType::Stream,
                events.expect("all is in one process"),
                Some(Arc::new(StdMutex::new(renderer))),
                None,
                Box::new(NoGl),
            );
            let fixture = Self { backend, player, log: receiver, gate };
            fixture.with(|player| player.set_stream(stream, true)).expect("the stream is there");
            fixture
        }

        fn with<R>(&self, action: impl FnOnce(&dyn Player) -> R) -> R {
            action(&*self.player.lock().expect("no player panicked"))
        }

        fn play(&self) {
            self.with(|player| player.play()).expect("a stream can be played");
        }

        fn pause(&self) {
            self.with(|player| player.pause()).expect("a stream can be paused");
        }

        /// What happens next, apart from time passing and the beginning of a rendering.
        fn next(&self) -> String {
            loop {
                let event = self.log.recv_timeout(LONG).expect("something happens");
                if event != "position" && event != "rendering" {
                    return event;
                }
            }
        }

        #[track_caller]
        fn expect(&self, expected: &[&str]) {
            for expected in expected {
                assert_eq!(self.next(), *expected);
            }
        }

        #[track_caller]
        fn expect_nothing(&self) {
            std::thread::sleep(SHORT);
            let events: Vec<_> = self.log.try_iter().filter(|event| event != "position").collect();
            assert_eq!(events, [""; 0]);
        }

        fn playback(&self) -> Playback {
            Playback::of(self.with(|player| player.get_id())).expect("it plays a captured stream")
        }
    }

    #[test]
    fn a_paused_element_gets_the_first_frame_and_no_other() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        assert!(fixture.with(|player| player.paused()));
        stream.push(frame(2, 3, [1, 2, 3, 4]));
        fixture.expect(&["2×3 [3, 2, 1, 4]", "metadata 2×3", "paused", "updated"]);
        stream.push(frame(2, 3, [5, 6, 7, 8]));
        stream.push(frame(2, 3, [6, 6, 6, 6]));
        fixture.expect_nothing();
        fixture.play();
        assert!(!fixture.with(|player| player.paused()));
        fixture.expect(&["2×3 [6, 6, 6, 6]", "playing", "updated"]);
        fixture.pause();
        fixture.expect(&["paused"]);
        stream.push(frame(2, 3, [7, 7, 7, 7]));
        fixture.expect_nothing();
        assert_eq!(fixture.playback().presented_frames(), 2);
        assert_eq!(fixture.playback().dropped_frames(), 0);
    }

    #[test]
    fn an_element_that_comes_late_gets_the_frame_that_is_there() {
        let stream = CaptureStream::register();
        stream.push(frame(1, 1, [1; 4]));
        for _ in 0..2 {
            let fixture = Fixture::new(&stream.id());
            fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "paused", "updated"]);
        }
    }

    #[test]
    fn a_frame_of_another_size_is_shown_as_it_is() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        stream.push(frame(2, 3, [1; 4]));
        fixture.expect(&["2×3 [1, 1, 1, 1]", "metadata 2×3", "paused", "updated"]);
        fixture.play();
        fixture.expect(&["playing"]);
        stream.push(frame(4, 1, [1; 4]));
        fixture.expect(&["4×1 [1, 1, 1, 1]", "updated"]);
    }

    #[test]
    fn a_frame_that_looks_the_same_is_not_shown_again() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        fixture.play();
        stream.push(frame(2, 2, [1; 4]));
        fixture.expect(&["2×2 [1, 1, 1, 1]", "metadata 2×2", "playing", "updated"]);
        stream.push(frame(2, 2, [1; 4]));
        fixture.expect_nothing();
        // Unless it is the first one of another target, for which somebody may wait.
        stream.discard();
        stream.push(frame_of_version(Version(1), [1; 4]));
        fixture.expect(&["2×2 [1, 1, 1, 1]", "updated"]);
    }

    #[test]
    fn a_slow_element_holds_nobody_up_and_gets_the_newest_frame() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        fixture.play();
        let gate = fixture.gate.lock();
        stream.push(frame(1, 1, [1; 4]));
        assert_eq!(fixture.log.recv_timeout(LONG).as_deref(), Ok("rendering"));
        for color in 2..=100 {
            stream.push(frame(1, 1, [color; 4]));
        }
        drop(gate);
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "playing", "updated"]);
        fixture.expect(&["1×1 [100, 100, 100, 100]", "updated"]);
        assert_eq!(fixture.playback().presented_frames(), 2);
        assert_eq!(fixture.playback().dropped_frames(), 98);
    }

    #[test]
    fn discarded_frames_are_not_shown() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        fixture.play();
        let gate = fixture.gate.lock();
        stream.push(frame(1, 1, [1; 4]));
        assert_eq!(fixture.log.recv_timeout(LONG).as_deref(), Ok("rendering"));
        stream.push(frame(1, 1, [2; 4]));
        stream.discard();
        drop(gate);
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "playing", "updated"]);
        fixture.expect_nothing();
        let presented = fixture.playback().presented().expect("the first frame was shown");
        assert!(presented.is_outdated);
        stream.push(frame(1, 1, [3; 4]));
        fixture.expect(&["1×1 [3, 3, 3, 3]", "updated"]);
        let presented = fixture.playback().presented().expect("two frames were shown");
        assert!(!presented.is_outdated);
        assert_eq!(presented.count, 2);
        stream.discard();
        assert!(fixture.playback().presented().is_some_and(|presented| presented.is_outdated));
    }

    #[test]
    fn a_stopped_player_leaves_the_renderer_alone() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        let other = Fixture::new(&stream.id());
        fixture.play();
        let gate = fixture.gate.lock();
        stream.push(frame(1, 1, [1; 4]));
        assert_eq!(fixture.log.recv_timeout(LONG).as_deref(), Ok("rendering"));
        let player = fixture.player.clone();
        let stopped = std::thread::spawn(move || player.lock().map(|player| player.stop()).is_ok());
        std::thread::sleep(SHORT);
        assert!(!stopped.is_finished());
        drop(gate);
        assert!(stopped.join().expect("stopping does not panic"));
        let shown = fixture.log.try_iter().count();
        assert!(shown > 0);
        stream.push(frame(1, 1, [2; 4]));
        fixture.expect_nothing();
        // The other one goes on.
        let first = other.next();
        assert!(["1×1 [1, 1, 1, 1]", "1×1 [2, 2, 2, 2]"].contains(&first.as_str()), "{first}");
    }

    #[test]
    fn at_the_end_of_a_stream_the_element_hears_where_that_is() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        fixture.play();
        stream.push(frame(1, 1, [1; 4]));
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "playing", "updated"]);
        drop(stream);
        fixture.expect(&["duration known", "end"]);
        fixture.expect_nothing();
    }

    #[test]
    fn time_passes_while_a_stream_is_played() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        stream.push(frame(1, 1, [1; 4]));
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "paused", "updated"]);
        fixture.play();
        fixture.expect(&["playing"]);
        assert_eq!(fixture.log.recv_timeout(LONG).as_deref(), Ok("position"));
        assert_eq!(fixture.log.recv_timeout(LONG).as_deref(), Ok("position"));
        fixture.pause();
        fixture.expect(&["paused"]);
        std::thread::sleep(Duration::from_millis(600));
        assert!(fixture.log.try_iter().count() <= 1);
    }

    #[test]
    fn a_document_that_nobody_sees_plays_nothing() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        fixture.play();
        fixture.backend.suspend(&ClientContextId::build(CONTEXT.0, CONTEXT.1 + 1));
        stream.push(frame(1, 1, [1; 4]));
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "playing", "updated"]);
        fixture.backend.suspend(&context());
        stream.push(frame(1, 1, [2; 4]));
        fixture.expect_nothing();
        fixture.backend.resume(&context());
        fixture.expect(&["1×1 [2, 2, 2, 2]", "updated"]);
    }

    #[test]
    fn streams_of_others_and_ended_ones_are_no_failure() {
        let stream = CaptureStream::register();
        let ended = CaptureStream::register().id();
        let foreign = DummyBackend.create_videostream();
        let fixture = Fixture::new(&ended);
        assert_eq!(fixture.with(|player| player.set_stream(&foreign, false)), Ok(()));
        assert_eq!(fixture.with(|player| player.set_stream(&stream.id(), true)), Ok(()));
        stream.push(frame(1, 1, [1; 4]));
        fixture.expect(&["1×1 [1, 1, 1, 1]", "metadata 1×1", "paused", "updated"]);
    }

    #[test]
    fn a_player_that_is_gone_is_not_found() {
        let stream = CaptureStream::register();
        let fixture = Fixture::new(&stream.id());
        let id = fixture.with(|player| player.get_id());
        assert!(Playback::of(id).is_some());
        drop(fixture);
        assert!(Playback::of(id).is_none());
        stream.push(frame(1, 1, [1; 4]));
    }
}
