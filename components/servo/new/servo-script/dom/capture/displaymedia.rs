/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! [`getDisplayMedia()`](https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia)

use embedder_traits::{DisplayCaptureOptions, DisplayCapturePreference, EmbedderMsg};
use js::context::JSContext;
use js::realm::CurrentRealm;
use paint_api::capture::TrackHandle;
use script_bindings::error::{Error, ErrorResult};
use script_bindings::inheritance::Castable;
use script_bindings::root::DomRoot;
use subcapture_dom::{
    DisplayMediaOptions, OptionsError, Preference, Requested, TrackConstraints, select_settings,
};
use webrender_api::units::DeviceIntSize;

use crate::dom::bindings::codegen::Bindings::CaptureControllerBinding::CaptureStartFocusBehavior;
use crate::dom::bindings::codegen::Bindings::DocumentBinding::DocumentMethods;
use crate::dom::bindings::codegen::Bindings::MediaDevicesBinding::DisplayMediaStreamOptions;
use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::refcounted::Trusted;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::browsercapturemediastreamtrack::{
    BrowserCaptureMediaStreamTrack, surface_capabilities,
};
use crate::dom::capture::capturecontroller::CaptureController;
use crate::dom::capture::constraints::to_display_media_options;
use crate::dom::capture::displayrequests::PendingRequest;
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
    request(cx, window, controller, options, &promise);
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

/// Step 11: have the user choose.
fn request(
    cx: &mut JSContext,
    window: &Window,
    controller: Option<&CaptureController>,
    options: DisplayMediaOptions,
    promise: &RootedPromise,
) {
    let question = to_question(window, &options);
    let constraints = match options.video {
        Requested::Constrained(constraints) => *constraints,
        Requested::Yes | Requested::No => TrackConstraints::default(),
    };
    let document = window.Document();
    let requests = document.capture().requests();
    let request = PendingRequest::new(controller, constraints, promise);
    requests.begin(cx, window, question, request);
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

/// What a document was granted.
pub(super) struct Grant {
    pub(super) handle: TrackHandle,
    /// The size of the viewport of the captured WebView in device px.
    pub(super) size: DeviceIntSize,
}

/// The last steps: settle the promise of a call.
pub(super) fn finish(
    cx: &mut JSContext,
    window: &Window,
    controller: Option<&CaptureController>,
    constraints: TrackConstraints,
    promise: &RootedPromise,
    grant: Option<Grant>,
) {
    let result = match grant {
        Some(grant) => start(cx, window, controller, constraints, grant),
        // Permission failure.
        None => Err(Error::NotAllowed(Some("Permission was denied".into())).into()),
    };
    match result {
        Ok(stream) => promise.resolve_native(cx, &stream),
        Err(rejection) => rejection.reject(cx, window, promise),
    }
}

/// Make the stream of a capture that was granted.
fn start(
    cx: &mut JSContext,
    window: &Window,
    controller: Option<&CaptureController>,
    constraints: TrackConstraints,
    grant: Grant,
) -> Result<DomRoot<MediaStream>, Rejection> {
    let settings = select_settings(&constraints, &surface_capabilities(grant.size))
        .map_err(Rejection::Overconstrained)?;
    let track = BrowserCaptureMediaStreamTrack::new(cx, window, grant, settings, LABEL.into())
        .map_err(|_| Error::Abort(Some("The capture could not be started".into())))?;
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

/// The last step of the focus decision: have the embedder focus one of the two WebViews.
pub(super) fn request_focus(
    track: &MediaStreamTrack,
    behavior: Option<CaptureStartFocusBehavior>,
) {
    let global = track.global();
    let window = global.as_window();
    let captured = track
        .downcast::<BrowserCaptureMediaStreamTrack>()
        .and_then(BrowserCaptureMediaStreamTrack::captured_webview);
    let focused = match behavior {
        Some(CaptureStartFocusBehavior::Focus_capturing_application) => Some(window.webview_id()),
        Some(CaptureStartFocusBehavior::Focus_captured_surface) => captured,
        Some(CaptureStartFocusBehavior::No_focus_change) | None => None,
    };
    if let Some(focused) = focused {
        window.send_to_embedder(EmbedderMsg::RequestDisplayCaptureFocus(
            window.webview_id(),
            focused,
        ));
    }
}

fn invalid_state(message: &str) -> Error {
    Error::InvalidState(Some(message.into()))
}

fn type_error(message: &str) -> Error {
    Error::Type(std::ffi::CString::new(message).unwrap_or_default())
}
