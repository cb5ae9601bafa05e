// META: title=Where CropTarget is there
// META: global=window,dedicatedworker,dedicatedworker-module

'use strict';

test(() => {
  assert_own_property(self, 'CropTarget');
  assert_equals(typeof CropTarget, 'function');
  assert_equals(CropTarget.name, 'CropTarget');
  assert_equals(CropTarget.length, 0);
}, 'CropTarget is exposed');

test(() => {
  const descriptor = Object.getOwnPropertyDescriptor(self, 'CropTarget');
  assert_false(descriptor.enumerable, 'enumerable');
  assert_true(descriptor.writable, 'writable');
  assert_true(descriptor.configurable, 'configurable');
}, 'CropTarget is a property as every interface is');

test(() => {
  assert_equals(CropTarget.prototype[Symbol.toStringTag], 'CropTarget');
  assert_array_equals(Object.getOwnPropertyNames(CropTarget.prototype), ['constructor']);
}, 'CropTarget.prototype has nothing but its constructor');

test(() => {
  if (GLOBAL.isWindow()) {
    assert_own_property(CropTarget, 'fromElement');
    assert_equals(CropTarget.fromElement.length, 1);
  } else {
    assert_not_own_property(CropTarget, 'fromElement');
  }
}, 'fromElement() is in windows and not in workers');

test(() => {
  assert_throws_js(TypeError, () => new CropTarget());
}, 'CropTarget cannot be constructed');
