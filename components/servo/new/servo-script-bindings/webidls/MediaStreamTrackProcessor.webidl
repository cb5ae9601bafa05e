/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/mediacapture-transform/#track-processor
//
// The specification exposes it to dedicated workers, with an init only. Pages use it in windows,
// too, and some pass the track itself.

[Exposed=(Window,DedicatedWorker), Pref="dom_webrtc_enabled"]
interface MediaStreamTrackProcessor {
  [Throws] constructor((MediaStreamTrack or MediaStreamTrackProcessorInit) init);
  readonly attribute ReadableStream readable;
};

dictionary MediaStreamTrackProcessorInit {
  required MediaStreamTrack track;
  [EnforceRange] unsigned short maxBufferSize;
};
