/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Runs web-platform-tests in any browser that WebDriver can drive.
//!
//! * [`suite`] finds the tests in a folder, [`source`] reads what they say about themselves.
//! * [`site`] serves them: wrappers, substitutions, headers, and our own resources.
//! * [`browser`] starts a browser, [`session`] drives it through one test, and [`driver`] carries
//!   out what the test asks of testdriver.js.
//! * [`expectation`] reads what is known to fail, [`outcome`] compares it with what happened.
//! * [`run`](mod@run) does all of this for many tests; [`report`] and [`summary`] tell of it.
//!
//! **Architecture invariant:** nothing here knows which feature is tested, or which browser beyond
//! how to start it. Results and requests of a test travel over HTTP and not through WebDriver: a
//! test is not disturbed by looking whether it is done.

pub mod browser;
pub mod cli;
pub mod driver;
pub mod expectation;
pub mod outcome;
pub mod report;
pub mod run;
pub mod session;
pub mod site;
pub mod source;
pub mod suite;
pub mod summary;
