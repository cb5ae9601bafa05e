'use strict';

// Targets of elements in other documents: frames of the same and of another origin, nested frames, frames
// that go away, and elements that move from one document to another.

const TARGET_FRAME = '/screen-capture/resources/target-frame.html';

function testTargetDocuments(kind) {
  const Target = kind.constructor;
  const {name, method} = kind;
  const origins = {
    'same-origin': location.origin,
    // The same host on another port, and another host.
    'cross-origin': get_host_info().HTTPS_ORIGIN_WITH_DIFFERENT_PORT,
    'cross-site': get_host_info().HTTPS_REMOTE_ORIGIN,
  };

  /** A track that uses the token, and its reader. */
  const apply = async (t, token) => {
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](token), method);
    return {track, reader};
  };

  for (const [origin, base] of Object.entries(origins)) {
    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token, error} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      assert_equals(error, undefined);
      assert_true(token instanceof Target);
      const {reader} = await apply(t, token);
      const frame = await reader.size(80, 60);
      assert_equals(frame.center(), 'blue', 'centre');
      assert_equals(frame.colorAt(2, 2), 'blue', 'top left');
      assert_equals(frame.colorAt(-3, -3), 'blue', 'bottom right');
    }, `a ${name} from a ${origin} iframe names the element there`);

    promise_test(async t => {
      // The iframe shows 50x40 pixels of the target only.
      const iframe = await loadFrame(t, base + TARGET_FRAME, {width: 70, height: 60, left: 30, top: 50});
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {reader} = await apply(t, token);
      const frame = await reader.size(50, 40);
      assert_equals(frame.colorAt(2, 2), 'blue', 'top left');
      assert_equals(frame.colorAt(-3, -3), 'blue', 'bottom right');
    }, `a target in a ${origin} iframe is clipped to what the iframe shows (${name})`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {reader} = await apply(t, token);
      await reader.size(80, 60);
      await ask(t, iframe.contentWindow, {type: 'scroll', y: 50});
      // 80 - 50 pixels are left at the top of the iframe.
      const frame = await reader.size(80, 30);
      assert_equals(frame.center(), 'blue');
      await ask(t, iframe.contentWindow, {type: 'scroll', y: 500});
      await reader.quiet('scrolled out of the iframe');
      await ask(t, iframe.contentWindow, {type: 'scroll', y: 0});
      await reader.next('a frame after scrolling back');
      await reader.size(80, 60);
    }, `scrolling inside of a ${origin} iframe moves its target under the clip (${name})`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {reader} = await apply(t, token);
      await reader.size(80, 60);
      await ask(t, iframe.contentWindow, {type: 'style', style: {width: '120px', background: 'red'}});
      const frame = await reader.size(120, 60);
      await reader.until(f => f.center() === 'red', 'the new colour');
      assert_equals(frame.height, devicePixels(60));
    }, `frames follow the size and colour of a target in a ${origin} iframe (${name})`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {reader} = await apply(t, token);
      await reader.size(80, 60);
      await ask(t, iframe.contentWindow, {type: 'remove'});
      await reader.quiet('element removed');
      await ask(t, iframe.contentWindow, {type: 'append'});
      await reader.next('a frame after the element came back');
      await reader.size(80, 60);
    }, `no frames while the target is removed in a ${origin} iframe, frames when it is back (${name})`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {track, reader} = await apply(t, token);
      await reader.size(80, 60);
      iframe.remove();
      await reader.quiet('document gone');
      await reader.assertNone('document gone');
      await within(t, track[method](null), `${method}(null)`);
      await reader.viewport();
    }, `frames stop when the ${origin} iframe with the target is removed, and ${method}(null) brings them back`);

    promise_test(async t => {
      const own = box(t, {left: 340, top: 60, width: 60, height: 40, ...kind.style});
      const ownTarget = await Target.fromElement(own);
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const {track, reader} = await apply(t, ownTarget);
      await reader.size(60, 40);
      iframe.remove();
      await animationFrames(2);
      await promise_rejects_dom(t, 'NotAllowedError', within(t, track[method](token), method));
      const before = reader.count;
      const frame = await reader.next('frames go on after the rejection');
      assert_true(frame.hasSize(60, 40), `still the earlier target, got ${frame}`);
      assert_equals(new Set(reader.sizesSince(before)).size, 1, 'one size');
      assert_equals(track.readyState, 'live');
    }, `a ${name} of a removed ${origin} iframe is rejected with NotAllowedError and nothing else changes`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
      const track = await captureThisTab(t);
      const reader = await readFrames(t, track);
      const loaded = nextEvent(t, iframe, 'load');
      iframe.src = `${base}${TARGET_FRAME}?again`;
      await loaded;
      await animationFrames(2);
      await promise_rejects_dom(t, 'NotAllowedError', within(t, track[method](token), method));
      const frame = await reader.next('frames go on after the rejection');
      assert_true(isViewportFrame(frame), `still the viewport, got ${frame}`);
    }, `a ${name} of a ${origin} document that was navigated away is rejected with NotAllowedError`);

    promise_test(async t => {
      const iframe = await loadFrame(t, base + TARGET_FRAME);
      repaint(t);
      const {token, error} = await ask(t, iframe.contentWindow, {
        type: 'mintNested', kind: name, src: base + TARGET_FRAME, width: 200, height: 90,
      });
      assert_equals(error, undefined);
      const {reader} = await apply(t, token);
      const frame = await reader.size(80, 60);
      assert_equals(frame.center(), 'blue');
    }, `a ${name} from an iframe in a ${origin} iframe names the element there`);
  }

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['cross-origin'] + TARGET_FRAME);
    repaint(t);
    const {token, error} = await ask(t, iframe.contentWindow, {
      type: 'mintNested', kind: name, src: location.origin + TARGET_FRAME, width: 60, height: 50,
    });
    assert_equals(error, undefined);
    const {reader} = await apply(t, token);
    // Clipped by the inner iframe: 60 - 20 by 50 - 20.
    const frame = await reader.size(40, 30);
    assert_equals(frame.center(), 'blue');
  }, `a ${name} from our origin nested in a cross-origin iframe is clipped by both iframes`);

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['cross-origin'] + TARGET_FRAME,
                                   {transform: 'scale(0.5)', transformOrigin: '0 0'});
    repaint(t);
    const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
    const {reader} = await apply(t, token);
    const frame = await reader.size(40, 30);
    assert_equals(frame.center(), 'blue');
  }, `a transform on the iframe applies to the target in it (${name})`);

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['same-origin'] + TARGET_FRAME);
    repaint(t);
    const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
    const {reader} = await apply(t, token);
    await reader.size(80, 60);
    iframe.style.display = 'none';
    await reader.quiet('iframe not displayed');
    await reader.assertNone('iframe not displayed');
  }, `no frames while the iframe of the target is not displayed (${name})`);

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['same-origin'] + TARGET_FRAME);
    repaint(t);
    const element = box(t, {left: 340, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(element);
    const {reader} = await apply(t, target);
    await reader.size(60, 40);
    Object.assign(element.style, {left: '150px', top: '20px', width: '100px'});
    iframe.contentDocument.body.append(element);
    const frame = await reader.size(100, 40);
    assert_equals(frame.center(), 'red');
  }, `a ${name} in use follows its element into another document`);

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['same-origin'] + TARGET_FRAME);
    repaint(t);
    const element = iframe.contentDocument.createElement('div');
    const target = await Target.fromElement(document.adoptNode(element));
    Object.assign(element.style, {
      position: 'absolute', left: '340px', top: '60px', width: '60px', height: '40px', background: 'red',
      ...kind.style,
    });
    document.body.append(element);
    t.add_cleanup(() => element.remove());
    const {reader} = await apply(t, target);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `an adopted element can have a ${name}`);

  promise_test(async t => {
    const iframe = await loadFrame(t, origins['same-origin'] + TARGET_FRAME);
    repaint(t);
    const element = iframe.contentDocument.getElementById('target');
    const {token} = await ask(t, iframe.contentWindow, {type: 'mint', kind: name});
    const {track, reader} = await apply(t, token);
    await reader.size(80, 60);
    // The style sheet of the frame stays behind.
    Object.assign(element.style, {
      position: 'absolute', left: '340px', top: '60px', width: '80px', height: '60px', background: 'blue',
      isolation: 'isolate',
    });
    document.body.append(element);
    boxes.add(element);
    t.add_cleanup(() => {
      boxes.delete(element);
      element.remove();
    });
    await reader.next('a frame of the moved element');
    assert_equals((await reader.size(80, 60)).center(), 'blue');
    assert_equals(track.readyState, 'live');
  }, `a ${name} survives the move of its element out of an iframe`);
}
