/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A restricted frame has the element's own rendering: all of it and nothing else.

use crate::harness::{Page, Picture, Rect, Rgba, Setup, distance, tests};

tests![
    at_dpr_1,
    at_dpr_1_25,
    at_dpr_1_5,
    at_dpr_1_75,
    at_dpr_2,
    at_dpr_2_25,
    at_dpr_2_5,
    at_dpr_2_75,
    at_dpr_3,
    at_page_zoom,
    at_fractional_scroll_offsets,
    alpha_is_exact,
    corners_are_transparent,
    covers_and_backgrounds_do_not_enter,
    ancestors_do_not_enter,
    the_page_on_screen_stays_the_same,
    several_captures_of_one_element,
    nested_targets,
];

/// What is behind all elements, when nothing else is.
const BACKDROP: Rgba = [32, 64, 96, 255];

/// Elements of all kinds, with nothing behind or before them but the backdrop.
const KINDS: &str = "
    <style>
        .t { position: absolute; isolation: isolate; overflow: hidden }
        canvas { display: block; width: 100%; height: 100% }
    </style>
    <body style='height: 2000px; background: rgb(32, 64, 96)'>
    <div class=t id=whole style='left: 8px; top: 108px; width: 56px; height: 32px'>
        <canvas class=noise width=56 height=32></canvas></div>
    <div class=t id=fractional style='left: 70.3px; top: 110.7px; width: 40.6px; height: 25.15px'>
        <canvas class=noise width=40 height=25></canvas></div>
    <div class=t id=rounded style='left: 120.2px; top: 104.3px; width: 60px; height: 40.2px;
            border-radius: 14px; background: linear-gradient(45deg, red, lime)'></div>
    <div class=t id=bordered style='left: 70.2px; top: 144.3px; width: 40px; height: 30.2px;
            border: 3px solid navy; box-sizing: border-box; background: silver'>text</div>
    <div style='position: absolute; left: 190.2px; top: 104.4px; width: 60px; height: 60px;
            overflow: scroll' id=outer>
        <div style='height: 500px'>
        <div class=t id=scroller style='left: 1px; top: 20.3px; width: 41px; height: 30px;
            overflow: scroll'>
            <div style='height: 300px; background: linear-gradient(red, blue 80%)'>
                <canvas class=noise width=41 height=30 style='height: 30px'></canvas>
            </div></div></div>
    </div>
    <div class=t id=rotated style='left: 260px; top: 116px; width: 40px; height: 32px;
            transform: rotate(20deg)'>
        <canvas class=noise width=40 height=30></canvas></div>
    <div class=t id=text style='left: 12.4px; top: 180.3px; width: 100px; height: 60px;
            font: 13px DejaVu Sans; background: white'>
        <b>Some</b> text that wraps <i>and</i> goes on
        <img width=11 height=7 src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"
            width=\"11\" height=\"7\"><circle r=\"3\" cx=\"4\" cy=\"4\"/></svg>'></div>
    <div style='position: absolute; left: 120.1px; top: 170px; transform: scale(1.3)
            translate(20px, 1.2px)'>
    <div class=t id=scaled style='left: 3.2px; top: 2.7px; width: 30px; height: 20px;
            background: radial-gradient(white, black)'></div></div>
    <iframe class=t id=frame style='left: 220px; top: 174px; width: 70px; height: 40px;
            border: 2px solid red' srcdoc='<body style=\"background: linear-gradient(red,
            lime)\">frame'></iframe>";

const IDS: [&str; 9] = [
    "whole",
    "fractional",
    "rounded",
    "bordered",
    "scroller",
    "rotated",
    "text",
    "scaled",
    "frame",
];

fn all_kinds(setup: Setup) {
    all_kinds_scrolled_by(setup, [80., 8., 11.]);
}

fn all_kinds_scrolled_by(setup: Setup, [window, outer, scroller]: [f64; 3]) {
    let page = Page::with(setup, KINDS);
    page.js(&format!(
        "scrollTo(0, {window}); $('#outer').scrollTop = {outer};
        $('#scroller').scrollTop = {scroller}; 0"
    ));
    let captures = IDS.map(|id| page.restrict(&format!("#{id}")));
    let frames = page.shoot(captures.each_ref());
    for (id, frame) in IDS.iter().zip(&frames) {
        // WebRender moves what it draws to whole px, in several steps, and with it each edge.
        let exact = page.rect_of(&format!("$('#{id}')"));
        assert!(frame.rect().is_near(exact), "{id}: {:?}, not {exact:?}", frame.rect());
        assert!(frame.picture.colors() > 10, "{id}: {} colors", frame.picture.colors());
        assert_shows(&page.screen().cut(frame.rect()), &frame.picture, id);
    }
}

