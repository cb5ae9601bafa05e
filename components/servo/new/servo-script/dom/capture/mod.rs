/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! [Region Capture](https://w3c.github.io/mediacapture-region/) and
//! [Element Capture](https://screen-share.github.io/element-capture/): the targets, what a
//! [`Document`] tells layout and `Paint` about them, and what `Paint` asks of a [`Document`].
//!
//! The *element* owns its targets, in its rare data; a `CropTarget` or `RestrictionTarget` object
//! is a copy of the id and refers to no element.

pub(crate) mod browsercapturemediastreamtrack;
pub(crate) mod capturecontroller;
mod constraints;
pub(crate) mod croptarget;
pub(crate) mod displaymedia;
pub(crate) mod displaypolicy;
mod displayrequests;
pub(crate) mod documentcapture;
pub(crate) mod livetracks;
pub(crate) mod mediastreamtrackevent;
pub(crate) mod overconstrainederror;
mod propagation;
pub(crate) mod restrictiontarget;
mod trackglobal;
pub(crate) mod trackproperties;
mod tracksession;
pub(crate) mod tracksource;
mod tracktransfer;

use js::context::{JSContext, NoGC};
use js::realm::CurrentRealm;
use js::rust::HandleValue;
use paint_api::capture::DocumentCaptureMessage;
use script_bindings::error::{Error, Fallible};
use script_bindings::inheritance::Castable;
use script_bindings::num::Finite;
use script_bindings::root::DomRoot;
use script_bindings::str::DOMString;
use servo_constellation_traits::{SerializedTargets, StructuredSerializedData};
use subcapture_api::{StartError, TargetId, TargetKind};
use subcapture_dom::MintError;

pub(crate) use self::propagation::notify_rendering_updated;
use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::structuredclone::{self, StructuredData};
use crate::dom::document::Document;
use crate::dom::element::Element;
use crate::dom::globalscope::GlobalScope;
use crate::dom::node::{Node, NodeTraits};
use crate::dom::promise::{Promise, RootedPromise};

/// The method steps of [`CropTarget.fromElement()`] and [`RestrictionTarget.fromElement()`].
///
/// [`CropTarget.fromElement()`]: https://w3c.github.io/mediacapture-region/#dom-croptarget-fromelement
/// [`RestrictionTarget.fromElement()`]: https://screen-share.github.io/element-capture/#dom-restrictiontarget-fromelement
fn from_element(
    cx: &mut CurrentRealm,
    global: &GlobalScope,
    element: &Element,
    kind: TargetKind,
) -> RootedPromise {
    let promise = Promise::new_in_realm(cx);
    let document = global.as_window().Document();

    // No task of a document that is not fully active runs, so nothing could settle the promise.
    if !document.is_fully_active() {
        promise.reject_error(cx, Error::InvalidState(None));
        return promise;
    }

    match ensure_target(cx.no_gc(), element, kind) {
        Ok(target) => document
            .capture()
            .propagation()
            .begin(cx, &document, element, target, &promise),
        Err(error) => promise.reject_error(cx, to_dom_error(error)),
    }
    promise
}

/// The target of this kind of an element. If the element has none yet, one is minted and its
/// document will tell `Paint` about it with its next display list.
fn ensure_target(no_gc: &NoGC, element: &Element, kind: TargetKind) -> Result<TargetId, MintError> {
    let target = element
        .capture_targets()
        .and_then(|targets| targets.of_kind(kind));
    if let Some(target) = target {
        return Ok(target);
    }

    let document = element.owner_document();
    let target = element
        .ensure_rare_data(no_gc)
        .capture_targets
        .get_or_insert_default()
        .ensure(kind, document.capture().quota())?;
    if element.upcast::<Node>().is_connected() {
        document.capture().add(no_gc, &document, element);
    }
    Ok(target)
}

fn to_dom_error(error: MintError) -> Error {
    match error {
        MintError::QuotaExceeded { limit } => Error::QuotaExceeded {
            quota: Some(Finite::wrap(limit as f64)),
            requested: None,
        },
        _ => Error::Operation(Some(error.to_string())),
    }
}

/// To be called when an element became [connected](https://dom.spec.whatwg.org/#connected).
pub(crate) fn notify_connected(no_gc: &NoGC, element: &Element) {
    if element.capture_targets().is_some() {
        let document = element.owner_document();
        document.capture().add(no_gc, &document, element);
    }
}

/// To be called when an element became disconnected, before it is adopted by another document.
pub(crate) fn notify_disconnected(no_gc: &NoGC, element: &Element) {
    if element.capture_targets().is_some() {
        let document = element.owner_document();
        document.capture().remove(no_gc, &document, element);
    }
}

/// Carry out a request that `Paint` or the embedder has made of a document.
pub(crate) fn handle_message(
    no_gc: &NoGC,
    document: Option<DomRoot<Document>>,
    message: DocumentCaptureMessage,
) {
    match message {
        DocumentCaptureMessage::Locate {
            selector,
            kind,
            reply,
        } => {
            let _ = reply.send(locate(no_gc, document.as_deref(), selector, kind));
        },
        DocumentCaptureMessage::SetInterest { layers, nested } => {
            if let Some(document) = document {
                document.capture().set_interest(&document, layers, nested);
            }
        },
    }
}

/// The target of the first element that matches a selector. No script of the page has a part in
/// this, nor can it tell that it happened.
fn locate(
    no_gc: &NoGC,
    document: Option<&Document>,
    selector: String,
    kind: TargetKind,
) -> Result<TargetId, StartError> {
    let document = document
        .filter(|document| document.is_fully_active())
        .ok_or(StartError::NoDocument)?;
    let element = document
        .upcast::<Node>()
        .query_selector(no_gc, DOMString::from(selector))
        .map_err(|_| StartError::InvalidSelector)?
        .ok_or(StartError::NoMatch)?;
    Ok(ensure_target(no_gc, &element, kind)?)
}

/// <https://html.spec.whatwg.org/multipage/#structuredserializeforstorage>
///
/// Throws for targets and video frames, as their serialization steps do when *forStorage* is true.
pub(crate) fn serialize_for_storage(
    cx: &mut JSContext,
    value: HandleValue,
) -> Fallible<StructuredSerializedData> {
    let data = structuredclone::write(cx, value, None)?;
    if data.capture_targets.is_some() {
        return Err(Error::DataClone(Some(
            "A capture target cannot be stored".into(),
        )));
    }
    if data.video_frames.is_some() {
        return Err(Error::DataClone(Some(
            "A video frame cannot be stored".into(),
        )));
    }
    Ok(data)
}

/// Where a structured clone keeps both kinds of target.
fn serialized_storage<'a>(data: StructuredData<'a, '_>) -> &'a mut Option<SerializedTargets> {
    match data {
        StructuredData::Reader(reader) => &mut reader.capture_targets,
        StructuredData::Writer(writer) => &mut writer.capture_targets,
    }
}
