/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use std::str::FromStr;

use dom_struct::dom_struct;
use js::context::JSContext;
use js::rust::HandleObject;
use script_bindings::error::{Error, Fallible};
use script_bindings::reflector::{Reflector, reflect_dom_object, reflect_dom_object_with_proto};
use servo_constellation_traits::SerializableColorSpace;
use subcapture_media::{YuvColors, YuvMatrix};

use crate::dom::bindings::codegen::Bindings::VideoColorSpaceBinding::{
    VideoColorPrimaries, VideoColorSpaceInit, VideoColorSpaceMethods, VideoMatrixCoefficients,
    VideoTransferCharacteristics,
};
use crate::dom::bindings::root::DomRoot;
use crate::dom::bindings::str::DOMString;
use crate::dom::globalscope::GlobalScope;

/// <https://w3c.github.io/webcodecs/#videocolorspace>
#[dom_struct]
pub(crate) struct VideoColorSpace {
    reflector_: Reflector,
    values: ColorSpace,
}

/// What the colors of a picture mean, as far as it is known.
#[derive(Clone, Copy, Default, JSTraceable, MallocSizeOf)]
pub(crate) struct ColorSpace {
    primaries: Option<VideoColorPrimaries>,
    transfer: Option<VideoTransferCharacteristics>,
    matrix: Option<VideoMatrixCoefficients>,
    full_range: Option<bool>,
}

impl ColorSpace {
    /// <https://w3c.github.io/webcodecs/#srgb-color-space>
    pub(crate) fn srgb() -> Self {
        Self {
            primaries: Some(VideoColorPrimaries::Bt709),
            transfer: Some(VideoTransferCharacteristics::Iec61966_2_1),
            matrix: Some(VideoMatrixCoefficients::Rgb),
            full_range: Some(true),
        }
    }

    /// <https://w3c.github.io/webcodecs/#rec709-color-space>
    pub(crate) fn rec709() -> Self {
        Self {
            primaries: Some(VideoColorPrimaries::Bt709),
            transfer: Some(VideoTransferCharacteristics::Bt709),
            matrix: Some(VideoMatrixCoefficients::Bt709),
            full_range: Some(false),
        }
    }

    /// What luma and chroma mean. What is not known is as in [`Self::rec709`].
    pub(crate) fn yuv(&self) -> YuvColors {
        let matrix = match self.matrix {
            Some(VideoMatrixCoefficients::Rgb) => YuvMatrix::Identity,
            Some(VideoMatrixCoefficients::Bt470bg | VideoMatrixCoefficients::Smpte170m) => {
                YuvMatrix::Bt601
            },
            Some(VideoMatrixCoefficients::Bt2020_ncl) => YuvMatrix::Bt2020,
            Some(VideoMatrixCoefficients::Bt709) | None => YuvMatrix::Bt709,
        };
        YuvColors {
            matrix,
            is_full_range: self.full_range.unwrap_or(false),
        }
    }
}

/// A value of an enumeration, as the bindings would take it.
fn parse<T: FromStr>(value: &Option<DOMString>) -> Fallible<Option<T>> {
    let Some(value) = value else {
        return Ok(None);
    };
    value.str().parse().map(Some).map_err(|_| {
        Error::Type(c"That is not a valid value for a part of a color space".to_owned())
    })
}

impl TryFrom<&VideoColorSpaceInit> for ColorSpace {
    type Error = Error;

    fn try_from(init: &VideoColorSpaceInit) -> Fallible<Self> {
        Ok(Self {
            primaries: parse(&init.primaries)?,
            transfer: parse(&init.transfer)?,
            matrix: parse(&init.matrix)?,
            full_range: init.fullRange,
        })
    }
}

impl From<ColorSpace> for SerializableColorSpace {
    fn from(values: ColorSpace) -> Self {
        Self {
            primaries: values.primaries.map(|value| value.as_str().to_owned()),
            transfer: values.transfer.map(|value| value.as_str().to_owned()),
            matrix: values.matrix.map(|value| value.as_str().to_owned()),
            full_range: values.full_range,
        }
    }
}

impl From<SerializableColorSpace> for ColorSpace {
    fn from(values: SerializableColorSpace) -> Self {
        Self {
            primaries: values.primaries.and_then(|value| value.parse().ok()),
            transfer: values.transfer.and_then(|value| value.parse().ok()),
            matrix: values.matrix.and_then(|value| value.parse().ok()),
            full_range: values.full_range,
        }
    }
}

impl VideoColorSpace {
    fn new_inherited(values: ColorSpace) -> Self {
        Self {
            reflector_: Reflector::new(),
            values,
        }
    }

    pub(crate) fn new(
        cx: &mut JSContext,
        global: &GlobalScope,
        values: ColorSpace,
    ) -> DomRoot<Self> {
        reflect_dom_object(cx, Box::new(Self::new_inherited(values)), global)
    }
}

impl VideoColorSpaceMethods<crate::DomTypeHolder> for VideoColorSpace {
    /// <https://w3c.github.io/webcodecs/#dom-videocolorspace-videocolorspace>
    fn Constructor(
        cx: &mut JSContext,
        global: &GlobalScope,
        proto: Option<HandleObject>,
        init: &VideoColorSpaceInit,
    ) -> Fallible<DomRoot<Self>> {
        Ok(reflect_dom_object_with_proto(
            cx,
            Box::new(Self::new_inherited(init.try_into()?)),
            global,
            proto,
        ))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videocolorspace-primaries>
    fn GetPrimaries(&self) -> Option<VideoColorPrimaries> {
        self.values.primaries
    }

    /// <https://w3c.github.io/webcodecs/#dom-videocolorspace-transfer>
    fn GetTransfer(&self) -> Option<VideoTransferCharacteristics> {
        self.values.transfer
    }

    /// <https://w3c.github.io/webcodecs/#dom-videocolorspace-matrix>
    fn GetMatrix(&self) -> Option<VideoMatrixCoefficients> {
        self.values.matrix
    }

    /// <https://w3c.github.io/webcodecs/#dom-videocolorspace-fullrange>
    fn GetFullRange(&self) -> Option<bool> {
        self.values.full_range
    }
}
