// What a document with a header Permissions-Policy, and its frames, may do.

'use strict';

const FRAME = '/screen-capture/resources/policy-frame.html';

/** `expected`: the permission of the document, of a same-origin and of a cross-origin frame. */
function testPermissions(expected) {
  promise_test(async t => {
    assert_equals((await navigator.permissions.query({name: 'display-capture'})).state, expected.own);
  }, 'the permission of the document');

  promise_test(async t => {
    let result = 'captured';
    await captureThisTab(t).catch(error => { result = error.name; });
    assert_equals(result, expected.own === 'denied' ? 'NotAllowedError' : 'captured');
  }, 'getDisplayMedia() of the document');

  for (const allow of [undefined, 'display-capture', 'display-capture *']) {
    promise_test(async t => {
      const frame = await loadFrame(t, FRAME, {allow});
      assert_equals(await ask(t, frame.contentWindow, {type: 'policy'}), expected.sameOrigin);
    }, `the permission of a same-origin frame with allow=${allow}`);

    promise_test(async t => {
      const frame = await loadFrame(t, get_host_info().HTTPS_REMOTE_ORIGIN + FRAME, {allow});
      assert_equals(await ask(t, frame.contentWindow, {type: 'policy'}), expected.crossOrigin);
    }, `the permission of a cross-origin frame with allow=${allow}`);
  }
}
