// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

// What a test may ask of a user or of the browser's settings, for suites without this file. The
// interface is that of web-platform-tests; testdriver-vendor.js does the work.

'use strict';

(() => {
  const checkConnected = element => {
    if (!element.isConnected) {
      throw new Error('the element is not in a document');
    }
  };

  // A click here must not change what the test looks at.
  const BLESS_STYLE =
      'all: initial; position: fixed; top: 0; left: 0; width: 24px; height: 24px; ' +
      'z-index: 2147483647; background: transparent';

  // The buttons of bless() lie in the same place, so there is one at a time.
  let blessed = Promise.resolve();

  const clickButton = async (intent, document) => {
    const button = document.createElement('button');
    button.title = intent;
    button.style.cssText = BLESS_STYLE;
    (document.body ?? document.documentElement).append(button);
    try {
      const clicked = new Promise(resolve => button.addEventListener('click', resolve));
      await driver.click(button);
      await clicked;
    } finally {
      button.remove();
    }
  };

  const driver = {
    // Kept for tests that say it; requests go to the runner from wherever they are made.
    set_test_context() {},

    // Does something with transient activation. Resolves with what that returns.
    async bless(intent, action, context = null) {
      const click = blessed.then(() => clickButton(intent, (context ?? window).document));
      blessed = click.catch(() => {});
      await click;
      return action?.() ?? null;
    },

    async click(element) {
      checkConnected(element);
      return test_driver_internal.click(element);
    },

    async send_keys(element, keys) {
      checkConnected(element);
      return test_driver_internal.send_keys(element, keys);
    },

    async action_sequence(actions, context = null) {
      return test_driver_internal.action_sequence(actions, context);
    },

    async set_permission(descriptor, state, context = null) {
      return test_driver_internal.set_permission({ descriptor, state }, context);
    },

    async delete_all_cookies(context = null) {
      return test_driver_internal.delete_all_cookies(context);
    },

    async get_window_rect(context = null) {
      return test_driver_internal.get_window_rect(context);
    },

    async set_window_rect(rect, context = null) {
      return test_driver_internal.set_window_rect(rect, context);
    },

    async minimize_window(context = null) {
      return test_driver_internal.minimize_window(context);
    },
  };
  window.test_driver = driver;

  const missing = async () => {
    throw new Error('testdriver-vendor.js is not loaded');
  };
  window.test_driver_internal = {
    in_automation: false,
    click: missing,
    send_keys: missing,
    action_sequence: missing,
    set_permission: missing,
    delete_all_cookies: missing,
    get_window_rect: missing,
    set_window_rect: missing,
    minimize_window: missing,
  };
})();
