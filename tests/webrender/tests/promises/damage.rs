/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A restricted frame comes only when something in the target changed, says where, and misses
//! nothing: who takes of each frame only what is damaged has what is on the page.

use std::time::Duration;

use euclid::Angle;
use subcapture_api::SessionId;
use subcapture_webrender_tests::{
    Composite, Consumers, Engine, Node, PAGE, Picture, Rgba, WebView, color, device_rect,
    in_patches, page_of, point, rect,
};
use webrender_api::units::{
    DeviceIntRect, DeviceIntSize, DeviceRect, LayoutRect, LayoutTransform, LayoutVector2D,
};
use webrender_api::{ColorF, PipelineId};

use crate::{BEHIND, COVER, OWN, RESTRICTION, restriction};

const NESTED: PipelineId = PipelineId(2, 1);

/// The border box of the target in most tests.
pub(crate) fn area() -> LayoutRect {
    rect(20., 30., 240., 180.)
}

pub(crate) fn device_area() -> DeviceIntRect {
    device_rect(20, 30, 240, 180)
}

pub(crate) fn behind(blue: u8) -> Vec<Node> {
    in_patches(rect(0., 0., 300., 240.), 30., blue)
}

/// A box of the target in one of many colors.
pub(crate) fn spot(x: f32, y: f32, number: u8) -> Node {
    Node::Fill(rect(x, y, 12., 10.), color([number.wrapping_mul(37), 255 - number, OWN, 255]))
}

/// The target, opaque, with more on top of it.
pub(crate) fn target(nodes: Vec<Node>) -> Node {
    target_in(area(), nodes)
}

pub(crate) fn target_in(area: LayoutRect, nodes: Vec<Node>) -> Node {
    let background = Node::Fill(area, color([0, 0, OWN, 255]));
    Node::element([RESTRICTION.into()], area, [vec![background], nodes].concat())
}

/// The page with a target that has these in it.
pub(crate) fn page(nodes: Vec<Node>) -> Vec<Node> {
    [behind(BEHIND), vec![target(nodes)]].concat()
}

/// An engine, and the consumers of its sessions, which restrict to a target that nothing covers.
pub(crate) struct Captured {
    pub(crate) engine: Engine,
    pub(crate) consumers: Consumers,
    pub(crate) sessions: Vec<SessionId>,
}

impl Captured {
    pub(crate) fn new(engine: Engine) -> Self {
        let mut captured = Self { engine, consumers: Consumers::default(), sessions: Vec::new() };
        captured.start();
        captured
    }

    /// Show a page that has a target with these nodes in it.
    pub(crate) fn of(nodes: Vec<Node>) -> Self {
        Self::new(page_of(300, 240, 1., page(nodes)))
    }

    pub(crate) fn start(&mut self) -> SessionId {
        let session = self.engine.start(1, restriction());
        self.sessions.push(session);
        let composite = self.engine.settled_frame();
        self.check(&composite, "the first frame");
        session
    }

    /// Take the frames, and see that all consumers have what is on the page.
    #[track_caller]
    pub(crate) fn check(&mut self, composite: &Composite, what: &str) {
        self.consumers.take(composite, what);
        for &session in &self.sessions {
            let had = self.consumers.get(session).expect("a frame");
            // The edges of what is turned are blended with what is behind, once more for the page.
            had.picture.assert_is_near(&composite.page.crop(had.rect()), 1, what);
        }
    }

    /// Draw a frame. Gives the damage for the first session, if it got a frame.
    #[track_caller]
    pub(crate) fn damage(&mut self, what: &str) -> Option<DeviceIntRect> {
        let composite = self.engine.quiet_frame();
        self.check(&composite, what);
        composite.info(self.sessions[0]).map(|info| info.damage)
    }

