// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

// `new test_driver.Actions()`: input of several devices, tick by tick, for suites without this
// file. Each device does one thing in a tick; what does not fit into the tick begins the next.

'use strict';

(() => {
  const DEFAULT_NAMES = { pointer: 'mouse', key: 'keyboard', wheel: 'wheel' };

  class Actions {
    ButtonType = { LEFT: 0, MIDDLE: 1, RIGHT: 2, BACK: 3, FORWARD: 4 };

    #devices = new Map();
    #current = {};
    #tick = 0;
    #context = null;

    addPointer(name, pointerType = 'mouse') {
      return this.#add(name, 'pointer', { parameters: { pointerType } });
    }

    addKeyboard(name) {
      return this.#add(name, 'key', {});
    }

    addWheel(name) {
      return this.#add(name, 'wheel', {});
    }

    setPointer(name) {
      return this.#choose('pointer', name);
    }

    setKeyboard(name) {
      return this.#choose('key', name);
    }

    setWheel(name) {
      return this.#choose('wheel', name);
    }

    setContext(context) {
      this.#context = context;
      return this;
    }

    addTick(duration) {
      this.#tick += 1;
      return duration ? this.pause(duration) : this;
    }

    pause(duration = 0, type = 'none', { sourceName } = {}) {
      if (type === 'none') {
        // A device of its own, so that the others keep their tick.
        sourceName ??= 'pause';
        if (!this.#devices.has(sourceName)) {
          this.#devices.set(sourceName, { type, actions: new Map() });
        }
      }
      return this.#act(type, sourceName, { type: 'pause', duration });
    }

    keyDown(value, { sourceName } = {}) {
      return this.#act('key', sourceName, { type: 'keyDown', value });
    }

    keyUp(value, { sourceName } = {}) {
      return this.#act('key', sourceName, { type: 'keyUp', value });
    }

    pointerDown({ button = 0, sourceName, ...properties } = {}) {
      return this.#act('pointer', sourceName, { type: 'pointerDown', button, ...properties });
    }

    pointerUp({ button = 0, sourceName } = {}) {
      return this.#act('pointer', sourceName, { type: 'pointerUp', button });
    }

    pointerMove(x, y, { origin = 'viewport', duration, sourceName, ...properties } = {}) {
      const action = { type: 'pointerMove', x, y, origin, ...properties };
      return this.#act('pointer', sourceName, duration ? { ...action, duration } : action);
    }

    scroll(x, y, deltaX, deltaY, { origin = 'viewport', duration, sourceName } = {}) {
      const action = { type: 'scroll', x, y, deltaX, deltaY, origin };
      return this.#act('wheel', sourceName, duration ? { ...action, duration } : action);
    }

    serialize() {
      return [...this.#devices].map(([id, { actions, ...device }]) => {
        const ticks = Array.from({ length: this.#tick + 1 }, (_, tick) =>
            actions.get(tick) ?? { type: 'pause' });
        return { id, ...device, actions: ticks };
      });
    }

    send() {
      return test_driver.action_sequence(this.serialize(), this.#context);
    }

    #add(name, type, properties) {
      if (this.#devices.has(name)) {
        throw new Error(`there is a ${name} already`);
      }
      this.#devices.set(name, { type, ...properties, actions: new Map() });
      return this.#choose(type, name);
    }

    #choose(type, name) {
      if (this.#devices.get(name)?.type !== type) {
        throw new Error(`there is no ${name}`);
      }
      this.#current[type] = name;
      return this;
    }

    #device(type, name) {
      name ??= this.#current[type] ?? DEFAULT_NAMES[type];
      if (!this.#devices.has(name)) {
        type === 'pointer' ? this.addPointer(name) : this.#add(name, type, {});
      }
      return this.#devices.get(name);
    }

    #act(type, name, action) {
      const { actions } = this.#device(type, name);
      if (actions.has(this.#tick)) {
        this.#tick += 1;
      }
      actions.set(this.#tick, action);
      return this;
    }
  }

  test_driver.Actions = Actions;
})();
