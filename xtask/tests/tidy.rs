/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What every file of the repository keeps to and no compiler checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LICENSE: &str = "\
/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */
";

const MOST_LINES: usize = 600;

/// Where every deviation from the specifications stands, under a heading of this text.
const STATUS: &str = "docs/spec-status.md";
const STATUS_HEADING: &str = "Deviations";

/// A file of the repository.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Rust code of ours, and the data files with the pieces that go into Servo's.
    fn is_code(&self) -> bool {
        self.is_rust() || self.path.starts_with("components/servo/hunks/")
    }
}

/// The checkout that cargo runs this in: another one may have built it, to the same cache.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this");
    Path::new(&package).join("..")
}

/// All text files that are tracked, or would be after `git add`.
fn files() -> Vec<File> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the repository");
    let paths = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files: Vec<File> = paths
        .split_terminator('\0')
        .filter_map(|path| {
            // One that is not text, or was removed and not yet from the index.
            let text = fs::read_to_string(root().join(path)).ok()?;
            Some(File { path: path.into(), text })
        })
        .collect();
    assert!(files.iter().any(File::is_rust), "git lists no file: {}", root().display());
    files
}

/// Lines with one of these texts, as `path:line: text`.
fn occurrences(files: &[File], texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(text) = texts.iter().find(|text| line.contains(text.as_str())) {
                found.push(format!("{}:{}: {text}", file.path, index + 1));
            }
        }
    }
    found
}

#[track_caller]
fn assert_none(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}

#[test]
fn rust_files_have_the_license_header() {
    let files = files();
    let without: Vec<String> = files
        .iter()
        .filter(|file| file.is_rust() && !file.text.starts_with(LICENSE))
        .map(|file| file.path.clone())
        .collect();
    assert_none(&without, "files without the license header");
}

#[test]
fn nothing_is_left_undone() {
    let code: Vec<File> = files().into_iter().filter(File::is_code).collect();
    // In two parts, or this file would have them.
    let texts = [
        ("#[ign", "ore]"),
        ("#[ign", "ore ="),
        ("#[should_", "panic"),
        ("todo", "!("),
        ("unimpl", "emented!("),
    ]
    .into_iter()
    .chain([("dbg", "!("), ("FIX", "ME"), ("XX", "X:")])
    .map(|(start, end)| format!("{start}{end}"))
    .collect::<Vec<_>>();
    assert_none(&occurrences(&code, &texts), "unfinished code");
}

#[test]
fn no_path_of_a_certain_machine() {
    let texts = ["root", "home", "work"].map(|folder| format!("/{folder}/"));
    assert_none(&occurrences(&files(), &texts), "absolute paths");
}

#[test]
fn files_are_short() {
    let files = files();
    let long: Vec<String> = files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines >= MOST_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(&long, "files that want to be several");
}

/// Each mark in the code has an item in the list that names its file, and the reverse.
#[test]
fn deviations_are_listed() {
    let mark = format!("DEVIATION{}", ':');
    let files = files();
    let mut marked: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_code()) {
        let count = file.text.matches(&mark).count();
        if count > 0 {
            marked.insert(&file.path, count);
        }
    }
    let status = files.iter().find(|file| file.path == STATUS).map_or("", |file| &file.text);
    let listed = listed_files(status);
    assert_eq!(marked, listed, "marks in the code (left) and items in {STATUS} (right), by file");
}

/// The paths in the list or table under the heading, each item of which names the file of one
/// mark in backticks; how often each.
fn listed_files(status: &str) -> BTreeMap<&str, usize> {
    let is_heading = |line: &&str| line.starts_with('#');
    let section = status
        .lines()
        .skip_while(|line| !(is_heading(line) && line.trim_matches(['#', ' ']) == STATUS_HEADING))
        .skip(1)
        .take_while(|line| !is_heading(line));
    let mut listed = BTreeMap::new();
    for line in section {
        let path =
            line.split('`').skip(1).step_by(2).find(|word| {
                word.contains('/') && (word.ends_with(".rs") || word.ends_with(".toml"))
            });
        if let Some(path) = path {
            *listed.entry(path).or_default() += 1;
        }
    }
    listed
}

#[test]
fn the_list_of_deviations_is_read() {
    let status = "\
# Status
`not/this.rs`
## Deviations
- `a/b.rs`: `x` does y, see `c/d.rs`.
- `a/b.rs`: z.
| `e/f.rs` | why |
### Next
- `g/h.rs`
";
    assert_eq!(listed_files(status), BTreeMap::from([("a/b.rs", 2), ("e/f.rs", 1)]));
    assert_eq!(listed_files("# Status\n"), BTreeMap::new());
}
