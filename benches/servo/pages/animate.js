// A step is a frame. The engine waits for the message: `change()` was called before it.
let made = 0;

function step(kind) {
    requestAnimationFrame(() => {
        change(kind, ++made);
        console.log('changed');
    });
}
