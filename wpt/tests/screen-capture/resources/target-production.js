'use strict';

// fromElement(): what it accepts, what it refuses, what it returns. Shared by both kinds of target.

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const MATHML_NAMESPACE = 'http://www.w3.org/1998/Math/MathML';

const ACCEPTED_ELEMENTS = {
  'a div': t => box(t, {left: 20, top: 60, width: 50, height: 50}),
  'an inline element': t => {
    const parent = box(t, {left: 20, top: 60, width: 50, height: 50});
    return parent.appendChild(document.createElement('span'));
  },
  'the document element': () => document.documentElement,
  'the body': () => document.body,
  'the head, which has no box': () => document.head,
  'a script element': () => document.querySelector('script'),
  'an img without a source': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'img'}),
  'a video': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'video'}),
  'a canvas': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'canvas'}),
  'an iframe': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'iframe'}),
  'a button': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'button'}),
  'an unknown HTML element': t => box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'unheardof'}),
  'a custom element': t => {
    const name = 'capture-target';
    if (!customElements.get(name)) {
      customElements.define(name, class extends HTMLElement {});
    }
    return box(t, {left: 20, top: 60, width: 50, height: 50, tag: name});
  },
  'an svg element': () => document.createElementNS(SVG_NAMESPACE, 'svg'),
  'a shape inside of an svg element': t => {
    const svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    document.body.appendChild(svg);
    t.add_cleanup(() => svg.remove());
    return svg.appendChild(document.createElementNS(SVG_NAMESPACE, 'rect'));
  },
  'a MathML element': () => document.createElementNS(MATHML_NAMESPACE, 'math'),
  'an element of no namespace': () => document.createElementNS(null, 'thing'),
  'a detached element': () => document.createElement('div'),
  'an element that is not displayed': t => box(t, {left: 20, top: 60, width: 50, height: 50, display: 'none'}),
  'an element in an open shadow tree': t => {
    const root = box(t, {left: 20, top: 60, width: 50, height: 50}).attachShadow({mode: 'open'});
    return root.appendChild(document.createElement('div'));
  },
  'an element in a closed shadow tree': t => {
    const root = box(t, {left: 20, top: 60, width: 50, height: 50}).attachShadow({mode: 'closed'});
    return root.appendChild(document.createElement('div'));
  },
  'an element in the content of a template': () => {
    const template = document.createElement('template');
    template.innerHTML = '<div></div>';
    return template.content.firstChild;
  },
  'an element of a document without a browsing context': () =>
      document.implementation.createHTMLDocument('').body,
  'an element of another document': t => {
    const iframe = box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'iframe'});
    return iframe.contentDocument.body;
  },
};

const REFUSED_VALUES = {
  'undefined': () => undefined,
  'null': () => null,
  'a number': () => 1,
  'a string, even an id': () => 'target',
  'an object': () => ({}),
  'an object whose prototype is Element.prototype': () => Object.create(Element.prototype),
  'a proxy of an element': () => new Proxy(document.createElement('div'), {}),
  'a text node': () => document.createTextNode('text'),
  'a comment': () => document.createComment('comment'),
  'an attribute node': () => document.createAttribute('id'),
  'a document fragment': () => document.createDocumentFragment(),
  'a shadow root': t => box(t, {left: 20, top: 60, width: 50, height: 50}).attachShadow({mode: 'open'}),
  'a document': () => document,
  'a window': () => window,
  'a collection of elements': () => document.getElementsByTagName('body'),
};

function testTargetProduction(kind) {
  const Target = kind.constructor;
  const name = kind.name;

  for (const [what, make] of Object.entries(ACCEPTED_ELEMENTS)) {
    promise_test(async t => {
      const target = await within(t, Target.fromElement(make(t)), 'fromElement()');
      assert_true(target instanceof Target, `instance of ${name}`);
      assert_equals(Object.getPrototypeOf(target), Target.prototype, 'prototype');
    }, `${name}.fromElement() accepts ${what}`);
  }

  for (const [what, make] of Object.entries(REFUSED_VALUES)) {
    promise_test(async t => {
      const value = make(t);
      let promise;
      try {
        promise = Target.fromElement(value);
      } catch (error) {
        assert_unreached(`threw ${error.name} instead of rejecting`);
      }
      await promise_rejects_js(t, TypeError, promise);
    }, `${name}.fromElement() rejects ${what} with a TypeError`);
  }

  promise_test(async t => {
    await promise_rejects_js(t, TypeError, Target.fromElement());
  }, `${name}.fromElement() without an argument rejects with a TypeError`);

  promise_test(async t => {
    const target = await Target.fromElement(document.body);
    await promise_rejects_js(t, TypeError, Target.fromElement(target));
  }, `${name}.fromElement() rejects a ${name} with a TypeError`);
}

