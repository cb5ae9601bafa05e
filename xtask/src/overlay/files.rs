/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A folder's files as a map, and bringing a folder to such a state with as few writes as possible.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

/// Files by their path below a folder, with `/` between its parts.
pub(crate) type FileMap = BTreeMap<String, Content>;

/// What a file contains.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// The same as this file.
    CopyOf(PathBuf),
    Bytes(Vec<u8>),
}

impl Content {
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::CopyOf(path) => fs::read(path).with_context(|| path.display().to_string()),
            Self::Bytes(bytes) => Ok(bytes.clone()),
        }
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::CopyOf(_) => self.read().map(Cow::Owned),
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }

    fn len(&self) -> Result<u64> {
        match self {
            Self::CopyOf(path) => {
                Ok(fs::metadata(path).with_context(|| path.display().to_string())?.len())
            }
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }
}

/// All files below a folder.
pub(crate) fn below(folder: &Path) -> Result<FileMap> {
    let mut files = FileMap::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix(folder)?;
        ensure!(entry.file_type().is_file(), "{} is not a plain file", entry.path().display());
        files.insert(slashed(path)?, Content::CopyOf(entry.path().to_owned()));
    }
    Ok(files)
}

fn slashed(path: &Path) -> Result<String> {
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_str().context("a file name is not UTF-8"))
        .collect::<Result<Vec<_>>>()?;
    Ok(parts.join("/"))
}

/// Makes `folder` hold exactly `files`. A file whose content is right already is not touched, so
/// that its modification time stays and nothing is built again for it. Returns how many files
/// were written or removed.
pub(crate) fn sync(folder: &Path, files: &FileMap) -> Result<usize> {
    // First the removals: a folder may stand where a file has to be.
    let mut changed = if folder.exists() { remove_others(folder, files)? } else { 0 };
    for (path, content) in files {
        changed += usize::from(write_if_changed(&folder.join(path), content)?);
    }
    Ok(changed)
}

/// Writes a file atomically, unless it has that content. Returns whether it was written.
pub(crate) fn write_if_changed(path: &Path, content: &Content) -> Result<bool> {
    if is_same(path, content)? {
        return Ok(false);
    }
    write_atomically(path, &content.bytes()?)?;
    Ok(true)
}

fn is_same(path: &Path, content: &Content) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() == content.len()? => {
            let present = fs::read(path).with_context(|| path.display().to_string())?;
            Ok(present == *content.bytes()?)
        }
        _ => Ok(false),
    }
}

fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    let describe = || format!("cannot write {}", path.display());
    fs::create_dir_all(folder).with_context(describe)?;
    let mut file = tempfile::Builder::new()
        .prefix(".subcapture-")
        .permissions(ordinary_permissions())
        .tempfile_in(folder)
        .with_context(describe)?;
    file.write_all(bytes).with_context(describe)?;
    file.persist(path).with_context(describe)?;
    Ok(())
}

fn ordinary_permissions() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Removes what is below `folder` and not in `files`; returns how many files that were.
fn remove_others(folder: &Path, files: &FileMap) -> Result<usize> {
    let folders: BTreeSet<&Path> =
        files.keys().flat_map(|path| Path::new(path).ancestors().skip(1)).collect();
    let mut removed = 0;
    for entry in WalkDir::new(folder).contents_first(true).min_depth(1) {
        let entry = entry?;
        let path = entry.path().strip_prefix(folder)?;
        if entry.file_type().is_dir() {
            if !folders.contains(path) {
                fs::remove_dir(entry.path()).with_context(|| entry.path().display().to_string())?;
            }
        } else if !files.contains_key(&slashed(path)?) {
            fs::remove_file(entry.path()).with_context(|| entry.path().display().to_string())?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn map(files: &[(&str, &str)]) -> FileMap {
        files
            .iter()
            .map(|(path, text)| ((*path).into(), Content::Bytes(text.as_bytes().to_vec())))
            .collect()
    }

    fn modified(path: PathBuf) -> Result<SystemTime> {
        Ok(fs::metadata(path)?.modified()?)
    }

    #[test]
    fn only_files_that_differ_are_written() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(sync(folder.path(), &map(&[("a.rs", "one"), ("b/c.rs", "two")]))?, 2);
        let old = SystemTime::UNIX_EPOCH;
        for file in ["a.rs", "b/c.rs"] {
            fs::File::options().write(true).open(folder.path().join(file))?.set_modified(old)?;
        }
        // Same length, other content: a comparison of sizes alone would miss it.
        assert_eq!(sync(folder.path(), &map(&[("a.rs", "one"), ("b/c.rs", "TWO")]))?, 1);
        assert_eq!(modified(folder.path().join("a.rs"))?, old);
        assert_ne!(modified(folder.path().join("b/c.rs"))?, old);
        assert_eq!(fs::read_to_string(folder.path().join("b/c.rs"))?, "TWO");
        Ok(())
    }

    #[test]
    fn what_no_longer_belongs_is_removed() -> Result<()> {
        let folder = tempfile::tempdir()?;
        sync(folder.path(), &map(&[("a.rs", "one"), ("b/c/d.rs", "two"), ("b/e.rs", "three")]))?;
        fs::create_dir(folder.path().join("empty"))?;
        assert_eq!(sync(folder.path(), &map(&[("b/e.rs", "three")]))?, 2);
        assert_eq!(below(folder.path())?.keys().collect::<Vec<_>>(), ["b/e.rs"]);
        assert!(!folder.path().join("b/c").exists() && !folder.path().join("empty").exists());
        Ok(())
    }

    #[test]
    fn no_temporary_file_stays() -> Result<()> {
        let folder = tempfile::tempdir()?;
        sync(folder.path(), &map(&[("a.rs", "one")]))?;
        sync(folder.path(), &map(&[("a.rs", "two")]))?;
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_copy_follows_its_original() -> Result<()> {
        let (from, to) = (tempfile::tempdir()?, tempfile::tempdir()?);
        fs::write(from.path().join("a"), "one")?;
        assert_eq!(sync(to.path(), &below(from.path())?)?, 1);
        assert_eq!(sync(to.path(), &below(from.path())?)?, 0);
        fs::write(from.path().join("a"), "two")?;
        assert_eq!(sync(to.path(), &below(from.path())?)?, 1);
        assert_eq!(fs::read_to_string(to.path().join("a"))?, "two");
        Ok(())
    }
}
