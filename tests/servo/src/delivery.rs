/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Frames come as the embedder asked for them, and only those in which something may be different.

use euclid::default::Size2D;
use servo::capture::CaptureSource;
use subcapture_api::{Delivery, FrameLimits, PixelFormat};

use crate::harness::{Page, Recording, Rect, tests};

tests![
    in_a_texture,
    in_another_format,
    a_texture_that_is_scaled,
    nothing_of_changes_elsewhere,
    the_damage_of_changes_inside,
    of_an_element_in_a_scroll_container,
];

const BODY: &str = "
    <style>
        #target { position: absolute; left: 21.4px; top: 30px; width: 91px; height: 57px;
            isolation: isolate; border-radius: 9px; overflow: hidden;
            background: linear-gradient(rgba(0, 90, 0, .7), rgba(0, 0, 255, .2)) }
        #inside { position: absolute; left: 10px; top: 12px; width: 9px; height: 8px;
            background: lime }
        #elsewhere { position: absolute; left: 10px; top: 150px; width: 50px; height: 40px;
            background: orange }
        #cover { position: absolute; left: 0; top: 50px; width: 60px; height: 9px;
            background: red }
    </style>
    <body style='background: white'>
    <div id=target><div id=inside></div></div><div id=cover></div><div id=elsewhere></div>";

fn captures(page: &Page) -> [Recording; 3] {
    let captures =
        [page.restrict("#target"), page.crop("#target"), page.capture(CaptureSource::Viewport)];
    page.shoot(captures.each_ref());
    captures
}

fn in_a_texture() {
    let page = Page::new(BODY);
    let (in_memory, in_textures) = (captures(&page), captures(&page));
    in_textures.iter().for_each(|capture| capture.deliver(Delivery::Texture));
    for change in ["0", "$('#inside').style.left = '40px'; 0", "scrollTo(0, 7); 0"] {
        page.js(change);
        let expected = page.shoot(in_memory.each_ref());
        let frames = page.shoot(in_textures.each_ref());
        for (frame, expected) in frames.iter().zip(&expected) {
            frame.picture.assert_same(&expected.picture, change);
        }
    }
    // And back.
    let format = PixelFormat::default();
    in_textures.iter().for_each(|capture| capture.deliver(Delivery::Memory(format)));
    let expected = page.shoot(in_memory.each_ref());
    let frames = page.shoot(in_textures.each_ref());
    for (frame, expected) in frames.iter().zip(&expected) {
        frame.picture.assert_same(&expected.picture, "in memory again");
    }
}

fn in_another_format() {
    let page = Page::new(BODY);
    let [restriction, ..] = captures(&page);
    let [expected] = page.shoot([&restriction]);
    restriction.deliver(Delivery::Memory(PixelFormat::Bgra8Premultiplied));
    let [bgra] = page.shoot([&restriction]);
    restriction.deliver(Delivery::Memory(PixelFormat::Rgba8Straight));
    let [straight] = page.shoot([&restriction]);
    let mut translucent = 0;
    for ((x, y, pixel), ((.., bgra), (.., straight))) in
        expected.picture.pixels().zip(bgra.picture.pixels().zip(straight.picture.pixels()))
    {
        let [red, green, blue, alpha] = pixel;
        assert_eq!(bgra, [blue, green, red, alpha], "at {x}, {y}");
        let multiplied = |color: u8| (u32::from(color) * u32::from(alpha) + 127) / 255;
        let again = [straight[0], straight[1], straight[2]].map(multiplied);
        assert_eq!(again, [red, green, blue].map(u32::from), "at {x}, {y}");
        translucent += u32::from(!matches!(alpha, 0 | 255));
    }
    assert!(translucent > 100, "{translucent} px");
}

