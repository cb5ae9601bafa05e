/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Whatever an element shows is in its restricted frame, as it is on screen.

use crate::harness::{Page, Rect, Rgba, Setup, Site, document, tests};

tests![
    webgl_in_the_target,
    webgl_next_to_the_target,
    animations,
    nothing_from_outside_of_the_viewport,
    fixed_and_sticky_descendants,
    overflowing_descendants,
    shadows_do_not_enlarge_the_frame,
    its_own_filter_and_clip_path,
    html_and_body,
    nested_scrollers_by_script,
    canvas_that_changes,
    invisible_elements,
    an_iframe_of_another_origin,
];

const RED: Rgba = [255, 0, 0, 255];
const LIME: Rgba = [0, 255, 0, 255];
const BLUE: Rgba = [0, 0, 255, 255];

/// A canvas with a color of WebGL, which the compositor gets as an external image.
const WEBGL: &str = "
    <script>
        function fill(red, green, blue) {
            const gl = $('#gl').getContext('webgl');
            gl.clearColor(red, green, blue, 1);
            gl.clear(gl.COLOR_BUFFER_BIT);
        }
        addEventListener('load', () => fill(1, 0, 0));
    </script>";

fn webgl_in_the_target() {
    let page = Page::new(&format!(
        "{WEBGL}<div id=t style='isolation: isolate; width: 60px; height: 50px; background: blue'>
        <canvas id=gl width=40 height=30 style='display: block'></canvas></div>
        <div id=cover style='position: absolute; left: 0; top: 0; width: 30px; height: 50px;
            background: white'></div>"
    ));
    let (restricted, cropped) = (page.restrict("#t"), page.crop("#t"));
    for (script, color) in [("0", RED), ("fill(0, 1, 0)", LIME), ("fill(1, 0, 0)", RED)] {
        page.js(&format!("{script}; 0"));
        let [restricted, cropped] = page.shoot([&restricted, &cropped]);
        restricted.picture.assert_filled(Rect::new(0, 0, 40, 30), color);
        restricted.picture.assert_filled(Rect::new(40, 0, 20, 50), BLUE);
        // The page has it too, in the same frame.
        cropped.picture.assert_filled(Rect::new(30, 0, 10, 30), color);
    }
}

fn webgl_next_to_the_target() {
    let page = Page::new(&format!(
        "{WEBGL}<canvas id=gl width=40 height=30 style='display: block'></canvas>
        <div id=t style='isolation: isolate; width: 60px; height: 50px; background: blue'></div>"
    ));
    let (restricted, gl) = (page.restrict("#t"), page.crop("#gl"));
    for (script, color) in [("0", RED), ("fill(0, 1, 0)", LIME), ("fill(1, 0, 0)", RED)] {
        page.js(&format!("{script}; 0"));
        let [restricted, gl] = page.shoot([&restricted, &gl]);
        restricted.picture.assert_filled(Rect::new(0, 0, 60, 50), BLUE);
        gl.picture.assert_filled(Rect::new(0, 0, 40, 30), color);
    }
}

fn animations() {
    let page = Page::new(
        "<style>@keyframes fade { from { background: rgb(0, 0, 0) } to { background: rgb(250, 0,
            0) } }
        @keyframes move { to { transform: translateX(100px) } }
        #t { isolation: isolate; width: 60px; height: 40px; animation: fade 2s linear both }
        #outer { animation: move 2s linear both }</style>
        <div id=outer><div id=t></div></div>",
    );
    let capture = page.restrict("#t");
    page.wait_for("frames", || capture.frame_count() > 20);
    let frames = capture.frames();
    let red = |index: usize| frames[index].picture.at(30, 20)[0];
    assert!(frames.iter().all(|frame| frame.picture.colors() == 1), "one color at a time");
    assert!((1..frames.len()).all(|index| red(index) >= red(index - 1)), "goes forward");
    assert!(red(frames.len() - 1) > red(0));
    assert!(frames[frames.len() - 1].rect().x > frames[0].rect().x, "moves");
    page.pass(2000);
    let [last] = page.shoot([&capture]);
    last.picture.assert_filled(Rect::new(0, 0, 60, 40), [250, 0, 0, 255]);
    assert_eq!(last.rect(), Rect::new(100, 0, 60, 40));
}

