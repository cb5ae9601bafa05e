/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Encoding beside the event loop.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use crate::encode::EncodeError;
use crate::picture::Picture;

/// A picture, and how many frames of the recording it is.
pub type Paced = (Picture, u64);

/// A thread that encodes one recording.
pub struct EncoderThread {
    frames: SyncSender<Paced>,
    thread: JoinHandle<Result<(), EncodeError>>,
}

impl EncoderThread {
    /// Start to encode. At most `backlog` pictures wait for the encoder.
    pub fn start(
        backlog: usize,
        encode: impl FnOnce(Receiver<Paced>) -> Result<(), EncodeError> + Send + 'static,
    ) -> Self {
        let (frames, receiver) = mpsc::sync_channel(backlog);
        Self { frames, thread: thread::spawn(move || encode(receiver)) }
    }

    /// Encode this next. Waits while too many pictures wait. Does nothing if the encoder gave up;
    /// [`Self::finish`] tells why.
    pub fn send(&self, paced: Paced) {
        let _ = self.frames.send(paced);
    }

    /// Whether the encoder has not given up.
    pub fn is_at_work(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Wait until everything is encoded.
    ///
    /// # Errors
    ///
    /// What the encoder could not do.
    pub fn finish(self) -> Result<(), EncodeError> {
        drop(self.frames);
        let crashed = || EncodeError::Unsupported("the encoder crashed".to_owned());
        self.thread.join().unwrap_or_else(|_| Err(crashed()))
    }
}
