/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Whatever happens on a page: a crop is what is on screen, a restricted frame is the element's own
//! rendering and nothing else, neither is ever late, and the page looks as it does without captures.
//!
//! `SUBCAPTURE_RANDOM_FRAMES` is the number of moments to look at, and `SUBCAPTURE_RANDOM_SEED` the
//! seed that a failure names, to look at that page only. More than some hundred moments need another
//! time limit, too, in `SUBCAPTURE_TEST_SECONDS`.

mod inside;
mod lens;
mod scene;

use std::collections::HashMap;
use std::env;
use std::time::Instant;

use servo::capture::{CaptureSource, ElementLocator};
use subcapture_api::{Ineligible, State, Withheld};

use self::lens::{LARGEST, Lens};
use self::scene::{Place, Scene};
use crate::harness::alone::{self, Edges};
use crate::harness::chance::Chance;
use crate::harness::mirror::Mirror;
use crate::harness::{Frame, LIMIT, Page, Picture, Recording, Rect, Rgba, Setup, distance, tests};

tests![whatever_happens];

/// How many moments there are of a page before the next one.
const MOMENTS: usize = 20;

/// How many px of a frame may be on another side of an edge that goes through their center.
const MOST_ON_EDGES: usize = 2;

/// Where there is nothing but the target, WebRender applies a clip to all of it at once, and
/// otherwise to each part: px at its edge then let less through, by up to this many of 255 for each
/// that lies upon another.
const AT_EDGES: u8 = 100;

/// How far px of the page, of 255, may be off at the edges of clips and of what is turned.
const PAGE_AT_EDGES: u8 = 64;

/// The same if something is transformed. WebRender forgets a clip that nothing within the document's
/// view crosses. With layers below the viewport the view is higher, so that a clip may be crossed by
/// what nobody sees, and then the edges of what is turned are drawn in another way: with all of their
/// px or none where there would be a share of them.
const PAGE_AT_TURNED_EDGES: u8 = u8::MAX;

const FRAMES: &str = "SUBCAPTURE_RANDOM_FRAMES";
const SEED: &str = "SUBCAPTURE_RANDOM_SEED";

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

fn whatever_happens() {
    let mut world = World::open();
    let mut totals = Totals::default();
    if let Some(seed) = number(SEED) {
        world.run(seed, MOMENTS, &mut totals);
    } else {
        let frames = usize::try_from(number(FRAMES).unwrap_or(60)).expect("a small number");
        for seed in 0.. {
            let left = frames.saturating_sub(totals.moments);
            if left == 0 {
                break;
            }
            world.run(seed, left.min(MOMENTS), &mut totals);
        }
        // A test of nothing would succeed, too.
        assert!(totals.crops * 4 > frames, "{totals:?}");
        assert!(totals.restrictions * 4 > frames, "{totals:?}");
        assert!(totals.compared * 8 > frames, "{totals:?}");
        assert!(totals.withheld > 0, "{totals:?}");
        let Totals { documents, canvases, pinched, zoomed, .. } = totals;
        let has_all = [documents, canvases, pinched, zoomed].iter().all(|of| *of > 0);
        assert!(has_all || frames < 60, "{totals:?}");
    }
    println!("{totals:?}");
}

/// What was looked at.
#[derive(Debug, Default)]
struct Totals {
    moments: usize,
    /// Frames of moments at which everything had come to rest.
    crops: usize,
    restrictions: usize,
    /// Restricted frames of which each px was compared.
    compared: usize,
    /// Of those, the ones with documents, and with canvases, inside of the target.
    documents: usize,
    canvases: usize,
    /// And the ones in pages that were zoomed in either way.
    pinched: usize,
    zoomed: usize,
    /// Px of those that were on another side of an edge.
    on_edges: usize,
    /// Px of pages that are off by more than 1/255, at edges.
    page_at_edges: usize,
    /// Captures that had to be without a frame.
    withheld: usize,
    /// Frames that were delivered before everything had come to rest.
    in_flight: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Viewport,
    Crop,
    Restriction,
}

/// Three pages that are told the same: one that is captured, one that is not, and one that has
/// nothing but the target.
struct World {
    page: Page,
    bare: Mirror,
    alone: Mirror,
    /// The first one is of the viewport, and stays.
    sessions: Vec<(Kind, Recording)>,
    scene: Scene,
    lens: Lens,
    /// What the restrictions showed at the moment before, unless that was nothing.
    before: Option<Frame>,
    /// Whether what happened last shows in one frame: it was in one document, all at once.
    is_one_change: bool,
}

