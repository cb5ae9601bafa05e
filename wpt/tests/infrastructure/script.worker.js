// META: title=A script in a worker

'use strict';

importScripts('/resources/testharness.js');

test(() => {
  assert_true(self instanceof DedicatedWorkerGlobalScope);
}, 'The script is in a worker');

done();
