/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What happened in a test, and how it compares with what was expected.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::expectation::{Expectation, Expected};

/// How a test or subtest ended, by the names of wptrunner.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// The harness: it came to its end, whatever the subtests say.
    Ok,
    /// The harness: something outside of the subtests went wrong.
    Error,
    /// The browser was gone before the test had ended.
    Crash,
    /// The test is disabled.
    Skip,
    /// A subtest: passed.
    Pass,
    /// A subtest: failed.
    Fail,
    /// A subtest: the test ended before it began.
    NotRun,
    /// It did not end in time.
    Timeout,
    /// Something optional is missing.
    #[serde(rename = "PRECONDITION_FAILED")]
    PreconditionFailed,
}

const NAMES: [(Status, &str); 9] = [
    (Status::Ok, "OK"),
    (Status::Error, "ERROR"),
    (Status::Crash, "CRASH"),
    (Status::Skip, "SKIP"),
    (Status::Pass, "PASS"),
    (Status::Fail, "FAIL"),
    (Status::NotRun, "NOTRUN"),
    (Status::Timeout, "TIMEOUT"),
    (Status::PreconditionFailed, "PRECONDITION_FAILED"),
];

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(status, _)| status == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

/// The text names no status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownStatus;

impl fmt::Display for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no status has this name")
    }
}

impl std::error::Error for UnknownStatus {}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(status, _)| *status).ok_or(UnknownStatus)
    }
}

/// One result, as the page or the runner tells it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Finding {
    /// How it ended.
    pub status: Status,
    /// Why.
    pub message: Option<String>,
}

/// A subtest's result.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct SubtestFinding {
    /// Its name, unique in its test.
    pub name: String,
    /// How it ended.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What happened in one test.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Results {
    /// The harness as a whole.
    #[serde(flatten)]
    pub harness: Finding,
    /// Its subtests.
    pub subtests: Vec<SubtestFinding>,
}

impl Results {
    /// Of a test that could not tell anything itself.
    pub fn without_subtests(status: Status, message: impl Into<Option<String>>) -> Self {
        Self { harness: Finding { status, message: message.into() }, subtests: Vec::new() }
    }
}

/// A result beside what was expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judged {
    /// What happened.
    pub finding: Finding,
    /// What was expected.
    pub expected: Expected,
}

impl Judged {
    /// Whether this was to be expected.
    pub fn is_expected(&self) -> bool {
        self.expected.allows(self.finding.status)
    }
}

/// A test after it ran, or did not.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its URL from the root of the site.
    pub test: String,
    /// The harness as a whole.
    pub harness: Judged,
    /// Its subtests, by name.
    pub subtests: Vec<(String, Judged)>,
    /// How long it took.
    pub duration: Duration,
}

impl Outcome {
    /// Compare what happened with what was expected.
    pub fn new(
        test: &str,
        results: Results,
        expectation: &Expectation,
        duration: Duration,
    ) -> Self {
        let mut subtests: Vec<_> = results
            .subtests
            .into_iter()
            .map(|SubtestFinding { name, finding }| {
                let expected = expectation.subtest(&name);
                (name, Judged { finding, expected })
            })
            .collect();
        // Something is known of a subtest that is not there: after a crash there is nothing to
        // say about that, but otherwise the metadata is out of date.
        if results.harness.status == Status::Ok {
            let mut missing: Vec<_> = expectation
                .known_subtests()
                .filter(|(name, _)| subtests.iter().all(|(there, _)| there != name))
                .map(|(name, expected)| {
                    let message =
                        Some("metadata expects this subtest, which is not there".to_owned());
                    let finding = Finding { status: Status::NotRun, message };
                    (name.to_owned(), Judged { finding, expected: expected.clone() })
                })
                .collect();
            missing.sort_by(|(a, _), (b, _)| a.cmp(b));
            subtests.extend(missing);
        }
        let harness = Judged { finding: results.harness, expected: expectation.harness() };
        Self { test: test.to_owned(), harness, subtests, duration }
    }

    /// Of a test that is disabled.
    pub fn skipped(test: &str, reason: &str) -> Self {
        let finding = Finding { status: Status::Skip, message: Some(reason.to_owned()) };
        Self {
            test: test.to_owned(),
            harness: Judged { finding, expected: Expected::only(Status::Skip) },
            subtests: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// Whether everything in it was to be expected.
    pub fn is_expected(&self) -> bool {
        self.harness.is_expected() && self.subtests.iter().all(|(_, judged)| judged.is_expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_one_name() {
        for (status, name) in NAMES {
            assert_eq!(name.parse(), Ok(status));
            assert_eq!(status.to_string(), name);
            assert_eq!(serde_json::to_value(status).expect("a string"), name);
        }
    }

    #[test]
    fn the_page_tells_its_results() {
        let text = r#"{"status":"OK","message":null,"subtests":[
            {"name":"a","status":"PASS","message":null},{"name":"b","status":"FAIL","message":"no"}]}"#;
        let results: Results = serde_json::from_str(text).expect("valid");
        assert_eq!(results.harness.status, Status::Ok);
        assert_eq!(results.subtests[1].finding.message.as_deref(), Some("no"));
        let outcome = Outcome::new("/a.html", results, &Expectation::default(), Duration::ZERO);
        assert!(!outcome.is_expected());
        assert!(outcome.subtests[0].1.is_expected());
    }

    #[test]
    fn skipped_tests_are_no_surprise() {
        assert!(Outcome::skipped("/a.html", "because").is_expected());
    }
}
