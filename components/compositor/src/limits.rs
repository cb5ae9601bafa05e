/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! How often frames are made.

use std::time::Duration;

use subcapture_api::FrameLimits;

/// How long a frame has to wait that was requested `since` after the last one that was delivered.
/// `None` when it may be made at once.
pub(crate) fn wait(limits: &FrameLimits, since: Duration) -> Option<Duration> {
    let rate = limits.max_frame_rate.filter(|rate| *rate > 0.)?;
    // A rate below one frame an hour is as good as none, and must not overflow.
    let interval = Duration::from_secs_f32((1. / rate).min(3600.));
    // Frames come with the ticks of a clock that may be a little early.
    interval.checked_sub(since + interval / 16).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(max_frame_rate: f32) -> FrameLimits {
        FrameLimits { max_frame_rate: Some(max_frame_rate), max_size: None }
    }

    #[test]
    fn frames_wait_for_their_interval() {
        let millis = Duration::from_millis;
        assert_eq!(wait(&FrameLimits::default(), millis(0)), None);
        assert_eq!(wait(&rate(10.), millis(100)), None);
        assert_eq!(wait(&rate(10.), millis(95)), None);
        assert!(wait(&rate(10.), millis(50)).is_some_and(|wait| wait < millis(50)));
        assert_eq!(wait(&rate(0.), millis(0)), None);
        assert_eq!(wait(&rate(f32::NAN), millis(0)), None);
        assert!(wait(&rate(f32::MIN_POSITIVE), millis(0)).is_some());
    }
}
