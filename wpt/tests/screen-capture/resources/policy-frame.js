// A page that says whether it may capture.
'use strict';

async function capture() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({preferCurrentTab: true, selfBrowserSurface: 'include'});
    stream.getTracks().forEach(track => track.stop());
    return 'captured';
  } catch (error) {
    return error.name;
  }
}

addEventListener('message', async ({ports: [port]}) => {
  const {state} = await navigator.permissions.query({name: 'display-capture'});
  port.postMessage(state);
});
