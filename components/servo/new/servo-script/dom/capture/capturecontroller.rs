/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use std::cell::Cell;

use dom_struct::dom_struct;
use js::context::JSContext;
use js::gc::HandleObject;
use script_bindings::error::{Error, ErrorResult};
use script_bindings::reflector::reflect_dom_object_with_proto;
use script_bindings::root::DomRoot;

use crate::dom::bindings::codegen::Bindings::CaptureControllerBinding::{
    CaptureControllerMethods, CaptureStartFocusBehavior,
};
use crate::dom::bindings::root::MutNullableDom;
use crate::dom::eventtarget::EventTarget;
use crate::dom::mediastreamtrack::MediaStreamTrack;
use crate::dom::window::Window;

/// <https://w3c.github.io/mediacapture-screen-share/#dom-capturecontroller>
#[dom_struct]
pub(crate) struct CaptureController {
    eventtarget: EventTarget,
    /// `[[IsBound]]`
    is_bound: Cell<bool>,
    /// The track whose source is `[[Source]]`. What is captured is always a webview, so that
    /// `[[DisplaySurfaceType]]` is `"browser"` once this is there.
    track: MutNullableDom<MediaStreamTrack>,
    /// `[[FocusDecisionFinalized]]`
    is_finalized: Cell<bool>,
    /// `[[FocusBehavior]]`
    focus_behavior: Cell<Option<CaptureStartFocusBehavior>>,
}

impl CaptureController {
    /// getDisplayMedia() step 3. A controller is bound once.
    pub(super) fn bind(&self) -> ErrorResult {
        if self.is_bound.replace(true) {
            return Err(Error::InvalidState(Some(
                "The controller was used for another capture".into(),
            )));
        }
        Ok(())
    }

    /// A capture has begun. The caller queues a task that calls [`Self::finalize`].
    pub(super) fn set_source(&self, track: &MediaStreamTrack) {
        self.track.set(Some(track));
    }

    /// <https://w3c.github.io/mediacapture-screen-share/#dfn-finalize-focus-decision-algorithm>
    pub(super) fn finalize(&self) {
        if self.is_finalized.replace(true) {
            return;
        }
        if let Some(track) = self.track.get() {
            super::displaymedia::request_focus(&track, self.focus_behavior.get());
        }
    }
}

impl CaptureControllerMethods<crate::DomTypeHolder> for CaptureController {
    /// <https://w3c.github.io/mediacapture-screen-share/#dom-capturecontroller-constructor>
    fn Constructor(
        cx: &mut JSContext,
        window: &Window,
        proto: Option<HandleObject>,
    ) -> DomRoot<CaptureController> {
        let controller = Self {
            eventtarget: EventTarget::new_inherited(),
            is_bound: Cell::default(),
            track: MutNullableDom::default(),
            is_finalized: Cell::default(),
            focus_behavior: Cell::default(),
        };
        reflect_dom_object_with_proto(cx, Box::new(controller), window, proto)
    }

    /// <https://w3c.github.io/mediacapture-screen-share/#dom-capturecontroller-setfocusbehavior>
    fn SetFocusBehavior(&self, focus_behavior: CaptureStartFocusBehavior) -> ErrorResult {
        // Step 2.
        let Some(track) = self.track.get() else {
            self.focus_behavior.set(Some(focus_behavior));
            return Ok(());
        };
        // Step 3.
        if !track.is_live() {
            return Err(Error::InvalidState(Some("The capture has ended".into())));
        }
        // Step 5.
        if self.is_finalized.get() {
            return Err(Error::InvalidState(Some(
                "It is too late to change the focus".into(),
            )));
        }
        // Step 6.
        self.focus_behavior.set(Some(focus_behavior));
        // Step 7.
        self.finalize();
        Ok(())
    }
}
