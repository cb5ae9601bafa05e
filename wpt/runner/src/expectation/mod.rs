/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What is known to fail.
//!
//! `METADATA/<path of the test's file>.ini`, in the format of wptrunner:
//!
//! ```ini
//! [test.html]
//!   expected: TIMEOUT
//!   [name of a subtest]
//!     expected:
//!       if product == "chromium": FAIL
//!       PASS
//! ```
//!
//! What a file says is expected is compared with what happens in both directions: something that
//! is known to fail and passes is as unexpected as the opposite.

mod condition;
mod ini;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};

pub use self::condition::{Fact, Facts};
use self::ini::{Entry, Section};
use crate::outcome::Status;
use crate::suite::Test;

/// What may happen: the first is expected, the others are known to happen at times.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected(Vec<Status>);

impl Expected {
    /// Just this.
    pub fn only(status: Status) -> Self {
        Self(vec![status])
    }

    /// What a report calls expected.
    pub fn first(&self) -> Status {
        self.0[0]
    }

    /// What a report calls known intermittent.
    pub fn others(&self) -> &[Status] {
        &self.0[1..]
    }

    /// Whether this may happen.
    pub fn allows(&self, status: Status) -> bool {
        self.0.contains(&status)
    }
}

/// What is known about one test in one browser.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    harness: Option<Expected>,
    subtests: HashMap<String, Expected>,
    /// Why it is not to be run.
    pub disabled: Option<String>,
}

impl Expectation {
    /// Read what is known about `test` under these circumstances. Without a file nothing is.
    ///
    /// # Errors
    ///
    /// If there is a file and it is not valid.
    pub fn load(metadata: &Path, test: &Test, facts: &Facts) -> Result<Self> {
        let mut name = test.source.clone().into_os_string();
        name.push(".ini");
        let path = metadata.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, test.name(), facts),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
        .with_context(|| path.display().to_string())
    }

    /// The part of a file that is about the test of this name.
    fn parse(text: &str, test: &str, facts: &Facts) -> Result<Self> {
        let file = ini::parse(text)?;
        let mut expectation =
            Self { disabled: value(&file, "disabled", facts)?, ..Self::default() };
        // What a section says, the others' say must be valid too.
        for section in &file.sections {
            let read = Self::of_section(section, facts)
                .with_context(|| format!("line {}: [{}]", section.line, section.name))?;
            if section.name == test {
                let disabled = read.disabled.clone().or(expectation.disabled);
                expectation = Self { disabled, ..read };
            }
        }
        Ok(expectation)
    }

    fn of_section(section: &Section, facts: &Facts) -> Result<Self> {
        let mut subtests = HashMap::new();
        for subtest in &section.sections {
            if !subtest.sections.is_empty() {
                bail!("line {}: subtests have no sections", subtest.line);
            }
            if let Some(expected) = expected(subtest, facts)? {
                subtests.insert(subtest.name.clone(), expected);
            }
        }
        Ok(Self {
            harness: expected(section, facts)?,
            subtests,
            disabled: value(section, "disabled", facts)?,
        })
    }

    /// What is expected of the harness.
    pub fn harness(&self) -> Expected {
        self.harness.clone().unwrap_or_else(|| Expected::only(Status::Ok))
    }

    /// What is expected of a subtest.
    pub fn subtest(&self, name: &str) -> Expected {
        let known = self.subtests.get(name).cloned();
        known.unwrap_or_else(|| Expected::only(Status::Pass))
    }

    /// The subtests of which something other than the usual is expected. They have to be there.
    pub fn known_subtests(&self) -> impl Iterator<Item = (&str, &Expected)> {
        self.subtests.iter().map(|(name, expected)| (&name[..], expected))
    }
}

fn expected(section: &Section, facts: &Facts) -> Result<Option<Expected>> {
    let Some(value) = value(section, "expected", facts)? else { return Ok(None) };
    let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let names = list.unwrap_or(&value).split(',').map(str::trim);
    let statuses = names.map(|name| name.parse().with_context(|| format!("status {name}")));
    Ok(Some(Expected(statuses.collect::<Result<_>>()?)))
}

/// The value of a key under these circumstances.
fn value(section: &Section, key: &str, facts: &Facts) -> Result<Option<String>> {
    let Some(Entry { line, branches, .. }) = section.entries.iter().find(|entry| entry.key == key)
    else {
        return Ok(None);
    };
    let mut chosen = None;
    for branch in branches {
        let applies = match &branch.condition {
            Some(condition) => condition::holds(condition, facts)
                .with_context(|| format!("line {line}: if {condition}"))?,
            None => true,
        };
        if applies && chosen.is_none() {
            chosen = Some(branch.value.clone());
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(product: &str) -> Facts {
        Facts::from([("product", Fact::from(product)), ("debug", Fact::from(true))])
    }

    const FILE: &str = "\
# A comment.
[other.html]
  expected: CRASH

[test.html?variant]
  bug: https://example.org/
  expected:
    if product == \"chromium\" and debug: TIMEOUT
    if product == \"other\": [OK, ERROR]
  [it [works\\]: really]
    expected: FAIL
  [sometimes]
    expected: [PASS, FAIL]
  [only there]
    expected:
      if product == \"chromium\": FAIL
      NOTRUN
";

    #[test]
    fn expectations_depend_on_the_product() {
        let read = |product| Expectation::parse(FILE, "test.html?variant", &facts(product));
        let chromium = read("chromium").expect("valid");
        assert_eq!(chromium.harness(), Expected::only(Status::Timeout));
        assert_eq!(chromium.subtest("it [works]: really"), Expected::only(Status::Fail));
        assert_eq!(chromium.subtest("only there"), Expected::only(Status::Fail));
        assert_eq!(chromium.subtest("unknown"), Expected::only(Status::Pass));
        let sometimes = chromium.subtest("sometimes");
        assert!(sometimes.allows(Status::Pass) && sometimes.allows(Status::Fail));
        assert!(!sometimes.allows(Status::Timeout));
        let servo = read("servo").expect("valid");
        assert_eq!(servo.harness(), Expected::only(Status::Ok));
        assert_eq!(servo.subtest("only there"), Expected::only(Status::NotRun));
        assert_eq!(servo.known_subtests().count(), 3);
    }

    #[test]
    fn tests_without_a_section_are_expected_to_pass() {
        let none = Expectation::parse(FILE, "test.html", &facts("servo")).expect("valid");
        assert_eq!(none.harness(), Expected::only(Status::Ok));
        assert_eq!(none.known_subtests().count(), 0);
    }

    #[test]
    fn tests_can_be_disabled() {
        let text = "disabled: all\n[a.html]\n  disabled:\n    if debug: this one\n[b.html]\n";
        let disabled = |name| Expectation::parse(text, name, &facts("x")).expect("valid").disabled;
        assert_eq!(disabled("a.html").as_deref(), Some("this one"));
        assert_eq!(disabled("b.html").as_deref(), Some("all"));
    }

    #[test]
    fn mistakes_are_found() {
        for text in [
            "[a.html]\n  expected: PAS\n",
            "[a.html]\n  expected:\n    if product = \"x\": FAIL\n",
            "[a.html]\n  expected:\n    if nothing == 1: FAIL\n",
            "[a.html\n",
            "expected FAIL\n",
            "[a.html]\n  [b]\n    [c]\n      expected: FAIL\n",
        ] {
            Expectation::parse(text, "b.html", &facts("x")).expect_err(text);
        }
    }
}
