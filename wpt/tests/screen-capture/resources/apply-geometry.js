'use strict';

// Sizes and edges of frames: the bounding client rectangle of the target, cut to the viewport.

function testGeometry(kind) {
  const Target = kind.constructor;
  const {method} = kind;

  const apply = async (t, element) => {
    const target = await Target.fromElement(element);
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    return reader;
  };

  /** Asserts that the frame shows one colour from edge to edge, or from that far inside. */
  const assertFilled = (frame, color, inset = 0) => {
    for (const [x, y] of [[0, 0], [-1, 0], [0, -1], [-1, -1]].map(
        point => point.map(value => value < 0 ? value - inset : value + inset))) {
      assert_equals(frame.colorAt(x, y), color, `corner ${x}, ${y}`);
    }
    assert_equals(frame.center(), color, 'centre');
  };

  // Style, expected size, and whether the box fills its bounding rectangle.
  const cases = {
    'a plain box': [{}, 80, 60, true],
    'a box with a border': [{border: '10px solid red'}, 100, 80, true],
    'a box with padding': [{padding: '4px 10px'}, 100, 68, true],
    'box-sizing: border-box': [{boxSizing: 'border-box', border: '10px solid red'}, 80, 60, true],
    'a margin, which does not count': [{margin: '10px'}, 80, 60, true],
    'a box that is scaled up': [{transform: 'scale(2)', transformOrigin: '0 0'}, 160, 120, true],
    'a box that is scaled down': [{transform: 'scale(0.5)', transformOrigin: '0 0'}, 40, 30, true],
    'a box that is translated': [{transform: 'translate(30px, 20px)'}, 80, 60, true],
    'a box that is mirrored': [{transform: 'scaleX(-1)'}, 80, 60, true],
    'a box that is turned by 90 degrees': [{transform: 'rotate(90deg)'}, 60, 80, true],
    'a box that is turned by 45 degrees': [{transform: 'rotate(45deg)', width: '99px', height: '99px'},
                                            140, 140, false],
    'a box that is skewed': [{transform: 'skewX(45deg)'}, 140, 60, false],
    'position: fixed': [{position: 'fixed'}, 80, 60, true],
    'odd width and height': [{width: '81px', height: '61px'}, 81, 61, true],
    'width 1': [{width: '1px', height: '60px'}, 1, 60, false],
    'a box of 2 by 2 pixels': [{width: '2px', height: '2px'}, 2, 2, false],
    'a tall box': [{width: '30px', height: '200px'}, 30, 200, true],
    'a wide box': [{width: '300px', height: '30px'}, 300, 30, true],
  };

  for (const [what, [style, width, height, filled]] of Object.entries(cases)) {
    promise_test(async t => {
      const element = box(t, {left: 120, top: 100, width: 80, height: 60, ...kind.style, ...style});
      const reader = await apply(t, element);
      const tolerance = filled ? 0 : 1;
      const frame = await reader.until(
          f => Math.abs(f.width - devicePixels(width)) <= tolerance &&
               Math.abs(f.height - devicePixels(height)) <= tolerance,
          `a frame of ${width}x${height} CSS pixels`);
      if (filled) {
        assertFilled(frame, 'red');
      } else if (width > 10) {
        assert_equals(frame.center(), 'red', 'centre');
      }
      const rect = element.getBoundingClientRect();
      assert_approx_equals(frame.width, rect.width * devicePixelRatio, 1, 'width of the bounding client rectangle');
      assert_approx_equals(frame.height, rect.height * devicePixelRatio, 1, 'height of the bounding client rectangle');
    }, `${method}(): ${what}`);
  }

  // Position of the box, and what of it is in the viewport.
  const cuts = {
    'left': [{left: '-30px', top: '60px'}, 50, 60],
    'top': [{left: '120px', top: '-20px'}, 80, 40],
    'right': [{left: 'auto', right: '-30px', top: '60px', position: 'fixed'}, 50, 60],
    'bottom': [{left: '120px', top: 'auto', bottom: '-20px', position: 'fixed'}, 80, 40],
    'top left': [{left: '-30px', top: '-20px'}, 50, 40],
  };

  for (const [where, [style, width, height]] of Object.entries(cuts)) {
    promise_test(async t => {
      const element = box(t, {left: 120, top: 100, width: 80, height: 60, ...kind.style});
      const reader = await apply(t, element);
      await reader.size(80, 60);
      Object.assign(element.style, style);
      const frame = await reader.size(width, height);
      assertFilled(frame, 'red');
    }, `${method}(): a box that is cut at the ${where} of the viewport`);
  }

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, ...kind.style});
    Object.assign(element.style, {
      background: 'linear-gradient(to right, red 50%, blue 50%)',
    });
    const reader = await apply(t, element);
    const frame = await reader.size(80, 60);
    assert_equals(frame.colorAt(10, 30), 'red', 'left half');
    assert_equals(frame.colorAt(70, 30), 'blue', 'right half');
    assert_equals(frame.colorAt(36, 30), 'red', 'left of the middle');
    assert_equals(frame.colorAt(44, 30), 'blue', 'right of the middle');
  }, `${method}(): frames are not mirrored`);

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, ...kind.style});
    Object.assign(element.style, {
      background: 'linear-gradient(to bottom, red 50%, blue 50%)',
    });
    const reader = await apply(t, element);
    const frame = await reader.size(80, 60);
    assert_equals(frame.colorAt(40, 5), 'red', 'upper half');
    assert_equals(frame.colorAt(40, 55), 'blue', 'lower half');
  }, `${method}(): frames are not upside down`);

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, ...kind.style});
    Object.assign(element.style, {background: 'red', border: '6px solid blue'});
    const reader = await apply(t, element);
    const frame = await reader.size(92, 72);
    for (const [x, y] of [[1, 36], [-2, 36], [46, 1], [46, -2]]) {
      assert_equals(frame.colorAt(x, y), 'blue', `border at ${x}, ${y}`);
    }
    for (const [x, y] of [[9, 36], [-10, 36], [46, 9], [46, -10]]) {
      assert_equals(frame.colorAt(x, y), 'red', `inside at ${x}, ${y}`);
    }
  }, `${method}(): all four borders are in the frame, one pixel from its edges`);

  for (const fraction of [0.25, 0.5, 0.75]) {
    promise_test(async t => {
      box(t, {left: 100, top: 80, width: 200, height: 150, background: 'lime'});
      const element = box(t, {left: 120 + fraction, top: 100 + fraction, width: 80, height: 60, ...kind.style});
      const reader = await apply(t, element);
      const frame = await reader.until(f => Math.abs(f.width - devicePixels(80)) <= 1 &&
                                            Math.abs(f.height - devicePixels(60)) <= 1, 'a frame of the box');
      assert_equals(frame.colorAt(3, 3), 'red', 'top left');
      assert_equals(frame.colorAt(-4, -4), 'red', 'bottom right');
      await reader.next('frames go on');
    }, `${method}(): a box at ${fraction} of a pixel gives frames of its size`);
  }

  promise_test(async t => {
    const parent = box(t, {left: 120, top: 100, width: 100, height: 100, background: 'white',
                           transform: 'rotate(90deg) scale(0.5)'});
    const element = box(t, {left: 10, top: 20, width: 80, height: 40, parent, ...kind.style});
    const reader = await apply(t, element);
    assertFilled(await reader.size(20, 40), 'red');
  }, `${method}(): transforms of ancestors apply`);

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, tag: 'canvas', background: 'white', ...kind.style});
    element.width = 80;
    element.height = 60;
    const context = element.getContext('2d');
    context.fillStyle = 'red';
    context.fillRect(0, 0, 80, 60);
    const reader = await apply(t, element);
    // A canvas may be scaled by less than a pixel at its edges.
    assertFilled(await reader.size(80, 60), 'red', 2);
    context.fillStyle = 'blue';
    context.fillRect(0, 0, 80, 60);
    const frame = await reader.until(f => f.center() === 'blue', 'the new colour');
    assertFilled(frame, 'blue', 2);
  }, `${method}(): a canvas, and that drawing on it gives new frames`);

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, tag: 'img', background: 'white', ...kind.style});
    element.src = 'data:image/svg+xml,' + encodeURIComponent(
        '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><rect width="80" height="60" fill="blue"/></svg>');
    await within(t, element.decode(), 'decode()');
    const reader = await apply(t, element);
    const frame = await reader.size(80, 60);
    await reader.until(f => f.center() === 'blue', 'the image');
    assert_equals(frame.width, devicePixels(80));
  }, `${method}(): an image`);

  promise_test(async t => {
    const host = box(t, {left: 120, top: 100, width: 200, height: 100, background: 'white'});
    const root = host.attachShadow({mode: 'closed'});
    const element = box(null, {left: 10, top: 10, width: 80, height: 60, parent: root, ...kind.style});
    const reader = await apply(t, element);
    assertFilled(await reader.size(80, 60), 'red');
  }, `${method}(): an element in a closed shadow tree`);

  promise_test(async t => {
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, background: 'white', ...kind.style});
    box(t, {left: 10, top: 10, width: 20, height: 20, background: 'red', parent: element});
    const reader = await apply(t, element);
    const frame = await reader.size(80, 60);
    assert_equals(frame.colorAt(20, 20), 'red', 'the child');
    assert_equals(frame.colorAt(50, 20), 'white', 'right of the child');
    assert_equals(frame.colorAt(20, 45), 'white', 'below the child');
    assert_equals(frame.colorAt(12, 12), 'red', 'top left of the child');
    assert_equals(frame.colorAt(27, 27), 'red', 'bottom right of the child');
    assert_equals(frame.colorAt(7, 20), 'white', 'left of the child');
    assert_equals(frame.colorAt(32, 20), 'white', 'right of the child');
  }, `${method}(): children are where they are on the page`);

  promise_test(async t => {
    const keyframes = document.createElement('style');
    keyframes.textContent = '@keyframes red-and-blue { 50% { background-color: blue } }';
    document.head.append(keyframes);
    t.add_cleanup(() => keyframes.remove());
    const animation = 'red-and-blue 400ms linear infinite';
    const element = box(t, {left: 120, top: 100, width: 80, height: 60, animation, ...kind.style});
    const reader = await apply(t, element);
    await reader.size(80, 60);
    await reader.until(frame => {
      const [red, , blue] = frame.rgba(frame.width / 2, frame.height / 2);
      return blue > red;
    }, 'more blue than red');
    const frame = await reader.until(f => {
      const [red, , blue] = f.rgba(f.width / 2, f.height / 2);
      return red > blue;
    }, 'more red than blue');
    assert_true(frame.hasSize(80, 60));
  }, `${method}(): an animation of the target is in the frames`);
}
