/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use std::cell::Ref;

use dom_struct::dom_struct;
use euclid::default::Size2D;
use js::context::{JSContext, NoGC};
use js::realm::CurrentRealm;
use js::rust::HandleObject;
use pixels::Snapshot;
use script_bindings::cell::DomRefCell;
use script_bindings::error::{Error, Fallible};
use script_bindings::reflector::{Reflector, reflect_dom_object, reflect_dom_object_with_proto};
use servo_constellation_traits::{
    SerializableVideoFrame, SerializedVideoFrames, VideoFrameId, VideoFrameIndex,
    new_video_frame_id,
};
use subcapture_media::Frame;

use crate::dom::bindings::buffer_source::get_buffer_source_slice;
use crate::dom::bindings::codegen::Bindings::CanvasRenderingContext2DBinding::CanvasImageSource;
use crate::dom::bindings::codegen::Bindings::HTMLMediaElementBinding::HTMLMediaElementMethods;
use crate::dom::bindings::codegen::Bindings::VideoFrameBinding::{
    VideoFrameBufferInit, VideoFrameCopyToOptions, VideoFrameInit, VideoFrameMetadata,
    VideoFrameMethods, VideoPixelFormat,
};
use crate::dom::bindings::codegen::UnionTypes::ArrayBufferViewOrArrayBuffer;
use crate::dom::bindings::inheritance::Castable;
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::bindings::root::{DomRoot, MutNullableDom};
use crate::dom::bindings::serializable::Serializable;
use crate::dom::bindings::structuredclone::StructuredData;
use crate::dom::bindings::transferable::Transferable;
use crate::dom::domrectreadonly::DOMRectReadOnly;
use crate::dom::globalscope::GlobalScope;
use crate::dom::html::htmlmediaelement::HTMLMediaElement;
use crate::dom::media::videocolorspace::{ColorSpace, VideoColorSpace};
use crate::dom::media::videopicture::{Picture, is_planar};
use crate::dom::promise::{Promise, RootedPromise};

/// <https://w3c.github.io/webcodecs/#videoframe-interface>
#[dom_struct]
pub(crate) struct VideoFrame {
    reflector_: Reflector,
    /// <https://w3c.github.io/webcodecs/#dom-videoframe-resource-reference-slot>, and all that it
    /// takes with it. `None` once the frame is closed.
    #[no_trace]
    picture: DomRefCell<Option<Picture>>,
    /// <https://w3c.github.io/webcodecs/#dom-videoframe-timestamp>
    timestamp: i64,
    /// <https://w3c.github.io/webcodecs/#dom-videoframe-duration>
    duration: Option<u64>,
    colors: ColorSpace,
    color_space: MutNullableDom<VideoColorSpace>,
    coded_rect: MutNullableDom<DOMRectReadOnly>,
    visible_rect: MutNullableDom<DOMRectReadOnly>,
}

/// What an image has for a frame that is made of it.
struct Origin {
    picture: Picture,
    /// `None` if the page has to say.
    timestamp: Option<i64>,
    duration: Option<u64>,
    colors: ColorSpace,
}

impl VideoFrame {
    fn new_inherited(
        picture: Picture,
        timestamp: i64,
        duration: Option<u64>,
        colors: ColorSpace,
    ) -> Self {
        Self {
            reflector_: Reflector::new(),
            picture: DomRefCell::new(Some(picture)),
            timestamp,
            duration,
            colors,
            color_space: MutNullableDom::default(),
            coded_rect: MutNullableDom::default(),
            visible_rect: MutNullableDom::default(),
        }
    }

    /// A captured frame. Its timestamp counts from when the compositor started.
    pub(crate) fn of_frame(
        cx: &mut JSContext,
        global: &GlobalScope,
        frame: &Frame,
    ) -> Option<DomRoot<Self>> {
        let picture = Picture::of_frame(frame)?;
        let timestamp = i64::try_from(frame.info().timestamp.as_micros()).unwrap_or(i64::MAX);
        let frame = Self::new_inherited(picture, timestamp, None, ColorSpace::srgb());
        Some(reflect_dom_object(cx, Box::new(frame), global))
    }

