/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/mediacapture-region/#browsercapturemediastreamtrack

// Exposed where it can be transferred to:
// https://w3c.github.io/mediacapture-extensions/#transferable-mediastreamtrack
[Exposed=(Window,DedicatedWorker), Transferable]
interface BrowserCaptureMediaStreamTrack : MediaStreamTrack {
  Promise<undefined> cropTo(CropTarget? cropTarget);
  BrowserCaptureMediaStreamTrack clone();
};

// https://screen-share.github.io/element-capture/#browsercapturemediastreamtrack-extension

partial interface BrowserCaptureMediaStreamTrack {
  Promise<undefined> restrictTo(RestrictionTarget? restrictionTarget);
};
