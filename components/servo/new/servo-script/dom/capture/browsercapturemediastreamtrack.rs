/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use dom_struct::dom_struct;
use embedder_traits::DisplayCaptureGrant;
use js::context::JSContext;
use js::realm::CurrentRealm;
use script_bindings::cell::DomRefCell;
use script_bindings::error::Error;
use script_bindings::reflector::reflect_weak_referenceable_dom_object;
use script_bindings::root::DomRoot;
use script_bindings::str::DOMString;
use servo_base::generic_channel::SendError;
use servo_base::id::WebViewId;
use servo_media::streams::MediaStreamType;
use subcapture_api::{Ineligible, TrackCommand, TrackEvent};
use subcapture_dom::{
    CallError, CaptureTrack, CapturedSurface, Property, Settings, SurfaceCapabilities, TrackCall,
    TrackConstraints, TrackEffect, select_settings,
};
use webrender_api::units::DeviceIntSize;

use crate::dom::bindings::codegen::Bindings::BrowserCaptureMediaStreamTrackBinding::BrowserCaptureMediaStreamTrackMethods;
use crate::dom::bindings::codegen::Bindings::WindowBinding::WindowMethods;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::documenttracks::TrackNumber;
use crate::dom::capture::tracksession::TrackSession;
use crate::dom::capture::tracksource::TrackSource;
use crate::dom::console::Console;
use crate::dom::croptarget::CropTarget;
use crate::dom::document::Document;
use crate::dom::mediastreamtrack::MediaStreamTrack;
use crate::dom::promise::{Promise, RootedPromise, TracedPromise};
use crate::dom::restrictiontarget::RestrictionTarget;
use crate::dom::window::Window;

/// How many frames a second a webview has at most.
const MAX_FRAME_RATE: f64 = 60.;

/// <https://w3c.github.io/mediacapture-region/#browsercapturemediastreamtrack>
#[dom_struct]
pub(crate) struct BrowserCaptureMediaStreamTrack {
    track: MediaStreamTrack,
    #[no_trace]
    #[ignore_malloc_size_of = "A number"]
    number: TrackNumber,
    #[no_trace]
    #[ignore_malloc_size_of = "Defined in subcapture-dom, small"]
    state: RefCell<CaptureTrack<u64>>,
    /// Numbers the calls of this track.
    next_call: Cell<u64>,
    /// The promises of calls that the state has not settled.
    pending_calls: DomRefCell<Vec<PendingCall>>,
    /// `None` when the track has ended.
    #[no_trace]
    #[ignore_malloc_size_of = "Messages only"]
    session: RefCell<Option<TrackSession>>,
    #[no_trace]
    #[ignore_malloc_size_of = "Shared with the thread that paints"]
    source: Arc<TrackSource>,
    /// What the constraints have come to.
    #[no_trace]
    #[ignore_malloc_size_of = "Numbers"]
    settings: Cell<Settings>,
}

#[derive(JSTraceable, MallocSizeOf)]
#[cfg_attr(crown, crown::unrooted_must_root_lint::must_root)]
struct PendingCall {
    call: u64,
    promise: TracedPromise,
}

impl BrowserCaptureMediaStreamTrack {
    /// Take over what was granted: the track of a new capture.
    pub(super) fn new(
        cx: &mut JSContext,
        window: &Window,
        grant: &DisplayCaptureGrant,
        label: DOMString,
    ) -> Result<DomRoot<Self>, SendError> {
        let surface = if grant.webview_id == window.webview_id() {
            CapturedSurface::OwnWebView
        } else {
            CapturedSurface::OtherWebView
        };
        let number = window.Document().capture().tracks().next_number();
        let source = Arc::new(TrackSource::new(grant.size));
        let session =
            TrackSession::attach(window, grant.webview_id, grant.key, number, source.clone())?;
        let track = Self::new_live(cx, window, surface, number, session, source);
        track.track.set_label(label);
        Ok(track)
    }

