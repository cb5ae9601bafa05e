/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use dom_struct::dom_struct;
use js::context::JSContext;
use js::realm::CurrentRealm;
use paint_api::capture::TrackHandle;
use script_bindings::cell::DomRefCell;
use script_bindings::error::Error;
use script_bindings::reflector::reflect_weak_referenceable_dom_object;
use script_bindings::root::DomRoot;
use script_bindings::str::DOMString;
use servo_base::generic_channel::SendError;
use servo_base::id::WebViewId;
use servo_constellation_traits::TransferableTrack;
use servo_media::streams::MediaStreamType;
use subcapture_api::{FrameLimits, Ineligible, MintError, TrackCommand, TrackEvent};
use subcapture_dom::{
    CallError, CaptureTrack, CapturedSurface, Property, Settings, SurfaceCapabilities, TrackCall,
    TrackConstraints, TrackEffect, select_settings,
};
use webrender_api::units::DeviceIntSize;

use crate::dom::bindings::codegen::Bindings::BrowserCaptureMediaStreamTrackBinding::BrowserCaptureMediaStreamTrackMethods;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::displaymedia::Grant;
use crate::dom::capture::livetracks::{LiveTracks, TrackNumber};
use crate::dom::capture::trackglobal::TrackGlobal;
use crate::dom::capture::tracksession::TrackSession;
use crate::dom::capture::tracksource::TrackSource;
use crate::dom::console::Console;
use crate::dom::croptarget::CropTarget;
use crate::dom::globalscope::GlobalScope;
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
    /// Whether another track has what this one had.
    is_detached: Cell<bool>,
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
        grant: Grant,
        settings: Settings,
        label: DOMString,
    ) -> Result<DomRoot<Self>, SendError> {
        let global = TrackGlobal::Window(window);
        let surface = captured_surface(global, &grant.handle);
        let number = global.with_tracks(LiveTracks::next_number);
        let source = Arc::new(TrackSource::new(grant.size, settings.limits));
        let session = TrackSession::attach(
            global,
            grant.handle,
            settings.limits,
            number,
            source.clone(),
        )?;
        let state = CaptureTrack::new(surface);
        let track = Self::new_live(cx, global, state, number, session, source, settings);
        track.track.set_label(label);
        Ok(track)
    }

    fn new_live(
        cx: &mut JSContext,
        global: TrackGlobal<'_>,
        state: CaptureTrack<u64>,
        number: TrackNumber,
        session: TrackSession,
        source: Arc<TrackSource>,
        settings: Settings,
    ) -> DomRoot<Self> {
        let track = Self::new_inherited(state, number, Some(session), source, settings);
        let track = reflect_weak_referenceable_dom_object(cx, Rc::new(track), global.upcast());
        global.with_tracks(|tracks| tracks.add(cx.no_gc(), number, &track));
        track
    }

    fn new_ended(
        cx: &mut JSContext,
        global: TrackGlobal<'_>,
        surface: CapturedSurface,
    ) -> DomRoot<Self> {
        let number = global.with_tracks(LiveTracks::next_number);
        let source = Arc::new(TrackSource::new(
            DeviceIntSize::new(1, 1),
            FrameLimits::default(),
        ));
        source.end();
        let state = CaptureTrack::ended(surface);
        let track = Self::new_inherited(state, number, None, source, Settings::default());
        track.track.set_ended();
        reflect_weak_referenceable_dom_object(cx, Rc::new(track), global.upcast())
    }

    fn new_inherited(
        state: CaptureTrack<u64>,
        number: TrackNumber,
        session: Option<TrackSession>,
        source: Arc<TrackSource>,
        settings: Settings,
    ) -> Self {
        Self {
            track: MediaStreamTrack::new_inherited(source.id(), MediaStreamType::Video),
            number,
            state: RefCell::new(state),
            next_call: Cell::default(),
            pending_calls: DomRefCell::default(),
            session: RefCell::new(session),
            source,
            settings: Cell::new(settings),
            is_detached: Cell::default(),
        }
    }

    /// <https://w3c.github.io/mediacapture-main/#track-clone>, and the clone steps of Region
    /// Capture: the clone captures the whole surface, whatever this track was cropped or
    /// restricted to.
    pub(super) fn clone_track(&self, cx: &mut JSContext) -> DomRoot<Self> {
        let owner = self.global();
        let global = track_global(&owner);
        let surface = self.state.borrow().surface();
        let number = global.with_tracks(LiveTracks::next_number);
        let settings = self.settings.get();
        let limits = settings.limits;
        let source = Arc::new(TrackSource::new(self.source.full_size(), limits));
        // Before the first frame can come.
        source.set_enabled(self.track.enabled());
        let session = self.session.borrow().as_ref().and_then(|session| {
            session
                .clone_for(global, limits, number, source.clone())
                .ok()
        });
        let clone = match session {
            Some(session) => {
                let state = CaptureTrack::new(surface);
                Self::new_live(cx, global, state, number, session, source, settings)
            },
            // Of an ended track, or there are no random bits: fail closed.
            None => Self::new_ended(cx, global, surface),
        };
        clone.track.copy_properties(&self.track);
        clone
    }

    /// <https://w3c.github.io/mediacapture-extensions/#transferable-mediastreamtrack>, the slot
    /// `[[IsDetached]]`.
    pub(super) fn is_detached(&self) -> bool {
        self.is_detached.get()
    }

    /// End the track, without an event that tells of it, and give what it had.
    pub(super) fn detach(&self, cx: &mut JSContext) -> Result<TransferableTrack, MintError> {
        let handle = match &*self.session.borrow() {
            Some(session) => Some(session.detach()?),
            None => None,
        };
        let properties = &self.track;
        let data = TransferableTrack {
            handle,
            id: properties.shown_id().into(),
            label: properties.label().into(),
            enabled: properties.enabled(),
            muted: properties.muted(),
            content_hint: properties.content_hint().into(),
            constraints: properties.track_constraints(),
            settings: self.settings.get(),
            full_size: self.source.full_size(),
        };
        self.is_detached.set(true);
        self.state.borrow_mut().transfer();
        self.close(cx);
        Ok(data)
    }

    /// The track that takes over what another one had.
    pub(super) fn receive(
        cx: &mut JSContext,
        global: TrackGlobal<'_>,
        data: TransferableTrack,
    ) -> Result<DomRoot<Self>, SendError> {
        let track = match data.handle {
            Some(handle) => {
                let state = CaptureTrack::received(captured_surface(global, &handle), data.muted);
                let number = global.with_tracks(LiveTracks::next_number);
                let limits = data.settings.limits;
                let source = Arc::new(TrackSource::new(data.full_size, limits));
                source.set_enabled(data.enabled);
                let session = TrackSession::attach(global, handle, limits, number, source.clone())?;
                Self::new_live(cx, global, state, number, session, source, data.settings)
            },
            // What it captured makes no difference any more.
            None => Self::new_ended(cx, global, CapturedSurface::OtherWebView),
        };
        let properties = &track.track;
        properties.set_shown_id(data.id.into());
        properties.set_label(data.label.into());
        properties.init_state(data.enabled, data.muted);
        properties.set_content_hint(data.content_hint.into());
        properties.set_constraints(data.constraints);
        Ok(track)
    }

    /// Whether script may still hear something of this track that nobody has a reference to.
    pub(super) fn is_awaited(&self) -> bool {
        let state = self.state.borrow();
        state.is_waiting() || (state.is_live() && self.track.has_event_listeners())
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
        surface_capabilities(self.source.full_size())
    }

    /// <https://w3c.github.io/mediacapture-main/#dfn-applyconstraints-algorithm>
    ///
    /// The promise is resolved when no frame can follow that the constraints do not allow. Gives
    /// the constraint back that cannot be satisfied.
    pub(super) fn apply_constraints(
        &self,
        cx: &mut JSContext,
        constraints: &TrackConstraints,
        promise: &RootedPromise,
    ) -> Result<(), Property> {
        let settings = select_settings(constraints, &self.surface_capabilities())?;
        self.settings.set(settings);
        self.source.set_limits(settings.limits);
        let number = self.next_call_number();
        let command = self.state.borrow_mut().limit(settings.limits, number);
        match command {
            Ok(command) => self.send(cx, number, command, promise),
            Err(_) => promise.resolve_native(cx, &()),
        }
        Ok(())
    }

    fn next_call_number(&self) -> u64 {
        let number = self.next_call.get();
        self.next_call.set(number + 1);
        number
    }

    /// Send the command of a call, whose promise waits for the answer.
    fn send(&self, cx: &mut JSContext, call: u64, command: TrackCommand, promise: &RootedPromise) {
        self.pending_calls
            .safe_borrow_mut(cx.no_gc())
            .push(PendingCall {
                call,
                promise: promise.to_traced(),
            });
        if let Some(session) = &*self.session.borrow() {
            session.command(command);
        }
    }

    /// `cropTo()` and `restrictTo()`. Nothing about the track changes unless the promise is
    /// resolved.
    fn call(&self, cx: &mut CurrentRealm, call: TrackCall) -> RootedPromise {
        let promise = Promise::new_in_realm(cx);
        let number = self.next_call_number();
        let command = self.state.borrow_mut().call(call, number);
        match command {
            Ok(command) => self.send(cx, number, command, &promise),
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

    /// Have no session any more. If calls still wait for its answers, they are heard.
    fn close(&self, cx: &mut JSContext) {
        self.track.set_ended();
        self.source.end();
        // Dropping it stops it.
        let session = self.session.take();
        drop(session);
        if !self.state.borrow().is_waiting() {
            track_global(&self.global()).with_tracks(|tracks| {
                tracks.remove(cx.no_gc(), self.number);
            });
        }
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
}

/// What a surface of this size can give.
pub(super) fn surface_capabilities(size: DeviceIntSize) -> SurfaceCapabilities {
    SurfaceCapabilities {
        size,
        max_frame_rate: MAX_FRAME_RATE,
    }
}

fn captured_surface(global: TrackGlobal<'_>, handle: &TrackHandle) -> CapturedSurface {
    if handle.webview_id() == global.webview_id() {
        CapturedSurface::OwnWebView
    } else {
        CapturedSurface::OtherWebView
    }
}

fn track_global(global: &GlobalScope) -> TrackGlobal<'_> {
    TrackGlobal::of(global).expect("a track is made in no other global object")
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
