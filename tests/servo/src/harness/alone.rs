/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What captures of an element have to show, found out from the page itself.
//!
//! In pages that are looked at here, whatever is of the element has no red, with any alpha, and
//! everything else has: a restricted frame with red in it has something foreign. What it has to
//! have is on screen once the page hides all but the element.

use super::frames::{Frame, Recording};
use super::page::Page;
use super::picture::{Picture, Rect, Rgba, distance};

/// Functions of every document, and styles of elements.
pub(crate) const SCRIPT: &str = "
<style>
    html { background: linear-gradient(rgb(255, 0, 0), rgb(255, 0, 255)) }
</style>
<script>
    // Like `noise()`, without red.
    function coolNoise(canvas) {
        const context = canvas.getContext('2d');
        const image = context.createImageData(canvas.width, canvas.height);
        let state = 7;
        for (let i = 0; i < image.data.length; i++) {
            state = Math.imul(state, 1103515245) + 12345;
            image.data[i] = i % 4 == 3 ? 255 : i % 4 == 0 ? 0 : (state >> 16) & 255;
        }
        context.putImageData(image, 0, 0);
    }
    addEventListener('load', () => document.querySelectorAll('canvas.cool').forEach(coolNoise));

    // Hide all of a tree but what says otherwise itself. Nothing moves. A background is left: if
    // the element were all that is drawn, WebRender would apply its clips to all of it at once.
    function hideOthers(root) {
        const sheet = document.createElement('style');
        sheet.className = 'alone';
        sheet.textContent = `* { visibility: hidden !important }
            :root { background: ${window == top ? 'white' : 'none'} !important }
            body { background: none !important }`;
        (root.head ?? root).append(sheet);
    }
    function addStyle(element, style) {
        element.setAttribute('style', `${element.getAttribute('style') ?? ''}; ${style}`);
    }
    addEventListener('message', ({ data }) => {
        if (data == 'around') {
            hideOthers(document);
            for (const frame of document.querySelectorAll('iframe')) {
                addStyle(frame, 'border-color: transparent; visibility: visible !important');
            }
        } else if (data == 'all') {
            document.querySelectorAll('style.alone').forEach(sheet => sheet.remove());
        }
    });
    // The trees with an element in them, innermost first, and the windows around.
    function surroundings(element) {
        const roots = [element.getRootNode()], views = [];
        while (roots.at(-1).host) roots.push(roots.at(-1).host.getRootNode());
        for (let view = roots.at(-1).defaultView; view != top; view = view.parent) {
            views.push(view.parent);
        }
        return [roots, views];
    }
    // Whether script can tell where in the outermost viewport an element is.
    function canPlace(element) {
        const [, views] = surroundings(element);
        let { defaultView: view } = element.ownerDocument;
        return views.every(() => {
            const { frameElement } = view;
            view = view.parent;
            return frameElement;
        });
    }
    function showAlone(element) {
        const [roots, views] = surroundings(element);
        for (const shown of [element, ...element.querySelectorAll('*')]) {
            addStyle(shown, 'visibility: visible !important');
        }
        roots.forEach(hideOthers);
        views.forEach(view => view.postMessage('around', '*'));
    }
    function showAll(element) {
        const [roots, views] = surroundings(element);
        for (const root of roots) {
            root.querySelectorAll('style.alone').forEach(sheet => sheet.remove());
        }
        views.forEach(view => view.postMessage('all', '*'));
    }

    // The part of the viewport that the scroll ports around an element let through: left, top,
    // right, bottom. What is under a transform is upright, or the port is too large.
    function sight(element) {
        const port = [0, 0, top.innerWidth, top.innerHeight];
        if (canPlace(element)) {
            for (let inner = element; inner; inner = inner.ownerDocument.defaultView.frameElement) {
                narrow(port, inner);
            }
        }
        return port;
    }
    // Leave of a port what is in those of the document of an element.
    function narrow(port, element) {
        const around = node => node.assignedSlot ?? node.parentNode ?? node.host;
        let { position } = getComputedStyle(element);
        for (let outer = around(element); outer && outer.localName != 'body';
                outer = around(outer)) {
            if (outer.nodeType != 1) continue;
            const style = getComputedStyle(outer), contains = style.transform != 'none';
            if (position == 'fixed' && !contains) continue;
            if (position == 'absolute' && !contains && style.position == 'static') continue;
            position = style.position;
            if (style.overflowX == 'visible') continue;
            const [left, top, right, bottom] = box(outer);
            port[0] = Math.max(port[0], left + outer.clientLeft);
            port[1] = Math.max(port[1], top + outer.clientTop);
            port[2] = Math.min(port[2], right - outer.clientLeft);
            port[3] = Math.min(port[3], bottom - outer.clientTop);
        }
    }
</script>
";

/// The body of a page whose elements can be looked at alone.
pub(crate) fn body(body: &str) -> String {
    format!("{SCRIPT}{body}")
}

/// A color with red is not of the element.
pub(crate) fn is_foreign(pixel: Rgba) -> bool {
    pixel[0] != 0
}

/// Both kinds of captures of an element.
pub(crate) struct Pair {
    pub(crate) crop: Recording,
    pub(crate) restriction: Recording,
}

