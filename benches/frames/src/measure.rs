/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Ratios of times, on a machine that may have other things to do.
//!
//! What is compared takes turns: in each round everybody has a turn, and whoever was first comes
//! last in the next one. A ratio is the median of the ratios of all rounds. So it does not matter
//! if the machine is slower for a while, as long as it is for everybody.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use rustix::time::{ClockId, clock_gettime};

/// What a time is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Clock {
    /// What a clock on the wall shows: what somebody waits for.
    Wall,
    /// How long processors work for this program, all threads together. It is the better one on a
    /// machine that has much else to do, and does not see waiting.
    Cpu,
}

impl Clock {
    /// How long something takes.
    pub(crate) fn time(self, act: impl FnOnce() -> Result<()>) -> Result<Duration> {
        let start = self.now();
        act()?;
        Ok(self.now().saturating_sub(start))
    }

    fn now(self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::Wall => START.get_or_init(Instant::now).elapsed(),
            Self::Cpu => {
                let time = clock_gettime(ClockId::ProcessCPUTime);
                let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
                Duration::new(time.tv_sec.unsigned_abs(), nanos)
            }
        }
    }
}

/// How long everybody settles, how often everybody has a turn, and how many times are taken in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) clock: Clock,
    pub(crate) settle: usize,
    pub(crate) rounds: usize,
    pub(crate) times: usize,
}

/// What is compared: gives how long it took once.
pub(crate) type Contender<'a> = Box<dyn FnMut() -> Result<Duration> + 'a>;

/// A ratio and the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Ratio {
    /// Something that is counted, not timed.
    pub(crate) fn exactly(value: f64) -> Self {
        Self { median: value, low: value, high: value }
    }

    /// The median of these, and the quartiles.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |part: usize| values.get(values.len() * part / 4).copied().unwrap_or(f64::NAN);
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// The times of each contender in seconds, by round.
pub(crate) struct Times(Vec<Vec<f64>>);

impl Times {
    /// How many times as long one contender takes as another.
    pub(crate) fn ratio(&self, of: usize, to: usize) -> Ratio {
        let rounds = self.0[of].iter().zip(&self.0[to]);
        Ratio::of(rounds.map(|(of, to)| of / to).collect())
    }

    /// How long one contender takes, in seconds.
    pub(crate) fn seconds(&self, of: usize) -> Ratio {
        Ratio::of(self.0[of].clone())
    }
}

/// Let everybody take turns.
pub(crate) fn take_turns(effort: Effort, contenders: &mut [Contender<'_>]) -> Result<Times> {
    for contender in &mut *contenders {
        (0..effort.settle).try_for_each(|_| contender().map(|_| ()))?;
    }
    let mut times = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for round in 0..effort.rounds {
        for turn in 0..contenders.len() {
            let index = (round + turn) % contenders.len();
            let contender = &mut contenders[index];
            // The others have left the caches full of their own.
            contender()?;
            let taken: Result<Vec<_>> = (0..effort.times).map(|_| contender()).collect();
            let seconds = taken?.iter().map(Duration::as_secs_f64).collect();
            times[index].push(Ratio::of(seconds).median);
        }
    }
    Ok(Times(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_machine_changes_no_ratio() -> Result<()> {
        let rounds = std::cell::Cell::new(0_u32);
        let slow = || if rounds.get() % 7 < 3 { 5 } else { 1 };
        let one = || {
            rounds.set(rounds.get() + 1);
            Ok(Duration::from_millis(10) * slow())
        };
        let other = || Ok(Duration::from_millis(15) * slow());
        let mut contenders: [Contender<'_>; 2] = [Box::new(one), Box::new(other)];
        let effort = Effort { clock: Clock::Wall, settle: 2, rounds: 50, times: 1 };
        let times = take_turns(effort, &mut contenders)?;
        assert!((times.ratio(1, 0).median - 1.5).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn quartiles_are_of_the_sorted_values() {
        let ratio = Ratio::of(vec![5., 1., 4., 2., 3.]);
        assert_eq!(ratio, Ratio { low: 2., median: 3., high: 4. });
    }
}
