/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A pristine crate with its change applied, in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::change::CrateChange;
use super::files::{self, Content, FileMap};
use super::hunk::{self, Hunk, HunkError};
use super::pins::{Pins, sha256};
use super::source::ServoSources;

/// Files that cargo writes into a published crate and that a crate on a path does not have.
const LEFT_BEHIND: [&str; 4] =
    [".cargo-ok", ".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];

/// Something in the overlay does not fit to the sources.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) package: String,
    pub(crate) kind: FailureKind,
}

/// What does not fit.
#[derive(Debug, PartialEq)]
pub(crate) enum FailureKind {
    /// Servo's tree has no such crate.
    UnknownCrate,
    /// Hunks for a file that the crate does not have, or that is not UTF-8.
    UnreadableFile { file: String, hunk_file: PathBuf },
    /// A file whose hash nobody recorded.
    NotPinned { file: String },
    /// A file that is not the one the hunks were written for.
    WrongHash { file: String, pinned: String, found: String },
    /// A recorded hash of a file that no hunk changes.
    PinnedInVain { file: String },
    /// A new file that would replace a pristine one.
    NotNew { file: String },
    /// A hunk that does not apply.
    Hunk { hunk_file: PathBuf, index: usize, file: String, anchor: String, error: HunkError },
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let package = &self.package;
        match &self.kind {
            FailureKind::UnknownCrate => write!(
                formatter,
                "{package}: Servo has no crate of this name and version; correct the name of the \
                 data file or folder"
            ),
            FailureKind::UnreadableFile { file, hunk_file } => write!(
                formatter,
                "{package}: {file} is not a text file of the crate; correct `file` in {}",
                hunk_file.display()
            ),
            FailureKind::NotPinned { file } => write!(
                formatter,
                "{package}: no hash of {file} is recorded; run `cargo xtask overlay pin`"
            ),
            FailureKind::WrongHash { file, pinned, found } => write!(
                formatter,
                "{package}: {file} is not the file that the hunks were written for (SHA-256 is \
                 {found}, expected {pinned}); review its hunks, then run `cargo xtask overlay pin`"
            ),
            FailureKind::PinnedInVain { file } => write!(
                formatter,
                "{package}: a hash of {file} is recorded but no hunk changes it; run `cargo xtask \
                 overlay pin`"
            ),
            FailureKind::NotNew { file } => write!(
                formatter,
                "{package}: new file {file} exists in the pristine crate; write hunks for it, or \
                 give it another name"
            ),
            FailureKind::Hunk { hunk_file, index, file, anchor, error } => write!(
                formatter,
                "{}, hunk {} ({file}): {error}\n      anchor: {}",
                hunk_file.display(),
                index + 1,
                anchor.trim().replace('\n', "\n              "),
            ),
        }
    }
}

/// Everything that does not fit.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Failures(pub(crate) Vec<Failure>);

impl Failures {
    /// `value`, if there is no failure.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::error::Error for Failures {}

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => formatter.write_str("the overlay does not fit, nothing was written: 1 failure")?,
            count => write!(
                formatter,
                "the overlay does not fit, nothing was written: {count} failures"
            )?,
        }
        self.0.iter().try_for_each(|failure| write!(formatter, "\n  {failure}"))
    }
}

/// A file before and after its hunks.
#[derive(Debug, PartialEq)]
pub(crate) struct TouchedFile {
    pub(crate) pristine: String,
    pub(crate) patched: String,
}

/// A crate of Servo with its change applied.
#[derive(Debug, Default)]
pub(crate) struct PatchedCrate {
    /// The published folder.
    pub(crate) source: PathBuf,
    pub(crate) touched: BTreeMap<String, TouchedFile>,
    pub(crate) new_files: FileMap,
}

impl PatchedCrate {
    /// All files of the patched crate.
    pub(crate) fn files(&self) -> Result<FileMap> {
        let mut files = files::below(&self.source)?;
        files.retain(|path, _| !LEFT_BEHIND.contains(&path.as_str()));
        for (path, file) in &self.touched {
            files.insert(path.clone(), Content::Bytes(file.patched.clone().into_bytes()));
        }
        files.extend(self.new_files.clone());
        Ok(files)
    }
}

