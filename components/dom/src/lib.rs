/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The document side of sub-tab capture, without any engine: what an element owns once it is a
//! capture target, how many targets a document may have, how a target travels in a message, and
//! what a captured track makes of calls, constraints and what its session says.
//!
//! * An engine keeps an [`ElementTargets`] with each element, where it keeps what few elements
//!   have. `fromElement()` is [`ElementTargets::ensure`]; a clone of the element starts with
//!   `ElementTargets::default()`, so that it has no targets.
//! * Each document has one [`TargetQuota`] for the elements that it mints targets on.
//! * The serialization steps of a target give a [`SerializedTarget`]; the deserialization steps
//!   take one, which may come from a compromised process.
//! * `getDisplayMedia()` begins with [`DisplayMediaOptions::check`]. Each track that comes of it
//!   has a [`CaptureTrack`], which says what to do and in which order.
//! * Constraints, whoever gives them, become limits of frames by [`select_settings`].
//!
//! ```
//! use subcapture_api::{TargetId, TargetKind};
//! use subcapture_dom::{ElementTargets, SerializedTarget, TargetQuota};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let quota = TargetQuota::default();
//! let mut element = ElementTargets::default();
//! let target = element.ensure(TargetKind::Crop, &quota)?;
//! // The same element has the same target, whoever asks.
//! assert_eq!(element.ensure(TargetKind::Crop, &quota)?, target);
//!
//! let message = SerializedTarget::from(target);
//! assert_eq!(message.target()?, target);
//! # Ok(())
//! # }
//! ```
//!
//! **Architecture invariant:** this crate sees no pixels and no type of any engine, and a target
//! here never names an element: the element owns the target, not the other way round.

mod constraints;
mod display_media;
mod element_targets;
mod permissions_policy;
mod quota;
mod serialized_target;
mod settings;
mod structured_field;
mod track;

pub use crate::constraints::{
    Constrain, ConstrainRange, ConstrainString, ConstrainValue, ConstraintSet, FLOOR_FRAME_RATE,
    Property, StringOrList, TrackConstraints,
};
pub use crate::display_media::{DisplayMediaOptions, OptionsError, Preference, Requested};
pub use crate::element_targets::{ElementTargets, MintError};
pub use crate::permissions_policy::{
    DeclaredOrigin, DeclaredPolicy, NestedOrigin, frame_allows_display_capture,
};
pub use crate::quota::TargetQuota;
pub use crate::serialized_target::{InvalidTarget, SerializedTarget};
pub use crate::settings::{CURSOR, ResizeMode, Settings, SurfaceCapabilities, select_settings};
pub use crate::track::{CallError, CaptureTrack, CapturedSurface, TrackCall, TrackEffect};