/// The page shows the element over the backdrop, as far as 1/255 may be off for rounding, and
/// 8/255 at the anti-aliased edges of clips, whose coverage is computed at another place.
#[track_caller]
fn assert_shows(page: &Picture, element: &Picture, what: &str) {
    for ((x, y, page), (.., pixel)) in page.pixels().zip(element.pixels()) {
        let expected = over(pixel, BACKDROP);
        let is_edge = element.neighbors(x, y).any(|neighbor| neighbor[3] != pixel[3]);
        let tolerance = if is_edge { 8 } else { 1 };
        let distance = distance(page, expected);
        assert!(
            distance <= tolerance,
            "{what}: ({x}, {y}): {pixel:?} is {expected:?} on screen, not {page:?}"
        );
    }
}

/// A premultiplied color over an opaque one.
fn over(color: Rgba, backdrop: Rgba) -> Rgba {
    let rest = 255 - u16::from(color[3]);
    let channel = |index: usize| {
        let behind = (u16::from(backdrop[index]) * rest + 127) / 255;
        u8::try_from(u16::from(color[index]) + behind).unwrap_or(u8::MAX)
    };
    [channel(0), channel(1), channel(2), channel(3)]
}

fn at_dpr(dpr: f32) {
    all_kinds(Setup { dpr, ..Setup::default() });
}

fn at_dpr_1() {
    at_dpr(1.);
}

fn at_dpr_1_25() {
    at_dpr(1.25);
}

fn at_dpr_1_5() {
    at_dpr(1.5);
}

fn at_dpr_1_75() {
    at_dpr(1.75);
}

fn at_dpr_2() {
    at_dpr(2.);
}

fn at_dpr_2_25() {
    at_dpr(2.25);
}

fn at_dpr_2_5() {
    at_dpr(2.5);
}

fn at_dpr_2_75() {
    at_dpr(2.75);
}

fn at_dpr_3() {
    at_dpr(3.);
}

fn at_page_zoom() {
    all_kinds(Setup { dpr: 1.5, zoom: 1.3, viewport: (420, 320), ..Setup::default() });
}

fn at_fractional_scroll_offsets() {
    let setup = Setup { dpr: 1.5, ..Setup::default() };
    all_kinds_scrolled_by(setup, [79.7, 7.45, 11.3]);
}

fn alpha_is_exact() {
    let page = Page::new(
        "<body style='background: red'>
        <div id=a style='width: 20px; height: 20px; isolation: isolate;
            background: rgba(0, 255, 0, .4)'></div>
        <div id=b style='width: 20px; height: 20px; opacity: .2; background: white'></div>
        <div id=c style='width: 20px; height: 20px; isolation: isolate'></div>",
    );
    let [a, b, c] = ["#a", "#b", "#c"].map(|selector| page.restrict(selector));
    let [a, b, c] = page.shoot([&a, &b, &c]);
    let all = Rect::new(0, 0, 20, 20);
    // .4 and .2 of 255, premultiplied.
    a.picture.assert_filled(all, [0, 102, 0, 102]);
    b.picture.assert_filled(all, [51, 51, 51, 51]);
    c.picture.assert_filled(all, [0; 4]);
}

fn corners_are_transparent() {
    let page = Page::with(
        Setup { dpr: 2., ..Setup::default() },
        "<body style='background: red'>
        <div id=t style='width: 60px; height: 60px; isolation: isolate; border-radius: 50%;
            background: lime'></div>",
    );
    let [frame] = page.shoot([&page.restrict("#t")]);
    for (x, y, pixel) in frame.picture.pixels() {
        let distance = f64::from(x - 60).hypot(f64::from(y - 60));
        if distance > 63. {
            assert_eq!(pixel, [0; 4], "({x}, {y})");
        } else if distance < 57. {
            assert_eq!(pixel, [0, 255, 0, 255], "({x}, {y})");
        }
        assert_eq!((pixel[0], pixel[2]), (0, 0), "({x}, {y})");
    }
}

/// An element of many colors in a page that can be changed around it.
const SURROUNDED: &str = "
    <body style='background: white'>
    <div id=behind style='position: absolute; width: 300px; height: 200px'></div>
    <div id=outer style='position: absolute; left: 30.3px; top: 20.7px; width: 200px;
        height: 150px'>
        <div id=t style='width: 100px; height: 60px; margin: 10px; isolation: isolate;
            border-radius: 9px; overflow: hidden; opacity: .9'>
            <canvas class=noise width=100 height=50></canvas>text</div>
    </div>
    <div id=cover style='position: absolute; left: 60px; top: 40px; width: 30px; height: 200px'>
        </div>";

