/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pages made up by chance, and what may happen to them.
//!
//! All of them have the same elements, so that nothing around the target is loaded again: two boxes in
//! each other, the iframes in them, and the target in one of the documents. Everything is positioned, so that what
//! is only painted moves nothing, and a page without what is not of the target is easily told.

use super::inside::{self, Inside};
use crate::harness::alone;
use crate::harness::chance::Chance;
use crate::harness::{Site, document};

/// What all documents but the middle one have.
const SKELETON: &str = "
    <style>
        body { overflow: hidden }
        body::after, .scrolls::after { content: ''; position: absolute; left: 0; top: 0;
            width: 1500px; height: 1500px; visibility: hidden }
        div, iframe { position: absolute; box-sizing: border-box }
        .under { inset: 0 }
        iframe { border: 3px solid transparent }
    </style>
    <div id=before></div>
    <div id=outer><div id=outerUnder></div><div id=inner><div id=innerUnder></div>HERE</div></div>
    <div id=after></div>";

/// `alone` is set in the document that has nothing but the target.
const SCRIPT: &str = "<script>
    var alone = location.search == '?alone';
    const views = { top: () => window, same: () => frames[0], nested: () => frames[1][0] };
    const find = (view, id) => views[view]().document.getElementById(id);
    // Layout is for every page, paint for those that have more than the target.
    function dress(view, id, layout, paint, boxes) {
        const element = find(view, id);
        element.setAttribute('style', alone ? layout : `${layout}; ${paint}`);
        element.className = layout.includes('overflow: scroll') ? 'scrolls' : '';
        if (boxes !== undefined) {
            element.innerHTML = alone ? '' : boxes;
        }
    }
    function color(view, background) {
        const own = view == 'top' ? 'white' : 'none';
        views[view]().document.documentElement.style.background = alone ? own : background;
    }
    function scroll(view, id, x, y) {
        id ? find(view, id).scrollTo(x, y) : views[view]().scrollTo(x, y);
    }
    addEventListener('load', () => {
        window.t = $('#t');
        if (alone) frames[1].postMessage('around', '*');
    });
    function frames_are_there() {
        try { return Boolean(find('same', 'inner') && find('nested', 'inner')); }
        catch { return false; }
    }
</script>";

/// The documents.
pub(super) fn site() -> Site {
    let index = SKELETON.replace(
        "HERE",
        "<iframe id=same src=/inner></iframe><iframe id=nested src={other}/middle></iframe>
        <div id=t></div>",
    );
    let middle = "<style>html { background: rgb(255, 90, 0) }</style>
        <iframe src={other}/inner style='position: absolute; left: 5.3px; top: 4.6px;
            width: 150px; height: 110px; border: 2px solid rgb(255, 0, 90)'></iframe>";
    let scripts = [SCRIPT, inside::NUMBERS, inside::SCRIPT].concat();
    Site::new(&document(&alone::body(&format!("{index}{scripts}"))))
        .and("/own", &inside::own_document())
        .and("/inner", &document(&SKELETON.replace("HERE", "")))
        .and("/middle", &document(&alone::body(middle)))
}

/// The document that the target is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Top,
    Same,
    Nested,
}

impl Place {
    const ALL: [Self; 3] = [Self::Top, Self::Same, Self::Nested];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Same => "same",
            Self::Nested => "nested",
        }
    }
}

/// What a box around the target does to it.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    scrolls: bool,
    transforms: bool,
}

/// What is known of a page.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) place: Place,
    pub(super) is_connected: bool,
    pub(super) is_rendered: bool,
    pub(super) is_eligible: bool,
    /// What is inside of the target.
    pub(super) inside: Inside,
    /// Whether anything on the page is transformed.
    pub(super) has_transforms: bool,
    /// Whether the target has a transform of its own.
    is_transformed: bool,
    /// The boxes around the target, outermost first, by document.
    top: [Around; 2],
    inner: [Around; 2],
}

impl Scene {
    pub(super) const START: Self = Self {
        place: Place::Top,
        is_connected: true,
        is_rendered: true,
        is_eligible: true,
        inside: Inside::NOTHING,
        has_transforms: false,
        is_transformed: false,
        top: [Around { scrolls: false, transforms: false }; 2],
        inner: [Around { scrolls: false, transforms: false }; 2],
    };

    /// Whether the pixels can be told from those of the page that has nothing but the target: a
    /// scroll container that is turned cuts off at edges that script cannot tell, and a document in
    /// something that is transformed is at whole px in a restricted frame.
    pub(super) fn has_reference(&self) -> bool {
        if self.inside.documents && self.is_turned() {
            return false;
        }
        let mut is_transformed = false;
        for Around { scrolls, transforms } in self.around() {
            is_transformed |= transforms;
            if scrolls && is_transformed {
                return false;
            }
        }
        self.place == Place::Top || !self.top.iter().any(|around| around.transforms)
    }

