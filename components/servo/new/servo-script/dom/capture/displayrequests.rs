/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The calls of `getDisplayMedia()` that wait for an answer: first for that of the documents that
//! contain the one that calls, which may not let it capture, and then for the embedder's.
//!
//! They belong to the document. When it goes, they go, nothing is left of their promises, and the
//! embedder is told that it need not ask the user any more.

use std::cell::Cell;

use embedder_traits::{
    DisplayCaptureGrant, DisplayCaptureOptions, DisplayCaptureRequestId, EmbedderMsg,
};
use js::context::JSContext;
use paint_api::capture::TrackHandle;
use script_bindings::cell::DomRefCell;
use script_bindings::root::{Dom, DomRoot};
use serde::{Deserialize, Serialize};
use servo_base::generic_channel::{GenericCallback, SendError};
use subcapture_dom::TrackConstraints;

use crate::dom::bindings::inheritance::Castable;
use crate::dom::capture::capturecontroller::CaptureController;
use crate::dom::capture::displaymedia::{Grant, finish};
use crate::dom::capture::displaypolicy;
use crate::dom::document::Document;
use crate::dom::globalscope::GlobalScope;
use crate::dom::promise::{RootedPromise, TracedPromise};
use crate::dom::window::Window;
use crate::event_loop::script_thread::ScriptThread;

/// The calls of one document that wait.
#[derive(Default, JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(super) struct DisplayRequests {
    next_number: Cell<u64>,
    pending: DomRefCell<Vec<NumberedRequest>>,
}

#[derive(JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
struct NumberedRequest {
    number: u64,
    /// Whether the embedder was asked.
    is_asked: Cell<bool>,
    request: PendingRequest,
}

/// A call that waits.
#[derive(JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(super) struct PendingRequest {
    controller: Option<Dom<CaptureController>>,
    #[no_trace]
    #[ignore_malloc_size_of = "Defined in subcapture-dom, small"]
    constraints: TrackConstraints,
    promise: TracedPromise,
}

impl PendingRequest {
    pub(super) fn new(
        controller: Option<&CaptureController>,
        constraints: TrackConstraints,
        promise: &RootedPromise,
    ) -> Self {
        Self {
            controller: controller.map(Dom::from_ref),
            constraints,
            promise: promise.to_traced(),
        }
    }

    fn finish(self, cx: &mut JSContext, window: &Window, grant: Option<Grant>) {
        let promise = self.promise.root(cx);
        let controller = self.controller.map(|controller| DomRoot::from_ref(&*controller));
        finish(
            cx,
            window,
            controller.as_deref(),
            self.constraints,
            &promise,
            grant,
        );
    }
}

impl DisplayRequests {
    /// See whether the document may ask at all, and ask.
    pub(super) fn begin(
        &self,
        cx: &mut JSContext,
        window: &Window,
        question: DisplayCaptureOptions,
        request: PendingRequest,
    ) {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        let origin = question.origin.clone();
        let answer = callback(
            window,
            |is_allowed| is_allowed,
            move |cx, document, is_allowed: Option<bool>| {
                let requests = document.capture().requests();
                if is_allowed == Some(true) {
                    requests.ask_embedder(cx, document.window(), number, question.clone());
                } else {
                    requests.settle(cx, document.window(), number, None);
                }
            },
        );
        // The process has no means left to be answered by. It cannot go on for long.
        let Ok(answer) = answer else {
            return request.finish(cx, window, None);
        };
        self.pending
            .safe_borrow_mut(cx.no_gc())
            .push(NumberedRequest {
                number,
                is_asked: Cell::default(),
                request,
            });
        displaypolicy::ask(window, origin, answer);
    }

    fn ask_embedder(
        &self,
        cx: &mut JSContext,
        window: &Window,
        number: u64,
        question: DisplayCaptureOptions,
    ) {
        let paint_api = window.paint_api().clone();
        let answer = callback(
            window,
            // From here on the grant ends with whoever has it, if nobody takes it over.
            move |grant: Option<DisplayCaptureGrant>| {
                grant.map(|grant| Grant {
                    handle: TrackHandle::new(grant.webview_id, grant.key, paint_api.clone()),
                    size: grant.size,
                })
            },
            move |cx, document, grant| {
                document
                    .capture()
                    .requests()
                    .settle(cx, document.window(), number, grant.flatten());
            },
        );
        let Ok(answer) = answer else {
            return self.settle(cx, window, number, None);
        };
        let pending = self.pending.borrow();
        let Some(pending) = pending.iter().find(|pending| pending.number == number) else {
            return;
        };
        pending.is_asked.set(true);
        window.send_to_embedder(EmbedderMsg::RequestDisplayCapture(
            window.webview_id(),
            request_id(window, number),
            question,
            answer,
        ));
    }

    fn settle(&self, cx: &mut JSContext, window: &Window, number: u64, grant: Option<Grant>) {
        let request = {
            let mut pending = self.pending.safe_borrow_mut(cx.no_gc());
            let index = pending.iter().position(|pending| pending.number == number);
            index.map(|index| pending.remove(index).request)
        };
        if let Some(request) = request {
            request.finish(cx, window, grant);
        }
    }

    /// The document will not be there.
    pub(super) fn withdraw_all(&self, cx: &mut JSContext, window: &Window) {
        let pending = std::mem::take(&mut *self.pending.safe_borrow_mut(cx.no_gc()));
        for pending in pending {
            if pending.is_asked.get() {
                window.send_to_embedder(EmbedderMsg::WithdrawDisplayCaptureRequest(
                    window.webview_id(),
                    request_id(window, pending.number),
                ));
            }
        }
    }
}

fn request_id(window: &Window, number: u64) -> DisplayCaptureRequestId {
    DisplayCaptureRequestId {
        pipeline_id: window.pipeline_id(),
        number,
    }
}

/// A callback that prepares the first answer on whatever thread it comes, and takes it to a task
/// of the document. There is no answer if there was one that cannot be read.
fn callback<R, A>(
    window: &Window,
    mut prepare: impl FnMut(R) -> A + Send + 'static,
    task: impl FnOnce(&mut JSContext, &Document, Option<A>) + Send + 'static,
) -> Result<GenericCallback<R>, SendError>
where
    R: for<'de> Deserialize<'de> + Serialize + Send + 'static,
    A: Send + 'static,
{
    let pipeline_id = window.pipeline_id();
    let task_source = window
        .upcast::<GlobalScope>()
        .task_manager()
        .user_interaction_task_source()
        .to_sendable();
    let mut task = Some(task);
    GenericCallback::new(move |answer: Result<R, SendError>| {
        if let Some(task) = task.take() {
            let answer = answer.ok().map(&mut prepare);
            task_source.queue(task!(handle_display_capture_answer: move |cx| {
                if let Some(document) = ScriptThread::find_document(pipeline_id) {
                    task(cx, &document, answer);
                }
            }));
        }
    })
}
