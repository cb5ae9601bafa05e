/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Sampling captured frames at a steady rate on the page's clock.
//!
//! However slowly frames are captured, output frame `k` shows what was newest `k / rate` seconds
//! after the start: sample and hold. The recording has the right speed and length on every
//! machine; a slow one repeats frames.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Output frames per second, as a fraction. Both parts fit the delay of an APNG frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    frames: u16,
    seconds: u16,
}

impl Rate {
    /// This many frames in this many seconds. `None` if either is 0.
    pub const fn new(frames: u16, seconds: u16) -> Option<Self> {
        if frames == 0 || seconds == 0 { None } else { Some(Self { frames, seconds }) }
    }

    /// The numerator of the frames per second.
    pub const fn frames(self) -> u16 {
        self.frames
    }

    /// The denominator of the frames per second.
    pub const fn seconds(self) -> u16 {
        self.seconds
    }

    /// How many output frames a recording of this length has: the nearest whole number, and at
    /// least one.
    pub fn frames_in(self, duration: Duration) -> u64 {
        let scaled = duration.as_nanos() * u128::from(self.frames);
        let per_frame = NANOS_PER_SECOND * u128::from(self.seconds);
        let frames = (scaled + per_frame / 2) / per_frame;
        u64::try_from(frames).unwrap_or(u64::MAX).max(1)
    }

    /// How many output frames, counted from 0, belong to moments before `elapsed`.
    fn frames_before(self, elapsed: Duration) -> u64 {
        let scaled = elapsed.as_nanos() * u128::from(self.frames);
        let frames = scaled.div_ceil(NANOS_PER_SECOND * u128::from(self.seconds));
        u64::try_from(frames).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            1 => write!(f, "{}", self.frames),
            seconds => write!(f, "{}/{seconds}", self.frames),
        }
    }
}

/// The text is not a rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidRate;

impl fmt::Display for InvalidRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected frames per second, such as 30, 12.5 or 30000/1001")
    }
}

impl std::error::Error for InvalidRate {}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let rate = if let Some((frames, seconds)) = text.split_once('/') {
            let part = |text: &str| text.parse::<u16>().map_err(|_| InvalidRate);
            Self::new(part(frames)?, part(seconds)?)
        } else {
            decimal(text).and_then(|(frames, seconds)| Self::new(frames, seconds))
        };
        rate.ok_or(InvalidRate)
    }
}

/// A decimal number such as `29.97` as a fraction in lowest terms, if both parts are small.
fn decimal(text: &str) -> Option<(u16, u16)> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{places}");
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let numerator: u32 = digits.parse().ok()?;
    let denominator = 10_u32.pow(u32::try_from(places.len()).ok()?);
    let divisor = greatest_common_divisor(numerator, denominator);
    Some((u16::try_from(numerator / divisor).ok()?, u16::try_from(denominator / divisor).ok()?))
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { greatest_common_divisor(b, a % b) }
}

/// Turns frames with timestamps into frames with repeat counts.
///
/// Every captured frame comes out once, when the one after it is known, with the number of output
/// frames that show it: 0 if it was overtaken within one output interval.
#[derive(Debug)]
pub struct Sampler<T> {
    rate: Rate,
    total: u64,
    start: Duration,
    held: T,
    emitted: u64,
}

impl<T> Sampler<T> {
    /// Begin with the frame that was captured at `start`. The recording has `total` output frames.
    pub fn new(rate: Rate, total: u64, start: Duration, first: T) -> Self {
        Self { rate, total, start, held: first, emitted: 0 }
    }

    /// The frame captured at `timestamp` is now the newest. What comes back is the frame before
    /// it, and how many output frames show that one.
    pub fn push(&mut self, timestamp: Duration, frame: T) -> (T, u64) {
        let before = self.rate.frames_before(timestamp.saturating_sub(self.start));
        let until = before.clamp(self.emitted, self.total);
        let repeat = until - self.emitted;
        self.emitted = until;
        (std::mem::replace(&mut self.held, frame), repeat)
    }

