/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The Servo overlay: from pristine crates, our hunks and our new files to patched crates.

mod change;
#[cfg(test)]
mod dependencies;
mod export;
mod files;
mod hunk;
mod manifest;
mod mirror;
mod patched;
mod pins;
pub(crate) mod shell_config;
mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use self::change::CrateChange;
use self::export::Base;
use self::files::{Content, FileMap};
use self::patched::{Failures, Hashes};
use self::pins::{Pins, sha256};
use self::source::ServoSources;
use crate::paths::Paths;

/// What an overlay comes to, in numbers.
pub(crate) struct Summary {
    hunks: usize,
    files: usize,
    new_files: usize,
    crates: usize,
}

impl Summary {
    fn of(changes: &BTreeMap<String, CrateChange>) -> Self {
        Self {
            hunks: changes.values().map(|change| change.hunks.len()).sum(),
            files: changes.values().map(|change| change.touched().len()).sum(),
            new_files: changes.values().map(|change| change.new_files.len()).sum(),
            crates: changes.len(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hunks, files, new_files, crates } = self;
        write!(
            formatter,
            "{hunks} hunks in {files} files of {crates} crates, {new_files} new files"
        )
    }
}

/// Everything that a command on the overlay starts from.
struct Overlay {
    changes: BTreeMap<String, CrateChange>,
    sources: ServoSources,
    pins: Pins,
    /// Nobody else reads or writes the cache until this is dropped.
    _lock: File,
}

impl Overlay {
    fn open(paths: &Paths) -> Result<Self> {
        let lock = lock(paths)?;
        Ok(Self {
            changes: change::load(&paths.overlay())?,
            sources: ServoSources::locate(paths)?,
            pins: Pins::load(&paths.pins())?,
            _lock: lock,
        })
    }
}

/// What an application of the overlay came to.
pub(crate) struct Applied {
    summary: Summary,
    /// How many files were written or removed.
    pub(crate) written: usize,
}

impl fmt::Display for Applied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Overlay: {}; {} files written", self.summary, self.written)
    }
}

/// Brings the patched crates and the shell's cargo configuration up to date.
pub(crate) fn apply(paths: &Paths) -> Result<Applied> {
    let Overlay { changes, sources, pins, _lock } = Overlay::open(paths)?;
    let patched = patched::patch(&changes, &sources, Hashes::Verify(&pins))?;

    let mut crates: BTreeMap<String, FileMap> = mirror::crates(paths.root())?;
    for (name, patched) in &patched {
        crates.insert(name.clone(), patched.files()?);
    }
    let folder = paths.patched();
    let config = shell_config::text(&folder, &paths.target(), crates.keys().map(String::as_str))?;
    let all = crates.into_iter().flat_map(|(name, files)| {
        files.into_iter().map(move |(file, content)| (format!("{name}/{file}"), content))
    });
    let mut written = files::sync(&folder, &all.collect())?;
    let config_file = paths.shell().join(".cargo/config.toml");
    written += usize::from(files::write_if_changed(&config_file, &Content::Bytes(config.into()))?);
    Ok(Applied { summary: Summary::of(&changes), written })
}

/// Applies everything in memory only.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let Overlay { changes, sources, pins, _lock } = Overlay::open(paths)?;
    let mut failures = patched::pinned_in_vain(&changes, &pins);
    if let Err(Failures(others)) = patched::patch(&changes, &sources, Hashes::Verify(&pins)) {
        failures.extend(others);
    }
    Failures(failures).or(())?;
    eprintln!("Overlay: {}; everything fits Servo {}", Summary::of(&changes), sources.version);
    Ok(())
}

/// Records the hashes of the pristine files that have hunks.
pub(crate) fn pin(paths: &Paths) -> Result<()> {
    let Overlay { changes, sources, _lock, .. } = Overlay::open(paths)?;
    let patched = patched::patch(&changes, &sources, Hashes::Ignore)?;
    let mut pins = Pins { servo: sources.version.clone(), ..Pins::default() };
    for (name, patched) in patched {
        let hashes: BTreeMap<_, _> = patched
            .touched
            .into_iter()
            .map(|(file, text)| (file, sha256(text.pristine.as_bytes())))
            .collect();
        if !hashes.is_empty() {
            pins.sha256.insert(name, hashes);
        }
    }
    let written = files::write_if_changed(&paths.pins(), &Content::Bytes(pins.to_toml()?.into()))?;
    let state = if written { "written" } else { "unchanged" };
    eprintln!("Hashes of {} files: {state}", Summary::of(&changes).files);
    Ok(())
}

/// Writes the change of a Servo git checkout as a diff, or makes it in `checkout`.
pub(crate) fn export(paths: &Paths, output: Option<&Path>, checkout: Option<&Path>) -> Result<()> {
    let Overlay { changes, sources, pins, _lock } = Overlay::open(paths)?;
    let released = patched::patch(&changes, &sources, Hashes::Verify(&pins))?;
    let base = checkout.map_or(Base::Release, Base::Checkout);
    let edits = export::edits(&changes, &sources, &released, base)?;
    let count = edits.len();
    match (output, checkout) {
        (None, Some(checkout)) => {
            export::make(edits, checkout)?;
            eprintln!("Changed {count} files in {}", checkout.display());
        }
        (output, _) => {
            let default = paths.root().join(format!("target/servo-{}.patch", sources.version));
            let output = output.unwrap_or(&default);
            let diff = export::unified_diff(&edits);
            files::write_if_changed(output, &Content::Bytes(diff.into()))?;
            eprintln!(
                "The change of {count} files is in {}: `git apply` it in a checkout",
                output.display()
            );
        }
    }
    eprintln!("Servo's root Cargo.toml has to say where our crates are:\n\n[patch.crates-io]");
    for (name, folder) in mirror::folders(paths.root()) {
        eprintln!("{name} = {{ path = \"{}\" }}", folder.display());
    }
    Ok(())
}

/// One at a time may fetch and write in the cache.
fn lock(paths: &Paths) -> Result<File> {
    let path = paths.lock();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let describe = || format!("cannot lock {}", path.display());
    let file = File::create(&path).with_context(describe)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("Waiting for another overlay command to finish");
            file.lock().with_context(describe)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(describe),
    }
    Ok(file)
}
