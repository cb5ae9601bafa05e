/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Capture targets in structured clones.

use std::marker::PhantomData;

use malloc_size_of_derive::MallocSizeOf;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use servo_base::id::{DomPointId, Index, Indexable, NamespaceIndex};
pub use subcapture_dom::SerializedTarget;

use super::StructuredSerializedData;
use super::serializable::BroadcastClone;

/// The `CropTarget` and `RestrictionTarget` objects of a structured clone.
pub type SerializedTargets = FxHashMap<SerializedTargetId, SerializedTarget>;

/// Names a [`SerializedTarget`] within its structured clone.
pub type SerializedTargetId = NamespaceIndex<SerializedTargetIndex>;

#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, MallocSizeOf, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct SerializedTargetIndex;

impl Indexable for SerializedTargetIndex {
    const DISPLAY_PREFIX: &'static str = "SerializedTarget";
}

/// A [`SerializedTargetId`] that no other one of this pipeline namespace is equal to.
pub fn new_serialized_target_id() -> SerializedTargetId {
    new_index()
}

/// An index that no other one of this pipeline namespace is equal to.
pub(super) fn new_index<T>() -> NamespaceIndex<T> {
    // All ids of a namespace are drawn from one counter, which only `servo_base` has access to.
    let DomPointId {
        namespace_id,
        index: Index(index, _),
    } = DomPointId::new();
    NamespaceIndex {
        namespace_id,
        index: Index(index, PhantomData),
    }
}

impl BroadcastClone for SerializedTarget {
    type Id = SerializedTargetId;

    fn source(data: &StructuredSerializedData) -> &Option<FxHashMap<Self::Id, Self>> {
        &data.capture_targets
    }

    fn destination(data: &mut StructuredSerializedData) -> &mut Option<FxHashMap<Self::Id, Self>> {
        &mut data.capture_targets
    }

    fn clone_for_broadcast(&self) -> Option<Self> {
        Some(*self)
    }
}
