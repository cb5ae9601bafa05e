/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the overlay folder says: for each Servo crate its hunks and its new files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::files::{self, FileMap};
use super::hunk::{self, Hunk};

/// Everything the overlay does to one crate of Servo.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrateChange {
    /// The file the hunks come from, for messages.
    pub(crate) hunk_file: PathBuf,
    /// In the order of the data file.
    pub(crate) hunks: Vec<Hunk>,
    pub(crate) new_files: FileMap,
}

impl CrateChange {
    /// The pristine files that have hunks.
    pub(crate) fn touched(&self) -> BTreeSet<&str> {
        self.hunks.iter().map(|hunk| hunk.file.as_str()).collect()
    }

    /// The hunks of one file, with their index in the data file.
    pub(crate) fn hunks_of(&self, file: &str) -> Vec<(usize, &Hunk)> {
        self.hunks.iter().enumerate().filter(|(_, hunk)| hunk.file == file).collect()
    }
}

/// Reads `hunks/<crate>.toml` and `new/<crate>/…` below `folder`.
pub(crate) fn load(folder: &Path) -> Result<BTreeMap<String, CrateChange>> {
    let mut changes: BTreeMap<String, CrateChange> = BTreeMap::new();
    for path in entries(&folder.join("hunks"))? {
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let hunks = hunk::parse(&text).with_context(|| path.display().to_string())?;
        let change = changes.entry(stem(&path)).or_default();
        change.hunks = hunks;
        change.hunk_file = path;
    }
    for path in entries(&folder.join("new"))? {
        if path.is_dir() {
            changes.entry(stem_of_folder(&path)).or_default().new_files = files::below(&path)?;
        }
    }
    changes.retain(|_, change| !change.hunks.is_empty() || !change.new_files.is_empty());
    Ok(changes)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn stem_of_folder(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
