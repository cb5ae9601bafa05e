/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Wherever and however an element is laid out, both kinds of captures are of where it is drawn.

use subcapture_api::{Ineligible, State, Withheld};

use crate::harness::alone::{self, Pair};
use crate::harness::{Page, Rect, Setup, Site, document, tests};

tests![
    right_to_left_scrolling,
    inline_boxes_over_several_lines,
    a_positioned_inline_box,
    svg_roots,
    inside_of_svg,
    replaced_elements,
    a_shadow_host,
    a_slotted_element,
    an_element_of_a_shadow_tree,
    a_modal_dialog,
    fullscreen,
    sticky_elements,
    fixed_elements,
    scrollers_in_scrollers,
    transforms_around_and_on_it,
    perspective,
    iframes_three_deep,
    iframes_of_other_origins_three_deep,
    larger_than_the_viewport,
    pinch_zoom_and_page_zoom,
    edges_on_the_centers_of_px,
];

/// What an element of many colors, and none with red, has inside.
const INSIDE: &str = "<canvas class=cool width=70 height=50></canvas>";

/// Something half transparent over everything.
const COVER: &str = "<div style='position: fixed; z-index: 9; left: 0; top: 60px; width: 100%;
    height: 7px; background: rgba(255, 200, 0, .7)'></div>";

/// Styles that elements have in all of these pages.
const STYLE: &str = "<style>
    body { height: 100%; overflow: hidden }
    #t { isolation: isolate; width: 70px; height: 50px; background: rgb(0, 90, 200) }
    #t canvas { display: block; width: 100%; height: 100% }
</style>";

/// At this ratio, whole CSS px and whole device px differ.
fn setup() -> Setup {
    Setup { dpr: 1.5, ..Setup::default() }
}

fn page(body: &str) -> Page {
    Page::of_site(setup(), site(body))
}

/// A site with this body of its document.
fn site(body: &str) -> Site {
    Site::new(&document(&alone::body(&format!("{STYLE}{body}{COVER}"))))
}

/// Captures of `#t` show what it looks like alone after each of these scripts.
#[track_caller]
fn check(page: &Page, scripts: &[&str]) {
    let pair = Pair::start(page, "#t");
    check_pair(page, &pair, "$('#t')", scripts);
}

#[track_caller]
fn check_pair(page: &Page, pair: &Pair, element: &str, scripts: &[&str]) {
    for script in scripts {
        page.js(&format!("{script}; 0"));
        pair.check(page, element);
    }
}

/// Content overflows to the left. Servo 0.7 takes offsets of scrolling there as if it were to the
/// right, and they are what is on screen.
fn right_to_left_scrolling() {
    let page = page(&format!(
        "<div id=outer dir=rtl style='width: 190.3px; height: 120px; margin: 20.4px; overflow:
            scroll; background: rgb(255, 100, 0)'>
        <div style='width: 500px; height: 400px; background: linear-gradient(to right,
            rgb(255, 0, 0), rgb(255, 255, 255))'>
        <div style='height: 70px'></div>
        <div id=t style='margin-right: 20.7px'>{INSIDE}</div></div></div>"
    ));
    check(
        &page,
        &[
            "$('#outer').scrollTo(0, 31.3)",
            "$('#outer').scrollTo(40.3, 55)",
            "$('#outer').scrollTo(101.7, 20.7)",
            "$('#outer').dir = 'ltr'; $('#outer').scrollTo(0, 31.3)",
        ],
    );
}

const LINES: &str = "<p style='font: 17px/25px DejaVu Sans; width: 190px; margin: 40px 20px'>
    Some text that wraps, and <span id=t style='background: rgb(0, 90, 200); padding: 2px 3px'>an
    inline box that has to wrap as well, twice</span>, and more.</p>";

