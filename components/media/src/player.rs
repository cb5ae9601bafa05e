/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The player of a media element whose `srcObject` is a `MediaStream`.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};

use parking_lot::Mutex;
use servo_media::player::{Player, PlayerError};
use servo_media::streams::{MediaStreamId, get_stream};
use servo_media::{MediaInstance, MediaInstanceError};

use crate::playback::Screen;
use crate::{StreamReader, Subscription};

/// Counts our players down, so that their ids are not those of another backend, which counts up.
static NEXT_ID: AtomicUsize = AtomicUsize::new(usize::MAX);

/// An id that no other player of ours has.
pub(crate) fn next_id() -> usize {
    NEXT_ID.fetch_sub(1, Ordering::Relaxed)
}

/// Plays the first captured stream that it is given, and leaves any other to the player of
/// another backend.
pub(crate) struct StreamPlayer {
    id: usize,
    screen: Arc<Screen>,
    source: Mutex<Option<Subscription>>,
    other: Arc<StdMutex<dyn Player>>,
}

impl StreamPlayer {
    pub(crate) fn new(id: usize, screen: Arc<Screen>, other: Arc<StdMutex<dyn Player>>) -> Self {
        Self { id, screen, source: Mutex::default(), other }
    }

    fn other(&self) -> MutexGuard<'_, dyn Player + 'static> {
        self.other.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plays_captured_stream(&self) -> bool {
        self.source.lock().is_some()
    }
}

impl Drop for StreamPlayer {
    fn drop(&mut self) {
        self.screen.close();
    }
}

impl Player for StreamPlayer {
    fn play(&self) -> Result<(), PlayerError> {
        self.screen.set_playing(true);
        self.other().play()
    }

    fn pause(&self) -> Result<(), PlayerError> {
        self.screen.set_playing(false);
        self.other().pause()
    }

    fn paused(&self) -> bool {
        if self.plays_captured_stream() { !self.screen.is_playing() } else { self.other().paused() }
    }

    fn can_resume(&self) -> bool {
        self.plays_captured_stream() || self.other().can_resume()
    }

    fn stop(&self) -> Result<(), PlayerError> {
        drop(self.source.lock().take());
        self.screen.stop();
        self.other().stop()
    }

    /// One stream has no other moment than now.
    fn seek(&self, time: f64) -> Result<(), PlayerError> {
        if self.plays_captured_stream() {
            Err(PlayerError::NonSeekableStream)
        } else {
            self.other().seek(time)
        }
    }

    fn seekable(&self) -> Vec<Range<f64>> {
        self.other().seekable()
    }

    fn set_mute(&self, muted: bool) -> Result<(), PlayerError> {
        self.other().set_mute(muted)
    }

    fn muted(&self) -> bool {
        self.other().muted()
    }

    fn set_volume(&self, volume: f64) -> Result<(), PlayerError> {
        self.other().set_volume(volume)
    }

    fn volume(&self) -> f64 {
        self.other().volume()
    }

    fn set_input_size(&self, size: u64) -> Result<(), PlayerError> {
        self.other().set_input_size(size)
    }

    fn set_seekable(&self, seekable: bool) -> Result<(), PlayerError> {
        self.other().set_seekable(seekable)
    }

    fn set_download_buffering_enabled(&self, enabled: bool) -> Result<(), PlayerError> {
        self.other().set_download_buffering_enabled(enabled)
    }

    fn set_playback_rate(&self, playback_rate: f64) -> Result<(), PlayerError> {
        self.other().set_playback_rate(playback_rate)
    }

    fn playback_rate(&self) -> f64 {
        self.other().playback_rate()
    }

    fn push_data(&self, data: Vec<u8>) -> Result<(), PlayerError> {
        self.other().push_data(data)
    }

    fn end_of_stream(&self) -> Result<(), PlayerError> {
        self.other().end_of_stream()
    }

    fn buffered(&self) -> Vec<Range<f64>> {
        self.other().buffered()
    }

    fn set_stream(&self, stream: &MediaStreamId, only_stream: bool) -> Result<(), PlayerError> {
        let Some(reader) = StreamReader::of(stream) else {
            // The track of a stream that is gone has ended: there is nothing to play, but nothing
            // went wrong.
            return match get_stream(stream) {
                Some(_) => self.other().set_stream(stream, only_stream),
                None => Ok(()),
            };
        };
        let mut source = self.source.lock();
        if source.is_none() {
            self.screen.publish();
            let screen = Arc::downgrade(&self.screen);
            *source = Some(reader.subscribe(move |event| {
                if let Some(screen) = screen.upgrade() {
                    screen.handle(event);
                }
            }));
        }
        Ok(())
    }

    fn render_use_gl(&self) -> bool {
        !self.plays_captured_stream() && self.other().render_use_gl()
    }

    fn set_audio_track(&self, stream_index: i32, enabled: bool) -> Result<(), PlayerError> {
        self.other().set_audio_track(stream_index, enabled)
    }

    /// There is only one.
    fn set_video_track(&self, stream_index: i32, enabled: bool) -> Result<(), PlayerError> {
        if self.plays_captured_stream() {
            Ok(())
        } else {
            self.other().set_video_track(stream_index, enabled)
        }
    }
}

impl MediaInstance for StreamPlayer {
    fn get_id(&self) -> usize {
        self.id
    }

    fn mute(&self, val: bool) -> Result<(), MediaInstanceError> {
        self.other().mute(val)
    }

    fn suspend(&self) -> Result<(), MediaInstanceError> {
        self.screen.set_suspended(true);
        self.other().suspend()
    }

    fn resume(&self) -> Result<(), MediaInstanceError> {
        self.screen.set_suspended(false);
        self.other().resume()
    }
}
