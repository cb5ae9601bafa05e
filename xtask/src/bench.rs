/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures cost.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo_output::{self, Outcome};
use crate::overlay::{self, shell_config};
use crate::paths::Paths;
use crate::test::workspace_cargo;
use crate::{command, doctor};

/// What takes the times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Harness {
    /// Whole frames on WebRender alone.
    WebRender,
    /// Whole frames of Servo.
    Servo,
}

impl Harness {
    const fn package(self) -> &'static str {
        match self {
            Self::WebRender => "subcapture-frames-bench",
            Self::Servo => "subcapture-servo-bench",
        }
    }
}

/// The Servo of a browser.
#[derive(Clone, Copy)]
enum Engine {
    /// As published, in a workspace of its own.
    Stock,
    /// Patched, in the shell's workspace.
    Patched,
}

impl Engine {
    const fn package(self) -> &'static str {
        match self {
            Self::Stock => "subcapture-bench-stock",
            Self::Patched => "subcapture-bench-browser",
        }
    }

    fn cargo(self, paths: &Paths) -> Result<Command> {
        match self {
            Self::Stock => {
                let mut cargo = command::cargo(&paths.root().join("benches/servo/stock"));
                // What the configuration of the shell's workspace has, but for the patches.
                for (name, value) in shell_config::environment()? {
                    cargo.arg("--config").arg(format!("env.{name}={value}"));
                }
                Ok(cargo)
            }
            Self::Patched => Ok(command::cargo(&paths.shell())),
        }
    }
}

/// Builds a harness and what it needs, and runs it.
pub(crate) fn run(
    paths: &Paths,
    harness: Harness,
    json: Option<&Path>,
    arguments: &[OsString],
) -> Result<()> {
    let mut cargo = workspace_cargo(paths);
    cargo.args(["run", "--release", "--package", harness.package(), "--"]);
    if harness == Harness::Servo {
        let only_talks = |argument: &OsString| argument == "--help" || argument == "-h";
        if !arguments.iter().any(only_talks) {
            let Browsers { patched, pairs } = browsers(paths)?;
            cargo.arg("--patched").arg(patched);
            for pair in pairs {
                cargo.arg("--pair").args(pair);
            }
            cargo.arg("--pages").arg(paths.root().join("benches/servo/pages"));
        }
    }
    cargo.args(arguments);
    if let Some(json) = json {
        // Cargo runs in the checkout; the path is meant from where the user is.
        cargo.arg("--json").arg(std::path::absolute(json).context("--json is not a path")?);
    }
    command::run(&mut cargo)?;
    if harness == Harness::WebRender {
        eprintln!("On whole Servo: cargo xtask bench --servo");
    }
    Ok(())
}

/// What the harness for Servo runs.
struct Browsers {
    patched: PathBuf,
    /// With Servo as published and patched, linked in several orders.
    pairs: Vec<[PathBuf; 2]>,
}

/// In how many orders the programs are linked that are compared to each other. Where the linker
/// puts functions makes more of a difference than what the overlay may cost.
const ORDERS: u32 = 4;

/// Brings all browsers up to date.
fn browsers(paths: &Paths) -> Result<Browsers> {
    doctor::ensure_packages()?;
    overlay::apply(paths)?;
    let folder = paths.bench_target().join("ordered");
    if !folder.exists() {
        eprintln!(
            "Building Servo twice, and for the first time: about half an hour on 2 cores.\n\
             It may be interrupted; the next run goes on from there. It is kept in {}.",
            paths.bench_target().display()
        );
    }
    let linked = |engine: Engine, order: u32| -> Result<PathBuf> {
        // Cargo has one name for all of them.
        let program = folder.join(format!("{}-{order}", engine.package()));
        place(&build(paths, engine, Some(order))?, &program)?;
        Ok(program)
    };
    let pair = |order| Ok([linked(Engine::Stock, order)?, linked(Engine::Patched, order)?]);
    let pairs = (1..=ORDERS).map(pair).collect::<Result<_>>()?;
    Ok(Browsers { patched: build(paths, Engine::Patched, None)?, pairs })
}

