/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a user decides about captures: the client does, by setting the permission
//! `display-capture`.

use std::cell::{Cell, RefCell};

use servo::{DisplayCapture, DisplayCaptureRequest, DisplayCaptureState};
use webdriver::command::SetPermissionState;

/// The permission's name.
const PERMISSION: &str = "display-capture";

/// What pages may capture, and what they do capture.
///
/// Pages may capture until the client denies the permission, which also ends what they capture,
/// as if the user had taken it back.
#[derive(Default)]
pub(super) struct Captures {
    denied: Cell<bool>,
    running: RefCell<Vec<DisplayCapture>>,
}

impl Captures {
    /// The client has set a permission.
    pub(super) fn set_permission(&self, name: &str, state: &SetPermissionState) {
        if name != PERMISSION {
            return;
        }
        let denied = matches!(state, SetPermissionState::Denied);
        self.denied.set(denied);
        if denied {
            // Taken out first: Servo may tell of each that ends.
            for capture in self.running.take() {
                capture.stop();
            }
        }
    }

    /// Answer a page: it gets the surface that it asks for most, which is itself unless it says
    /// otherwise. A user is not there to choose another one.
    pub(super) fn answer(&self, request: DisplayCaptureRequest) {
        let surface = request.surfaces().first().cloned();
        match surface {
            Some(surface) if !self.denied.get() => {
                let capture = request.allow(&surface);
                self.running.borrow_mut().extend(capture);
            }
            _ => request.deny(),
        }
    }

    /// A capture has begun or ended.
    pub(super) fn note(&self, capture: &DisplayCapture, state: DisplayCaptureState) {
        if state == DisplayCaptureState::Ended {
            self.running.borrow_mut().retain(|running| running != capture);
        }
    }
}