function testTargetInterface(kind) {
  const Target = kind.constructor;
  const name = kind.name;

  test(() => {
    assert_equals(typeof Target, 'function');
    const descriptor = Object.getOwnPropertyDescriptor(window, name);
    assert_true(descriptor.writable, 'writable');
    assert_false(descriptor.enumerable, 'enumerable');
    assert_true(descriptor.configurable, 'configurable');
  }, `${name} is an interface object of the window`);

  test(() => {
    assert_throws_js(TypeError, () => new Target(), 'new');
    assert_throws_js(TypeError, () => new Target(document.body), 'new with an element');
    assert_throws_js(TypeError, () => Target(), 'call');
  }, `${name} has no constructor`);

  test(() => {
    assert_equals(Target.fromElement.length, 1, 'length');
    assert_equals(Target.fromElement.name, 'fromElement', 'name');
    const descriptor = Object.getOwnPropertyDescriptor(Target, 'fromElement');
    assert_true(descriptor.enumerable, 'enumerable');
    assert_false('fromElement' in Target.prototype, 'on the prototype');
  }, `${name}.fromElement() is a static operation with one argument`);

  promise_test(async () => {
    const target = await Target.fromElement(document.body);
    assert_array_equals(Reflect.ownKeys(target), [], 'own properties');
    assert_array_equals(Reflect.ownKeys(Target.prototype).map(String).sort(),
                        ['Symbol(Symbol.toStringTag)', 'constructor'], 'properties of the prototype');
    assert_equals(JSON.stringify(target), '{}', 'as JSON');
    assert_equals(String(target), `[object ${name}]`, 'as a string');
  }, `a ${name} is opaque: it has no property`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 50, height: 50});
    const promise = Target.fromElement(element);
    assert_true(promise instanceof Promise, 'a promise');
    assert_not_equals(promise, Target.fromElement(element), 'a new promise each time');
    await promise;
  }, `${name}.fromElement() returns a new promise`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 50, height: 50});
    const before = element.outerHTML;
    const mutations = [];
    const observer = new MutationObserver(list => mutations.push(...list));
    observer.observe(element, {attributes: true, childList: true, subtree: true, characterData: true});
    await Target.fromElement(element);
    mutations.push(...observer.takeRecords());
    observer.disconnect();
    assert_equals(mutations.length, 0, 'mutations');
    assert_equals(element.outerHTML, before, 'markup');
    assert_array_equals(Reflect.ownKeys(element), [], 'own properties of the element');
  }, `${name}.fromElement() changes nothing on the element that a page can see`);

  promise_test(async t => {
    let settled = false;
    const promise = Target.fromElement(document.body);
    promise.then(() => { settled = true; });
    assert_false(settled);
    await within(t, promise, 'fromElement()');
    assert_true(settled);
  }, `${name}.fromElement() settles asynchronously`);

  promise_test(async t => {
    const element = document.createElement('div');
    const order = [];
    const promises = [];
    for (let i = 0; i < 10; ++i) {
      promises.push(Target.fromElement(element).then(() => order.push(i)));
    }
    await within(t, Promise.all(promises), 'fromElement()');
    assert_array_equals(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }, `${name}.fromElement() called ten times with one element resolves in order`);

  promise_test(async t => {
    const iframe = box(t, {left: 20, top: 60, width: 50, height: 50, tag: 'iframe'});
    const target = await iframe.contentWindow[name].fromElement(document.body);
    assert_true(target instanceof iframe.contentWindow[name], 'of the realm of the function');
    assert_false(target instanceof Target, 'not of the realm of the element');
  }, `${name}.fromElement() of another realm returns an object of that realm`);

  promise_test(async t => {
    const {promise, target} = await (async () => {
      const iframe = document.createElement('iframe');
      document.body.appendChild(iframe);
      const constructor = iframe.contentWindow[name];
      iframe.remove();
      return {target: constructor, promise: constructor.fromElement(document.createElement('div'))};
    })();
    assert_equals(typeof target, 'function');
    // The realm is gone. Whether the promise settles is not specified; the call has to survive.
    assert_true(typeof promise.then === 'function', 'a promise');
    await within(t, Target.fromElement(document.body), 'fromElement() afterwards');
  }, `${name}.fromElement() of a realm without a document does no harm`);
}