/// Builds a browser, with its functions in the order of this number if there is one.
fn build(paths: &Paths, engine: Engine, order: Option<u32>) -> Result<PathBuf> {
    let mut cargo = engine.cargo(paths)?;
    cargo.env("CARGO_TARGET_DIR", paths.bench_target());
    // Only crates at paths, as the patched ones are, would be compiled incrementally: in other
    // units than the published ones, and so to other machine code.
    cargo.env("CARGO_INCREMENTAL", "0");
    let link = order.map(|order| format!("-Clink-arg=-Wl,--shuffle-sections=.text*={order}"));
    let mut arguments = vec!["rustc", "--package", engine.package()];
    if let Some(link) = &link {
        arguments.extend(["--", link]);
    }
    let mut outcome = Outcome::default();
    cargo_output::run(paths, &mut cargo, &arguments, &mut outcome)?;
    let mut executables = outcome.executables.into_iter();
    executables
        .find_map(|(name, path)| (name == engine.package()).then_some(path))
        .with_context(|| format!("cargo built no program {}", engine.package()))
}

/// Gives a program another name.
fn place(program: &Path, name: &Path) -> Result<()> {
    let describe = || name.display().to_string();
    fs::create_dir_all(name.parent().unwrap_or(name)).with_context(describe)?;
    if name.exists() {
        fs::remove_file(name).with_context(describe)?;
    }
    fs::hard_link(program, name).with_context(describe)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml::{Table, Value};

    use super::*;

    fn read(file: &str) -> Result<Table> {
        let path = Paths::locate()?.root().join(file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(toml::from_str(&text)?)
    }

    fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(table.get(*first)?, |value, name| value.get(*name))
    }

    #[test]
    fn servo_is_compared_with_the_same_features() -> Result<()> {
        let shell = read("components/shell/Cargo.toml")?;
        let (stock, patched) =
            (read("benches/servo/stock/Cargo.toml")?, read("benches/servo/browser/Cargo.toml")?);
        let servo = at(&shell, &["dependencies", "servo"]);
        assert!(servo.is_some());
        assert_eq!(at(&stock, &["dependencies", "servo"]), servo);
        assert_eq!(at(&stock, &["dependencies"]), at(&patched, &["dependencies"]));
        Ok(())
    }

    #[test]
    fn servo_is_compared_with_the_same_profile() -> Result<()> {
        let [stock, shell] =
            ["benches/servo/stock/Cargo.toml", "components/shell/Cargo.toml"].map(read);
        let without_packages = |manifest: &Table| {
            let mut profile = at(manifest, &["profile", "dev"]).cloned()?;
            profile.as_table_mut()?.remove("package");
            Some(profile)
        };
        let (stock, shell) = (stock?, shell?);
        assert_eq!(without_packages(&stock), without_packages(&shell));
        let packages = |manifest: &Table| {
            at(manifest, &["profile", "dev", "package"]).and_then(Value::as_table).cloned()
        };
        let (stock, mut shell) =
            (packages(&stock).unwrap_or_default(), packages(&shell).unwrap_or_default());
        // Those that only the shell has.
        shell.retain(|name, _| !name.starts_with("subcapture-") && name != "yuv");
        assert_eq!(stock, shell);
        Ok(())
    }

    #[test]
    fn servo_is_compared_with_the_same_dependencies() -> Result<()> {
        let packages = |file: &str| -> Result<BTreeSet<_>> {
            let lock = read(file)?;
            let packages = lock.get("package").and_then(Value::as_array).context("no packages")?;
            let text = |package: &Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
            let name = |package| Some((text(package, "name")?, text(package, "version")?));
            Ok(packages.iter().filter_map(name).collect())
        };
        let (stock, shell) =
            (packages("benches/servo/stock/Cargo.lock")?, packages("components/shell/Cargo.lock")?);
        let only_stock: Vec<_> = stock.difference(&shell).map(|(name, _)| name).collect();
        assert_eq!(only_stock, [Engine::Stock.package()]);
        Ok(())
    }
}
