/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Standard output, for nothing but what was asked for.
//!
//! Servo prints a line to standard output here and there. In a picture that goes there it would do
//! harm, so the program keeps standard output to itself and leaves standard error in its place.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;

static RESERVED: OnceLock<File> = OnceLock::new();

/// From now on only [`open`] leads to standard output, and whatever else is printed there goes to
/// standard error.
///
/// # Errors
///
/// When the operating system does not allow it, or standard output is closed.
pub fn reserve() -> io::Result<()> {
    if RESERVED.get().is_none() {
        let original = io::stdout().as_fd().try_clone_to_owned()?;
        if RESERVED.set(File::from(original)).is_ok() {
            rustix::stdio::dup2_stdout(io::stderr())?;
        }
    }
    Ok(())
}

/// Standard output.
///
/// # Errors
///
/// When it is closed.
pub fn open() -> io::Result<File> {
    match RESERVED.get() {
        Some(reserved) => reserved.try_clone(),
        None => io::stdout().as_fd().try_clone_to_owned().map(File::from),
    }
}
