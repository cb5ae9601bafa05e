/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Servo as it was published: cargo itself fetches the crates by name, and says where they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::files::{Content, write_if_changed};
use crate::command;
use crate::paths::Paths;

/// The published crates of one Servo release, by name, with their folders.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ServoSources {
    pub(crate) version: String,
    pub(crate) crates: BTreeMap<String, PathBuf>,
    /// The manifest these folders were found for.
    manifest: String,
}

impl ServoSources {
    /// Finds the crates, fetching them when they are not there yet.
    pub(crate) fn locate(paths: &Paths) -> Result<Self> {
        let manifest = fetch_manifest(paths)?;
        let known = paths.pristine().join("sources.json");
        if let Some(sources) = Self::remembered(&known, &manifest) {
            return Ok(sources);
        }
        // The versions that the shell builds with, so that nothing is fetched twice.
        let lock = paths.shell().join("Cargo.lock");
        let metadata = metadata(&paths.pristine(), &manifest, &lock)?;
        let sources = Self::from_metadata(metadata, manifest)?;
        write_if_changed(&known, &Content::Bytes(serde_json::to_vec_pretty(&sources)?))?;
        Ok(sources)
    }

    /// The same release, with its crates in other folders.
    pub(crate) fn moved_to(&self, crates: BTreeMap<String, PathBuf>) -> Self {
        Self { crates, ..self.clone() }
    }

    /// What an earlier run found, if it was for this manifest and everything is still there.
    fn remembered(file: &Path, manifest: &str) -> Option<Self> {
        let sources: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        let is_valid = sources.manifest == manifest
            && sources.crates.values().all(|folder| folder.join("Cargo.toml").exists());
        is_valid.then_some(sources)
    }

    fn from_metadata(metadata: Metadata, manifest: String) -> Result<Self> {
        let version = metadata
            .packages
            .iter()
            .find(|package| package.name == "servo")
            .map(|package| package.version.clone())
            .context("cargo did not resolve the package servo")?;
        let crates = metadata
            .packages
            .into_iter()
            .filter(|package| package.version == version && package.source.is_some())
            .map(|package| {
                let folder = package.manifest_path.parent().context("a manifest has a folder")?;
                Ok((package.name, folder.to_owned()))
            })
            .collect::<Result<_>>()?;
        Ok(Self { version, crates, manifest })
    }
}

/// The part of `cargo metadata`'s answer that is of interest here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// `None` for a package on a path.
    source: Option<String>,
    manifest_path: PathBuf,
}

/// What cargo resolves and fetches for a package of this manifest, which is written to `folder`.
/// Versions in `lock` are kept; cargo drops from it what does not belong here, and completes it.
pub(crate) fn metadata<T: DeserializeOwned>(
    folder: &Path,
    manifest: &str,
    lock: &Path,
) -> Result<T> {
    write_if_changed(&folder.join("Cargo.toml"), &Content::Bytes(manifest.into()))?;
    write_if_changed(&folder.join("src/lib.rs"), &Content::Bytes(Vec::new()))?;
    if lock.exists() {
        write_if_changed(&folder.join("Cargo.lock"), &Content::CopyOf(lock.to_owned()))?;
    }
    let host = host()?;
    let answer = match query(folder, &host, &["--offline"]) {
        Ok(answer) => answer,
        Err(_) => {
            eprintln!("Fetching the sources of Servo and of what it depends on (about 800 crates)");
            command::run(command::cargo(folder).args(["fetch", "--target", &host]))?;
            query(folder, &host, &[])?
        }
    };
    serde_json::from_slice(&answer).context("cargo metadata's answer is not understood")
}

fn query(folder: &Path, host: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let mut cargo = command::cargo(folder);
    cargo.args(["metadata", "--format-version=1", "--filter-platform", host]).args(arguments);
    let output = command::output(&mut cargo)?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

fn host() -> Result<String> {
    let output = command::stdout(Command::new("rustc").args(["--print", "host-tuple"]))?;
    Ok(String::from_utf8(output)?.trim().to_owned())
}

/// How the shell depends on Servo: the version and features that everything else follows.
fn shell_dependency(shell: &Path) -> Result<Value> {
    let path = shell.join("Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let manifest: Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    manifest
        .get("dependencies")
        .and_then(|dependencies| dependencies.get("servo"))
        .cloned()
        .with_context(|| format!("{} has no dependency on servo", path.display()))
}

/// The manifest of a package that depends on Servo only, and just as the shell does.
pub(crate) fn fetch_manifest(paths: &Paths) -> Result<String> {
    let servo = shell_dependency(&paths.shell())?;
    let version = servo.get("version").or(Some(&servo)).and_then(Value::as_str).unwrap_or_default();
    let version = version.to_owned();
    ensure!(
        version.starts_with('='),
        "the shell has to name an exact version of servo (\"=x.y.z\"), not {version:?}"
    );
    let table = |entries: Vec<(&str, Value)>| -> Table {
        entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
    };
    let package = table(vec![
        ("name", "subcapture-pristine".into()),
        ("version", "0.0.0".into()),
        ("edition", "2024".into()),
        ("publish", false.into()),
    ]);
    let manifest = table(vec![
        ("package", package.into()),
        ("dependencies", table(vec![("servo", servo)]).into()),
        ("workspace", Table::new().into()),
    ]);
    Ok(toml::to_string(&manifest)?)
}
