/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Making targets known to `Paint` before script gets them.
//!
//! A promise of `fromElement()` goes through two queues of the document that called it. First it
//! waits for the rendering update that sends a display list with the record of the element, if
//! one is due. Then `Paint` is told of the target, on the same channel, and acknowledges it: what
//! was sent before, the display list included, has arrived by then. Both queues belong to the
//! document, so that a promise ends with the document that waits for it and not before.

use std::cell::Cell;
use std::collections::VecDeque;

use js::context::JSContext;
use paint_api::capture::CaptureMessage;
use script_bindings::cell::DomRefCell;
use script_bindings::error::Error;
use script_bindings::inheritance::Castable;
use script_bindings::root::Dom;
use servo_base::generic_channel::{GenericCallback, SendError};
use subcapture_api::TargetId;

use crate::dom::bindings::refcounted::Trusted;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::croptarget::CropTarget;
use crate::dom::capture::restrictiontarget::RestrictionTarget;
use crate::dom::document::{Document, RenderingUpdateReason};
use crate::dom::element::Element;
use crate::dom::node::{Node, NodeTraits};
use crate::dom::promise::{RootedPromise, TracedPromise};
use crate::event_loop::document_collection::DocumentCollection;

/// How many targets may wait for their acknowledgement at a time. Each takes a file descriptor of
/// both processes while it waits.
const MAX_UNACKNOWLEDGED: usize = 64;

#[derive(Default, JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(super) struct Propagation {
    /// Targets whose record is not on its way to `Paint` yet.
    unrendered: DomRefCell<Vec<PendingTarget>>,
    /// Targets that `Paint` has yet to acknowledge, in the order in which it is told of them.
    unacknowledged: DomRefCell<VecDeque<PendingTarget>>,
    /// How many targets at the front of `unacknowledged` `Paint` was told of.
    in_flight: Cell<usize>,
}

#[derive(JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
struct PendingTarget {
    #[ignore_malloc_size_of = "Defined in subcapture-api, without heap allocations"]
    #[no_trace]
    target: TargetId,
    element: Dom<Element>,
    promise: TracedPromise,
}

impl PendingTarget {
    /// Whether a rendering update has yet to send a display list with the record of the element.
    fn awaits_display_list(&self) -> bool {
        let document = self.element.owner_document();
        self.element.upcast::<Node>().is_connected() &&
            document.is_fully_active() &&
            document.window().layout().needs_new_display_list()
    }
}

impl Propagation {
    /// Resolve a promise with a target of an element once `Paint` knows of it.
    pub(super) fn begin(
        &self,
        cx: &mut JSContext,
        document: &Document,
        element: &Element,
        target: TargetId,
        promise: &RootedPromise,
    ) {
        let pending = PendingTarget {
            target,
            element: Dom::from_ref(element),
            promise: promise.to_traced(),
        };
        if pending.awaits_display_list() {
            self.unrendered.safe_borrow_mut(cx.no_gc()).push(pending);
            document.add_rendering_update_reason(RenderingUpdateReason::CaptureTargetMinted);
        } else {
            self.unacknowledged
                .safe_borrow_mut(cx.no_gc())
                .push_back(pending);
            self.send_next(cx, document);
        }
    }

    /// The rendering of every document of this event loop was updated, where it can be. A document
    /// that waits for its canvases was left out: its display list comes with a later update.
    fn notify_rendering_updated(&self, cx: &mut JSContext, document: &Document) {
        let pending = std::mem::take(&mut *self.unrendered.safe_borrow_mut(cx.no_gc()));
        let (left_out, rendered): (Vec<_>, Vec<_>) = pending.into_iter().partition(|pending| {
            let owner = pending.element.owner_document();
            owner.waiting_on_canvas_image_updates() && pending.awaits_display_list()
        });
        if !left_out.is_empty() {
            document.add_rendering_update_reason(RenderingUpdateReason::CaptureTargetMinted);
            *self.unrendered.safe_borrow_mut(cx.no_gc()) = left_out;
        }
        self.unacknowledged
            .safe_borrow_mut(cx.no_gc())
            .extend(rendered);
        self.send_next(cx, document);
    }

    /// Tell `Paint` of the targets that are next, if it has acknowledged those before.
    fn send_next(&self, cx: &mut JSContext, document: &Document) {
        if self.in_flight.get() != 0 || self.unacknowledged.borrow().is_empty() {
            return;
        }
        let Ok(acknowledge) = acknowledgement_callback(document) else {
            self.reject_all(cx);
            return;
        };
        let unacknowledged = self.unacknowledged.borrow();
        for pending in unacknowledged.iter().take(MAX_UNACKNOWLEDGED) {
            let owner = pending.element.owner_document();
            let window = owner.window();
            window.paint_api().send_capture_message(
                window.webview_id(),
                CaptureMessage::TargetMinted {
                    pipeline_id: window.pipeline_id(),
                    target: pending.target,
                    // Nothing to wait for: the display list is ahead of this message.
                    acknowledge: acknowledge.clone(),
                },
            );
            self.in_flight.set(self.in_flight.get() + 1);
        }
    }

    /// `Paint` knows of the first target that it was told of and had not acknowledged before.
    fn notify_acknowledged(&self, cx: &mut JSContext, document: &Document) {
        let Some(pending) = self
            .unacknowledged
            .safe_borrow_mut(cx.no_gc())
            .pop_front()
            .map(|pending| (pending.target, pending.promise.root(cx)))
        else {
            return;
        };
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        self.send_next(cx, document);

        let (target, promise) = pending;
        let global = promise.global();
        match target {
            TargetId::Crop(id) => {
                let target = CropTarget::new(cx, &global, id);
                promise.resolve_native(cx, &target);
            },
            TargetId::Restriction(id) => {
                let target = RestrictionTarget::new(cx, &global, id);
                promise.resolve_native(cx, &target);
            },
        }
    }

    /// `Paint` cannot be told of any more targets.
    fn reject_all(&self, cx: &mut JSContext) {
        let promises: Vec<_> = self
            .unacknowledged
            .safe_borrow_mut(cx.no_gc())
            .drain(..)
            .map(|pending| pending.promise.root(cx))
            .collect();
        for promise in promises {
            promise.reject_error(cx, Error::Operation(None));
        }
    }
}

/// A callback for [`Propagation::notify_acknowledged`].
fn acknowledgement_callback(document: &Document) -> Result<GenericCallback<()>, SendError> {
    let trusted_document = Trusted::new(document);
    let task_source = document
        .owner_global()
        .task_manager()
        .dom_manipulation_task_source()
        .to_sendable();
    GenericCallback::new(move |_| {
        let trusted_document = trusted_document.clone();
        task_source.queue(task!(acknowledge_capture_target: move |cx| {
            let document = trusted_document.root();
            document.capture().propagation().notify_acknowledged(cx, &document);
        }));
    })
}

/// To be called after each rendering update of an event loop.
pub(crate) fn notify_rendering_updated(
    cx: &mut JSContext,
    documents: &DomRefCell<DocumentCollection>,
) {
    let waiting: Vec<_> = documents
        .borrow()
        .iter()
        .map(|(_, document)| document)
        .filter(|document| {
            let propagation = document.capture().propagation();
            !propagation.unrendered.borrow().is_empty()
        })
        .collect();
    for document in waiting {
        let propagation = document.capture().propagation();
        propagation.notify_rendering_updated(cx, &document);
    }
}
