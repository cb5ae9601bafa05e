/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Progress on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How much of a recording is done. Nothing is drawn unless standard error is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(frames: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(frames), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("recording {wide_bar} {pos}/{len} frames") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn show(&self, frames: u64) {
        self.0.set_position(frames);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // The line is for the time of waiting; what follows may be an error.
        self.0.finish_and_clear();
    }
}