impl Pair {
    /// Start captures of an element of the outermost document, which may then go elsewhere.
    #[track_caller]
    pub(crate) fn start(page: &Page, selector: &str) -> Self {
        let pair = Self { crop: page.crop(selector), restriction: page.restrict(selector) };
        page.wait_for(selector, || pair.crop.has_started() && pair.restriction.has_started());
        pair
    }

    /// The crop is that part of the page, the restriction has nothing foreign, and both are where
    /// script sees the element, which the expression `element` stands for.
    #[track_caller]
    pub(crate) fn check_in_page(&self, page: &Page, element: &str) -> [Frame; 2] {
        let [crop, restriction] = page.shoot([&self.crop, &self.restriction]);
        if page.text(&format!("canPlace({element})")) == "true" {
            let seen = page.rect_of(element);
            // Each document around is moved to whole px, too.
            assert!(crop.rect().is_within(3, seen), "{element}: {:?}, not {seen:?}", crop.rect());
        }
        crop.picture.assert_same(&page.screen().cut(crop.rect()), element);
        assert_eq!(restriction.rect(), crop.rect(), "{element}: the restriction");
        assert_nothing_foreign(&restriction, element);
        [crop, restriction]
    }

    /// All that [`Self::check_in_page`] looks at, and that the restriction has what is left on the
    /// screen when there is nothing but the element. `settle` waits until the page is on screen.
    #[track_caller]
    pub(crate) fn check_when(&self, page: &Page, element: &str, settle: impl Fn()) -> [Frame; 2] {
        settle();
        let [crop, restriction] = self.check_in_page(page, element);
        let colors = restriction.picture.colors();
        assert!(colors > 20, "{element}: {colors} colors");
        let port = page.device_rect(page.edges_of(&format!("sight({element})")));
        page.js(&format!("showAlone({element}); 0"));
        settle();
        let alone = page.screen();
        // What is cut off is cut off at the edge of a px.
        let is_cut = port.intersection(restriction.rect()) != restriction.rect();
        let place = if is_cut { port.inset(1) } else { port };
        assert_shows(&alone, &restriction, place, element);
        if !is_cut && restriction.picture.is_opaque() {
            let drawn = alone.bounds_of(|pixel| pixel != [255; 4]);
            assert_eq!(restriction.rect(), drawn, "{element}: where it is drawn");
        }
        page.js(&format!("showAll({element}); 0"));
        settle();
        [crop, restriction]
    }

    #[track_caller]
    pub(crate) fn check(&self, page: &Page, element: &str) -> [Frame; 2] {
        self.check_when(page, element, || page.settle())
    }
}

#[track_caller]
pub(crate) fn assert_nothing_foreign(frame: &Frame, what: &str) {
    let foreign = frame.picture.bounds_of(is_foreign);
    let none = Rect::new(0, 0, 0, 0);
    assert_eq!(foreign, none, "{what}: not of the element, see {}", frame.picture.save("foreign"));
}

/// The frame over white is what is on the screen within `port`, but for what [`differences`] allows.
#[track_caller]
pub(crate) fn assert_shows(screen: &Picture, frame: &Frame, port: Rect, what: &str) {
    let left = frame.rect().intersection(port);
    assert!(left.width > 0 && left.height > 0, "{what}: nothing is left of {:?}", frame.rect());
    let wrong = differences(screen, frame, port, 16, Edges::OfAlpha);
    if let Some((x, y)) = wrong.first() {
        let expected = screen.at(x + frame.rect().x, y + frame.rect().y);
        let saved = [frame.picture.save("frame"), screen.save("alone")];
        panic!(
            "{what}: {} px of {:?} are wrong; ({x}, {y}): {:?}, {expected:?} on screen; \
             see {saved:?}",
            wrong.len(),
            frame.rect(),
            frame.picture.at(*x, *y)
        );
    }
}

/// The px of the frame within `port` that are not on the screen when it is over white, as far as
/// 1/255 may be off for rounding, and `at_edges` of 255 at the edges of clips and of what is turned,
/// whose coverage is computed at another place.
pub(crate) fn differences(
    screen: &Picture,
    frame: &Frame,
    port: Rect,
    at_edges: u8,
    edges: Edges,
) -> Vec<(i32, i32)> {
    let place = frame.rect().intersection(port);
    let is_wrong = |x: i32, y: i32, pixel: Rgba| {
        let (left, top) = (x + frame.rect().x, y + frame.rect().y);
        let is_other = |other: Rgba| match edges {
            Edges::OfAlpha => other[3] != pixel[3],
            Edges::OfColor => other != pixel,
        };
        let is_edge = || frame.picture.neighbors(x, y).any(is_other);
        if !place.contains(left, top) {
            return false;
        }
        let distance = distance(over_white(pixel), screen.at(left, top));
        distance > 1 && (distance > at_edges || !is_edge())
    };
    let pixels = frame.picture.pixels().filter(|(x, y, pixel)| is_wrong(*x, *y, *pixel));
    pixels.map(|(x, y, _)| (x, y)).collect()
}

/// What is taken for an edge.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edges {
    /// Where it is another share of the element that is let through.
    OfAlpha,
    /// Also where one part of the element ends upon another.
    OfColor,
}

/// A premultiplied color over white.
fn over_white(color: Rgba) -> Rgba {
    let rest = 255 - color[3];
    color.map(|channel| channel.saturating_add(rest))
}
