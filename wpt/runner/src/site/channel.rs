/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the page under test and the runner say to each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::outcome::Results;

/// Something that testdriver.js asks for.
#[derive(Clone, Debug, Deserialize)]
pub struct Action {
    /// Under which its parameters are kept in the window where they belong.
    pub key: String,
    /// What to do.
    pub name: String,
    /// The way from the top-level window to that window.
    pub frames: Vec<u16>,
    /// The parameters, if there is no element in them.
    #[serde(default)]
    pub params: Option<Value>,
}

/// What a page says.
#[derive(Debug)]
pub enum Message {
    /// Its test has ended.
    Results(Results),
    /// It asks for something.
    Action(Action, Answer),
}

/// How an action ended: its value, or why there is none.
pub type ActionResult = Result<Value, String>;

/// To be told how an action ended. Dropping it tells the page that it did not.
pub type Answer = oneshot::Sender<ActionResult>;

/// Takes messages of the test that runs, and no other.
#[derive(Clone, Default)]
pub struct Channel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    run: u64,
    sender: Option<mpsc::UnboundedSender<Message>>,
}

impl Channel {
    /// A test begins: what comes from now on, from pages that are loaded from now on.
    pub fn open(&self) -> mpsc::UnboundedReceiver<Message> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.lock();
        state.run += 1;
        state.sender = Some(sender);
        receiver
    }

    /// The number that pages of the test that runs name.
    pub(super) fn run(&self) -> u64 {
        self.lock().run
    }

    /// Pass on what a page said. False if its test does not run.
    pub(super) fn pass_on(&self, run: u64, message: Message) -> bool {
        let state = self.lock();
        state.run == run && state.sender.as_ref().is_some_and(|sender| sender.send(message).is_ok())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values of a query, decoded. The first of several.
pub(super) fn query_values(query: &str) -> HashMap<String, String> {
    let mut values = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        values.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Status;

    fn results() -> Message {
        Message::Results(Results::without_subtests(Status::Ok, None))
    }

    #[test]
    fn pages_of_earlier_tests_are_not_heard() {
        let channel = Channel::default();
        assert!(!channel.pass_on(channel.run(), results()));
        let earlier = channel.open();
        let run = channel.run();
        assert!(channel.pass_on(run, results()));
        drop(earlier);
        let mut now = channel.open();
        assert!(!channel.pass_on(run, results()));
        assert!(channel.pass_on(channel.run(), results()));
        assert!(matches!(now.try_recv(), Ok(Message::Results(_))));
        now.try_recv().expect_err("nothing else");
    }
}
