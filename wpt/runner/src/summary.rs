/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a run has found, for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::outcome::{Judged, Outcome, Status};
use crate::run::Verdict;

/// A test that has ended: one line if all was expected, and what was not.
pub fn lines(outcome: &Outcome, verdict: Verdict) -> String {
    let mark = match verdict {
        Verdict::Again => "again",
        Verdict::Final if outcome.is_expected() => "ok  ",
        Verdict::Final => "FAIL",
    };
    let seconds = outcome.duration.as_secs_f64();
    let mut text =
        format!("{mark} {} ({} subtests, {seconds:.1} s)", outcome.test, outcome.subtests.len());
    if outcome.harness.finding.status == Status::Skip {
        text = format!(
            "skip {}: {}",
            outcome.test,
            outcome.harness.finding.message.as_deref().unwrap_or_default()
        );
    }
    text.push('\n');
    if !outcome.harness.is_expected() {
        describe(&mut text, "the test as a whole", &outcome.harness);
    }
    for (name, judged) in outcome.subtests.iter().filter(|(_, judged)| !judged.is_expected()) {
        describe(&mut text, name, judged);
    }
    text
}

fn describe(text: &mut String, name: &str, judged: &Judged) {
    let (status, expected) = (judged.finding.status, judged.expected.first());
    let _ = writeln!(text, "       {status}, expected {expected}: {name}");
    for line in judged.finding.message.iter().flat_map(|message| message.lines()) {
        let _ = writeln!(text, "         {line}");
    }
}

/// How many of what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    tests: usize,
    statuses: BTreeMap<Status, usize>,
    known: usize,
    passed: usize,
    failed: usize,
}

impl Summary {
    /// Count.
    pub fn new(outcomes: &[Outcome]) -> Self {
        let mut summary = Self { tests: outcomes.len(), ..Self::default() };
        for outcome in outcomes {
            // The harness counts where it is news; a test that is as usual is its subtests.
            if !outcome.harness.is_expected() {
                summary.failed += 1;
            }
            for (_, judged) in &outcome.subtests {
                *summary.statuses.entry(judged.finding.status).or_default() += 1;
                if judged.is_expected() {
                    summary.passed += 1;
                    summary.known += usize::from(judged.finding.status != Status::Pass);
                } else {
                    summary.failed += 1;
                }
            }
        }
        summary
    }

    /// Whether there was nothing unexpected.
    pub const fn is_success(&self) -> bool {
        self.failed == 0
    }
}

/// The last line is what other programs look at: what went as expected and what did not.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> =
            self.statuses.iter().map(|(status, count)| format!("{count} {status}")).collect();
        writeln!(f, "{} tests, subtests: {}", self.tests, counts.join(", "))?;
        if self.known > 0 {
            writeln!(f, "{} of them are known not to pass, and count as passed:", self.known)?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::expectation::Expectation;
    use crate::outcome::{Finding, Results, SubtestFinding};

    fn outcome(harness: Status, subtests: &[Status]) -> Outcome {
        let finding = |status| Finding { status, message: Some("why\nso".to_owned()) };
        let subtest = |(number, status): (usize, &Status)| SubtestFinding {
            name: format!("subtest {number}"),
            finding: finding(*status),
        };
        let results = Results {
            harness: finding(harness),
            subtests: subtests.iter().enumerate().map(subtest).collect(),
        };
        Outcome::new("/a.html", results, &Expectation::default(), Duration::from_millis(1234))
    }

    #[test]
    fn what_was_not_expected_is_described() {
        let unexpected = outcome(Status::Ok, &[Status::Pass, Status::Fail]);
        let text = lines(&unexpected, Verdict::Final);
        let expected = "FAIL /a.html (2 subtests, 1.2 s)\n       FAIL, expected PASS: subtest 1\n\
                        \x20        why\n         so\n";
        assert_eq!(text, expected);
        assert_eq!(lines(&unexpected, Verdict::Again), expected.replace("FAIL /a", "again /a"));
        assert_eq!(
            lines(&outcome(Status::Ok, &[Status::Pass]), Verdict::Final),
            "ok   /a.html (1 subtests, 1.2 s)\n"
        );
    }

    #[test]
    fn the_last_line_counts() {
        let outcomes =
            [outcome(Status::Ok, &[Status::Pass, Status::Fail]), outcome(Status::Timeout, &[])];
        let summary = Summary::new(&outcomes);
        assert!(!summary.is_success());
        let text = summary.to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 2 failed"));
        assert!(text.starts_with("2 tests, subtests: 1 PASS, 1 FAIL\n"), "{text}");
        assert!(Summary::new(&[Outcome::skipped("/b.html", "because")]).is_success());
    }
}
