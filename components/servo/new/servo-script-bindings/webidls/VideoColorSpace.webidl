/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://w3c.github.io/webcodecs/#videocolorspace

[Exposed=(Window,DedicatedWorker), Pref="dom_webrtc_enabled"]
interface VideoColorSpace {
  [Throws] constructor(optional VideoColorSpaceInit init = {});

  readonly attribute VideoColorPrimaries? primaries;
  readonly attribute VideoTransferCharacteristics? transfer;
  readonly attribute VideoMatrixCoefficients? matrix;
  readonly attribute boolean? fullRange;

  [Default] object toJSON();
};

// The bindings know no enumerations that can be null: these are checked where they are used.
dictionary VideoColorSpaceInit {
  DOMString? primaries = null;
  DOMString? transfer = null;
  DOMString? matrix = null;
  boolean? fullRange = null;
};

enum VideoColorPrimaries { "bt709", "bt470bg", "smpte170m", "bt2020", "smpte432" };

enum VideoTransferCharacteristics {
  "bt709", "smpte170m", "iec61966-2-1", "linear", "pq", "hlg"
};

enum VideoMatrixCoefficients { "rgb", "bt709", "bt470bg", "smpte170m", "bt2020-ncl" };
