/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/webcodecs/#videoframe-interface

[Exposed=(Window,DedicatedWorker), Serializable, Transferable, Pref="dom_webrtc_enabled"]
interface VideoFrame {
  [Throws] constructor(CanvasImageSource image, optional VideoFrameInit init = {});
  [Throws] constructor(BufferSource data, VideoFrameBufferInit init);

  readonly attribute VideoPixelFormat? format;
  readonly attribute unsigned long codedWidth;
  readonly attribute unsigned long codedHeight;
  readonly attribute DOMRectReadOnly? codedRect;
  readonly attribute DOMRectReadOnly? visibleRect;
  readonly attribute unsigned long displayWidth;
  readonly attribute unsigned long displayHeight;
  readonly attribute unsigned long long? duration;
  readonly attribute long long timestamp;
  readonly attribute VideoColorSpace colorSpace;

  [Throws] VideoFrameMetadata metadata();

  [Throws] unsigned long allocationSize(optional VideoFrameCopyToOptions options = {});
  Promise<sequence<PlaneLayout>> copyTo(BufferSource destination,
                                        optional VideoFrameCopyToOptions options = {});
  [Throws] VideoFrame clone();
  undefined close();
};

dictionary VideoFrameInit {
  unsigned long long duration;
  long long timestamp;
  AlphaOption alpha = "keep";
  DOMRectInit visibleRect;
  [EnforceRange] unsigned long displayWidth;
  [EnforceRange] unsigned long displayHeight;
};

dictionary VideoFrameBufferInit {
  required VideoPixelFormat format;
  required [EnforceRange] unsigned long codedWidth;
  required [EnforceRange] unsigned long codedHeight;
  required [EnforceRange] long long timestamp;
  [EnforceRange] unsigned long long duration;
  sequence<PlaneLayout> layout;
  DOMRectInit visibleRect;
  [EnforceRange] unsigned long displayWidth;
  [EnforceRange] unsigned long displayHeight;
  VideoColorSpaceInit colorSpace;
};

dictionary VideoFrameMetadata {
};

dictionary VideoFrameCopyToOptions {
  DOMRectInit rect;
  sequence<PlaneLayout> layout;
  VideoPixelFormat format;
  PredefinedColorSpace colorSpace;
};

dictionary PlaneLayout {
  required [EnforceRange] unsigned long offset;
  required [EnforceRange] unsigned long stride;
};

enum AlphaOption { "keep", "discard" };

enum VideoPixelFormat {
  "I420", "I420P10", "I420P12", "I420A", "I420AP10", "I420AP12",
  "I422", "I422P10", "I422P12", "I422A", "I422AP10", "I422AP12",
  "I444", "I444P10", "I444P12", "I444A", "I444AP10", "I444AP12",
  "NV12", "RGBA", "RGBX", "BGRA", "BGRX"
};