/// What a change of the page does to the restricted frame of `#t`: it has to be nothing.
fn assert_unchanged_by(page: &Page, changes: &[&str]) {
    let capture = page.restrict("#t");
    let [before] = page.shoot([&capture]);
    assert!(before.picture.colors() > 1000);
    let screen = page.screen();
    for change in changes {
        page.js(&format!("{change}; 0"));
        let [frame] = page.shoot([&capture]);
        assert_ne!(page.screen(), screen, "{change} changes the page");
        assert_eq!(frame.rect(), before.rect(), "{change}");
        frame.picture.assert_same(&before.picture, change);
    }
}

fn covers_and_backgrounds_do_not_enter() {
    assert_unchanged_by(
        &Page::with(Setup { dpr: 1.25, ..Setup::default() }, SURROUNDED),
        &[
            "$('#cover').style.background = 'red'",
            "$('#cover').style.backdropFilter = 'invert(1)'",
            "$('#cover').style.mixBlendMode = 'difference'",
            "$('#cover').innerHTML = '<canvas class=noise width=90 height=90>'; \
             noise($('#cover canvas'))",
            "$('#behind').style.background = 'linear-gradient(red, blue)'",
            "document.body.style.background = 'black'",
            "$('#outer').style.background = 'lime'",
            "$('#outer').append('more text')",
        ],
    );
}

fn ancestors_do_not_enter() {
    assert_unchanged_by(
        &Page::with(Setup { dpr: 1.25, ..Setup::default() }, SURROUNDED),
        &[
            "$('#outer').style.opacity = .3",
            "$('#outer').style.filter = 'invert(1)'",
            "$('#outer').style.mixBlendMode = 'difference'",
            "$('#outer').style.overflow = 'hidden'; $('#outer').style.height = '35px'",
            "$('#outer').style.clipPath = 'inset(0 30px 0 0)'",
            "$('#outer').style.opacity = 0",
            "$('#outer').style.cssText += '; opacity: 1; filter: blur(3px); overflow: clip'",
        ],
    );
}

fn the_page_on_screen_stays_the_same() {
    let page = Page::with(Setup { dpr: 1.5, ..Setup::default() }, KINDS);
    page.js("scrollTo(0, 80); $('#outer').scrollTop = 8; 0");
    page.settle();
    let before = page.screen();
    let captures = IDS.map(|id| page.restrict(&format!("#{id}")));
    page.shoot(captures.each_ref());
    assert_same_page(&page, &page.screen(), &before);

    // Changes while captured look as they do without.
    let change = |color: &str| {
        page.js(&format!("$('#text').style.background = '{color}'; $('#scaled')?.remove(); 0"));
        page.settle();
        page.tab.paint();
        page.screen()
    };
    let captured = change("orange");
    drop(captures);
    change("lime");
    assert_same_page(&page, &change("orange"), &captured);
}

/// The pictures are the same to the last bit, except where the rounded element is: WebRender
/// computes the masks of clips to 1/255, depending on what else there are masks of.
#[track_caller]
fn assert_same_page(page: &Page, picture: &Picture, expected: &Picture) {
    let masked = page.rect_of("$('#rounded')");
    for ((x, y, pixel), (.., expected)) in picture.pixels().zip(expected.pixels()) {
        let tolerance = u8::from(masked.contains(x, y));
        assert!(distance(pixel, expected) <= tolerance, "({x}, {y}): {pixel:?}, not {expected:?}");
    }
}

fn several_captures_of_one_element() {
    let page = Page::new(SURROUNDED);
    let captures = [(); 3].map(|()| page.restrict("#t"));
    let [one, two, three] = page.shoot(captures.each_ref());
    two.picture.assert_same(&one.picture, "the second");
    three.picture.assert_same(&one.picture, "the third");
    let [first, second, _third] = captures;
    drop(first);
    let [again] = page.shoot([&second]);
    again.picture.assert_same(&one.picture, "when another was stopped");
}

fn nested_targets() {
    let page = Page::new(
        "<div id=outer style='isolation: isolate; width: 80px; height: 60px; background: red'>
        <div id=inner style='isolation: isolate; width: 40px; height: 30px; background: blue'>
        </div></div>",
    );
    let [outer, inner] = page.shoot([&page.restrict("#outer"), &page.restrict("#inner")]);
    inner.picture.assert_filled(Rect::new(0, 0, 40, 30), [0, 0, 255, 255]);
    outer.picture.assert_filled(Rect::new(0, 0, 40, 30), [0, 0, 255, 255]);
    outer.picture.assert_filled(Rect::new(40, 0, 40, 60), [255, 0, 0, 255]);
}
