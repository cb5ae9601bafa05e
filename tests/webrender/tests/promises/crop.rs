/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A cropped frame is the same region of the page on screen: the target's box, no px more or less.

use euclid::Angle;
use subcapture_api::{SessionId, State, Withheld};
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, WebView, color, device_rect, in_patches, page_of, point, rect,
};
use webrender_api::PipelineId;
use webrender_api::units::{
    DevicePoint, DeviceRect, DeviceSize, LayoutRect, LayoutTransform, LayoutVector2D,
};

use crate::{BEHIND, COVER, CROP, OWN, RESTRICTION, crop, is_own, restriction};

const SCALES: [f32; 5] = [1., 1.25, 1.5, 2., 3.];

/// Boxes at whole and fractional positions, with whole and fractional sizes.
const BOXES: [(f32, f32, f32, f32); 5] = [
    (10., 20., 50., 40.),
    (10.3, 20.7, 50., 40.),
    (10.5, 20.5, 33.5, 20.2),
    (11., 21., 31., 13.),
    (10.25, 10.75, 15.125, 16.333),
];

const SCROLL_OFFSETS: [f32; 5] = [0., 1., 3., 5.8, 7.5];

/// The target over something else, and partly under something.
fn scene(target: LayoutRect) -> Vec<Node> {
    let mut nodes = in_patches(rect(-20., -20., 200., 200.), 9., BEHIND);
    nodes.push(Node::element([CROP.into()], target, in_patches(target, 7., OWN)));
    nodes.extend(in_patches(target.inflate(-5., -5.), 4., COVER));
    nodes
}

#[track_caller]
fn assert_is_target_on_screen(composite: &Composite, session: SessionId, what: &str) {
    let rect = composite.rect(session);
    assert_eq!(Some(rect), composite.page.bounds_of(is_own), "{what}");
    composite.picture(session).assert_is(&composite.page.crop(rect), what);
}

#[test]
fn whole_and_fractional_boxes_at_every_device_pixel_ratio() {
    for scale in SCALES {
        let mut engine = page_of(400, 300, scale, vec![]);
        let session = engine.start(1, crop());
        for (x, y, width, height) in BOXES {
            for offset in SCROLL_OFFSETS {
                engine.set_document(PAGE, scene(rect(x, y, width, height)));
                engine.scroll(PAGE, 0, LayoutVector2D::new(0.3 * offset, offset));
                let composite = engine.settled_frame();
                let what = format!("{x} {y} {width} {height} at {scale}, scrolled by {offset}");
                assert_is_target_on_screen(&composite, session, &what);
            }
        }
    }
}

#[test]
fn in_nested_scroll_containers() {
    for scale in SCALES {
        let mut engine = page_of(400, 300, scale, vec![]);
        let session = engine.start(1, crop());
        let inner = Node::Scroll(2, rect(5.5, 8.5, 150., 150.), scene(rect(10.3, 20.5, 33.5, 20.)));
        let outer = Node::Scroll(1, rect(0., 0., 170., 170.), vec![inner]);
        engine.set_document(PAGE, vec![outer]);
        for offset in SCROLL_OFFSETS {
            engine.scroll(PAGE, 0, LayoutVector2D::new(0., -offset));
            engine.scroll(PAGE, 1, LayoutVector2D::new(-0.4 * offset, 0.7 * offset));
            engine.scroll(PAGE, 2, LayoutVector2D::new(0.3 * offset, 0.6 * offset));
            let composite = engine.settled_frame();
            let what = format!("at {scale}, scrolled by {offset}");
            assert_is_target_on_screen(&composite, session, &what);
        }
    }
}

#[test]
fn scaled_moved_and_flipped() {
    let transforms = [
        LayoutTransform::scale(0.5, 0.5, 1.),
        LayoutTransform::scale(1.5, 2., 1.).then_translate(LayoutVector2D::new(3., 5.).to_3d()),
        LayoutTransform::translation(2.25, 3.75, 0.),
        LayoutTransform::scale(-1., 1., 1.).then_translate(LayoutVector2D::new(40., 0.).to_3d()),
    ];
    for scale in [1., 1.5, 2.] {
        let mut engine = page_of(400, 300, scale, vec![]);
        let session = engine.start(1, crop());
        for transform in transforms {
            let nodes = scene(rect(20., 16., 32., 24.));
            engine.set_document(PAGE, vec![Node::Transform(point(20., 16.), transform, nodes)]);
            let composite = engine.settled_frame();
            assert_is_target_on_screen(&composite, session, &format!("{transform:?} at {scale}"));
        }
    }
}

