// META: title=Where RestrictionTarget is there
// META: global=window,dedicatedworker,dedicatedworker-module

'use strict';

test(() => {
  assert_own_property(self, 'RestrictionTarget');
  assert_equals(typeof RestrictionTarget, 'function');
  assert_equals(RestrictionTarget.name, 'RestrictionTarget');
  assert_equals(RestrictionTarget.length, 0);
}, 'RestrictionTarget is exposed');

test(() => {
  const descriptor = Object.getOwnPropertyDescriptor(self, 'RestrictionTarget');
  assert_false(descriptor.enumerable, 'enumerable');
  assert_true(descriptor.writable, 'writable');
  assert_true(descriptor.configurable, 'configurable');
}, 'RestrictionTarget is a property as every interface is');

test(() => {
  assert_equals(RestrictionTarget.prototype[Symbol.toStringTag], 'RestrictionTarget');
  assert_array_equals(Object.getOwnPropertyNames(RestrictionTarget.prototype), ['constructor']);
}, 'RestrictionTarget.prototype has nothing but its constructor');

test(() => {
  if (GLOBAL.isWindow()) {
    assert_own_property(RestrictionTarget, 'fromElement');
    assert_equals(RestrictionTarget.fromElement.length, 1);
  } else {
    assert_not_own_property(RestrictionTarget, 'fromElement');
  }
}, 'fromElement() is in windows and not in workers');

test(() => {
  assert_throws_js(TypeError, () => new RestrictionTarget());
}, 'RestrictionTarget cannot be constructed');
