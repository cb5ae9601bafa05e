/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A restricted frame is the target and nothing else, and the page on screen does not know of it.

use subcapture_api::{RestrictionTargetId, Subject};
use subcapture_webrender_tests::{
    Engine, Node, PAGE, Picture, color, device_rect, glass, in_patches, page_of, point, rect,
};
use webrender_api::ColorF;
use webrender_api::units::{LayoutRect, LayoutTransform, LayoutVector2D};

use crate::{BEHIND, COVER, OWN, RESTRICTION, is_own, restriction};

const CLEAR: [u8; 4] = [0; 4];

fn target(area: LayoutRect, nodes: Vec<Node>) -> Node {
    Node::element([RESTRICTION.into()], area, nodes)
}

/// A restricted frame of these nodes.
fn restricted_frame(engine: &mut Engine, nodes: Vec<Node>) -> Picture {
    engine.set_document(PAGE, nodes);
    let session = engine.start(1, restriction());
    let picture = engine.settled_frame().picture(session);
    engine.stop(session);
    picture
}

#[test]
fn alpha_is_exact_and_premultiplied() {
    let mut engine = page_of(200, 150, 1., vec![]);
    let area = rect(20., 30., 40., 50.);
    let nodes = vec![target(area, vec![glass(rect(20., 30., 40., 20.), 0., 0.5, 1., 0.5)])];
    let mut expected = Picture::filled(40, 50, CLEAR);
    expected.fill(device_rect(0, 0, 40, 20), [0, 64, 128, 128]);
    restricted_frame(&mut engine, nodes).assert_is(&expected, "half transparent above nothing");
}

/// The target's px are the same whether something covers it, lies behind it, clips it or fades it.
#[test]
fn surroundings_do_not_change_one_byte() {
    let area = rect(20.5, 30.25, 61., 47.);
    let content = || {
        let mut nodes = in_patches(rect(20.5, 30.25, 61., 30.), 7., OWN);
        nodes.push(glass(rect(30., 50., 40., 20.), 1., 0.2, 0.7, 0.3));
        nodes.push(Node::Round(rect(22., 62., 30., 14.), 6., ColorF::new(0., 1., 0., 1.)));
        target(area, nodes)
    };
    let behind = || in_patches(rect(0., 0., 200., 150.), 9., BEHIND);
    let cover = || in_patches(rect(10., 10., 60., 60.), 5., COVER);
    for scale in [1., 1.5, 2.] {
        let mut engine = page_of(400, 300, scale, vec![]);
        let alone = restricted_frame(&mut engine, vec![content()]);
        assert!(alone.pixels().any(|pixel| pixel[3] == 255), "there is something to see");

        let around: Vec<(&str, Vec<Node>)> = vec![
            ("behind", [behind(), vec![content()]].concat()),
            ("covered", [vec![content()], cover()].concat()),
            ("faded", vec![Node::Opacity(0.5, [behind(), vec![content()]].concat())]),
            ("gone", vec![Node::Opacity(0., vec![content()])]),
            ("clipped", vec![Node::Clip(rect(30., 40., 20., 9.), vec![content()])]),
            ("clipped away", vec![Node::Clip(rect(150., 0., 9., 9.), vec![content()])]),
            ("scrolled away", vec![Node::Scroll(1, rect(0., 0., 60., 35.), vec![content()])]),
        ];
        for (what, nodes) in around {
            let frame = restricted_frame(&mut engine, nodes);
            frame.assert_is(&alone, &format!("{what} at {scale}"));
        }
    }
}

/// What the page shows of the target without a cover is what the frame shows.
#[test]
fn every_uncovered_px_is_that_of_the_page() {
    for scale in [1., 1.25, 1.5, 2., 3.] {
        let mut engine = page_of(400, 300, scale, vec![]);
        let session = engine.start(1, restriction());
        for (x, y, width, height) in
            [(10., 20., 50., 40.), (10.3, 20.7, 50., 40.), (10.5, 21.5, 33.5, 20.2)]
        {
            let area = rect(x, y, width, height);
            let mut nodes = in_patches(rect(0., 0., 200., 200.), 9., BEHIND);
            nodes.push(target(area, in_patches(area, 7., OWN)));
            nodes.extend(in_patches(area.inflate(-6., -6.), 4., COVER));
            engine.set_document(PAGE, nodes);
            for offset in [0., 1., 2.4, 5.5] {
                engine.scroll(PAGE, 0, LayoutVector2D::new(0.6 * offset, offset));
                let composite = engine.settled_frame();
                let what = format!("{x} {y} at {scale}, scrolled by {offset}");
                let frame = composite.picture(session);
                let page = composite.page.crop(composite.rect(session));
                assert!(frame.pixels().all(is_own), "{what}: only the target");
                let mut covered = frame.clone();
                let cover = page.bounds_of(|pixel| pixel[2] == COVER).expect("a cover");
                for y in cover.min.y..cover.max.y {
                    for x in cover.min.x..cover.max.x {
                        let pixel = device_rect(x, y, 1, 1);
                        covered.fill(pixel, page.pixel(x, y));
                    }
                }
                covered.assert_is(&page, &what);
            }
        }
    }
}

