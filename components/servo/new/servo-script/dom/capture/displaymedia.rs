/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! [`getDisplayMedia()`](https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia)

use embedder_traits::{
    DisplayCaptureGrant, DisplayCaptureOptions, DisplayCapturePreference, EmbedderMsg,
};
use js::context::JSContext;
use js::realm::CurrentRealm;
use script_bindings::error::{Error, ErrorResult};
use script_bindings::inheritance::Castable;
use script_bindings::root::DomRoot;
use servo_base::generic_channel::{GenericCallback, SendError};
use subcapture_dom::{
    DisplayMediaOptions, OptionsError, Preference, Requested, TrackConstraints,
};

use crate::dom::bindings::codegen::Bindings::CaptureControllerBinding::CaptureStartFocusBehavior;
use crate::dom::bindings::codegen::Bindings::DocumentBinding::DocumentMethods;
use crate::dom::bindings::codegen::Bindings::MediaDevicesBinding::DisplayMediaStreamOptions;
use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::refcounted::{Trusted, TrustedPromise};
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::browsercapturemediastreamtrack::BrowserCaptureMediaStreamTrack;
use crate::dom::capture::capturecontroller::CaptureController;
use crate::dom::capture::constraints::to_display_media_options;
use crate::dom::capture::overconstrainederror::OverconstrainedError;
use crate::dom::mediadevices::MediaDevices;
use crate::dom::mediastream::MediaStream;
use crate::dom::mediastreamtrack::MediaStreamTrack;
use crate::dom::promise::{Promise, RootedPromise};
use crate::dom::window::Window;

/// What a track of a captured webview is called. Its title would be a secret of other origins.
const LABEL: &str = "Tab";

/// <https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia>
pub(crate) fn get_display_media(
    media_devices: &MediaDevices,
    cx: &mut CurrentRealm,
    options: &DisplayMediaStreamOptions,
) -> RootedPromise {
    let promise = Promise::new_in_realm(cx);
    let global = media_devices.global();
    let window = global.as_window();
    let controller = options.controller.as_deref();
    let options = to_display_media_options(options);
    if let Err(rejection) = check(window, controller, &options) {
        rejection.reject(cx, window, &promise);
        return promise;
    }
    request(window, controller, options, &promise);
    promise
}

/// Why a promise is rejected.
enum Rejection {
    Error(Error),
    Overconstrained(subcapture_dom::Property),
}

