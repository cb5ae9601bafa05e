/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

use dom_struct::dom_struct;
use euclid::default::Size2D;
use js::context::JSContext;
use js::realm::CurrentRealm;
use js::rust::HandleObject;
use pixels::{EncodedImageType, Snapshot, SnapshotAlphaMode, SnapshotPixelFormat};
use script_bindings::num::Finite;
use script_bindings::reflector::{Reflector, reflect_dom_object, reflect_dom_object_with_proto};
use servo_constellation_traits::BlobImpl;
use servo_media::streams::MediaStreamType;
use subcapture_media::{Frame, StreamReader};

use crate::dom::bindings::codegen::Bindings::ImageCaptureBinding::{
    ImageCaptureMethods, MediaSettingsRange, PhotoCapabilities, PhotoSettings, RedEyeReduction,
};
use crate::dom::bindings::error::{Error, Fallible};
use crate::dom::bindings::refcounted::{Trusted, TrustedPromise};
use crate::dom::bindings::reflector::DomGlobal;
use crate::dom::bindings::root::{Dom, DomRoot};
use crate::dom::blob::Blob;
use crate::dom::domexception::DOMException;
use crate::dom::imagebitmap::ImageBitmap;
use crate::dom::media::mediastreamtrack::MediaStreamTrack;
use crate::dom::promise::{Promise, RootedPromise};
use crate::dom::window::Window;

/// <https://w3c.github.io/mediacapture-image/#imagecaptureapi>
#[dom_struct]
pub(crate) struct ImageCapture {
    reflector_: Reflector,
    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-track>
    track: Dom<MediaStreamTrack>,
}

/// What is to be done with a frame, for the promise of a method.
type Settle = fn(&ImageCapture, &mut JSContext, &RootedPromise, &Frame);

impl ImageCapture {
    fn new_inherited(track: &MediaStreamTrack) -> Self {
        Self {
            reflector_: Reflector::new(),
            track: Dom::from_ref(track),
        }
    }

    /// What all four methods have in common: a promise for something that is made of the newest
    /// frame of the track, or of its first one.
    fn gather(&self, cx: &mut CurrentRealm, settle: Settle) -> RootedPromise {
        let promise = Promise::new_in_realm(cx);

        // Step 1. If the readyState of track provided in the constructor is not live, return a
        // promise rejected with a new DOMException whose name is InvalidStateError.
        if !self.track.is_live() {
            promise.reject_error(cx, Error::InvalidState(Some("The track has ended".into())));
            return promise;
        }

        // Step 3. Run the following steps in parallel:
        let Some(stream) = StreamReader::of(&self.track.id()) else {
            // Not a track that captures anything here.
            self.reject(cx, &promise);
            return promise;
        };
        let this = Trusted::new(self);
        let trusted_promise = TrustedPromise::new(&promise);
        let task_source = self
            .global()
            .task_manager()
            .bitmap_task_source()
            .to_sendable();
        stream.take_one(move |frame| {
            task_source.queue(task!(image_capture_frame: move |cx| {
                let this = this.root();
                let promise = trusted_promise.root(cx);
                match frame {
                    // Step 3.3. Resolve p.
                    Some(frame) => settle(&this, cx, &promise, &frame),
                    // Step 3.2. If the operation cannot be completed for any reason, then reject p.
                    None => this.reject(cx, &promise),
                }
            }));
        });

        promise
    }

    /// Rejects with an "UnknownError", of which the other parts of Servo know nothing.
    fn reject(&self, cx: &mut JSContext, promise: &RootedPromise) {
        let exception = DOMException::new_inherited(
            "The track had no frame to give".into(),
            "UnknownError".into(),
        );
        let exception = reflect_dom_object(cx, Box::new(exception), &*self.global());
        promise.reject_native(cx, &exception);
    }
}

