/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The hashes of the pristine files that hunks were written for.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const HEADER: &str = "\
# SHA-256 of each pristine file that a hunk changes, as published in this release of Servo.
# Written by `cargo xtask overlay pin`; run it after having reviewed the hunks on a new release.
";

/// The release and hashes in `pristine.toml`.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// The release of Servo.
    pub(crate) servo: String,
    /// Crate, then file, then hash in lower-case hexadecimal.
    #[serde(default)]
    pub(crate) sha256: BTreeMap<String, BTreeMap<String, String>>,
}

impl Pins {
    /// Reads the file; without one nothing is pinned.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// The pinned hash of a file.
    pub(crate) fn of(&self, package: &str, file: &str) -> Option<&str> {
        self.sha256.get(package)?.get(file).map(String::as_str)
    }

    pub(crate) fn to_toml(&self) -> Result<String> {
        Ok(format!("{HEADER}{}", toml::to_string(self)?))
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_hexadecimal() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }

    #[test]
    fn pins_survive_being_written() -> Result<()> {
        let mut pins = Pins { servo: "0.7.0".into(), ..Pins::default() };
        pins.sha256.entry("a".into()).or_default().insert("dom/b.rs".into(), sha256(b"b"));
        assert_eq!(toml::from_str::<Pins>(&pins.to_toml()?)?, pins);
        assert_eq!(pins.of("a", "dom/b.rs"), Some(sha256(b"b").as_str()));
        assert_eq!(pins.of("a", "c.rs"), None);
        Ok(())
    }
}
