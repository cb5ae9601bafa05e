/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Waiting for a page, and finding out that it does not come.

use std::fmt;
use std::time::{Duration, Instant};

use servo::JSValue;
use servo::resources::{self, Resource};
use url::Url;

use crate::cli::{Scroll, Wait};
use crate::embedder::Tab;

/// How long a page may take to answer one question before it is asked again. It may have been
/// about to go to another document.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// How long a page that is not to be waited for has to show what it was told to.
const UNSETTLED_PAUSE: Duration = Duration::from_millis(150);

/// A page is not ready to be captured.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LoadError {
    /// Servo shows an error in the place of the page.
    Failed {
        /// The page.
        url: Url,
        /// Servo's words.
        reason: String,
    },
    /// The page's process or thread came to its end.
    Crashed {
        /// The page.
        url: Url,
        /// Servo's words.
        reason: String,
    },
    /// The page is not loaded within the time limit.
    NotLoaded {
        /// The page.
        url: Url,
        /// The time limit.
        limit: Duration,
    },
    /// A selector to wait for or to scroll to is not valid CSS.
    InvalidSelector(String),
    /// No element matches a selector to wait for or to scroll to.
    NoMatch(String),
    /// No element came to match a selector within the time limit.
    NotSeen {
        /// The selector.
        selector: String,
        /// The time limit.
        limit: Duration,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { url, reason } => write!(f, "cannot load {url}: {reason}"),
            Self::Crashed { url, reason } => write!(f, "{url} crashed: {reason}"),
            Self::NotLoaded { url, limit } => {
                write!(f, "{url} is not loaded after {} s", limit.as_secs_f64())
            }
            Self::InvalidSelector(selector) => {
                write!(f, "the selector '{selector}' is not valid CSS")
            }
            Self::NoMatch(selector) => write!(f, "no element matches '{selector}'"),
            Self::NotSeen { selector, limit } => {
                write!(f, "no element matches '{selector}' after {} s", limit.as_secs_f64())
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// Waits for one page.
pub struct Loader<'a> {
    tab: &'a Tab,
    url: Url,
    limit: Duration,
    deadline: Instant,
    /// The page was loaded without an error.
    seen_loaded: bool,
}

impl<'a> Loader<'a> {
    /// Wait for this page, from now on for at most `limit`.
    pub fn new(tab: &'a Tab, url: Url, limit: Duration) -> Self {
        Self { tab, url, limit, deadline: Instant::now() + limit, seen_loaded: false }
    }

    /// Wait for this and then for that. A time that was asked for does not count against the
    /// limit.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when the page does not load, or something does not come in time.
    pub fn wait(&mut self, waits: &[Wait]) -> Result<(), LoadError> {
        for wait in waits {
            match wait {
                Wait::Load => self.wait_for_load()?,
                Wait::Selector(selector) => self.wait_for_selector(selector)?,
                Wait::Time(duration) => {
                    self.tab.spin_for(*duration);
                    self.deadline += *duration;
                }
            }
        }
        self.check()
    }

    /// Scroll, and wait until that is on screen.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when the page does not answer or has no such element.
    pub fn scroll(&mut self, scroll: &Scroll) -> Result<(), LoadError> {
        match scroll {
            Scroll::To(position) => {
                let script = format!(
                    "scrollTo({{left: {}, top: {}, behavior: 'instant'}})",
                    position.x, position.y
                );
                self.ask(&script)?;
            }
            Scroll::Into(selector) => match self.query(selector, SCROLL_INTO)? {
                Query::Invalid => return Err(LoadError::InvalidSelector(selector.clone())),
                Query::Missing => return Err(LoadError::NoMatch(selector.clone())),
                Query::Found => {}
            },
        }
        self.settle()
    }

    fn wait_for_load(&mut self) -> Result<(), LoadError> {
        let ended = || self.tab.is_loaded() || self.tab.crash().is_some();
        if !self.tab.spin_until(self.deadline, ended) {
            return Err(self.not_loaded());
        }
        self.check()?;
        self.settle()
    }

    /// Wait until what the page shows is on screen. A page that is still loading, and was not to
    /// be waited for, only has a moment.
    fn settle(&self) -> Result<(), LoadError> {
        if !self.tab.is_loaded() {
            self.tab.spin_for(UNSETTLED_PAUSE);
            return Ok(());
        }
        if self.tab.settle(self.deadline) { Ok(()) } else { Err(self.not_loaded()) }
    }

    fn wait_for_selector(&mut self, selector: &str) -> Result<(), LoadError> {
        loop {
            match self.query(selector, "") {
                Ok(Query::Found) => return Ok(()),
                Ok(Query::Invalid) => return Err(LoadError::InvalidSelector(selector.to_owned())),
                Ok(Query::Missing) => self.check()?,
                Err(LoadError::NotLoaded { .. }) => {}
                Err(error) => return Err(error),
            }
            if Instant::now() >= self.deadline {
                let (selector, limit) = (selector.to_owned(), self.limit);
                return Err(LoadError::NotSeen { selector, limit });
            }
            self.tab.spin_for(POLL_INTERVAL);
        }
    }

    /// Look for signs that what is there is not the page.
    fn check(&mut self) -> Result<(), LoadError> {
        if let Some(reason) = self.tab.crash() {
            return Err(LoadError::Crashed { url: self.url.clone(), reason });
        }
        if self.seen_loaded || !self.tab.is_loaded() {
            return Ok(());
        }
        if let JSValue::String(reason) = self.ask(&error_page_script())? {
            return Err(LoadError::Failed { url: self.url.clone(), reason });
        }
        self.seen_loaded = true;
        Ok(())
    }

    fn query(&self, selector: &str, then: &str) -> Result<Query, LoadError> {
        let selector = serde_json::Value::from(selector);
        let script = format!(
            "(() => {{
                let element;
                try {{
                    element = document.querySelector({selector});
                }} catch {{
                    return 'invalid';
                }}
                if (!element) return 'missing';
                {then};
                return 'found';
            }})()"
        );
        Ok(match self.ask(&script)? {
            JSValue::String(found) if found == "found" => Query::Found,
            JSValue::String(found) if found == "invalid" => Query::Invalid,
            _ => Query::Missing,
        })
    }

    /// Ask with a script until the document that is there has answered.
    ///
    /// # Errors
    ///
    /// [`LoadError`] when it does not within the time limit.
    pub fn ask(&self, script: &str) -> Result<JSValue, LoadError> {
        loop {
            let answer_by = self.deadline.min(Instant::now() + ANSWER_LIMIT);
            if let Ok(value) = self.tab.evaluate(script, answer_by) {
                return Ok(value);
            }
            if Instant::now() >= self.deadline {
                return Err(self.not_loaded());
            }
            self.tab.spin_for(POLL_INTERVAL);
        }
    }

    fn not_loaded(&self) -> LoadError {
        LoadError::NotLoaded { url: self.url.clone(), limit: self.limit }
    }
}

