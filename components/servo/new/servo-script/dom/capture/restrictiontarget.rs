/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use dom_struct::dom_struct;
use js::context::{JSContext, NoGC};
use js::realm::CurrentRealm;
use script_bindings::reflector::{Reflector, reflect_dom_object};
use servo_constellation_traits::{
    SerializedTarget, SerializedTargetId, SerializedTargetIndex, SerializedTargets,
    new_serialized_target_id,
};
use subcapture_api::{RestrictionTargetId, TargetId, TargetKind};

use crate::dom::bindings::codegen::Bindings::RestrictionTargetBinding::RestrictionTargetMethods;
use crate::dom::bindings::root::DomRoot;
use crate::dom::bindings::serializable::Serializable;
use crate::dom::bindings::structuredclone::StructuredData;
use crate::dom::element::Element;
use crate::dom::globalscope::GlobalScope;
use crate::dom::promise::RootedPromise;

/// <https://screen-share.github.io/element-capture/#restriction-target>
#[dom_struct]
pub(crate) struct RestrictionTarget {
    reflector_: Reflector,
    #[ignore_malloc_size_of = "Defined in subcapture-api, without heap allocations"]
    #[no_trace]
    id: RestrictionTargetId,
}

impl RestrictionTarget {
    pub(crate) fn new(
        cx: &mut JSContext,
        global: &GlobalScope,
        id: RestrictionTargetId,
    ) -> DomRoot<Self> {
        let target = Self {
            reflector_: Reflector::new(),
            id,
        };
        reflect_dom_object(cx, Box::new(target), global)
    }

    pub(super) fn id(&self) -> RestrictionTargetId {
        self.id
    }
}

impl RestrictionTargetMethods<crate::DomTypeHolder> for RestrictionTarget {
    /// <https://screen-share.github.io/element-capture/#dom-restrictiontarget-fromelement>
    fn FromElement(
        cx: &mut CurrentRealm,
        global: &GlobalScope,
        element: &Element,
    ) -> RootedPromise {
        super::from_element(cx, global, element, TargetKind::Restriction)
    }
}

/// <https://screen-share.github.io/element-capture/#restriction-target>
impl Serializable for RestrictionTarget {
    type Index = SerializedTargetIndex;
    type Data = SerializedTarget;

    fn serialize(&self, _no_gc: &NoGC) -> Result<(SerializedTargetId, Self::Data), ()> {
        Ok((new_serialized_target_id(), TargetId::from(self.id).into()))
    }

    fn deserialize(
        cx: &mut JSContext,
        owner: &GlobalScope,
        serialized: Self::Data,
    ) -> Result<DomRoot<Self>, ()> {
        let id = serialized.restriction_target().map_err(|_| ())?;
        Ok(Self::new(cx, owner, id))
    }

    fn serialized_storage<'a>(data: StructuredData<'a, '_>) -> &'a mut Option<SerializedTargets> {
        super::serialized_storage(data)
    }
}
