/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Headless Servo that captures elements: what the program `subcapture` is made of.
//!
//! * [`embedder`] runs Servo without a window, and [`load`] waits for a page in it.
//! * [`collect`] runs several captures of a page and finds moments that all of them have.
//! * [`pacing`], [`picture`] and [`encode`] make pictures and recordings of their frames.
//! * [`output`] writes all of them or none.
//! * [`webdriver`] makes a browser of it that other programs drive.
//! * [`cli`] and [`run`](mod@run) tie them together, [`account`] and [`failure`] tell how it went.
//!
//! **Architecture invariant:** only [`collect`] and [`account`] speak to the capture of Servo, and
//! no frame is written that they did not get from there. Only the module `gl` has unsafe code.

pub mod account;
pub mod cli;
pub mod collect;
pub mod embedder;
pub mod encode;
pub mod failure;
mod gl;
pub mod load;
pub mod output;
pub mod pacing;
pub mod page;
pub mod picture;
mod progress;
pub mod record;
pub mod run;
pub mod stdout;
mod waker;
pub mod webdriver;

pub use crate::gl::GlDriver;