    /// Whether edges may be off the px.
    pub(super) fn is_turned(&self) -> bool {
        self.is_transformed || self.around().any(|around| around.transforms)
    }

    /// What is around the target, outermost first.
    fn around(&self) -> impl Iterator<Item = Around> {
        let inner = if self.place == Place::Top { &self.inner[..0] } else { &self.inner };
        self.top.iter().chain(inner).copied()
    }

    /// An expression for the part of the viewport that the scroll containers let through.
    pub(super) fn port(&self) -> &'static str {
        match self.place {
            Place::Top | Place::Same => "sight(t)",
            // Script cannot look through the document in the middle. No box in the innermost one
            // scrolls.
            Place::Nested => "sight($('#nested'))",
        }
    }

    /// A script that makes everything anew. The target is in the document, rendered and eligible.
    pub(super) fn make(&mut self, chance: &mut Chance, place: Option<Place>) -> String {
        self.place = place.unwrap_or_else(|| chance.choose(&Place::ALL));
        let mut script = String::new();
        self.has_transforms = false;
        for view in Place::ALL {
            script += &self.dress_document(chance, view);
        }
        for frame in ["same", "nested"] {
            script += &dress(
                "top",
                frame,
                &area(chance, 140, 230),
                "background: white; border-color: rgb(255, 99, 99)",
                None,
            );
        }
        (self.is_connected, self.is_rendered, self.is_eligible) = (true, true, true);
        // While it is nowhere, so that what is in it loads once.
        script += "t.remove();";
        script += &self.dress_target(chance);
        script += &format!("put('{}');", self.place.name());
        for view in Place::ALL {
            for id in ["''", "'outer'", "'inner'"] {
                script += &scroll_somewhere(chance, view.name(), id);
            }
        }
        script
    }

    fn dress_document(&mut self, chance: &mut Chance, view: Place) -> String {
        let name = view.name();
        let mut script = format!("color('{name}', '{}');", foreign_color(chance));
        for id in ["before", "after", "outerUnder", "innerUnder"] {
            script += &dress(name, id, "left: 0; top: 0", "", Some(boxes(chance, foreign_color)));
        }
        for (index, id) in ["outer", "inner"].into_iter().enumerate() {
            let (around, layout, paint) = wrapping(chance, view);
            script += &dress(name, id, &layout, &paint, None);
            self.has_transforms |= around.transforms;
            match view {
                Place::Top => self.top[index] = around,
                _ if view == self.place => self.inner[index] = around,
                _ => {}
            }
        }
        script
    }

    /// A script for something small that happens.
    pub(super) fn change(&mut self, chance: &mut Chance) -> String {
        let view = chance.choose(&[Place::Top, self.place]).name();
        // What is not there is not looked at for long.
        let is_there = self.is_connected && self.is_rendered && self.is_eligible;
        let what = match (is_there, &*self) {
            (false, Self { is_connected: false, .. }) if chance.one_in(2) => 0,
            (false, Self { is_rendered: false, .. }) if chance.one_in(2) => 1,
            (false, _) if chance.one_in(2) => 3,
            _ => chance.below(16),
        };
        if chance.one_in(3)
            && let Some(script) = self.inside.change(chance)
        {
            return script;
        }
        match what {
            0 => {
                self.is_connected = !self.is_connected;
                if self.is_connected {
                    format!("put('{}');", self.place.name())
                } else {
                    "t.remove();".into()
                }
            }
            1 => {
                self.is_rendered = !self.is_rendered;
                format!("t.style.display = '{}';", if self.is_rendered { "" } else { "none" })
            }
            2 => {
                (self.is_rendered, self.is_eligible) = (true, !self.is_eligible);
                let plain = "'position: absolute; left: 20px; top: 30px; width: 60px; \
                    height: 50px; background: rgb(0, 99, 255)'";
                if self.is_eligible {
                    self.dress_target(chance)
                } else {
                    format!("t.setAttribute('style', {plain});")
                }
            }
            3 => {
                (self.is_rendered, self.is_eligible) = (true, true);
                self.dress_target(chance)
            }
            4..6 => {
                let id = chance.choose(&["before", "after", "outerUnder", "innerUnder"]);
                dress(view, id, "left: 0; top: 0", "", Some(boxes(chance, foreign_color)))
            }
            6 => format!("color('{view}', '{}');", foreign_color(chance)),
            // Scroll offsets are on their own on the way to the screen: two may come in two frames.
            7..10 => format!("t.scrollTop = {};", chance.tenths(0, 60)),
            _ => {
                let id = chance.choose(&["''", "'outer'", "'inner'"]);
                scroll_somewhere(chance, view, id)
            }
        }
    }

    fn dress_target(&mut self, chance: &mut Chance) -> String {
        let mut style = area(chance, 20, 120) + "; isolation: isolate; background: ";
        style += &own_color(chance);
        self.is_transformed = chance.one_in(3);
        self.has_transforms |= self.is_transformed;
        if self.is_transformed {
            style += &format!("; transform: {}", transform(chance));
        }
        style += match chance.below(12) {
            0 => "; opacity: .6",
            1 => "; overflow: hidden; border-radius: 14px",
            2 => "; filter: brightness(.7)",
            3 => "; clip-path: inset(3.3px 7.7px 5px 0)",
            4 => "; overflow: scroll",
            5 => "; overflow: hidden",
            6 => "; border: 3.3px solid rgb(0, 255, 190); border-radius: 9px",
            _ => "",
        };
        let fill;
        (self.inside, fill) = Inside::fill(chance);
        format!("t.setAttribute('style', '{style}'); {fill}")
    }
}

