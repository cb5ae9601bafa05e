/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Whether a document may capture displays:
//! [Permissions Policy](https://w3c.github.io/mediacapture-screen-share/#permissions-policy-integration)
//! and [Permissions](https://w3c.github.io/mediacapture-screen-share/#permissions-integration).
//!
//! The document itself decides, with its header `Permissions-Policy`, and so do the documents that
//! contain it, each about its own frames, wherever they are.

use embedder_traits::DisplayCapturePolicyQuestion;
use html5ever::{LocalName, local_name};
use script_bindings::inheritance::Castable;
use script_bindings::root::DomRoot;
use servo_base::generic_channel::{GenericCallback, SendError};
use servo_constellation_traits::ScriptToConstellationMessage;
use servo_url::{ImmutableOrigin, ServoUrl};
use subcapture_dom::{DeclaredOrigin, NestedOrigin, frame_allows_display_capture};

use crate::dom::bindings::codegen::Bindings::PermissionStatusBinding::PermissionState;
use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::refcounted::{Trusted, TrustedPromise};
use crate::dom::document::Document;
use crate::dom::element::Element;
use crate::dom::globalscope::GlobalScope;
use crate::dom::html::embedded_content::htmliframeelement::HTMLIFrameElement;
use crate::dom::permissionstatus::PermissionStatus;
use crate::dom::promise::RootedPromise;
use crate::dom::window::Window;

/// Ask whether the document of a window may capture displays.
pub(super) fn ask(window: &Window, origin: ImmutableOrigin, reply: GenericCallback<bool>) {
    if !declares_allowed(&window.Document(), &origin) {
        let _ = reply.send(false);
        return;
    }
    if window.parent_info().is_none() {
        let _ = reply.send(true);
        return;
    }
    window.send_to_constellation(ScriptToConstellationMessage::AskDisplayCapturePolicy(
        origin, reply,
    ));
}

/// Answer the question of a document that is in one of this document's frames.
pub(crate) fn handle_question(
    document: Option<DomRoot<Document>>,
    question: DisplayCapturePolicyQuestion,
) {
    let DisplayCapturePolicyQuestion {
        frame,
        origin,
        reply,
    } = question;
    let document = document.filter(|document| document.is_fully_active());
    let is_allowed = document.as_ref().is_some_and(|document| {
        let frame = document.iframes().element(frame);
        frame.is_some_and(|frame| allows(document, &frame, &origin))
    });
    match document {
        // What this document itself may do is what its container says.
        Some(document) if is_allowed => {
            let own_origin = document.origin().immutable().clone();
            ask(document.window(), own_origin, reply);
        },
        _ => {
            let _ = reply.send(false);
        },
    }
}

/// Whether the header of a document lets a document of this origin, itself or one in it, do what
/// it may do otherwise.
fn declares_allowed(document: &Document, origin: &ImmutableOrigin) -> bool {
    let serialized = serialize(origin);
    let declared = DeclaredOrigin {
        serialized: serialized.as_deref(),
        is_own: *origin == *document.origin().immutable(),
    };
    document
        .capture()
        .declared_policy()
        .allows(declared, origin_of_url)
}

fn serialize(origin: &ImmutableOrigin) -> Option<String> {
    origin
        .is_tuple()
        .then(|| origin.ascii_serialization().into_owned())
}

fn origin_of_url(url: &str) -> Option<String> {
    serialize(&ServoUrl::parse(url).ok()?.origin())
}

fn allows(document: &Document, frame: &HTMLIFrameElement, origin: &ImmutableOrigin) -> bool {
    if !declares_allowed(document, origin) {
        return false;
    }
    let element = frame.upcast::<Element>();
    let allow = element
        .get_attribute_string_value(&LocalName::from("allow"))
        .map(|allow| allow.to_string());
    let serialized = serialize(origin);
    let origin = NestedOrigin {
        serialized: serialized.as_deref(),
        is_of_container: *origin == *document.origin().immutable(),
        is_declared: is_declared(document, element, origin),
    };
    frame_allows_display_capture(allow.as_deref(), origin, origin_of_url)
}

/// Whether an origin is the one that a frame [declares].
///
/// [declares]: https://w3c.github.io/webappsec-permissions-policy/#declared-origin
fn is_declared(document: &Document, frame: &Element, origin: &ImmutableOrigin) -> bool {
    if let Some(sandbox) = frame.get_attribute_string_value(&local_name!("sandbox")) {
        let keeps_origin = sandbox
            .to_string()
            .split_ascii_whitespace()
            .any(|flag| flag.eq_ignore_ascii_case("allow-same-origin"));
        if !keeps_origin {
            // A new opaque origin, which is the document's own as long as it is not navigated
            // elsewhere. The element cannot tell, so this is not the same.
            return false;
        }
    }
    if frame.has_attribute(&local_name!("srcdoc")) {
        return *origin == *document.origin().immutable();
    }
    let src = frame.get_attribute_string_value(&local_name!("src"));
    match src.map(|src| document.base_url().join(&src.to_string())) {
        Some(Ok(url)) if url.as_str() != "about:blank" => *origin == url.origin(),
        // about:blank has the origin of the container.
        _ => *origin == *document.origin().immutable(),
    }
}

/// Resolve a promise of `navigator.permissions.query()`.
pub(crate) fn query(global: &GlobalScope, status: &PermissionStatus, promise: &RootedPromise) {
    let trusted_status = Trusted::new(status);
    let trusted_promise = TrustedPromise::from(promise);
    let task_source = global.task_manager().dom_manipulation_task_source().to_sendable();
    let mut pending = Some((trusted_status, trusted_promise));
    let reply = GenericCallback::new(move |answer: Result<bool, SendError>| {
        let Some((status, promise)) = pending.take() else {
            return;
        };
        let state = match answer {
            Ok(true) => PermissionState::Prompt,
            Ok(false) | Err(_) => PermissionState::Denied,
        };
        task_source.queue(task!(resolve_permission_query: move |cx| {
            let status = status.root();
            status.set_state(state);
            promise.root(cx).resolve_native(cx, &status);
        }));
    });
    let Ok(reply) = reply else {
        return;
    };
    match global.downcast::<Window>() {
        Some(window) if global.is_secure_context() => {
            let document = window.Document();
            ask(window, document.origin().immutable().clone(), reply);
        },
        _ => {
            let _ = reply.send(false);
        },
    }
}
