/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A browser engine small enough to know every pixel of, with a real WebRender in it.
//!
//! An [`Engine`] shows documents of [`Node`]s in [`WebView`]s on an offscreen surface, and drives a
//! [`Compositor`](subcapture_compositor::Compositor) in the order that it documents. The tests
//! in `tests/promises` each prove one promise of it.

#![expect(clippy::panic, clippy::print_stderr, reason = "this is how tests fail")]

mod composite;
mod consumers;
mod context;
mod document;
mod drawing;
mod engine;
mod paint;
mod picture;
mod random;
mod scenery;
mod units;
mod world;

pub use crate::composite::Composite;
pub use crate::consumers::{Consumers, Had};
pub use crate::context::Live;
pub use crate::document::Node;
pub use crate::engine::{Engine, Renders};
pub use crate::picture::{Picture, Rgba};
pub use crate::random::Random;
pub use crate::scenery::{
    PAGE, color, device_rect, glass, in_patches, page_of, point, rect, show_page,
};
pub use crate::world::{WebView, World};
