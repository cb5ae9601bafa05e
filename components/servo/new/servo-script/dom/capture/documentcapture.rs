/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a [`Document`] knows about sub-tab capture.

use std::cell::{Ref, RefCell};

use http::HeaderMap;
use js::context::{JSContext, NoGC};
use layout_api::{CaptureReflowRequest, QueryMsg, ReflowGoal};
use rustc_hash::FxHashSet;
use script_bindings::cell::DomRefCell;
use script_bindings::inheritance::Castable;
use script_bindings::root::Dom;
use subcapture_api::RestrictionTargetId;
use subcapture_dom::{DeclaredPolicy, TargetQuota};
use webrender_api::PipelineId as WebRenderPipelineId;

use crate::dom::capture::displayrequests::DisplayRequests;
use crate::dom::capture::livetracks::LiveTracks;
use crate::dom::capture::propagation::Propagation;
use crate::dom::document::Document;
use crate::dom::element::Element;
use crate::dom::media::videoframecallbacks::PresentedVideos;
use crate::dom::node::Node;

/// The part of a [`Document`] that has to do with sub-tab capture.
#[derive(Default, JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
pub(crate) struct DocumentCapture {
    /// The connected elements of this document that have capture targets. That the list holds on
    /// to them makes no difference: so does the tree.
    connected: DomRefCell<FxHashSet<Dom<Element>>>,
    /// How many targets may be minted on the elements of this document.
    #[ignore_malloc_size_of = "Defined in subcapture-dom, of constant size"]
    #[no_trace]
    quota: TargetQuota,
    /// What is being captured of this document and in it.
    #[ignore_malloc_size_of = "Small, and empty without a capture"]
    #[no_trace]
    interest: RefCell<Interest>,
    propagation: Propagation,
    /// What the document declares about capturing displays.
    #[ignore_malloc_size_of = "Defined in subcapture-dom, empty for most documents"]
    #[no_trace]
    declared_policy: RefCell<DeclaredPolicy>,
    tracks: LiveTracks,
    requests: DisplayRequests,
    presented_videos: PresentedVideos,
}

/// What the display lists of a document have to carry beyond the records of its targets.
#[derive(Default)]
struct Interest {
    /// The targets that need a display list of their own, and the pipelines reserved for these.
    layers: Vec<(RestrictionTargetId, WebRenderPipelineId)>,
    /// Whether a document nested in this one is being captured.
    nested: bool,
}

impl DocumentCapture {
    pub(super) fn quota(&self) -> &TargetQuota {
        &self.quota
    }

    /// The promises of `fromElement()` that script of this document is waiting for.
    pub(super) fn propagation(&self) -> &Propagation {
        &self.propagation
    }

    /// Whom this document lets capture displays: itself, and documents in it.
    pub(super) fn declared_policy(&self) -> Ref<'_, DeclaredPolicy> {
        self.declared_policy.borrow()
    }

    /// Take note of the header `Permissions-Policy` of the document.
    pub(crate) fn set_declared_policy(&self, headers: Option<&HeaderMap>) {
        let values = headers.map(|headers| headers.get_all("permissions-policy"));
        let values: Vec<_> = values
            .iter()
            .flatten()
            // One that is no text is no dictionary, nor is what it is part of.
            .map(|value| value.to_str().unwrap_or("\u{fffd}"))
            .collect();
        self.declared_policy
            .replace(DeclaredPolicy::parse(&values.join(", ")));
    }

    /// The tracks of captures that script of this document has started.
    pub(super) fn tracks(&self) -> &LiveTracks {
        &self.tracks
    }

    /// The calls of `getDisplayMedia()` that script of this document is waiting for.
    pub(super) fn requests(&self) -> &DisplayRequests {
        &self.requests
    }

    /// The document will not be there.
    pub(crate) fn handle_unload(&self, cx: &mut JSContext, document: &Document) {
        self.requests.withdraw_all(cx, document.window());
        // https://w3c.github.io/mediacapture-main/#stop-all-sources
        self.tracks.end_all(cx);
    }

    /// The `<video>` elements whose frames script waits for.
    pub(crate) fn presented_videos(&self) -> &PresentedVideos {
        &self.presented_videos
    }

    /// Add a connected element that has targets.
    pub(super) fn add(&self, no_gc: &NoGC, document: &Document, element: &Element) {
        self.connected
            .safe_borrow_mut(no_gc)
            .insert(Dom::from_ref(element));
        require_new_display_list(document);
    }

    /// Remove an element that is no longer connected.
    pub(super) fn remove(&self, no_gc: &NoGC, document: &Document, element: &Element) {
        let removed = self
            .connected
            .safe_borrow_mut(no_gc)
            .remove(&Dom::from_ref(element));
        if removed {
            require_new_display_list(document);
        }
    }

    pub(super) fn set_interest(
        &self,
        document: &Document,
        layers: Vec<(RestrictionTargetId, WebRenderPipelineId)>,
        nested: bool,
    ) {
        self.interest.replace(Interest { layers, nested });
        require_new_display_list(document);
    }

    /// What layout has to tell `Paint` with the display list that a reflow may produce.
    pub(crate) fn reflow_request(
        &self,
        document: &Document,
        goal: &ReflowGoal,
    ) -> CaptureReflowRequest {
        let produces_display_list = match goal {
            ReflowGoal::UpdateTheRendering | ReflowGoal::UpdateScrollNode(..) => true,
            ReflowGoal::LayoutQuery(query) => *query == QueryMsg::NodesFromPointQuery,
        };
        if !produces_display_list {
            return CaptureReflowRequest::default();
        }

        let interest = self.interest.borrow();
        let mut request = CaptureReflowRequest::default();
        for element in self.connected.borrow().iter() {
            let Some(targets) = element.capture_targets() else {
                continue;
            };
            let address = element.upcast::<Node>().to_trusted_node_address();
            request
                .targets
                .extend(targets.iter().map(|target| (address, target)));
            if let Some(id) = targets.restriction() {
                let layers = interest.layers.iter().filter(|(layer, _)| *layer == id);
                request
                    .layers
                    .extend(layers.map(|(_, pipeline)| (address, id, *pipeline)));
            }
        }
        request.nested = interest.nested.then(|| {
            document
                .iframes()
                .iter()
                .filter_map(|iframe| {
                    let address = iframe.upcast::<Node>().to_trusted_node_address();
                    Some((address, iframe.pipeline_id()?))
                })
                .collect()
        });
        request
    }
}

/// Have the next rendering update send a display list, even if nothing else has changed.
fn require_new_display_list(document: &Document) {
    if document.has_browsing_context() && !document.window_detached() {
        document.window().layout().set_needs_new_display_list();
    }
}
