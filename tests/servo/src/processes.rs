/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Captures of documents in processes of their own.

use subcapture_api::{State, Withheld};

use crate::harness::{Page, Rect, Setup, Site, document, tests};

tests![one_site, a_site_in_a_site, a_site_in_the_target];

fn separate() -> Setup {
    Setup { multiprocess: true, ..Setup::default() }
}

fn one_site() {
    let page = Page::with(
        separate(),
        "<div id=t style='isolation: isolate; width: 50px; height: 40px; background: lime'></div>
        <div style='position: absolute; left: 0; top: 0; width: 9px; height: 9px;
            background: red'></div>",
    );
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    let frames = page.shoot([&crop, &restriction]);
    assert!(frames.iter().all(|frame| frame.rect() == Rect::new(0, 0, 50, 40)));
    frames[0].picture.assert_filled(Rect::new(0, 0, 9, 9), [255, 0, 0, 255]);
    frames[1].picture.assert_filled(Rect::new(0, 0, 50, 40), [0, 255, 0, 255]);
    for interface in ["CropTarget", "RestrictionTarget"] {
        let promise = format!("{interface}.fromElement($('#t'))");
        assert_eq!(page.settled(&promise), format!("[object {interface}]"));
    }
    page.js("$('#t').remove(); 0");
    for capture in [&crop, &restriction] {
        page.wait_for_state(capture, State::Paused(Withheld::UnknownTarget));
    }
}

/// The innermost document is of the same site as the outermost, and its element is captured.
fn a_site_in_a_site() {
    let index = "<iframe src={other}/middle style='border: 0; position: absolute; left: 30px;
            top: 20px; width: 150px; height: 100px'></iframe>
        <div id=t style='position: absolute; left: 10px; top: 15px; width: 50px; height: 40px;
            isolation: isolate; background: lime'></div>";
    let middle = "<iframe src={other}/inner style='border: 0; position: absolute; left: 7px;
        top: 5px; width: 90px; height: 50px'></iframe>";
    let site = Site::new(&document(index))
        .and("/middle", &document(middle))
        .and("/inner", &document("<body style='height: 500px'>"));
    let page = Page::of_site(separate(), site);
    let (crop, restriction) = (page.crop("#t"), page.restrict("#t"));
    page.wait_for("the targets", || crop.has_started() && restriction.has_started());
    page.js("frames[0][0].document.body.append($('#t')); 0");
    // 15 px from the top of a frame that is 50 px high.
    let rect = Rect::new(30 + 7 + 10, 20 + 5 + 15, 50, 35);
    for capture in [&crop, &restriction] {
        page.wait_for("the place", || capture.newest_rect() == Some(rect));
    }
    for frame in page.shoot([&crop, &restriction]) {
        frame.picture.assert_filled(Rect::new(0, 0, 50, 35), [0, 255, 0, 255]);
    }
}

/// What another process draws in the element is a part of it, and goes on changing.
fn a_site_in_the_target() {
    let index = "<div id=t style='isolation: isolate; width: 90px; height: 60px; background: blue'>
        <iframe src={other}/inner style='border: 0; width: 60px; height: 60px; display: block'>
        </iframe></div>
        <div style='position: absolute; inset: 0; background: red'></div>";
    let inner = "<body style='background: black'>
        <script>onmessage = event => document.body.style.background = event.data</script>";
    let site = Site::new(&document(index)).and("/inner", &document(inner));
    let page = Page::of_site(separate(), site);
    let restriction = page.restrict("#t");
    for (name, color) in
        [("lime", [0, 255, 0, 255]), ("white", [255; 4]), ("lime", [0, 255, 0, 255])]
    {
        page.js(&format!("frames[0].postMessage('{name}', '*'); 0"));
        page.wait_for("the color", || {
            restriction.newest().is_some_and(|frame| frame.picture.at(30, 30) == color)
        });
        let [frame] = page.shoot([&restriction]);
        frame.picture.assert_filled(Rect::new(0, 0, 60, 60), color);
        frame.picture.assert_filled(Rect::new(60, 0, 30, 60), [0, 0, 255, 255]);
    }
}
