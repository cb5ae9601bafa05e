/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The report of a run in the format of wptrunner, which other tools read.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::browser::Product;
use crate::outcome::{Judged, Outcome, Status};
use crate::run::Run;

/// The whole report.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    run_info: RunInfo<'a>,
    /// In milliseconds since the epoch.
    time_start: u128,
    time_end: u128,
    results: Vec<TestReport<'a>>,
}

#[derive(Debug, Serialize)]
struct RunInfo<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser_version: Option<&'a str>,
    os: &'a str,
    processor: &'a str,
    bits: u32,
}

#[derive(Debug, Serialize)]
struct TestReport<'a> {
    test: &'a str,
    subtests: Vec<SubtestReport<'a>>,
    #[serde(flatten)]
    finding: FindingReport<'a>,
    /// In milliseconds.
    duration: u128,
}

#[derive(Debug, Serialize)]
struct SubtestReport<'a> {
    name: &'a str,
    #[serde(flatten)]
    finding: FindingReport<'a>,
}

#[derive(Debug, Serialize)]
struct FindingReport<'a> {
    status: Status,
    message: Option<&'a str>,
    /// Only if it is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Status>,
    known_intermittent: &'a [Status],
}

impl<'a> Report<'a> {
    /// The report of a run.
    pub fn new(product: Product, run: &'a Run) -> Self {
        Self {
            run_info: RunInfo {
                product: product.name(),
                browser_version: run.browser_version.as_deref(),
                os: std::env::consts::OS,
                processor: std::env::consts::ARCH,
                bits: usize::BITS,
            },
            time_start: milliseconds(run.time[0]),
            time_end: milliseconds(run.time[1]),
            results: run.outcomes.iter().map(test_report).collect(),
        }
    }
}

fn test_report(outcome: &Outcome) -> TestReport<'_> {
    let subtests = outcome.subtests.iter();
    TestReport {
        test: &outcome.test,
        subtests: subtests
            .map(|(name, judged)| SubtestReport { name, finding: finding_report(judged) })
            .collect(),
        finding: finding_report(&outcome.harness),
        duration: outcome.duration.as_millis(),
    }
}

fn finding_report(judged: &Judged) -> FindingReport<'_> {
    let (status, expected) = (judged.finding.status, judged.expected.first());
    FindingReport {
        status,
        message: judged.finding.message.as_deref(),
        expected: (status != expected).then_some(expected),
        known_intermittent: judged.expected.others(),
    }
}

fn milliseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::expectation::Expectation;
    use crate::outcome::{Finding, Results, SubtestFinding};

    #[test]
    fn reports_have_wptrunners_form() {
        let subtest = |name: &str, status, message: Option<&str>| SubtestFinding {
            name: name.to_owned(),
            finding: Finding { status, message: message.map(ToOwned::to_owned) },
        };
        let results = Results {
            harness: Finding { status: Status::Ok, message: None },
            subtests: vec![
                subtest("a", Status::Pass, None),
                subtest("b", Status::Fail, Some("assert_equals: no")),
            ],
        };
        let outcome = Outcome::new(
            "/x/y.html?z",
            results,
            &Expectation::default(),
            Duration::from_millis(12),
        );
        let run = Run {
            outcomes: vec![outcome],
            time: [UNIX_EPOCH + Duration::from_secs(1), UNIX_EPOCH + Duration::from_secs(2)],
            browser_version: Some("1.2".to_owned()),
        };
        let report = serde_json::to_value(Report::new(Product::Servo, &run)).expect("JSON");
        assert_eq!(report["run_info"]["product"], "servo");
        assert_eq!((&report["time_start"], &report["time_end"]), (&json!(1000), &json!(2000)));
        let expected = json!([{
            "test": "/x/y.html?z",
            "status": "OK",
            "message": null,
            "duration": 12,
            "known_intermittent": [],
            "subtests": [
                { "name": "a", "status": "PASS", "message": null, "known_intermittent": [] },
                {
                    "name": "b", "status": "FAIL", "message": "assert_equals: no",
                    "expected": "PASS", "known_intermittent": [],
                },
            ],
        }]);
        assert_eq!(report["results"], expected);
    }
}