function testTargetIdentity(kind) {
  const Target = kind.constructor;
  const {name, method} = kind;

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const [first, second] = await Promise.all([Target.fromElement(element), Target.fromElement(element)]);
    assert_not_equals(first, second);
  }, `${name}.fromElement() called twice returns two objects`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    repaint(t);
    const first = await Target.fromElement(element);
    const second = await Target.fromElement(element);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](first), method);
    assert_equals((await reader.size(60, 40)).center(), 'red', 'by the first');
    await within(t, track[method](null), `${method}(null)`);
    await reader.viewport();
    await within(t, track[method](second), method);
    assert_equals((await reader.size(60, 40)).center(), 'red', 'by the second');
  }, `two objects of ${name} for one element are equivalent for ${method}()`);

  promise_test(async t => {
    const original = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(original);
    const copy = original.cloneNode(true);
    Object.assign(copy.style, {left: '120px', width: '100px', background: 'blue'});
    document.body.appendChild(copy);
    t.add_cleanup(() => copy.remove());
    const copyTarget = await Target.fromElement(copy);
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    assert_equals((await reader.size(60, 40)).center(), 'red', 'the original');
    await within(t, track[method](copyTarget), method);
    assert_equals((await reader.size(100, 40)).center(), 'blue', 'the clone');
  }, `a clone of an element with a ${name} has a target of its own`);

  promise_test(async t => {
    const original = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await Target.fromElement(original);
    const copy = original.cloneNode(true);
    copy.style.background = 'blue';
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    await reader.size(60, 40);
    original.replaceWith(copy);
    t.add_cleanup(() => copy.remove());
    await reader.quiet('the original is out of the document');
    await reader.assertNone('the clone took the place of the original');
  }, `a clone that takes the place of an element does not inherit its ${name}`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    element.id = 'same';
    const target = await Target.fromElement(element);
    element.id = 'different';
    element.className = 'changed';
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `a ${name} follows the element, not its attributes`);

  promise_test(async t => {
    const element = document.createElement('div');
    const target = await Target.fromElement(element);
    Object.assign(element.style, {
      position: 'absolute', left: '20px', top: '60px', width: '60px', height: '40px', background: 'red',
      ...kind.style,
    });
    document.body.appendChild(element);
    t.add_cleanup(() => element.remove());
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `a ${name} made of a detached element is usable once the element is in the document`);

  promise_test(async t => {
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    // Nothing but the promise stands between: the target has to be usable at once.
    await within(t, Target.fromElement(element).then(target => track[method](target)), method);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `a ${name} is valid for ${method}() as soon as its promise resolves`);
}

function testManyTargets(kind) {
  const Target = kind.constructor;
  const {name, method} = kind;

  promise_test(async t => {
    const elements = Array.from({length: 100}, () => document.createElement('div'));
    const targets = await within(t, Promise.all(elements.map(element => Target.fromElement(element))),
                                 'fromElement() of 100 elements');
    assert_equals(new Set(targets).size, 100, 'distinct targets');
    for (const target of targets) {
      assert_true(target instanceof Target);
    }
  }, `${name}.fromElement() of 100 elements gives 100 distinct targets`);

  promise_test(async t => {
    for (let i = 0; i < 300; ++i) {
      await within(t, Target.fromElement(document.createElement('div')), `fromElement() number ${i}`);
    }
    const element = box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style});
    const target = await within(t, Target.fromElement(element), 'fromElement()');
    repaint(t);
    const track = await captureThisTab(t);
    const reader = await readFrames(t, track);
    await within(t, track[method](target), method);
    assert_equals((await reader.size(60, 40)).center(), 'red');
  }, `a ${name} made after hundreds of others, whose elements are gone, works with ${method}()`);
}