/// The union of its border boxes. It is not one box, so that it cannot be captured alone.
fn inline_boxes_over_several_lines() {
    let page = page(LINES);
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    let [frame] = page.shoot([&crop]);
    assert_eq!(page.text("$('#t').getClientRects().length"), "3");
    let union = page.edges_of(
        "{ const edges = [...$('#t').getClientRects()];
        const all = (side, most) => most(...edges.map(edge => edge[side]));
        [all('left', Math.min), all('top', Math.min), all('right', Math.max),
            all('bottom', Math.max)] }",
    );
    let seen = page.edges_of("box($('#t'))");
    assert!(union.iter().zip(seen).all(|(a, b)| (a - b).abs() < 1e-6), "{union:?}, {seen:?}");
    assert!(frame.rect().is_near(page.device_rect(union)), "{:?}", frame.rect());
    frame.picture.assert_same(&page.screen().cut(frame.rect()), "the union");
    let fragmented = State::Paused(Withheld::Ineligible(Ineligible::Fragmented));
    page.wait_for_state(&restriction, fragmented);
    assert_eq!(restriction.frame_count(), 0);
}

fn a_positioned_inline_box() {
    let page = page(
        "<p style='font: 17px/25px DejaVu Sans; margin: 40px 20px'>Text with a
        <b id=t style='white-space: nowrap; position: relative; top: 3.3px; z-index: 0;
            color: rgb(0, 255, 255);
            padding: 1px 2px;
            background: rgb(0, 0, 99)'>short one</b> in it.",
    );
    check(&page, &["0"]);
}

/// Servo paints an inline SVG as an image.
fn svg_roots() {
    let page = page(
        "<div style='padding: 31.4px; background: rgb(255, 99, 0)'>
        <svg id=t viewBox='0 0 100 80' style='display: block; background: none'>
            <defs><linearGradient id=g><stop stop-color='rgb(0, 255, 0)'/>
                <stop offset=1 stop-color='rgb(0, 0, 255)'/></linearGradient></defs>
            <circle cx=40 cy=40 r=30 fill='url(#g)'/>
            <text x=9 y=60 fill='rgb(0, 99, 99)'>text</text></svg></div>",
    );
    check(&page, &["0", "$('#t').style.translate = '3.3px 9.6px'"]);
}

/// What is in an SVG has no box of its own, as `getBoundingClientRect()` says too.
fn inside_of_svg() {
    let page = page(
        "<svg width=100 height=80><rect id=t width=50 height=40 fill=lime
            style='isolation: isolate'/></svg>",
    );
    let captures = [page.crop("#t"), page.restrict("#t")];
    for capture in &captures {
        page.wait_for_state(capture, State::Paused(Withheld::NotRendered));
        assert_eq!(capture.frame_count(), 0);
    }
    assert_eq!(page.edges_of("box($('#t'))"), [0.; 4]);
}

fn replaced_elements() {
    let picture = "data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%2270%22 \
        height=%2250%22><defs><linearGradient id=%22g%22><stop stop-color=%22rgb(0,255,0)%22/>\
        <stop offset=%221%22 stop-color=%22rgb(0,0,255)%22/></linearGradient></defs>\
        <rect width=%2270%22 height=%2250%22 fill=%22url(%23g)%22/></svg>";
    let ramp = "linear-gradient(rgb(0, 0, 255), rgb(0, 255, 255))";
    let page = page("");
    for element in [
        format!("<img id=t src='{picture}'>"),
        "<canvas id=t class=cool width=70 height=50></canvas>".into(),
        format!("<video id=t poster='{picture}' style='background: {ramp}'></video>"),
        format!(
            "<iframe id=t srcdoc='<body style=\"background: {ramp}; height: 500px\">'
            style='border: 2px solid rgb(0, 99, 0)'></iframe>"
        ),
        format!("<button id=t style='background: {ramp}; color: rgb(0, 9, 0)'>button</button>"),
        format!(
            "<textarea id=t style='background: {ramp}; color: rgb(0, 9, 0); border-color:
            rgb(0, 0, 9)'>a text area with text that scrolls</textarea>"
        ),
        format!(
            "<input id=t style='background: {ramp}; color: rgb(0, 9, 0); border-color:
            rgb(0, 0, 9)' value='a text'>"
        ),
    ] {
        page.load(site(&format!(
            "<style>#t {{ position: absolute; left: 40.3px; top: 30.7px; border-color: rgb(0, 0, 9) }}
            </style>{element}"
        )));
        check(&page, &["0", "$('#t').style.left = '55.5px'"]);
    }
}