#[test]
fn the_page_is_the_same_with_and_without_captures() {
    let nodes = || {
        let mut nodes = in_patches(rect(0., 0., 300., 200.), 11., BEHIND);
        for (index, id) in (0_u8..4).zip(10..) {
            let area = rect(20.5 + 60. * f32::from(index), 30.5, 50., 90.);
            let content = vec![
                glass(area.inflate(4., 4.), 0.2, 0.8, 0.3, 0.4),
                Node::Round(area, 9., ColorF::new(0.1, 0.2, 0.9, 0.8)),
            ];
            let element = Node::element([RestrictionTargetId::from_bits(id).into()], area, content);
            nodes.push(Node::Opacity(0.7, vec![element]));
        }
        nodes.extend(in_patches(rect(40., 60., 150., 20.), 8., COVER));
        nodes
    };
    let mut bare = page_of(450, 300, 1.5, nodes());
    let mut captured = page_of(450, 300, 1.5, nodes());
    for count in 0_u8..4 {
        let id = RestrictionTargetId::from_bits(u128::from(count) + 10);
        let session = captured.start(1, Subject::Restriction(id));
        for offset in [0., 3.3, 6.] {
            for engine in [&mut bare, &mut captured] {
                engine.scroll(PAGE, 0, LayoutVector2D::new(0., offset));
            }
            let composite = captured.settled_frame();
            assert!(composite.frame(session).is_some());
            let what = format!("{} captures, scrolled by {offset}", count + 1);
            composite.page.assert_is(&bare.frame().page, &what);
            captured.composite().page.assert_is(&composite.page, "drawn once more");
        }
        if count == 3 {
            captured.stop(session);
        }
    }
    captured.settled_frame().page.assert_is(&bare.frame().page, "one capture less");
}

#[test]
fn many_layers_at_once() {
    for count in [1_u8, 4, 16, 40] {
        let id = |index: u8| RestrictionTargetId::from_bits(u128::from(index) + 100);
        // Of different heights, so that slots are, too.
        let area = |index: u8| {
            let (column, row) = (f32::from(index % 8), f32::from(index / 8));
            rect(column * 50., row * 40., 30. + column, 20. + row)
        };
        let own_color = |index: u8| [index, 255 - index, OWN, 255];
        let element = |index| {
            let content = vec![Node::Fill(area(index), color(own_color(index)))];
            Node::element([id(index).into()], area(index), content)
        };
        let mut engine = page_of(400, 200, 1., (0..count).map(element).collect());
        let sessions: Vec<_> =
            (0..count).map(|index| engine.start(1, Subject::Restriction(id(index)))).collect();
        let composite = engine.settled_frame();
        for (index, &session) in (0..count).zip(&sessions) {
            let size = area(index).size().to_i32();
            let expected = Picture::filled(size.width, size.height, own_color(index));
            composite.picture(session).assert_is(&expected, &format!("{index} of {count}"));
        }

        // Some end, and others take their slots.
        for &session in sessions.iter().step_by(3) {
            engine.stop(session);
        }
        let again = engine.start(1, Subject::Restriction(id(0)));
        let composite = engine.settled_frame();
        let expected = Picture::filled(30, 20, own_color(0));
        composite.picture(again).assert_is(&expected, "a new session");
        for (index, &session) in (0..count).zip(&sessions).filter(|(index, _)| index % 3 != 0) {
            let size = area(index).size().to_i32();
            let expected = Picture::filled(size.width, size.height, own_color(index));
            composite.picture(session).assert_is(&expected, &format!("{index} still"));
        }
    }
}

#[test]
fn overflow_is_cut_at_the_box() {
    let area = rect(40., 40., 30., 20.);
    let overflowing = in_patches(area.inflate(25., 25.), 5., OWN);
    let mut engine = page_of(200, 150, 1., vec![]);
    let frame = restricted_frame(&mut engine, vec![target(area, overflowing.clone())]);
    let page = page_of(200, 150, 1., overflowing).frame().page;
    frame.assert_is(&page.crop(device_rect(40, 40, 30, 20)), "the inner part");
}