impl World {
    fn open() -> Self {
        let url = scene::site().serve();
        let page = Page::at(Setup { viewport: LARGEST, ..Setup::default() }, url.clone());
        let bare = Mirror::open(&page, url.clone(), LARGEST);
        let mut alone_url = url;
        alone_url.set_query(Some("alone"));
        let alone = Mirror::open(&page, alone_url, LARGEST);
        page.wait_for("the other pages", || {
            [&bare, &alone].into_iter().for_each(Mirror::paint);
            bare.is_loaded() && alone.is_loaded()
        });
        page.wait_for_script("frames_are_there()");
        Self {
            page,
            bare,
            alone,
            sessions: Vec::new(),
            scene: Scene::START,
            lens: Lens::OPENED,
            before: None,
            is_one_change: false,
        }
    }

    /// Look at so many moments of the page of this seed.
    fn run(&mut self, seed: u64, moments: usize, totals: &mut Totals) {
        let mut chance = Chance::new(seed);
        self.sessions.clear();
        self.before = None;
        self.show(Lens::START);
        let script = self.scene.make(&mut chance, Some(Place::Top));
        self.apply(&script);
        if env::var_os(SEED).is_some() {
            println!("{script}");
        }
        for kind in [Kind::Viewport, Kind::Crop, Kind::Restriction] {
            self.start(kind);
        }
        self.is_one_change = false;
        self.check(&format!("the start of seed {seed}"), totals);
        for moment in 0..moments {
            let what = format!("moment {moment} of seed {seed}");
            self.sessions.iter().for_each(|(_, recording)| recording.forget());
            let script = self.change_something(&mut chance);
            if env::var_os(SEED).is_some() {
                println!("{what}: {script}");
            }
            self.check(&what, totals);
            totals.moments += 1;
        }
    }

    fn change_something(&mut self, chance: &mut Chance) -> String {
        self.is_one_change = false;
        let changes_sessions = chance.one_in(6);
        if changes_sessions {
            self.change_sessions(chance);
        }
        match chance.below(10) {
            0 | 1 => {
                let script = self.scene.make(chance, None);
                self.apply(&script);
                script
            }
            2 => {
                let lens = Lens::other(chance);
                self.show(lens);
                // What was scrolled before is now and then a px elsewhere in one of two webviews
                // that were told the same, with no captures at all.
                let script = self.scene.make(chance, None);
                self.apply(&script);
                format!("{lens:?}; {script}")
            }
            3 => {
                // Nothing is laid out for it, so that it is one change wherever the target is.
                self.is_one_change = !changes_sessions;
                let lens = self.lens.pinched(chance);
                self.show(lens);
                format!("{lens:?}")
            }
            _ => {
                let script = self.scene.change(chance);
                let is_one_document =
                    self.scene.place == Place::Top && !self.scene.inside.documents;
                self.is_one_change = is_one_document && !changes_sessions;
                self.apply(&script);
                script
            }
        }
    }

    /// Run a script in all of the pages.
    #[track_caller]
    fn apply(&self, script: &str) {
        let script = format!("{{ {script} }} 0");
        let answers = [self.bare.run(&script), self.alone.run(&script)];
        self.page.js(&script);
        self.wait_for("a script", || answers.iter().all(|answer| answer.is_there()));
        if self.scene.inside.documents {
            self.wait_for_scripts("is_there()");
        }
    }

    #[track_caller]
    fn wait_for(&self, what: &str, mut condition: impl FnMut() -> bool) {
        self.page.wait_for(what, || {
            self.bare.paint();
            self.alone.paint();
            condition()
        });
    }

    fn start(&mut self, kind: Kind) {
        let element = ElementLocator::Selector("#t".into());
        let recording = self.page.capture(match kind {
            Kind::Viewport => CaptureSource::Viewport,
            Kind::Crop => CaptureSource::Crop(element),
            Kind::Restriction => CaptureSource::Restriction(element),
        });
        self.wait_for("a session", || recording.has_started());
        self.sessions.push((kind, recording));
    }

    fn change_sessions(&mut self, chance: &mut Chance) {
        // One that starts looks for the element in the outermost document only.
        let can_start = self.scene.is_connected && self.scene.place == Place::Top;
        if self.sessions.len() > 3 && chance.one_in(2) {
            let index = 1 + chance.below(self.sessions.len() - 1);
            drop(self.sessions.remove(index));
        } else if can_start && self.sessions.len() < 6 {
            self.start(chance.choose(&[Kind::Crop, Kind::Restriction, Kind::Restriction]));
        }
    }

