/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pages and sessions made up by chance: whatever happens, a restricted frame holds nothing of what
//! is not the target's, a crop is what is on screen, nobody lacks anything of what changed, and the
//! screen does not know of captures.
//!
//! `SUBCAPTURE_RANDOM_FRAMES` has the test draw more frames, and `SUBCAPTURE_RANDOM_SEED` those of
//! one seed.

mod pages;

use std::fmt::Display;

use subcapture_api::{Delivery, RestrictionTargetId, SessionId, State, Subject, TargetId};
use subcapture_compositor::ReadMode;
use subcapture_webrender_tests::{
    Composite, Consumers, Engine, PAGE, Picture, Random, WebView, device_rect, page_of, show_page,
};
use webrender_api::PipelineId;
use webrender_api::units::{
    DeviceIntRect, DeviceIntSize, DevicePoint, DeviceRect, DeviceSize, LayoutVector2D,
};

use self::pages::{Documents, Owner, transform};
use crate::{RESTRICTION, crop, on_white, restriction};

/// A document that has the first target, if the page does not have it.
const NESTED: PipelineId = PipelineId(2, 1);
/// A document in the first target.
const INNER: PipelineId = PipelineId(3, 1);

/// The second target, which has nothing to do with the first one.
const OTHER: RestrictionTargetId = RestrictionTargetId::from_bits(3);

/// What is animated in each target.
const ANIMATIONS: [u64; 2] = [11, 12];

/// WebRender draws the edges of what is turned not always in the same way: it depends on clips, and
/// on where on the surface they are, by as little as a number has room for.
fn difference(picture: &Picture, expected: &Picture, turns: bool) -> Option<String> {
    if turns {
        picture.difference_but_for_edges(expected, 2)
    } else {
        picture.difference(expected, 1)
    }
}

/// How a picture differs from a page with nothing but the target. What is half transparent is
/// rounded once more on the page.
fn isolated_difference(picture: &Picture, page: &Picture, turns: bool) -> Option<String> {
    let (mut picture, mut page) = (on_white(picture), page.clone());
    if turns {
        // On the page the neighbors of these are others.
        let DeviceIntSize { width, height, .. } = page.size();
        for edge in [
            device_rect(0, 0, width, 1),
            device_rect(0, height - 1, width, 1),
            device_rect(0, 0, 1, height),
            device_rect(width - 1, 0, 1, height),
        ] {
            picture.fill(edge, [255; 4]);
            page.fill(edge, [255; 4]);
        }
    }
    difference(&picture, &page, turns)
}

/// What came of all frames.
#[derive(Debug, Default)]
struct Tally {
    /// Frames of the surface.
    frames: usize,
    /// Frames of sessions.
    delivered: usize,
    /// Pictures of sessions that were compared, in every frame of the surface: in those without a
    /// frame for the session, what it had before.
    compared: usize,
    /// Frames of the surface that were not the same without captures.
    pages: usize,
    /// Px of restricted frames that do not belong to the target.
    leaked: usize,
    /// Frames that were not right, or had damage that was not told.
    wrong: usize,
    /// Pictures that lacked something of what was on screen.
    late: usize,
    /// All problems, in words.
    problems: Vec<String>,
}

impl Tally {
    fn is_good(&self) -> bool {
        (self.pages, self.leaked, self.wrong, self.late) == (0, 0, 0, 0)
    }

    fn note(&mut self, what: &str, problem: impl Display) {
        self.problems.push(format!("{what}: {problem}"));
    }
}

/// Engines that show the same.
struct Run {
    random: Random,
    /// With sessions.
    captured: Engine,
    /// Without any.
    bare: Engine,
    /// With a session of each target, which is not told what was rasterized.
    untold: Engine,
    untold_sessions: [SessionId; 2],
    /// With one target alone.
    isolated: [Engine; 2],
    sessions: Vec<(SessionId, Subject)>,
    consumers: Consumers,
    view: WebView,
    surface: DeviceIntSize,
    documents: Documents,
}

