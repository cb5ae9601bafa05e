'use strict';

// The order of promises and the fence between states, on two tracks and their clones at once.

function testFences({calls}) {
  promise_test(async t => {
    repaint(t);
    const sizes = {crop: [60, 40], restrict: [100, 40]};
    const cropTarget = await CropTarget.fromElement(box(t, {left: 20, top: 60, width: 60, height: 40}));
    const restrictionTarget = await RestrictionTarget.fromElement(
        box(t, {left: 120, top: 60, width: 100, height: 40, background: 'blue', isolation: 'isolate'}));
    const tracks = [await captureThisTab(t), await captureThisTab(t)];
    for (const track of [...tracks]) {
      const copy = track.clone();
      t.add_cleanup(() => copy.stop());
      tracks.push(copy);
    }
    const readers = [];
    for (const track of tracks) {
      readers.push(await readFrames(t, track));
    }
    const nameOf = key => sizes[key].map(devicePixels).join('x');
    const stateOf = size => size === nameOf('crop') ? 'crop' : size === nameOf('restrict') ? 'restrict' : 'none';
    const operations = [
      ['crop', track => track.cropTo(cropTarget)],
      ['restrict', track => track.restrictTo(restrictionTarget)],
      ['none', track => track.cropTo(null)],
      ['restrict', track => track.restrictTo(restrictionTarget)],
      ['crop', track => track.cropTo(cropTarget)],
      ['none', track => track.restrictTo(null)],
    ];
    let early = 0;
    let wrongOrder = 0;
    const run = async (track, reader, shift) => {
      let settled = -1;
      for (let i = 0; i < calls / tracks.length; i += 2) {
        // Two calls at once: they settle in order. Then frames: none of an earlier state.
        const pair = [i, i + 1].map(index => {
          const [state, apply] = operations[(index + shift) % operations.length];
          return {state, promise: apply(track).then(() => {
            if (index !== settled + 1) {
              ++wrongOrder;
            }
            settled = index;
          })};
        });
        await pair[0].promise;
        await pair[1].promise;
        const resolved = reader.count;
        if (i % 10 === 0) {
          await reader.next('a frame');
        }
        early += reader.sizesSince(resolved).filter(size => stateOf(size) !== pair[1].state).length;
      }
    };
    await Promise.all(tracks.map((track, index) => run(track, readers[index], index)));
    assert_equals(wrongOrder, 0, 'promises out of order');
    assert_equals(early, 0, 'frames of an earlier state after a resolve');
  }, `${calls} calls of cropTo(), restrictTo() and null on two tracks and their clones: order and no late frame`);
}