fn nothing_from_outside_of_the_viewport() {
    let page = Page::new(
        "<body style='overflow: hidden'>
        <div id=t style='position: absolute; isolation: isolate; width: 400px; height: 300px;
            background: red'>
        <div style='position: absolute; left: 40px; top: 30px; width: 320px; height: 240px;
            background: lime'></div></div>",
    );
    let capture = page.restrict("#t");
    // Only what is lime is in the viewport.
    page.js("$('#t').style.left = '-40px'; $('#t').style.top = '-30px'; 0");
    let [frame] = page.shoot([&capture]);
    assert_eq!(frame.rect(), Rect::new(0, 0, 320, 240));
    frame.picture.assert_filled(frame.picture.rect(), LIME);
    // The lower right corner of the element in the upper left one of the viewport.
    page.js("$('#t').style.left = '-350px'; $('#t').style.top = '-260px'; 0");
    let [frame] = page.shoot([&capture]);
    assert_eq!(frame.rect(), Rect::new(0, 0, 50, 40));
    frame.picture.assert_filled(Rect::new(0, 0, 10, 10), LIME);
    frame.picture.assert_filled(Rect::new(10, 0, 40, 40), RED);
    frame.picture.assert_filled(Rect::new(0, 10, 50, 30), RED);
}

fn fixed_and_sticky_descendants() {
    let page = Page::new(
        "<body style='height: 3000px'>
        <div id=t style='isolation: isolate; width: 100px; height: 900px; margin-top: 50px;
            background: red'>
        <div style='position: sticky; top: 10px; height: 20px; background: lime'></div>
        <div style='position: fixed; left: 20px; top: 100px; width: 30px; height: 30px;
            background: blue'></div></div>",
    );
    let capture = page.restrict("#t");
    for scroll in [0, 90, 333] {
        page.js(&format!("scrollTo(0, {scroll}); 0"));
        let [frame] = page.shoot([&capture]);
        let top = (50 - scroll).max(0);
        assert_eq!(frame.rect(), Rect::new(0, top, 100, 240 - top));
        let sticky = (50 - scroll).max(10);
        for (x, y, pixel) in frame.picture.pixels() {
            let y = y + top;
            let expected = if Rect::new(20, 100, 30, 30).contains(x, y) {
                BLUE
            } else if (sticky..sticky + 20).contains(&y) {
                LIME
            } else {
                RED
            };
            assert_eq!(pixel, expected, "({x}, {y}) scrolled by {scroll}");
        }
    }
}

fn overflowing_descendants() {
    let page = Page::new(
        "<div id=t style='isolation: isolate; width: 50px; height: 40px; margin: 30px;
            background: red'>
        <div style='position: relative; left: -20px; top: -20px; width: 200px; height: 30px;
            background: blue'></div></div>
        <div id=u style='isolation: isolate; width: 50px; height: 40px; background: lime'></div>",
    );
    let [t, u] = page.shoot([&page.restrict("#t"), &page.restrict("#u")]);
    assert_eq!((t.rect().width, t.rect().height), (50, 40));
    t.picture.assert_filled(Rect::new(0, 0, 50, 10), BLUE);
    t.picture.assert_filled(Rect::new(0, 10, 50, 30), RED);
    u.picture.assert_filled(Rect::new(0, 0, 50, 40), LIME);
}

fn shadows_do_not_enlarge_the_frame() {
    let page = Page::new(
        "<div id=t style='isolation: isolate; width: 50px; height: 40px; margin: 30px;
            background: red; box-shadow: 0 0 9px 9px blue; outline: 4px solid blue'></div>",
    );
    let [frame] = page.shoot([&page.restrict("#t")]);
    assert_eq!(frame.rect(), Rect::new(30, 30, 50, 40));
    frame.picture.assert_filled(frame.picture.rect(), RED);
}

fn its_own_filter_and_clip_path() {
    let page = Page::new(
        "<div id=filter style='width: 50px; height: 40px; background: red; filter: invert(1)'></div>
        <div id=clip style='width: 50px; height: 40px; background: red;
            clip-path: inset(10px 20px 5px 0)'></div>
        <body style='background: blue'>
        <div id=blend style='width: 50px; height: 40px; background: red;
            mix-blend-mode: difference'></div>",
    );
    let captures = ["#filter", "#clip", "#blend"].map(|selector| page.restrict(selector));
    let [filter, clip, blend] = page.shoot(captures.each_ref());
    filter.picture.assert_filled(filter.picture.rect(), [0, 255, 255, 255]);
    for (x, y, pixel) in clip.picture.pixels() {
        let is_inside = Rect::new(0, 10, 30, 25).contains(x, y);
        assert_eq!(pixel, if is_inside { RED } else { [0; 4] }, "({x}, {y})");
    }
    // There is nothing to blend with.
    blend.picture.assert_filled(blend.picture.rect(), RED);
}

