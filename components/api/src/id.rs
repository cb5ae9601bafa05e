/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Ids of targets and sessions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The operating system had no random bits to give: no id was minted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MintError;

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system provided no random bits")
    }
}

impl std::error::Error for MintError {}

macro_rules! target_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 random bits from the operating system, derived from nothing: an id that was not
        /// handed out cannot be guessed. Its `Debug` form does not show the bits, so that no log
        /// line gives one away.
        #[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Mint an id from the operating system's random bits.
            ///
            /// # Errors
            ///
            /// [`MintError`] when the operating system has no random bits to give.
            pub fn mint() -> Result<Self, MintError> {
                let mut bits = [0; 16];
                getrandom::fill(&mut bits).map_err(|_| MintError)?;
                Ok(Self(bits))
            }

            /// The id with these bits, as they came out of [`Self::to_bits`]. That an id can be
            /// made says nothing of whether any element has it.
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits.to_be_bytes())
            }

            /// The bits of this id, to carry it through a structured clone.
            pub const fn to_bits(self) -> u128 {
                u128::from_be_bytes(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

target_id! {
    /// Names an element for Region Capture (a [crop target](https://w3c.github.io/mediacapture-region/#crop-target)).
    CropTargetId
}

target_id! {
    /// Names an element for Element Capture (a
    /// [restriction target](https://screen-share.github.io/element-capture/#restriction-target)).
    RestrictionTargetId
}

/// What a target is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum TargetKind {
    /// Region Capture.
    Crop,
    /// Element Capture.
    Restriction,
}

/// A target id of either kind. The same bits as a crop target and as a restriction target are
/// different targets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum TargetId {
    /// A crop target.
    Crop(CropTargetId),
    /// A restriction target.
    Restriction(RestrictionTargetId),
}

impl TargetId {
    /// Mint an id of this kind.
    ///
    /// # Errors
    ///
    /// [`MintError`] when the operating system has no random bits to give.
    pub fn mint(kind: TargetKind) -> Result<Self, MintError> {
        Ok(match kind {
            TargetKind::Crop => Self::Crop(CropTargetId::mint()?),
            TargetKind::Restriction => Self::Restriction(RestrictionTargetId::mint()?),
        })
    }

    /// What this target is for.
    pub const fn kind(self) -> TargetKind {
        match self {
            Self::Crop(_) => TargetKind::Crop,
            Self::Restriction(_) => TargetKind::Restriction,
        }
    }
}

impl From<CropTargetId> for TargetId {
    fn from(id: CropTargetId) -> Self {
        Self::Crop(id)
    }
}

impl From<RestrictionTargetId> for TargetId {
    fn from(id: RestrictionTargetId) -> Self {
        Self::Restriction(id)
    }
}

/// A capture session: one track, or one capture of the embedder. Unique within its compositor and
/// never used again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct SessionId(pub u64);

/// How often the subject of a session was changed. Every frame carries the version that it was
/// made for, so that a consumer can tell a frame of an earlier state.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Version(pub u64);

impl Version {
    /// The version after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_differ() {
        let ids: std::collections::HashSet<_> =
            (0..1000).map(|_| CropTargetId::mint().expect("random bits")).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn debug_shows_no_bits() {
        let id = RestrictionTargetId::from_bits(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(format!("{:?}", TargetId::from(id)), "Restriction(RestrictionTargetId(..))");
    }

    #[test]
    fn the_same_bits_of_another_kind_are_another_target() {
        let crop = TargetId::from(CropTargetId::from_bits(7));
        let restriction = TargetId::from(RestrictionTargetId::from_bits(7));
        assert_ne!(crop, restriction);
    }

    #[test]
    fn bits_survive_a_round_trip() {
        let id = CropTargetId::mint().expect("random bits");
        assert_eq!(CropTargetId::from_bits(id.to_bits()), id);
    }
}
