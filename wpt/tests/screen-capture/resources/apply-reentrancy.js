'use strict';

// cropTo() and restrictTo() from places where script runs in the middle of something: event handlers, observers,
// animation frames, documents that go away.

const HOST_FRAME = '/screen-capture/resources/unloading-frame.html';

function testApplyReentrancy(kind) {
  const Target = kind.constructor;
  const {name, method} = kind;

  const setup = async t => {
    repaint(t);
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const other = box(t, {left: 120, top: 60, width: 100, height: 40, background: 'blue', ...kind.style});
    const target = await Target.fromElement(element);
    const second = await Target.fromElement(other);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    return {element, other, target, second, track, reader};
  };

  promise_test(async t => {
    const {element, target, second, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const called = new Promise(resolve => {
      track.onmute = () => {
        track.onmute = null;
        resolve(track[method](second));
      };
    });
    element.remove();
    await within(t, called, `${method}() in the mute handler`, 1);
    assert_equals((await reader.size(100, 40)).center(), 'blue');
    await untilMuted(t, track, false);
  }, `${method}() of another target in the handler of mute`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const called = new Promise(resolve => {
      track.onmute = () => {
        track.stop();
        resolve();
      };
    });
    element.remove();
    await within(t, called, 'mute', 1);
    document.body.append(element);
    assert_equals(track.readyState, 'ended');
    await animationFrames(5);
    await within(t, captureThisTab(t), 'another capture');
  }, `stop() in the handler of mute, with a target of ${method}()`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    let called;
    track.onmute = () => { element.style.display = ''; };
    track.onunmute = () => { called = track[method](null); };
    element.style.display = 'none';
    const deadline = new Deadline(t);
    while (called === undefined) {
      deadline.check('unmute');
      await animationFrame();
    }
    await within(t, called, `${method}(null) in the unmute handler`);
    await reader.viewport();
  }, `handlers of mute and unmute that change the page and call ${method}()`);

  promise_test(async t => {
    const {target, second, track, reader} = await setup(t);
    for (let i = 0; i < 5; ++i) {
      await within(t, new Promise(resolve => {
        requestAnimationFrame(() => resolve(track[method](i % 2 ? target : second)));
      }), `${method}() in an animation frame`);
    }
    assert_equals((await reader.size(100, 40)).center(), 'blue');
  }, `${method}() in animation frame callbacks`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const called = new Promise(resolve => {
      const observer = new ResizeObserver(() => {
        observer.disconnect();
        resolve(track[method](target));
      });
      observer.observe(element);
    });
    await within(t, called, `${method}() in a resize observer`);
    await reader.size(60, 40);
  }, `${method}() in the callback of a ResizeObserver`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const called = new Promise(resolve => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        element.style.width = '80px';
        resolve(track[method](target));
      });
      observer.observe(element, {attributes: true});
    });
    element.className = 'changed';
    await within(t, called, `${method}() in a mutation observer`);
    await reader.size(80, 40);
  }, `${method}() in the callback of a MutationObserver that changes the target`);

  promise_test(async t => {
    const {target, track, reader} = await setup(t);
    const pending = track[method](target);
    const copies = Array.from({length: 5}, () => track.clone());
    t.add_cleanup(() => copies.forEach(copy => copy.stop()));
    track.stop();
    await within(t, pending.catch(() => {}), method);
    assert_true(copies.every(copy => copy.readyState === 'live'));
    await animationFrames(3);
    const before = reader.count;
    await animationFrames(3);
    assert_equals(reader.count, before, 'frames of the stopped track');
  }, `clone() and stop() while ${method}() is pending`);

  promise_test(async t => {
    const {target, track} = await setup(t);
    const pending = [];
    for (let i = 0; i < 200; ++i) {
      pending.push(track[method](i % 2 ? target : null));
    }
    await within(t, Promise.all(pending), '200 calls');
    await within(t, track[method](null), 'one more');
  }, `200 calls of ${method}() at once`);

  promise_test(async t => {
    const {element, target, track} = await setup(t);
    const pending = track[method](target);
    element.remove();
    await within(t, pending, method);
    await within(t, track[method](null), `${method}(null)`);
  }, `a target that is removed while ${method}() is pending`);

  promise_test(async t => {
    const {track, reader} = await setup(t);
    let element = box(t, {left: 20, top: 120, width: 40, height: 40, ...kind.style});
    const target = await Target.fromElement(element);
    element.remove();
    element = null;
    globalThis.gc?.();
    await within(t, track[method](target), method);
    const before = reader.count;
    await reader.quiet('a target whose element is unreachable');
    // The element may have been on screen for a moment more.
    if (reader.count > before) {
      assert_true(reader.newest.hasSize(40, 40), `${reader.newest}`);
    }
    await reader.assertNone('an element that is gone');
    await within(t, track[method](null), `${method}(null)`);
    await reader.next('frames again');
  }, `a ${name} does not need its element: ${method}() resolves, and no frames come`);

  for (const event of ['pagehide', 'unload', 'beforeunload', 'visibilitychange']) {
    promise_test(async t => {
      const {track, target, second, reader} = await setup(t);
      await within(t, track[method](target), method);
      await reader.size(60, 40);
      const iframe = await loadFrame(t, HOST_FRAME, {left: 340, top: 60, width: 60, height: 40});
      // The page in the iframe calls the method of this track, and mints a target, while it is unloaded.
      iframe.contentWindow.setup({track, target: second, method, event, Target: name});
      const loaded = nextEvent(t, iframe, 'load');
      iframe.contentWindow.location.href = `${HOST_FRAME}?next`;
      await loaded;
      const {calls, promises} = window.unloadReport ?? {calls: 0, promises: []};
      delete window.unloadReport;
      if (event !== 'unload') {
        // Browsers are giving up unload.
        assert_equals(calls, 1, `handlers of ${event}`);
      }
      if (calls > 0) {
        await within(t, promises[0].catch(() => {}), `${method}() during ${event}`);
        await reader.size(100, 40);
      }
      await within(t, track[method](target), `${method}() afterwards`);
      const frame = await reader.size(60, 40);
      assert_equals(frame.center(), 'red');
    }, `${method}() in the ${event} handler of another document`);
  }

  promise_test(async t => {
    repaint(t);
    const target = await Target.fromElement(box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style}));
    const iframe = await loadFrame(t, '/screen-capture/resources/capturing-frame.html',
                                   {left: 340, top: 60, width: 60, height: 40});
    const result = await test_driver.bless('capture from the iframe', () => {
      iframe.contentWindow.focus();
      return iframe.contentWindow.capture({keep: true});
    });
    assert_equals(result.error, undefined);
    const {track} = iframe.contentWindow;
    const pending = track[method](target);
    pending.catch(() => {});
    iframe.remove();
    await animationFrames(5);
    assert_equals(track.readyState, 'ended');
    // The realm of the promise is gone. What counts is that the tab goes on.
    const own = await captureThisTab(t);
    const reader = await readFrames(t, own);
    await within(t, own[method](target), method);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `the document of a track is removed while ${method}() is pending`);

  promise_test(async t => {
    const {track, target, reader} = await setup(t);
    const iframe = box(t, {left: 340, top: 60, width: 60, height: 40, tag: 'iframe'});
    const foreign = iframe.contentWindow.structuredClone(target);
    iframe.remove();
    // The object is of a realm that is gone; what it names is not.
    const outcome = await within(t, track[method](foreign).then(() => 'resolved', error => error.name), method);
    assert_in_array(outcome, ['resolved', 'NotAllowedError', 'TypeError']);
    await reader.next('frames go on');
    await within(t, track[method](target), method);
    await reader.size(60, 40);
  }, `${method}() of a target object whose realm is gone does no harm`);

  promise_test(async t => {
    const {track, target, reader} = await setup(t);
    const calls = [];
    const nested = () => {
      calls.push(calls.length);
      if (calls.length < 50) {
        return track[method](calls.length % 2 ? target : null).then(nested);
      }
    };
    await nested();
    assert_equals(calls.length, 50);
    await reader.next('frames go on');
  }, `50 calls of ${method}(), each from the reaction to the one before`);
}
