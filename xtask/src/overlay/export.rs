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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use anyhow::ensure;
    use tempfile::TempDir;

    use super::*;
    use crate::overlay::change;

    const MANIFEST_IN_GIT: &str = "[dependencies]\nbase = { workspace = true }\n";

    /// A published crate, an overlay for it, and the checkout it was published from.
    struct Fixture {
        root: TempDir,
    }

    impl Fixture {
        fn new() -> Result<Self> {
            let fixture = Self { root: tempfile::tempdir()? };
            fixture.write("release/lib.rs", "mod a;\n\nfn last() {}")?;
            fixture.write("release/Cargo.toml", "[dependencies.base]\nversion = '1'\n")?;
            fixture.write("release/Cargo.toml.orig", MANIFEST_IN_GIT)?;
            let info = r#"{ "git": { "sha1": "0" }, "path_in_vcs": "components/shared/x" }"#;
            fixture.write("release/.cargo_vcs_info.json", info)?;
            fixture.write("overlay/new/servo-x/sub/b.rs", "// New.\n")?;
            let hunks = r##"
                [[hunk]]
                file = "lib.rs"
                anchor = "mod a;"
                after = "\nmod b;"
                [[hunk]]
                file = "lib.rs"
                anchor = "fn last() {}"
                before = "#[test]\n"
                [[hunk]]
                file = "Cargo.toml"
                anchor = "[dependencies.base]"
                before = "[dependencies.ours]\nversion = '0.1.0'\n"
            "##;
            fixture.write("overlay/hunks/servo-x.toml", hunks)?;
            fixture.write("checkout/components/shared/x/lib.rs", "mod a;\n\nfn last() {}")?;
            fixture.write("checkout/components/shared/x/Cargo.toml", MANIFEST_IN_GIT)?;
            Ok(fixture)
        }

        fn write(&self, path: &str, text: &str) -> Result<()> {
            write_if_changed(&self.path(path), &Content::Bytes(text.into())).map(|_| ())
        }

        fn path(&self, path: &str) -> PathBuf {
            self.root.path().join(path)
        }

        fn edits(&self, base: Base<'_>) -> Result<Vec<FileEdit>> {
            let changes = change::load(&self.path("overlay"))?;
            let crates = BTreeMap::from([("servo-x".into(), self.path("release"))]);
            let sources = ServoSources::default().moved_to(crates);
            let released = patched::patch(&changes, &sources, Hashes::Ignore)?;
            edits(&changes, &sources, &released, base)
        }

        fn checked_out(&self, path: &str) -> Result<String> {
            Ok(fs::read_to_string(self.path("checkout/components/shared/x").join(path))?)
        }

        fn assert_changed(&self) -> Result<()> {
            assert_eq!(self.checked_out("lib.rs")?, "mod a;\nmod b;\n\n#[test]\nfn last() {}");
            assert_eq!(self.checked_out("sub/b.rs")?, "// New.\n");
            let manifest = format!("{MANIFEST_IN_GIT}ours = \"0.1.0\"\n");
            assert_eq!(self.checked_out("Cargo.toml")?, manifest);
            Ok(())
        }
    }

    #[test]
    fn git_applies_the_diff() -> Result<()> {
        let fixture = Fixture::new()?;
        let diff = unified_diff(&fixture.edits(Base::Release)?);
        fixture.write("change.patch", &diff)?;
        for arguments in [vec!["init", "--quiet"], vec!["apply", "../change.patch"]] {
            let mut git = Command::new("git");
            git.current_dir(fixture.path("checkout")).args(arguments);
            ensure!(git.status()?.success(), "{diff}");
        }
        fixture.assert_changed()
    }

    #[test]
    fn a_checkout_of_another_version_is_changed_in_place() -> Result<()> {
        let fixture = Fixture::new()?;
        fixture
            .write("checkout/components/shared/x/lib.rs", "mod a;\n\nfn last() {}\nmore();\n")?;
        let checkout = fixture.path("checkout");
        make(fixture.edits(Base::Checkout(&checkout))?, &checkout)?;
        let changed = "mod a;\nmod b;\n\n#[test]\nfn last() {}\nmore();\n";
        assert_eq!(fixture.checked_out("lib.rs")?, changed);
        fixture.write(
            "checkout/components/shared/x/lib.rs",
            changed.trim_end_matches("\nmore();\n"),
        )?;
        fixture.assert_changed()
    }

    #[test]
    fn a_checkout_is_not_changed_twice() -> Result<()> {
        let fixture = Fixture::new()?;
        let checkout = fixture.path("checkout");
        make(fixture.edits(Base::Checkout(&checkout))?, &checkout)?;
        assert!(fixture.edits(Base::Checkout(&checkout)).is_err());
        fixture.assert_changed()
    }

    #[test]
    fn a_checkout_without_an_anchor_is_refused() -> Result<()> {
        let fixture = Fixture::new()?;
        fixture.write("checkout/components/shared/x/lib.rs", "mod z;\n")?;
        let checkout = fixture.path("checkout");
        let error =
            format!("{:#}", fixture.edits(Base::Checkout(&checkout)).expect_err("it does not fit"));
        assert!(error.contains("2 failures") && error.contains("mod a;"), "{error}");
        Ok(())
    }
}
