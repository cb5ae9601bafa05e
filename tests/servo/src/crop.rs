/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A cropped frame is the same region of the page, to the last bit.

use crate::harness::{Frame, Page, Recording, Rect, Rgba, Setup, Site, document, tests};

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
    at_page_zooms,
    is_where_the_element_is_drawn,
    shows_covers,
    of_an_element_across_the_edge_of_the_viewport,
    in_a_transformed_iframe,
    of_roots_and_inline_boxes,
    of_the_viewport,
];

/// Elements in all kinds of places.
const PLACES: &str = "
    <style>
        .t { position: absolute }
        canvas { display: block; width: 100%; height: 100% }
        .filled { background: magenta }
        .filled canvas { visibility: hidden }
        iframe { border: 3px solid teal; position: absolute }
    </style>
    <body style='height: 2000px; background: linear-gradient(red, blue)'>
    <div class=t id=whole style='left: 8px; top: 108px; width: 56px; height: 32px'>
        <canvas class=noise width=56 height=32></canvas></div>
    <div class=t id=fractional style='left: 70.3px; top: 110.7px; width: 40.6px; height: 25.15px'>
        <canvas class=noise width=40 height=25></canvas></div>
    <div style='position: absolute; left: 130.2px; top: 104.4px; width: 60px; height: 60px;
            overflow: scroll' id=scroller>
        <div style='height: 500px; width: 400px; position: relative'>
        <div style='position: absolute; left: 31px; top: 40.3px; width: 80px; height: 80px;
                overflow: hidden' id=inner>
            <div style='height: 300px; padding: 60px 10px'>
            <div id=scrolled style='width: 40.1px; height: 30.4px'>
                <canvas class=noise width=40 height=30></canvas></div></div>
        </div></div>
    </div>
    <div class=t id=rotated style='left: 220px; top: 114px; width: 50px; height: 32px;
            transform: rotate(20deg)'>
        <canvas class=noise width=50 height=30></canvas></div>
    <div style='position: absolute; left: 12px; top: 160px; transform: scale(1.3) skewX(9deg)'>
    <div class=t id=scaled style='left: 3.2px; top: 2.7px; width: 30px; height: 20px;
            transform: translate(3.3px, 1.9px)'>
        <canvas class=noise width=30 height=20></canvas></div></div>
    <div class=t id=fixed style='position: fixed; right: 4.2px; bottom: 7.1px; width: 30px;
            height: 20px'><canvas class=noise width=30 height=20></canvas></div>
    <iframe src=/inner style='left: 80px; top: 170px; width: 90px; height: 60px'></iframe>
    <iframe src={other}/middle style='left: 190px; top: 170px; width: 90px; height: 60px'></iframe>
    <div class=t id=same><canvas class=noise width=50 height=40></canvas></div>
    <div class=t id=nested><canvas class=noise width=50 height=40></canvas></div>
    <div id=cover style='position: absolute; left: 0; top: 120px; width: 300px; height: 9px;
        background: rgba(255, 255, 0, .4)'></div>";

/// Put the last two targets into the iframes: one in a document of this origin, and one in a
/// document of this origin in a document of the other. Scroll everything that scrolls.
const ARRANGE: &str = "
    frames[0].document.body.append($('#same'));
    frames[1][0].document.body.append($('#nested'));
    frames[0].scrollTo(0, 20);
    frames[1][0].scrollTo(8, 12);
    $('#scroller').scrollTo(12, 32);
    $('#inner').scrollTop = 28;
    scrollTo(0, 80);
    0";

fn places(setup: Setup) -> Page {
    let inner = "<style>body { height: 400px; background: linear-gradient(lime, black) }
        div { position: absolute; left: 11.2px; top: 30.3px; width: 50px; height: 40px }
        canvas { display: block; width: 100%; height: 100% }
        .filled { background: magenta } .filled canvas { visibility: hidden }</style>";
    let innermost = inner.replace("400px", "400px; width: 500px");
    let middle = "<body style='background: gray'>
        <iframe src={other}/innermost style='border: 2px solid red; margin: 5px; width: 70px;
            height: 50px'></iframe>";
    let site = Site::new(&document(PLACES))
        .and("/inner", &document(inner))
        .and("/middle", &document(middle))
        .and("/innermost", &document(&innermost));
    Page::of_site(setup, site)
}