    /// What a canvas or an `ImageBitmap` gets of the frame. `None` if it is closed.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        self.picture.borrow().as_ref()?.snapshot()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.picture.borrow().is_none()
    }

    fn picture(&self) -> Fallible<Ref<'_, Picture>> {
        Ref::filter_map(self.picture.borrow(), Option::as_ref).map_err(|_| closed())
    }

    fn to_serializable(&self) -> Option<SerializableVideoFrame> {
        let picture = self.picture().ok()?;
        let visible = picture.visible();
        let display = picture.display_size();
        Some(SerializableVideoFrame {
            pixels: picture.to_parts(),
            visible_rect: (visible.x(), visible.y(), visible.width(), visible.height()),
            display_size: (display.width, display.height),
            timestamp: self.timestamp,
            duration: self.duration,
            color_space: self.colors.into(),
        })
    }

    fn from_serializable(
        cx: &mut JSContext,
        owner: &GlobalScope,
        data: SerializableVideoFrame,
    ) -> Result<DomRoot<Self>, ()> {
        let colors = ColorSpace::from(data.color_space);
        let picture = Picture::from_parts(
            data.pixels,
            data.visible_rect,
            data.display_size,
            colors.yuv(),
        )
        .ok_or(())?;
        let frame = Self::new_inherited(picture, data.timestamp, data.duration, colors);
        Ok(reflect_dom_object(cx, Box::new(frame), owner))
    }
}

fn closed() -> Error {
    Error::InvalidState(Some("The frame is closed".into()))
}

/// <https://html.spec.whatwg.org/multipage/#check-the-usability-of-the-image-argument>
fn unusable() -> Error {
    Error::InvalidState(Some("The image has no pixels to give".into()))
}

/// The steps of the first constructor that depend on what the image is.
fn origin_of(image: CanvasImageSource) -> Fallible<Origin> {
    let mut timestamp = None;
    let (is_origin_clean, snapshot) = match image {
        CanvasImageSource::HTMLImageElement(image) => {
            if !image.is_usable()? {
                return Err(unusable());
            }
            (
                image.same_origin(&GlobalScope::entry().origin()),
                image.get_raster_image_data(),
            )
        },
        CanvasImageSource::HTMLVideoElement(video) => {
            if video.is_network_state_empty() || !video.is_usable() {
                return Err(unusable());
            }
            let seconds = *video.upcast::<HTMLMediaElement>().CurrentTime();
            timestamp = Some((seconds * 1e6) as i64);
            (video.origin_is_clean(), video.get_current_frame_data())
        },
        CanvasImageSource::HTMLCanvasElement(canvas) => {
            if canvas.get_size().is_empty() {
                return Err(unusable());
            }
            (canvas.origin_is_clean(), canvas.get_image_data())
        },
        CanvasImageSource::OffscreenCanvas(canvas) => {
            if canvas.get_size().is_empty() {
                return Err(unusable());
            }
            (canvas.origin_is_clean(), canvas.get_image_data())
        },
        CanvasImageSource::ImageBitmap(bitmap) => {
            (bitmap.origin_is_clean(), bitmap.bitmap_data().clone())
        },
        CanvasImageSource::VideoFrame(frame) => {
            return Ok(Origin {
                picture: frame.picture()?.clone(),
                timestamp: Some(frame.timestamp),
                duration: frame.duration,
                colors: frame.colors,
            });
        },
        CanvasImageSource::CSSStyleValue(_) => {
            return Err(Error::NotSupported(Some(
                "A frame is not made of a style value".into(),
            )));
        },
    };
    if !is_origin_clean {
        return Err(Error::Security(Some(
            "The image has pixels of another origin".into(),
        )));
    }
    let picture = snapshot.and_then(|snapshot| Picture::new(snapshot.to_shared()));
    Ok(Origin {
        picture: picture.ok_or_else(unusable)?,
        timestamp,
        duration: None,
        colors: ColorSpace::srgb(),
    })
}

