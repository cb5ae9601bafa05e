// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

// The origins of the site, by the names that web-platform-tests use. Served in place of the
// suite's own: all of them are plain HTTP, and all of them secure contexts. Another site is
// another name of this machine, not a subdomain, which some systems cannot resolve.

'use strict';

function get_host_info() {
  const PORT = '{{ports[http][0]}}';
  const PORT2 = '{{ports[http][1]}}';
  const HOST = '{{host}}';
  const REMOTE_HOST = '{{hosts[alt][]}}';
  const local = `http://${HOST}:${PORT}`;
  const remote = `http://${REMOTE_HOST}:${PORT}`;
  const localOnPort2 = `http://${HOST}:${PORT2}`;
  const remoteOnPort2 = `http://${REMOTE_HOST}:${PORT2}`;
  return {
    HTTP_PORT: PORT,
    HTTP_PORT2: PORT2,
    HTTPS_PORT: PORT,
    HTTPS_PORT2: PORT2,
    PORT,
    PORT2,
    PROTOCOL: 'http:',
    IS_HTTPS: false,
    ORIGINAL_HOST: HOST,
    REMOTE_HOST,
    NOTSAMESITE_HOST: REMOTE_HOST,
    ORIGIN: local,
    HTTP_ORIGIN: local,
    HTTPS_ORIGIN: local,
    HTTP_ORIGIN_WITH_DIFFERENT_PORT: localOnPort2,
    HTTPS_ORIGIN_WITH_DIFFERENT_PORT: localOnPort2,
    REMOTE_ORIGIN: remote,
    HTTP_REMOTE_ORIGIN: remote,
    HTTPS_REMOTE_ORIGIN: remote,
    HTTP_NOTSAMESITE_ORIGIN: remote,
    HTTPS_NOTSAMESITE_ORIGIN: remote,
    HTTP_REMOTE_ORIGIN_WITH_DIFFERENT_PORT: remoteOnPort2,
    HTTPS_REMOTE_ORIGIN_WITH_DIFFERENT_PORT: remoteOnPort2,
  };
}
