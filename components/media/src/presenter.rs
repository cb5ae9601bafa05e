/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The thread that shows frames.
//!
//! A media element's renderer may have to wait for `Paint`, and frames may be pushed by the very
//! thread that `Paint` runs on. So all rendering is done here, for all players of this process.

use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use log::error;

use crate::playback::Screen;

/// How often a media element hears where it is in the stream that it plays.
const POSITION_INTERVAL: Duration = Duration::from_millis(250);

/// `None` if there can be no such thread.
static PRESENTER: OnceLock<Option<Sender<Weak<Screen>>>> = OnceLock::new();

/// Let the presenter look at a screen. Does not wait. A screen has at most one such request under
/// way at a time, so that the queue is no longer than there are screens.
pub(crate) fn enqueue(screen: Weak<Screen>) {
    let presenter = PRESENTER.get_or_init(|| {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let thread = thread::Builder::new().name("CapturePresenter".into());
        match thread.spawn(move || run(&receiver)) {
            Ok(_) => Some(sender),
            Err(error) => {
                error!("Captured streams cannot be played: {error}");
                None
            }
        }
    });
    if let Some(presenter) = presenter {
        // The thread runs as long as the sender is there, which is for ever.
        let _ = presenter.send(screen);
    }
}

fn run(requests: &Receiver<Weak<Screen>>) {
    // The screens whose position advances, and when they are to say so.
    let mut playing: Vec<Weak<Screen>> = Vec::new();
    let mut report_at = Instant::now();
    loop {
        let request = if playing.is_empty() {
            requests.recv().map_err(RecvTimeoutError::from)
        } else {
            requests.recv_deadline(report_at)
        };
        match request.map(|screen| screen.upgrade()) {
            Ok(Some(screen)) => {
                screen.present();
                let is_known = playing.iter().any(|known| known.as_ptr() == Arc::as_ptr(&screen));
                if screen.is_advancing() && !is_known {
                    if playing.is_empty() {
                        report_at = Instant::now() + POSITION_INTERVAL;
                    }
                    playing.push(Arc::downgrade(&screen));
                }
            }
            Ok(None) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // A steady stream of requests must not keep positions back.
        if !playing.is_empty() && Instant::now() >= report_at {
            playing.retain(|screen| {
                screen.upgrade().is_some_and(|screen| {
                    screen.report_position();
                    screen.is_advancing()
                })
            });
            report_at = Instant::now() + POSITION_INTERVAL;
        }
    }
}
