/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The compositor side of sub-tab capture.
//!
//! A [`Compositor`] stands beside one WebRender document and its renderer. The engine tells it
//! what layout recorded with each display list, calls it where frames are requested, reported,
//! and rendered, and drains its [`Event`]s. For every composited frame and every session it
//! decides with one pure function ([`decide`]) whether there is a frame, and of what.
//!
//! * **Region Capture** blits the target's device rect from the page's framebuffer.
//! * **Element Capture** has the engine send a second display list with nothing but the element
//!   (a *layer*). The compositor shows it below the viewport, in a slot of a strip that no screen
//!   shows, and composites the slot into a texture of its own. The page is not touched.
//!
//! Validation: records and layers come from content processes and are hostile. They are checked
//! where they enter, in [`Compositor::set_records`]; what is behind it relies on that.
//!
//! **Architecture invariants:** no type here knows an element or an engine. Only `gl` talks GL
//! and reads pixels. Geometry is looked up in the engine's newest scroll tree when a frame is
//! *requested*, and used when that very frame is on screen.

#[macro_use]
mod tracing;

mod anchor;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod compositor;
mod damage;
mod display_list;
mod dump;
mod extract;
mod frame_queue;
mod geometry;
mod gl;
mod interest;
mod layers;
mod limits;
mod lookup;
mod notifier;
mod passes;
mod pixels;
mod policy;
mod readback;
mod replay;
mod scene;
mod session;
mod slots;
mod snapshot;
mod spatial;
mod strip;
mod targets;
mod trace;

pub use crate::compositor::Compositor;
pub use crate::interest::Interest;
pub use crate::layers::SceneChange;
pub use crate::lookup::{Ancestor, Placement};
pub use crate::notifier::FrameNotifier;
pub use crate::policy::{Cut, Decision, Situation, Source, decide};
pub use crate::readback::ReadMode;
pub use crate::replay::{Divergence, Replay};
pub use crate::scene::{Scene, View};
pub use crate::session::{Event, EventKind, Frame, TextureFrame};
pub use crate::spatial::SpatialStep;
pub use crate::trace::{TraceStep, TracedScene};