const TARGETS: [TargetId; 2] = [TargetId::Restriction(RESTRICTION), TargetId::Restriction(OTHER)];

impl Run {
    fn new(seed: u64) -> Self {
        let view = WebView::new(PAGE, DeviceRect::from_size(DeviceSize::new(300., 200.)), 1.);
        let engine = || page_of(300, 200, 1., vec![]);
        let mut untold = Engine::without_tiles_told(300, 200);
        show_page(&mut untold, 300, 200, 1., vec![]);
        let targets = [restriction(), Subject::Restriction(OTHER)];
        let untold_sessions = targets.map(|subject| untold.start(1, subject));
        let mut run = Self {
            random: Random::new(seed),
            captured: engine(),
            bare: engine(),
            untold,
            untold_sessions,
            isolated: [engine(), engine()],
            sessions: Vec::new(),
            consumers: Consumers::default(),
            view,
            surface: DeviceIntSize::new(300, 200),
            documents: Documents::default(),
        };
        for subject in [restriction(), crop(), Subject::Restriction(OTHER)] {
            run.sessions.push((run.captured.start(1, subject), subject));
        }
        run.set_documents();
        run
    }

    fn for_each(&mut self, action: impl Fn(&mut Engine)) {
        let [one, other] = &mut self.isolated;
        let engines = [&mut self.captured, &mut self.bare, &mut self.untold, one, other];
        engines.into_iter().for_each(action);
    }

    fn change_something(&mut self) {
        match self.random.below(20) {
            0 | 1 => self.set_documents(),
            2 | 3 => self.set_view(),
            4 | 5 => self.change_sessions(),
            6 => self.set_surface(),
            7..=10 => {
                self.documents.change_box(&mut self.random);
                self.show_documents();
            }
            11 | 12 => {
                let key = self.random.choose(&ANIMATIONS);
                let transform = transform(&mut self.random);
                self.for_each(|engine| engine.animate(key, transform));
            }
            // Nothing.
            13 => {}
            _ => {
                let random = &mut self.random;
                let pipeline = random.choose(&[PAGE, NESTED, INNER]);
                let id = random.number() % 7;
                let offset =
                    LayoutVector2D::new(random.between(-9., 9.), random.between(-20., 20.));
                self.for_each(|engine| engine.scroll(pipeline, id, offset));
            }
        }
    }

    fn set_documents(&mut self) {
        self.documents = Documents::new(&mut self.random);
        self.show_documents();
    }

    fn show_documents(&mut self) {
        self.documents.show(&mut self.captured);
        self.documents.show(&mut self.bare);
        self.documents.show(&mut self.untold);
        for (engine, target) in self.isolated.iter_mut().zip(TARGETS) {
            self.documents.show_isolated(engine, target);
        }
    }

    fn set_view(&mut self) {
        let random = &mut self.random;
        let is_hidden = random.below(12) == 0;
        let scale = random.choose(&[1., 1.25, 2.]);
        let size = DeviceSize::new(random.between(120., 300.), random.between(120., 200.)).round();
        let origin = DevicePoint::new(random.between(-20., 60.), random.between(-20., 60.)).round();
        let rect = DeviceRect::from_origin_and_size(origin, size);
        self.view = WebView { is_hidden, ..WebView::new(PAGE, rect, scale) };
        let view = self.view;
        self.for_each(|engine| engine.set_view(1, view));
    }

    /// Another size of the surface, after which the strip begins in the same row or in another one.
    fn set_surface(&mut self) {
        let random = &mut self.random;
        let width = random.choose(&[300, 250, 340, 301]);
        let height = random.choose(&[200, 260, 513, 190]);
        self.surface = DeviceIntSize::new(width, height);
        self.for_each(|engine| engine.resize(width, height));
        if self.random.below(2) == 0 {
            // Which is on screen before there is a frame of it.
            let composite = self.captured.composite();
            assert!(self.sessions.iter().all(|(session, _)| composite.info(*session).is_none()));
        }
    }

