'use strict';

// Clones of a track and several captures of one tab: each starts without a target and is independent.

function testApplyClones(kind) {
  const Target = kind.constructor;
  const {method} = kind;

  const setup = async t => {
    repaint(t);
    const red = await Target.fromElement(box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style}));
    const blue = await Target.fromElement(
        box(t, {left: 120, top: 60, width: 100, height: 40, background: 'blue', ...kind.style}));
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    return {red, blue, track, reader};
  };

  const clone = (t, track) => {
    const copy = track.clone();
    t.add_cleanup(() => copy.stop());
    return copy;
  };

  promise_test(async t => {
    const {track} = await setup(t);
    const copy = clone(t, track);
    assert_true(copy instanceof BrowserCaptureMediaStreamTrack, 'class');
    assert_not_equals(copy, track);
    assert_not_equals(copy.id, track.id, 'id');
    assert_equals(copy.kind, track.kind, 'kind');
    assert_equals(copy.label, track.label, 'label');
    assert_equals(copy.readyState, 'live', 'readyState');
    assert_equals(typeof copy[method], 'function');
  }, `a clone has ${method}(), a new id, and the same kind and label`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    await within(t, track[method](red), method);
    await reader.size(60, 40);
    const copyReader = new FrameReader(t, clone(t, track));
    const frame = await copyReader.next('a frame of the clone');
    assert_true(isViewportFrame(frame), `the clone shows the viewport from the first frame on, got ${frame}`);
    assert_true((await reader.next('a frame of the original')).hasSize(60, 40), 'the original');
  }, `a clone of a track after ${method}() starts with no target, and the original keeps its own`);

  promise_test(async t => {
    const {red, blue, track, reader} = await setup(t);
    await within(t, track[method](red), method);
    await reader.size(60, 40);
    const copy = clone(t, track);
    const copyReader = await readFrames(t, copy);
    await within(t, copy[method](blue), `${method}() of the clone`);
    assert_equals((await copyReader.size(100, 40)).center(), 'blue', 'the clone');
    const frame = await reader.next('a frame of the original');
    assert_true(frame.hasSize(60, 40), `the original, got ${frame}`);
    assert_equals(frame.center(), 'red', 'the original');
  }, `${method}() of a clone does not touch the original`);

  promise_test(async t => {
    const {red, blue, track, reader} = await setup(t);
    const copy = clone(t, track);
    const copyReader = await readFrames(t, copy);
    await within(t, track[method](red), `${method}() of a track with a clone`);
    await reader.size(60, 40);
    const frame = await copyReader.next('a frame of the clone');
    assert_true(isViewportFrame(frame), `the clone, got ${frame}`);
    await within(t, track[method](blue), `${method}() again`);
    assert_equals((await reader.size(100, 40)).center(), 'blue');
  }, `${method}() works for a track that has a clone, and does not touch the clone`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    const copy = clone(t, track);
    const copyReader = await readFrames(t, copy);
    await within(t, Promise.all([track[method](red), copy[method](red)]), method);
    await reader.size(60, 40);
    await copyReader.size(60, 40);
    await within(t, track[method](null), `${method}(null)`);
    await reader.viewport();
    const frame = await copyReader.next('a frame of the clone');
    assert_true(frame.hasSize(60, 40), `the clone keeps the target, got ${frame}`);
  }, `the same target on a track and its clone is undone separately (${method})`);

  promise_test(async t => {
    const {red, track} = await setup(t);
    const copy = clone(t, track);
    const copyReader = await readFrames(t, copy);
    await within(t, copy[method](red), method);
    await copyReader.size(60, 40);
    track.stop();
    assert_equals(copy.readyState, 'live');
    const frame = await copyReader.next('a frame after the original was stopped');
    assert_true(frame.hasSize(60, 40), `got ${frame}`);
    await within(t, copy[method](null), `${method}(null)`);
    await copyReader.viewport();
  }, `a clone with a target goes on when the original is stopped (${method})`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    const copy = clone(t, track);
    await within(t, track[method](red), method);
    copy.stop();
    assert_equals(track.readyState, 'live');
    const frame = await reader.size(60, 40);
    assert_equals(frame.center(), 'red');
    await reader.next('frames go on');
  }, `the original goes on when a clone is stopped (${method})`);

  promise_test(async t => {
    const {red, blue, track, reader} = await setup(t);
    const second = clone(t, track);
    const third = clone(t, second);
    const readers = [reader, await readFrames(t, second), await readFrames(t, third)];
    assert_equals(new Set([track.id, second.id, third.id]).size, 3, 'ids');
    await within(t, Promise.all([track[method](red), third[method](blue)]), method);
    await readers[0].size(60, 40);
    await readers[1].viewport();
    await readers[2].size(100, 40);
  }, `a clone of a clone is independent too (${method})`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    const pending = track[method](red);
    const copy = clone(t, track);
    await within(t, pending, method);
    await reader.size(60, 40);
    const copyReader = new FrameReader(t, copy);
    const frame = await copyReader.next('a frame of the clone');
    assert_true(isViewportFrame(frame), `got ${frame}`);
  }, `a clone made while ${method}() is pending has no target`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    await within(t, track[method](red), method);
    await reader.size(60, 40);
    const stream = new MediaStream([track]).clone();
    const [copy] = stream.getVideoTracks();
    t.add_cleanup(() => copy.stop());
    assert_true(copy instanceof BrowserCaptureMediaStreamTrack);
    const frame = await new FrameReader(t, copy).next('a frame of the clone');
    assert_true(isViewportFrame(frame), `got ${frame}`);
  }, `MediaStream.clone() gives tracks with no target of ${method}()`);

  promise_test(async t => {
    const {red, track} = await setup(t);
    track.stop();
    const copy = track.clone();
    assert_equals(copy.readyState, 'ended', 'a clone of an ended track');
    const name = method === 'restrictTo' ? 'NotSupportedError' : 'InvalidStateError';
    await promise_rejects_dom(t, name, within(t, copy[method](red), method));
  }, `a clone of an ended track is ended, and ${method}() rejects`);

  promise_test(async t => {
    const {red, blue, track, reader} = await setup(t);
    const second = await captureThisTab(t);
    const secondReader = await readFrames(t, second);
    assert_not_equals(second.id, track.id, 'ids');
    await within(t, Promise.all([track[method](red), second[method](blue)]), method);
    assert_equals((await reader.size(60, 40)).center(), 'red', 'the first');
    assert_equals((await secondReader.size(100, 40)).center(), 'blue', 'the second');
  }, `two captures of one tab have targets of their own (${method})`);

  promise_test(async t => {
    const {red, track, reader} = await setup(t);
    const second = await captureThisTab(t);
    const secondReader = await readFrames(t, second);
    await within(t, track[method](red), method);
    await reader.size(60, 40);
    const frame = await secondReader.next('a frame of the second capture');
    assert_true(isViewportFrame(frame), `got ${frame}`);
    second.stop();
    await reader.next('the first goes on');
    await within(t, track[method](null), `${method}(null)`);
    await reader.viewport();
  }, `${method}() of one capture does not touch another of the same tab`);

  promise_test(async t => {
    const {red, blue, track} = await setup(t);
    const tracks = [track, clone(t, track), clone(t, track), clone(t, track)];
    const order = tracks.map(() => []);
    const calls = [];
    for (let i = 0; i < 12; ++i) {
      for (const [index, which] of tracks.entries()) {
        calls.push(which[method]([red, blue, null][(i + index) % 3]).then(() => order[index].push(i)));
      }
    }
    await within(t, Promise.all(calls), 'all of the calls');
    for (const list of order) {
      assert_array_equals(list, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
  }, `calls of ${method}() on a track and three clones settle in order on each`);
}