    /// Why a session has to be without frames.
    fn expected(&self, kind: Kind) -> Option<Withheld> {
        match (kind, &self.scene) {
            (Kind::Viewport, _) => None,
            (_, Scene { is_connected: false, .. }) => Some(Withheld::UnknownTarget),
            (_, Scene { is_rendered: false, .. }) => Some(Withheld::NotRendered),
            (Kind::Restriction, Scene { is_eligible: false, .. }) => {
                Some(Withheld::Ineligible(Ineligible::NotStackingContext))
            }
            _ => None,
        }
    }

    fn check(&mut self, what: &str, totals: &mut Totals) {
        let (bare, alone) = (self.bare.picture(), self.alone.picture());
        self.page.settle();
        self.wait_for("the other pages", || bare.is_there() && alone.is_there());
        let (bare, alone) = (bare.take(), alone.take());

        let in_flight: Vec<_> = self.frames();
        totals.in_flight += in_flight.len();
        assert_in_flight(&in_flight, what);

        let frames = self.shoot(what);
        let screen = self.page.screen();
        assert_eq!((screen.width, screen.height), (bare.width, bare.height), "{what}");
        let at_edges = if self.scene.has_transforms { PAGE_AT_TURNED_EDGES } else { PAGE_AT_EDGES };
        totals.page_at_edges += assert_page(&screen, &bare, at_edges, what);
        let port = self.port();
        let mut restricted = None;
        for (kind, frame) in &frames {
            match kind {
                Kind::Viewport => frame.picture.assert_same(&screen, what),
                Kind::Crop => {
                    totals.crops += 1;
                    frame.picture.assert_same(&screen.cut(frame.rect()), what);
                }
                Kind::Restriction => {
                    totals.restrictions += 1;
                    alone::assert_nothing_foreign(frame, what);
                    let place = frame.rect().intersection(port);
                    if self.scene.has_reference() && place.width > 0 && place.height > 0 {
                        totals.compared += 1;
                        totals.documents += usize::from(self.scene.inside.documents);
                        totals.canvases += usize::from(self.scene.inside.canvases);
                        totals.pinched += usize::from(self.lens.is_pinched());
                        totals.zoomed += usize::from(self.lens.is_zoomed());
                        // A px whose center lies on a turned edge may fall to either side.
                        let wrong = self.wrong_px(&alone, frame, port);
                        totals.on_edges += wrong.min(MOST_ON_EDGES);
                        if wrong > MOST_ON_EDGES {
                            let saved = [
                                frame.picture.save("frame"),
                                alone.save("alone"),
                                screen.save("page"),
                            ];
                            panic!("{what}: {wrong} px of {:?}; see {saved:?}", frame.rect());
                        }
                    }
                    restricted = Some(frame.clone());
                }
            }
        }
        assert_in_flight(&frames, what);
        if self.is_one_change {
            let moments = [&self.before, &restricted];
            assert_of_moments(&in_flight, moments.into_iter().flatten(), what);
        }
        for (kind, recording) in &self.sessions {
            if let Some(reason) = self.expected(*kind) {
                totals.withheld += 1;
                assert_eq!(recording.state(), State::Paused(reason), "{what}: {kind:?}");
                assert_eq!(recording.frame_count(), 0, "{what}: {kind:?} is late");
            }
        }
        self.before = restricted;
    }

    /// How many px of a restricted frame are not on the screen where there is nothing but the target.
    fn wrong_px(&self, alone: &Picture, frame: &Frame, port: Rect) -> usize {
        if self.scene.is_turned() {
            // An edge that lies on the center of a px, which is one in sixty that Servo has, or is
            // turned may fall to either side. What is between the edges does not.
            let port = port.intersection(frame.rect().inset(1));
            return alone::differences(alone, frame, port, u8::MAX, Edges::OfColor).len();
        }
        alone::differences(alone, frame, port, AT_EDGES, Edges::OfAlpha).len()
    }

    /// The part of the viewport within all scroll containers.
    fn port(&self) -> Rect {
        if !self.scene.is_connected {
            return Rect::new(0, 0, 0, 0);
        }
        let port = self.page.device_rect(self.page.edges_of(self.scene.port()));
        // Each document and scroll container around is moved to whole px.
        let screen = self.page.screen().rect();
        if port == screen { port } else { self.lens.place(port.inset(3)).intersection(screen) }
    }

    fn frames(&self) -> Vec<(Kind, Frame)> {
        let frames = |(kind, recording): &(Kind, Recording)| {
            recording.frames().into_iter().map(|frame| (*kind, frame)).collect::<Vec<_>>()
        };
        self.sessions.iter().flat_map(frames).collect()
    }

