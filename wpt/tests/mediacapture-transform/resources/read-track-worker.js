'use strict';

// Reads frames of a track that was transferred here and says what they are.

self.onmessage = async ({data: {track, frames = 1, keep = false}, ports: [port]}) => {
  try {
    const reader = new MediaStreamTrackProcessor({track}).readable.getReader();
    const sizes = [];
    let kept;
    for (let i = 0; i < frames; ++i) {
      const {value} = await reader.read();
      const canvas = new OffscreenCanvas(value.displayWidth, value.displayHeight);
      const context = canvas.getContext('2d');
      context.drawImage(value, 0, 0);
      const center = [...context.getImageData(value.displayWidth / 2, value.displayHeight / 2, 1, 1).data];
      sizes.push({width: value.displayWidth, height: value.displayHeight, center, timestamp: value.timestamp});
      if (keep && i === frames - 1) {
        kept = value;
      } else {
        value.close();
      }
    }
    await reader.cancel();
    port.postMessage({sizes, frame: kept, kind: track.kind, id: track.id}, kept ? [kept] : []);
  } catch (error) {
    port.postMessage({error: `${error.name}: ${error.message}`});
  }
};
