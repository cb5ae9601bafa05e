/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a test's source says about itself.
//!
//! `// META: key=value` in scripts, `<meta name="key" content="value">` in documents.

use std::sync::LazyLock;

use regex::Regex;

/// How long a test may take, before it is multiplied.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Patience {
    /// testharness.js waits for 10 seconds.
    #[default]
    Normal,
    /// It waits for 60.
    Long,
}

/// A scope in which a `.any.js` test runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// A document.
    Window,
    /// A dedicated worker with a classic script.
    DedicatedWorker,
    /// A dedicated worker with a module.
    DedicatedWorkerModule,
    /// A shared worker with a classic script.
    SharedWorker,
}

impl Scope {
    /// The scopes that a name in `global=` stands for. Those we cannot provide are left out.
    fn named(name: &str) -> &'static [Self] {
        match name {
            "window" => &[Self::Window],
            "worker" => &[Self::DedicatedWorker, Self::SharedWorker],
            "dedicatedworker" => &[Self::DedicatedWorker],
            "dedicatedworker-module" => &[Self::DedicatedWorkerModule],
            "sharedworker" => &[Self::SharedWorker],
            _ => &[],
        }
    }

    /// What stands between `.any.` and `html` in the name of the test.
    pub const fn infix(self) -> &'static str {
        match self {
            Self::Window => "",
            Self::DedicatedWorker => "worker.",
            Self::DedicatedWorkerModule => "worker-module.",
            Self::SharedWorker => "sharedworker.",
        }
    }
}

/// What a script says about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ScriptMeta {
    /// The title of the document made for it.
    pub title: Option<String>,
    /// Scripts to load before it, as URLs.
    pub scripts: Vec<String>,
    /// How long it may take.
    pub patience: Patience,
    /// Where it runs, if it is a `.any.js`. Empty if it does not say.
    pub scopes: Vec<Scope>,
    /// Queries to run it with; without any it runs once without.
    pub variants: Vec<String>,
}

impl ScriptMeta {
    /// Read the lines at the top of a script.
    pub fn parse(source: &str) -> Self {
        let mut meta = Self::default();
        for line in source.lines() {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                if line.trim().is_empty() {
                    continue;
                }
                break;
            };
            let pair =
                comment.trim_start().strip_prefix("META:").and_then(|meta| meta.split_once('='));
            if let Some((key, value)) = pair {
                meta.set(key.trim(), value.trim());
            }
        }
        meta
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "title" => self.title = Some(value.to_owned()),
            "script" => self.scripts.push(value.to_owned()),
            "timeout" if value == "long" => self.patience = Patience::Long,
            "global" => {
                for name in value.split(',') {
                    for scope in Scope::named(name.trim()) {
                        if !self.scopes.contains(scope) {
                            self.scopes.push(*scope);
                        }
                    }
                }
            }
            "variant" => self.variants.push(value.to_owned()),
            _ => {}
        }
    }

    /// Where a `.any.js` runs.
    pub fn scopes_or_default(&self) -> &[Scope] {
        if self.scopes.is_empty() { &[Scope::Window, Scope::DedicatedWorker] } else { &self.scopes }
    }
}

/// What a document says about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DocumentMeta {
    /// How long it may take.
    pub patience: Patience,
    /// Queries to run it with; without any it runs once without.
    pub variants: Vec<String>,
}

impl DocumentMeta {
    /// `None` if this document is no test of testharness.js.
    pub fn parse(source: &str) -> Option<Self> {
        static HARNESS: LazyLock<Regex> =
            LazyLock::new(|| valid(r#"<script[^>]*\ssrc\s*=\s*["']?/resources/testharness\.js"#));
        static META: LazyLock<Regex> = LazyLock::new(|| {
            valid(
                r#"(?i)<meta\s+name\s*=\s*["']?(timeout|variant)["']?\s+content\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))"#,
            )
        });
        if !HARNESS.is_match(source) {
            return None;
        }
        let mut meta = Self::default();
        for found in META.captures_iter(source) {
            let content =
                (2..=4).find_map(|group| found.get(group)).map_or("", |found| found.as_str());
            let content = decode(content);
            match &found[1].to_ascii_lowercase()[..] {
                "timeout" if content == "long" => meta.patience = Patience::Long,
                "variant" => meta.variants.push(content),
                _ => {}
            }
        }
        Some(meta)
    }
}

/// Character references as they occur in queries.
fn decode(attribute: &str) -> String {
    let named = attribute.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    named.replace("&amp;", "&")
}

#[expect(clippy::expect_used, reason = "a constant, which tests compile")]
fn valid(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_say_what_they_need() {
        let meta = ScriptMeta::parse(
            "// META: title=A title\n//META: script=/common/x.js\n\n// META: script=y.js\n\
             // a comment\n// META: timeout=long\n// META: global=window,worker\n\
             // META: variant=?a\n// META: variant=\n'use strict';\n// META: script=late.js\n",
        );
        assert_eq!(meta.title.as_deref(), Some("A title"));
        assert_eq!(meta.scripts, ["/common/x.js", "y.js"]);
        assert_eq!(meta.patience, Patience::Long);
        assert_eq!(meta.scopes, [Scope::Window, Scope::DedicatedWorker, Scope::SharedWorker]);
        assert_eq!(meta.variants, ["?a", ""]);
    }

    #[test]
    fn scripts_that_say_nothing_run_in_windows_and_workers() {
        let meta = ScriptMeta::parse("test(() => {});");
        assert_eq!(meta.scopes_or_default(), [Scope::Window, Scope::DedicatedWorker]);
        assert_eq!(meta, ScriptMeta::default());
    }

    #[test]
    fn documents_are_tests_if_they_load_the_harness() {
        assert_eq!(DocumentMeta::parse("<p>/resources/testharness.js"), None);
        let plain = "<script src=\"/resources/testharness.js\"></script>";
        assert_eq!(DocumentMeta::parse(plain), Some(DocumentMeta::default()));
        let full = format!(
            "<meta name=timeout content=long>\n<meta name=\"variant\" content=\"?a=b&amp;c\">\
             <meta name='variant' content=''>{plain}"
        );
        let meta = DocumentMeta::parse(&full).expect("a test");
        assert_eq!(meta.patience, Patience::Long);
        assert_eq!(meta.variants, ["?a=b&c", ""]);
    }
}
