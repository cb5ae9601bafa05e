'use strict';

// Does what it is told with a track that was transferred here, and answers. Also for frames, where it is
// loaded as a script.

let track;
let reader;
const events = [];

const commands = {
  receive({track: received}) {
    track = received;
    for (const type of ['mute', 'unmute', 'ended']) {
      track.addEventListener(type, event => events.push(event.type));
    }
    return commands.state();
  },

  state() {
    const {id, kind, label, enabled, muted, readyState, contentHint} = track;
    return {
      id, kind, label, enabled, muted, readyState, contentHint,
      name: Object.prototype.toString.call(track),
      constraints: JSON.stringify(track.getConstraints()),
      settings: track.getSettings(),
      events,
    };
  },

  /** Reads frames until one has that width in device pixels; says what they were. */
  async read({width, frames = 200}) {
    reader ??= new MediaStreamTrackProcessor({track}).readable.getReader();
    const seen = [];
    for (let i = 0; i < frames; ++i) {
      const {value, done} = await reader.read();
      if (done) {
        return {done, seen};
      }
      seen.push(`${value.displayWidth}x${value.displayHeight}`);
      if (width === undefined || value.displayWidth === width) {
        const buffer = new Uint8Array(value.allocationSize({format: 'RGBA'}));
        const [{stride}] = await value.copyTo(buffer, {format: 'RGBA'});
        const at = (value.displayHeight >> 1) * stride + (value.displayWidth >> 1) * 4;
        const center = [...buffer.subarray(at, at + 4)];
        const size = [value.displayWidth, value.displayHeight];
        value.close();
        return {size, center, seen};
      }
      value.close();
    }
    return {seen};
  },

  async call({method, argument}) {
    return {result: String(await track[method](argument))};
  },

  async clone() {
    const original = track;
    track = track.clone();
    const state = commands.state();
    reader?.cancel();
    reader = undefined;
    const frame = await commands.read({});
    track.stop();
    const after = commands.state();
    track = original;
    reader = undefined;
    return {state, frame, after, original: track.readyState};
  },

  set({member, value}) {
    track[member] = value;
    return commands.state();
  },

  /** Gives the track away. */
  transfer() {
    return {track};
  },

  exposure() {
    return ['MediaStreamTrack', 'BrowserCaptureMediaStreamTrack', 'MediaStreamTrackProcessor', 'VideoFrame',
            'OverconstrainedError'].filter(name => !(name in self));
  },
};

self.onmessage = async ({data, ports: [port]}) => {
  try {
    const answer = await commands[data.type](data);
    port.postMessage(answer, answer?.track ? [answer.track] : []);
  } catch (error) {
    port.postMessage({error: error.name, constraint: error.constraint});
  }
};
