/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What is inside of a target: boxes, canvases, and documents with documents in them.
//!
//! Documents load again whenever the target is put elsewhere, and those of another site run on a
//! thread of their own. `is_there()` is true when all are loaded and have done what they were told.

use crate::harness::chance::Chance;
use crate::harness::document;

use super::scene::{area, boxes, own_color};

/// For the outermost document. The target is `t`.
pub(super) const SCRIPT: &str = "<script>
    const OTHER = '{other}';
    let asked = 0, answered = 0;
    addEventListener('message', ({ data }) => { answered += data == 'done' });
    const documents = () => [...t.querySelectorAll('iframe')];
    function fill(inside) {
        t.innerHTML = inside;
        for (const frame of documents()) {
            frame.onload = () => frame.isThere = true;
        }
        draw_all(canvas => canvas.dataset.seed);
    }
    // A canvas that was drawn in one document and then goes on in another one is late on screen, if
    // Servo has rendered the first one more often. So it is another canvas.
    function put(view) {
        documents().forEach(frame => frame.isThere = false);
        find(view, 'inner').append(t);
        t.querySelectorAll('canvas').forEach(canvas => canvas.replaceWith(canvas.cloneNode()));
        draw_all(canvas => canvas.dataset.seed);
    }
    function draw_all(seed_of) {
        t.querySelectorAll('canvas').forEach(canvas => draw(canvas, seed_of(canvas)));
    }
    function is_there() {
        return asked == answered && (!t.isConnected || documents().every(frame => frame.isThere));
    }
    function tell(message) {
        for (const frame of t.isConnected ? documents() : []) {
            asked += 1;
            frame.contentWindow.postMessage(message, '*');
        }
    }
    // Nothing that is of the target has any red.
    function draw(canvas, seed) {
        canvas.dataset.seed = seed;
        if (!canvas.isConnected) return;
        const context = canvas.getContext('2d');
        const next = numbers(seed);
        context.clearRect(0, 0, canvas.width, canvas.height);
        if (seed % 2) {
            const image = context.createImageData(canvas.width, canvas.height);
            for (let i = 0; i < image.data.length; i++) {
                image.data[i] = i % 4 == 0 ? 0 : i % 4 == 3 ? 255 : next(256);
            }
            context.putImageData(image, 0, 0);
        } else {
            for (let i = 0; i < 4; i++) {
                context.fillStyle = `rgba(0, ${next(256)}, ${next(256)}, ${next(2) ? 1 : .5})`;
                context.fillRect(next(50), next(50), next(60), next(60));
            }
        }
    }
</script>";

/// Numbers that look like chance, for scripts of all documents.
pub(super) const NUMBERS: &str = "<script>
    function numbers(seed) {
        let state = Number(seed);
        return end => {
            state = Math.imul(state, 1103515245) + 12345 | 0;
            return (state >>> 16) % end;
        };
    }
</script>";

/// The address tells the numbers of a document, and how many documents are in each other in it.
const DOCUMENT: &str = "
    <style>
        html { overflow: hidden }
        body::after { content: ''; position: absolute; left: 0; top: 0; width: 900px;
            height: 900px; visibility: hidden }
        div, iframe { position: absolute }
        iframe { border: 0 }
    </style>
    <div id=boxes style='left: 0; top: 0'></div>
    <script>
        const [seed, depth] = location.search.slice(1).split('.').map(Number);
        function show(seed) {
            const next = numbers(seed);
            const color = () => `rgba(0, ${next(256)}, ${next(256)}, ${next(2) ? 1 : .6})`;
            const area = most =>
                `left: ${next(400) / 10}px; top: ${next(400) / 10}px;
                width: ${20 + next(most * 10) / 10}px; height: ${20 + next(most * 10) / 10}px`;
            document.documentElement.style.background = next(2) ? color() : 'none';
            $('#boxes').innerHTML = [0, 1, 2].map(() =>
                `<div style='${area(60)}; background: ${color()}'></div>`).join('');
            return area(80);
        }
        const area = show(seed);
        if (depth) {
            document.body.insertAdjacentHTML('beforeend',
                `<iframe src='{other}/own?${seed + 1}.${depth - 1}' style='${area}'></iframe>`);
        }
        addEventListener('message', ({ data }) => {
            if (data.depth && frames.length) {
                frames[0].postMessage({ ...data, depth: data.depth - 1 }, '*');
                return;
            }
            data.seed && show(data.seed);
            data.scroll && scrollTo(...data.scroll);
            top.postMessage('done', '*');
        });
    </script>";

/// A document of the target.
pub(super) fn own_document() -> String {
    document(&format!("{NUMBERS}{DOCUMENT}"))
}

/// What there is besides boxes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Inside {
    pub(super) documents: bool,
    pub(super) canvases: bool,
}

impl Inside {
    pub(super) const NOTHING: Self = Self { documents: false, canvases: false };

    /// Something else, and a script that puts it into the target.
    pub(super) fn fill(chance: &mut Chance) -> (Self, String) {
        let inside = Self { documents: chance.one_in(4), canvases: chance.one_in(3) };
        let mut html = boxes(chance, own_color);
        if inside.canvases {
            html += &format!(
                "<canvas width=90 height=80 data-seed={} style=\"position: absolute; {}\"></canvas>",
                chance.below(10_000),
                area(chance, 40, 110),
            );
        }
        if inside.documents {
            html += &format!(
                "<iframe src=\"{}/own?{}.{}\" style=\"border: 0; {}\"></iframe>",
                chance.choose(&["", "${OTHER}"]),
                chance.below(10_000),
                chance.below(3),
                area(chance, 60, 140),
            );
        }
        if chance.one_in(2) {
            // Upon what is not a box.
            html += &boxes(chance, own_color);
        }
        html += "<div style=\"width: 9px; height: 300px\"></div>";
        (inside, format!("fill(`{html}`);\n"))
    }

    /// A script for something that happens in the target, if there is anything it can happen in.
    pub(super) fn change(self, chance: &mut Chance) -> Option<String> {
        let of_documents = match (self.documents, self.canvases) {
            (true, true) => chance.one_in(2),
            (documents, canvases) if documents || canvases => documents,
            _ => return None,
        };
        let seed = 1 + chance.below(10_000);
        Some(match (of_documents, chance.below(2)) {
            (false, _) => {
                format!("draw_all(() => {seed});")
            }
            (true, 0) => format!("tell({{ depth: {}, seed: {seed} }});", chance.below(3)),
            (true, _) => {
                let (x, y) = (chance.tenths(0, 20), chance.tenths(0, 35));
                format!("tell({{ depth: {}, scroll: [{x}, {y}] }});", chance.below(3))
            }
        })
    }
}
