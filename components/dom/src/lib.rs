/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The document side of sub-tab capture, without any engine: what an element owns once it is a
//! capture target, how many targets a document may have, and how a target travels in a message.
//!
//! * An engine keeps an [`ElementTargets`] with each element, where it keeps what few elements
//!   have. `fromElement()` is [`ElementTargets::ensure`]; a clone of the element starts with
//!   `ElementTargets::default()`, so that it has no targets.
//! * Each document has one [`TargetQuota`] for the elements that it mints targets on.
//! * The serialization steps of a target give a [`SerializedTarget`]; the deserialization steps
//!   take one, which may come from a compromised process.
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

mod element_targets;
mod quota;
mod serialized_target;

pub use crate::element_targets::{ElementTargets, MintError};
pub use crate::quota::TargetQuota;
pub use crate::serialized_target::{InvalidTarget, SerializedTarget};