/// Every px that is wholly of the target lies in the bounding box, and the box touches them all
/// but for the px that the turned edges cut.
#[test]
fn turned() {
    for degrees in [10_f32, 30., 45., 90., 200.] {
        let mut engine = page_of(300, 300, 1., vec![]);
        let session = engine.start(1, crop());
        let target = rect(100., 120., 80., 40.);
        let element =
            Node::element([CROP.into()], target, vec![Node::Fill(target, color([0, 0, OWN, 255]))]);
        let rotation = LayoutTransform::rotation(0., 0., 1., Angle::degrees(degrees));
        engine
            .set_document(PAGE, vec![Node::Transform(point(140., 140.), rotation, vec![element])]);
        let composite = engine.settled_frame();

        let (sin, cos) = degrees.to_radians().sin_cos();
        let (width, height) =
            (80. * cos.abs() + 40. * sin.abs(), 80. * sin.abs() + 40. * cos.abs());
        let expected = DeviceRect::new(
            DevicePoint::new(140. - width / 2., 140. - height / 2.),
            DevicePoint::new(140. + width / 2., 140. + height / 2.),
        );
        let rect = composite.rect(session);
        assert_eq!(rect, expected.round().to_i32(), "turned by {degrees}");
        let own = composite.page.bounds_of(is_own).expect("the target is on screen");
        assert!(rect.contains_box(&own), "{own:?} is in {rect:?}");
        assert!(own.inflate(3, 3).contains_box(&rect), "{rect:?} is about {own:?}");
        composite.picture(session).assert_is(&composite.page.crop(rect), "turned");
    }
}

const OTHER_PAGE: PipelineId = PipelineId(2, 1);

/// An engine with a webview in the middle of another one.
fn view_in_view(rect: DeviceRect, scale: f32, target: LayoutRect) -> Engine {
    let mut engine = page_of(300, 200, 1., in_patches(self::rect(0., 0., 300., 200.), 11., BEHIND));
    engine.set_view(2, WebView::new(OTHER_PAGE, rect, scale));
    engine.set_document(OTHER_PAGE, scene(target));
    engine
}

#[test]
fn nothing_outside_of_the_viewport() {
    let view =
        DeviceRect::from_origin_and_size(DevicePoint::new(70., 50.), DeviceSize::new(120., 90.));
    let visible = [
        // Over the left and top edge, over the right and bottom edge, over all edges.
        (rect(-20., -30., 60., 60.), device_rect(0, 0, 40, 30)),
        (rect(100., 70., 60., 60.), device_rect(100, 70, 20, 20)),
        (rect(-30., -30., 400., 400.), device_rect(0, 0, 120, 90)),
    ];
    for (target, expected) in visible {
        let mut engine = view_in_view(view, 1., target);
        let session = engine.start(2, crop());
        let composite = engine.settled_frame();
        // A frame knows where it is in its viewport, not where that is on the surface.
        assert_eq!(composite.rect(session), expected);
        let on_surface = expected.translate(view.min.to_vector().to_i32());
        composite.picture(session).assert_is(&composite.page.crop(on_surface), "in the viewport");
    }
    for outside in [rect(-60., 0., 60., 60.), rect(0., 90., 60., 60.), rect(500., 500., 9., 9.)] {
        let mut engine = view_in_view(view, 1., outside);
        let session = engine.start(2, crop());
        let composite = engine.settled_frame();
        assert!(composite.frame(session).is_none());
        assert_eq!(engine.compositor.state(session), Some(State::Paused(Withheld::NotVisible)));
    }
}

#[test]
fn a_viewport_that_reaches_over_the_surface() {
    for (x, y) in [(-30., -20.), (250., 170.)] {
        let view =
            DeviceRect::from_origin_and_size(DevicePoint::new(x, y), DeviceSize::new(120., 90.));
        let target = rect(-5., -5., 130., 100.);
        let mut engine = view_in_view(view, 1., target);
        let element =
            Node::element([CROP.into(), RESTRICTION.into()], target, in_patches(target, 7., OWN));
        engine.set_document(OTHER_PAGE, vec![element]);
        let sessions = [engine.start(2, crop()), engine.start(2, restriction())];
        let composite = engine.settled_frame();
        let on_surface =
            view.to_i32().intersection(&device_rect(0, 0, 300, 200)).expect("a part is visible");
        let in_viewport = on_surface.translate(-view.min.to_vector().to_i32());
        for session in sessions {
            assert_eq!(composite.rect(session), in_viewport);
            composite
                .picture(session)
                .assert_is(&composite.page.crop(on_surface), "on the surface");
        }
    }
}

#[test]
fn under_pinch_zoom() {
    for (zoom, x, y) in
        [(1.7, -13., -29.), (2., -40.5, 10.25), (3.1, -100., -80.7), (0.5, 20., 20.)]
    {
        for scale in [1., 1.25, 2.] {
            let mut engine = page_of(400, 300, scale, scene(rect(20.5, 30.25, 40., 30.)));
            let rect = DeviceRect::from_size(DeviceSize::new(400., 300.));
            let pinch_zoom = LayoutTransform::scale(zoom, zoom, 1.)
                .then_translate(LayoutVector2D::new(x, y).to_3d());
            engine.set_view(1, WebView { pinch_zoom, ..WebView::new(PAGE, rect, scale) });
            let session = engine.start(1, crop());
            for offset in SCROLL_OFFSETS {
                engine.scroll(PAGE, 0, LayoutVector2D::new(0., offset));
                let composite = engine.settled_frame();
                let what = format!("zoomed by {zoom} at {scale}, scrolled by {offset}");
                assert_is_target_on_screen(&composite, session, &what);
            }
        }
    }
}
