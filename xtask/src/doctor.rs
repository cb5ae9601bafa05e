/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What has to be installed: looks, and installs what is missing where that is possible.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// Debian's names of what Servo needs to be built and run.
const PACKAGES: [&str; 27] = [
    // To compile SpiderMonkey and the C and C++ parts of Servo.
    "clang-19",
    "cmake",
    "g++",
    "libclang-19-dev",
    "lld-19",
    "llvm-19",
    "m4",
    "make",
    "pkg-config",
    "python3",
    // Libraries that Servo links.
    "libdbus-1-dev",
    "libfontconfig-dev",
    "libfreetype-dev",
    "libharfbuzz-dev",
    "libudev-dev",
    "libx11-dev",
    "libxcb1-dev",
    "libxkbcommon-dev",
    // OpenGL without a screen or a graphics card.
    "libegl-dev",
    "libegl-mesa0",
    "libegl1",
    "libgl-dev",
    "libgl1",
    "libgl1-mesa-dri",
    "libgles2",
    // Text needs a font, and the tests count on the same one everywhere.
    "fonts-dejavu-core",
    // The tests ask it which files belong to the project.
    "git",
];

/// Makes sure that the system has everything; says nothing if it does.
pub(crate) fn ensure_packages() -> Result<()> {
    ensure(&PACKAGES)
}

/// Makes sure that the system has these packages.
pub(crate) fn ensure(packages: &[&'static str]) -> Result<()> {
    if !is_debian() {
        // Nothing to ask here; a build says itself what it lacks. `doctor` has the list.
        return Ok(());
    }
    let missing = missing(packages)?;
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Looks at everything and tells what it found.
pub(crate) fn report() -> Result<()> {
    println!("rustc: {}", first_line(Command::new("rustc").arg("--version"))?);
    ensure_rust_components()?;
    println!("clippy and rustfmt: present");
    if is_debian() {
        ensure_packages()?;
        println!("system packages: all {} present", PACKAGES.len());
    } else {
        println!(
            "This is not Debian. What is needed, by Debian's names:\n  {}",
            PACKAGES.join(" ")
        );
    }
    Ok(())
}

/// Makes sure that the parts of the toolchain that only tests use are there.
pub(crate) fn ensure_rust_components() -> Result<()> {
    for (subcommand, component) in [("clippy", "clippy"), ("fmt", "rustfmt")] {
        let mut cargo = command::cargo(Path::new("."));
        let is_there = command::output(cargo.args([subcommand, "--version"]))?.status.success();
        if !is_there {
            bail!("the Rust toolchain lacks {component}: run `rustup component add {component}`");
        }
    }
    Ok(())
}

fn is_debian() -> bool {
    Path::new("/usr/bin/dpkg-query").exists() && Path::new("/usr/bin/apt-get").exists()
}

fn missing(packages: &[&'static str]) -> Result<Vec<&'static str>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]).args(packages);
    // It complains about each package it does not know, which is what is asked here.
    let output = command::output(query.env("LC_ALL", "C").stderr(Stdio::null()))?;
    let output = String::from_utf8(output.stdout).context("dpkg-query's answer is not UTF-8")?;
    let installed: BTreeSet<&str> =
        output.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    Ok(packages.iter().copied().filter(|package| !installed.contains(package)).collect())
}

fn install(missing: &[&str]) -> Result<()> {
    let prefix: &[&str] = if is_root() {
        &[]
    } else if has_sudo() {
        &["sudo", "-n"]
    } else {
        bail!(
            "system packages are missing. Run this, then try again:\n  sudo apt-get update && \
             sudo apt-get install --no-install-recommends {}",
            missing.join(" ")
        );
    };
    eprintln!("Installing system packages: {}", missing.join(" "));
    // A list that cannot be updated in part is no reason to stop: the packages may be in the rest.
    command::status(&mut apt_get(prefix, &["update"]))?;
    let options = ["install", "--yes", "--no-install-recommends"];
    command::run(apt_get(prefix, &options).args(missing))
        .context("system packages are missing and could not be installed")
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Command {
    // `env`, since sudo does not pass variables on.
    let program = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=1"];
    let mut words = prefix.iter().chain(&program).chain(arguments);
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    // Standard output belongs to the program that is run afterwards.
    command.args(words).stdin(Stdio::null()).stdout(std::io::stderr());
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn has_sudo() -> bool {
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    sudo.status().is_ok_and(|status| status.success())
}

fn first_line(command: &mut Command) -> Result<String> {
    let output = String::from_utf8(command::stdout(command)?).context("the answer is not UTF-8")?;
    Ok(output.lines().next().unwrap_or_default().to_owned())
}
