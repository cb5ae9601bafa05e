/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use dom_struct::dom_struct;
use js::context::JSContext;
use js::gc::HandleObject;
use script_bindings::reflector::{reflect_dom_object, reflect_dom_object_with_proto};
use script_bindings::root::DomRoot;
use script_bindings::str::DOMString;
use subcapture_dom::Property;

use crate::dom::bindings::codegen::Bindings::OverconstrainedErrorBinding::OverconstrainedErrorMethods;
use crate::dom::domexception::DOMException;
use crate::dom::globalscope::GlobalScope;

/// <https://w3c.github.io/mediacapture-main/#overconstrainederror-interface>
#[dom_struct]
pub(crate) struct OverconstrainedError {
    dom_exception: DOMException,
    constraint: DOMString,
}

impl OverconstrainedError {
    fn new_inherited(constraint: DOMString, message: DOMString) -> Self {
        Self {
            dom_exception: DOMException::new_inherited(
                message,
                DOMString::from_static("OverconstrainedError"),
            ),
            constraint,
        }
    }

    /// The error that says that this property cannot be as it is required to be.
    pub(super) fn of(
        cx: &mut JSContext,
        global: &GlobalScope,
        property: Property,
    ) -> DomRoot<Self> {
        let message = format!("Cannot satisfy the constraint {property}");
        let error = Self::new_inherited(property.name().into(), message.into());
        reflect_dom_object(cx, Box::new(error), global)
    }
}

impl OverconstrainedErrorMethods<crate::DomTypeHolder> for OverconstrainedError {
    /// <https://w3c.github.io/mediacapture-main/#dom-overconstrainederror-constructor>
    fn Constructor(
        cx: &mut JSContext,
        global: &GlobalScope,
        proto: Option<HandleObject>,
        constraint: DOMString,
        message: DOMString,
    ) -> DomRoot<OverconstrainedError> {
        let error = Self::new_inherited(constraint, message);
        reflect_dom_object_with_proto(cx, Box::new(error), global, proto)
    }

    /// <https://w3c.github.io/mediacapture-main/#dom-overconstrainederror-constraint>
    fn Constraint(&self) -> DOMString {
        self.constraint.clone()
    }
}
