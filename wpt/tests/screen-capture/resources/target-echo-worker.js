'use strict';

// Says what the worker sees of the two interfaces, and sends back what it is sent.

function describe(value) {
  return {
    exposed: {
      CropTarget: typeof self.CropTarget === 'function',
      RestrictionTarget: typeof self.RestrictionTarget === 'function',
    },
    fromElement: {
      CropTarget: 'fromElement' in (self.CropTarget ?? {}),
      RestrictionTarget: 'fromElement' in (self.RestrictionTarget ?? {}),
    },
    instance: {
      CropTarget: self.CropTarget !== undefined && value instanceof CropTarget,
      RestrictionTarget: self.RestrictionTarget !== undefined && value instanceof RestrictionTarget,
    },
    track: typeof self.BrowserCaptureMediaStreamTrack,
  };
}

function answer({data, ports: [port]}) {
  port.postMessage({description: describe(data.target), target: data.target});
}

self.onmessage = answer;
self.onconnect = ({ports: [port]}) => { port.onmessage = answer; };