    fn new_live(
        cx: &mut JSContext,
        window: &Window,
        surface: CapturedSurface,
        number: TrackNumber,
        session: TrackSession,
        source: Arc<TrackSource>,
    ) -> DomRoot<Self> {
        let state = CaptureTrack::new(surface);
        let track = Self::new_inherited(state, number, Some(session), source);
        let track = reflect_weak_referenceable_dom_object(cx, Rc::new(track), window);
        let document = window.Document();
        document
            .capture()
            .tracks()
            .add(cx.no_gc(), number, &track);
        track
    }

    fn new_ended(cx: &mut JSContext, window: &Window, surface: CapturedSurface) -> DomRoot<Self> {
        let number = window.Document().capture().tracks().next_number();
        let source = Arc::new(TrackSource::new(DeviceIntSize::new(1, 1)));
        source.end();
        let track = Self::new_inherited(CaptureTrack::ended(surface), number, None, source);
        track.track.set_ended();
        reflect_weak_referenceable_dom_object(cx, Rc::new(track), window)
    }

    fn new_inherited(
        state: CaptureTrack<u64>,
        number: TrackNumber,
        session: Option<TrackSession>,
        source: Arc<TrackSource>,
    ) -> Self {
        Self {
            track: MediaStreamTrack::new_inherited(source.id(), MediaStreamType::Video),
            number,
            state: RefCell::new(state),
            next_call: Cell::default(),
            pending_calls: DomRefCell::default(),
            session: RefCell::new(session),
            source,
            settings: Cell::default(),
        }
    }

    /// <https://w3c.github.io/mediacapture-main/#track-clone>, and the clone steps of Region
    /// Capture: the clone captures the whole surface, whatever this track was cropped or
    /// restricted to.
    pub(super) fn clone_track(&self, cx: &mut JSContext) -> DomRoot<Self> {
        let global = self.global();
        let window = global.as_window();
        let surface = self.state.borrow().surface();
        let number = window.Document().capture().tracks().next_number();
        let source = Arc::new(TrackSource::new(self.source.full_size()));
        // Before the first frame can come.
        source.set_enabled(self.track.enabled());
        let session = self
            .session
            .borrow()
            .as_ref()
            .and_then(|session| session.clone_for(window, number, source.clone()).ok());
        let clone = match session {
            Some(session) => Self::new_live(cx, window, surface, number, session, source),
            // Of an ended track, or there are no random bits: fail closed.
            None => Self::new_ended(cx, window, surface),
        };
        clone.track.copy_properties(&self.track);
        clone.apply(self.settings.get());
        clone
    }

    /// Whether script may still hear something of this track that nobody has a reference to.
    pub(super) fn is_awaited(&self) -> bool {
        let state = self.state.borrow();
        state.is_live() && (state.is_waiting() || self.track.has_event_listeners())
    }

    /// The WebView that is captured, if the track has not ended.
    pub(super) fn captured_webview(&self) -> Option<WebViewId> {
        self.session.borrow().as_ref().map(TrackSession::webview_id)
    }

    pub(super) fn source(&self) -> &TrackSource {
        &self.source
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings.get()
    }

    pub(super) fn surface_capabilities(&self) -> SurfaceCapabilities {
        SurfaceCapabilities {
            size: self.source.full_size(),
            max_frame_rate: MAX_FRAME_RATE,
        }
    }

    /// <https://w3c.github.io/mediacapture-main/#dfn-applyconstraints-algorithm>
    ///
    /// Gives the constraint back that cannot be satisfied.
    pub(super) fn apply_constraints(&self, constraints: &TrackConstraints) -> Result<(), Property> {
        let settings = select_settings(constraints, &self.surface_capabilities())?;
        self.apply(settings);
        Ok(())
    }

    fn apply(&self, settings: Settings) {
        let before = self.settings.replace(settings);
        if before.limits == settings.limits {
            return;
        }
        self.source.set_max_size(settings.limits.max_size);
        if let Some(session) = &*self.session.borrow() {
            session.command(TrackCommand::Limit(settings.limits));
        }
    }

