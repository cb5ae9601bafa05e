/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Command lines and capabilities of the browsers.

use std::path::Path;

use anyhow::{Context, Result};
use fantoccini::wd::Capabilities;
use serde_json::json;
use tokio::process::Command;

use super::{BrowserOptions, Product, VIEWPORT};
use crate::site::HOST;

/// Preferences of Servo that the tests need: interfaces that are off by default.
const SERVO_PREFERENCES: [&str; 6] = [
    "dom_webrtc_enabled",
    "dom_permissions_enabled",
    "dom_offscreen_canvas_enabled",
    "dom_indexeddb_enabled",
    "dom_intersection_observer_enabled",
    "dom_testutils_enabled",
];

/// Without a window or a person, and alone.
const CHROMIUM_ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--auto-accept-this-tab-capture",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
];

/// Names that tests use for this machine. Browsers that ask the system may not find them.
const SUBDOMAINS: [&str; 5] = ["www", "www1", "www2", "www.alt", "www1.alt"];

pub(super) fn command(options: &BrowserOptions, port: u16, profile: &Path) -> Result<Command> {
    match options.product {
        Product::Servo => {
            let mut command = Command::new(&options.binary);
            let viewport = format!("{}x{}", VIEWPORT.0, VIEWPORT.1);
            command
                .args(["serve-webdriver", "--console", "--viewport", &viewport])
                .args(["--port", &port.to_string()])
                .args(SERVO_PREFERENCES.iter().flat_map(|preference| ["--pref", *preference]))
                .args(&options.arguments)
                .env("HOST_FILE", write_hosts(profile)?);
            Ok(command)
        }
        Product::Chromium => {
            let mut command = Command::new(&options.chromedriver);
            command.arg(format!("--port={port}"));
            Ok(command)
        }
    }
}

fn write_hosts(profile: &Path) -> Result<std::path::PathBuf> {
    let path = profile.join("hosts");
    let lines = SUBDOMAINS.map(|name| format!("127.0.0.1 {name}.{HOST}\n"));
    std::fs::write(&path, lines.concat()).context("cannot write names of hosts")?;
    Ok(path)
}

pub(super) fn capabilities(options: &BrowserOptions, profile: &Path) -> Capabilities {
    let mut capabilities = Capabilities::new();
    // A prompt must not keep the next command from being carried out.
    capabilities.insert("unhandledPromptBehavior".to_owned(), json!("dismiss"));
    if options.product == Product::Chromium {
        let profile = format!("--user-data-dir={}", profile.display());
        let fixed = CHROMIUM_ARGUMENTS.iter().map(|&argument| argument.to_owned());
        let arguments: Vec<_> =
            fixed.chain([profile]).chain(options.arguments.iter().cloned()).collect();
        let chrome = json!({ "args": arguments, "binary": options.binary });
        capabilities.insert("goog:chromeOptions".to_owned(), chrome);
    }
    capabilities
}