impl VideoFrameMethods<crate::DomTypeHolder> for VideoFrame {
    /// <https://w3c.github.io/webcodecs/#dom-videoframe-videoframe>
    fn Constructor(
        cx: &mut JSContext,
        global: &GlobalScope,
        proto: Option<HandleObject>,
        image: CanvasImageSource,
        init: &VideoFrameInit,
    ) -> Fallible<DomRoot<Self>> {
        let origin = origin_of(image)?;
        let timestamp = init.timestamp.or(origin.timestamp).ok_or_else(|| {
            Error::Type(c"A frame of something that is no frame needs a timestamp".to_owned())
        })?;
        let picture = origin
            .picture
            .show(
                init.visibleRect.as_ref(),
                init.displayWidth,
                init.displayHeight,
            )?
            .with_alpha(init.alpha)?;
        let duration = init.duration.or(origin.duration);
        let frame = Self::new_inherited(picture, timestamp, duration, origin.colors);
        Ok(reflect_dom_object_with_proto(
            cx,
            Box::new(frame),
            global,
            proto,
        ))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-videoframe-data-init>
    fn Constructor_(
        cx: &mut JSContext,
        global: &GlobalScope,
        proto: Option<HandleObject>,
        data: ArrayBufferViewOrArrayBuffer,
        init: &VideoFrameBufferInit,
    ) -> Fallible<DomRoot<Self>> {
        // https://w3c.github.io/webcodecs/#videoframe-pick-color-space
        let colors = match &init.colorSpace {
            Some(colors) => ColorSpace::try_from(colors)?,
            None if is_planar(init.format) => ColorSpace::rec709(),
            None => ColorSpace::srgb(),
        };
        let picture = Picture::of_buffer(
            get_buffer_source_slice(&data, cx.no_gc()),
            init.format,
            Size2D::new(init.codedWidth, init.codedHeight),
            init.layout.as_deref(),
            colors.yuv(),
        )?
        .show(
            init.visibleRect.as_ref(),
            init.displayWidth,
            init.displayHeight,
        )?;
        let frame = Self::new_inherited(picture, init.timestamp, init.duration, colors);
        Ok(reflect_dom_object_with_proto(
            cx,
            Box::new(frame),
            global,
            proto,
        ))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-format>
    fn GetFormat(&self) -> Option<VideoPixelFormat> {
        self.picture.borrow().as_ref().map(Picture::format)
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-codedwidth>
    fn CodedWidth(&self) -> u32 {
        self.picture().map_or(0, |picture| picture.coded_size().width)
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-codedheight>
    fn CodedHeight(&self) -> u32 {
        self.picture()
            .map_or(0, |picture| picture.coded_size().height)
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-codedrect>
    fn GetCodedRect(&self, cx: &mut JSContext) -> Option<DomRoot<DOMRectReadOnly>> {
        let size = self.picture().ok()?.coded_size().to_f64();
        Some(self.coded_rect.or_init(|| {
            DOMRectReadOnly::new(cx, &self.global(), None, 0., 0., size.width, size.height)
        }))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-visiblerect>
    fn GetVisibleRect(&self, cx: &mut JSContext) -> Option<DomRoot<DOMRectReadOnly>> {
        let rect = *self.picture().ok()?.visible();
        Some(self.visible_rect.or_init(|| {
            let [x, y, width, height] =
                [rect.x(), rect.y(), rect.width(), rect.height()].map(f64::from);
            DOMRectReadOnly::new(cx, &self.global(), None, x, y, width, height)
        }))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-displaywidth>
    fn DisplayWidth(&self) -> u32 {
        self.picture()
            .map_or(0, |picture| picture.display_size().width)
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-displayheight>
    fn DisplayHeight(&self) -> u32 {
        self.picture()
            .map_or(0, |picture| picture.display_size().height)
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-duration>
    fn GetDuration(&self) -> Option<u64> {
        self.duration
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-timestamp>
    fn Timestamp(&self) -> i64 {
        self.timestamp
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-colorspace>
    fn ColorSpace(&self, cx: &mut JSContext) -> DomRoot<VideoColorSpace> {
        self.color_space
            .or_init(|| VideoColorSpace::new(cx, &self.global(), self.colors))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-metadata>
    fn Metadata(&self) -> Fallible<VideoFrameMetadata> {
        self.picture().map(|_| VideoFrameMetadata::empty())
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-allocationsize>
    fn AllocationSize(&self, options: &VideoFrameCopyToOptions) -> Fallible<u32> {
        Ok(self.picture()?.copy(options)?.size())
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-copyto>
    fn CopyTo(
        &self,
        cx: &mut CurrentRealm,
        mut destination: ArrayBufferViewOrArrayBuffer,
        options: &VideoFrameCopyToOptions,
    ) -> RootedPromise {
        let promise = Promise::new_in_realm(cx);
        let copied = self.picture().and_then(|picture| {
            let copy = picture.copy(options)?;
            let buffer = match &mut destination {
                ArrayBufferViewOrArrayBuffer::ArrayBufferView(view) => {
                    view.as_mut_slice_safe(cx.no_gc())
                },
                ArrayBufferViewOrArrayBuffer::ArrayBuffer(buffer) => {
                    buffer.as_mut_slice_safe(cx.no_gc())
                },
            };
            copy.write(buffer.unwrap_or_default())?;
            Ok(copy.planes())
        });
        match copied {
            Ok(planes) => promise.resolve_native(cx, &planes),
            Err(error) => promise.reject_error(cx, error),
        }
        promise
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-clone>
    fn Clone(&self, cx: &mut JSContext) -> Fallible<DomRoot<Self>> {
        let picture = self.picture()?.clone();
        let clone = Self::new_inherited(picture, self.timestamp, self.duration, self.colors);
        Ok(reflect_dom_object(cx, Box::new(clone), &*self.global()))
    }

    /// <https://w3c.github.io/webcodecs/#dom-videoframe-close>
    fn Close(&self) {
        self.picture.borrow_mut().take();
    }
}

/// <https://w3c.github.io/webcodecs/#videoframe-serialization>
impl Serializable for VideoFrame {
    type Index = VideoFrameIndex;
    type Data = SerializableVideoFrame;

    fn serialize(&self, _no_gc: &NoGC) -> Result<(VideoFrameId, Self::Data), ()> {
        // Step 1. If value's [[Detached]] internal slot is true, throw a DataCloneError.
        let data = self.to_serializable().ok_or(())?;
        Ok((new_video_frame_id(), data))
    }

    fn deserialize(
        cx: &mut JSContext,
        owner: &GlobalScope,
        serialized: Self::Data,
    ) -> Result<DomRoot<Self>, ()> {
        Self::from_serializable(cx, owner, serialized)
    }

    fn serialized_storage<'a>(
        data: StructuredData<'a, '_>,
    ) -> &'a mut Option<SerializedVideoFrames> {
        match data {
            StructuredData::Reader(reader) => &mut reader.video_frames,
            StructuredData::Writer(writer) => &mut writer.video_frames,
        }
    }
}

/// <https://w3c.github.io/webcodecs/#videoframe-transfer-serialization>
impl Transferable for VideoFrame {
    type Index = VideoFrameIndex;
    type Data = SerializableVideoFrame;

    fn can_transfer(&self) -> bool {
        !self.is_closed()
    }

    fn transfer(&self, _cx: &mut JSContext) -> Fallible<(VideoFrameId, Self::Data)> {
        // Step 1. If value's [[Detached]] internal slot is true, throw a DataCloneError.
        let data = self.to_serializable().ok_or(Error::DataClone(Some(
            "A closed frame cannot be transferred".into(),
        )))?;
        // The sender has nothing left of it.
        self.picture.borrow_mut().take();
        Ok((new_video_frame_id(), data))
    }

    fn transfer_receive(
        cx: &mut JSContext,
        owner: &GlobalScope,
        _: VideoFrameId,
        serialized: Self::Data,
    ) -> Result<DomRoot<Self>, ()> {
        Self::from_serializable(cx, owner, serialized)
    }

    fn serialized_storage<'a>(
        data: StructuredData<'a, '_>,
    ) -> &'a mut Option<SerializedVideoFrames> {
        match data {
            StructuredData::Reader(reader) => &mut reader.transferred_video_frames,
            StructuredData::Writer(writer) => &mut writer.transferred_video_frames,
        }
    }
}
