'use strict';

// When the promises of cropTo() and restrictTo() settle, in what order, and which frames may come after.

function testApplyPromises(kind) {
  const Target = kind.constructor;
  const {method} = kind;

  /** Three targets that differ in size, and a track that is read all the time. */
  const setup = async (t, {read = true} = {}) => {
    repaint(t);
    const sizes = [[60, 40], [100, 40], [60, 100]];
    const colors = ['red', 'blue', 'lime'];
    const targets = [];
    for (let i = 0; i < 3; ++i) {
      targets.push(await Target.fromElement(box(t, {
        left: 20 + 120 * i, top: 60, width: sizes[i][0], height: sizes[i][1], background: colors[i], ...kind.style,
      })));
    }
    const names = sizes.map(([width, height]) => `${devicePixels(width)}x${devicePixels(height)}`);
    const track = await captureThisTab(t);
    const reader = read ? await readFrames(t, track) : null;
    return {targets, sizes, colors, names, track, reader};
  };

  promise_test(async t => {
    const {track, targets} = await setup(t);
    assert_equals(await within(t, track[method](targets[0]), method), undefined, 'with a target');
    assert_equals(await within(t, track[method](null), method), undefined, 'with null');
  }, `${method}() resolves with undefined`);

  promise_test(async t => {
    const {track, targets} = await setup(t);
    const promise = track[method](targets[0]);
    assert_true(promise instanceof Promise);
    let settled = false;
    promise.then(() => { settled = true; });
    assert_false(settled, 'not synchronously');
    await within(t, promise, method);
    const again = track[method](targets[0]);
    assert_not_equals(again, promise, 'a new promise each time');
    await within(t, again, method);
  }, `${method}() returns a new promise each time`);

  promise_test(async t => {
    const {track, targets} = await setup(t);
    const order = [];
    const calls = [0, 1, 2, null, 0, 1, undefined, 2, 2, 0].map((which, index) => {
      const argument = typeof which === 'number' ? targets[which] : which;
      return track[method](argument).then(() => order.push(index));
    });
    await within(t, Promise.all(calls), 'all of the calls');
    assert_array_equals(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }, `ten calls of ${method}() at once resolve in the order of the calls`);

  promise_test(async t => {
    const {track, targets, reader, sizes} = await setup(t);
    const calls = [0, 1, 2, 0, 1, 2, 1].map(which => track[method](targets[which]));
    await within(t, Promise.all(calls), 'all of the calls');
    const frame = await reader.next('a frame after the last call');
    assert_true(frame.hasSize(...sizes[1]), `the last target, got ${frame}`);
  }, `of several calls of ${method}() at once the last wins`);

  promise_test(async t => {
    const {track, targets, reader, names} = await setup(t);
    const start = reader.count;
    const calls = [0, 1, 2].map(which => track[method](targets[which]));
    await within(t, Promise.all(calls), 'all of the calls');
    await reader.next('a frame of the last target');
    const seen = reader.sizesSince(start).map(size => names.indexOf(size));
    for (let i = 1; i < seen.length; ++i) {
      assert_greater_than_equal(seen[i], seen[i - 1], `frames went back to an earlier target: ${seen}`);
    }
  }, `frames go through the states of ${method}() in the order of the calls`);

  promise_test(async t => {
    const {track, targets, reader, names} = await setup(t);
    let wrong = 0;
    for (let round = 0; round < 40; ++round) {
      const which = round % 3;
      await within(t, track[method](targets[which]), method);
      const resolved = reader.count;
      await reader.next(`a frame after call ${round}`);
      wrong += reader.sizesSince(resolved).filter(size => size !== names[which]).length;
    }
    assert_equals(wrong, 0, 'frames of an earlier state');
  }, `no frame of an earlier target comes after ${method}() has resolved, 40 times in a page that repaints`);

  promise_test(async t => {
    const {track, targets, reader, names} = await setup(t);
    let wrong = 0;
    for (let round = 0; round < 40; ++round) {
      const restricted = round % 2 === 0;
      await within(t, track[method](restricted ? targets[0] : null), method);
      const resolved = reader.count;
      await reader.next(`a frame after call ${round}`);
      wrong += reader.sizesSince(resolved).filter(size => (size === names[0]) !== restricted).length;
    }
    assert_equals(wrong, 0, 'frames of an earlier state');
  }, `no frame of an earlier state comes after ${method}(null) and ${method}(target) have resolved, 40 times`);

  promise_test(async t => {
    const {track, targets, reader, sizes, colors} = await setup(t);
    for (let round = 0; round < 9; ++round) {
      const which = round % 3;
      await within(t, track[method](targets[which]), method);
      const frame = await reader.next('a frame');
      assert_true(frame.hasSize(...sizes[which]), `size of ${frame} in round ${round}`);
      assert_equals(frame.center(), colors[which], `colour in round ${round}`);
      assert_equals(frame.colorAt(2, 2), colors[which], `colour at the edge in round ${round}`);
    }
  }, `the first frame after ${method}() has the size and the pixels of the new target`);

  promise_test(async t => {
    const {track, targets, sizes} = await setup(t, {read: false});
    const reader = new MediaStreamTrackProcessor({track, maxBufferSize: 1}).readable.getReader();
    t.add_cleanup(() => reader.cancel());
    (await within(t, reader.read(), 'a frame')).value.close();
    // Frames pile up in the processor's queue, which nobody reads, while the target changes.
    await animationFrames(10);
    for (const which of [0, 1, 2]) {
      await within(t, track[method](targets[which]), method);
      const {value} = await within(t, reader.read(), 'a frame');
      const size = [value.displayWidth, value.displayHeight];
      value.close();
      assert_array_equals(size, sizes[which].map(devicePixels), `call ${which}`);
      await animationFrames(10);
    }
  }, `a frame that waited in a processor's queue is not delivered after ${method}() has resolved`);

  promise_test(async t => {
    const {track, targets, sizes, reader} = await setup(t);
    const capture = new ImageCapture(track);
    await within(t, capture.grabFrame(), 'grabFrame()');
    for (const which of [0, 1, 2, 0]) {
      await within(t, track[method](targets[which]), method);
      const bitmap = await within(t, capture.grabFrame(), 'grabFrame()');
      assert_array_equals([bitmap.width, bitmap.height], sizes[which].map(devicePixels), `target ${which}`);
      bitmap.close();
    }
    assert_false(reader.closed);
  }, `grabFrame() after ${method}() has resolved shows the new target`);

  promise_test(async t => {
    const {track, targets} = await setup(t, {read: false});
    await within(t, track[method](targets[0]), `${method}() without a consumer`);
    await within(t, track[method](targets[1]), `${method}() without a consumer`);
    await within(t, track[method](null), `${method}(null) without a consumer`);
  }, `${method}() resolves for a track that nobody reads`);

  promise_test(async t => {
    const {track, targets, sizes} = await setup(t, {read: false});
    await within(t, track[method](targets[0]), method);
    const reader = new FrameReader(t, track);
    const frame = await reader.next('the first frame');
    assert_true(frame.hasSize(...sizes[0]), `got ${frame}`);
    assert_equals(new Set(reader.sizes).size, 1, 'no other size before');
  }, `a consumer that comes after ${method}() sees the target from its first frame on`);

  promise_test(async t => {
    const {track, targets, reader, sizes} = await setup(t);
    track.enabled = false;
    await within(t, track[method](targets[0]), method);
    track.enabled = true;
    await reader.size(...sizes[0]);
  }, `${method}() resolves while the track is disabled`);

  promise_test(async t => {
    const {track, targets, reader, sizes} = await setup(t);
    await within(t, track[method](targets[0]), method);
    await reader.size(...sizes[0]);
    const before = reader.count;
    await within(t, track[method](targets[0]), `${method}() of the same target`);
    await reader.next('a frame');
    assert_equals(new Set(reader.sizesSince(before)).size, 1, 'no frame of another state');
  }, `${method}() of the target that is already applied resolves, and no other frame comes between`);

  for (const [what, value] of [['null', null], ['undefined', undefined]]) {
    promise_test(async t => {
      const {track, targets, reader, sizes} = await setup(t);
      await within(t, track[method](value), 'before anything is applied');
      assert_true(isViewportFrame(await reader.next('a frame')), 'the viewport');
      await within(t, track[method](targets[0]), method);
      await reader.size(...sizes[0]);
      await within(t, track[method](value), `${method}(${what})`);
      const frame = await reader.next('a frame');
      assert_true(isViewportFrame(frame), `the viewport again, got ${frame}`);
      await within(t, track[method](value), `${method}(${what}) once more`);
      assert_true(isViewportFrame(await reader.next('a frame')), 'still the viewport');
    }, `${method}(${what}) undoes, and is allowed when nothing is applied`);
  }

  promise_test(async t => {
    const {track, targets} = await setup(t);
    const promises = [0, 1, 2].map(which => track[method](targets[which]));
    track.stop();
    const outcomes = await within(t, Promise.allSettled(promises), 'the pending promises');
    for (const {status, reason} of outcomes) {
      if (status === 'rejected') {
        assert_true(reason instanceof DOMException, String(reason));
      }
    }
    assert_equals(track.readyState, 'ended');
  }, `stop() settles every pending promise of ${method}()`);

  promise_test(async t => {
    const {track, targets, reader, sizes} = await setup(t);
    const promise = track[method](targets[0]);
    await promise_rejects_js(t, TypeError, track[method]({}));
    await within(t, promise, method);
    const frame = await reader.next('a frame');
    assert_true(frame.hasSize(...sizes[0]), `got ${frame}`);
  }, `a rejected call of ${method}() does not disturb the one before it`);

  promise_test(async t => {
    const {track, targets, reader} = await setup(t);
    const order = [];
    await within(t, new Promise(resolve => {
      track[method](targets[0]).then(() => {
        order.push('first');
        track[method](targets[1]).then(() => {
          order.push('second');
          track[method](null).then(() => {
            order.push('third');
            resolve();
          });
        });
      });
    }), 'calls from reactions');
    assert_array_equals(order, ['first', 'second', 'third']);
    assert_true(isViewportFrame(await reader.next('a frame')), 'the viewport');
  }, `${method}() may be called from the reaction to ${method}()`);

  promise_test(async t => {
    // Nobody reads meanwhile: what read() resolves with is an object, whose then is looked for.
    const {track, targets, sizes} = await setup(t, {read: false});
    let thenCalls = 0;
    Object.defineProperty(Object.prototype, 'then', {
      configurable: true,
      get() { ++thenCalls; return undefined; },
    });
    t.add_cleanup(() => { delete Object.prototype.then; });
    const result = await track[method](targets[0]);
    delete Object.prototype.then;
    assert_equals(result, undefined);
    assert_equals(thenCalls, 0, 'undefined is not an object with a then');
    const frame = await (await readFrames(t, track)).next();
    assert_true(frame.hasSize(...sizes[0]), `got ${frame}`);
  }, `${method}() does not look for a then on its result`);
}

function testApplyOnStaticPage(kind) {
  const Target = kind.constructor;
  const {method} = kind;

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const second = box(t, {left: 120, top: 60, width: 100, height: 40, background: 'blue', ...kind.style});
    const targets = [await Target.fromElement(element), await Target.fromElement(second)];
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    reader.patience = PATIENT;
    for (let round = 0; round < 6; ++round) {
      await within(t, track[method](targets[round % 2]), method);
      const frame = await reader.size(...(round % 2 ? [100, 40] : [60, 40]));
      assert_equals(frame.center(), round % 2 ? 'blue' : 'red', `round ${round}`);
    }
    await within(t, track[method](null), method);
    await reader.viewport();
  }, `${method}() gives a frame of the new state although the page does not repaint`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(element);
    const track = await captureThisTab(t);
    await within(t, track[method](target), method);
    const bitmap = await within(t, new ImageCapture(track).grabFrame(), 'grabFrame()');
    assert_equals(`${bitmap.width}x${bitmap.height}`, `${devicePixels(60)}x${devicePixels(40)}`);
  }, `grabFrame() after ${method}() works although the page does not repaint`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(element);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    reader.patience = PATIENT;
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    element.style.background = 'blue';
    await reader.until(frame => frame.center() === 'blue', 'the new colour');
    element.style.width = '100px';
    await reader.size(100, 40);
  }, `a single change of the target gives a frame (${method})`);
}
