/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A check: an engine that takes our library crates in gets no other crate with them, and no
//! feature of one that was off before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{lock, mirror, source};
use crate::paths::Paths;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
    root: String,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    features: BTreeSet<String>,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `None` for a normal dependency.
    kind: Option<String>,
}

/// The features that are on, by crate and version, of what is built.
type Tree = BTreeMap<String, BTreeSet<String>>;

fn tree(metadata: Metadata) -> Result<Tree> {
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let names: BTreeMap<&str, String> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), format!("{} {}", package.name, package.version)))
        .collect();
    let mut tree = Tree::new();
    let mut todo = vec![metadata.resolve.root.as_str()];
    while let Some(id) = todo.pop() {
        let node = nodes.get(id).context("cargo resolves every dependency")?;
        let name = names.get(id).context("cargo names every package")?;
        if tree.insert(name.clone(), node.features.clone()).is_none() {
            let is_built = |dep: &&Dependency| {
                dep.dep_kinds.iter().any(|dep| dep.kind.as_deref() != Some("dev"))
            };
            todo.extend(
                node.deps.iter().filter(is_built).map(|dependency| dependency.pkg.as_str()),
            );
        }
    }
    Ok(tree)
}

/// What `with` has more than `without`, apart from `ours`.
fn added(with: &Tree, without: &Tree, ours: &[String]) -> Vec<String> {
    let is_ours = |name: &str| ours.iter().any(|our| name.split(' ').next() == Some(our));
    let mut added = Vec::new();
    for (name, features) in with.iter().filter(|(name, _)| !is_ours(name)) {
        match without.get(name) {
            None => added.push(format!("{name} is not in Servo's tree")),
            Some(present) => {
                let more: Vec<&str> = features.difference(present).map(String::as_str).collect();
                if !more.is_empty() {
                    added.push(format!(
                        "{name}: Servo does not use its features {}",
                        more.join(", ")
                    ));
                }
            }
        }
    }
    added
}

#[test]
fn the_library_crates_add_nothing_to_servo() -> Result<()> {
    let paths = Paths::locate()?;
    let _lock = lock(&paths)?;
    let manifest = source::fetch_manifest(&paths)?;
    let lockfile = paths.shell().join("Cargo.lock");
    let without = tree(source::metadata(&paths.pristine(), &manifest, &lockfile)?)?;

    let folder = tempfile::tempdir()?;
    let ours: Vec<(String, PathBuf)> = mirror::folders(paths.root()).collect();
    let mut manifest: toml::Table = toml::from_str(&manifest)?;
    let dependencies = manifest["dependencies"].as_table_mut().context("a table")?;
    for (name, path) in &ours {
        let path = path.to_str().context("the path of the checkout is not UTF-8")?;
        let dependency = toml::Table::from_iter([("path".into(), path.into())]);
        dependencies.insert(name.clone(), dependency.into());
    }
    let lockfile = paths.pristine().join("Cargo.lock");
    let manifest = toml::to_string(&manifest)?;
    let with = tree(source::metadata(folder.path(), &manifest, &lockfile)?)?;

    assert!(without.len() > 300 && with.len() > without.len(), "{} crates", without.len());
    let names: Vec<String> = ours.into_iter().map(|(name, _)| name).collect();
    let added = added(&with, &without, &names);
    assert!(added.is_empty(), "the library crates add to Servo:\n  {}", added.join("\n  "));
    Ok(())
}

#[test]
fn additions_are_found() {
    let features = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let without = Tree::from([("a 1.0.0".into(), features(&["x"]))]);
    let with = Tree::from([
        ("a 1.0.0".into(), features(&["x", "y", "z"])),
        ("a 2.0.0".into(), features(&[])),
        ("ours 0.1.0".into(), features(&[])),
    ]);
    assert_eq!(added(&without, &without, &[]), Vec::<String>::new());
    assert_eq!(
        added(&with, &without, &["ours".into()]),
        ["a 1.0.0: Servo does not use its features y, z", "a 2.0.0 is not in Servo's tree"]
    );
}