/// The background that the page is painted with belongs to the canvas, behind every element.
fn html_and_body() {
    let page = Page::new(
        "<style>html { background: red; isolation: isolate }
        body { isolation: isolate; background: blue; height: 100px; width: 90px }</style>
        <div style='width: 40px; height: 30px; background: lime'></div>",
    );
    let [html, body] = page.shoot([&page.restrict("html"), &page.restrict("body")]);
    assert_eq!(html.rect(), Rect::new(0, 0, 320, 100));
    assert_eq!(body.rect(), Rect::new(0, 0, 90, 100));
    for frame in [&html, &body] {
        frame.picture.assert_filled(Rect::new(0, 0, 40, 30), LIME);
        frame.picture.assert_filled(Rect::new(40, 0, 50, 100), BLUE);
    }
    html.picture.assert_filled(Rect::new(90, 0, 230, 100), [0; 4]);

    // Without one of `<html>`, it is the one of `<body>` that the canvas has.
    page.js("document.documentElement.style.background = 'none'; 0");
    let [html, body] = page.shoot([&page.restrict("html"), &page.restrict("body")]);
    for frame in [&html, &body] {
        frame.picture.assert_filled(Rect::new(0, 0, 40, 30), LIME);
        frame.picture.assert_filled(Rect::new(40, 0, 50, 100), [0; 4]);
    }
}

fn nested_scrollers_by_script() {
    let page = Page::with(
        Setup { dpr: 2., ..Setup::default() },
        "<div id=t style='isolation: isolate; width: 60px; height: 50px; overflow: scroll'>
        <div style='height: 400px; width: 50px'><div id=inner style='height: 40px; overflow: scroll;
            margin-top: 30px'>
        <div style='height: 100px; background: red'></div>
        <div style='height: 300px; background: lime'></div></div></div></div>",
    );
    let capture = page.restrict("#t");
    let [before] = page.shoot([&capture]);
    before.picture.assert_filled(Rect::new(0, 60, 40, 40), RED);
    page.js("$('#t').scrollTop = 20; $('#inner').scrollTop = 90; 0");
    let [after] = page.shoot([&capture]);
    after.picture.assert_filled(Rect::new(0, 20, 40, 20), RED);
    after.picture.assert_filled(Rect::new(0, 40, 40, 60), LIME);
}

fn canvas_that_changes() {
    let page = Page::new(
        "<canvas id=t width=60 height=40 style='isolation: isolate'></canvas>
        <script>const context = $('#t').getContext('2d');
        function fill(color) { context.fillStyle = color; context.fillRect(0, 0, 60, 40); }
        </script>",
    );
    let capture = page.restrict("#t");
    for (name, color) in [("red", RED), ("lime", LIME), ("blue", BLUE)] {
        page.js(&format!("fill('{name}'); 0"));
        let [frame] = page.shoot([&capture]);
        frame.picture.assert_filled(frame.picture.rect(), color);
    }
}

fn invisible_elements() {
    let page = Page::new(
        "<body style='background: blue'>
        <div id=t style='visibility: hidden; isolation: isolate; width: 50px; height: 40px;
            background: red'>text
        <div style='visibility: visible; position: absolute; left: 10px; top: 10px; width: 20px;
            height: 10px; background: lime'></div></div>",
    );
    let [frame] = page.shoot([&page.restrict("#t")]);
    for (x, y, pixel) in frame.picture.pixels() {
        let is_visible = Rect::new(10, 10, 20, 10).contains(x, y);
        assert_eq!(pixel, if is_visible { LIME } else { [0; 4] }, "({x}, {y})");
    }
}

/// It is a part of the element, and goes on changing.
fn an_iframe_of_another_origin() {
    let index = "<div id=t style='isolation: isolate; width: 70px; height: 50px; background: blue;
            padding: 10px'>
        <iframe src={other}/inner style='border: 0; width: 60px; height: 50px; display: block'>
        </iframe></div>
        <div style='position: absolute; inset: 0; background: gray'></div>";
    let inner = "<body style='background: red'>
        <script>onmessage = event => document.body.style.background = event.data</script>";
    let site = Site::new(&document(index)).and("/inner", &document(inner));
    let page = Page::of_site(Setup::default(), site);
    let capture = page.restrict("#t");
    for (name, color) in [("red", RED), ("lime", LIME)] {
        page.js(&format!("frames[0].postMessage('{name}', '*'); 0"));
        let inside = Rect::new(10, 10, 60, 50);
        page.wait_for("the color", || {
            let newest = capture.newest();
            newest.is_some_and(|frame| frame.picture.at(30, 30) == color)
        });
        let [frame] = page.shoot([&capture]);
        frame.picture.assert_filled(inside, color);
        frame.picture.assert_filled(Rect::new(70, 0, 20, 70), BLUE);
    }
}