/// A tree of another element's, with a slot in it, and space around.
const SHADOW: &str = "
    <div id=host style='position: absolute; left: 30.2px; top: 20.3px; width: 150px; height: 130px;
        background: rgb(255, 99, 0)'></div>
    <script>
        $('#host').attachShadow({ mode: 'open' }).innerHTML = `
            <style>#scroller { overflow: scroll; width: 140px; height: 110px;
                background: rgb(255, 255, 99) }
            #t { isolation: isolate; width: 70px; height: 50px; background: rgb(0, 90, 200) }
            #t canvas { display: block; width: 100%; height: 100% }</style>
            <div id=scroller><div id=inside style='height: 400px; padding: 70px 11.5px'>
            <slot></slot></div></div>`;
    </script>";

fn a_shadow_host() {
    let page = page(
        "<div style='padding: 31.4px'><div id=t></div></div>
        <script>
            $('#t').attachShadow({ mode: 'closed' }).innerHTML =
                '<div style=\"overflow: scroll; height: 50px\"><div style=\"height: 300px;' +
                'background: linear-gradient(rgb(0, 0, 255), rgb(0, 255, 0))\"></div></div>';
        </script>",
    );
    check(&page, &["0", "$('#t').style.rotate = '7deg'"]);
}

fn a_slotted_element() {
    let page = page(&format!("<div id=t>{INSIDE}</div>{SHADOW}"));
    let scroller = "$('#host').shadowRoot.querySelector('#scroller')";
    check(
        &page,
        &[
            "$('#host').append($('#t'))",
            &format!("{scroller}.scrollTop = 41.3"),
            &format!("{scroller}.scrollTop = 66"),
        ],
    );
}

fn an_element_of_a_shadow_tree() {
    let page = page(&format!("<div id=t>{INSIDE}</div>{SHADOW}"));
    page.js("window.t = $('#t'); 0");
    let pair = Pair::start(&page, "#t");
    check_pair(
        &page,
        &pair,
        "t",
        &[
            "$('#host').shadowRoot.querySelector('#inside').prepend(t)",
            "$('#host').shadowRoot.querySelector('#scroller').scrollTop = 41.3",
            "t.style.position = 'relative'; t.style.left = '9.3px'",
        ],
    );
}

/// Servo has no popovers.
fn a_modal_dialog() {
    let page = page(&format!(
        "<style>dialog::backdrop {{ background: rgba(255, 0, 0, .5) }}</style>
        <div style='overflow: hidden; width: 50px; height: 50px'>
        <dialog id=t style='border: 3.3px solid rgb(0, 255, 0); padding: 0'>{INSIDE}</dialog></div>"
    ));
    let pair = Pair::start(&page, "#t");
    let not_rendered = State::Paused(Withheld::NotRendered);
    for recording in [&pair.crop, &pair.restriction] {
        page.wait_for_state(recording, not_rendered);
    }
    page.js("$('#t').show(); 0");
    // A dialog that is not modal is nothing special.
    page.wait_for_state(&pair.restriction, State::Active);
    page.js("$('#t').close(); $('#t').showModal(); 0");
    pair.check(&page, "$('#t')");
    page.js("$('#t').close(); 0");
    for recording in [&pair.crop, &pair.restriction] {
        page.wait_for_state(recording, not_rendered);
    }
    assert_eq!(page.text("typeof $('#t').showPopover"), "undefined");
}

