/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! How many targets a document may have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use subcapture_api::TargetKind;

/// Counts the targets that a document minted on elements which still exist, and bounds them for
/// each kind. The bound is there for pages that would fill the compositor's tables; no honest
/// page should ever notice it.
///
/// An element gives its share back when its [`ElementTargets`](crate::ElementTargets) is dropped,
/// on whatever thread that happens.
#[derive(Debug)]
pub struct TargetQuota {
    limit: usize,
    in_use: Arc<InUse>,
}

#[derive(Debug, Default)]
struct InUse {
    crop: AtomicUsize,
    restriction: AtomicUsize,
}

impl InUse {
    fn of(&self, kind: TargetKind) -> &AtomicUsize {
        match kind {
            TargetKind::Crop => &self.crop,
            TargetKind::Restriction => &self.restriction,
        }
    }
}

impl TargetQuota {
    /// The bound of [`TargetQuota::default`], for each kind.
    pub const DEFAULT_LIMIT: usize = 10_000;

    /// No more than `limit` targets of each kind.
    pub fn new(limit: usize) -> Self {
        Self { limit, in_use: Arc::default() }
    }

    /// How many targets there may be of each kind.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many targets of this kind there are.
    pub fn in_use(&self, kind: TargetKind) -> usize {
        self.in_use.of(kind).load(Ordering::Relaxed)
    }

    /// Room for one more target of this kind, if there is any.
    pub(crate) fn claim(&self, kind: TargetKind) -> Option<Share> {
        // Relaxed, here and below: the counter guards no other memory.
        self.in_use
            .of(kind)
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < self.limit).then_some(count + 1)
            })
            .is_ok()
            .then(|| Share { in_use: self.in_use.clone(), kind })
    }
}

impl Default for TargetQuota {
    fn default() -> Self {
        Self::new(Self::DEFAULT_LIMIT)
    }
}

/// The part of a document's quota that one target takes, for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Share {
    in_use: Arc<InUse>,
    kind: TargetKind,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.in_use.of(self.kind).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_bound_of_its_own() {
        let quota = TargetQuota::new(2);
        let crops = [quota.claim(TargetKind::Crop), quota.claim(TargetKind::Crop)];
        assert!(crops.iter().all(Option::is_some));
        assert!(quota.claim(TargetKind::Crop).is_none());
        assert!(quota.claim(TargetKind::Restriction).is_some());
    }

    #[test]
    fn a_share_comes_back_when_it_is_dropped() {
        let quota = TargetQuota::new(1);
        let share = quota.claim(TargetKind::Restriction);
        assert_eq!(quota.in_use(TargetKind::Restriction), 1);
        drop(share);
        assert_eq!(quota.in_use(TargetKind::Restriction), 0);
        assert!(quota.claim(TargetKind::Restriction).is_some());
    }

    #[test]
    fn a_share_outlives_its_quota() {
        let quota = TargetQuota::new(1);
        let share = quota.claim(TargetKind::Crop);
        drop(quota);
        drop(share);
    }

    #[test]
    fn nothing_can_be_claimed_of_nothing() {
        assert!(TargetQuota::new(0).claim(TargetKind::Crop).is_none());
    }
}
