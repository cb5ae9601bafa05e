// META: title=A script in a window

'use strict';

test(() => {
  assert_equals(document.title, 'A script in a window');
}, 'The document has its title');