fn dress(view: &str, id: &str, layout: &str, paint: &str, boxes: Option<String>) -> String {
    let boxes = boxes.map_or("undefined".into(), |boxes| format!("`{boxes}`"));
    format!("dress('{view}', '{id}', '{layout}', '{paint}', {boxes});\n")
}

fn scroll_somewhere(chance: &mut Chance, view: &str, id: &str) -> String {
    let (x, y) = (chance.tenths(0, 20), chance.tenths(0, 35));
    format!("scroll('{view}', {id}, {x}, {y});\n")
}

/// A box around the target: what it does, its layout, and how it is painted.
fn wrapping(chance: &mut Chance, view: Place) -> (Around, String, String) {
    let mut around = Around::default();
    let mut layout = area(chance, 150, 260);
    let mut paint = match chance.below(3) {
        0 => format!("background: {}", foreign_color(chance)),
        _ => String::new(),
    };
    match chance.below(7) {
        0 | 1 if view != Place::Nested => {
            around.scrolls = true;
            layout += "; overflow: scroll";
        }
        2 => {
            around.transforms = true;
            layout += &format!("; transform: {}", transform(chance));
        }
        3 => paint += "; overflow: clip",
        4 => paint += "; opacity: .5",
        5 => paint += "; clip-path: inset(10px 20px 0 5px)",
        6 => paint += "; overflow: clip; border-radius: 20px; mix-blend-mode: multiply",
        _ => {}
    }
    (around, layout, paint)
}

/// Left, top, and a width and a height in this range.
pub(super) fn area(chance: &mut Chance, least: i32, most: i32) -> String {
    format!(
        "left: {}px; top: {}px; width: {}px; height: {}px",
        chance.tenths(-15, 60),
        chance.tenths(-15, 60),
        chance.tenths(least, most),
        chance.tenths(least, most),
    )
}

fn transform(chance: &mut Chance) -> String {
    match chance.below(5) {
        0 => format!("scale({})", chance.tenths(1, 2)),
        1 => format!("rotate({}deg)", chance.tenths(0, 360)),
        2 => format!("skewX({}deg)", chance.tenths(-20, 20)),
        3 => format!("perspective(300px) rotateY({}deg)", chance.tenths(-40, 40)),
        _ => format!("translate({}px, {}px)", chance.tenths(-9, 9), chance.tenths(-9, 9)),
    }
}

pub(super) fn boxes(chance: &mut Chance, color: fn(&mut Chance) -> String) -> String {
    let one = |chance: &mut Chance| {
        let area = area(chance, 5, 110);
        let round = if chance.one_in(3) { "; border-radius: 9px" } else { "" };
        format!("<div style=\"{area}{round}; background: {}\"></div>", color(chance))
    };
    (0..1 + chance.below(3)).map(|_| one(chance)).collect()
}

/// Nothing that is of the target has any red.
pub(super) fn own_color(chance: &mut Chance) -> String {
    let alpha = chance.choose(&[1., 1., 1., 0.6, 0.3]);
    format!("rgba(0, {}, {}, {alpha})", chance.below(256), chance.below(256))
}

/// Everything else has.
fn foreign_color(chance: &mut Chance) -> String {
    let alpha = chance.choose(&[1., 1., 0.7, 0.5]);
    format!("rgba(255, {}, {}, {alpha})", chance.below(256), chance.below(256))
}
