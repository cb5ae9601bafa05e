/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Carries out what a test asks of testdriver.js.

mod pointing;

use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::browser::{Browser, Product, Raw};
use crate::site::{Action, ActionResult};

/// The key by which WebDriver refers to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How often a click is tried on an element that something else covers, and how long it waits
/// before it tries again.
const CLICK_ATTEMPTS: u32 = 5;
const CLICK_PAUSE: Duration = Duration::from_millis(100);

/// Carry out an action; afterwards the session is in the window of the test again.
pub async fn carry_out(browser: &Browser, window: &WindowHandle, action: &Action) -> ActionResult {
    let result = attempt(browser, action).await;
    let back = async {
        browser.switch_to(window).await?;
        browser.issue(Raw::frame(None)).await
    };
    let back = back.await;
    result.and_then(|value| back.map(|_| value)).map_err(|error| format!("{error:#}"))
}

/// Whether an action leaves behind what no later one can take back. Chromium remembers even that a
/// permission was set to what it was.
pub fn leaves_settings(action: &Action) -> bool {
    action.name == "set_permission"
}

async fn attempt(browser: &Browser, action: &Action) -> Result<Value> {
    let params = match &action.params {
        Some(params) => params.clone(),
        None => find_params(browser, action).await?,
    };
    match &action.name[..] {
        "click" if needs_pointing(browser, action) => {
            pointing::click(browser, &action.frames, &params["element"]).await
        }
        "action_sequence" if needs_pointing(browser, action) => {
            pointing::perform(browser, &action.frames, params["actions"].clone()).await
        }
        "click" => {
            let path = format!("element/{}/click", element(&params)?);
            click(browser, Raw::post(path, json!({}))).await
        }
        "send_keys" => {
            let path = format!("element/{}/value", element(&params)?);
            browser.issue(Raw::post(path, json!({ "text": params["keys"] }))).await
        }
        "action_sequence" => {
            let actions = json!({ "actions": params["actions"] });
            browser.issue(Raw::post("actions", actions)).await
        }
        "set_permission" => browser.issue(Raw::post("permissions", params)).await,
        "delete_all_cookies" => browser.issue(Raw::delete("cookie")).await,
        "get_window_rect" => browser.issue(Raw::get("window/rect")).await,
        "set_window_rect" => browser.issue(Raw::post("window/rect", params)).await,
        "minimize_window" => browser.issue(Raw::post("window/minimize", json!({}))).await,
        other => bail!("this runner does not know {other}"),
    }
}

/// Something that moves or is about to go may lie on the element: that is not the test's concern
/// unless it stays.
async fn click(browser: &Browser, command: Raw) -> Result<Value> {
    for _ in 1..CLICK_ATTEMPTS {
        match browser.issue(command.clone()).await {
            Err(error) if is_in_the_way(&error) => sleep(CLICK_PAUSE).await,
            result => return result,
        }
    }
    browser.issue(command).await
}

fn is_in_the_way(error: &Error) -> bool {
    let error = error.downcast_ref::<CmdError>();
    error.is_some_and(|error| match error {
        CmdError::Standard(answer) => matches!(
            answer.error,
            ErrorStatus::ElementClickIntercepted | ErrorStatus::ElementNotInteractable
        ),
        _ => false,
    })
}

/// Whether positions in the frame that asked are not what this browser takes them for.
fn needs_pointing(browser: &Browser, action: &Action) -> bool {
    browser.product() == Product::Servo && !action.frames.is_empty()
}

fn element(params: &Value) -> Result<&str> {
    params["element"][ELEMENT].as_str().context("it names no element")
}

/// Go to the frame whose page asked, and get what it asked with: elements in it become references
/// that are valid there. Windows that the test opened are searched too.
async fn find_params(browser: &Browser, action: &Action) -> Result<Value> {
    let script = "return (window.__wptParked ?? {})[arguments[0]] ?? null";
    let mut windows = browser.windows().await?;
    // The newest is the one of the test, or was opened by it.
    windows.reverse();
    for window in windows {
        if enter(browser, &window, &action.frames).await.is_err() {
            continue;
        }
        let params = browser.execute(script, vec![json!(action.key)]).await?;
        if !params.is_null() {
            return Ok(params);
        }
    }
    bail!("the page that asked is gone")
}

async fn enter(browser: &Browser, window: &WindowHandle, frames: &[u16]) -> Result<()> {
    browser.switch_to(window).await?;
    for index in frames {
        browser.issue(Raw::frame(Some(*index))).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use fantoccini::error::WebDriver;

    use super::*;

    #[test]
    fn a_covered_element_is_clicked_again() {
        let error = |status| Error::from(CmdError::Standard(WebDriver::new(status, "")));
        assert!(is_in_the_way(&error(ErrorStatus::ElementClickIntercepted)));
        // As the browser's errors come, with their name around them.
        assert!(is_in_the_way(&error(ErrorStatus::ElementNotInteractable).context("name")));
        assert!(!is_in_the_way(&error(ErrorStatus::StaleElementReference)));
        assert!(!is_in_the_way(&Error::msg("the browser does not answer")));
    }
}