fn fullscreen() {
    let page = page(&format!(
        "<div style='padding: 31.4px'><div id=t onclick='getSelection().removeAllRanges();
            this.requestFullscreen().then(() => entered = true, error => entered = error)'
            >{INSIDE}</div></div>"
    ));
    let pair = Pair::start(&page, "#t");
    let [before, _] = pair.check_in_page(&page, "$('#t')");
    page.js("var entered; 0");
    page.click(60., 60.);
    page.wait_for_script("entered");
    assert_eq!(page.text("entered"), "true");
    let [inside, _] = pair.check(&page, "$('#t')");
    assert_eq!(inside.rect(), Rect::new(0, 0, 480, 360));
    page.js("document.exitFullscreen(); 0");
    page.wait_for_script("!document.fullscreenElement");
    let [after, _] = pair.check_in_page(&page, "$('#t')");
    assert_eq!(after.rect(), before.rect());
    pair.check(&page, "$('#t')");
}

fn sticky_elements() {
    let page = page(&format!(
        "<div id=outer style='width: 200.3px; height: 150px; margin: 20.4px; overflow: scroll;
            background: rgb(255, 100, 0)'>
        <div style='width: 500px; height: 700px; background: linear-gradient(rgb(255, 0, 0),
            rgb(255, 255, 255))'>
        <div style='height: 70px'></div>
        <div style='height: 300px'>
        <div id=t style='position: sticky; left: 21.3px; top: 10.7px'>{INSIDE}</div></div>
        </div></div>"
    ));
    check(
        &page,
        &[
            "0",
            "$('#outer').scrollTo(13.3, 30)",
            "$('#outer').scrollTo(50.6, 120.5)",
            // Pushed by the end of what it sticks in.
            "$('#outer').scrollTo(20, 333.3)",
            "$('#outer').scrollTo(0, 300)",
        ],
    );
}

