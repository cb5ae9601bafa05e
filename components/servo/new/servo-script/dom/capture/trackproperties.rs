/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a [`MediaStreamTrack`] has and does beyond its stream.

use std::cell::{Cell, RefCell};

use js::context::JSContext;
use js::realm::CurrentRealm;
use script_bindings::cell::DomRefCell;
use script_bindings::inheritance::Castable;
use script_bindings::num::Finite;
use script_bindings::root::DomRoot;
use script_bindings::str::DOMString;
use servo_media::streams::MediaStreamType;
use servo_media::streams::registry::{get_stream, register_stream};
use stylo_atoms::Atom;
use subcapture_dom::{CURSOR, FLOOR_FRAME_RATE, ResizeMode, TrackConstraints};

use crate::dom::bindings::codegen::Bindings::MediaDevicesBinding::{
    DoubleRange, MediaTrackConstraints, ULongRange,
};
use crate::dom::bindings::codegen::Bindings::MediaTrackCapabilitiesBinding::MediaTrackCapabilities;
use crate::dom::bindings::codegen::Bindings::MediaTrackSettingsBinding::MediaTrackSettings;
use crate::dom::bindings::refcounted::{Trusted, TrustedPromise};
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::capture::browsercapturemediastreamtrack::BrowserCaptureMediaStreamTrack;
use crate::dom::capture::constraints::{from_track_constraints, to_track_constraints};
use crate::dom::capture::overconstrainederror::OverconstrainedError;
use crate::dom::eventtarget::EventTarget;
use crate::dom::globalscope::GlobalScope;
use crate::dom::mediastreamtrack::MediaStreamTrack;
use crate::dom::promise::{Promise, RootedPromise};

/// The internal slots of a [`MediaStreamTrack`].
#[derive(JSTraceable, MallocSizeOf)]
pub(crate) struct TrackProperties {
    /// The id of the track that was transferred to become this one.
    transferred_id: DomRefCell<Option<DOMString>>,
    label: DomRefCell<DOMString>,
    enabled: Cell<bool>,
    muted: Cell<bool>,
    ended: Cell<bool>,
    content_hint: DomRefCell<DOMString>,
    #[no_trace]
    #[ignore_malloc_size_of = "Defined in subcapture-dom, small"]
    constraints: RefCell<TrackConstraints>,
}

impl Default for TrackProperties {
    fn default() -> Self {
        Self {
            transferred_id: DomRefCell::default(),
            label: DomRefCell::default(),
            enabled: Cell::new(true),
            muted: Cell::new(false),
            ended: Cell::new(false),
            content_hint: DomRefCell::default(),
            constraints: RefCell::default(),
        }
    }
}

impl MediaStreamTrack {
    /// The id that script sees. A transferred track keeps it, while its stream is another one.
    pub(crate) fn shown_id(&self) -> DOMString {
        let transferred = self.properties().transferred_id.borrow().clone();
        transferred.unwrap_or_else(|| self.id().id().to_string().into())
    }

    pub(super) fn set_shown_id(&self, id: DOMString) {
        *self.properties().transferred_id.borrow_mut() = Some(id);
    }

    /// What a track is like before script has it.
    pub(super) fn init_state(&self, enabled: bool, muted: bool) {
        self.properties().enabled.set(enabled);
        self.properties().muted.set(muted);
    }

    pub(super) fn set_label(&self, label: DOMString) {
        *self.properties().label.borrow_mut() = label;
    }

    pub(crate) fn is_live(&self) -> bool {
        !self.properties().ended.get()
    }

    pub(super) fn set_ended(&self) {
        self.properties().ended.set(true);
    }

    pub(super) fn fire_ended(&self, cx: &mut JSContext) {
        self.upcast::<EventTarget>().fire_event(cx, atom!("ended"));
    }

    /// <https://w3c.github.io/mediacapture-main/#set-track-muted>
    pub(super) fn set_muted(&self, cx: &mut JSContext, muted: bool) {
        if self.properties().muted.replace(muted) == muted {
            return;
        }
        let event = if muted { "mute" } else { "unmute" };
        self.upcast::<EventTarget>()
            .fire_event(cx, Atom::from(event));
    }

    /// Whether script listens to what may happen to the track.
    pub(super) fn has_event_listeners(&self) -> bool {
        let target = self.upcast::<EventTarget>();
        ["ended", "mute", "unmute"]
            .iter()
            .any(|event| target.has_listeners_for(&Atom::from(*event)))
    }

    /// What a clone of a track has of the original.
    pub(super) fn copy_properties(&self, original: &MediaStreamTrack) {
        let (ours, theirs) = (self.properties(), original.properties());
        *ours.label.borrow_mut() = theirs.label.borrow().clone();
        *ours.content_hint.borrow_mut() = theirs.content_hint.borrow().clone();
        ours.constraints.replace(theirs.constraints.borrow().clone());
        ours.enabled.set(theirs.enabled.get());
    }