#[test]
fn what_is_outside_of_the_viewport_is_cut() {
    let content = |area| in_patches(area, 7., OWN);
    let mut engine = page_of(200, 150, 1., vec![]);
    for (x, y, expected) in [
        (-30., -20., device_rect(0, 0, 30, 40)),
        (170., 120., device_rect(170, 120, 30, 30)),
        (-30., 120., device_rect(0, 120, 30, 30)),
    ] {
        let area = rect(x, y, 60., 60.);
        let frame = restricted_frame(&mut engine, vec![target(area, content(area))]);
        let page = page_of(200, 150, 1., content(area)).frame().page;
        frame.assert_is(&page.crop(expected), "the visible part");
    }
    // Larger than the viewport in every direction.
    let area = rect(-30., -30., 300., 300.);
    let frame = restricted_frame(&mut engine, vec![target(area, content(area))]);
    frame.assert_is(&page_of(200, 150, 1., content(area)).frame().page, "all of the viewport");
}

#[test]
fn round_corners_are_transparent() {
    let area = rect(20., 20., 60., 40.);
    let round = Node::Round(area, 15., color([0, 90, OWN, 255]));
    let behind = in_patches(rect(0., 0., 200., 150.), 9., BEHIND);
    let mut engine = page_of(200, 150, 1., vec![]);
    let frame = restricted_frame(&mut engine, [behind, vec![target(area, vec![round])]].concat());
    frame.save("round");
    for (x, y) in [(0, 0), (59, 0), (0, 39), (59, 39), (2, 2), (57, 37)] {
        assert_eq!(frame.pixel(x, y), CLEAR, "the corner at {x}, {y}");
    }
    for y in 0..40 {
        for x in 0..60 {
            let [red, green, blue, alpha] = frame.pixel(x, y);
            assert!(red == 0 && green <= alpha && blue <= alpha, "only the target at {x}, {y}");
            if (15..45).contains(&x) || (15..25).contains(&y) {
                assert_eq!([red, green, blue, alpha], [0, 90, OWN, 255], "inside at {x}, {y}");
            }
        }
    }
}

#[test]
fn an_image_comes_out_as_it_went_in() {
    let mut image = Picture::filled(24, 16, [0, 0, OWN, 255]);
    for y in 0..16_u8 {
        for x in 0..24_u8 {
            let alpha = 255 - 10 * x;
            let pixel = [alpha / 2, alpha - y.min(alpha), alpha / 3, alpha];
            image.fill(device_rect(i32::from(x), i32::from(y), 1, 1), pixel);
        }
    }
    let mut engine = page_of(200, 150, 1., vec![]);
    let key = engine.add_image(&image);
    let area = rect(30., 20., 24., 16.);
    let cover = in_patches(area, 5., COVER);
    let nodes = [vec![target(area, vec![Node::Image(area, key)])], cover].concat();
    restricted_frame(&mut engine, nodes).assert_is(&image, "the image");
}

/// The opacity, transform and scrolling of the target itself and of what is in it are part of it.
#[test]
fn what_is_inside_applies() {
    let area = rect(20., 20., 40., 30.);
    let full = || vec![Node::Fill(area, ColorF::new(0., 0., 1., 1.))];
    let mut engine = page_of(200, 150, 1., vec![]);

    let frame = restricted_frame(&mut engine, vec![target(area, vec![Node::Opacity(0.5, full())])]);
    // Group opacity is applied in an intermediate surface of 8 bits.
    frame.assert_is_near(&Picture::filled(40, 30, [0, 0, 128, 128]), 1, "its own opacity");

    let double = LayoutTransform::scale(2., 2., 1.);
    let element = target(rect(20., 20., 20., 15.), in_patches(rect(20., 20., 20., 15.), 5., OWN));
    let nodes = vec![Node::Transform(point(20., 20.), double, vec![element])];
    let page = page_of(200, 150, 1., nodes.clone()).frame().page;
    let frame = restricted_frame(&mut engine, nodes);
    frame.assert_is(&page.crop(device_rect(20, 20, 40, 30)), "its own transform");

    let scrolling = Node::Scroll(5, area, in_patches(rect(20., 20., 40., 90.), 6., OWN));
    engine.set_document(PAGE, vec![target(area, vec![scrolling])]);
    let session = engine.start(1, restriction());
    for offset in [0., 4., 13., 40.] {
        engine.scroll(PAGE, 5, LayoutVector2D::new(0., offset));
        let composite = engine.settled_frame();
        let page = composite.page.crop(device_rect(20, 20, 40, 30));
        composite.picture(session).assert_is(&page, &format!("scrolled by {offset} inside"));
    }
}
