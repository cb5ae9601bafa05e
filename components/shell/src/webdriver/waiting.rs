/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Who is to be told when something has happened.

use std::collections::HashMap;

use crossbeam_channel::Sender;
use servo::{
    GenericSender, InputEventId, JSValue, TraversalId, WebDriverJSResult, WebDriverLoadStatus,
    WebViewId,
};

/// The ends of channels on which the protocol's thread waits.
///
/// A receiver that is gone is a client that has given up, and no error.
#[derive(Default)]
pub(super) struct Waiting {
    loads: HashMap<WebViewId, GenericSender<WebDriverLoadStatus>>,
    traversals: HashMap<TraversalId, GenericSender<WebDriverLoadStatus>>,
    input: HashMap<InputEventId, Sender<()>>,
    script: Option<GenericSender<WebDriverJSResult>>,
}

impl Waiting {
    pub(super) fn for_load(&mut self, id: WebViewId, sender: GenericSender<WebDriverLoadStatus>) {
        self.loads.insert(id, sender);
    }

    pub(super) fn for_no_load(&mut self, id: WebViewId) {
        self.loads.remove(&id);
    }

    pub(super) fn for_traversal(
        &mut self,
        id: TraversalId,
        sender: GenericSender<WebDriverLoadStatus>,
    ) {
        self.traversals.insert(id, sender);
    }

    pub(super) fn for_input(&mut self, id: InputEventId, sender: Sender<()>) {
        self.input.insert(id, sender);
    }

    pub(super) fn for_script(&mut self, sender: GenericSender<WebDriverJSResult>) {
        self.script = Some(sender);
    }

    pub(super) fn notify_loaded(&mut self, id: WebViewId) {
        if let Some(sender) = self.loads.remove(&id) {
            let _ = sender.send(WebDriverLoadStatus::Complete);
        }
    }

    /// A document of the back-forward cache is complete at once; another is loaded first.
    pub(super) fn notify_traversed(
        &mut self,
        id: WebViewId,
        traversal: &TraversalId,
        loaded: bool,
    ) {
        let Some(sender) = self.traversals.remove(traversal) else { return };
        if loaded {
            let _ = sender.send(WebDriverLoadStatus::Complete);
        } else {
            self.loads.insert(id, sender);
        }
    }

    pub(super) fn notify_input_handled(&mut self, id: InputEventId) {
        if let Some(sender) = self.input.remove(&id) {
            let _ = sender.send(());
        }
    }

    /// A prompt keeps the page from going on: what waits for the page ends here.
    pub(super) fn notify_blocked(&mut self, id: WebViewId) {
        if let Some(sender) = self.loads.remove(&id) {
            let _ = sender.send(WebDriverLoadStatus::Blocked);
        }
        if let Some(sender) = self.script.take() {
            let _ = sender.send(Ok(JSValue::Null));
        }
    }
}