    fn change_sessions(&mut self) {
        let other = Subject::Restriction(OTHER);
        let subjects = [Subject::Viewport, crop(), restriction(), restriction(), other, other];
        let subject = self.random.choose(&subjects);
        let count = self.sessions.len();
        match self.random.below(6) {
            0 if count > 1 => {
                let (session, _) = self.sessions.swap_remove(self.random.below(count));
                self.captured.stop(session);
                self.consumers.remove(session);
            }
            1 | 2 if count > 0 => {
                let index = self.random.below(count);
                let session = &mut self.sessions[index];
                session.1 = subject;
                assert!(self.captured.change(session.0, subject).is_some());
            }
            3 if count > 0 => {
                let (session, _) = self.sessions[self.random.below(count)];
                let delivery = self.random.choose(&[Delivery::Texture, Delivery::default()]);
                self.captured.deliver(session, delivery);
            }
            4 => {
                let mode = self.random.choose(&[ReadMode::AtOnce, ReadMode::Later]);
                self.captured.compositor.set_read_mode(mode);
            }
            _ if count < 7 => self.sessions.push((self.captured.start(1, subject), subject)),
            _ => {}
        }
    }

    /// Draw a frame of the engine that has sessions. Frames that are the same as before are asked
    /// for, or not, some frames nobody sees, and some nobody takes.
    fn draw(&mut self) -> Composite {
        self.captured.tell_interest();
        match self.random.below(7) {
            0 | 1 => self.captured.frame(),
            2 => {
                self.captured.request_frame();
                self.captured.quiet_frame()
            }
            3 => {
                self.captured.request_frame();
                self.captured.receive_report();
                self.captured.draw();
                self.captured.quiet_frame()
            }
            _ => self.captured.quiet_frame(),
        }
    }

    /// Draw a frame, and check it.
    fn check_frame(&mut self, tally: &mut Tally, what: &str) {
        let composite = self.draw();
        tally.frames += 1;
        if let Some(difference) = composite.page.difference(&self.bare.frame().page, 0) {
            tally.pages += 1;
            tally.note(what, format!("the page: {difference}"));
        }
        let isolated = self.isolated.each_mut().map(|engine| engine.frame().page);
        self.untold.tell_interest();
        let untold = self.untold.frame();
        let untold = self
            .untold_sessions
            .map(|session| untold.info(session).is_some().then(|| untold.picture(session)));
        let truth = Truth { page: &composite.page, isolated: &isolated, untold: &untold };
        match self.consumers.try_take(&composite) {
            Ok(count) => tally.delivered += count,
            Err(problem) => {
                tally.wrong += 1;
                return tally.note(what, problem);
            }
        }
        for &(session, subject) in &self.sessions {
            let counters = self.captured.compositor.counters(session).expect("a session");
            if counters.total != counters.delivered + counters.discarded {
                tally.wrong += 1;
                tally.note(what, format!("{session:?}: {counters:?}"));
            }
            if self.captured.compositor.state(session) != Some(State::Active) {
                if composite.info(session).is_some() {
                    tally.wrong += 1;
                    tally.note(what, format!("{session:?}: a frame, but it is not active"));
                }
                continue;
            }
            tally.compared += 1;
            let is_new = composite.info(session).is_some();
            if let Err(problem) = self.check(session, subject, &truth) {
                let Problem { leaked, words } = problem;
                tally.leaked += leaked;
                if is_new {
                    tally.wrong += 1;
                } else {
                    tally.late += 1;
                }
                tally.note(what, format!("{session:?}, {subject:?}, new: {is_new}: {words}"));
            }
        }
    }

