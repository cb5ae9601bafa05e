/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Many tests, in as many browsers as asked for.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::browser::{Browser, BrowserOptions};
use crate::expectation::{Expectation, Fact, Facts};
use crate::outcome::{Outcome, Results, Status};
use crate::session::{self, Condition};
use crate::site::{Places, Site};
use crate::suite::Test;

/// What to run tests with.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The browser.
    pub browser: BrowserOptions,
    /// The files of the site.
    pub places: Places,
    /// What is known to fail.
    pub metadata: Option<PathBuf>,
    /// By what times are multiplied.
    pub timeout_multiplier: f64,
    /// How many browsers run at once.
    pub processes: usize,
    /// How often a test is run again when something in it is unexpected.
    pub retries: usize,
}

/// What is to be made of an outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It counts.
    Final,
    /// The test is run again.
    Again,
}

/// What a run has found.
#[derive(Clone, Debug)]
pub struct Run {
    /// In the order in which the tests were given.
    pub outcomes: Vec<Outcome>,
    /// When it began and ended.
    pub time: [SystemTime; 2],
    /// The browser's version, if it told it.
    pub browser_version: Option<String>,
}

struct Job {
    position: usize,
    test: Test,
    expectation: Expectation,
}

type Queue = Arc<Mutex<VecDeque<Job>>>;

/// Run tests. `notify` is told of each that has ended, and whether it is run again.
///
/// # Errors
///
/// If metadata is not valid, or there is no browser to run tests with.
pub async fn run(
    tests: &[Test],
    options: &RunOptions,
    mut notify: impl FnMut(&Outcome, Verdict),
) -> Result<Run> {
    if !options.places.have_harness() {
        bail!("there is no testharness.js");
    }
    let begun = SystemTime::now();
    let facts = facts(options);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; tests.len()];
    let mut queue = VecDeque::new();
    for (position, test) in tests.iter().enumerate() {
        let expectation = match &options.metadata {
            Some(metadata) => Expectation::load(metadata, test, &facts)?,
            None => Expectation::default(),
        };
        if let Some(reason) = &expectation.disabled {
            let outcome = Outcome::skipped(&test.id, reason);
            notify(&outcome, Verdict::Final);
            outcomes[position] = Some(outcome);
        } else {
            queue.push_back(Job { position, test: test.clone(), expectation });
        }
    }
    let workers = options.processes.clamp(1, queue.len().max(1));
    let queue: Queue = Arc::new(Mutex::new(queue));
    let (sender, mut done) = mpsc::unbounded_channel();
    let mut running = JoinSet::new();
    for _ in 0..workers {
        running.spawn(work(queue.clone(), options.clone(), sender.clone()));
    }
    drop(sender);
    while let Some((position, outcome, verdict)) = done.recv().await {
        notify(&outcome, verdict);
        outcomes[position] = Some(outcome);
    }
    let mut browser_version = None;
    while let Some(result) = running.join_next().await {
        browser_version = result.context("a worker panicked")??.or(browser_version);
    }
    let outcomes = outcomes.into_iter().collect::<Option<Vec<_>>>().context("a test got lost")?;
    Ok(Run { outcomes, time: [begun, SystemTime::now()], browser_version })
}

/// What conditions in metadata may ask.
fn facts(options: &RunOptions) -> Facts {
    Facts::from([
        ("product", Fact::from(options.browser.product.name())),
        ("os", Fact::from(std::env::consts::OS)),
        ("processor", Fact::from(std::env::consts::ARCH)),
        (
            "multiprocess",
            Fact::from(options.browser.arguments.iter().any(|a| a == "--multiprocess")),
        ),
    ])
}

/// Run tests of the queue, one after the other in one browser while it lasts.
async fn work(
    queue: Queue,
    options: RunOptions,
    done: mpsc::UnboundedSender<(usize, Outcome, Verdict)>,
) -> Result<Option<String>> {
    let site = Site::start(options.places.clone(), options.timeout_multiplier).await?;
    let mut browser: Option<Browser> = None;
    let mut version = None;
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    while let Some(Job { position, test, expectation }) = take() {
        for remaining in (0..=options.retries).rev() {
            let mut current = match browser.take() {
                Some(browser) => browser,
                None => Browser::launch(&options.browser).await?,
            };
            version = version.or_else(|| current.version());
            let begun = Instant::now();
            let limit = session::limit(test.patience, options.timeout_multiplier);
            let (results, condition) = run_one(&mut current, &site, &test, limit).await;
            let outcome = Outcome::new(&test.id, results, &expectation, begun.elapsed());
            let verdict = verdict(&outcome, remaining);
            let _ = done.send((position, outcome, verdict));
            match condition {
                Condition::Usable => browser = Some(current),
                Condition::Unusable => current.abandon().await,
            }
            if verdict == Verdict::Final {
                break;
            }
        }
    }
    if let Some(browser) = browser {
        browser.end().await;
    }
    Ok(version)
}

/// What to make of an outcome when the test may be run `remaining` times more.
fn verdict(outcome: &Outcome, remaining: usize) -> Verdict {
    if outcome.is_expected() || remaining == 0 { Verdict::Final } else { Verdict::Again }
}

/// With a limit of its own for everything around the test, so that no browser can stop a run.
async fn run_one(
    browser: &mut Browser,
    site: &Site,
    test: &Test,
    limit: Duration,
) -> (Results, Condition) {
    const AROUND: Duration = Duration::from_secs(60);
    let run = session::run(browser, site, test, limit);
    tokio::time::timeout(limit + AROUND, run).await.unwrap_or_else(|_| {
        let message = "the browser hangs".to_owned();
        (Results::without_subtests(Status::Timeout, message), Condition::Unusable)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unexpected_is_run_again() {
        let outcome = |status| {
            let results = Results::without_subtests(status, None);
            Outcome::new("/a.html", results, &Expectation::default(), Duration::ZERO)
        };
        assert_eq!(verdict(&outcome(Status::Ok), 2), Verdict::Final);
        assert_eq!(verdict(&outcome(Status::Crash), 2), Verdict::Again);
        assert_eq!(verdict(&outcome(Status::Crash), 0), Verdict::Final);
        assert_eq!(verdict(&Outcome::skipped("/a.html", "because"), 1), Verdict::Final);
    }
}