const IDS: [&str; 8] =
    ["whole", "fractional", "scrolled", "rotated", "scaled", "fixed", "same", "nested"];

fn crop_of_all_places_is_the_page(setup: Setup) {
    let page = places(setup);
    let crops = IDS.map(|id| page.crop(&format!("#{id}")));
    for (id, crop) in IDS.iter().zip(&crops) {
        page.wait_for(id, || crop.has_started());
    }
    page.js(ARRANGE);
    let drawn = drawn_places(&page);
    let frames = page.shoot(crops.each_ref());
    for (id, frame) in IDS.iter().zip(&frames) {
        match drawn.iter().find(|(other, _)| other == id) {
            Some((_, rect)) => assert_is_page(&page, id, frame, *rect),
            None => assert_is_page_near(&page, id, frame, page.rect_of(&format!("$('#{id}')"))),
        }
    }
}

/// Where WebRender draws the elements that are upright and in full sight.
fn drawn_places(page: &Page) -> Vec<(&'static str, Rect)> {
    let upright = [
        ("whole", "window"),
        ("fractional", "window"),
        ("fixed", "window"),
        ("same", "frames[0]"),
        ("nested", "frames[1][0]"),
    ];
    page.js("$('#cover').style.display = 'none'; 0");
    let drawn = upright.map(|(id, view)| {
        let element = format!("{view}.document.querySelector('#{id}')");
        page.js(&format!("{element}.className = 't filled'; 0"));
        page.settle();
        let magenta = |pixel: Rgba| pixel == [255, 0, 255, 255];
        let drawn = page.screen().bounds_of(magenta);
        page.js(&format!("{element}.className = 't'; 0"));
        (id, drawn)
    });
    page.js("$('#cover').style.display = ''; 0");
    drawn.into()
}

/// The frame is the part of what is on screen where script sees the element. WebRender moves what
/// it draws to whole px, in several steps, and with it each edge by up to a px.
#[track_caller]
fn assert_is_page_near(page: &Page, id: &str, frame: &Frame, rect: Rect) {
    assert!(frame.rect().is_within(2, rect), "{id}: {:?}, not {rect:?}", frame.rect());
    assert_is_page(page, id, frame, frame.rect());
}

/// The frame is this part of what is on screen, and that is a part which tells a place from its
/// neighbors.
#[track_caller]
fn assert_is_page(page: &Page, id: &str, frame: &Frame, rect: Rect) {
    assert_eq!(frame.rect(), rect, "{id}: the place");
    let expected = page.screen().cut(rect);
    assert!(expected.colors() > 30, "{id}: {} colors", expected.colors());
    frame.picture.assert_same(&expected, id);
}

