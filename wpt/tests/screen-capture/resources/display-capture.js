'use strict';

// Shared by the tests of Screen Capture, Region Capture, Element Capture and of the tracks that they
// produce. Needs testharness.js, testdriver.js and testdriver-vendor.js.
//
// Nothing here waits for a fixed time. A test waits for a frame that satisfies a condition, and only a
// frame that never comes meets a deadline, which is longer where the page's own animation frames are slow.
// "No frame" is measured in animation frames of a page that repaints all the time.
//
// Sizes are written in CSS pixels and compared in device pixels. Colours are compared by name: a browser
// that sends frames through a video format with subsampled chroma does not keep exact values.

// How long to wait for a frame: both of `leastMs` and `animationFrames`, but not longer than `mostMs`. What has
// to start something first, or takes place on a page that does not repaint, is given a multiple of it.
const PATIENCE = {leastMs: 1000, mostMs: 10000, animationFrames: 45};
const PATIENT = 4;

const PALETTE = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  cyan: [0, 255, 255],
  magenta: [255, 0, 255],
  white: [255, 255, 255],
  gray: [128, 128, 128],
  black: [0, 0, 0],
};

/** The name of the palette's colour that is nearest; 'transparent' where alpha is (almost) zero. */
function colorName([red, green, blue, alpha]) {
  if (alpha < 16) {
    return 'transparent';
  }
  let best = null;
  let distance = 100;
  for (const [name, rgb] of Object.entries(PALETTE)) {
    const d = Math.hypot(rgb[0] - red, rgb[1] - green, rgb[2] - blue);
    if (d < distance) {
      best = name;
      distance = d;
    }
  }
  return best ?? `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

function devicePixels(cssPixels) {
  return Math.round(cssPixels * devicePixelRatio);
}

function animationFrame() {
  return new Promise(resolve => requestAnimationFrame(resolve));
}

async function animationFrames(count) {
  for (let i = 0; i < count; ++i) {
    await animationFrame();
  }
}

/** Says when it is time to give up. */
class Deadline {
  constructor(t, factor = 1) {
    this.expired = false;
    const after = ms => new Promise(resolve => t.step_timeout(resolve, ms));
    this.expiry = Promise.all([
      after(PATIENCE.leastMs * factor),
      Promise.race([animationFrames(PATIENCE.animationFrames * factor), after(PATIENCE.mostMs)]),
    ]).then(() => { this.expired = true; });
  }

  check(what) {
    assert_false(this.expired, `timed out: ${what}`);
  }
}

/** A promise that rejects instead of staying pending for ever. */
function within(t, promise, what, factor = PATIENT) {
  const deadline = new Deadline(t, factor);
  return Promise.race([promise, deadline.expiry.then(() => deadline.check(what))]);
}

function nextEvent(t, target, type) {
  return within(t, new Promise(resolve => target.addEventListener(type, resolve, {once: true})),
                `no ${type} event`);
}

/** Calls getDisplayMedia() for the tab of this page, with user activation. */
function getThisTab(options = {}) {
  return test_driver.bless('capture this tab', () => navigator.mediaDevices.getDisplayMedia(
      {preferCurrentTab: true, selfBrowserSurface: 'include', ...options}));
}

/** Captures the tab of this page for the length of one test; returns the video track. */
async function captureThisTab(t, options = {}) {
  const stream = await getThisTab(options);
  t.add_cleanup(() => stream.getTracks().forEach(track => track.stop()));
  return stream.getVideoTracks()[0];
}

/** The pixels of one frame, in device pixels from the top left. */
class FramePixels {
  static canvas = null;

  constructor(source, width, height) {
    this.width = width;
    this.height = height;
    FramePixels.canvas ??= document.createElement('canvas');
    const canvas = FramePixels.canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.clearRect(0, 0, width, height);
    context.drawImage(source, 0, 0);
    this.data = context.getImageData(0, 0, width, height).data;
  }

  rgba(x, y) {
    const at = 4 * (Math.floor(y) * this.width + Math.floor(x));
    return [...this.data.subarray(at, at + 4)];
  }

  /** The colour at a point given in CSS pixels from the frame's edge; negative from the far edge. */
  colorAt(x, y) {
    const scale = devicePixelRatio;
    const dx = x < 0 ? this.width + x * scale : (x + 0.5) * scale;
    const dy = y < 0 ? this.height + y * scale : (y + 0.5) * scale;
    return colorName(this.rgba(dx, dy));
  }

  center() {
    return colorName(this.rgba(this.width / 2, this.height / 2));
  }

  /** Whether any pixel (a sample of every other row and column) has the named colour. */
  contains(name) {
    for (let y = 0; y < this.height; y += 2) {
      for (let x = 0; x < this.width; x += 2) {
        if (colorName(this.rgba(x, y)) === name) {
          return true;
        }
      }
    }
    return false;
  }

  hasSize(cssWidth, cssHeight) {
    return this.width === devicePixels(cssWidth) && this.height === devicePixels(cssHeight);
  }

  toString() {
    return `${this.width}x${this.height}, ${this.center()} at its centre`;
  }
}

/** Whether nothing is to be seen at a pixel: transparent, or black where frames have no alpha. */
function isEmptyColor(name) {
  return name === 'transparent' || name === 'black';
}

/**
 * Reads every frame of a track as soon as it is there, like an application that does not want to miss any.
 * Keeps the sizes of all frames and the pixels of the newest.
 */
class FrameReader {
  constructor(t, track) {
    this.t = t;
    this.patience = PATIENT;
    this.sizes = [];
    this.newest = null;
    this.closed = false;
    this.waiters = new Set();
    const {readable} = new MediaStreamTrackProcessor({track});
    this.reader = readable.getReader();
    t.add_cleanup(() => this.reader.cancel().catch(() => {}));
    this.pump();
  }

  async pump() {
    for (;;) {
      const {done, value} = await this.reader.read();
      if (done) {
        this.closed = true;
        break;
      }
      this.newest = new FramePixels(value, value.displayWidth, value.displayHeight);
      this.sizes.push(`${value.displayWidth}x${value.displayHeight}`);
      value.close();
      for (const waiter of [...this.waiters]) {
        waiter();
      }
    }
  }

  /** How many frames have come. */
  get count() {
    return this.sizes.length;
  }

  /** The sizes of the frames after the first `count`. */
  sizesSince(count) {
    return this.sizes.slice(count);
  }

  /** Resolves with the newest frame if the predicate holds for it, otherwise with the first later one. */
  until(predicate, what) {
    return this.wait(() => this.newest !== null && predicate(this.newest), what);
  }

  /** Resolves with a frame that came after this call. */
  next(what = 'a frame') {
    const before = this.count;
    return this.wait(() => this.count > before, what);
  }

  /** Resolves with a frame of that size in CSS pixels. */
  size(width, height) {
    return this.until(frame => frame.hasSize(width, height), `a frame of ${width}x${height} CSS pixels`);
  }

  /** Resolves with a frame of the whole viewport. */
  viewport() {
    return this.until(isViewportFrame, 'a frame of the whole viewport');
  }

  async wait(condition, what) {
    if (!condition()) {
      let waiter;
      await within(this.t, new Promise(resolve => {
        waiter = () => {
          if (condition()) {
            resolve();
          }
        };
        this.waiters.add(waiter);
      }), what, this.patience).catch(() => {
        this.waiters.delete(waiter);
        assert_unreached(`timed out waiting for ${what}; the last frame: ${this.newest ?? 'none'}`);
      });
      this.waiters.delete(waiter);
    }
    return this.newest;
  }

  /**
   * Resolves when frames have stopped to come: none for `frames` animation frames. The page has to repaint
   * all the while, see repaint().
   */
  async quiet(what, frames = 15) {
    const deadline = new Deadline(this.t);
    for (;;) {
      const before = this.count;
      await animationFrames(frames);
      if (this.count === before) {
        return;
      }
      deadline.check(`${what}: frames should stop`);
    }
  }

  /** Asserts that no frame comes for `frames` animation frames. */
  async assertNone(what, frames = 15) {
    const before = this.count;
    await animationFrames(frames);
    assert_equals(this.count, before, `${what}: number of frames`);
  }
}

/** Whether a frame shows the viewport: its shape, whatever it was scaled to. */
function isViewportFrame(frame) {
  const expected = innerWidth / innerHeight;
  return Math.abs(frame.width / frame.height - expected) < 0.03 * expected && frame.width > 300;
}

async function readFrames(t, track) {
  const reader = new FrameReader(t, track);
  await reader.next('the first frame of the track');
  reader.patience = 1;
  return reader;
}

/** An absolutely positioned box. Numbers are CSS pixels; `style` may overrule everything. */
function box(t, {left, top, width, height, background = 'red', tag = 'div', parent = document.body, ...style}) {
  const element = document.createElement(tag);
  const length = value => typeof value === 'number' ? `${value}px` : value;
  Object.assign(element.style, {
    position: 'absolute',
    left: length(left),
    top: length(top),
    width: length(width),
    height: length(height),
    background,
    ...style,
  });
  parent.appendChild(element);
  if (!element.style.boxShadow) {
    boxes.add(element);
  }
  t?.add_cleanup(() => {
    boxes.delete(element);
    element.remove();
  });
  return element;
}

/** The boxes of this document that have no shadow of their own. */
const boxes = new Set();

/**
 * Repaints something small in every animation frame, for the length of one test, and the edges of all boxes: a
 * browser need not deliver a frame that is like the one before. What the boxes get is too little to be another
 * colour.
 */
function repaint(t, parent = document.body) {
  const element = box(t, {left: 4, top: 120, width: 8, height: 8, background: 'gray', parent});
  let running = true;
  t.add_cleanup(() => { running = false; });
  let phase = 0;
  const step = () => {
    phase = (phase + 1) % 64;
    element.style.background = `rgb(${phase * 3}, ${phase * 3}, ${phase * 3})`;
    for (const box of boxes) {
      box.style.boxShadow = phase % 2 ? 'inset 0 0 0 1px rgb(0 0 0 / 0.01)' : '';
    }
    if (running) {
      requestAnimationFrame(step);
    }
  };
  step();
  return element;
}

/** Records the names of events on a track, in order. */
function recordEvents(track) {
  const events = [];
  for (const type of ['mute', 'unmute', 'ended']) {
    track.addEventListener(type, event => events.push(event.type));
  }
  return events;
}

/** Resolves when `track.muted` has that value. */
async function untilMuted(t, track, muted) {
  const deadline = new Deadline(t);
  while (track.muted !== muted) {
    deadline.check(`muted should become ${muted}`);
    await animationFrame();
  }
}

/** Loads a page into an iframe at that place and resolves when it has loaded. */
async function loadFrame(t, src, {left = 20, top = 60, width = 300, height = 200, allow, ...style} = {}) {
  const iframe = document.createElement('iframe');
  iframe.style.cssText = `position: absolute; left: ${left}px; top: ${top}px; width: ${width}px; ` +
      `height: ${height}px; border: 0`;
  Object.assign(iframe.style, style);
  if (allow !== undefined) {
    iframe.allow = allow;
  }
  iframe.src = src;
  const loaded = new Promise(resolve => iframe.addEventListener('load', resolve, {once: true}));
  document.body.appendChild(iframe);
  t.add_cleanup(() => iframe.remove());
  await within(t, loaded, `loading ${src}`);
  return iframe;
}

/** Posts a message to a window and resolves with the data of its answer. */
function ask(t, target, message, transfer = []) {
  const channel = new MessageChannel();
  const answer = new Promise(resolve => {
    channel.port1.onmessage = event => resolve(event.data);
  });
  target.postMessage(message, '*', [channel.port2, ...transfer]);
  return within(t, answer, `no answer to ${message?.type}`);
}

/**
 * What differs between the two kinds of target, for tests that both features share: `fromElement()`,
 * `apply()` = cropTo() or restrictTo(), and the style that makes an element usable.
 */
const KINDS = {
  crop: {
    name: 'CropTarget',
    method: 'cropTo',
    get constructor() { return CropTarget; },
    get other() { return RestrictionTarget; },
    otherName: 'RestrictionTarget',
    style: {},
    spec: 'https://w3c.github.io/mediacapture-region/',
  },
  restrict: {
    name: 'RestrictionTarget',
    method: 'restrictTo',
    get constructor() { return RestrictionTarget; },
    get other() { return CropTarget; },
    otherName: 'CropTarget',
    style: {isolation: 'isolate'},
    spec: 'https://screen-share.github.io/element-capture/',
  },
};
