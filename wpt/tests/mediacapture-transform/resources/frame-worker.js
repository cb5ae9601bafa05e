'use strict';

// Makes video frames and takes them apart.

/** What a frame shows at a point of a canvas that it is drawn to, and what a copy of its pixels has there. */
async function look(frame, x, y) {
  const {displayWidth, displayHeight} = frame;
  const context = new OffscreenCanvas(displayWidth, displayHeight).getContext('2d');
  context.drawImage(frame, 0, 0);
  const drawn = [...context.getImageData(x, y, 1, 1).data];
  const buffer = new Uint8Array(frame.allocationSize({format: 'RGBA'}));
  const [{offset, stride}] = await frame.copyTo(buffer, {format: 'RGBA'});
  const at = offset + y * stride + x * 4;
  const bitmap = await createImageBitmap(frame);
  return {
    drawn,
    copied: [...buffer.subarray(at, at + 4)],
    size: [displayWidth, displayHeight],
    bitmap: [bitmap.width, bitmap.height],
    timestamp: frame.timestamp,
    duration: frame.duration,
    format: frame.format,
    matrix: frame.colorSpace.matrix,
  };
}

function paint() {
  const canvas = new OffscreenCanvas(20, 10);
  const context = canvas.getContext('2d');
  context.fillStyle = 'red';
  context.fillRect(0, 0, 10, 10);
  context.fillStyle = 'lime';
  context.fillRect(10, 0, 10, 10);
  return canvas;
}

const commands = {
  look: async ({frame, x, y}) => [await look(frame, x, y)],
  async paint({x, y}) {
    return [await look(new VideoFrame(paint(), {timestamp: 7, duration: 8}), x, y)];
  },
  make() {
    return [new VideoFrame(paint(), {timestamp: 7, duration: 8})];
  },
  give() {
    const frame = new VideoFrame(paint(), {timestamp: 7, duration: 8});
    return [frame, [frame]];
  },
  closed() {
    const frame = new VideoFrame(paint(), {timestamp: 7});
    frame.close();
    const results = [];
    for (const act of [
      () => frame.clone(),
      () => structuredClone(frame),
      () => structuredClone(frame, {transfer: [frame]}),
      () => frame.allocationSize(),
      () => new OffscreenCanvas(1, 1).getContext('2d').drawImage(frame, 0, 0),
    ]) {
      try {
        act();
        results.push('nothing');
      } catch (error) {
        results.push(error.name);
      }
    }
    return [results];
  },
};

self.onmessage = async ({data, ports: [port]}) => {
  try {
    port.postMessage(...await commands[data.type](data));
  } catch (error) {
    port.postMessage({error: `${error.name}: ${error.message}`});
  }
};
