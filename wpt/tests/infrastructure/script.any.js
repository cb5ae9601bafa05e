// META: title=Tests that are only a script
// META: global=window,dedicatedworker,dedicatedworker-module,sharedworker
// META: script=/infrastructure/resources/defines.js
// META: variant=?a
// META: variant=?b

'use strict';

test(() => {
  assert_equals(self.defined, 'before');
}, 'Scripts are loaded before');

test(() => {
  assert_equals(GLOBAL.isWindow(), 'Window' in self && self instanceof Window);
  assert_equals(GLOBAL.isWorker(), !GLOBAL.isWindow());
}, 'The script knows where it is');

test(() => {
  assert_in_array(location.search, ['?a', '?b']);
}, 'The query is passed on');
