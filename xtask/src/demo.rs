/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The demonstration: one page, its pictures.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::{command, doctor, overlay, shell};

const PAGE: &str = "components/shell/demo/page.html";

/// What the page shows off.
const ELEMENT: &str = "#card";

/// The pictures and what is to be seen in them.
const PICTURES: [(&str, &str); 4] = [
    ("page.png", "the whole page"),
    ("crop.png", "the page cropped to the card: what covers the card is in it"),
    ("restrict.png", "the card alone: nothing that covers it, transparent corners"),
    ("restrict.apng", "two seconds of the card alone, moving"),
];

/// Installs, builds and captures; leaves pictures in `demo/`.
pub(crate) fn run(paths: &Paths) -> Result<()> {
    eprintln!("[1/4] System packages");
    doctor::ensure_packages()?;
    eprintln!("[2/4] Servo's sources and our changes to them");
    eprintln!("      {}", overlay::apply(paths)?);
    eprintln!("[3/4] Building the program");
    let program = shell::build(paths)?;
    eprintln!("[4/4] Capturing {PAGE}");
    let folder = paths.root().join("demo");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    capture(paths, &program)?;
    println!("The pictures:");
    for (file, description) in PICTURES {
        println!("  {}  {description}", folder.join(file).display());
    }
    Ok(())
}

fn capture(paths: &Paths, program: &Path) -> Result<()> {
    // Paths from the root of the checkout: short, and as a reader would type them.
    let mut shot = Command::new(program);
    shot.current_dir(paths.root())
        .args(["shot", PAGE])
        .args(["--crop", ELEMENT, "-o", "demo/crop.png"])
        .args(["--restrict", ELEMENT, "-o", "demo/restrict.png"])
        .args(["--full", "-o", "demo/page.png"]);
    let mut record = Command::new(program);
    record.current_dir(paths.root()).args(["record", PAGE, "--restrict", ELEMENT]).args([
        "--fps",
        "30",
        "--duration",
        "2",
        "-o",
        "demo/restrict.apng",
    ]);
    for capture in [&mut shot, &mut record] {
        eprintln!("      {}", command::describe(capture));
        command::run(capture)?;
    }
    Ok(())
}
