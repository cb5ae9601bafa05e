// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

// Passes on what testdriver.js asks for to the runner, which does it through WebDriver. Served in
// place of whatever a suite has here, and works with the testdriver.js of web-platform-tests too.

'use strict';

(() => {
  const url = new URL('/__runner__/RUN_NUMBER/action', document.currentScript.src);
  // The test may replace it.
  const fetch = window.fetch.bind(window);

  // The way from the top-level window, which works across origins.
  const framesTo = target => {
    const frames = [];
    for (let inner = target; inner !== inner.parent; inner = inner.parent) {
      const { parent } = inner;
      let index = 0;
      while (index < parent.length && parent[index] !== inner) {
        index += 1;
      }
      frames.unshift(index);
    }
    return frames;
  };

  const post = async request => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(request) });
    if (!response.ok) {
      throw new Error(`${request.name}: ${await response.text()}`);
    }
    const { value, error } = await response.json();
    if (error !== undefined) {
      throw new Error(`${request.name}: ${error}`);
    }
    return value;
  };

  const newKey = () => `${Math.random()}`.slice(2);

  // Parameters with elements in them are fetched by the runner from the window of the elements.
  const askWithElements = async (name, params, target) => {
    const key = newKey();
    const parked = target.__wptParked ??= {};
    parked[key] = params;
    try {
      return await post({ key, name, frames: framesTo(target) });
    } finally {
      delete parked[key];
    }
  };

  const ask = (name, params, context) =>
      post({ key: newKey(), name, frames: framesTo(context ?? window), params: params ?? {} });

  const viewOf = element => element.ownerDocument.defaultView;

  Object.assign(window.test_driver_internal, {
    in_automation: true,
    click: element => askWithElements('click', { element }, viewOf(element)),
    send_keys: (element, keys) => askWithElements('send_keys', { element, keys }, viewOf(element)),
    action_sequence: (actions, context) =>
        askWithElements('action_sequence', { actions }, context ?? window),
    set_permission: (params, context) => ask('set_permission', params, context),
    delete_all_cookies: context => ask('delete_all_cookies', null, context),
    get_window_rect: context => ask('get_window_rect', null, context),
    set_window_rect: (rect, context) => ask('set_window_rect', rect, context),
    minimize_window: context => ask('minimize_window', null, context),
  });
})();
