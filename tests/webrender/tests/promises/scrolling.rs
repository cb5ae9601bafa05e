/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! While the page scrolls, and what is known of it runs ahead of what is on screen, every frame is
//! of what is on screen.

use subcapture_api::SessionId;
use subcapture_webrender_tests::{
    Composite, Engine, Node, PAGE, Random, in_patches, page_of, point, rect,
};
use webrender_api::PipelineId;
use webrender_api::units::{LayoutTransform, LayoutVector2D};

use crate::{BEHIND, CROP, OWN, RESTRICTION, crop, is_own, restriction};

const FRAMES: usize = 300;
const NESTED: PipelineId = PipelineId(2, 1);

/// A long page with the target in the middle, over something else, in a scroll container.
fn long_page(scale: f32) -> Engine {
    let target = rect(30.3, 150.6, 60., 45.);
    let mut nodes = in_patches(rect(0., 0., 200., 400.), 13., BEHIND);
    let ids = [CROP.into(), RESTRICTION.into()];
    nodes.push(Node::element(ids, target, in_patches(target, 7., OWN)));
    page_of(300, 240, scale, vec![Node::Scroll(1, rect(0., 0., 200., 300.), nodes)])
}

/// Scroll for many frames, several of which are on their way at any time. Every composite goes to
/// `check`. Gives how often what was known last was not what was on screen.
fn scroll(
    engine: &mut Engine,
    seed: u64,
    snap: fn(LayoutVector2D) -> LayoutVector2D,
    mut check: impl FnMut(usize, &Composite),
) -> usize {
    let mut random = Random::new(seed);
    let mut ahead = 0;
    let mut offset = LayoutVector2D::new(0., 40.);
    for frame in 0..FRAMES {
        for _ in 0..=random.below(2) {
            offset += LayoutVector2D::new(random.between(-4., 4.), random.between(-20., 20.));
            offset = offset.clamp(LayoutVector2D::zero(), LayoutVector2D::new(50., 160.));
            engine.scroll(PAGE, 1, snap(offset * 0.75));
            engine.scroll(PAGE, 0, snap(offset * 0.25));
            engine.request_frame();
        }
        // Leave up to three frames on their way.
        while engine.in_flight() > random.below(4) {
            engine.receive_report();
        }
        ahead += usize::from(engine.in_flight() > 0);
        check(frame, &engine.composite());
    }
    ahead
}

fn no_frame_is_of_another_place(seed: u64, scale: f32, snap: fn(LayoutVector2D) -> LayoutVector2D) {
    let mut engine = long_page(scale);
    let sessions = [engine.start(1, crop()), engine.start(1, restriction())];
    engine.settled_frame();
    let mut delivered = 0;
    let ahead = scroll(&mut engine, seed, snap, |frame, composite| {
        let what = format!("frame {frame} of seed {seed} at {scale}");
        for session in sessions.into_iter().filter(|id| composite.frame(*id).is_some()) {
            delivered += 1;
            let rect = composite.rect(session);
            assert_eq!(Some(rect), composite.page.bounds_of(is_own), "{what}");
            composite.picture(session).assert_is(&composite.page.crop(rect), &what);
        }
    });
    assert!(ahead > FRAMES / 2, "what is known ran ahead in {ahead} frames only");
    assert!(delivered > FRAMES, "{delivered} frames were delivered");
}

#[test]
fn by_whole_px() {
    no_frame_is_of_another_place(1, 1., LayoutVector2D::round);
}

#[test]
fn by_fractions_of_a_px() {
    no_frame_is_of_another_place(2, 1., |offset| offset);
}

#[test]
fn by_fractions_of_a_px_at_a_fractional_device_pixel_ratio() {
    no_frame_is_of_another_place(3, 1.25, |offset| offset);
    no_frame_is_of_another_place(4, 1.5, |offset| offset);
}

/// What scrolls in a page, and where the target is in it.
struct Scrolled {
    engine: Engine,
    session: SessionId,
    pipeline: PipelineId,
}

fn target(top: f32) -> Vec<Node> {
    let target = rect(30.3, top, 60., 45.);
    let mut nodes = in_patches(rect(0., 0., 300., 400.), 13., BEHIND);
    nodes.push(Node::element([RESTRICTION.into()], target, in_patches(target, 7., OWN)));
    nodes
}