/// The one size in which there are photos of a frame.
fn range_of(length: u32) -> Option<MediaSettingsRange> {
    let length = Finite::wrap(f64::from(length));
    Some(MediaSettingsRange {
        max: Some(length),
        min: Some(length),
        step: Some(Finite::wrap(0.)),
    })
}

/// A photo of a frame, with its transparency.
fn encode(frame: &Frame) -> Option<BlobImpl> {
    let mut pixels = frame.rgba().to_vec();
    subcapture_api::pixels::straight(&mut pixels);
    let mut snapshot = Snapshot::from_vec(
        Size2D::new(frame.width(), frame.height()),
        SnapshotPixelFormat::RGBA,
        SnapshotAlphaMode::Transparent {
            premultiplied: false,
        },
        pixels,
    );
    let mut encoded = Vec::new();
    let image_type = EncodedImageType::Png;
    snapshot
        .encode_for_mime_type(&image_type, None, &mut encoded)
        .ok()?;
    Some(BlobImpl::new_from_bytes(
        encoded,
        image_type.as_mime_type().into(),
    ))
}

impl ImageCaptureMethods<crate::DomTypeHolder> for ImageCapture {
    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-imagecapture>
    fn Constructor(
        cx: &mut JSContext,
        window: &Window,
        proto: Option<HandleObject>,
        video_track: &MediaStreamTrack,
    ) -> Fallible<DomRoot<Self>> {
        if video_track.ty() != MediaStreamType::Video {
            return Err(Error::NotSupported(Some("Not a video track".into())));
        }
        Ok(reflect_dom_object_with_proto(
            cx,
            Box::new(Self::new_inherited(video_track)),
            window,
            proto,
        ))
    }

    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-takephoto>
    fn TakePhoto(&self, cx: &mut CurrentRealm, _: &PhotoSettings) -> RootedPromise {
        // A page has no flash, and photos of one size: of any settings, these are the closest.
        self.gather(cx, |this, cx, promise, frame| match encode(frame) {
            Some(photo) => {
                let blob = Blob::new(cx, &this.global(), photo);
                promise.resolve_native(cx, &blob);
            },
            None => this.reject(cx, promise),
        })
    }

    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-getphotocapabilities>
    fn GetPhotoCapabilities(&self, cx: &mut CurrentRealm) -> RootedPromise {
        self.gather(cx, |_, cx, promise, frame| {
            let capabilities = PhotoCapabilities {
                redEyeReduction: Some(RedEyeReduction::Never),
                imageHeight: range_of(frame.height()),
                imageWidth: range_of(frame.width()),
                fillLightMode: Some(Vec::new()),
            };
            promise.resolve_native(cx, &capabilities);
        })
    }

    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-getphotosettings>
    fn GetPhotoSettings(&self, cx: &mut CurrentRealm) -> RootedPromise {
        self.gather(cx, |_, cx, promise, frame| {
            let settings = PhotoSettings {
                imageHeight: Some(Finite::wrap(frame.height().into())),
                imageWidth: Some(Finite::wrap(frame.width().into())),
                ..Default::default()
            };
            promise.resolve_native(cx, &settings);
        })
    }

    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-grabframe>
    fn GrabFrame(&self, cx: &mut CurrentRealm) -> RootedPromise {
        self.gather(cx, |this, cx, promise, frame| {
            let snapshot = Snapshot::from_arc_vec(
                Size2D::new(frame.width(), frame.height()),
                SnapshotPixelFormat::BGRA,
                SnapshotAlphaMode::Transparent {
                    premultiplied: true,
                },
                frame.bgra(),
                ..,
            );
            let bitmap = ImageBitmap::new(cx, &this.global(), snapshot);
            promise.resolve_native(cx, &bitmap);
        })
    }

    /// <https://w3c.github.io/mediacapture-image/#dom-imagecapture-track>
    fn Track(&self) -> DomRoot<MediaStreamTrack> {
        DomRoot::from_ref(&self.track)
    }
}