impl Rejection {
    fn reject(self, cx: &mut JSContext, window: &Window, promise: &RootedPromise) {
        match self {
            Self::Error(error) => promise.reject_error(cx, error),
            Self::Overconstrained(property) => {
                let error = OverconstrainedError::of(cx, window.upcast(), property);
                promise.reject_native(cx, &error);
            },
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<OptionsError> for Rejection {
    fn from(error: OptionsError) -> Self {
        match error {
            OptionsError::BelowFloor(property) => Self::Overconstrained(property),
            error => Self::Error(type_error(&error.to_string())),
        }
    }
}

/// The steps that come before anybody is asked.
fn check(
    window: &Window,
    controller: Option<&CaptureController>,
    options: &DisplayMediaOptions,
) -> Result<(), Rejection> {
    // Step 3.
    if let Some(controller) = controller {
        controller.bind()?;
    }
    // Step 4.
    if !window.has_transient_activation() {
        return Err(invalid_state("The user has not interacted with the page lately").into());
    }
    // Steps 6 and 7.
    options.check()?;
    // Step 9.
    check_document(window)?;
    Ok(())
}

fn check_document(window: &Window) -> ErrorResult {
    let document = window.Document();
    if !document.is_fully_active() || !document.HasFocus() {
        return Err(invalid_state("The document is not active or does not have focus"));
    }
    Ok(())
}

/// Step 11: prompt the user to choose.
fn request(
    window: &Window,
    controller: Option<&CaptureController>,
    options: DisplayMediaOptions,
    promise: &RootedPromise,
) {
    let question = to_question(window, &options);
    let constraints = match options.video {
        Requested::Constrained(constraints) => constraints,
        Requested::Yes | Requested::No => TrackConstraints::default(),
    };
    let pending = PendingCapture {
        window: Trusted::new(window),
        controller: controller.map(Trusted::new),
        constraints,
        promise: TrustedPromise::from(promise),
    };
    let task_source = window
        .as_global_scope()
        .task_manager()
        .user_interaction_task_source()
        .to_sendable();
    let mut pending = Some(pending);
    let answer = GenericCallback::new(
        move |answer: Result<Option<DisplayCaptureGrant>, SendError>| {
            let Some(pending) = pending.take() else {
                return;
            };
            let grant = answer.ok().flatten();
            task_source.queue(task!(handle_display_capture_answer: move |cx| {
                pending.finish(cx, grant);
            }));
        },
    );
    // Without a channel there is nobody to ask. A new process could not be told apart from one
    // whose user does not answer.
    if let Ok(answer) = answer {
        window.send_to_embedder(EmbedderMsg::RequestDisplayCapture(
            window.webview_id(),
            question,
            answer,
        ));
    }
}

fn to_question(window: &Window, options: &DisplayMediaOptions) -> DisplayCaptureOptions {
    let to_preference = |preference| match preference {
        Preference::Include => DisplayCapturePreference::Include,
        Preference::Exclude => DisplayCapturePreference::Exclude,
    };
    DisplayCaptureOptions {
        origin: window.Document().origin().immutable().clone(),
        audio: options.audio != Requested::No,
        prefer_current_tab: options.prefer_current_tab,
        self_browser_surface: options.self_browser_surface.map(to_preference),
        system_audio: options.system_audio.map(to_preference),
        surface_switching: options.surface_switching.map(to_preference),
        monitor_type_surfaces: options.monitor_type_surfaces.map(to_preference),
    }
}

/// A call of `getDisplayMedia()` that waits for the embedder.
struct PendingCapture {
    window: Trusted<Window>,
    controller: Option<Trusted<CaptureController>>,
    constraints: TrackConstraints,
    promise: TrustedPromise,
}

impl PendingCapture {
    fn finish(self, cx: &mut JSContext, grant: Option<DisplayCaptureGrant>) {
        let window = self.window.root();
        let promise = self.promise.root(cx);
        let controller = self.controller.map(|controller| controller.root());
        let result = match grant {
            Some(grant) => start(cx, &window, controller.as_deref(), self.constraints, &grant),
            None => Err(Error::NotAllowed(Some("Permission was denied".into())).into()),
        };
        match result {
            Ok(stream) => promise.resolve_native(cx, &stream),
            Err(rejection) => rejection.reject(cx, &window, &promise),
        }
    }
}

/// Make the stream of a capture that was granted.
fn start(
    cx: &mut JSContext,
    window: &Window,
    controller: Option<&CaptureController>,
    constraints: TrackConstraints,
    grant: &DisplayCaptureGrant,
) -> Result<DomRoot<MediaStream>, Rejection> {
    let track = BrowserCaptureMediaStreamTrack::new(cx, window, grant, LABEL.into())
        .map_err(|_| Error::Abort(Some("The capture could not be started".into())))?;
    if let Err(property) = track.apply_constraints(&constraints) {
        track.end(cx);
        return Err(Rejection::Overconstrained(property));
    }
    let track = track.upcast::<MediaStreamTrack>();
    track.set_constraints(constraints);
    let stream = MediaStream::new(cx, window.upcast());
    stream.add_track(track);
    if let Some(controller) = controller {
        controller.set_source(track);
        let controller = Trusted::new(controller);
        window
            .as_global_scope()
            .task_manager()
            .user_interaction_task_source()
            .queue(task!(finalize_focus_decision: move || {
                controller.root().finalize();
            }));
    }
    Ok(stream)
}

/// The focus decision of the controller of a capture.
pub(super) fn request_focus(_track: &MediaStreamTrack, _behavior: Option<CaptureStartFocusBehavior>) {
    // TODO(c)
}

fn invalid_state(message: &str) -> Error {
    Error::InvalidState(Some(message.into()))
}

fn type_error(message: &str) -> Error {
    Error::Type(std::ffi::CString::new(message).unwrap_or_default())
}
