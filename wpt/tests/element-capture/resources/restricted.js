'use strict';

/** Restricts a track of this tab to the element; resolves with the track and its reader. */
async function restrictTo(t, element) {
  const target = await RestrictionTarget.fromElement(element);
  repaint(t);
  const track = await captureThisTab(t);
  const reader = await readFrames(t, track);
  await within(t, track.restrictTo(target), 'restrictTo()');
  return {track, reader, target};
}

/** A red box that can be restricted to. */
function restrictable(t, options = {}) {
  return box(t, {left: 40, top: 80, width: 80, height: 60, isolation: 'isolate', ...options});
}

function assertEmpty(frame, x, y, what) {
  const color = frame.colorAt(x, y);
  assert_true(isEmptyColor(color), `${what}: ${color} at ${x}, ${y}`);
}

/** Where the element of an eligibility test lies; its position may be static, relative, absolute, anything. */
const PLACE = {left: 20, top: 20, width: 80, height: 60};

/** Keeps such an element away from the top of the page, where testdriver clicks. Forms no stacking context. */
function wrapper(t) {
  return box(t, {left: 20, top: 60, width: 300, height: 200, background: 'transparent'});
}

/** Whether this browser has these properties. What it does not know cannot make anything eligible. */
function knows(style) {
  const probe = document.createElement('div').style;
  return Object.keys(style).every(property => property in probe);
}

function testEligible(what, style) {
  if (!knows(style)) {
    return;
  }
  promise_test(async t => {
    const element = box(t, {...PLACE, parent: wrapper(t), ...style});
    const {track, reader} = await restrictTo(t, element);
    const frame = await reader.size(80, 60);
    const [red, green, blue, alpha] = frame.rgba(frame.width / 2, frame.height / 2);
    assert_greater_than(red * alpha / 255, 150, 'red');
    assert_less_than(green * alpha / 255, 90, 'green');
    assert_less_than(blue * alpha / 255, 90, 'blue');
    assert_false(track.muted, 'muted');
  }, `an element with ${what} is eligible`);
}

function testEligibilityChange(what, eligible, not) {
  if (!knows({...eligible, ...not})) {
    return;
  }
  promise_test(async t => {
    const element = box(t, {...PLACE, parent: wrapper(t), ...eligible});
    const {reader} = await restrictTo(t, element);
    await reader.size(80, 60);
    Object.assign(element.style, not);
    await reader.quiet('not eligible any more');
    await reader.assertNone('not eligible any more');
    Object.assign(element.style, eligible);
    await reader.next('a frame of the eligible element');
    assert_true(reader.newest.hasSize(80, 60));
  }, `frames stop when a change of ${what} makes the target ineligible, and come back with it`);
}
