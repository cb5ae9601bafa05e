/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

// https://screen-share.github.io/element-capture/#restriction-target

[Exposed=(Window,Worker), Serializable]
interface RestrictionTarget {
  [Exposed=Window, SecureContext] static Promise<RestrictionTarget> fromElement(Element element);
};
