/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! One player's frames: which are to be shown, and which were.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, Weak};
use std::time::{Duration, Instant};

use log::debug;
use parking_lot::Mutex;
use servo_base::generic_channel::GenericCallback;
use servo_media::player::metadata::Metadata;
use servo_media::player::video::{Buffer, VideoFrame, VideoFrameData, VideoFrameRenderer};
use servo_media::player::{PlaybackState, PlayerEvent};

use crate::{Frame, StreamEvent, presenter};

/// The players that play a captured stream, by id.
static PLAYBACKS: Mutex<BTreeMap<usize, Weak<Screen>>> = Mutex::new(BTreeMap::new());

/// A frame that a player has shown.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The frame.
    pub frame: Frame,
    /// When it was handed to the media element.
    pub at: Instant,
    /// Where playback was then, as the element's `currentTime` has it.
    pub position: Duration,
    /// How many frames this player has shown, this one included.
    pub count: u64,
    /// Whether the track has captured something else since.
    pub is_outdated: bool,
}

/// What a player has shown so far.
pub struct Playback(Arc<Screen>);

impl Playback {
    /// The playback of the player with this id. `None` if it plays no captured stream.
    pub fn of(player: usize) -> Option<Self> {
        PLAYBACKS.lock().get(&player)?.upgrade().map(Self)
    }

    /// The frame that was shown last.
    pub fn presented(&self) -> Option<Presented> {
        self.0.progress.lock().presented.clone()
    }

    /// How many frames were shown.
    pub fn presented_frames(&self) -> u64 {
        self.presented().map_or(0, |presented| presented.count)
    }

    /// How many frames were overtaken by a newer one before they could be shown.
    pub fn dropped_frames(&self) -> u64 {
        self.0.progress.lock().dropped
    }
}

/// What the thread that pushes and the media element say.
#[derive(Default)]
struct Requests {
    frame: Option<Frame>,
    /// How often frames were to be forgotten.
    discards: u64,
    /// Whether the presenter is already to look at this.
    is_queued: bool,
    is_playing: bool,
    is_suspended: bool,
    has_ended: bool,
    clock: Clock,
}

/// Where a stream is in time: it goes on as long as it is played.
#[derive(Default)]
struct Clock {
    played: Duration,
    running_since: Option<Instant>,
}

impl Clock {
    fn position(&self) -> Duration {
        let running = self.running_since.map(|since| since.elapsed());
        self.played.saturating_add(running.unwrap_or_default())
    }

    fn run(&mut self) {
        self.running_since.get_or_insert_with(Instant::now);
    }

    fn stop(&mut self) {
        self.played = self.position();
        self.running_since = None;
    }
}

/// What others may ask at any time.
#[derive(Default)]
struct Progress {
    presented: Option<Presented>,
    dropped: u64,
}

/// What the media element has heard.
#[derive(Default)]
struct Told {
    last: Option<Frame>,
    /// Whether it is playing, once it heard anything.
    is_playing: Option<bool>,
    has_ended: bool,
}

/// The presenter's half of a player.
///
/// Locks are taken in the order of the fields. Only the presenter, and a media element that stops
/// its player, has the first one for longer than a moment.
pub(crate) struct Screen {
    told: Mutex<Told>,
    requests: Mutex<Requests>,
    progress: Mutex<Progress>,
    is_stopped: AtomicBool,
    id: usize,
    /// `None` for an audio element.
    renderer: Option<Arc<StdMutex<dyn VideoFrameRenderer>>>,
    events: GenericCallback<PlayerEvent>,
}

impl Screen {
    pub(crate) fn new(
        id: usize,
        renderer: Option<Arc<StdMutex<dyn VideoFrameRenderer>>>,
        events: GenericCallback<PlayerEvent>,
    ) -> Arc<Self> {
        Arc::new(Self {
            told: Mutex::default(),
            requests: Mutex::default(),
            progress: Mutex::default(),
            is_stopped: AtomicBool::new(false),
            id,
            renderer,
            events,
        })
    }

    /// Let [`Playback::of`] find this from now on.
    pub(crate) fn publish(self: &Arc<Self>) {
        PLAYBACKS.lock().insert(self.id, Arc::downgrade(self));
    }

    pub(crate) fn handle(self: &Arc<Self>, event: StreamEvent) {
        self.request(|requests, progress| {
            let overtaken = match event {
                StreamEvent::Frame(frame) => requests.frame.replace(frame),
                StreamEvent::Discard => {
                    if let Some(presented) = &mut progress.presented {
                        presented.is_outdated = true;
                    }
                    requests.discards += 1;
                    requests.frame.take()
                }
                StreamEvent::End => {
                    requests.has_ended = true;
                    requests.clock.stop();
                    None
                }
            };
            // Not to see what happens while it is paused is what a pause is for.
            if overtaken.is_some() && requests.is_playing && !requests.is_suspended {
                progress.dropped += 1;
            }
        });
    }

    pub(crate) fn set_playing(self: &Arc<Self>, is_playing: bool) {
        self.request(|requests, _| requests.is_playing = is_playing);
    }

    pub(crate) fn is_playing(&self) -> bool {
        self.requests.lock().is_playing
    }

    /// A document that nobody sees plays nothing.
    pub(crate) fn set_suspended(self: &Arc<Self>, is_suspended: bool) {
        self.request(|requests, _| requests.is_suspended = is_suspended);
    }

