/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A browser for the harness of `benches/servo`: it shows a page without a window, lets it make
//! as many steps as it is told to, and says how long that took. It is built twice, with Servo
//! patched and with Servo as published.

#![expect(clippy::print_stdout, reason = "the harness listens there")]

#[cfg(feature = "capture")]
mod captures;
mod clocks;
mod context;
mod page;
#[path = "../../src/protocol.rs"]
mod protocol;
mod waker;

use std::error::Error;
use std::io::{BufRead, stdin};

use crate::page::Page;
use crate::protocol::{Report, Request};

fn main() -> Result<(), Box<dyn Error>> {
    let mut page = None;
    for line in stdin().lock().lines() {
        let report = match (serde_json::from_str(&line?)?, &page) {
            (Request::Open { page: url, captures }, None) => {
                page = Some(Page::open(&url, &captures)?);
                Report::default()
            }
            (Request::Animate { steps, change }, Some(page)) => page.animate(steps, change)?,
            (Request::Rest { duration }, Some(page)) => page.rest(duration)?,
            (request, _) => return Err(format!("{request:?} has to come later or earlier").into()),
        };
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}
