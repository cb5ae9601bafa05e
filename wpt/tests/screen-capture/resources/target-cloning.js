'use strict';

// Serialization of targets: everywhere a message goes, and nowhere that something is stored.

/** Captures with `target` and asserts that it names the red 60x40 element. */
async function assertNames(t, kind, target) {
  const track = await captureThisTab(t);
  const reader = await readFrames(t, track);
  await within(t, track[kind.method](target), kind.method);
  assert_equals((await reader.size(60, 40)).center(), 'red', 'colour of the element');
  track.stop();
}

async function makeTarget(t, kind) {
  repaint(t);
  return kind.constructor.fromElement(
      box(t, {left: 20, top: 60, width: 60, height: 40, ...kind.style}));
}

function testTargetCloning(kind) {
  const Target = kind.constructor;
  const name = kind.name;

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const copy = structuredClone(target);
    assert_not_equals(copy, target, 'a new object');
    assert_true(copy instanceof Target, `instance of ${name}`);
    await assertNames(t, kind, copy);
  }, `structuredClone() of a ${name} gives a new object that names the element`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const copy = structuredClone(structuredClone(structuredClone(target)));
    await assertNames(t, kind, copy);
  }, `a clone of a clone of a ${name} names the element`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const copy = structuredClone({list: [target, target], map: new Map([['key', target]]), set: new Set([target])});
    const [first] = copy.list;
    assert_true(first instanceof Target);
    assert_equals(copy.list[1], first, 'in the list');
    assert_equals(copy.map.get('key'), first, 'in the map');
    assert_true(copy.set.has(first), 'in the set');
    assert_not_equals(first, target);
  }, `a ${name} that occurs several times in a message stays one object`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const copy = structuredClone([target, await Target.fromElement(document.body)]);
    assert_not_equals(copy[0], copy[1]);
    await assertNames(t, kind, copy[0]);
  }, `two objects of ${name} in one message stay two, and in order`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    target.expando = 1;
    assert_false('expando' in structuredClone(target));
  }, `a property that a page gave to a ${name} is not cloned`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    assert_throws_dom('DataCloneError', () => structuredClone(target, {transfer: [target]}));
    await assertNames(t, kind, target);
  }, `a ${name} is not transferable`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const channel = new MessageChannel();
    const message = new Promise(resolve => { channel.port2.onmessage = event => resolve(event.data); });
    channel.port1.postMessage(target);
    const copy = await within(t, message, 'message');
    assert_true(copy instanceof Target);
    await assertNames(t, kind, copy);
  }, `a ${name} passes through a MessageChannel`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const sender = new BroadcastChannel(`${name} channel`);
    const receivers = [new BroadcastChannel(`${name} channel`), new BroadcastChannel(`${name} channel`)];
    t.add_cleanup(() => [sender, ...receivers].forEach(channel => channel.close()));
    const messages = receivers.map(receiver => nextEvent(t, receiver, 'message'));
    sender.postMessage({target});
    const [first, second] = (await Promise.all(messages)).map(event => event.data.target);
    assert_true(first instanceof Target);
    assert_true(second instanceof Target);
    assert_not_equals(first, second);
    await assertNames(t, kind, first);
  }, `a ${name} passes through a BroadcastChannel to every receiver`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const message = nextEvent(t, window, 'message');
    window.postMessage(target, '*');
    const copy = (await message).data;
    assert_true(copy instanceof Target);
    assert_not_equals(copy, target);
    await assertNames(t, kind, copy);
  }, `a ${name} passes through window.postMessage()`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const iframe = box(t, {left: 200, top: 60, width: 60, height: 40, tag: 'iframe'});
    const message = nextEvent(t, iframe.contentWindow, 'message');
    iframe.contentWindow.postMessage(target, '*');
    const copy = (await message).data;
    assert_true(copy instanceof iframe.contentWindow[name], 'of the realm that received it');
    assert_false(copy instanceof Target, 'not of the realm that sent it');
    await assertNames(t, kind, copy);
  }, `a ${name} received in another realm is of that realm, and still valid here`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const event = new MessageEvent('message', {data: target});
    assert_equals(event.data, target);
    const custom = new CustomEvent('x', {detail: target});
    assert_equals(custom.detail, target);
    await assertNames(t, kind, custom.detail);
  }, `a ${name} in an event is the same object`);
}

