/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where the content of a URL comes from.

use std::path::{Component, Path, PathBuf};

use crate::source::Scope;

/// The folders of a site.
#[derive(Clone, Debug)]
pub struct Places {
    pub(super) suite: PathBuf,
    pub(super) harness: PathBuf,
}

/// Where the content of a URL comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Place {
    File(PathBuf),
    BuiltIn(&'static str),
    Wrapper { kind: Wrapper, script: PathBuf, url: String },
}

/// What is made for a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wrapper {
    /// A document that runs it.
    Window,
    /// A document that runs it, and tells it where it is.
    Any(Scope),
    /// What runs in the worker of the latter.
    AnyWorkerScript(Scope),
    /// A document that runs it as a worker.
    Worker,
}

/// Whatever a suite has at these places, it is the runner's part to provide them.
const OVERRIDES: [(&str, &str); 3] = [
    ("/common/get-host-info.sub.js", include_str!("../../resources/get-host-info.sub.js")),
    ("/resources/testharnessreport.js", include_str!("../../resources/testharnessreport.js")),
    ("/resources/testdriver-vendor.js", include_str!("../../resources/testdriver-vendor.js")),
];

/// For suites that have nothing there.
const FALLBACKS: [(&str, &str); 2] = [
    ("/resources/testdriver.js", include_str!("../../resources/testdriver.js")),
    ("/resources/testdriver-actions.js", include_str!("../../resources/testdriver-actions.js")),
];

/// Files of the harness's package by the URLs that tests use.
const HARNESS: [(&str, &str); 4] = [
    ("/resources/testharness.js", "testharness/testharness.js"),
    ("/resources/idlharness.js", "testharness/idlharness.js"),
    ("/resources/WebIDLParser.js", "testharness/webidl2.js"),
    ("/common/gc.js", "common/gc.js"),
];

impl Places {
    /// Those of a suite, with the scripts of the harness in another folder.
    pub const fn new(suite: PathBuf, harness: PathBuf) -> Self {
        Self { suite, harness }
    }

    /// Whether there is a testharness.js, without which every test would run into its time limit.
    pub fn have_harness(&self) -> bool {
        match self.find("/resources/testharness.js") {
            Some(Place::File(file)) => file.is_file(),
            _ => false,
        }
    }

    /// Where the content of a path comes from, which is decoded and starts with a slash. `None`
    /// if there is nothing.
    pub(super) fn find(&self, path: &str) -> Option<Place> {
        let built_in = |table: &[(&str, &'static str)]| {
            table.iter().find(|(url, _)| *url == path).map(|(_, text)| Place::BuiltIn(text))
        };
        if let Some(place) = built_in(&OVERRIDES) {
            return Some(place);
        }
        let relative = Path::new(path.strip_prefix('/')?);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let file = self.suite.join(relative);
        if file.is_file() {
            return Some(Place::File(file));
        }
        if let Some(place) = built_in(&FALLBACKS) {
            return Some(place);
        }
        if let Some((_, file)) = HARNESS.iter().find(|(url, _)| *url == path) {
            return Some(Place::File(self.harness.join(file)));
        }
        self.wrapper(path)
    }

    fn wrapper(&self, path: &str) -> Option<Place> {
        const SCOPES: [Scope; 4] = [
            Scope::DedicatedWorkerModule,
            Scope::DedicatedWorker,
            Scope::SharedWorker,
            Scope::Window,
        ];
        let place = |kind, url: String| {
            let script = self.suite.join(&url[1..]);
            script.is_file().then_some(Place::Wrapper { kind, script, url })
        };
        for scope in SCOPES {
            let infix = scope.infix();
            if let Some(stem) = path.strip_suffix(&format!(".any.{infix}html")) {
                return place(Wrapper::Any(scope), format!("{stem}.any.js"));
            }
            if scope != Scope::Window
                && let Some(stem) = path.strip_suffix(&format!(".any.{infix}js"))
            {
                return place(Wrapper::AnyWorkerScript(scope), format!("{stem}.any.js"));
            }
        }
        let stem = path.strip_suffix(".html")?;
        match stem.rsplit_once('.')?.1 {
            "window" => place(Wrapper::Window, format!("{stem}.js")),
            "worker" => place(Wrapper::Worker, format!("{stem}.js")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn places_are_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for path in
            ["suite/a/b.any.js", "suite/a/c.window.js", "suite/a/d.html", "suite/e.worker.js"]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("has one")).expect("writable");
            fs::write(path, "").expect("writable");
        }
        let suite = folder.path().join("suite");
        let places = Places::new(suite.clone(), folder.path().join("harness"));
        let wrapper = |url: &str| match places.find(url) {
            Some(Place::Wrapper { kind, .. }) => Some(kind),
            _ => None,
        };
        assert_eq!(places.find("/a/d.html"), Some(Place::File(suite.join("a/d.html"))));
        assert_eq!(wrapper("/a/b.any.html"), Some(Wrapper::Any(Scope::Window)));
        assert_eq!(wrapper("/a/b.any.worker.html"), Some(Wrapper::Any(Scope::DedicatedWorker)));
        assert_eq!(
            wrapper("/a/b.any.worker-module.js"),
            Some(Wrapper::AnyWorkerScript(Scope::DedicatedWorkerModule))
        );
        assert_eq!(wrapper("/a/c.window.html"), Some(Wrapper::Window));
        assert_eq!(wrapper("/e.worker.html"), Some(Wrapper::Worker));
        assert!(matches!(places.find("/resources/testdriver.js"), Some(Place::BuiltIn(_))));
        let harness = folder.path().join("harness/testharness/testharness.js");
        assert_eq!(places.find("/resources/testharness.js"), Some(Place::File(harness)));
        for path in ["/a/none.any.html", "/a", "/../suite/a/d.html", "/a/../a/d.html", "//a/d.html"]
        {
            assert_eq!(places.find(path), None, "{path}");
        }
    }

    #[test]
    fn a_suite_may_have_its_own_testdriver_but_not_our_part_of_it() {
        let suite = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(suite.path().join("resources")).expect("writable");
        for name in ["testdriver.js", "testdriver-vendor.js"] {
            fs::write(suite.path().join("resources").join(name), "theirs").expect("writable");
        }
        let places = Places::new(suite.path().to_owned(), PathBuf::from("none"));
        assert!(matches!(places.find("/resources/testdriver.js"), Some(Place::File(_))));
        assert!(matches!(places.find("/resources/testdriver-vendor.js"), Some(Place::BuiltIn(_))));
    }
}
