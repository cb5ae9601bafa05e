/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Carries out what WebDriver asks of an embedder.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;
use std::{process, thread};

use crossbeam_channel::{Receiver, TryRecvError, unbounded};
use dpi::PhysicalSize;
use servo::{
    LoadStatus, Opts, Servo, ServoBuilder, SimpleDialog, WebDriverCommandMsg, WebDriverLoadStatus,
    WebDriverScriptCommand, WebDriverUserPrompt, WebDriverUserPromptAction, WebView, WebViewId,
    WebViewRect,
};

use super::options::Options;
use super::windows::Windows;
use crate::embedder;
use crate::gl::HeadlessRenderingContext;
use crate::waker::Waker;

/// The exit code of a server that failed: "anything else", as for captures.
pub(super) const FAILURE_EXIT_CODE: u8 = 9;

/// How long to sleep at most between two turns of the event loop. Servo wakes us before.
const LONGEST_SLEEP: Duration = Duration::from_millis(10);

/// How long Servo may take to shut down. A page whose script never ends keeps it from that.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// The server came to its end.
#[derive(Debug)]
pub(super) enum ServeError {
    /// There is no OpenGL to render with.
    Graphics(surfman::Error),
    /// A page came to its end, and with it what makes Servo a browser. A client can only start
    /// another one, and it finds out soonest if this one is gone.
    Crashed(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graphics(error) => write!(f, "no OpenGL context can be made: {error:?}"),
            Self::Crashed(reason) => write!(f, "a page crashed: {reason}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serve until a client shuts the browser down.
pub(super) fn serve(options: &Options) -> Result<(), ServeError> {
    let context = HeadlessRenderingContext::new(options.gl, device_size(options))
        .map_err(ServeError::Graphics)?;
    let mut preferences = embedder::preferences();
    for preference in &options.pref {
        preference.set(&mut preferences);
    }
    let waker = Waker::default();
    let servo = ServoBuilder::default()
        .opts(Opts {
            multiprocess: options.multiprocess,
            temporary_storage: true,
            ..Opts::default()
        })
        .preferences(preferences.clone())
        .event_loop_waker(Box::new(waker.clone()))
        .build();
    let (sender, commands) = unbounded();
    webdriver_server::start_server(options.port, sender, Box::new(waker.clone()), preferences);
    let windows = Windows::new(context, options.dpr, options.console);
    let server = Server { servo, windows };
    let result = server.run(&commands, &waker);
    server.shut_down();
    result
}

fn device_size(options: &Options) -> PhysicalSize<u32> {
    let device = |css_px: u32| (f64::from(css_px) * f64::from(options.dpr)).round().max(1.0);
    PhysicalSize::new(device(options.viewport.width), device(options.viewport.height)).cast()
}

/// Whether the client wants more.
#[derive(PartialEq)]
enum Flow {
    Continue,
    Stop,
}

struct Server {
    servo: Servo,
    windows: Rc<Windows>,
}

impl Server {
    fn run(
        &self,
        commands: &Receiver<WebDriverCommandMsg>,
        waker: &Waker,
    ) -> Result<(), ServeError> {
        loop {
            self.servo.spin_event_loop();
            self.windows.paint();
            if let Some(reason) = self.windows.crash() {
                return Err(ServeError::Crashed(reason));
            }
            loop {
                let flow = match commands.try_recv() {
                    Ok(command) => self.carry_out(command),
                    Err(TryRecvError::Empty) => break,
                    // The protocol's thread ends when the process is told to.
                    Err(TryRecvError::Disconnected) => Flow::Stop,
                };
                if flow == Flow::Stop {
                    return Ok(());
                }
            }
            waker.wait(LONGEST_SLEEP);
        }
    }

    /// Let Servo end its threads, which have to be gone when the process ends.
    fn shut_down(self) {
        thread::spawn(|| {
            thread::sleep(SHUTDOWN_LIMIT);
            process::abort();
        });
        // Windows and Servo refer to each other.
        self.windows.close_all();
    }

    /// A window that is gone is told by dropping the sender of the answer.
    fn carry_out(&self, command: WebDriverCommandMsg) -> Flow {
        match command {
            WebDriverCommandMsg::Shutdown => return Flow::Stop,
            WebDriverCommandMsg::NewWindow(_, sender, load_status) => {
                if let Some(webview) = self.windows.open(&self.servo) {
                    if let Some(load_status) = load_status {
                        self.windows.with_waiting(|w| w.for_load(webview.id(), load_status));
                    }
                    let _ = sender.send(webview.id());
                }
            }
            WebDriverCommandMsg::CloseWebView(id, sender) => {
                self.windows.close(id);
                let _ = sender.send(());
            }
            WebDriverCommandMsg::GetAllWebViews(sender) => {
                let _ = sender.send(self.windows.ids());
            }
            WebDriverCommandMsg::IsWebViewOpen(id, sender) => {
                let _ = sender.send(self.windows.webview(id).is_some());
            }
            WebDriverCommandMsg::SelectWebViewForInteraction(id) => self.windows.select(id),
            WebDriverCommandMsg::GetWebViewSelectedForInteraction(sender) => {
                let _ = sender.send(self.windows.selected());
            }
            WebDriverCommandMsg::ScriptCommand(_, ref script) => {
                self.note_script(script);
                if let WebDriverScriptCommand::SetPermission(name, state, _) = script {
                    self.windows.captures().set_permission(name, state);
                }
                self.servo.execute_webdriver_command(command);
            }
            WebDriverCommandMsg::IsBrowsingContextOpen(..)
            | WebDriverCommandMsg::FocusBrowsingContext(_) => {
                self.servo.execute_webdriver_command(command);
            }
            WebDriverCommandMsg::ResetAllCookies(sender) => {
                let done = Box::new(move || {
                    let _ = sender.send(());
                });
                self.servo.site_data_manager().clear_cookies(Some(done));
            }
            command => self.carry_out_in_window(command),
        }
        Flow::Continue
    }

    /// Scripts that end early when a prompt is shown, and waiting for a load that a click starts.
    fn note_script(&self, script: &WebDriverScriptCommand) {
        self.windows.with_waiting(|waiting| match script {
            WebDriverScriptCommand::ExecuteScriptWithCallback(_, sender) => {
                waiting.for_script(sender.clone());
            }
            WebDriverScriptCommand::AddLoadStatusSender(id, sender) => {
                waiting.for_load(*id, sender.clone());
            }
            WebDriverScriptCommand::RemoveLoadStatusSender(id) => waiting.for_no_load(*id),
            _ => {}
        });
    }

    fn carry_out_in_window(&self, command: WebDriverCommandMsg) {
        match command {
            WebDriverCommandMsg::GetWindowRect(id, sender)
            // A window is as large as its screen already.
            | WebDriverCommandMsg::MaximizeWebView(id, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    let _ = sender.send(self.windows.rect(&webview));
                }
            },
            WebDriverCommandMsg::SetWindowRect(id, rect, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    self.windows.resize(&webview, rect);
                    let _ = sender.send(self.windows.rect(&webview));
                }
            },
            WebDriverCommandMsg::GetViewportSize(id, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    let _ = sender.send(self.windows.size(&webview));
                }
            },
            WebDriverCommandMsg::InputEvent(id, event, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    let event = webview.notify_input_event(event);
                    if let Some(sender) = sender {
                        self.windows.with_waiting(|waiting| waiting.for_input(event, sender));
                    }
                }
            },
            WebDriverCommandMsg::TakeScreenshot(id, rect, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    webview.take_screenshot(rect.map(to_box), move |result| {
                        let _ = sender.send(result);
                    });
                }
            },
            command => self.navigate_or_prompt(command),
        }
    }

    fn navigate_or_prompt(&self, command: WebDriverCommandMsg) {
        match command {
            WebDriverCommandMsg::LoadUrl(id, url, sender) => {
                let Some(webview) = self.windows.webview(id) else { return };
                if stays_in_document(&webview, &url) {
                    webview.load(url);
                    let _ = sender.send(WebDriverLoadStatus::Complete);
                } else {
                    self.windows.take_prompt(id);
                    self.windows.with_waiting(|waiting| waiting.for_load(id, sender));
                    webview.load(url);
                }
            }
            WebDriverCommandMsg::Refresh(id, sender) => {
                if let Some(webview) = self.windows.webview(id) {
                    self.windows.with_waiting(|waiting| waiting.for_load(id, sender));
                    webview.reload();
                }
            }
            WebDriverCommandMsg::GoBack(id, sender) => {
                self.traverse(id, sender, |webview| {
                    webview.can_go_back().then(|| webview.go_back(1))
                });
            }
            WebDriverCommandMsg::GoForward(id, sender) => self.traverse(id, sender, |webview| {
                webview.can_go_forward().then(|| webview.go_forward(1))
            }),
            WebDriverCommandMsg::CurrentUserPrompt(id, sender) => {
                let _ = sender.send(self.windows.with_prompt(id, |prompt| kind_of(prompt)));
            }
            WebDriverCommandMsg::GetAlertText(id, sender) => {
                let text = self.windows.with_prompt(id, |prompt| message_of(prompt));
                let _ = sender.send(text.ok_or(()));
            }
            WebDriverCommandMsg::SendAlertText(id, text) => {
                self.windows.with_prompt(id, |prompt| {
                    if let SimpleDialog::Prompt(prompt) = prompt {
                        prompt.set_current_value(&text);
                    }
                });
            }
            WebDriverCommandMsg::HandleUserPrompt(id, action, sender) => {
                let text = self.windows.with_prompt(id, |prompt| message_of(prompt));
                if action != WebDriverUserPromptAction::Ignore
                    && let Some(prompt) = self.windows.take_prompt(id)
                {
                    answer(prompt, &action);
                }
                let _ = sender.send(text.ok_or(()));
            }
            _ => {}
        }
    }

    fn traverse(
        &self,
        id: WebViewId,
        sender: servo::GenericSender<WebDriverLoadStatus>,
        go: impl FnOnce(&WebView) -> Option<servo::TraversalId>,
    ) {
        let Some(webview) = self.windows.webview(id) else { return };
        match go(&webview) {
            Some(traversal) => {
                self.windows.with_waiting(|waiting| waiting.for_traversal(traversal, sender));
            }
            None => {
                let _ = sender.send(WebDriverLoadStatus::Complete);
            }
        }
    }
}

