/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the harness and the browsers say to each other: JSON, a line for each request and a line
//! for its answer. A browser that cannot answer says why on standard error and exits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the harness wants.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Request {
    /// Show a page and capture parts of it. Comes first, and once.
    Open { page: String, captures: Vec<Capture> },
    /// Let the page make so many steps, each a change of this kind and a frame.
    Animate { steps: u32, change: Change },
    /// Do nothing unless the engine wants to.
    Rest { duration: Duration },
}

/// A capture of the first element that matches a selector: a crop in memory, a restriction in a
/// texture.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Capture {
    Crop(String),
    Restriction(String),
}

/// What a step changes: what the function `step` of the pages gets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    Elsewhere,
    Inside,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Report {
    /// Until the frame was drawn, summed over all steps.
    pub(crate) wall: Duration,
    /// The work of all threads, with what comes after a frame.
    pub(crate) cpu: Duration,
    /// The work of the thread that runs scripts and lays out.
    pub(crate) layout: Duration,
    /// How often the engine woke its embedder.
    pub(crate) wakes: u64,
    /// How many frames were drawn.
    pub(crate) painted: u64,
    /// How many frames captures got.
    pub(crate) delivered: u64,
}
