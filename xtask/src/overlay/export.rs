/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The overlay as a change of a Servo git checkout: as one unified diff, or made in place.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use similar::TextDiff;

use super::change::CrateChange;
use super::files::{Content, write_if_changed};
use super::manifest::{self, Addition};
use super::patched::{self, Hashes, PatchedCrate};
use super::source::ServoSources;

const MANIFEST: &str = "Cargo.toml";

/// What becomes of one file of a checkout.
#[derive(Debug, PartialEq)]
pub(crate) struct FileEdit {
    /// Relative to the root of the checkout, with `/`.
    pub(crate) path: String,
    /// `None` for a new file.
    pub(crate) old: Option<String>,
    pub(crate) new: String,
}

/// The files that the hunks are to be applied to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base<'a> {
    /// Those of the release, as published.
    Release,
    /// Those of a checkout, whatever its version.
    Checkout(&'a Path),
}

/// All edits, in the order of their paths. `released` are the crates patched as published; they
/// say which dependencies are added.
pub(crate) fn edits(
    changes: &BTreeMap<String, CrateChange>,
    sources: &ServoSources,
    released: &BTreeMap<String, PatchedCrate>,
    base: Base<'_>,
) -> Result<Vec<FileEdit>> {
    let folders = checkout_folders(changes, sources)?;
    let manifests = manifest_edits(&folders, sources, released, base)?;
    let based = match base {
        Base::Release => sources.clone(),
        Base::Checkout(root) => sources
            .moved_to(folders.iter().map(|(name, path)| (name.clone(), root.join(path))).collect()),
    };
    let crates = patched::patch(&without_manifests(changes), &based, Hashes::Ignore)?;
    let mut edits = manifests;
    for (name, patched) in crates {
        let in_checkout = |file: &str| format!("{}/{file}", folders[&name]);
        for (file, text) in patched.touched {
            let path = in_checkout(&file);
            edits.push(FileEdit { path, old: Some(text.pristine), new: text.patched });
        }
        for (file, content) in patched.new_files {
            let new = String::from_utf8(content.read()?)
                .with_context(|| format!("{name}: new file {file} is not UTF-8 text"))?;
            edits.push(FileEdit { path: in_checkout(&file), old: None, new });
        }
    }
    edits.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(edits)
}

/// Where each changed crate lies in a checkout, as recorded by cargo when it was published.
fn checkout_folders(
    changes: &BTreeMap<String, CrateChange>,
    sources: &ServoSources,
) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct VcsInfo {
        path_in_vcs: String,
    }
    let folder = |name: &String| -> Result<(String, String)> {
        let file = sources.crates[name].join(".cargo_vcs_info.json");
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        let info: VcsInfo =
            serde_json::from_slice(&text).with_context(|| file.display().to_string())?;
        Ok((name.clone(), info.path_in_vcs))
    };
    changes.keys().map(folder).collect()
}

fn manifest_edits(
    folders: &BTreeMap<String, String>,
    sources: &ServoSources,
    released: &BTreeMap<String, PatchedCrate>,
    base: Base<'_>,
) -> Result<Vec<FileEdit>> {
    let mut edits = Vec::new();
    for (name, patched) in released {
        let Some(published) = patched.touched.get(MANIFEST) else { continue };
        let additions: Vec<Addition> =
            manifest::additions(&published.pristine, &published.patched).context(name.clone())?;
        let file: PathBuf = match base {
            Base::Release => sources.crates[name].join("Cargo.toml.orig"),
            Base::Checkout(root) => root.join(&folders[name]).join(MANIFEST),
        };
        let old = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let new = manifest::add(&old, &additions).with_context(|| file.display().to_string())?;
        edits.push(FileEdit { path: format!("{}/{MANIFEST}", folders[name]), old: Some(old), new });
    }
    Ok(edits)
}

fn without_manifests(changes: &BTreeMap<String, CrateChange>) -> BTreeMap<String, CrateChange> {
    let without = |change: &CrateChange| CrateChange {
        hunks: change.hunks.iter().filter(|hunk| hunk.file != MANIFEST).cloned().collect(),
        ..change.clone()
    };
    changes.iter().map(|(name, change)| (name.clone(), without(change))).collect()
}

/// The edits as a diff that `git apply` takes.
pub(crate) fn unified_diff(edits: &[FileEdit]) -> String {
    let mut text = String::new();
    for FileEdit { path, old, new } in edits {
        let diff = TextDiff::from_lines(old.as_deref().unwrap_or_default(), new);
        let mut unified = diff.unified_diff();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "diff --git a/{path} b/{path}");
        let before = match old {
            Some(_) => format!("a/{path}"),
            None => {
                let _ = writeln!(text, "new file mode 100644");
                "/dev/null".into()
            }
        };
        let _ = write!(text, "{}", unified.context_radius(3).header(&before, &format!("b/{path}")));
    }
    text
}

/// Makes the edits in a checkout.
pub(crate) fn make(edits: Vec<FileEdit>, checkout: &Path) -> Result<()> {
    for FileEdit { path, new, .. } in edits {
        write_if_changed(&checkout.join(path), &Content::Bytes(new.into()))?;
    }
    Ok(())
}
