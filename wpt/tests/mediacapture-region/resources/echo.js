// A worker that sends back whatever it gets, with what it takes it for.

'use strict';

self.onmessage = ({ data }) => {
  self.postMessage({ kind: Object.prototype.toString.call(data), value: data });
};
