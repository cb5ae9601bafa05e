/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Counters for tracing, which are nothing without the feature `tracing`.
//!
//! Spans are attributes of functions. Both are at the level `trace` and marked `servo_profiling`,
//! by which Servo chooses what goes into a profile. No id of a target goes into either.

/// Trace an event with fields, in the syntax of the `tracing` crate.
macro_rules! trace_event {
    ($name:literal, $($fields:tt)+) => {
        #[cfg(feature = "tracing")]
        ::tracing::trace!(name: $name, servo_profiling = true, $($fields)+);
    };
}
