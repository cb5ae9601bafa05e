/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The Servo overlay: from pristine crates, our hunks and our new files to patched crates.

mod change;
mod files;
mod hunk;
mod mirror;
mod patched;
mod pins;
mod shell_config;
mod source;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};

use anyhow::{Context, Result, bail};

use self::change::CrateChange;
use self::files::{Content, FileMap};
use self::patched::{Failure, Hashes};
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

impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hunks, files, new_files, crates } = self;
        write!(
            formatter,
            "{hunks} hunks in {files} files of {crates} crates, {new_files} new files"
        )
    }
}

/// Brings the patched crates and the shell's cargo configuration up to date. Returns how many
/// files were written or removed.
pub(crate) fn apply(paths: &Paths) -> Result<usize> {
    let _lock = lock(paths)?;
    let changes = change::load(&paths.overlay())?;
    let sources = ServoSources::locate(paths)?;
    let pins = Pins::load(&paths.pins())?;
    let patched = all_or_failures(patched::patch(&changes, &sources, Hashes::Verify(&pins)))?;

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
    println!("Overlay: {}; {written} files written", Summary::of(&changes));
    Ok(written)
}

/// Applies everything in memory only.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let _lock = lock(paths)?;
    let changes = change::load(&paths.overlay())?;
    let sources = ServoSources::locate(paths)?;
    let pins = Pins::load(&paths.pins())?;
    let mut failures = patched::pinned_in_vain(&changes, &pins);
    if let Err(others) = patched::patch(&changes, &sources, Hashes::Verify(&pins)) {
        failures.extend(others);
    }
    all_or_failures(if failures.is_empty() { Ok(()) } else { Err(failures) })?;
    println!("Overlay: {}; everything fits Servo {}", Summary::of(&changes), sources.version);
    Ok(())
}

/// Records the hashes of the pristine files that have hunks.
pub(crate) fn pin(paths: &Paths) -> Result<()> {
    let _lock = lock(paths)?;
    let changes = change::load(&paths.overlay())?;
    let sources = ServoSources::locate(paths)?;
    let patched = all_or_failures(patched::patch(&changes, &sources, Hashes::Ignore))?;
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
    println!("Hashes of {} files: {state}", Summary::of(&changes).files);
    Ok(())
}

fn all_or_failures<T>(result: Result<T, Vec<Failure>>) -> Result<T> {
    let failures = match result {
        Ok(value) => return Ok(value),
        Err(failures) => failures,
    };
    for failure in &failures {
        eprintln!("  {failure}");
    }
    match failures.len() {
        1 => bail!("the overlay does not fit: 1 failure, nothing was written"),
        count => bail!("the overlay does not fit: {count} failures, nothing was written"),
    }
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
