/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Commands that the WebDriver library has no name for, or whose parameters come ready from a page.

use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command with its path below the session.
#[derive(Clone, Debug)]
pub struct Raw {
    method: Method,
    path: String,
    body: Value,
}

impl Raw {
    /// A command with parameters.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body }
    }

    /// A question.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Value::Null }
    }

    /// Remove something.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, path: path.into(), body: Value::Null }
    }

    /// A command of Chromium's own protocol, without parameters.
    pub fn cdp(name: &str) -> Self {
        Self::post("goog/cdp/execute", json!({ "cmd": name, "params": {} }))
    }

    /// Go on in a frame of the one the session is in, or in the top-level one.
    pub fn frame(index: Option<u16>) -> Self {
        Self::post("frame", json!({ "id": index }))
    }
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(&self, base_url: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = (self.method == Method::POST).then(|| self.body.to_string());
        (self.method.clone(), body)
    }
}