    /// Draw frames until nobody waits for one any more.
    pub(crate) fn wait(&mut self) {
        while let Some(wait) = self.engine.compositor.next_wait() {
            std::thread::sleep(wait + Duration::from_millis(1));
            let composite = self.engine.composite();
            self.check(&composite, "one that waited");
        }
        let composite = self.engine.composite();
        self.check(&composite, "all that waited");
    }

    /// Change a target many times in some places, so that WebRender divides its tiles there: in
    /// four after 64 frames, three times.
    pub(crate) fn divide_tiles(&mut self, spots: &[(f32, f32)]) {
        for number in 0..220_u8 {
            let nodes = spots.iter().map(|&(x, y)| spot(x, y, number)).collect();
            self.engine.set_document(PAGE, page(nodes));
            assert!(self.damage("at first").is_some());
        }
    }
}

/// Around what differs between two pictures of the target.
pub(crate) fn around(spots: &[(f32, f32)]) -> DeviceIntRect {
    let rects = spots.iter().map(|&(x, y)| rect(x, y, 12., 10.).to_i32().cast_unit());
    let rects = rects.map(|rect: DeviceIntRect| rect.translate(-device_area().min.to_vector()));
    rects.fold(DeviceIntRect::zero(), |all, rect| all.union(&rect))
}

pub(crate) fn transform(x: f32, y: f32) -> LayoutTransform {
    LayoutTransform::translation(x, y, 0.)
}

#[test]
fn what_changes_elsewhere_is_no_frame() {
    let mut captured = Captured::of(vec![spot(50., 50., 1)]);
    let target = || target(vec![spot(50., 50., 1)]);
    for number in 0..12 {
        let behind = behind(BEHIND + number);
        let shared = Node::Fill(rect(0., 0., 19., f32::from(number)), color([9, 9, 9, 255]));
        captured.engine.set_document(PAGE, [behind, vec![target(), shared]].concat());
        assert_eq!(captured.damage("something elsewhere"), None);
    }
    // A cover, which comes, moves and goes.
    let session = captured.sessions[0];
    let before = captured.consumers.picture(session).clone();
    for x in [0., 60., 90.] {
        let cover = in_patches(rect(x, 40., 60., 60.), 9., COVER);
        captured.engine.set_document(PAGE, [page(vec![spot(50., 50., 1)]), cover].concat());
        let composite = captured.engine.quiet_frame();
        assert!(composite.page.bounds_of(|pixel| pixel[2] == COVER).is_some());
        assert!(composite.info(session).is_none(), "a cover at {x}");
    }
    // What was not delivered is there when it is asked for.
    let composite = captured.engine.frame();
    captured.consumers.take(&composite, "asked for");
    let damage = composite.info(session).map(|info| info.damage);
    assert!(damage.is_some_and(|damage| damage.is_empty()), "{damage:?}");
    captured.consumers.picture(session).assert_is(&before, "as before");
}

#[test]
fn what_changes_inside_is_damage_and_little_else() {
    let spots = [(30., 40.), (240., 60.), (130., 110.), (25., 195.)];
    let mut captured = Captured::of(vec![]);
    captured.divide_tiles(&spots);
    for (x, y) in spots {
        captured.engine.set_document(PAGE, page(vec![spot(x, y, 0)]));
        captured.damage("only one spot").expect("a frame");
        for number in 100..110 {
            captured.engine.set_document(PAGE, page(vec![spot(x, y, number)]));
            let damage = captured.damage("a spot").expect("a frame");
            let expected = around(&[(x, y)]);
            assert!(damage.contains_box(&expected), "{expected:?} in {damage:?}");
            assert!(damage.area() * 2 < device_area().area(), "{damage:?} of a spot");
        }
        captured.engine.set_document(PAGE, page(vec![]));
        assert!(captured.damage("no spot").is_some());
    }
}

