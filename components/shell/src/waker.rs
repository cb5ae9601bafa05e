/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sleeping until Servo has something to do.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use servo::EventLoopWaker;

/// Wakes the thread that spins Servo's event loop.
#[derive(Clone, Default)]
pub(crate) struct Waker(Arc<Signal>);

#[derive(Default)]
struct Signal {
    awake: Mutex<bool>,
    changed: Condvar,
}

impl Waker {
    /// Sleep until woken, or for `limit`. Returns at once if woken since the last call.
    pub(crate) fn wait(&self, limit: Duration) {
        let awake = self.0.awake.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut awake, _) = self
            .0
            .changed
            .wait_timeout_while(awake, limit, |awake| !*awake)
            .unwrap_or_else(PoisonError::into_inner);
        *awake = false;
    }
}

impl EventLoopWaker for Waker {
    fn clone_box(&self) -> Box<dyn EventLoopWaker> {
        Box::new(self.clone())
    }

    fn wake(&self) {
        *self.0.awake.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_one();
    }
}
