/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A browser in a process of its own.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use url::Url;

use crate::protocol::{Capture, Change, Report, Request};

/// What there is to run.
pub(crate) struct Programs {
    pub(crate) patched: PathBuf,
    /// Servo as published and patched, linked in several orders.
    pub(crate) pairs: Vec<[PathBuf; 2]>,
    pub(crate) pages: PathBuf,
}

impl Programs {
    /// Servo with the overlay, with one of the pages and captures of it.
    pub(crate) fn patched(&self, page: &str, captures: Vec<Capture>) -> Result<Browser> {
        self.start(&self.patched, page, captures)
    }

    /// One of the programs, with one of the pages and captures of it.
    pub(crate) fn start(
        &self,
        program: &Path,
        page: &str,
        captures: Vec<Capture>,
    ) -> Result<Browser> {
        Browser::start(program, &self.url(page)?, captures)
    }

    /// `page` may have a fragment.
    fn url(&self, page: &str) -> Result<Url> {
        let folder = Url::from_directory_path(&self.pages);
        let folder = folder.map_err(|()| anyhow!("{} is no folder", self.pages.display()))?;
        Ok(folder.join(page)?)
    }
}

/// A browser that shows a page. It ends when this is dropped.
pub(crate) struct Browser {
    process: Child,
    requests: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl Browser {
    fn start(program: &Path, url: &Url, captures: Vec<Capture>) -> Result<Self> {
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Mesa chooses software only if told so before anything else, and the screen of whoever
        // sits at this machine is to be left alone.
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("DISPLAY");
        command.env_remove("WAYLAND_DISPLAY");
        if env::var_os("XDG_RUNTIME_DIR").is_none() {
            command.env("XDG_RUNTIME_DIR", env::temp_dir());
        }
        let process = command.spawn();
        let process = process.with_context(|| format!("cannot run {}", program.display()))?;
        let mut browser = Self::with(process)?;
        browser.ask(&Request::Open { page: url.to_string(), captures })?;
        Ok(browser)
    }

    fn with(mut process: Child) -> Result<Self> {
        let requests = process.stdin.take().context("standard input is piped")?;
        let reports = process.stdout.take().context("standard output is piped")?;
        Ok(Self { process, requests, reports: BufReader::new(reports) })
    }

    /// Let the page change and be drawn so many times.
    pub(crate) fn animate(&mut self, steps: u32, change: Change) -> Result<Report> {
        self.ask(&Request::Animate { steps, change })
    }

    /// See what the engine does when there is nothing to do.
    pub(crate) fn rest(&mut self, duration: Duration) -> Result<Report> {
        self.ask(&Request::Rest { duration })
    }

    fn ask(&mut self, request: &Request) -> Result<Report> {
        let line = serde_json::to_string(request)? + "\n";
        // If it is gone, it has said why on standard error.
        self.requests.write_all(line.as_bytes()).context("a browser is gone")?;
        let mut answer = String::new();
        ensure!(self.reports.read_line(&mut answer)? > 0, "a browser cannot do {line}");
        serde_json::from_str(&answer).with_context(|| format!("a browser says {answer}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // There is nothing to keep, and Servo's way out takes long.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