/// Whether the hashes of the pristine files are compared with the recorded ones.
#[derive(Clone, Copy)]
pub(crate) enum Hashes<'a> {
    Verify(&'a Pins),
    Ignore,
}

/// Applies every change in memory; on failure, everything that does not fit.
pub(crate) fn patch(
    changes: &BTreeMap<String, CrateChange>,
    sources: &ServoSources,
    hashes: Hashes<'_>,
) -> Result<BTreeMap<String, PatchedCrate>, Failures> {
    let mut crates = BTreeMap::new();
    let mut failures = Vec::new();
    for (package, change) in changes {
        let mut fail = |kind| failures.push(Failure { package: package.clone(), kind });
        match sources.crates.get(package) {
            None => fail(FailureKind::UnknownCrate),
            Some(source) => {
                let patched = patch_crate(package, change, source, hashes, &mut fail);
                crates.insert(package.clone(), patched);
            }
        }
    }
    Failures(failures).or(crates)
}

fn patch_crate(
    package: &str,
    change: &CrateChange,
    source: &Path,
    hashes: Hashes<'_>,
    fail: &mut impl FnMut(FailureKind),
) -> PatchedCrate {
    let mut touched = BTreeMap::new();
    for file in change.touched() {
        let Ok(pristine) = fs::read_to_string(source.join(file)) else {
            fail(FailureKind::UnreadableFile {
                file: file.into(),
                hunk_file: change.hunk_file.clone(),
            });
            continue;
        };
        if let Hashes::Verify(pins) = hashes {
            verify(pins.of(package, file), file, &pristine, fail);
        }
        if let Some(patched) = patch_file(change, file, &pristine, fail) {
            touched.insert(file.to_owned(), TouchedFile { pristine, patched });
        }
    }
    for file in change.new_files.keys().filter(|file| source.join(file).exists()) {
        fail(FailureKind::NotNew { file: file.clone() });
    }
    PatchedCrate { source: source.to_owned(), touched, new_files: change.new_files.clone() }
}

fn verify(pinned: Option<&str>, file: &str, pristine: &str, fail: &mut impl FnMut(FailureKind)) {
    let found = sha256(pristine.as_bytes());
    match pinned {
        None => fail(FailureKind::NotPinned { file: file.into() }),
        Some(pinned) if pinned != found => {
            fail(FailureKind::WrongHash { file: file.into(), pinned: pinned.into(), found });
        }
        Some(_) => {}
    }
}

fn patch_file(
    change: &CrateChange,
    file: &str,
    pristine: &str,
    fail: &mut impl FnMut(FailureKind),
) -> Option<String> {
    let (indices, hunks): (Vec<usize>, Vec<&Hunk>) = change.hunks_of(file).into_iter().unzip();
    let errors = match hunk::apply(pristine, &hunks) {
        Ok(patched) => return Some(patched),
        Err(errors) => errors,
    };
    for (index, error) in errors {
        let error = match error {
            HunkError::Overlaps(other) => HunkError::Overlaps(indices[other]),
            other => other,
        };
        fail(FailureKind::Hunk {
            hunk_file: change.hunk_file.clone(),
            index: indices[index],
            file: file.into(),
            anchor: hunks[index].anchor.clone(),
            error,
        });
    }
    None
}

