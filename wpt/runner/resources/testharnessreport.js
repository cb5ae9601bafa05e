// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

// Tells the runner how the test ended. Served in place of whatever a suite has here.

'use strict';

(() => {
  // Windows that a test opens, and its frames, may use the harness for themselves.
  if (window !== window.top || window.opener) {
    return;
  }
  const url = new URL('/__runner__/RUN_NUMBER/results', document.currentScript.src);
  // The test may replace it.
  const fetch = window.fetch.bind(window);

  const SUBTEST = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED'];
  const HARNESS = ['OK', 'ERROR', 'TIMEOUT', 'PRECONDITION_FAILED'];

  // JSON allows half of a surrogate pair, readers of it do not.
  const whole = text => text && String(text).replace(/\p{Surrogate}/gu, '\uFFFD');

  const finding = (names, { status, message }) =>
      ({ status: names[status], message: whole(message) || null });

  // What the harness would show takes part in the layout that is tested.
  setup({ output: false, timeout_multiplier: TIMEOUT_MULTIPLIER });

  add_completion_callback((tests, harness) => {
    const subtests = tests.map(test => ({ name: whole(test.name), ...finding(SUBTEST, test) }));
    const results = { ...finding(HARNESS, harness), subtests };
    fetch(url, { method: 'POST', body: JSON.stringify(results) });
  });
})();