    /// Nothing newer came in time: the last frame, and how many output frames show it.
    pub fn finish(self) -> (T, u64) {
        (self.held, self.total - self.emitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().expect("a valid rate")
    }

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// The output frames that come of these captured frames (timestamps in ms).
    fn sample(fps: &str, total: u64, captured: &[u64]) -> Vec<u64> {
        let start = ms(captured[0]);
        let mut sampler = Sampler::new(rate(fps), total, start, captured[0]);
        let mut output = Vec::new();
        let mut emit = |(frame, repeat): (u64, u64)| {
            output.extend(std::iter::repeat_n(frame, usize::try_from(repeat).expect("few frames")));
        };
        for &timestamp in &captured[1..] {
            emit(sampler.push(ms(timestamp), timestamp));
        }
        emit(sampler.finish());
        output
    }

    /// What the promise says, frame by frame.
    fn expected(fps: u64, total: u64, captured: &[u64]) -> Vec<u64> {
        (0..total)
            .map(|k| {
                let mut newest = captured.iter().filter(|&&t| (t - captured[0]) * fps <= k * 1000);
                *newest.next_back().expect("the first frame is at the start")
            })
            .collect()
    }

    #[test]
    fn rates_parse() {
        assert_eq!(rate("30"), Rate { frames: 30, seconds: 1 });
        assert_eq!(rate("12.5"), Rate { frames: 25, seconds: 2 });
        assert_eq!(rate("29.97"), Rate { frames: 2997, seconds: 100 });
        assert_eq!(rate("30000/1001"), Rate { frames: 30000, seconds: 1001 });
        assert_eq!(rate("0.5"), Rate { frames: 1, seconds: 2 });
        for text in ["", "0", "0.0", "-1", "1/0", "0/1", "abc", "1e3", "99999", ".", "1/2/3", "NaN"]
        {
            assert_eq!(text.parse::<Rate>(), Err(InvalidRate), "{text}");
        }
    }

    #[test]
    fn rates_print_as_they_parse() {
        for text in ["30", "25/2", "30000/1001"] {
            assert_eq!(rate(text).to_string(), text);
        }
    }

    #[test]
    fn a_recording_has_at_least_one_frame() {
        assert_eq!(rate("30").frames_in(Duration::from_secs(2)), 60);
        assert_eq!(rate("30").frames_in(ms(1)), 1);
        assert_eq!(rate("30000/1001").frames_in(Duration::from_secs(10)), 300);
    }

    #[test]
    fn a_static_page_repeats_its_frame() {
        assert_eq!(sample("10", 5, &[700]), [700; 5]);
    }

    #[test]
    fn a_frame_counts_from_its_own_moment_on() {
        // Frame 1 belongs to 100 ms: a frame of exactly that moment is shown in it.
        assert_eq!(sample("10", 3, &[0, 100]), [0, 100, 100]);
        assert_eq!(sample("10", 3, &[0, 101]), [0, 0, 101]);
    }

    #[test]
    fn the_newest_of_several_frames_is_shown() {
        assert_eq!(sample("10", 3, &[0, 30, 60, 90, 150]), [0, 90, 150]);
    }

    #[test]
    fn a_stall_repeats_and_does_not_slow_down() {
        assert_eq!(sample("10", 8, &[0, 100, 600]), [0, 100, 100, 100, 100, 100, 600, 600]);
    }

    #[test]
    fn frames_after_the_end_are_not_shown() {
        assert_eq!(sample("10", 3, &[0, 150, 5000, 5001]), [0, 0, 150]);
    }

    #[test]
    fn every_output_frame_is_what_the_promise_says() {
        // Irregular intervals from a small generator, at many rates.
        for fps in [1, 7, 10, 24, 30, 60, 240] {
            let mut seed = fps;
            let mut captured = vec![1234];
            for _ in 0..200 {
                seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
                captured.push(captured[captured.len() - 1] + seed / 65_536 % 40);
            }
            let total = 3 * fps;
            let output = sample(&fps.to_string(), total, &captured);
            assert_eq!(output, expected(fps, total, &captured), "at {fps} fps");
        }
    }
}
