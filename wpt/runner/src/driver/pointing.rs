/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pointing at things in frames, for browsers that take a position in a frame for one in the
//! window.
//!
//! Servo 0.7.0 is one: WebDriver's positions count from the frame that the session is in, and it
//! does not add where that frame is. So everything is told in positions of the window.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::ELEMENT;
use crate::browser::{Browser, Raw};

/// A position in CSS px.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Offset {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where the content of a frame begins, in the window that the session is in. Fails for what this
/// cannot know: a frame in a shadow tree.
const FRAME_ORIGIN: &str = "
    const frame = [...document.querySelectorAll('iframe, frame, object, embed')]
        .find(frame => frame.contentWindow === window[arguments[0]]);
    const { left, top } = frame.getBoundingClientRect();
    const { paddingLeft, paddingTop } = getComputedStyle(frame);
    return [
      left + frame.clientLeft + parseFloat(paddingLeft),
      top + frame.clientTop + parseFloat(paddingTop),
    ];";

/// The middle of the part of an element that is in sight, in its frame.
const CENTER: &str = "
    const { left, top, right, bottom } = arguments[0].getClientRects()[0];
    return [
      (Math.max(left, 0) + Math.min(right, innerWidth)) / 2,
      (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2,
    ];";

/// Go to a frame, and say where its content begins in the window.
pub(super) async fn enter(browser: &Browser, frames: &[u16]) -> Result<Offset> {
    browser.issue(Raw::frame(None)).await?;
    let mut offset = Offset::default();
    for index in frames {
        let origin = browser.execute(FRAME_ORIGIN, vec![json!(index)]).await?;
        let (x, y): (f64, f64) =
            serde_json::from_value(origin).context("the frame is not found")?;
        offset = Offset { x: offset.x + x, y: offset.y + y };
        browser.issue(Raw::frame(Some(*index))).await?;
    }
    Ok(offset)
}

/// Click an element of the frame that the session is in.
pub(super) async fn click(browser: &Browser, frames: &[u16], element: &Value) -> Result<Value> {
    let scroll = "arguments[0].scrollIntoView({ block: 'nearest', inline: 'nearest' })";
    browser.execute(scroll, vec![element.clone()]).await?;
    let origin = json!(element);
    let actions = json!([{
        "type": "pointer",
        "id": "click",
        "parameters": { "pointerType": "mouse" },
        "actions": [
            { "type": "pointerMove", "x": 0, "y": 0, "origin": origin },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ],
    }]);
    perform(browser, frames, actions).await
}

/// Perform actions whose positions count from the frame that the session is in.
pub(super) async fn perform(
    browser: &Browser,
    frames: &[u16],
    mut actions: Value,
) -> Result<Value> {
    // Anew, since something may have been scrolled.
    let offset = enter(browser, frames).await?;
    for device in actions.as_array_mut().context("actions are a list")? {
        for action in device["actions"].as_array_mut().into_iter().flatten() {
            if !matches!(action["type"].as_str(), Some("pointerMove" | "scroll")) {
                continue;
            }
            let start = match action.get("origin") {
                Some(origin) if origin.get(ELEMENT).is_some() => {
                    let center = browser.execute(CENTER, vec![origin.clone()]).await?;
                    let (x, y): (f64, f64) = serde_json::from_value(center)?;
                    Offset { x: offset.x + x, y: offset.y + y }
                }
                Some(origin) if origin != "viewport" => continue,
                _ => offset,
            };
            place(action, start);
        }
    }
    browser.issue(Raw::frame(None)).await?;
    browser.issue(Raw::post("actions", json!({ "actions": actions }))).await
}

/// Make an action count from the window.
fn place(action: &mut Value, start: Offset) {
    let part = |action: &Value, name: &str| action[name].as_f64().unwrap_or_default();
    let (x, y) = (part(action, "x") + start.x, part(action, "y") + start.y);
    if action["type"] == "scroll" {
        // Wheels know whole px only.
        action["x"] = json!(x.round());
        action["y"] = json!(y.round());
    } else {
        action["x"] = json!(x);
        action["y"] = json!(y);
    }
    action["origin"] = json!("viewport");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_moved_to_the_window() {
        let mut action =
            json!({ "type": "pointerMove", "x": -3, "y": 4.5, "origin": { ELEMENT: "e" } });
        place(&mut action, Offset { x: 10.0, y: 20.25 });
        let expected = json!({ "type": "pointerMove", "x": 7.0, "y": 24.75, "origin": "viewport" });
        assert_eq!(action, expected);
    }
}