impl Scrolled {
    fn new(mut engine: Engine, pipeline: PipelineId) -> Self {
        let session = engine.start(1, restriction());
        engine.settled_frame();
        Self { engine, session, pipeline }
    }

    /// A page that scrolls.
    fn page(scale: f32) -> Self {
        Self::new(page_of(640, 500, scale, target(150.6)), PAGE)
    }

    /// A document that scrolls, in an element with this transform.
    fn nested(transform: LayoutTransform) -> Self {
        let element = Node::Nested(rect(10., 20., 250., 220.), NESTED);
        let page = vec![Node::Transform(point(0., 0.), transform, vec![element])];
        let mut engine = page_of(640, 500, 1., page);
        engine.set_document(NESTED, target(150.6));
        engine.set_parent(NESTED, Some(PAGE));
        Self::new(engine, NESTED)
    }

    /// Scroll to an offset, and see that the frame is right. Gives whether a scene was built for it.
    #[track_caller]
    fn is_rebuilt(&mut self, (x, y): (f32, f32)) -> bool {
        let before = self.engine.rebuilds();
        self.engine.scroll(self.pipeline, 0, LayoutVector2D::new(x, y));
        let composite = self.engine.frame();
        let (rect, what) = (composite.rect(self.session), format!("at {x}, {y}"));
        assert_eq!(Some(rect), composite.page.bounds_of(is_own), "{what}");
        composite.picture(self.session).assert_is(&composite.page.crop(rect), &what);
        self.engine.rebuilds() > before
    }
}

/// Scroll by these offsets. Gives for each whether a scene was built for it.
#[track_caller]
fn rebuilds(mut scrolled: Scrolled, offsets: &[(f32, f32)]) -> Vec<bool> {
    offsets.iter().map(|offset| scrolled.is_rebuilt(*offset)).collect()
}

#[test]
fn the_scene_stays_while_the_document_scrolls_by_whole_device_px() {
    let offsets = [(0., 1.), (3., 2.), (0.4, 77.), (-20., 110.3), (0., 0.), (0., -20.)];
    assert_eq!(rebuilds(Scrolled::page(1.), &offsets), [false; 6]);
    assert_eq!(rebuilds(Scrolled::page(2.), &offsets), [false; 6]);
    // A part of the target is out of sight from 151 on.
    assert_eq!(
        rebuilds(Scrolled::page(1.), &[(0., 100.), (0., 160.), (0., 161.), (0., 150.)]),
        [false, true, true, true]
    );
    // Odd ones are half a px.
    let offsets = [(0., 2.), (0., 3.), (0., 5.), (1., 5.), (1., 7.4), (0., 8.), (0., 10.)];
    assert_eq!(
        rebuilds(Scrolled::page(1.5), &offsets),
        [false, true, false, true, false, true, false]
    );
}

#[test]
fn the_scene_stays_while_an_embedded_document_scrolls() {
    let moved = LayoutTransform::translation(7., 3., 0.);
    let offsets = [(0., 1.), (3., 2.), (0.4, 77.), (-20., 110.3), (0., 20.)];
    assert_eq!(rebuilds(Scrolled::nested(moved), &offsets), [false; 5]);
    // In another scale, it is moved to where it is.
    let scaled = LayoutTransform::scale(2., 2., 1.);
    let offsets = [(0., 1.), (0., 2.), (0., 77.), (0., 20.)];
    assert_eq!(rebuilds(Scrolled::nested(scaled), &offsets), [true; 4]);
}

/// The target moves in its document while that is scrolled, so that it moves on the surface as if it
/// were only scrolled, in another scale.
#[test]
fn a_target_that_moves_as_if_it_were_scrolled() {
    let mut scrolled = Scrolled::nested(LayoutTransform::scale(2., 2., 1.));
    for (top, offset) in [(150.6, 60.), (160.6, 80.), (190.6, 140.), (110.6, 0.), (130.6, 40.)] {
        scrolled.engine.set_document(NESTED, target(top));
        scrolled.is_rebuilt((0., offset));
    }
}
