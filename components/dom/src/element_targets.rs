/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The targets that an element owns.

use std::fmt;

use subcapture_api::{RestrictionTargetId, StartError, TargetId, TargetKind};

use crate::TargetQuota;
use crate::quota::Share;

/// The capture targets of one element: at most one of each kind, minted when it is first asked
/// for and then the same for as long as the element lives.
///
/// Not `Clone`: a cloned element [is not associated with any target][clone].
///
/// [clone]: https://w3c.github.io/mediacapture-region/#dom-croptarget-fromelement
#[derive(Debug, Default)]
pub struct ElementTargets {
    crop: Option<Minted>,
    restriction: Option<Minted>,
}

#[derive(Debug)]
struct Minted {
    target: TargetId,
    /// Held for what its drop does.
    _share: Share,
}

impl ElementTargets {
    /// The target of this kind, minted against the quota of the element's document if the element
    /// has none yet.
    ///
    /// # Errors
    ///
    /// See [`MintError`]. The element stays as it was.
    pub fn ensure(&mut self, kind: TargetKind, quota: &TargetQuota) -> Result<TargetId, MintError> {
        let slot = match kind {
            TargetKind::Crop => &mut self.crop,
            TargetKind::Restriction => &mut self.restriction,
        };
        if let Some(minted) = slot {
            return Ok(minted.target);
        }
        let share = quota.claim(kind).ok_or(MintError::QuotaExceeded { limit: quota.limit() })?;
        let target = TargetId::mint(kind)?;
        *slot = Some(Minted { target, _share: share });
        Ok(target)
    }

    /// The target of this kind, if there is one.
    pub fn of_kind(&self, kind: TargetKind) -> Option<TargetId> {
        let minted = match kind {
            TargetKind::Crop => &self.crop,
            TargetKind::Restriction => &self.restriction,
        };
        minted.as_ref().map(|minted| minted.target)
    }

    /// The restriction target, if there is one.
    pub fn restriction(&self) -> Option<RestrictionTargetId> {
        match self.of_kind(TargetKind::Restriction)? {
            TargetId::Restriction(id) => Some(id),
            TargetId::Crop(_) => None,
        }
    }

    /// All targets of the element.
    pub fn iter(&self) -> impl Iterator<Item = TargetId> {
        [&self.crop, &self.restriction].into_iter().flatten().map(|minted| minted.target)
    }
}

/// Why an element got no target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MintError {
    /// The document has as many targets of this kind as it may have.
    QuotaExceeded {
        /// How many that is.
        limit: usize,
    },
    /// The operating system provided no random bits.
    NoRandomBits(subcapture_api::MintError),
}

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuotaExceeded { limit } => {
                write!(f, "the document has {limit} targets of this kind, as many as it may have")
            }
            Self::NoRandomBits(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MintError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::QuotaExceeded { .. } => None,
            Self::NoRandomBits(error) => Some(error),
        }
    }
}

impl From<subcapture_api::MintError> for MintError {
    fn from(error: subcapture_api::MintError) -> Self {
        Self::NoRandomBits(error)
    }
}

impl From<MintError> for StartError {
    fn from(error: MintError) -> Self {
        match error {
            MintError::QuotaExceeded { .. } => Self::TooManyTargets,
            MintError::NoRandomBits(_) => Self::NoRandomBits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_an_element_never_changes() {
        let quota = TargetQuota::default();
        let mut element = ElementTargets::default();
        for kind in [TargetKind::Crop, TargetKind::Restriction] {
            assert_eq!(element.of_kind(kind), None);
            let target = element.ensure(kind, &quota);
            assert_eq!(element.ensure(kind, &quota), target);
            assert_eq!(element.of_kind(kind), target.ok());
            assert_eq!(quota.in_use(kind), 1);
        }
    }

    #[test]
    fn kinds_are_apart() -> Result<(), MintError> {
        let quota = TargetQuota::default();
        let mut element = ElementTargets::default();
        let crop = element.ensure(TargetKind::Crop, &quota)?;
        assert_eq!(element.restriction(), None);
        let restriction = element.ensure(TargetKind::Restriction, &quota)?;
        assert_eq!(element.restriction().map(TargetId::from), Some(restriction));
        assert_eq!(element.iter().collect::<Vec<_>>(), [crop, restriction]);
        Ok(())
    }

    #[test]
    fn elements_do_not_share_targets() {
        let quota = TargetQuota::default();
        let [mut one, mut other] = [ElementTargets::default(), ElementTargets::default()];
        assert_ne!(one.ensure(TargetKind::Crop, &quota), other.ensure(TargetKind::Crop, &quota));
    }

    #[test]
    fn beyond_the_quota_an_element_stays_as_it_was() {
        let quota = TargetQuota::new(1);
        let [mut one, mut other] = [ElementTargets::default(), ElementTargets::default()];
        let target = one.ensure(TargetKind::Crop, &quota);
        let error = other.ensure(TargetKind::Crop, &quota);
        assert_eq!(error, Err(MintError::QuotaExceeded { limit: 1 }));
        assert_eq!(other.iter().count(), 0);
        // Who has a target keeps it.
        assert_eq!(one.ensure(TargetKind::Crop, &quota), target);
        // Who goes makes room.
        drop(one);
        assert!(other.ensure(TargetKind::Crop, &quota).is_ok());
    }
}
