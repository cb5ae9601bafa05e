/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/mediacapture-image/#imagecaptureapi

[Exposed=Window, SecureContext, Pref="dom_webrtc_enabled"]
interface ImageCapture {
  [Throws] constructor(MediaStreamTrack videoTrack);
  Promise<Blob> takePhoto(optional PhotoSettings photoSettings = {});
  Promise<PhotoCapabilities> getPhotoCapabilities();
  Promise<PhotoSettings> getPhotoSettings();

  Promise<ImageBitmap> grabFrame();

  readonly attribute MediaStreamTrack track;
};

dictionary PhotoCapabilities {
  RedEyeReduction redEyeReduction;
  MediaSettingsRange imageHeight;
  MediaSettingsRange imageWidth;
  sequence<FillLightMode> fillLightMode;
};

dictionary PhotoSettings {
  FillLightMode fillLightMode;
  double imageHeight;
  double imageWidth;
  boolean redEyeReduction;
};

dictionary MediaSettingsRange {
  double max;
  double min;
  double step;
};

enum RedEyeReduction { "never", "always", "controllable" };

enum FillLightMode { "auto", "off", "flash" };