fn fixed_elements() {
    let page = page(&format!(
        "<style>body {{ height: 3000px; overflow: visible }}</style>
        <div style='height: 400px'></div>
        <div style='overflow: hidden; width: 10px; height: 10px'>
        <div id=t style='position: fixed; right: 30.3px; bottom: 20.7px'>{INSIDE}</div></div>"
    ));
    check(&page, &["0", "scrollTo(0, 333.3)", "scrollTo(0, 390)"]);
    // In an element with a transform it scrolls.
    page.js("$('#t').parentNode.style.cssText = 
        'transform: translateX(3.3px); width: 300px; height: 200px'; 0");
    check(&page, &["0", "scrollTo(0, 310.7)"]);
}

fn scrollers_in_scrollers() {
    let page = page(&format!(
        "<style>body {{ height: 900px; overflow: visible }}
        div {{ overflow: scroll; background: rgb(255, 99, 0) }}
        div > span {{ display: block; position: relative; width: 600px; height: 600px;
            background: linear-gradient(45deg, rgb(255, 0, 0), rgb(255, 255, 0)) }}
        div > span > * {{ position: absolute; left: 40.3px; top: 50.7px }}
        #t {{ overflow: hidden }}</style>
        <div id=a style='width: 220px; height: 190px; margin-top: 60px'><span>
        <div id=b style='width: 210px; height: 190px'><span>
        <div id=c style='width: 200px; height: 180px'><span>
        <div id=t>{INSIDE}</div></span></div></span></div></span></div>"
    ));
    check(
        &page,
        &[
            "0",
            "$('#c').scrollTo(11.3, 22.7)",
            "$('#b').scrollTo(9.1, 20); $('#a').scrollTo(30.4, 30.4)",
            "scrollTo(0, 39.9); $('#c').scrollTo(0, 31.7)",
        ],
    );
}

fn transforms_around_and_on_it() {
    let page = page(&format!(
        "<div id=outer style='position: absolute; left: 60px; top: 50px; width: 120px;
            height: 90px; background: rgb(255, 255, 0)'>
        <div id=t style='margin: 10px'>{INSIDE}</div></div>"
    ));
    let pair = Pair::start(&page, "#t");
    for (outer, inner) in [
        ("scale(1.3, .8)", "none"),
        ("rotate(30deg)", "skewX(20deg)"),
        ("none", "scale(-1, 1)"),
        ("translate(3.3px, 4.4px) rotate(-90deg)", "translateZ(20px)"),
        ("matrix(.9, .2, -.3, 1.1, 7, 9)", "rotate(200deg) scale(.7)"),
        ("rotateX(40deg)", "rotateY(30deg)"),
        ("none", "perspective(200px) rotateX(40deg)"),
    ] {
        page.js(&format!(
            "$('#outer').style.transform = '{outer}'; $('#t').style.transform = '{inner}'; 0"
        ));
        pair.check(&page, "$('#t')");
    }
}

fn perspective() {
    let page = page(&format!(
        "<div id=outer style='position: absolute; left: 60px; top: 50px; width: 120px;
            height: 90px; background: rgb(255, 255, 0); perspective: 150px;
            perspective-origin: 20px 90px'>
        <div id=t style='margin: 10px; transform: rotateY(35deg)'>{INSIDE}</div></div>"
    ));
    check(
        &page,
        &[
            "$('#outer').style.overflow = 'visible'",
            "$('#outer').style.perspectiveOrigin = '90px 10px'",
            "$('#t').style.transform = 'rotateX(-30deg) translateZ(10px)'",
            "$('#outer').style.rotate = '12deg'",
        ],
    );
}

/// A document with this scrolls when it is told to.
const SCROLLS: &str = "<script>
    addEventListener('message', ({ data }) => data.scroll && scrollTo(0, data.scroll));
</script>";

/// A document with a frame of `width` and `height` in it that shows another.
fn around(source: &str, width: i32, height: i32) -> String {
    document(&alone::body(&format!(
        "<body style='height: 500px; background: linear-gradient(rgb(255, 0, 0), rgb(255, 255, 0))'>
        <iframe src={source} style='position: absolute; left: 13.3px; top: 41.7px; width: {width}px;
            height: {height}px; border: 3px solid rgb(255, 255, 255)'></iframe>
        {SCROLLS}"
    )))
}

/// Paths of the documents in each other, each with the origin that it has in the one around it.
fn three_deep([a, b, c]: [&str; 3]) {
    let innermost = document(&alone::body(&format!(
        "{STYLE}<body style='overflow: scroll'><div style='height: 600px; background:
            linear-gradient(rgb(255, 0, 0), rgb(255, 255, 255))'></div>{SCROLLS}"
    )));
    let index = format!(
        "<iframe src={a} style='position: absolute; left: 11px; top: 9.6px; width: 280px;
            height: 210px; border: 2px solid rgb(255, 255, 255)'></iframe>
        <div id=t style='position: absolute; left: 30.7px; top: 70.3px'>{INSIDE}</div>"
    );
    let site = site(&index)
        .and("/a", &around(b, 230, 150))
        .and("/b", &around(c, 190, 100))
        .and("/c", &innermost);
    let page = Page::of_site(setup(), site);
    let pair = Pair::start(&page, "#t");
    page.js("window.t = $('#t'); frames[0][0][0].document.body.append(t); 0");
    let settle = || {
        // A message to a document of another origin may take a while.
        page.pass(50);
        page.settle();
    };
    let [first, _] = pair.check_when(&page, "t", settle);
    for (view, scroll) in [
        ("frames[0][0][0]", 33.3),
        ("frames[0]", 20.5),
        ("frames[0][0]", 17.3),
        ("frames[0][0][0]", 51.),
    ] {
        page.js(&format!("{view}.postMessage({{ scroll: {scroll} }}, '*'); 0"));
        let [frame, _] = pair.check_when(&page, "t", settle);
        assert_ne!(first.rect(), frame.rect(), "it has moved");
    }
}

fn iframes_three_deep() {
    three_deep(["/a", "/b", "/c"]);
}

/// The innermost document is of the origin of the outermost. The two between them are of another.
fn iframes_of_other_origins_three_deep() {
    three_deep(["{other}/a", "/b", "{other}/c"]);
}

fn larger_than_the_viewport() {
    let page = page(
        "<style>body { overflow: visible }
        #t { width: 1500px; height: 1200px; background: repeating-linear-gradient(30deg,
            rgb(0, 255, 0), rgb(0, 0, 255) 40px, rgb(0, 255, 255) 60px) }</style>
        <div style='padding: 100.3px; width: 1700px'><div id=t></div></div>",
    );
    let pair = Pair::start(&page, "#t");
    for (scroll, rect) in [
        ((0, 0), Rect::new(150, 150, 330, 210)),
        ((400, 300), Rect::new(0, 0, 480, 360)),
        ((1400, 0), Rect::new(0, 150, 300, 210)),
    ] {
        page.js(&format!("scrollTo({}, {}); 0", scroll.0, scroll.1));
        let [frame, _] = pair.check_in_page(&page, "$('#t')");
        assert!(frame.rect().is_near(rect), "{:?}", frame.rect());
    }
    page.js("scrollTo(400, 300); $('#t').style.rotate = '5deg'; 0");
    pair.check(&page, "$('#t')");
}

