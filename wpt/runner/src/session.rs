/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! One test in a browser.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use fantoccini::wd::WindowHandle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until, timeout};

use crate::browser::{Browser, Pulse};
use crate::driver;
use crate::outcome::{Results, Status};
use crate::site::{Action, Answer, Message, Site};
use crate::source::Patience;
use crate::suite::Test;

/// How much longer than the harness the runner waits.
const GRACE: Duration = Duration::from_secs(5);

/// How long testharness.js waits, and then this runner.
pub fn limit(patience: Patience, multiplier: f64) -> Duration {
    let harness = match patience {
        Patience::Normal => Duration::from_secs(10),
        Patience::Long => Duration::from_secs(60),
    };
    harness.mul_f64(multiplier) + GRACE
}

/// How long a page may go on loading after its test has ended. A test waits for its page, so this
/// is a page that waits for ever.
const LOAD_GRACE: Duration = Duration::from_secs(2);

/// How long closing windows may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// What to do with the browser after a test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// It can run the next test.
    Usable,
    /// It crashed or hangs, or what the test has set would reach the next one.
    Unusable,
}

/// Run a test in a new window.
pub async fn run(
    browser: &mut Browser,
    site: &Site,
    test: &Test,
    limit: Duration,
) -> (Results, Condition) {
    let deadline = Instant::now() + limit;
    let mut messages = site.channel().open();
    let opened = async {
        let first = browser.windows().await?.into_iter().next();
        Ok::<_, anyhow::Error>((first, browser.open_window().await?))
    };
    let (first, window) = match opened.await {
        Ok((Some(first), window)) => (first, window),
        Ok((None, _)) => return crashed("the browser has no window".to_owned()),
        Err(error) => return crashed(format!("{error:#}\n{}", browser.last_words())),
    };
    let mut leaves_settings = false;
    let load = browser.go_to(site.url(&test.id));
    let notice = |action: &Action| leaves_settings |= driver::leaves_settings(action);
    let ended = follow(browser, &window, load, &mut messages, deadline, notice).await;
    let Some(results) = ended else {
        let message = match browser.pulse().await {
            Pulse::Alive => "the test does not end",
            Pulse::Hanging => "the page hangs",
            Pulse::Gone(reason) => return crashed(reason),
        };
        let results = Results::without_subtests(Status::Timeout, message.to_owned());
        return (results, Condition::Unusable);
    };
    if results.harness.status == Status::Crash || leaves_settings {
        return (results, Condition::Unusable);
    }
    // A page that is still loading keeps the browser from listening.
    let close = timeout(CLOSE_LIMIT, browser.close_windows_except(&first)).await;
    let condition = match close {
        Ok(Ok(())) => Condition::Usable,
        _ => Condition::Unusable,
    };
    (results, condition)
}

fn crashed(message: String) -> (Results, Condition) {
    (Results::without_subtests(Status::Crash, message), Condition::Unusable)
}

/// Load the page, and do what the test asks for until it tells its results, or there will be none.
/// `notice` is told of everything that is done.
async fn follow(
    browser: &mut Browser,
    window: &WindowHandle,
    load: impl Future<Output = Result<()>>,
    messages: &mut UnboundedReceiver<Message>,
    deadline: Instant,
    mut notice: impl FnMut(&Action),
) -> Option<Results> {
    let mut load = pin!(load);
    let mut is_loading = true;
    // The browser takes one command after the other: what is asked for while the page is loaded
    // is done when it is.
    let mut asked = VecDeque::new();
    loop {
        if !is_loading && let Some((action, answer)) = asked.pop_front() {
            notice(&action);
            let result = driver::carry_out(browser, window, &action).await;
            // A page that has gone is told nothing.
            let _: Result<(), _> = Answer::send(answer, result);
            continue;
        }
        tokio::select! {
            result = &mut load, if is_loading => {
                is_loading = false;
                // A test may have ended or navigated before its page was loaded.
                if let Err(error) = result && messages.is_empty() {
                    let message = format!("the page does not load: {error:#}");
                    return Some(Results::without_subtests(Status::Crash, message));
                }
            },
            message = messages.recv() => match message? {
                Message::Action(action, answer) => asked.push_back((action, answer)),
                Message::Results(results) => {
                    if is_loading {
                        let _ = timeout(LOAD_GRACE, &mut load).await;
                    }
                    return Some(results);
                },
            },
            words = browser.ended() => return Some(Results::without_subtests(Status::Crash, words)),
            () = sleep_until(deadline) => return None,
        }
    }
}