    fn request(self: &Arc<Self>, change: impl FnOnce(&mut Requests, &mut Progress)) {
        let mut requests = self.requests.lock();
        change(&mut requests, &mut self.progress.lock());
        if requests.is_playing && !requests.is_suspended && !requests.has_ended {
            requests.clock.run();
        } else {
            requests.clock.stop();
        }
        if !requests.is_queued {
            requests.is_queued = true;
            presenter::enqueue(Arc::downgrade(self));
        }
    }

    /// Show nothing more, and do not wait for what is being shown.
    pub(crate) fn close(&self) {
        self.is_stopped.store(true, Ordering::Release);
        PLAYBACKS.lock().remove(&self.id);
    }

    /// Show nothing more. The renderer is not in use when this returns.
    pub(crate) fn stop(&self) {
        self.close();
        drop(self.told.lock());
    }

    /// Whether time passes for this player.
    pub(crate) fn is_advancing(&self) -> bool {
        !self.is_stopped.load(Ordering::Acquire)
            && self.requests.lock().clock.running_since.is_some()
    }

    pub(crate) fn report_position(&self) {
        let told = self.told.lock();
        if told.last.is_some() && !told.has_ended && self.is_advancing() {
            let position = self.requests.lock().clock.position();
            self.send(PlayerEvent::PositionChanged(position.as_secs_f64()));
        }
    }

    /// Show what is to be shown. Only the presenter calls this.
    pub(crate) fn present(&self) {
        let mut told = self.told.lock();
        let (frame, discards, is_playing, has_ended) = {
            let mut requests = self.requests.lock();
            requests.is_queued = false;
            // The first frame is shown to a paused element too: it has to know what it plays.
            let is_shown = !requests.is_suspended && (requests.is_playing || told.last.is_none());
            let frame = requests.frame.take_if(|_| is_shown);
            (frame, requests.discards, requests.is_playing, requests.has_ended)
        };
        if self.is_stopped.load(Ordering::Acquire) {
            return;
        }
        let shown = frame.filter(|frame| self.show(&mut told, frame, discards, is_playing));
        if told.last.is_some() && told.is_playing != Some(is_playing) {
            told.is_playing = Some(is_playing);
            self.send_state(is_playing);
        }
        if shown.is_some() {
            self.send(PlayerEvent::VideoFrameUpdated);
        }
        if has_ended && told.last.is_some() && !told.has_ended {
            told.has_ended = true;
            self.send_end();
        }
    }

    /// Hand a frame to the media element. Returns whether it is another one than before.
    fn show(&self, told: &mut Told, frame: &Frame, discards: u64, is_playing: bool) -> bool {
        let last = told.last.replace(frame.clone());
        let is_same = last.as_ref().is_some_and(|last| {
            last.info().version == frame.info().version && last.has_pixels_of(frame)
        });
        if is_same {
            // An element that shows its own page would otherwise have it painted for ever.
            return false;
        }
        self.render(frame);
        {
            // It may have become outdated on its way.
            let requests = self.requests.lock();
            let mut progress = self.progress.lock();
            let count = progress.presented.as_ref().map_or(0, |presented| presented.count) + 1;
            progress.presented = Some(Presented {
                frame: frame.clone(),
                at: Instant::now(),
                position: requests.clock.position(),
                count,
                is_outdated: requests.discards != discards,
            });
        }
        if last.is_none() {
            self.send(PlayerEvent::MetadataUpdated(self.metadata(frame)));
            told.is_playing = Some(is_playing);
            self.send_state(is_playing);
        }
        true
    }

    fn render(&self, frame: &Frame) {
        let Some(renderer) = &self.renderer else { return };
        let size = (i32::try_from(frame.width()), i32::try_from(frame.height()));
        if let (Ok(width), Ok(height)) = size
            && let Some(frame) = VideoFrame::new(width, height, Arc::new(Pixels(frame.bgra())))
            && let Ok(mut renderer) = renderer.lock()
        {
            renderer.render(frame);
        }
    }

    fn metadata(&self, frame: &Frame) -> Metadata {
        let has_picture = self.renderer.is_some();
        Metadata {
            duration: None,
            width: if has_picture { frame.width() } else { 0 },
            height: if has_picture { frame.height() } else { 0 },
            format: String::new(),
            is_seekable: false,
            video_tracks: vec![String::new()],
            audio_tracks: Vec::new(),
            is_live: true,
            title: None,
        }
    }

    fn send_state(&self, is_playing: bool) {
        self.send(PlayerEvent::StateChanged(match is_playing {
            true => PlaybackState::Playing,
            false => PlaybackState::Paused,
        }));
    }

    /// The end of a stream is where it is then.
    fn send_end(&self) {
        let position = self.requests.lock().clock.position();
        self.send(PlayerEvent::PositionChanged(position.as_secs_f64()));
        self.send(PlayerEvent::DurationChanged(Some(position)));
        self.send(PlayerEvent::EndOfStream);
    }

    fn send(&self, event: PlayerEvent) {
        if let Err(error) = self.events.send(event) {
            debug!("A media element is gone: {error}");
        }
    }
}

/// The pixels of a frame, as servo-media wants them.
struct Pixels(Arc<Vec<u8>>);

impl Buffer for Pixels {
    fn to_vec(&self) -> Option<VideoFrameData> {
        Some(VideoFrameData::Raw(self.0.clone()))
    }
}
