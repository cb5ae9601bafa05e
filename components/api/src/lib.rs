/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The vocabulary of sub-tab capture: what crosses threads and processes between the document
//! that owns an element, the layout that places it and the compositor that captures it.
//!
//! * A document mints a [`CropTargetId`] or [`RestrictionTargetId`] on an element.
//! * Layout sends a [`PipelineRecords`] with every display list: where each target is.
//! * The compositor decides, for every frame and session, whether there is a frame of the
//!   session's [`Subject`] or a [`Withheld`] reason, and delivers [`FrameInfo`] and pixels.
//!
//! Every type here is plain data. What little is computed says what the data means, where two sides
//! have to agree on it. A message may come from a compromised content process:
//! nothing in this crate trusts its fields, and the compositor validates them where they enter.
//!
//! **Architecture invariant:** this crate knows no GL, no DOM and no type of any engine.

mod eligibility;
mod frame;
mod id;
pub mod pixels;
mod reason;
mod record;
mod session;
mod track;

pub use crate::eligibility::Ineligible;
pub use crate::frame::{Counters, Delivery, FrameInfo, PixelFormat, RowOrder};
pub use crate::id::{
    CropTargetId, MintError, RestrictionTargetId, SessionId, TargetId, TargetKind, Version,
};
pub use crate::reason::{EndReason, State, Withheld};
pub use crate::record::{NestedRecord, PipelineRecords, SpatialNode, TargetRecord};
pub use crate::session::{StartError, Subject};
pub use crate::track::{ChangeError, FrameLimits, TrackCommand, TrackEvent, TrackKey};