/// How something in the target goes away.
type Removal = (&'static str, fn(&mut Tall));

/// A target of three rows of tiles, with something in the last row, and perhaps in others.
struct Tall {
    captured: Captured,
    others: Vec<Node>,
}

impl Tall {
    const AREA: fn() -> LayoutRect = || rect(20., 30., 100., 1300.);
    const LAST: fn() -> LayoutRect = || rect(30., 1250., 40., 50.);
    const ANIMATION: u64 = 7;

    fn set_document(&mut self, last: Vec<Node>) {
        let nodes = [self.others.clone(), last].concat();
        let target = Node::element([RESTRICTION.into()], Self::AREA(), nodes);
        self.captured.engine.set_document(PAGE, vec![target]);
    }

    fn fill() -> Vec<Node> {
        vec![Node::Fill(Self::LAST(), color([0, 90, OWN, 255]))]
    }
}

/// WebRender forgets tiles that have nothing in them any more, and rasterizes nothing for that.
#[test]
fn what_goes_away_from_a_tile_of_its_own_is_gone() {
    let removals: [Removal; 6] = [
        ("not there", |tall| tall.set_document(vec![])),
        ("somewhere else", |tall| {
            tall.set_document(vec![Node::Fill(rect(-90., -90., 9., 9.), color([1, 2, 3, 255]))]);
        }),
        ("clipped", |tall| {
            tall.set_document(vec![Node::Clip(rect(0., 0., 9., 9.), Tall::fill())]);
        }),
        ("faded", |tall| tall.set_document(vec![Node::Opacity(0., Tall::fill())])),
        ("transparent", |tall| {
            tall.set_document(vec![Node::Fill(Tall::LAST(), ColorF::TRANSPARENT)]);
        }),
        ("animated", |tall| {
            tall.captured.engine.animate(Tall::ANIMATION, transform(0., -5000.));
        }),
    ];
    let above = || vec![Node::Fill(rect(25., 40., 90., 90.), color([0, 7, OWN, 255]))];
    for others in [vec![], above()] {
        for (what, remove) in removals {
            let mut engine = page_of(140, 1400, 1., vec![]);
            engine.set_document(PAGE, vec![]);
            let session = engine.start(1, restriction());
            let consumers = Consumers::default();
            let captured = Captured { engine, consumers, sessions: vec![session] };
            let mut tall = Tall { captured, others: others.clone() };
            let animated = Node::Animated(point(0., 0.), Tall::ANIMATION, Tall::fill());
            tall.set_document(vec![animated]);
            for _ in 0..4 {
                let composite = tall.captured.engine.frame();
                tall.captured.consumers.take(&composite, what);
                tall.captured.engine.tell_interest();
            }
            let is_seen = |pixel: Rgba| pixel == [0, 90, OWN, 255];
            let seen = tall.captured.consumers.picture(session).bounds_of(is_seen);
            assert_eq!(seen, Some(device_rect(10, 1220, 40, 50)), "{what}");

            remove(&mut tall);
            let composite = tall.captured.engine.quiet_frame();
            assert_eq!(tall.captured.consumers.take(&composite, what), 1, "{what}");
            let picture = tall.captured.consumers.picture(session);
            assert_eq!(picture.bounds_of(is_seen), None, "{what}");
            let is_clear = picture.pixels().all(|pixel| pixel[3] == 0);
            assert_eq!(is_clear, others.is_empty(), "{what}");
        }
    }
}

/// An animation is seen in every frame, and no display list is sent for it.
#[test]
fn an_animation_is_damage() {
    let moving = vec![spot(100., 100., 1)];
    let mut captured = Captured::of(vec![Node::Animated(point(106., 105.), 3, moving)]);
    let turn = |degrees| LayoutTransform::rotation(0., 0., 1., Angle::degrees(degrees));
    for number in 1..60_u8 {
        let step = f32::from(number);
        let transform = match number {
            ..20 => transform(3. * step, 2. * step),
            20..40 => turn(7. * step),
            _ => LayoutTransform::scale(0.1 * step, 0.1 * step, 1.),
        };
        captured.engine.animate(3, transform);
        assert!(captured.damage(&format!("step {step}")).is_some(), "step {step}");
    }
}

/// An image gets other px, and no display list is sent for it.
#[test]
fn other_px_of_an_image_are_damage() {
    let mut captured = Captured::of(vec![]);
    let image = |level| Picture::filled(16, 12, [level, 0, OWN, 255]);
    let key = captured.engine.add_image(&image(200));
    let shown = Node::Image(rect(120., 100., 16., 12.), key);
    captured.engine.set_document(PAGE, page(vec![shown.clone()]));
    assert!(captured.damage("an image").is_some());
    for level in 1..20 {
        captured.engine.update_image(key, &image(level));
        assert!(captured.damage("another image").is_some());
        // Which is elsewhere.
        captured.engine.set_document(PAGE, [behind(level), page(vec![shown.clone()])].concat());
        assert_eq!(captured.damage("something elsewhere"), None);
    }
}

/// What scrolls or is another document is drawn to tiles of its own, which WebRender moves.
#[test]
fn what_moves_in_tiles_of_its_own_is_always_a_frame() {
    // WebRender makes no tiles for what scrolls in less than 128 px.
    let scroller = |id| {
        let long = in_patches(rect(25., 40., 190., 900.), 11., OWN);
        Node::Scroll(id, rect(25., 40., 190., 150.), long)
    };
    let scroll = |captured: &mut Captured, pipeline, id, what: &str| {
        for step in (1..12_u8).chain([0]) {
            let offset = LayoutVector2D::new(0., 7. * f32::from(step));
            captured.engine.scroll(pipeline, id, offset);
            assert!(captured.damage(what).is_some(), "{what} by {offset:?}");
        }
    };

    let mut captured = Captured::of(vec![scroller(1)]);
    scroll(&mut captured, PAGE, 1, "a scroller in the target");

    let mut captured = Captured::of(vec![Node::Nested(rect(22., 32., 230., 175.), NESTED)]);
    captured.engine.set_parent(NESTED, Some(PAGE));
    let long = || in_patches(rect(0., 0., 160., 900.), 20., OWN);
    for number in 0..9 {
        let spots = [spot(3. * f32::from(number), 20., number), spot(130., 90., number)];
        captured.engine.set_document(NESTED, [long(), spots.to_vec()].concat());
        assert!(captured.damage("a document in the target").is_some(), "{number}");
    }
    scroll(&mut captured, NESTED, 0, "a document in the target, which scrolls");
    captured.engine.set_document(NESTED, vec![scroller(1)]);
    captured.damage("a document in the target that has a scroller");
    scroll(&mut captured, NESTED, 1, "a scroller in a document in the target");
    captured.engine.set_document(NESTED, vec![Node::Animated(point(9., 9.), 5, long())]);
    captured.damage("a document in the target that will move");
    for step in 1..9_u8 {
        captured.engine.animate(5, transform(f32::from(step), 0.));
        assert!(captured.damage("a document in the target, animated").is_some());
    }
    captured.engine.remove_document(NESTED);
    assert!(captured.damage("a document in the target, gone").is_some());
}

/// The same goes for tiles that scroll: nothing is rasterized when they have nothing in them any
/// more, or when all of them are cut in another way.
#[test]
fn what_goes_away_from_tiles_that_scroll_is_gone() {
    let container = |nodes| vec![Node::Scroll(1, rect(0., 0., 300., 240.), nodes)];
    let target = |nodes| vec![Node::element([RESTRICTION.into()], area(), nodes)];
    let fill = || vec![Node::Fill(rect(60., 80., 90., 70.), color([0, 90, OWN, 255]))];
    let animated = || vec![Node::Animated(point(0., 0.), 3, fill())];
    let scroller = |nodes| vec![Node::Scroll(2, rect(25., 35., 200., 160.), nodes)];
    type Build<'a> = &'a dyn Fn(Vec<Node>) -> Vec<Node>;
    let in_container: Build<'_> = &|nodes| container(target(nodes));
    let has_scroller: Build<'_> = &|nodes| target(scroller(nodes));
    let both: Build<'_> = &|nodes| container(target(scroller(nodes)));
    let is_seen = |pixel: Rgba| pixel[3] != 0;
    for (what, build) in
        [("in a container", in_container), ("a scroller", has_scroller), ("both", both)]
    {
        let mut engine = page_of(300, 240, 1., build(animated()));
        let session = engine.start(1, restriction());
        let mut consumers = Consumers::default();
        consumers.take(&engine.settled_frame(), what);
        let mut show = |engine: &mut Engine, is_there: bool| {
            // Once more, with nothing new: whatever is known of the frame before counts now.
            for _ in 0..2 {
                consumers.take(&engine.quiet_frame(), what);
                let seen = consumers.picture(session).bounds_of(is_seen);
                assert_eq!(seen, is_there.then_some(device_rect(40, 50, 90, 70)), "{what}");
            }
        };
        show(&mut engine, true);
        engine.set_document(PAGE, build(vec![]));
        show(&mut engine, false);
        engine.set_document(PAGE, build(animated()));
        show(&mut engine, true);
        for _ in 0..2 {
            engine.animate(3, transform(0., -5000.));
            show(&mut engine, false);
            engine.animate(3, transform(0., 0.));
            show(&mut engine, true);
        }
        engine.set_document(PAGE, build(vec![Node::Clip(rect(0., 0., 9., 9.), animated())]));
        show(&mut engine, false);
    }
}

#[test]
fn what_cuts_tiles_that_scroll_is_damage() {
    let long = || in_patches(rect(25., 35., 200., 900.), 11., OWN);
    let scroller = |area: LayoutRect| vec![Node::Scroll(1, area, long())];
    let usual = rect(25., 35., 200., 160.);
    let mut captured = Captured::of(scroller(usual));
    for step in 0..12_u8 {
        let step = f32::from(step);
        let smaller = rect(25., 35., 200. - 3. * step, 160. - 2. * step);
        let clip = |nodes| vec![Node::Clip(rect(25., 35., 190. - 3. * step, 150.), nodes)];
        let round = |nodes| vec![Node::RoundClip(usual, 4. + 3. * step, nodes)];
        for (what, nodes) in [
            ("clipped", clip(scroller(usual))),
            ("round", round(scroller(usual))),
            ("another container", scroller(smaller)),
            ("clipped within", vec![Node::Scroll(1, usual, clip(long()))]),
            ("round within", vec![Node::Scroll(1, usual, round(long()))]),
        ] {
            captured.engine.set_document(PAGE, page(nodes));
            assert!(captured.damage(&format!("{what}, {step}")).is_some(), "{what}, {step}");
        }
        // In one way, more and more.
        for radius in [0., 9., 18., 27.] {
            let nodes = vec![Node::RoundClip(usual, radius + step, scroller(usual))];
            captured.engine.set_document(PAGE, page(nodes));
            assert!(captured.damage(&format!("{radius}, {step}")).is_some(), "{radius}, {step}");
        }
        for height in [150., 100., 60., 130.] {
            let nodes = vec![Node::Clip(rect(25., 35., 200., height), scroller(usual))];
            captured.engine.set_document(PAGE, page(nodes));
            assert!(captured.damage(&format!("{height}, {step}")).is_some(), "{height}, {step}");
        }
    }
}

/// What is visible of a target that is higher than the viewport, and its slot, are where they were
/// when it scrolls, and its tiles may all be there.
#[test]
fn what_scrolls_under_the_viewport_is_a_frame() {
    let area = rect(-20., -300., 400., 1200.);
    let long = || vec![target_in(area, in_patches(area, 23., OWN))];
    let container = |nodes| vec![Node::Scroll(1, rect(0., 0., 300., 240.), nodes)];
    let documents = [("the document", 0, long()), ("a container", 1, container(long()))];
    for (what, id, document) in documents {
        let mut captured = Captured::new(page_of(300, 240, 1., document));
        for y in [0., 30., 60., 0., 60., 31., 30., 30.5, 0., 400., 0.] {
            captured.engine.scroll(PAGE, id, LayoutVector2D::new(0., y));
            let what = format!("{what} by {y}");
            captured.damage(&what);
            let had = captured.consumers.get(captured.sessions[0]).expect("a frame");
            assert_eq!(had.rect(), device_rect(0, 0, 300, 240), "{what}");
        }
    }
}

#[test]
fn what_changes_in_a_target_that_is_in_a_scroller_is_a_frame() {
    let container = |nodes| Node::Scroll(1, rect(0., 0., 300., 240.), nodes);
    let document = |number| vec![container(page(vec![spot(60., 100., number)]))];
    let mut captured = Captured::new(page_of(300, 240, 1., document(0)));
    for number in 1..20 {
        captured.engine.set_document(PAGE, document(number));
        assert!(captured.damage("a spot").is_some());
        let y = f32::from(number % 7);
        captured.engine.scroll(PAGE, 1, LayoutVector2D::new(0., y));
        assert!(captured.damage("scrolled").is_some());
        // In both ways at once.
        captured.engine.set_document(PAGE, document(100 + number));
        captured.engine.scroll(PAGE, 1, LayoutVector2D::new(0., y + 0.4));
        assert!(captured.damage("a spot, and scrolled").is_some());
    }
}

/// The same for a target in a document that a scroller has, and in one that scrolls by itself.
#[test]
fn what_changes_in_a_target_in_a_nested_document_is_a_frame() {
    let nested = || Node::Nested(rect(10.3, 20.6, 280., 215.), NESTED);
    for (what, document) in [
        ("in the page", vec![nested()]),
        ("in a scroller", vec![Node::Scroll(1, rect(0., 0., 300., 240.), vec![nested()])]),
    ] {
        let mut engine = page_of(300, 240, 1., document);
        engine.set_parent(NESTED, Some(PAGE));
        engine.set_document(NESTED, page(vec![]));
        let mut captured = Captured::new(engine);
        for number in 1..12 {
            captured.engine.set_document(NESTED, page(vec![spot(60., 100., number)]));
            assert!(captured.damage(what).is_some(), "a spot {what}");
            let offset = LayoutVector2D::new(0., f32::from(number));
            captured.engine.scroll(NESTED, 0, offset);
            assert!(captured.damage(what).is_some(), "scrolled {what}");
            captured.engine.scroll(PAGE, 0, offset * 0.5);
            captured.engine.scroll(PAGE, 1, offset * 0.7);
            captured.damage(what);
        }
    }
}

fn set_surface(engine: &mut Engine, width: i32, height: i32) {
    engine.resize(width, height);
    let rect = DeviceRect::from_size(DeviceIntSize::new(width, height).to_f32());
    engine.set_view(1, WebView::new(PAGE, rect, 1.));
}

/// What is drawn anew, or shows another part of the page, is different in every px.
#[test]
fn whatever_moves_or_changes_its_size_is_all_damage() {
    let whole = |damage: Option<DeviceIntRect>, size: DeviceIntRect, what: &str| {
        assert_eq!(damage, Some(DeviceIntRect::from_size(size.size())), "{what}");
    };
    let mut captured = Captured::of(vec![spot(60., 100., 1)]);
    captured.divide_tiles(&[(60., 100.)]);

    // The surface, and with it the slot: the strip begins with another row of tiles.
    for (width, height) in [(300, 600), (300, 1100), (300, 500), (320, 500), (300, 240)] {
        set_surface(&mut captured.engine, width, height);
        let number = u8::try_from(height % 200).expect("a byte");
        let nodes = page(vec![spot(60., 100., number)]);
        captured.engine.set_document(PAGE, nodes);
        let damage = captured.damage("another surface");
        if height != 240 && width == 300 {
            whole(damage, device_area(), &format!("on {width} x {height}"));
        }
        let nodes = page(vec![spot(60., 100., number + 1)]);
        captured.engine.set_document(PAGE, nodes);
        assert!(captured.damage("a spot on another surface").is_some());
    }
    // Which was on screen in between.
    captured.engine.resize(300, 250);
    captured.engine.draw();
    set_surface(&mut captured.engine, 300, 240);
    whole(captured.damage("once more"), device_area(), "a surface in between");

    // The target: its place, and its size.
    for (x, y, width, height) in
        [(20., 30., 200., 180.), (21., 30., 200., 180.), (21., 44., 200., 100.), (0., 0., 64., 64.)]
    {
        let area = rect(x, y, width, height);
        let nodes = vec![target_in(area, vec![spot(x + 9., y + 9., 1)])];
        captured.engine.set_document(PAGE, [behind(BEHIND), nodes].concat());
        let expected: DeviceIntRect = area.to_i32().cast_unit();
        let what = format!("{area:?}");
        whole(captured.damage(&what), expected, &what);
        let nodes = vec![target_in(area, vec![spot(x + 9., y + 9., 2)])];
        captured.engine.set_document(PAGE, [behind(BEHIND), nodes].concat());
        assert!(captured.damage("a spot").is_some());
    }
    // By a fraction of a px: the same px are captured, in which everything else is.
    for fraction in [0.2, 0.4, 0.1] {
        let area = rect(20. + fraction, 30., 200., 100.);
        let nodes = [in_patches(area, 7., OWN), vec![spot(29. + 3. * fraction, 39., 2)]].concat();
        captured.engine.set_document(PAGE, [behind(BEHIND), vec![target_in(area, nodes)]].concat());
        captured.damage("a fraction");
    }

    // The slot: the layers above it in the strip go, and come, and grow.
    captured.engine.set_document(PAGE, page(vec![]));
    captured.damage("as at first");
    captured.engine.scroll(PAGE, 0, LayoutVector2D::new(0., 500.));
    let composite = captured.engine.quiet_frame();
    assert!(composite.info(captured.sessions[0]).is_none(), "it is out of sight");
    captured.engine.scroll(PAGE, 0, LayoutVector2D::zero());
    whole(captured.damage("back in sight"), device_area(), "back in sight");
}

/// Slots of other targets come and go above and below. A slot that has to move shows all of it.
#[test]
fn the_slots_of_others_do_not_matter() {
    use subcapture_api::{RestrictionTargetId, Subject};
    let id = |index: u8| RestrictionTargetId::from_bits(u128::from(index) + 100);
    let other = |index: u8, height: f32| {
        let area = rect(265., 0., 30., height);
        Node::element([id(index).into()], area, vec![Node::Fill(area, color([index, 0, 9, 255]))])
    };
    let show = |captured: &mut Captured, height: f32, number: u8| {
        let others = (0..4).map(|index| other(index, height)).collect();
        let nodes = [page(vec![spot(60., 100., number)]), others].concat();
        captured.engine.set_document(PAGE, nodes);
    };
    let mut captured = Captured::of(vec![]);
    let mut others = Vec::new();
    for round in 0..24_u8 {
        let height = [20., 70., 150., 220.][usize::from(round) % 4];
        show(&mut captured, height, round);
        match round % 6 {
            0..=3 => others.push(captured.engine.start(1, Subject::Restriction(id(round % 4)))),
            _ => {
                let session = others.remove(usize::from(round) % others.len());
                captured.engine.stop(session);
            }
        }
        captured.engine.tell_interest();
        assert!(captured.damage("a spot and other slots").is_some(), "round {round}");
        captured.damage("other slots");
        show(&mut captured, height, 100 + round);
        assert!(captured.damage("a spot").is_some(), "round {round}");
    }
}