fn pinch_zoom_and_page_zoom() {
    let page = page(&format!(
        "<div style='position: absolute; left: 40.3px; top: 30.7px' id=outer>
        <div id=t>{INSIDE}</div></div>"
    ));
    let pair = Pair::start(&page, "#t");
    for (zoom, pinch) in [(1., 1.5), (1.1, 1.), (0.9, 1.3)] {
        page.zoom(zoom);
        page.tab.webview().adjust_pinch_zoom(pinch, servo::DevicePoint::new(30., 20.));
        let [crop, restriction] = page.shoot([&pair.crop, &pair.restriction]);
        crop.picture.assert_same(&page.screen().cut(crop.rect()), "the crop");
        assert_eq!(crop.rect(), restriction.rect());
        alone::assert_nothing_foreign(&restriction, "the restriction");
        page.js("showAlone($('#t')); 0");
        page.settle();
        let drawn = page.screen().bounds_of(|pixel| pixel != [255; 4]);
        assert_eq!(crop.rect(), drawn, "zoom {zoom}, pinch {pinch}");
        alone::assert_shows(&page.screen(), &restriction, drawn, "the restriction");
        page.js("showAll($('#t')); 0");
    }
}

/// Where such an edge is drawn is a matter of the last bit of a float.
fn edges_on_the_centers_of_px() {
    let page = page(
        "<style>
            div#t { position: absolute; top: 79.1px; height: 102.8px; transform: translate(0) }
        </style>
        <div id=t></div>",
    );
    let pair = Pair::start(&page, "#t");
    // In app units, of which there are 60 in a CSS px.
    for (ratio, left, width) in [
        // 164.5 px: what the layer has of it was rounded to another px than the page.
        (1., 7794, 2076),
        (1., 7208, 3382),
        (1.5, 5756, 624),
        (2., 2433, 612),
        // And so was what the target is believed to have.
        (1.25, 8165, 1987),
        (1.25, 6859, 2285),
        (1.5, 8217, 2563),
        (1.5, 8818, 1682),
        (1.75, 4752, 888),
        (3., 4962, 2788),
    ] {
        page.set_device_pixel_ratio(ratio);
        page.js(&format!(
            "$('#t').style.left = 'calc({left}px / 60)';
            $('#t').style.width = 'calc({width}px / 60)';
            0"
        ));
        page.settle();
        let what = format!("{left} and {width} units at {ratio}");
        let [crop, restriction] = pair.check_in_page(&page, "$('#t')");
        let drawn = restriction.picture.bounds_of(|pixel| pixel[3] != 0);
        assert_eq!(drawn, restriction.picture.rect(), "{what}");
        page.js("showAlone($('#t')); 0");
        page.settle();
        let drawn = page.screen().bounds_of(|pixel| pixel != [255; 4]);
        assert_eq!(crop.rect(), drawn, "{what}");
        page.js("showAll($('#t')); 0");
    }
}
