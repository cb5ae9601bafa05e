/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Documents and scripts that run a test which is only a script.

use std::fmt::Write;

use super::place::Wrapper;
use crate::source::{Scope, ScriptMeta};

/// What is served instead of a file, with its media type.
pub(super) fn make(kind: Wrapper, url: &str, meta: &ScriptMeta) -> (&'static str, String) {
    match kind {
        Wrapper::Window => (HTML, window(url, meta, "")),
        Wrapper::Any(Scope::Window) => (HTML, window(url, meta, &global("Window"))),
        Wrapper::Any(scope) => (HTML, host(&worker_constructor(scope, url), meta)),
        Wrapper::AnyWorkerScript(Scope::DedicatedWorkerModule) => (SCRIPT, module(url, meta)),
        Wrapper::AnyWorkerScript(_) => (SCRIPT, classic(url, meta)),
        Wrapper::Worker => {
            (HTML, host(&format!("new Worker({} + location.search)", quote(url)), meta))
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What `.any.js` tests ask where they are.
fn global(name: &str) -> String {
    format!(
        "self.GLOBAL = {{\n  isWindow: () => {}, isWorker: () => {}, isShadowRealm: () => false,\n}};\n",
        name == "Window",
        name == "Worker",
    )
}

fn document(meta: &ScriptMeta, body: &str) -> String {
    let title = meta.title.as_deref().unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<meta charset=utf-8>\n<title>{}</title>\n\
         <script src=\"/resources/testharness.js\"></script>\n\
         <script src=\"/resources/testharnessreport.js\"></script>\n{body}",
        escape(title),
    )
}

fn window(url: &str, meta: &ScriptMeta, prelude: &str) -> String {
    let mut body = String::new();
    if !prelude.is_empty() {
        let _ = write!(body, "<script>\n{prelude}</script>\n");
    }
    for script in meta.scripts.iter().map(String::as_str).chain([url]) {
        let _ = writeln!(body, "<script src=\"{}\"></script>", escape(script));
    }
    document(meta, &body)
}

/// Runs what a worker reports.
fn host(worker: &str, meta: &ScriptMeta) -> String {
    document(meta, &format!("<script>\nfetch_tests_from_worker({worker});\n</script>\n"))
}

fn worker_constructor(scope: Scope, url: &str) -> String {
    let script = format!("{}{}js", url.trim_end_matches("js"), scope.infix());
    let (interface, options) = match scope {
        Scope::SharedWorker => ("SharedWorker", ""),
        Scope::DedicatedWorkerModule => ("Worker", ", { type: 'module' }"),
        Scope::DedicatedWorker | Scope::Window => ("Worker", ""),
    };
    format!("new {interface}({} + location.search{options})", quote(&script))
}

fn classic(url: &str, meta: &ScriptMeta) -> String {
    let mut script = global("Worker");
    let harness = "/resources/testharness.js";
    for import in [harness].into_iter().chain(meta.scripts.iter().map(String::as_str)).chain([url])
    {
        let _ = writeln!(script, "importScripts({});", quote(import));
    }
    script.push_str("done();\n");
    script
}

/// Imports come first, wherever they stand: so what has to come before them is imported too.
fn module(url: &str, meta: &ScriptMeta) -> String {
    let prelude = format!(
        "data:text/javascript,{}",
        url::form_urlencoded::byte_serialize(global("Worker").as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    );
    let mut script = String::new();
    let imports = [&prelude[..], "/resources/testharness.js"].into_iter();
    for import in imports.chain(meta.scripts.iter().map(String::as_str)).chain([url]) {
        let _ = writeln!(script, "import {};", quote(import));
    }
    script.push_str("done();\n");
    script
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// As a string of JavaScript, which may stand in a document.
fn quote(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> ScriptMeta {
        ScriptMeta {
            title: Some("a < b".to_owned()),
            scripts: vec!["/common/x.js?a&b".to_owned()],
            ..ScriptMeta::default()
        }
    }

    /// The texts stand in this order.
    fn assert_order(text: &str, parts: &[&str]) {
        let mut rest = text;
        for part in parts {
            assert!(rest.contains(part), "no {part} in the rest of {text}");
            rest = rest.split_once(part).map_or("", |(_, after)| after);
        }
    }

    #[test]
    fn windows_load_everything_in_order() {
        let (media_type, text) = make(Wrapper::Any(Scope::Window), "/a/b.any.js", &meta());
        assert!(media_type.starts_with("text/html"));
        assert_order(
            &text,
            &[
                "<title>a &lt; b</title>",
                "/resources/testharness.js",
                "/resources/testharnessreport.js",
                "isWindow: () => true",
                "src=\"/common/x.js?a&amp;b\"",
                "src=\"/a/b.any.js\"",
            ],
        );
        let (_, text) = make(Wrapper::Window, "/a/b.window.js", &meta());
        assert!(!text.contains("GLOBAL"));
    }

    #[test]
    fn workers_get_a_host_and_a_script() {
        let (_, host) = make(Wrapper::Any(Scope::DedicatedWorker), "/a/b.any.js", &meta());
        assert_order(
            &host,
            &["fetch_tests_from_worker(new Worker(\"/a/b.any.worker.js\" + location.search))"],
        );
        let (media_type, script) =
            make(Wrapper::AnyWorkerScript(Scope::DedicatedWorker), "/a/b.any.js", &meta());
        assert!(media_type.starts_with("text/javascript"));
        assert_order(
            &script,
            &[
                "isWorker: () => true",
                "importScripts(\"/resources/testharness.js\")",
                "importScripts(\"/common/x.js?a&b\")",
                "importScripts(\"/a/b.any.js\")",
                "done()",
            ],
        );
        let (_, host) = make(Wrapper::Any(Scope::DedicatedWorkerModule), "/a/b.any.js", &meta());
        assert_order(
            &host,
            &["new Worker(\"/a/b.any.worker-module.js\" + location.search, { type: 'module' })"],
        );
        let (_, script) =
            make(Wrapper::AnyWorkerScript(Scope::DedicatedWorkerModule), "/a/b.any.js", &meta());
        assert_order(
            &script,
            &["import \"data:", "import \"/resources/testharness.js\"", "import \"/a/b.any.js\""],
        );
        let (_, host) = make(Wrapper::Worker, "/a/b.worker.js", &meta());
        assert_order(&host, &["new Worker(\"/a/b.worker.js\" + location.search)"]);
    }

    #[test]
    fn scripts_in_documents_cannot_end_them() {
        assert_eq!(quote("</script>"), "\"\\u003c/script>\"");
    }
}