function testTargetWorkers(kind) {
  const name = kind.name;
  const script = '/screen-capture/resources/target-echo-worker.js';
  const hosts = {
    'a dedicated worker': t => {
      const worker = new Worker(script);
      t.add_cleanup(() => worker.terminate());
      return worker;
    },
    'a shared worker': () => new SharedWorker(script, {name}).port,
  };

  const askWorker = async (t, host, target) => {
    const channel = new MessageChannel();
    const answer = new Promise(resolve => { channel.port1.onmessage = event => resolve(event.data); });
    host.postMessage({target}, [channel.port2]);
    return within(t, answer, 'answer of the worker');
  };

  for (const [where, start] of Object.entries(hosts)) {
    promise_test(async t => {
      const {description} = await askWorker(t, start(t), null);
      assert_true(description.exposed[name], `${name} is exposed`);
      assert_false(description.fromElement[name], 'fromElement is not');
      if (where === 'a shared worker') {
        // No track gets there; into a dedicated one it may be transferred.
        assert_equals(description.track, 'undefined', 'BrowserCaptureMediaStreamTrack is not');
      }
    }, `${where} has ${name} without fromElement()`);

    promise_test(async t => {
      const target = await makeTarget(t, kind);
      const answer = await askWorker(t, start(t), target);
      assert_true(answer.description.instance[name], `instance of ${name} in the worker`);
      assert_false(answer.description.instance[kind.otherName], `instance of ${kind.otherName} in the worker`);
      assert_true(answer.target instanceof kind.constructor, 'instance here, after the way back');
      await assertNames(t, kind, answer.target);
    }, `a ${name} goes to ${where} and comes back valid`);
  }
}

function testTargetStorage(kind) {
  const Target = kind.constructor;
  const name = kind.name;

  const shapes = {
    'itself': target => target,
    'inside of an object': target => ({deep: [{target}]}),
  };

  for (const [how, wrap] of Object.entries(shapes)) {
    promise_test(async t => {
      const target = await makeTarget(t, kind);
      history.replaceState('before', '');
      const length = history.length;
      assert_throws_dom('DataCloneError', () => history.pushState(wrap(target), ''));
      assert_equals(history.length, length, 'length of the history');
      assert_equals(history.state, 'before', 'state');
    }, `history.pushState() of a ${name} ${how} throws a DataCloneError and adds no entry`);

    promise_test(async t => {
      const target = await makeTarget(t, kind);
      history.replaceState('before', '');
      assert_throws_dom('DataCloneError', () => history.replaceState(wrap(target), '', '#changed'));
      assert_equals(history.state, 'before', 'state');
      assert_equals(location.hash, '', 'URL');
    }, `history.replaceState() of a ${name} ${how} throws a DataCloneError and changes nothing`);
  }

  const openDatabase = async t => {
    const databaseName = `${name} ${t.name}`;
    const request = indexedDB.open(databaseName, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('store');
      request.result.createObjectStore('keyed', {keyPath: 'id'});
    };
    await within(t, new Promise((resolve, reject) => {
      request.onsuccess = resolve;
      request.onerror = reject;
    }), 'opening a database');
    t.add_cleanup(() => {
      request.result.close();
      indexedDB.deleteDatabase(databaseName);
    });
    return request.result;
  };

  const count = (t, store) => within(t, new Promise((resolve, reject) => {
    const request = store.count();
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  }), 'count()');

  for (const operation of ['put', 'add']) {
    promise_test(async t => {
      const target = await makeTarget(t, kind);
      const database = await openDatabase(t);
      const store = database.transaction('store', 'readwrite').objectStore('store');
      assert_throws_dom('DataCloneError', () => store[operation](target, 1), 'itself');
      assert_throws_dom('DataCloneError', () => store[operation]({deep: [target]}, 1), 'inside of an object');
      assert_equals(await count(t, store), 0, 'number of records');
    }, `IDBObjectStore.${operation}() of a ${name} throws a DataCloneError and stores nothing`);
  }

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    const database = await openDatabase(t);
    const store = database.transaction('keyed', 'readwrite').objectStore('keyed');
    assert_throws_dom('DataCloneError', () => store.put({id: 1, target}));
    assert_equals(await count(t, store), 0, 'number of records');
  }, `IDBObjectStore.put() into a store with a key path throws a DataCloneError for a ${name}`);

  // Not every browser has written cursors.
  'update' in IDBCursor.prototype && promise_test(async t => {
    const target = await makeTarget(t, kind);
    const database = await openDatabase(t);
    const store = database.transaction('store', 'readwrite').objectStore('store');
    await within(t, new Promise((resolve, reject) => {
      const request = store.put('value', 1);
      request.onsuccess = resolve;
      request.onerror = reject;
    }), 'put()');
    const request = store.openCursor();
    const cursor = await within(t, new Promise(resolve => {
      request.onsuccess = () => resolve(request.result);
    }), 'openCursor()');
    assert_throws_dom('DataCloneError', () => cursor.update(target));
  }, `IDBCursor.update() with a ${name} throws a DataCloneError`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    assert_throws_dom('DataError', () => indexedDB.cmp(target, 1));
  }, `a ${name} is not a key of IndexedDB`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    localStorage.setItem('target', target);
    t.add_cleanup(() => localStorage.removeItem('target'));
    assert_equals(localStorage.getItem('target'), `[object ${name}]`);
  }, `localStorage stores nothing of a ${name} but its name`);

  promise_test(async t => {
    const target = await makeTarget(t, kind);
    // After all the refusals above, messages still work: the refusal is about storage.
    assert_true(structuredClone(target) instanceof Target);
    try { history.pushState(target, ''); } catch {}
    await assertNames(t, kind, structuredClone(target));
  }, `a refused store leaves a ${name} usable`);
}
