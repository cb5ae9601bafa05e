/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! How often frames are made, and how large they are at most.

use std::time::Duration;

use subcapture_api::FrameLimits;
use webrender_api::units::DeviceIntSize;

/// How long a frame has to wait that was requested `since` after the last one that was delivered.
/// `None` when it may be made at once.
pub(crate) fn wait(limits: &FrameLimits, since: Duration) -> Option<Duration> {
    let rate = limits.max_frame_rate.filter(|rate| *rate > 0.)?;
    // A rate below one frame an hour is as good as none, and must not overflow.
    let interval = Duration::from_secs_f32((1. / rate).min(3600.));
    // Frames come with the ticks of a clock that may be a little early.
    interval.checked_sub(since + interval / 16).filter(|wait| !wait.is_zero())
}

/// The size of a frame of something of this size: scaled down to fit, with its aspect ratio kept
/// as closely as whole px allow, and never empty.
pub(crate) fn fit(limits: &FrameLimits, size: DeviceIntSize) -> DeviceIntSize {
    let Some(max) = limits.max_size.map(|max| max.max(DeviceIntSize::new(1, 1))) else {
        return size;
    };
    if size.width <= max.width && size.height <= max.height {
        return size;
    }
    let scale = |length: i32, of: i32, by: i32| {
        let scaled = (i64::from(length) * i64::from(by) + i64::from(of) / 2) / i64::from(of);
        i32::try_from(scaled).unwrap_or(i32::MAX).max(1)
    };
    // Which of the two is the tighter bound?
    if i64::from(size.width) * i64::from(max.height)
        >= i64::from(size.height) * i64::from(max.width)
    {
        DeviceIntSize::new(max.width, scale(size.height, size.width, max.width).min(max.height))
    } else {
        DeviceIntSize::new(scale(size.width, size.height, max.height).min(max.width), max.height)
    }
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

    #[test]
    fn frames_are_scaled_down_and_never_up() {
        let size = DeviceIntSize::new;
        assert_eq!(fit(&FrameLimits::default(), size(640, 360)), size(640, 360));
        let fit = |max: DeviceIntSize, of: DeviceIntSize| {
            fit(&FrameLimits { max_frame_rate: None, max_size: Some(max) }, of)
        };
        assert_eq!(fit(size(800, 800), size(640, 360)), size(640, 360));
        assert_eq!(fit(size(320, 800), size(640, 360)), size(320, 180));
        assert_eq!(fit(size(800, 90), size(640, 360)), size(160, 90));
        assert_eq!(fit(size(10, 10), size(101, 51)), size(10, 5));
        assert_eq!(fit(size(10, 10), size(10_000, 3)), size(10, 1));
        assert_eq!(fit(size(0, -5), size(100, 100)), size(1, 1));
        assert_eq!(fit(size(1000, 1), size(i32::MAX, i32::MAX)), size(1, 1));
    }
}
