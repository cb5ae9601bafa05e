/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The tests in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::{DirEntry, WalkDir};

use crate::source::{DocumentMeta, Patience, ScriptMeta};

/// One document to load, and so one set of results.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Test {
    /// Its URL from the root of the site, with the query: how reports name it.
    pub id: String,
    /// The file it comes from, from the root of the suite.
    pub source: PathBuf,
    /// How long it may take.
    pub patience: Patience,
}

impl Test {
    /// The last part of the URL: how metadata names it.
    pub fn name(&self) -> &str {
        let path = self.id.split_once('?').map_or(&self.id[..], |(path, _)| path);
        let start = path.rfind('/').map_or(0, |slash| slash + 1);
        &self.id[start..]
    }
}

/// Folders of files that tests use.
const SUPPORT_FOLDERS: [&str; 4] = ["resources", "support", "tools", "common"];

/// The tests of the suite at `root` that `selection` names, in order: a URL path from the root of
/// the site or a path in the file system, of a test, of a file with several tests, or of a folder.
/// Without a selection all tests.
///
/// # Errors
///
/// If something that was selected has no tests, or a file cannot be read.
pub fn find(root: &Path, selection: &[String]) -> Result<Vec<Test>> {
    if selection.is_empty() {
        return below(root, root);
    }
    let mut tests: Vec<Test> = Vec::new();
    for selected in selection {
        let found = select(root, selected)?;
        if found.is_empty() {
            bail!("no tests in {selected}");
        }
        for test in found {
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
    }
    Ok(tests)
}

fn select(root: &Path, selected: &str) -> Result<Vec<Test>> {
    let from_site = selected.trim_start_matches('/');
    let (path, query) = from_site.split_once('?').map_or((from_site, None), |(p, q)| (p, Some(q)));
    let place = root.join(path);
    if query.is_none() && place.is_dir() {
        return below(root, &place);
    }
    if query.is_none() && place.is_file() {
        return in_file(root, &place);
    }
    // From the working directory.
    let given = Path::new(selected);
    if let (Ok(given), Ok(root)) = (given.canonicalize(), root.canonicalize())
        && given.starts_with(&root)
    {
        return if given.is_dir() { below(&root, &given) } else { in_file(&root, &given) };
    }
    // A test whose name is not that of its file.
    let Some(folder) = place.parent().filter(|folder| folder.is_dir()) else {
        bail!("there is no {selected} in {}", root.display());
    };
    let id = format!("/{from_site}");
    Ok(below(root, folder)?.into_iter().filter(|test| test.id == id).collect())
}

fn below(root: &Path, folder: &Path) -> Result<Vec<Test>> {
    let mut tests = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || is_no_support(entry)) {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        if entry.file_type().is_file() {
            tests.extend(in_file(root, entry.path())?);
        }
    }
    Ok(tests)
}

fn is_no_support(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    !(name.starts_with('.')
        || entry.file_type().is_dir() && SUPPORT_FOLDERS.contains(&name.as_ref()))
}

fn in_file(root: &Path, path: &Path) -> Result<Vec<Test>> {
    let source = path.strip_prefix(root).context("the file is below the root")?;
    let Some(url) = source.to_str().map(|source| format!("/{}", source.replace('\\', "/"))) else {
        return Ok(Vec::new());
    };
    let read = || {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (names, patience, variants) = if let Some(stem) = url.strip_suffix(".any.js") {
        let meta = ScriptMeta::parse(&read()?);
        let scopes = meta.scopes_or_default().iter();
        let names = scopes.map(|scope| format!("{stem}.any.{}html", scope.infix())).collect();
        (names, meta.patience, meta.variants)
    } else if let Some(stem) = strip_any_suffix(&url, &[".window.js", ".worker.js"]) {
        let meta = ScriptMeta::parse(&read()?);
        (vec![format!("{stem}.html")], meta.patience, meta.variants)
    } else if is_document(&url) {
        let Some(meta) = DocumentMeta::parse(&read()?) else { return Ok(Vec::new()) };
        (vec![url], meta.patience, meta.variants)
    } else {
        return Ok(Vec::new());
    };
    let variants = if variants.is_empty() { vec![String::new()] } else { variants };
    let ids =
        names.iter().flat_map(|name| variants.iter().map(move |query| format!("{name}{query}")));
    Ok(ids.map(|id| Test { id, source: source.to_owned(), patience }).collect())
}

/// The URL without `.js`, if it ends with one of these.
fn strip_any_suffix<'a>(url: &'a str, suffixes: &[&str]) -> Option<&'a str> {
    suffixes.iter().any(|suffix| url.ends_with(suffix)).then(|| url.trim_end_matches(".js"))
}

fn is_document(url: &str) -> bool {
    let (stem, extension) = url.rsplit_once('.').unwrap_or((url, ""));
    // A person has to do something, or another test shows it.
    let is_no_test = stem.ends_with("-manual") || stem.contains("-manual.");
    matches!(extension, "html" | "htm" | "xhtml" | "xht" | "svg") && !is_no_test
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("has one")).expect("writable");
            fs::write(path, content).expect("writable");
        }
        folder
    }

    fn ids(root: &Path, selection: &[&str]) -> Vec<String> {
        let selection: Vec<_> = selection.iter().map(|&name| name.to_owned()).collect();
        find(root, &selection).expect("finds").into_iter().map(|test| test.id).collect()
    }

    const DOCUMENT: &str = "<script src=/resources/testharness.js></script>";

    #[test]
    fn tests_are_found_by_their_names_and_contents() {
        let suite = suite(&[
            ("a/one.https.html", DOCUMENT),
            ("a/no-test.html", "<p>"),
            ("a/by-hand-manual.html", DOCUMENT),
            ("a/resources/frame.html", DOCUMENT),
            ("a/two.any.js", "// META: variant=?x\n// META: variant=?y"),
            ("b/three.window.js", ""),
            ("b/four.worker.js", "// META: timeout=long"),
            ("b/five.js", ""),
        ]);
        let root = suite.path();
        let expected = [
            "/a/one.https.html",
            "/a/two.any.html?x",
            "/a/two.any.html?y",
            "/a/two.any.worker.html?x",
            "/a/two.any.worker.html?y",
            "/b/four.worker.html",
            "/b/three.window.html",
        ];
        assert_eq!(ids(root, &[]), expected);
        assert_eq!(ids(root, &["b"]), expected[5..]);
        assert_eq!(ids(root, &["/a/two.any.js", "a/one.https.html"])[4..], expected[..1]);
        assert_eq!(ids(root, &["/a/two.any.worker.html?x"]), expected[3..4]);
        let path = root.join("b").to_str().expect("UTF-8").to_owned();
        assert_eq!(ids(root, &[&path]), expected[5..]);
        find(root, &["c".to_owned()]).expect_err("not there");
        find(root, &["b/five.js".to_owned()]).expect_err("no test");
    }

    #[test]
    fn names_are_the_last_part_of_the_url() {
        let test =
            |id: &str| Test { id: id.to_owned(), source: "x".into(), patience: Patience::Long };
        assert_eq!(test("/a/b.html").name(), "b.html");
        assert_eq!(test("/a/b.html?c=/d/e").name(), "b.html?c=/d/e");
    }
}