fn a_texture_that_is_scaled() {
    let page = Page::new(BODY);
    let [restriction, ..] = captures(&page);
    let max_size = Some(Size2D::new(45, 45).cast_unit());
    restriction.capture.set_limits(FrameLimits { max_size, ..FrameLimits::default() });
    let [expected] = page.shoot([&restriction]);
    restriction.deliver(Delivery::Texture);
    let [frame] = page.shoot([&restriction]);
    assert_eq!((frame.info.size.width, frame.info.captured.width), (45, 91));
    frame.picture.assert_same(&expected.picture, "scaled");
}

/// Have the page change in so many frames. Gives how many frames each capture got.
fn frames_of<const N: usize>(
    page: &Page,
    captures: [&Recording; N],
    change: &str,
) -> [Vec<Rect>; N] {
    page.settle();
    captures.iter().for_each(|capture| capture.forget());
    for step in 1..=6 {
        page.js(&format!("{{ const step = {step}; {change} }} 0"));
        page.settle();
    }
    captures.map(|capture| {
        let damage = |frame: &crate::harness::Frame| {
            let rect = frame.info.damage;
            Rect::new(rect.min.x, rect.min.y, rect.width(), rect.height())
        };
        capture.frames().iter().map(damage).collect()
    })
}

const MOVE_ELSEWHERE: &str = "$('#elsewhere').style.left = `${step * 9}px`;";
const MOVE_INSIDE: &str = "$('#inside').style.left = `${10 + step * 3}px`;";

fn nothing_of_changes_elsewhere() {
    let page = Page::new(BODY);
    let [restriction, crop, viewport] = captures(&page);
    let texture = page.restrict("#target");
    page.shoot([&texture]);
    texture.deliver(Delivery::Texture);
    page.shoot([&texture]);
    let captures = [&restriction, &texture, &crop, &viewport];
    let [restriction, texture, crop, viewport] = frames_of(&page, captures, MOVE_ELSEWHERE);
    assert!(viewport.len() >= 3, "the page is drawn: {viewport:?}");
    assert_eq!([restriction, texture, crop], [const { Vec::new() }; 3], "nothing is different");
}

fn the_damage_of_changes_inside() {
    let page = Page::new(BODY);
    let [restriction, ..] = captures(&page);
    let before = restriction.newest().expect("a frame").picture;
    let [damage] = frames_of(&page, [&restriction], MOVE_INSIDE);
    assert!(damage.len() >= 3, "{damage:?}");
    let mut shown = before;
    for (frame, damage) in restriction.frames().iter().zip(&damage) {
        let mut changed = 0;
        for ((x, y, before), (.., now)) in shown.pixels().zip(frame.picture.pixels()) {
            let is_damaged = damage.contains(x, y);
            assert!(before == now || is_damaged, "{x}, {y} is not in {damage:?}");
            changed += u32::from(before != now);
        }
        assert!(changed > 0, "something is different");
        shown = frame.picture.clone();
    }
    let [newest] = page.shoot([&restriction]);
    newest.picture.assert_same(&shown, "nothing was missed");
}

/// What scrolls by itself is made anew with every frame, and told of where it is different.
fn of_an_element_in_a_scroll_container() {
    let page = Page::new(&BODY.replace(
        "<div id=target>",
        "<div style='overflow: scroll; width: 150px; height: 120px'><div style='height: 900px'>
        </div></div><div id=target>",
    ));
    page.js("$('div').append($('#target')); $('div').style.position = 'relative'; 0");
    let [restriction, _, viewport] = captures(&page);
    let [elsewhere, page_frames] = frames_of(&page, [&restriction, &viewport], MOVE_ELSEWHERE);
    assert!(page_frames.len() >= 3, "the page is drawn: {page_frames:?}");
    assert_eq!(elsewhere, [], "in memory it is compared");
    let [inside] = frames_of(&page, [&restriction], MOVE_INSIDE);
    assert!(inside.len() >= 3, "{inside:?}");
    let newest = restriction.newest().expect("a frame").picture;
    let [expected] = page.shoot([&restriction]);
    newest.assert_same(&expected.picture, "nothing was missed");
}
