/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Runs tests in processes of their own, with a page each.

pub(crate) mod alone;
pub(crate) mod chance;
mod content;
mod frames;
pub(crate) mod limits;
pub(crate) mod mirror;
mod page;
mod picture;
mod process;
mod server;

pub(crate) use self::content::{children, kill_all_but};
pub(crate) use self::frames::{Frame, Recording};
pub(crate) use self::page::{LIMIT, Page, Setup, document};
pub(crate) use self::picture::{Picture, Rect, Rgba, distance};
pub(crate) use self::process::{Test, main};
pub(crate) use self::server::Site;

/// The names and functions of tests, for the table in `main.rs`.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[crate::harness::Test] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use tests;
