/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `subcapture serve-webdriver` and a client that does what a person at the page would.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

use crate::picture::Picture;

/// The key by which WebDriver refers to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long anything may take, on a machine that has more to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program with one window. Ends with this.
pub(crate) struct Browser {
    process: Child,
    agent: Agent,
    session: String,
}

impl Browser {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let process = Command::new(env!("CARGO_BIN_EXE_subcapture"))
            .args(["serve-webdriver", "--port", &port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the program starts");
        // What WebDriver says of an error is in the answer's body.
        let configuration =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let agent = Agent::from(configuration.build());
        let mut browser = Self { process, agent, session: String::new() };
        let server = format!("http://127.0.0.1:{port}/session");
        let request = json!({ "capabilities": {} });
        let answer = eventually("a session", || browser.try_post(&server, &request));
        let id = answer["value"]["sessionId"].as_str().expect("an id");
        browser.session = format!("{server}/{id}");
        browser
    }

    /// `None` if nobody listens.
    fn try_post(&self, url: &str, body: &Value) -> Option<Value> {
        let answer = self.agent.post(url).send_json(body).ok()?;
        Some(answer.into_body().read_json().expect("JSON"))
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}/{command}", self.session);
        let mut answer = self.try_post(&url, body).expect("the browser answers");
        assert_eq!(answer["value"]["error"], Value::Null, "{command} {body}: {answer}");
        answer["value"].take()
    }

    pub(crate) fn go_to(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// The result of an expression.
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.post("element", &json!({ "using": "css selector", "value": selector }));
        let id = element[ELEMENT].as_str().expect("an element");
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// What the window shows.
    pub(crate) fn screenshot(&self) -> Picture {
        let url = format!("{}/screenshot", self.session);
        let answer = self.agent.get(&url).call().expect("the browser answers");
        let answer: Value = answer.into_body().read_json().expect("JSON");
        assert!(answer["value"].is_string(), "no picture: {answer}");
        let encoded = answer["value"].as_str().unwrap_or_default();
        Picture::decode(BASE64_STANDARD.decode(encoded).expect("base64"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Whatever is the matter with it, and with the processes of pages that it started.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// What `attempt` gives when it gives something.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "it takes too long: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
