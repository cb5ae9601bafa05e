/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A browser that WebDriver drives: starting it, its windows, and its end.

mod command;
mod launch;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

pub use self::command::Raw;

/// How long a browser may take to start, and to end.
const START_LIMIT: Duration = Duration::from_secs(60);
const END_LIMIT: Duration = Duration::from_secs(5);

/// How long a browser that works takes at most to run a script.
const PULSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a single command may take that has nothing to wait for.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);

/// The viewport that tests may count on, in CSS px.
const VIEWPORT: (u32, u32) = (800, 600);

/// Which browser.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Product {
    /// The patched Servo, as the program `subcapture` embeds it.
    Servo,
    /// Chromium, by way of ChromeDriver.
    Chromium,
}

impl Product {
    /// How metadata and reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Servo => "servo",
            Self::Chromium => "chromium",
        }
    }
}

/// How a browser is after something went wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Pulse {
    /// It does what it is told.
    Alive,
    /// It does not answer.
    Hanging,
    /// The page or the browser came to its end, for this reason.
    Gone(String),
}

/// How to start a browser.
#[derive(Clone, Debug)]
pub struct BrowserOptions {
    /// Which.
    pub product: Product,
    /// The program `subcapture`, or Chromium.
    pub binary: PathBuf,
    /// What speaks WebDriver for Chromium.
    pub chromedriver: PathBuf,
    /// More arguments for the browser.
    pub arguments: Vec<String>,
}

/// A browser with one session. It has one window but while a test runs.
pub struct Browser {
    product: Product,
    process: Child,
    client: Client,
    log: NamedTempFile,
    _profile: TempDir,
}

impl Browser {
    /// Start a browser and a session.
    ///
    /// # Errors
    ///
    /// If there is no such browser, or it does not come up.
    pub async fn launch(options: &BrowserOptions) -> Result<Self> {
        let log = NamedTempFile::new()?;
        let profile = TempDir::with_prefix("subcapture-wpt-")?;
        let port = free_port()?;
        let mut command = launch::command(options, port, profile.path())?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::from(log.reopen()?))
            .stderr(Stdio::from(log.reopen()?))
            // What it starts ends with it.
            .process_group(0)
            .kill_on_drop(true);
        let mut process = command.spawn().with_context(|| {
            format!("cannot start {}", command.as_std().get_program().to_string_lossy())
        })?;
        let capabilities = launch::capabilities(options, profile.path());
        let client = match connect(&mut process, port, &capabilities).await {
            Ok(client) => client,
            Err(error) => {
                kill(&mut process).await;
                return Err(error.context(tail(&log)));
            }
        };
        let browser = Self { product: options.product, process, client, log, _profile: profile };
        browser.set_viewport().await?;
        Ok(browser)
    }

    /// Which browser it is.
    pub const fn product(&self) -> Product {
        self.product
    }

    /// Send a command that has nothing to wait for.
    ///
    /// # Errors
    ///
    /// What the browser says, or that it says nothing.
    pub async fn issue(&self, command: Raw) -> Result<Value> {
        within(COMMAND_LIMIT, self.client.issue_cmd(command)).await
    }

    /// Run a script in the window and frame that the session is in.
    ///
    /// # Errors
    ///
    /// What the browser says, or that it says nothing.
    pub async fn execute(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        within(COMMAND_LIMIT, self.client.execute(script, arguments)).await
    }

    /// Load a page and wait until it is loaded, however long that takes.
    pub fn go_to(&self, url: String) -> impl Future<Output = Result<()>> + use<> {
        let client = self.client.clone();
        async move { Ok(client.goto(&url).await?) }
    }

    /// The browser's version as it tells it.
    pub fn version(&self) -> Option<String> {
        let version = self.client.capabilities()?.get("browserVersion")?;
        version.as_str().map(ToOwned::to_owned)
    }

    /// All windows.
    ///
    /// # Errors
    ///
    /// As for [`Browser::issue`].
    pub async fn windows(&self) -> Result<Vec<WindowHandle>> {
        within(COMMAND_LIMIT, self.client.windows()).await
    }

    /// Go on in another window.
    ///
    /// # Errors
    ///
    /// As for [`Browser::issue`].
    pub async fn switch_to(&self, window: &WindowHandle) -> Result<()> {
        within(COMMAND_LIMIT, self.client.switch_to_window(window.clone())).await
    }

    /// Go on in a window that no page has been in, which has the focus.
    ///
    /// # Errors
    ///
    /// As for [`Browser::issue`].
    pub async fn open_window(&self) -> Result<WindowHandle> {
        let window = within(COMMAND_LIMIT, self.client.new_window(true)).await?.handle;
        self.switch_to(&window).await?;
        if self.product == Product::Chromium {
            // A window that WebDriver opens stays in the background.
            self.issue(Raw::cdp("Page.bringToFront")).await?;
        }
        Ok(window)
    }

    /// Close all windows but one, and go on in that.
    ///
    /// # Errors
    ///
    /// As for [`Browser::issue`].
    pub async fn close_windows_except(&self, kept: &WindowHandle) -> Result<()> {
        for window in self.windows().await? {
            if window != *kept {
                self.switch_to(&window).await?;
                within(COMMAND_LIMIT, self.client.close_window()).await?;
            }
        }
        self.switch_to(kept).await
    }

    /// Wait until the process has ended by itself, and tell its last words.
    pub async fn ended(&mut self) -> String {
        let status = self.process.wait().await;
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        format!("the browser ended ({status}): {}", tail(&self.log))
    }

    /// The last words of the process so far.
    pub fn last_words(&self) -> String {
        tail(&self.log)
    }

    /// Whether it still does what it is told.
    pub async fn pulse(&self) -> Pulse {
        match timeout(PULSE_LIMIT, self.client.execute("return 1", Vec::new())).await {
            Err(_) => Pulse::Hanging,
            Ok(Ok(_)) => Pulse::Alive,
            Ok(Err(error)) => Pulse::Gone(format!("{error}\n{}", self.last_words())),
        }
    }

    /// End session and browser.
    pub async fn end(mut self) {
        let ending = async {
            if self.product == Product::Servo {
                let _ = self.client.issue_cmd(Raw::delete("servo/shutdown")).await;
                let _ = self.process.wait().await;
            } else {
                let _ = self.client.clone().close().await;
            }
        };
        let _ = timeout(END_LIMIT, ending).await;
        kill(&mut self.process).await;
    }

    /// Put an end to a browser that may not listen.
    pub async fn abandon(mut self) {
        if self.product == Product::Chromium {
            // ChromeDriver knows the processes of the browser.
            let _ = timeout(END_LIMIT, self.client.clone().close()).await;
        }
        kill(&mut self.process).await;
    }

    /// Servo's is set when it starts.
    async fn set_viewport(&self) -> Result<()> {
        if self.product == Product::Servo {
            return Ok(());
        }
        let script = "return [outerWidth - innerWidth, outerHeight - innerHeight]";
        let frame: (u32, u32) = serde_json::from_value(self.execute(script, vec![]).await?)?;
        let size = (VIEWPORT.0 + frame.0, VIEWPORT.1 + frame.1);
        within(COMMAND_LIMIT, self.client.set_window_size(size.0, size.1)).await
    }
}