    /// <https://w3c.github.io/mediacapture-main/#track-clone>
    pub(crate) fn clone_track(
        &self,
        cx: &mut JSContext,
        global: &GlobalScope,
    ) -> DomRoot<MediaStreamTrack> {
        if let Some(track) = self.captured() {
            return DomRoot::upcast(track.clone_track(cx));
        }
        // The same stream has another id as the stream of the clone.
        let id = get_stream(&self.id()).map_or(self.id(), register_stream);
        let clone = MediaStreamTrack::new(cx, global, id, self.ty());
        clone.copy_properties(self);
        clone.properties().ended.set(self.properties().ended.get());
        clone
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-stop>
    pub(crate) fn stop(&self, cx: &mut JSContext) {
        if !self.is_live() {
            return;
        }
        self.set_ended();
        if let Some(track) = self.captured() {
            track.end(cx);
        }
    }

    pub(crate) fn label(&self) -> DOMString {
        self.properties().label.borrow().clone()
    }

    pub(crate) fn enabled(&self) -> bool {
        self.properties().enabled.get()
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-enabled>
    pub(crate) fn set_enabled(&self, enabled: bool) {
        self.properties().enabled.set(enabled);
        if let Some(track) = self.captured() {
            track.source().set_enabled(enabled);
        }
    }

    pub(crate) fn muted(&self) -> bool {
        self.properties().muted.get()
    }

    pub(crate) fn content_hint(&self) -> DOMString {
        self.properties().content_hint.borrow().clone()
    }

    /// <https://w3c.github.io/mst-content-hint/#dom-mediastreamtrack-contenthint>
    pub(crate) fn set_content_hint(&self, hint: DOMString) {
        let hints: &[&str] = match self.ty() {
            MediaStreamType::Video => &["", "motion", "detail", "text"],
            MediaStreamType::Audio => &["", "speech", "speech-recognition", "music"],
        };
        // Anything else is ignored.
        if hints.iter().any(|known| hint == *known) {
            *self.properties().content_hint.borrow_mut() = hint;
        }
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-constrainablepattern-getconstraints>
    pub(crate) fn constraints(&self) -> MediaTrackConstraints {
        from_track_constraints(&self.properties().constraints.borrow())
    }

    pub(super) fn track_constraints(&self) -> TrackConstraints {
        self.properties().constraints.borrow().clone()
    }

    /// Constraints that are applied.
    pub(super) fn set_constraints(&self, constraints: TrackConstraints) {
        self.properties().constraints.replace(constraints);
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-getsettings>
    pub(crate) fn settings(&self) -> MediaTrackSettings {
        let mut settings = MediaTrackSettings::empty();
        // An ended track has nothing but what is inherent in a device.
        let Some(track) = self.captured().filter(|_| self.is_live()) else {
            return settings;
        };
        let size = track.source().size();
        let selected = track.settings();
        settings.width = Some(size.width as u32);
        settings.height = Some(size.height as u32);
        settings.aspectRatio = Finite::new(f64::from(size.width) / f64::from(size.height));
        let rate = selected.limits.max_frame_rate.map(f64::from);
        settings.frameRate = Finite::new(rate.unwrap_or(track.surface_capabilities().max_frame_rate));
        settings.resizeMode = Some(DOMString::from_static(selected.resize_mode.name()));
        settings.displaySurface = Some(DOMString::from_static(DISPLAY_SURFACE));
        settings.logicalSurface = Some(true);
        settings.cursor = Some(DOMString::from_static(CURSOR));
        settings
    }

    /// <https://w3c.github.io/mediacapture-screen-share/#constrainable-properties-for-captured-display-surfaces>
    pub(crate) fn capabilities(&self) -> MediaTrackCapabilities {
        let mut capabilities = MediaTrackCapabilities::empty();
        let Some(track) = self.captured() else {
            return capabilities;
        };
        let surface = track.surface_capabilities();
        let px = |max: i32| {
            Some(ULongRange {
                min: Some(1),
                max: Some(max as u32),
            })
        };
        let number = |min: f64, max: f64| {
            Some(DoubleRange {
                min: Finite::new(min),
                max: Finite::new(max),
            })
        };
        let aspect_ratio = surface.aspect_ratio();
        capabilities.width = px(surface.size.width);
        capabilities.height = px(surface.size.height);
        capabilities.aspectRatio = number(aspect_ratio, aspect_ratio);
        capabilities.frameRate = number(FLOOR_FRAME_RATE, surface.max_frame_rate);
        capabilities.resizeMode = Some(
            ResizeMode::ALL
                .map(|mode| DOMString::from_static(mode.name()))
                .into(),
        );
        capabilities.displaySurface = Some(DOMString::from_static(DISPLAY_SURFACE));
        capabilities.logicalSurface = Some(true);
        capabilities.cursor = Some(vec![DOMString::from_static(CURSOR)]);
        capabilities
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-applyconstraints>
    pub(crate) fn apply_constraints(
        &self,
        cx: &mut CurrentRealm,
        constraints: &MediaTrackConstraints,
    ) -> RootedPromise {
        let promise = Promise::new_in_realm(cx);
        if !self.is_live() {
            promise.resolve_native(cx, &());
            return promise;
        }
        let constraints = to_track_constraints(constraints);
        // What follows is in parallel: the constraints count when the task runs.
        let trusted_track = Trusted::new(self);
        let trusted_promise = TrustedPromise::from(&promise);
        self.global()
            .task_manager()
            .dom_manipulation_task_source()
            .queue(task!(apply_constraints: move |cx| {
                let track = trusted_track.root();
                let promise = trusted_promise.root(cx);
                track.finish_applying(cx, constraints, &promise);
            }));
        promise
    }

    fn finish_applying(
        &self,
        cx: &mut JSContext,
        constraints: TrackConstraints,
        promise: &RootedPromise,
    ) {
        let result = match self.captured() {
            Some(track) => track.apply_constraints(cx, &constraints, promise),
            None => {
                promise.resolve_native(cx, &());
                Ok(())
            },
        };
        match result {
            Ok(()) => self.set_constraints(constraints),
            Err(property) => {
                let error = OverconstrainedError::of(cx, &self.global(), property);
                promise.reject_native(cx, &error);
            },
        }
    }

    fn captured(&self) -> Option<&BrowserCaptureMediaStreamTrack> {
        self.downcast()
    }
}

/// What is captured is a webview, always.
const DISPLAY_SURFACE: &str = "browser";
