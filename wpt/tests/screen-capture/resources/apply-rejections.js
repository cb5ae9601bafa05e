'use strict';

// Calls of cropTo() and restrictTo() that are refused: by which name, and that nothing else changes.

function testApplyRejections(kind) {
  const Target = kind.constructor;
  const {name, method, other, otherName} = kind;

  /** A track with the red 60x40 target applied. */
  const setup = async t => {
    repaint(t);
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(element);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    return {element, target, track, reader, events: recordEvents(track)};
  };

  const assertUnchanged = async ({track, reader, events}, settings) => {
    const before = reader.count;
    await reader.next('frames go on after the rejection');
    const frame = await reader.next('more than one');
    assert_true(frame.hasSize(60, 40), `the earlier target, got ${frame}`);
    assert_equals(frame.center(), 'red', 'the earlier target');
    assert_equals(new Set(reader.sizesSince(before)).size, 1, 'frames of one size');
    assert_equals(track.readyState, 'live', 'readyState');
    assert_false(track.muted, 'muted');
    assert_array_equals(events, [], 'events');
    assert_object_equals(track.getSettings(), settings, 'settings');
  };

  const badValues = {
    'an element': () => document.body,
    'a number': () => 7,
    'a string': () => 'target',
    'an object': () => ({}),
    'false': () => false,
    'an object with the prototype of the interface': () => Object.create(Target.prototype),
    'a proxy of a target': ({target}) => new Proxy(target, {}),
    'a promise of a target': () => Target.fromElement(document.body),
    'the interface object': () => Target,
    'the JSON of a target': ({target}) => JSON.parse(JSON.stringify(target)),
  };

  for (const [what, make] of Object.entries(badValues)) {
    promise_test(async t => {
      const state = await setup(t);
      const settings = state.track.getSettings();
      let promise;
      try {
        promise = state.track[method](make(state));
      } catch (error) {
        assert_unreached(`threw ${error.name} instead of rejecting`);
      }
      await promise_rejects_js(t, TypeError, promise);
      await assertUnchanged(state, settings);
    }, `${method}() of ${what} rejects with a TypeError and changes nothing`);
  }

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    const wrong = await other.fromElement(state.element);
    await promise_rejects_js(t, TypeError, state.track[method](wrong));
    await assertUnchanged(state, settings);
  }, `${method}() of a ${otherName} rejects with a TypeError and changes nothing`);

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    await promise_rejects_js(t, TypeError, state.track[method]());
    await assertUnchanged(state, settings);
  }, `${method}() without an argument rejects with a TypeError and changes nothing`);

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    const forged = structuredClone(state.target);
    Object.setPrototypeOf(forged, other.prototype);
    // What an object is does not depend on its prototype.
    await within(t, state.track[method](forged), method);
    const fake = await other.fromElement(state.element);
    Object.setPrototypeOf(fake, Target.prototype);
    await promise_rejects_js(t, TypeError, state.track[method](fake));
    await assertUnchanged(state, settings);
  }, `${method}() does not mistake a ${otherName} with the prototype of a ${name}`);

  promise_test(async t => {
    const state = await setup(t);
    for (const receiver of [undefined, null, {}, state.track.constructor.prototype, new MediaStream()]) {
      await promise_rejects_js(t, TypeError, state.track[method].call(receiver, state.target));
    }
  }, `${method}() called on something else than a track rejects with a TypeError`);

  for (const argument of ['a target', 'null']) {
    promise_test(async t => {
      const {track, target, events} = await setup(t);
      track.stop();
      const name = method === 'restrictTo' ? 'NotSupportedError' : 'InvalidStateError';
      await promise_rejects_dom(t, name, within(t, track[method](argument === 'null' ? null : target), method));
      assert_equals(track.readyState, 'ended');
      assert_array_equals(events, [], 'events');
    }, `${method}() of ${argument} on an ended track rejects with ${
        method === 'restrictTo' ? 'NotSupportedError' : 'InvalidStateError'}`);
  }

  promise_test(async t => {
    const {track, target} = await setup(t);
    const copy = track.clone();
    t.add_cleanup(() => copy.stop());
    const copyReader = new FrameReader(t, copy);
    track.stop();
    await within(t, track[method](target), method).catch(() => {});
    await copyReader.next('a frame of the clone');
    await copyReader.viewport();
    assert_equals(copy.readyState, 'live');
  }, `${method}() on an ended track does not touch its live clone`);

  /** A window of our origin with a page that has a target. */
  const openWindow = async t => {
    const popup = await test_driver.bless('open a window', () => window.open(
        '/screen-capture/resources/target-frame.html', '_blank'));
    t.add_cleanup(() => popup?.close());
    assert_not_equals(popup, null, 'a window opened');
    const deadline = new Deadline(t);
    // The empty document that a window begins with is complete, too.
    while (!popup.document.getElementById('target') || popup.document.readyState !== 'complete') {
      deadline.check('loading the window');
      await new Promise(resolve => t.step_timeout(resolve, 10));
    }
    return popup;
  };

  promise_test(async t => {
    const popup = await openWindow(t);
    const {token} = await ask(t, popup, {type: 'mint', kind: name});
    popup.close();
    const state = await setup(t);
    const settings = state.track.getSettings();
    await promise_rejects_dom(t, 'NotAllowedError', within(t, state.track[method](token), method));
    await assertUnchanged(state, settings);
  }, `${method}() of a target in another top-level document rejects with NotAllowedError and changes nothing`);

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    const popup = await openWindow(t);
    const {token} = await ask(t, popup, {type: 'mint', kind: name});
    // The window is open, and its element is shown there.
    await promise_rejects_dom(t, 'NotAllowedError', within(t, state.track[method](token), method));
    popup.close();
    await assertUnchanged(state, settings);
  }, `${method}() of a target in another window that is open rejects with NotAllowedError and changes nothing`);

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    const popup = await openWindow(t);
    const {token} = await ask(t, popup, {type: 'mint', kind: name});
    popup.close();
    // Each copy of a target that is refused is refused, by whatever way it comes.
    const copies = [token, structuredClone(token), structuredClone({token}).token];
    const channel = new MessageChannel();
    const received = new Promise(resolve => { channel.port2.onmessage = ({data}) => resolve(data); });
    channel.port1.postMessage(token);
    copies.push(await within(t, received, 'a message'));
    for (const copy of copies) {
      await promise_rejects_dom(t, 'NotAllowedError', within(t, state.track[method](copy), method));
    }
    await assertUnchanged(state, settings);
    // And the one that is in use is not forgotten.
    await within(t, state.track[method](structuredClone(state.target)), method);
    await assertUnchanged(state, settings);
  }, `copies of a target that is refused are refused by ${method}(), and change nothing`);

  promise_test(async t => {
    const state = await setup(t);
    const settings = state.track.getSettings();
    const src = '/screen-capture/resources/target-frame.html';
    const iframe = await loadFrame(t, src, {left: 340});
    const {token: stale} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
    const loaded = nextEvent(t, iframe, 'load');
    iframe.contentWindow.location.reload();
    await loaded;
    const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
    // The same page with the same element, and yet another document.
    await promise_rejects_dom(t, 'NotAllowedError', within(t, state.track[method](stale), method));
    await assertUnchanged(state, settings);
    await within(t, state.track[method](token), method);
    assert_equals((await state.reader.size(80, 60)).center(), 'blue');
  }, `${method}() of a target from before its page was reloaded rejects with NotAllowedError and changes nothing`);

  promise_test(async t => {
    const stream = document.createElement('canvas').captureStream?.();
    const [track] = stream?.getVideoTracks() ?? [];
    const owner = track ?? MediaStreamTrack.prototype;
    assert_false(method in owner, `${method} on the track of a canvas`);
    const {track: own, target} = await setup(t);
    if (track) {
      await promise_rejects_js(t, TypeError, own[method].call(track, target));
    }
  }, `${method}() is not there for tracks of another source`);
}