/// A command's result, or that there was none in time.
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
    match timeout(limit, work).await {
        Ok(result) => result.map_err(explain),
        Err(_) => bail!("the browser does not answer"),
    }
}

/// With the name that WebDriver has for the error, which the library does not print: Servo's
/// errors often have no message.
fn explain(error: CmdError) -> anyhow::Error {
    match &error {
        CmdError::Standard(answer) => {
            let name = answer.error.to_string();
            anyhow::Error::from(error).context(name)
        }
        _ => error.into(),
    }
}

async fn connect(process: &mut Child, port: u16, capabilities: &Capabilities) -> Result<Client> {
    let url = format!("http://127.0.0.1:{port}");
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let attempt = builder.capabilities(capabilities.clone()).connect(&url);
        let error = match timeout(deadline - Instant::now(), attempt).await {
            Ok(Ok(client)) => return Ok(client),
            Ok(Err(error)) => error,
            Err(_) => bail!("the browser does not answer"),
        };
        let is_up = matches!(error, fantoccini::error::NewSessionError::SessionNotCreated(_));
        if is_up || Instant::now() >= deadline || process.try_wait()?.is_some() {
            return Err(error).context("no session");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

/// The process and what it started.
async fn kill(process: &mut Child) {
    if let Some(id) = process.id() {
        let group = format!("-{id}");
        let _ =
            Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().await;
    }
    let _ = process.wait().await;
}

fn tail(log: &NamedTempFile) -> String {
    const LENGTH: usize = 2000;
    let text = std::fs::read(log.path()).unwrap_or_default();
    let start = text.len().saturating_sub(LENGTH);
    String::from_utf8_lossy(&text[start..]).trim().to_owned()
}
