/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/mediacapture-screen-share/#dom-capturecontroller

enum CaptureStartFocusBehavior {
  "focus-capturing-application",
  "focus-captured-surface",
  "no-focus-change"
};

[Exposed=Window, SecureContext]
interface CaptureController : EventTarget {
  constructor();
  [Throws] undefined setFocusBehavior(CaptureStartFocusBehavior focusBehavior);
};
