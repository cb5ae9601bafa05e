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
use subcapture_api::{CropTargetId, TargetId, TargetKind};

use crate::dom::bindings::codegen::Bindings::CropTargetBinding::CropTargetMethods;
use crate::dom::bindings::root::DomRoot;
use crate::dom::bindings::serializable::Serializable;
use crate::dom::bindings::structuredclone::StructuredData;
use crate::dom::element::Element;
use crate::dom::globalscope::GlobalScope;
use crate::dom::promise::RootedPromise;

/// <https://w3c.github.io/mediacapture-region/#crop-target>
#[dom_struct]
pub(crate) struct CropTarget {
    reflector_: Reflector,
    #[ignore_malloc_size_of = "Defined in subcapture-api, without heap allocations"]
    #[no_trace]
    id: CropTargetId,
}

impl CropTarget {
    pub(crate) fn new(cx: &mut JSContext, global: &GlobalScope, id: CropTargetId) -> DomRoot<Self> {
        let target = Self {
            reflector_: Reflector::new(),
            id,
        };
        reflect_dom_object(cx, Box::new(target), global)
    }

    pub(super) fn id(&self) -> CropTargetId {
        self.id
    }
}

impl CropTargetMethods<crate::DomTypeHolder> for CropTarget {
    /// <https://w3c.github.io/mediacapture-region/#dom-croptarget-fromelement>
    fn FromElement(
        cx: &mut CurrentRealm,
        global: &GlobalScope,
        element: &Element,
    ) -> RootedPromise {
        super::from_element(cx, global, element, TargetKind::Crop)
    }
}

/// <https://w3c.github.io/mediacapture-region/#crop-target>
impl Serializable for CropTarget {
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
        let id = serialized.crop_target().map_err(|_| ())?;
        Ok(Self::new(cx, owner, id))
    }

    fn serialized_storage<'a>(data: StructuredData<'a, '_>) -> &'a mut Option<SerializedTargets> {
        super::serialized_storage(data)
    }
}