enum Query {
    Found,
    Missing,
    Invalid,
}

const SCROLL_INTO: &str =
    "element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})";

/// A script whose value is the reason, if the document is one of Servo's own that stand in the
/// place of a page that could not be loaded, and null otherwise.
///
/// Servo does not tell its embedder that a page failed, but it makes these documents from
/// templates that we have too: a document whose text fits a template is one of them.
fn error_page_script() -> String {
    let templates = [Resource::NetErrorHTML, Resource::BadCertHTML, Resource::CrashHTML];
    let templates = serde_json::Value::from(templates.map(resources::read_string).to_vec());
    format!(
        r"(templates => {{
            const text = document.documentElement?.textContent?.trim() ?? '';
            if (text.length > 65536) return null;
            const literally = part => part.replace(/[.*+?^${{}}()|[\]\\]/g, '\\$&');
            for (const template of templates) {{
                const parsed = new DOMParser().parseFromString(template, 'text/html');
                const parts = parsed.documentElement.textContent.trim().split(/\$\{{\w+\}}/);
                const pattern = parts.map(literally).join('([^]*)');
                const match = new RegExp('^' + pattern + '$').exec(text);
                if (match) return match[1].trim();
            }}
            // A document for content that Servo cannot show has no template.
            const unknown = /^Unknown content type \(.*\)\.$/.exec(text);
            return unknown && document.contentType != 'text/html' ? unknown[0] : null;
        }})({templates})"
    )
}
