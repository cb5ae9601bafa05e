/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sleeping until Servo has something to do.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use servo::EventLoopWaker;

/// Wakes the thread that spins Servo's event loop, and counts how often.
#[derive(Clone, Default)]
pub(crate) struct Waker(Arc<Signal>);

#[derive(Default)]
struct Signal {
    wakes: Mutex<Wakes>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Wakes {
    all: u64,
    seen: u64,
}

impl Waker {
    /// Sleep until woken, or for `limit`. Returns whether it was woken, at once if that was since
    /// the last call.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let wakes = self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut wakes, _) = self
            .0
            .changed
            .wait_timeout_while(wakes, limit, |wakes| wakes.all == wakes.seen)
            .unwrap_or_else(PoisonError::into_inner);
        let is_woken = wakes.all != wakes.seen;
        wakes.seen = wakes.all;
        is_woken
    }

    /// How often it was woken.
    pub(crate) fn count(&self) -> u64 {
        self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl EventLoopWaker for Waker {
    fn clone_box(&self) -> Box<dyn EventLoopWaker> {
        Box::new(self.clone())
    }

    fn wake(&self) {
        self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner).all += 1;
        self.0.changed.notify_one();
    }
}
