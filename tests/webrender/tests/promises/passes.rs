/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Layers that are composited together get each its own px, whichever of them change at once.

use subcapture_api::{RestrictionTargetId, SessionId};
use subcapture_webrender_tests::{
    Composite, Consumers, Engine, Node, PAGE, color, in_patches, page_of, rect,
};
use webrender_api::units::{DeviceIntRect, LayoutRect};

use crate::BEHIND;
use crate::damage::spot;

/// Small enough for several of their slots to be in one row of tiles.
const COUNT: u8 = 7;

fn id(index: u8) -> RestrictionTargetId {
    RestrictionTargetId::from_bits(100 + u128::from(index))
}

/// Targets of different sizes, in another order on the page than in the strip.
fn area(index: u8) -> LayoutRect {
    let place = f32::from(index * 3 % COUNT);
    rect(8. + 48. * place, 10. + 25. * place, 30. + place * 2., 20. + f32::from(index) * 7.)
}

fn target(index: u8, number: u8) -> Node {
    let area = area(index);
    let fill = Node::Fill(area, color([index * 30, 0, 90 + index, 255]));
    let spot = spot(area.min.x + 3. + f32::from(number % 3) * 4., area.min.y + 5., number);
    Node::element([id(index).into()], area, vec![fill, spot])
}

/// The page, with what these numbers make of each target.
fn page(numbers: [u8; COUNT as usize]) -> Vec<Node> {
    let behind = in_patches(rect(0., 0., 360., 300.), 30., BEHIND);
    let targets = (0..COUNT).zip(numbers).map(|(index, number)| target(index, number));
    behind.into_iter().chain(targets).collect()
}

struct Captured {
    engine: Engine,
    consumers: Consumers,
    sessions: Vec<SessionId>,
}

impl Captured {
    /// See that all consumers have what is on the page. Gives which of them got a frame.
    #[track_caller]
    fn check(&mut self, composite: &Composite, what: &str) -> Vec<bool> {
        self.consumers.take(composite, what);
        for (index, &session) in (0..COUNT).zip(&self.sessions) {
            let had = self.consumers.get(session).expect("a frame");
            let rect: DeviceIntRect = area(index).to_i32().cast_unit();
            assert_eq!(had.rect(), rect, "{what}, {index}");
            had.picture.assert_is_near(&composite.page.crop(rect), 0, what);
        }
        self.sessions.iter().map(|session| composite.info(*session).is_some()).collect()
    }
}

#[test]
fn small_targets_change_at_once_or_not() {
    let mut engine = page_of(360, 300, 1., page([0; COUNT as usize]));
    let sessions = (0..COUNT).map(|index| engine.start(1, id(index).into())).collect();
    let composite = engine.settled_frame();
    let mut captured = Captured { engine, consumers: Consumers::default(), sessions };
    captured.check(&composite, "the first frame");

    // All of them, for long enough that WebRender divides its tiles, and then all choices of some.
    let all = (1 << COUNT) - 1;
    let choices = std::iter::repeat_n(all, 200).chain((0..=all).rev());
    let mut numbers = [0_u8; COUNT as usize];
    for (turn, choice) in choices.enumerate() {
        let is_chosen: Vec<_> = (0..COUNT).map(|index| choice & (1 << index) != 0).collect();
        for (number, is_chosen) in numbers.iter_mut().zip(&is_chosen) {
            *number = number.wrapping_add(u8::from(*is_chosen));
        }
        captured.engine.set_document(PAGE, page(numbers));
        let composite = captured.engine.quiet_frame();
        let got = captured.check(&composite, &format!("turn {turn}: {choice:#b}"));
        assert_eq!(got, is_chosen, "turn {turn}");
    }
}
