/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where things are: the checkout and the cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout and the cache that all checkouts share.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    root: PathBuf,
    cache: PathBuf,
}

impl Paths {
    /// The checkout that cargo runs this program in, and the cache that the environment asks for.
    pub(crate) fn locate() -> Result<Self> {
        let manifest_folder = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_folder.parent().context("xtask lies in the checkout")?.to_owned();
        Ok(Self { root, cache: cache_folder()? })
    }

    #[cfg(test)]
    pub(crate) fn new(root: &Path, cache: &Path) -> Self {
        Self { root: root.to_owned(), cache: cache.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The hunks, new files and pins.
    pub(crate) fn overlay(&self) -> PathBuf {
        self.root.join("components/servo")
    }

    pub(crate) fn pins(&self) -> PathBuf {
        self.overlay().join("pristine.toml")
    }

    /// The shell's workspace, where Servo is built.
    pub(crate) fn shell(&self) -> PathBuf {
        self.root.join("components/shell")
    }

    /// The manifest that makes cargo fetch Servo as it was published.
    pub(crate) fn pristine(&self) -> PathBuf {
        self.cache.join("pristine")
    }

    /// The patched crates, and ours beside them.
    pub(crate) fn patched(&self) -> PathBuf {
        self.cache.join("overlay")
    }

    /// Build output of the shell's workspace.
    pub(crate) fn target(&self) -> PathBuf {
        self.cache.join("target")
    }

    /// Build output of the two browsers that benchmarks compare. Everything below Servo is built
    /// once for both.
    pub(crate) fn bench_target(&self) -> PathBuf {
        self.cache.join("bench-target")
    }

    /// Build output of the root workspace when this program runs its tests. Not `target/` of the
    /// checkout: what the libraries depend on need not be built again for a fresh clone.
    pub(crate) fn workspace_target(&self) -> PathBuf {
        self.cache.join("workspace-target")
    }

    /// Files of web-platform-tests that come from elsewhere.
    pub(crate) fn harness(&self) -> PathBuf {
        self.cache.join("wpt")
    }

    /// Held while the cache's sources are written.
    pub(crate) fn lock(&self) -> PathBuf {
        self.cache.join("overlay.lock")
    }
}

fn cache_folder() -> Result<PathBuf> {
    let absolute =
        |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(path) = env::var_os("SUBCAPTURE_CACHE").filter(|path| !path.is_empty()) {
        // Cargo reads it from other folders, so it has to be absolute.
        return std::path::absolute(path).context("SUBCAPTURE_CACHE is not a path");
    }
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("subcapture"))
        .context("neither SUBCAPTURE_CACHE nor XDG_CACHE_HOME nor HOME says where the cache is")
}
