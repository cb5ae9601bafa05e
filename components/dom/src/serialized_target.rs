/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A target in a structured clone.

use std::fmt;

use serde::{Deserialize, Serialize};
use subcapture_api::{CropTargetId, RestrictionTargetId, TargetId, TargetKind};

/// The version of the form that this release writes, and the only one that it reads: a target is
/// never stored, so that both ends of a message are the same release.
const VERSION: u8 = 1;
const CROP: u8 = 0;
const RESTRICTION: u8 = 1;

/// A target as it travels in a structured clone, between agents and processes: 18 bytes, being
/// the version of the form, the kind, and the 128 bits of the id, most significant first.
///
/// The bytes are not trusted: they are judged when the target is taken out. That they are well
/// formed says nothing of whether any element has the target.
///
/// Its `Debug` form does not show the id.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, Serialize)]
pub struct SerializedTarget([u8; Self::LEN]);

impl SerializedTarget {
    /// How many bytes the form has.
    pub const LEN: usize = 18;

    /// Bytes that are said to be a target.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes of the form.
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }

    /// The target.
    ///
    /// # Errors
    ///
    /// [`InvalidTarget::Version`] or [`InvalidTarget::Kind`] when this release writes no such
    /// bytes.
    pub fn target(self) -> Result<TargetId, InvalidTarget> {
        let [version, kind, id @ ..] = self.0;
        if version != VERSION {
            return Err(InvalidTarget::Version(version));
        }
        let bits = u128::from_be_bytes(id);
        match kind {
            CROP => Ok(CropTargetId::from_bits(bits).into()),
            RESTRICTION => Ok(RestrictionTargetId::from_bits(bits).into()),
            other => Err(InvalidTarget::Kind(other)),
        }
    }

    /// The target, which has to be a crop target.
    ///
    /// # Errors
    ///
    /// As [`Self::target`], and [`InvalidTarget::OtherKind`].
    pub fn crop_target(self) -> Result<CropTargetId, InvalidTarget> {
        match self.target()? {
            TargetId::Crop(id) => Ok(id),
            other => Err(InvalidTarget::OtherKind(other.kind())),
        }
    }

    /// The target, which has to be a restriction target.
    ///
    /// # Errors
    ///
    /// As [`Self::target`], and [`InvalidTarget::OtherKind`].
    pub fn restriction_target(self) -> Result<RestrictionTargetId, InvalidTarget> {
        match self.target()? {
            TargetId::Restriction(id) => Ok(id),
            other => Err(InvalidTarget::OtherKind(other.kind())),
        }
    }
}

impl From<TargetId> for SerializedTarget {
    fn from(target: TargetId) -> Self {
        let (kind, bits) = match target {
            TargetId::Crop(id) => (CROP, id.to_bits()),
            TargetId::Restriction(id) => (RESTRICTION, id.to_bits()),
        };
        let mut bytes = [0; Self::LEN];
        bytes[0] = VERSION;
        bytes[1] = kind;
        bytes[2..].copy_from_slice(&bits.to_be_bytes());
        Self(bytes)
    }
}

impl fmt::Debug for SerializedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SerializedTarget(..)")
    }
}

/// Why bytes are not the target that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidTarget {
    /// They are of another version of the form.
    Version(u8),
    /// They are of a kind of target that does not exist.
    Kind(u8),
    /// They are a target of this other kind.
    OtherKind(TargetKind),
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "unknown version {version} of a serialized target"),
            Self::Kind(kind) => write!(f, "unknown kind {kind} of a serialized target"),
            Self::OtherKind(TargetKind::Crop) => f.write_str("a crop target is of the wrong kind"),
            Self::OtherKind(TargetKind::Restriction) => {
                f.write_str("a restriction target is of the wrong kind")
            }
        }
    }
}

impl std::error::Error for InvalidTarget {}

#[cfg(test)]
mod tests {
    use super::*;

    const BITS: u128 = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210;

    #[test]
    fn the_form_is_version_kind_and_bits() {
        let bytes =
            SerializedTarget::from(TargetId::Restriction(RestrictionTargetId::from_bits(BITS)))
                .to_bytes();
        assert_eq!(bytes[..2], [1, 1]);
        assert_eq!(bytes[2..], BITS.to_be_bytes());
    }

    #[test]
    fn targets_survive_a_round_trip() {
        let crop = CropTargetId::from_bits(BITS);
        let serialized = SerializedTarget::from(TargetId::Crop(crop));
        assert_eq!(SerializedTarget::from_bytes(serialized.to_bytes()), serialized);
        assert_eq!(serialized.target(), Ok(TargetId::Crop(crop)));
        assert_eq!(serialized.crop_target(), Ok(crop));
        let restriction = RestrictionTargetId::from_bits(BITS);
        let serialized = SerializedTarget::from(TargetId::Restriction(restriction));
        assert_eq!(serialized.restriction_target(), Ok(restriction));
    }

    #[test]
    fn one_kind_does_not_pass_for_the_other() {
        let crop = SerializedTarget::from(TargetId::Crop(CropTargetId::from_bits(BITS)));
        assert_eq!(crop.restriction_target(), Err(InvalidTarget::OtherKind(TargetKind::Crop)));
        let restriction =
            SerializedTarget::from(TargetId::Restriction(RestrictionTargetId::from_bits(BITS)));
        assert_eq!(
            restriction.crop_target(),
            Err(InvalidTarget::OtherKind(TargetKind::Restriction))
        );
    }

    #[test]
    fn only_what_is_written_is_read() {
        for version in 0..=u8::MAX {
            for kind in 0..=u8::MAX {
                let mut bytes = [0xff; SerializedTarget::LEN];
                bytes[..2].copy_from_slice(&[version, kind]);
                let expected = match (version, kind) {
                    (1, 0) => Ok(CropTargetId::from_bits(u128::MAX).into()),
                    (1, 1) => Ok(RestrictionTargetId::from_bits(u128::MAX).into()),
                    (1, kind) => Err(InvalidTarget::Kind(kind)),
                    (version, _) => Err(InvalidTarget::Version(version)),
                };
                assert_eq!(SerializedTarget::from_bytes(bytes).target(), expected);
            }
        }
    }

    #[test]
    fn debug_shows_no_bits() {
        let serialized = SerializedTarget::from_bytes([0x42; SerializedTarget::LEN]);
        assert_eq!(format!("{serialized:?}"), "SerializedTarget(..)");
    }
}