/// Recorded hashes that belong to nothing any more.
pub(crate) fn pinned_in_vain(changes: &BTreeMap<String, CrateChange>, pins: &Pins) -> Vec<Failure> {
    let is_touched = |package: &str, file: &str| {
        changes.get(package).is_some_and(|change| change.touched().contains(file))
    };
    let mut failures = Vec::new();
    for (package, files) in &pins.sha256 {
        for file in files.keys().filter(|file| !is_touched(package, file)) {
            let kind = FailureKind::PinnedInVain { file: file.clone() };
            failures.push(Failure { package: package.clone(), kind });
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::overlay::change;

    /// One published crate `servo-x` of two files, and an overlay with these hunks.
    fn fixture(hunks: &str) -> Result<(TempDir, BTreeMap<String, CrateChange>, ServoSources)> {
        let root = tempfile::tempdir()?;
        for (path, text) in [
            ("servo-x/lib.rs", "one\ntwo\ntwo\n"),
            ("servo-x/other.rs", "other\n"),
            ("servo-x/.cargo-ok", ""),
            ("overlay/hunks/servo-x.toml", hunks),
            ("overlay/new/servo-x/new.rs", "new\n"),
        ] {
            files::write_if_changed(&root.path().join(path), &Content::Bytes(text.into()))?;
        }
        let changes = change::load(&root.path().join("overlay"))?;
        let crates = BTreeMap::from([("servo-x".into(), root.path().join("servo-x"))]);
        Ok((root, changes, ServoSources::default().moved_to(crates)))
    }

    fn pins(text: &str) -> Pins {
        let mut pins = Pins::default();
        let hash = sha256(text.as_bytes());
        pins.sha256.entry("servo-x".into()).or_default().insert("lib.rs".into(), hash);
        pins
    }

    fn failures(result: Result<BTreeMap<String, PatchedCrate>, Failures>) -> Vec<FailureKind> {
        result.expect_err("it does not fit").0.into_iter().map(|failure| failure.kind).collect()
    }

    const HUNK: &str = "[[hunk]]\nfile = 'lib.rs'\nanchor = 'one'\nafter = ' and a half'\n";

    #[test]
    fn a_whole_crate_comes_out() -> Result<()> {
        let (_root, changes, sources) = fixture(HUNK)?;
        let crates = patch(&changes, &sources, Hashes::Verify(&pins("one\ntwo\ntwo\n")))?;
        let files = crates["servo-x"].files()?;
        assert_eq!(files.keys().collect::<Vec<_>>(), ["lib.rs", "new.rs", "other.rs"]);
        assert_eq!(files["lib.rs"].read()?, b"one and a half\ntwo\ntwo\n");
        assert_eq!(files["new.rs"].read()?, b"new\n");
        Ok(())
    }

    #[test]
    fn a_file_with_another_hash_is_refused() -> Result<()> {
        let (_root, changes, sources) = fixture(HUNK)?;
        let found = failures(patch(&changes, &sources, Hashes::Verify(&pins("older"))));
        assert!(matches!(found.as_slice(), [FailureKind::WrongHash { .. }]), "{found:?}");
        let found = failures(patch(&changes, &sources, Hashes::Verify(&Pins::default())));
        assert!(matches!(found.as_slice(), [FailureKind::NotPinned { .. }]), "{found:?}");
        Ok(())
    }

    #[test]
    fn everything_that_does_not_fit_is_told_at_once() -> Result<()> {
        let two = "[[hunk]]\nfile = 'lib.rs'\nanchor = 'two'\nafter = 'x'\n";
        let gone = "[[hunk]]\nfile = 'gone.rs'\nanchor = 'two'\nafter = 'x'\n";
        let (root, _, sources) = fixture(&format!("{HUNK}{two}{gone}"))?;
        let overlay = root.path().join("overlay");
        for path in ["new/servo-x/other.rs", "new/servo-y/lib.rs"] {
            files::write_if_changed(&overlay.join(path), &Content::Bytes(Vec::new()))?;
        }
        let failures =
            patch(&change::load(&overlay)?, &sources, Hashes::Ignore).expect_err("it does not fit");
        let text = failures.to_string();
        assert_eq!(failures.0.len(), 4, "{text}");
        for part in [
            "servo-x: gone.rs is not",
            "servo-x.toml, hunk 2 (lib.rs): the anchor occurs 2 times",
            "new file other.rs exists",
            "servo-y: Servo has no crate",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
        Ok(())
    }

    #[test]
    fn hashes_that_belong_to_no_hunk_are_found() -> Result<()> {
        let (_root, changes, _) = fixture(HUNK)?;
        assert_eq!(pinned_in_vain(&changes, &pins("")), []);
        assert_eq!(pinned_in_vain(&BTreeMap::new(), &pins("")).len(), 1);
        Ok(())
    }
}
