'use strict';

// Targets that come and go: removed, hidden, empty, out of the viewport; frames and the events of the track.

function testApplyLifecycle(kind) {
  const Target = kind.constructor;
  const {method} = kind;

  const setup = async (t, style = {}) => {
    repaint(t);
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style, ...style});
    const target = await Target.fromElement(element);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    return {element, target, track, reader};
  };

  // How an element stops to have pixels in the viewport, and how they come back.
  const absences = {
    'removed from the document': element => {
      const parent = element.parentNode;
      element.remove();
      return () => parent.append(element);
    },
    'not displayed': element => {
      element.style.display = 'none';
      return () => { element.style.display = ''; };
    },
    'in an ancestor that is not displayed': (element, t) => {
      const parent = document.createElement('div');
      t.add_cleanup(() => parent.remove());
      element.replaceWith(parent);
      parent.append(element);
      parent.style.display = 'none';
      return () => { parent.style.display = ''; };
    },
    'without a box (display: contents)': element => {
      element.style.display = 'contents';
      return () => { element.style.display = ''; };
    },
    'of zero width': element => {
      element.style.width = '0';
      return () => { element.style.width = '60px'; };
    },
    'of zero height': element => {
      element.style.height = '0';
      return () => { element.style.height = '40px'; };
    },
    'scaled to nothing': element => {
      element.style.transform = 'scale(0)';
      return () => { element.style.transform = ''; };
    },
    'above the viewport': element => {
      element.style.top = '-100px';
      return () => { element.style.top = '60px'; };
    },
    'left of the viewport': element => {
      element.style.left = '-100px';
      return () => { element.style.left = '20px'; };
    },
    'below the viewport': element => {
      element.style.position = 'fixed';
      element.style.top = '100vh';
      return () => { element.style.position = 'absolute'; element.style.top = '60px'; };
    },
  };

  for (const [what, leave] of Object.entries(absences)) {
    promise_test(async t => {
      const {element, target, track, reader} = await setup(t);
      await within(t, track[method](target), method);
      await reader.size(60, 40);
      const back = leave(element, t);
      await reader.quiet(what);
      await reader.assertNone(what);
      assert_equals(track.readyState, 'live', 'readyState');
      const before = reader.count;
      back();
      await reader.next('a frame after the return');
      const frame = await reader.size(60, 40);
      assert_equals(frame.center(), 'red');
      assert_true(reader.sizesSince(before).every(size => size === reader.sizes.at(-1)),
                  `only frames of the target after the return: ${reader.sizesSince(before)}`);
    }, `${method}(): no frames while the target is ${what}, frames when it returns`);
  }

  const absent = {
    'a detached element': element => element.remove(),
    'an element that is not displayed': element => { element.style.display = 'none'; },
    'an element of zero size': element => { element.style.width = element.style.height = '0'; },
    'an element outside of the viewport': element => { element.style.top = '-500px'; },
  };

  for (const [what, leave] of Object.entries(absent)) {
    promise_test(async t => {
      const {element, target, track, reader} = await setup(t);
      leave(element);
      await animationFrames(2);
      await within(t, track[method](target), method);
      await reader.assertNone(`after ${method}() has resolved`);
      await within(t, track[method](null), `${method}(null)`);
      await reader.next('frames again');
      await reader.viewport();
    }, `${method}() of ${what} resolves; no frames come until ${method}(null)`);
  }

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const second = await Target.fromElement(
        box(t, {left: 120, top: 60, width: 100, height: 40, background: 'blue', ...kind.style}));
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    element.remove();
    await reader.quiet('removed');
    await within(t, track[method](second), method);
    await reader.next('a frame of the other target');
    assert_equals((await reader.size(100, 40)).center(), 'blue');
  }, `${method}() of another target resumes frames after the target was removed`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const events = recordEvents(track);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    assert_false(track.muted, 'before');
    element.style.display = 'none';
    await untilMuted(t, track, true);
    assert_array_equals(events, ['mute']);
    element.style.display = '';
    await untilMuted(t, track, false);
    assert_array_equals(events, ['mute', 'unmute']);
  }, `a track is muted while the target of ${method}() is not displayed, and unmuted when it returns`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const states = [];
    for (const type of ['mute', 'unmute']) {
      track.addEventListener(type, event => {
        states.push([event.type, track.muted, event.isTrusted, event.bubbles, event.cancelable, event.target === track]);
      });
    }
    element.remove();
    await untilMuted(t, track, true);
    document.body.append(element);
    await untilMuted(t, track, false);
    assert_equals(JSON.stringify(states), JSON.stringify([
      ['mute', true, true, false, false, true],
      ['unmute', false, true, false, false, true],
    ]));
  }, `mute and unmute events of a removed and returning target see the new state (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const events = recordEvents(track);
    element.remove();
    await within(t, track[method](target), method);
    await untilMuted(t, track, true);
    await within(t, track[method](null), `${method}(null)`);
    await untilMuted(t, track, false);
    assert_array_equals(events, ['mute', 'unmute']);
    await reader.next('a frame');
  }, `${method}(null) unmutes a track whose target is detached`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    const copy = track.clone();
    t.add_cleanup(() => copy.stop());
    const copyReader = new FrameReader(t, copy);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    element.remove();
    await untilMuted(t, track, true);
    assert_false(copy.muted, 'the clone');
    await copyReader.next('a frame of the clone');
    await copyReader.viewport();
  }, `only the track whose target is gone is muted, not its clone (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    for (let i = 0; i < 5; ++i) {
      element.remove();
      await reader.quiet(`removed, round ${i}`, 6);
      document.body.append(element);
      await reader.next(`a frame, round ${i}`);
    }
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `a target may come and go several times (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const before = reader.count;
    // Out and in again between two frames.
    for (let i = 0; i < 20; ++i) {
      element.remove();
      document.body.append(element);
      await animationFrame();
    }
    await reader.next('a frame');
    for (const size of reader.sizesSince(before)) {
      assert_equals(size, `${devicePixels(60)}x${devicePixels(40)}`);
    }
    assert_equals(reader.newest.center(), 'red');
  }, `a target that is removed and appended in one task stays the target (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    element.style.left = '200px';
    element.style.background = 'blue';
    await reader.until(frame => frame.center() === 'blue', 'the new colour');
    const moved = await reader.next('a frame');
    assert_true(moved.hasSize(60, 40));
    assert_equals(moved.colorAt(2, 2), 'blue', 'top left');
    assert_equals(moved.colorAt(-3, -3), 'blue', 'bottom right');
  }, `frames follow a target that moves (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    for (const [width, height] of [[100, 40], [30, 90], [200, 120], [60, 40]]) {
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      const frame = await reader.size(width, height);
      assert_equals(frame.center(), 'red', `${width}x${height}`);
    }
  }, `frames follow a target that changes its size (${method})`);

  promise_test(async t => {
    const tall = box(t, {left: 0, top: 0, width: 1, height: 4000, background: 'transparent'});
    assert_true(tall.isConnected);
    const {target, track, reader} = await setup(t, {top: 100});
    t.add_cleanup(() => scrollTo(0, 0));
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    scrollTo(0, 40);
    await animationFrames(3);
    const moved = await reader.next('a frame after a small scroll');
    assert_true(moved.hasSize(60, 40), `after a small scroll, got ${moved}`);
    assert_equals(moved.colorAt(2, 2), 'red', 'top left');
    assert_equals(moved.colorAt(-3, -3), 'red', 'bottom right');
    scrollTo(0, 120);
    const frame = await reader.size(60, 20);
    assert_equals(frame.center(), 'red', 'the rest in the viewport');
    scrollTo(0, 1000);
    await reader.quiet('scrolled away');
    scrollTo(0, 0);
    await reader.next('a frame after scrolling back');
    await reader.size(60, 40);
  }, `scrolling the page moves the target, cuts it at the viewport's edge, and out of it (${method})`);

  promise_test(async t => {
    repaint(t);
    const scroller = box(t, {left: 20, top: 60, width: 200, height: 150, background: 'white', overflow: 'hidden'});
    const inner = box(t, {left: 10, top: 10, width: 60, height: 40, parent: scroller, ...kind.style});
    box(t, {left: 0, top: 0, width: 1, height: 2000, parent: scroller, background: 'transparent'});
    const target = await Target.fromElement(inner);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const before = reader.count;
    for (let y = 0; y <= 9; y += 3) {
      scroller.scrollTop = y;
      await animationFrames(2);
    }
    await reader.next('a frame after scrolling');
    const frame = await reader.next('another');
    assert_true(frame.hasSize(60, 40));
    assert_equals(frame.colorAt(2, 2), 'red', 'top left');
    assert_equals(frame.colorAt(-3, -3), 'red', 'bottom right');
    assert_equals(new Set(reader.sizesSince(before)).size, 1, 'one size all the time');
  }, `scrolling a container moves the target (${method})`);

  promise_test(async t => {
    const {element, target, track, reader} = await setup(t);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    const other = box(t, {left: 200, top: 200, width: 200, height: 100, background: 'white'});
    const root = other.attachShadow({mode: 'closed'});
    root.append(element);
    Object.assign(element.style, {left: '10px', top: '10px', width: '80px'});
    const frame = await reader.size(80, 40);
    assert_equals(frame.center(), 'red');
  }, `a target in use may move into a shadow tree (${method})`);
}