fn to_box(rect: euclid::Rect<f32, servo::CSSPixel>) -> WebViewRect {
    rect.to_box2d().into()
}

/// Whether loading this URL only scrolls, so that no load is ever complete.
fn stays_in_document(webview: &WebView, url: &url::Url) -> bool {
    let without_fragment = |url: &url::Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    url.fragment().is_some()
        && webview.load_status() == LoadStatus::Complete
        && webview.url().is_some_and(|current| without_fragment(&current) == without_fragment(url))
}

const fn kind_of(prompt: &SimpleDialog) -> WebDriverUserPrompt {
    match prompt {
        SimpleDialog::Alert(_) => WebDriverUserPrompt::Alert,
        SimpleDialog::Confirm(_) => WebDriverUserPrompt::Confirm,
        SimpleDialog::Prompt(_) => WebDriverUserPrompt::Prompt,
    }
}

fn message_of(prompt: &SimpleDialog) -> String {
    match prompt {
        SimpleDialog::Alert(prompt) => prompt.message(),
        SimpleDialog::Confirm(prompt) => prompt.message(),
        SimpleDialog::Prompt(prompt) => prompt.message(),
    }
    .to_owned()
}

fn answer(prompt: SimpleDialog, action: &WebDriverUserPromptAction) {
    let accept = *action == WebDriverUserPromptAction::Accept;
    match prompt {
        // An alert can only be closed.
        SimpleDialog::Alert(prompt) => prompt.confirm(),
        SimpleDialog::Confirm(prompt) if accept => prompt.confirm(),
        SimpleDialog::Confirm(prompt) => prompt.dismiss(),
        SimpleDialog::Prompt(prompt) if accept => prompt.confirm(),
        SimpleDialog::Prompt(prompt) => prompt.dismiss(),
    }
}