    /// `cropTo()` and `restrictTo()`. Nothing about the track changes unless the promise is
    /// resolved.
    fn call(&self, cx: &mut CurrentRealm, call: TrackCall) -> RootedPromise {
        let promise = Promise::new_in_realm(cx);
        let number = self.next_call.get();
        self.next_call.set(number + 1);

        let command = self.state.borrow_mut().call(call, number);
        match command {
            Ok(command) => {
                self.pending_calls
                    .safe_borrow_mut(cx.no_gc())
                    .push(PendingCall {
                        call: number,
                        promise: promise.to_traced(),
                    });
                if let Some(session) = &*self.session.borrow() {
                    session.command(command);
                }
            },
            Err((error, _)) => promise.reject_error(cx, to_dom_error(error)),
        }
        promise
    }

    /// The session has something to say.
    pub(super) fn handle_event(&self, cx: &mut JSContext, event: TrackEvent) {
        let effects = self.state.borrow_mut().handle(event);
        self.perform(cx, effects);
    }

    /// End the track, without an event that tells of it.
    pub(crate) fn end(&self, cx: &mut JSContext) {
        let effects = self.state.borrow_mut().end();
        self.close(cx);
        self.perform(cx, effects);
    }

    /// Nothing is heard of the session any more.
    fn close(&self, cx: &mut JSContext) {
        self.track.set_ended();
        self.source.end();
        // Dropping it stops it.
        let session = self.session.take();
        drop(session);
        self.document()
            .capture()
            .tracks()
            .remove(cx.no_gc(), self.number);
    }

    /// Carry out effects in order. Each may run script, which may do anything.
    fn perform(&self, cx: &mut JSContext, effects: Vec<TrackEffect<u64>>) {
        if effects.contains(&TrackEffect::End) {
            // Whoever hears of the end in any way finds the track ended.
            self.close(cx);
        }
        for effect in effects {
            match effect {
                TrackEffect::Settle(call, result) => self.settle(cx, call, result),
                TrackEffect::SetMuted(muted) => self.track.set_muted(cx, muted),
                TrackEffect::Explain(rule) => self.explain(cx, rule),
                TrackEffect::End => self.track.fire_ended(cx),
            }
        }
    }

    fn settle(&self, cx: &mut JSContext, call: u64, result: Result<(), CallError>) {
        let promise = {
            let mut pending = self.pending_calls.safe_borrow_mut(cx.no_gc());
            let index = pending.iter().position(|pending| pending.call == call);
            index.map(|index| pending.remove(index).promise.root(cx))
        };
        let Some(promise) = promise else {
            return;
        };
        match result {
            Ok(()) => promise.resolve_native(cx, &()),
            Err(error) => promise.reject_error(cx, to_dom_error(error)),
        }
    }

    fn explain(&self, cx: &mut JSContext, rule: Ineligible) {
        let message = format!(
            "A track that is restricted to an element has no frames, because {rule}. \
             CSS that may help: {}",
            rule.remedy()
        );
        Console::internal_warn(cx, &self.global(), message);
    }

    fn document(&self) -> DomRoot<Document> {
        self.global().as_window().Document()
    }
}

impl BrowserCaptureMediaStreamTrackMethods<crate::DomTypeHolder>
    for BrowserCaptureMediaStreamTrack
{
    /// <https://w3c.github.io/mediacapture-region/#dom-browsercapturemediastreamtrack-cropto>
    fn CropTo(&self, cx: &mut CurrentRealm, crop_target: Option<&CropTarget>) -> RootedPromise {
        self.call(cx, TrackCall::CropTo(crop_target.map(CropTarget::id)))
    }

    /// <https://screen-share.github.io/element-capture/#dom-browsercapturemediastreamtrack-restrictto>
    fn RestrictTo(
        &self,
        cx: &mut CurrentRealm,
        restriction_target: Option<&RestrictionTarget>,
    ) -> RootedPromise {
        let target = restriction_target.map(RestrictionTarget::id);
        self.call(cx, TrackCall::RestrictTo(target))
    }

    /// <https://w3c.github.io/mediacapture-region/#dom-browsercapturemediastreamtrack-clone>
    fn Clone(&self, cx: &mut JSContext) -> DomRoot<BrowserCaptureMediaStreamTrack> {
        self.clone_track(cx)
    }
}

fn to_dom_error(error: CallError) -> Error {
    let message = Some(error.to_string());
    match error {
        CallError::Ended => Error::InvalidState(message),
        CallError::NotRestrictable => Error::NotSupported(message),
        _ => Error::NotAllowed(message),
    }
}
