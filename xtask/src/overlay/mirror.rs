/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Copies of our own crates with manifests that need no workspace around them, so that the
//! patched Servo finds them at the same path, with the same modification times, whatever checkout
//! they come from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::files::{self, Content, FileMap};

/// The crates of ours that Servo's crates use.
const CRATES: [&str; 4] = ["api", "compositor", "dom", "media"];

/// What of a crate is not needed to build it as a dependency.
const LEFT_BEHIND: [&str; 4] = ["benches/", "examples/", "target/", "tests/"];

/// The files of each of our crates, by package name.
pub(crate) fn crates(root: &Path) -> Result<BTreeMap<String, FileMap>> {
    let workspace = read_manifest(&root.join("Cargo.toml"))?;
    folders(root)
        .map(|(name, folder)| {
            let manifest = stand_alone(read_manifest(&folder.join("Cargo.toml"))?, &workspace)
                .with_context(|| format!("the manifest in {}", folder.display()))?;
            let mut files = files::below(&folder)?;
            files.retain(|path, _| !LEFT_BEHIND.iter().any(|prefix| path.starts_with(prefix)));
            files.insert("Cargo.toml".into(), Content::Bytes(toml::to_string(&manifest)?.into()));
            Ok((name, files))
        })
        .collect()
}

/// Our crates' package names and their folders in the checkout.
pub(crate) fn folders(root: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let components = root.join("components");
    CRATES.iter().map(move |name| (format!("subcapture-{name}"), components.join(name)))
}

fn read_manifest(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// Puts in place of everything inherited from the workspace what is inherited.
fn stand_alone(mut manifest: Table, workspace: &Table) -> Result<Table> {
    let workspace = table(workspace.get("workspace")).context("no [workspace] in the root")?;
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        for (key, value) in package.iter_mut().filter(|(_, value)| is_inherited(value)) {
            *value = table(workspace.get("package"))
                .and_then(|inherited| inherited.get(key))
                .cloned()
                .with_context(|| format!("the workspace has no package.{key}"))?;
        }
    }
    if manifest.get("lints").is_some_and(is_inherited) {
        let lints = workspace.get("lints").cloned().context("the workspace has no lints")?;
        manifest.insert("lints".into(), lints);
    }
    // Only built as a dependency, where these have no use.
    for key in ["dev-dependencies", "bench", "example", "test"] {
        manifest.remove(key);
    }
    resolve_dependencies(&mut manifest, workspace)?;
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets.iter_mut() {
            if let Value::Table(target) = target {
                target.remove("dev-dependencies");
                resolve_dependencies(target, workspace)?;
            }
        }
    }
    Ok(manifest)
}

fn resolve_dependencies(parent: &mut Table, workspace: &Table) -> Result<()> {
    for kind in ["dependencies", "build-dependencies"] {
        let Some(Value::Table(dependencies)) = parent.get_mut(kind) else { continue };
        for (name, dependency) in dependencies.iter_mut() {
            if is_inherited(dependency) {
                let inherited = table(workspace.get("dependencies"))
                    .and_then(|dependencies| dependencies.get(name))
                    .with_context(|| format!("the workspace has no dependency {name}"))?;
                *dependency = resolve_dependency(dependency, inherited)?;
            }
            // One of ours: found through the shell's patch table, like everything patched.
            if let Value::Table(dependency) = dependency {
                dependency.remove("path");
            }
        }
    }
    Ok(())
}

fn resolve_dependency(own: &Value, inherited: &Value) -> Result<Value> {
    let mut resolved = match inherited {
        Value::String(version) => Table::from_iter([("version".into(), version.as_str().into())]),
        Value::Table(table) => table.clone(),
        other => bail!("a dependency is a version or a table, not {other}"),
    };
    for (key, value) in table(Some(own)).into_iter().flatten() {
        match (key.as_str(), value) {
            ("workspace", _) => {}
            ("features", Value::Array(own)) => {
                let features = resolved.entry("features").or_insert_with(|| Value::Array(vec![]));
                if let Value::Array(features) = features {
                    features.extend(own.iter().cloned());
                }
            }
            _ => {
                resolved.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(Value::Table(resolved))
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool).unwrap_or_default()
}

fn table(value: Option<&Value>) -> Option<&Table> {
    value.and_then(Value::as_table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Paths;

    #[test]
    fn what_is_inherited_is_written_out() -> Result<()> {
        let workspace = toml::from_str(
            r#"
            [workspace.package]
            edition = "2024"
            [workspace.lints.rust]
            unsafe_code = "deny"
            [workspace.dependencies]
            plain = "1"
            ours = { version = "0.1.0", path = "components/ours" }
            table = { version = "2", default-features = false, features = ["a"] }
            "#,
        )?;
        let member = toml::from_str(
            r#"
            [package]
            name = "member"
            edition.workspace = true
            [lints]
            workspace = true
            [dependencies]
            own = "3"
            plain.workspace = true
            ours.workspace = true
            table = { workspace = true, features = ["b"], optional = true }
            [dev-dependencies]
            plain.workspace = true
            [target.'cfg(unix)'.dependencies]
            plain.workspace = true
            "#,
        )?;
        let expected: Table = toml::from_str(
            r#"
            [package]
            name = "member"
            edition = "2024"
            [lints.rust]
            unsafe_code = "deny"
            [dependencies]
            own = "3"
            plain = { version = "1" }
            ours = { version = "0.1.0" }
            table = { version = "2", default-features = false, features = ["a", "b"], optional = true }
            [target.'cfg(unix)'.dependencies]
            plain = { version = "1" }
            "#,
        )?;
        assert_eq!(stand_alone(member, &workspace)?, expected);
        Ok(())
    }

    #[test]
    fn an_inherited_field_that_the_workspace_lacks_is_an_error() -> Result<()> {
        let workspace = toml::from_str("[workspace.package]\n")?;
        let member = toml::from_str("[package]\nedition.workspace = true\n")?;
        assert!(stand_alone(member, &workspace).is_err());
        Ok(())
    }

    #[test]
    fn our_crates_stand_alone() -> Result<()> {
        for (name, files) in crates(Paths::locate()?.root())? {
            let manifest = String::from_utf8(files["Cargo.toml"].read()?)?;
            assert!(!manifest.contains("workspace"), "{name}: {manifest}");
            assert!(!manifest.contains("path ="), "{name}: {manifest}");
            assert!(files.keys().all(|file| !file.starts_with("target/")), "{name}");
        }
        Ok(())
    }
}