fn at_dpr(dpr: f32) {
    crop_of_all_places_is_the_page(Setup { dpr, ..Setup::default() });
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

fn at_page_zooms() {
    let page = places(Setup::default());
    let crops = IDS.map(|id| page.crop(&format!("#{id}")));
    let crops: Vec<&Recording> = crops[..6].iter().collect();
    for zoom in [1.3, 0.8, 1.] {
        page.zoom(zoom);
        page.js("scrollTo(0, 80)");
        page.settle();
        for (id, frame) in IDS.iter().zip(page.shoot_all(&crops)) {
            assert_is_page_near(&page, id, &frame, page.rect_of(&format!("$('#{id}')")));
        }
    }
}

/// WebRender moves scrolled boxes to whole px. The frame has the px of the box and no others.
fn is_where_the_element_is_drawn() {
    let page = Page::with(
        Setup { dpr: 1.5, ..Setup::default() },
        "<body style='height: 3000px; background: red'>
        <div id=outer style='height: 100px; width: 150.3px; margin: 20.4px; overflow: scroll'>
        <div style='height: 800px; width: 800px; padding: 90.7px 40.1px'>
        <div id=t style='width: 31.3px; height: 27.7px; background: lime'></div></div></div>",
    );
    let crop = page.crop("#t");
    for (outer, window, zoom) in [
        (30., 0., 1.),
        (33.3, 7.7, 1.),
        (41.5, 0.5, 1.),
        (50., 11., 1.),
        (60.49, 3.51, 1.1),
        (31.2, 5.3, 0.9),
        (70., 1., 1.33),
    ] {
        page.zoom(zoom);
        page.js(&format!("scrollTo(0, {window}); $('#outer').scrollTop = {outer}; 0"));
        let [frame] = page.shoot([&crop]);
        let lime = [0, 255, 0, 255];
        let drawn = page.screen().bounds_of(|pixel| pixel == lime);
        assert_eq!(frame.rect(), drawn, "scrolled by {outer}, {window} at zoom {zoom}");
        frame.picture.assert_filled(frame.picture.rect(), lime);
    }
}

fn shows_covers() {
    let page = Page::new(
        "<div id=t style='width: 60px; height: 40px; background: lime'></div>
        <div style='position: absolute; left: 20px; top: 10px; width: 9px; height: 8px;
            background: red'></div>",
    );
    let [frame] = page.shoot([&page.crop("#t")]);
    assert_eq!(frame.rect(), Rect::new(0, 0, 60, 40));
    for (x, y, pixel) in frame.picture.pixels() {
        let is_cover = Rect::new(20, 10, 9, 8).contains(x, y);
        assert_eq!(pixel, if is_cover { [255, 0, 0, 255] } else { [0, 255, 0, 255] });
    }
}

fn of_an_element_across_the_edge_of_the_viewport() {
    let page = Page::new(
        "<body style='overflow: hidden'>
        <canvas id=t class=noise width=100 height=80 style='position: absolute'></canvas>",
    );
    let crop = page.crop("#t");
    for (left, top) in [(-30, -20), (280, 200), (-99, 239), (319, -79)] {
        page.js(&format!("$('#t').style.left = '{left}px'; $('#t').style.top = '{top}px'"));
        let [frame] = page.shoot([&crop]);
        let rect = Rect::new(left, top, 100, 80).intersection(Rect::new(0, 0, 320, 240));
        assert_eq!(frame.rect(), rect);
        frame.picture.assert_same(&page.screen().cut(rect), "at the edge");
    }
}

fn in_a_transformed_iframe() {
    let inner = "<body style='height: 500px'>";
    let index = "<iframe src=/inner style='border: 0; position: absolute; left: 20px; top: 10px;
            width: 100px; height: 80px; transform-origin: 0 0; transform: scale(1.5)'></iframe>
        <canvas class=noise id=t width=60 height=50 style='position: absolute; left: 10px;
            top: 40px'></canvas>";
    let site = Site::new(&document(index)).and("/inner", &document(inner));
    let page = Page::of_site(Setup::default(), site);
    let crop = page.crop("#t");
    page.wait_for("the target", || crop.has_started());
    page.js("frames[0].document.body.append($('#t')); frames[0].scrollTo(0, 10)");
    let [frame] = page.shoot([&crop]);
    // (10, 30) to (70, 80) of 100 × 80, times 1.5.
    assert_is_page(&page, "t", &frame, Rect::new(20 + 15, 10 + 45, 90, 75));
}

fn of_roots_and_inline_boxes() {
    let page = Page::new(
        "<body style='margin: 10px; width: 200px; background: linear-gradient(red, blue)'>
        <canvas class=noise width=90 height=40></canvas>
        <p id=p style='font: 17px DejaVu Sans'>Some text that wraps and
        <span id=t>an inline box that has to wrap as well</span>, and more.",
    );
    let selectors = ["html", "body", "#p", "#t"];
    let crops = selectors.map(|selector| page.crop(selector));
    let frames = page.shoot(crops.each_ref());
    for (selector, frame) in selectors.iter().zip(&frames) {
        assert_is_page_near(&page, selector, frame, page.rect_of(&format!("$('{selector}')")));
    }
}

fn of_the_viewport() {
    let page = places(Setup { dpr: 1.25, ..Setup::default() });
    let [frame] = page.shoot([&page.capture(servo::capture::CaptureSource::Viewport)]);
    assert_is_page(&page, "viewport", &frame, Rect::new(0, 0, 400, 300));
}