    /// Whether the consumer of an active session has what is on screen.
    fn check(
        &self,
        session: SessionId,
        subject: Subject,
        truth: &Truth<'_>,
    ) -> Result<(), Problem> {
        let had = self.consumers.get(session).ok_or("it is active, and has no frame".to_owned())?;
        // Viewports are at whole px here.
        let viewport = self.view.rect.to_i32();
        let rect = had.rect().translate(viewport.min.to_vector());
        let expected = match subject {
            Subject::Viewport => Some(viewport),
            Subject::Crop(_) | Subject::Restriction(_) => {
                let placement = self.captured.compositor.placement(session);
                placement.and_then(|placement| placement.visible.intersection(&viewport))
            }
        };
        let surface = DeviceIntRect::from_size(self.surface);
        let expected = expected.and_then(|rect| rect.intersection(&surface));
        if expected != Some(rect) {
            return Err(format!("it shows {rect:?}, and is at {expected:?}").into());
        }
        let owner = match subject {
            Subject::Viewport | Subject::Crop(_) => Owner::Page,
            Subject::Restriction(OTHER) => Owner::Second,
            Subject::Restriction(_) => Owner::First,
        };
        let leaked = had.picture.pixels().filter(|pixel| owner.is_foreign(*pixel)).count();
        if leaked > 0 {
            let words = format!("{leaked} px leaked, see {}", had.picture.save("leak"));
            return Err(Problem { leaked, words });
        }
        if owner == Owner::Page {
            let difference = had.picture.difference(&truth.page.crop(rect), 0);
            return difference.map_or(Ok(()), |difference| Err(difference.into()));
        }
        let index = usize::from(owner == Owner::Second);
        let untold = truth.untold[index].as_ref();
        let untold = untold.ok_or("an engine that is not told has no frame".to_owned())?;
        let turns = self.documents.turns();
        if let Some(difference) = difference(&had.picture, untold, turns) {
            return Err(format!("an engine that is not told: {difference}").into());
        }
        if self.documents.moves_nested(TARGETS[index]) {
            return Ok(());
        }
        let isolated = truth.isolated[index].crop(rect);
        let difference = isolated_difference(&had.picture, &isolated, turns);
        difference.map_or(Ok(()), |difference| Err(difference.into()))
    }
}

/// What pictures are compared with.
struct Truth<'a> {
    page: &'a Picture,
    /// Each target alone.
    isolated: &'a [Picture; 2],
    /// Each target, as an engine captures it that is not told what was rasterized.
    untold: &'a [Option<Picture>; 2],
}

struct Problem {
    leaked: usize,
    words: String,
}

impl From<String> for Problem {
    fn from(words: String) -> Self {
        Self { leaked: 0, words }
    }
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| unreachable!("{name} is no number: {value}")))
}

const FRAMES_VARIABLE: &str = "SUBCAPTURE_RANDOM_FRAMES";

/// Frames of one seed.
const FRAMES: usize = 30;

#[expect(clippy::print_stderr, reason = "a long run says how long it was")]
#[test]
fn whatever_happens() {
    let frames = variable(FRAMES_VARIABLE).unwrap_or(360_usize);
    let seeds = match variable("SUBCAPTURE_RANDOM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..u64::try_from(frames.div_ceil(FRAMES)).expect("a number"),
    };
    let mut tally = Tally::default();
    for seed in seeds {
        let mut run = Run::new(seed);
        for frame in 0..FRAMES {
            run.change_something();
            let before = (tally.pages, tally.leaked, tally.wrong, tally.late);
            run.check_frame(&mut tally, &format!("frame {frame} of seed {seed}"));
            if before != (tally.pages, tally.leaked, tally.wrong, tally.late) {
                // What comes after it is wrong as well.
                break;
            }
        }
    }
    assert!(tally.is_good(), "{tally:#?}");
    let Tally { frames, delivered, compared, .. } = tally;
    assert!(delivered * 2 > frames && compared > delivered, "{tally:#?}");
    if std::env::var_os(FRAMES_VARIABLE).is_some() {
        eprintln!("{tally:?}");
    }
}
