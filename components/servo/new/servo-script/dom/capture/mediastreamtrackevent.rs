/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use dom_struct::dom_struct;
use js::context::JSContext;
use js::gc::HandleObject;
use script_bindings::inheritance::Castable;
use script_bindings::reflector::reflect_dom_object_with_proto;
use script_bindings::root::{Dom, DomRoot};
use script_bindings::str::DOMString;
use stylo_atoms::Atom;

use crate::dom::bindings::codegen::Bindings::EventBinding::EventMethods;
use crate::dom::bindings::codegen::Bindings::MediaStreamTrackEventBinding::{
    MediaStreamTrackEventInit, MediaStreamTrackEventMethods,
};
use crate::dom::event::Event;
use crate::dom::mediastreamtrack::MediaStreamTrack;
use crate::dom::window::Window;

/// <https://w3c.github.io/mediacapture-main/#mediastreamtrackevent>
#[dom_struct]
pub(crate) struct MediaStreamTrackEvent {
    event: Event,
    track: Dom<MediaStreamTrack>,
}

impl MediaStreamTrackEventMethods<crate::DomTypeHolder> for MediaStreamTrackEvent {
    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrackevent-constructor>
    fn Constructor(
        cx: &mut JSContext,
        window: &Window,
        proto: Option<HandleObject>,
        type_: DOMString,
        init: &MediaStreamTrackEventInit,
    ) -> DomRoot<MediaStreamTrackEvent> {
        let event = Self {
            event: Event::new_inherited(),
            track: Dom::from_ref(&init.track),
        };
        let event = reflect_dom_object_with_proto(cx, Box::new(event), window, proto);
        event.upcast::<Event>().init_event(
            Atom::from(type_),
            init.parent.bubbles,
            init.parent.cancelable,
        );
        event
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-mediastreamtrackevent-track>
    fn Track(&self) -> DomRoot<MediaStreamTrack> {
        DomRoot::from_ref(&self.track)
    }

    /// <https://dom.spec.whatwg.org/#dom-event-istrusted>
    fn IsTrusted(&self) -> bool {
        self.event.IsTrusted()
    }
}
