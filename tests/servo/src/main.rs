/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures promise, in real Servo. One promise a file.
//!
//! Servo starts once in a process and wants its main thread, so every test runs in a process of
//! its own: this program starts itself again with the name of the test.

mod harness;

mod content;
mod crop;
mod delivery;
mod eligibility;
mod geometry;
mod isolation;
mod lifecycle;
mod minting;
mod navigation;
mod processes;
mod random;
mod scrolling;
mod subtree;
mod surface;
mod tracks;
mod video;
mod webviews;

use crate::harness::Test;

/// Every test, by the file that it is in.
const PROMISES: &[(&str, &[Test])] = &[
    ("content", content::TESTS),
    ("crop", crop::TESTS),
    ("delivery", delivery::TESTS),
    ("eligibility", eligibility::TESTS),
    ("geometry", geometry::TESTS),
    ("isolation", isolation::TESTS),
    ("lifecycle", lifecycle::TESTS),
    ("minting", minting::TESTS),
    ("navigation", navigation::TESTS),
    ("processes", processes::TESTS),
    ("random", random::TESTS),
    ("scrolling", scrolling::TESTS),
    ("subtree", subtree::TESTS),
    ("surface", surface::TESTS),
    ("tracks", tracks::TESTS),
    ("video", video::TESTS),
    ("webviews", webviews::TESTS),
];

fn main() {
    harness::main(PROMISES);
}
