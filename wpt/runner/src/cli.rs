/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::browser::Product;

const EXAMPLES: &str = "\
Examples:
  All tests of this project, in the patched Servo:
    cargo xtask wpt

  One folder and one test, in Chromium, with a report:
    cargo xtask wpt --product chromium --report chromium.json element-capture \\
        /mediacapture-region/CropTarget-fromElement.https.html

  Tests of a checkout of web-platform-tests:
    cargo xtask wpt --wpt-root ~/wpt screen-capture

What is known to fail is in wpt/metadata, in the format of wptrunner. Only what is not known makes
the run fail: a result that differs from the metadata, in either direction.

Exit codes:
  0  everything was as expected
  1  something was not
  2  the command line is wrong
  3  the tests cannot be run";

/// Run web-platform-tests in a browser that WebDriver drives
///
/// Tests are served over HTTP on two ports of this machine, each test is loaded in a new window,
/// and what it asks of testdriver.js is carried out over WebDriver. A browser that crashes or
/// hangs is replaced, and the run goes on.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask wpt", bin_name = "cargo xtask wpt", max_term_width = 100, after_long_help = EXAMPLES)]
pub struct Options {
    /// Tests, files or folders of the suite; all if there are none
    ///
    /// As a URL from the root of the site (`/folder/test.any.worker.html?variant`) or as a path.
    #[arg(value_name = "TEST")]
    pub tests: Vec<String>,

    /// Which browser
    #[arg(long, value_enum, default_value = "servo")]
    pub product: ProductName,

    /// Run tests of this checkout of web-platform-tests instead of our own
    ///
    /// It is served as the root of the site. Handlers in Python are not supported.
    #[arg(long, value_name = "DIR")]
    pub wpt_root: Option<PathBuf>,

    /// What is known to fail [default: wpt/metadata; none with --wpt-root]
    #[arg(long, value_name = "DIR")]
    pub metadata: Option<PathBuf>,

    /// Write a report as JSON, in the format of wptrunner's --log-wptreport
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Only print which tests there are
    #[arg(long)]
    pub list: bool,

    /// How many browsers run at once
    #[arg(long, value_name = "N", default_value = "1")]
    pub processes: usize,

    /// Give tests this many times the usual time
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_multiplier)]
    pub timeout_multiplier: f64,

    /// Run a test again, at most N times, when something in it is unexpected [default: 2 for
    /// Chromium, 0 for Servo]
    ///
    /// The last run counts. Chromium's frames come late at times, on a machine with more to do.
    #[arg(long, value_name = "N")]
    pub retry_unexpected: Option<usize>,

    /// Run each site in a process of its own (Servo; Chromium always does)
    #[arg(long)]
    pub multiprocess: bool,

    /// One more argument for the browser; can be given several times
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub browser_arg: Vec<String>,

    /// The browser's program [default: the `subcapture` of this project, or Debian's chromium]
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,

    /// ChromeDriver
    #[arg(long, value_name = "FILE", default_value = "/usr/bin/chromedriver")]
    pub chromedriver: PathBuf,

    /// Folder of this project's tests
    #[arg(long, value_name = "DIR", default_value = "wpt/tests", hide = true)]
    pub suite: PathBuf,

    /// Folder of the npm package that has testharness.js
    #[arg(long, value_name = "DIR", hide = true)]
    pub harness: PathBuf,
}

/// A browser's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ProductName {
    /// The patched Servo
    Servo,
    /// Debian's Chromium
    Chromium,
}

impl From<ProductName> for Product {
    fn from(name: ProductName) -> Self {
        match name {
            ProductName::Servo => Self::Servo,
            ProductName::Chromium => Self::Chromium,
        }
    }
}

fn parse_multiplier(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.1..=100.0).contains(factor));
    factor.ok_or_else(|| "expected a number from 0.1 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }
}