    /// The frames of one composite of all sessions that have any.
    fn shoot(&self, what: &str) -> Vec<(Kind, Frame)> {
        self.sessions.iter().for_each(|(_, recording)| recording.forget());
        let deadline = Instant::now() + LIMIT;
        loop {
            self.sessions.iter().for_each(|(_, recording)| recording.capture.request_frame());
            self.page.tab.paint();
            self.page.pass(5);
            let newest = self.sessions[0].1.newest_composite();
            let is_done = |(kind, recording): &(Kind, Recording)| match recording.state() {
                State::Active => recording.newest_composite() == newest,
                State::Paused(Withheld::NotVisible) => self.expected(*kind).is_none(),
                State::Paused(reason) => self.expected(*kind) == Some(reason),
                _ => false,
            };
            if newest.is_some() && self.sessions.iter().all(is_done) {
                let frame = |(kind, recording): &(Kind, Recording)| {
                    let frame = recording.newest()?;
                    (recording.newest_composite() == newest).then_some((*kind, frame))
                };
                return self.sessions.iter().filter_map(frame).collect();
            }
            let states: Vec<_> =
                self.sessions.iter().map(|(kind, recording)| (kind, recording.state())).collect();
            assert!(Instant::now() < deadline, "{what}: no frames; {states:?}");
        }
    }
}

/// Whatever of one composite was delivered fits together: crops are parts of the viewport, all that
/// is of the element is at one place, and nothing foreign is in what is restricted to it.
#[track_caller]
fn assert_in_flight(frames: &[(Kind, Frame)], what: &str) {
    let mut viewports = HashMap::new();
    let mut places = HashMap::new();
    for (kind, frame) in frames {
        if *kind == Kind::Viewport {
            viewports.insert(frame.info.composite, &frame.picture);
        }
    }
    for (kind, frame) in frames.iter().filter(|(kind, _)| *kind != Kind::Viewport) {
        let composite = frame.info.composite;
        let place = *places.entry(composite).or_insert(frame.rect());
        assert_eq!(frame.rect(), place, "{what}: the place of {kind:?}");
        if *kind == Kind::Restriction {
            alone::assert_nothing_foreign(frame, what);
        } else if let Some(viewport) = viewports.get(&composite) {
            frame.picture.assert_same(&viewport.cut(frame.rect()), what);
        }
    }
}

/// Each restricted frame is that of a moment: none is of something between.
#[track_caller]
fn assert_of_moments<'a>(
    frames: &[(Kind, Frame)],
    moments: impl Iterator<Item = &'a Frame> + Clone,
    what: &str,
) {
    let restrictions = frames.iter().filter(|(kind, _)| *kind == Kind::Restriction);
    for (_, frame) in restrictions {
        let is_of =
            |moment: &Frame| moment.rect() == frame.rect() && moment.picture == frame.picture;
        assert!(
            moments.clone().any(is_of),
            "{what}: {:?} is of no moment; see {:?}",
            frame.info,
            [&frame.picture]
                .into_iter()
                .chain(moments.clone().map(|moment| &moment.picture))
                .enumerate()
                .map(|(index, picture)| picture.save(&format!("moment-{index}")))
                .collect::<Vec<_>>()
        );
    }
}

/// The page looks as it does without captures, but for the edges of clips and of what is turned:
/// how WebRender draws those depends on what else it has drawn. Gives the number of px there.
#[track_caller]
fn assert_page(screen: &Picture, bare: &Picture, at_edges: u8, what: &str) -> usize {
    let distance = |(x, y, pixel): &(i32, i32, Rgba)| distance(*pixel, bare.at(*x, *y));
    let off: Vec<_> = screen.pixels().filter(|pixel| distance(pixel) > 1).collect();
    let is_edge = |x: i32, y: i32| {
        let colors = || screen.neighbors(x, y).chain(bare.neighbors(x, y));
        colors().any(|color| color != screen.at(x, y))
    };
    let is_wrong =
        |pixel: &&(i32, i32, Rgba)| distance(pixel) > at_edges || !is_edge(pixel.0, pixel.1);
    if let Some((x, y, pixel)) = off.iter().find(is_wrong) {
        let saved = [screen.save("captured"), bare.save("bare")];
        panic!(
            "{what}: the page is changed: {} px; ({x}, {y}): {pixel:?}, not {:?}; see {saved:?}",
            off.len(),
            bare.at(*x, *y)
        );
    }
    off.len()
}
