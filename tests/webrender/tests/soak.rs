/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Nothing is left of sessions, however many there were.
//!
//! In a process of its own, because it looks at how much memory the process has.
//! `SUBCAPTURE_SOAK_ROUNDS` has the test go on for longer.

use subcapture_api::{
    CropTargetId, Delivery, FrameLimits, PixelFormat, RestrictionTargetId, SessionId, Subject,
};
use subcapture_compositor::ReadMode;
use subcapture_webrender_tests::{
    Composite, Engine, Live, Node, PAGE, Random, WebView, color, page_of, rect,
};
use webrender_api::PipelineId;
use webrender_api::units::{DeviceIntSize, DeviceRect, LayoutRect};

const SESSIONS: u8 = 16;

/// The sessions that end together.
const GROUP: usize = 4;

/// The engine's own pipeline.
const ROOT: PipelineId = PipelineId(0, 1);

/// How much more memory the process may have after as many rounds again, in KiB: so much for each
/// round of 16 sessions, and what the allocator keeps or gives back as it likes. In short runs that
/// is up to 10 MiB more or less, and after a thousand rounds, another thousand and another, it was
/// 3,400 and 4,200 KiB more, with less in all than after many short runs. What there is in GL is
/// counted.
const KIB_FOR_EACH_ROUND: u64 = 4;
const KIB: u64 = 24 * 1024;

/// How many textures more than at first there may be, after however many sessions.
const TEXTURES: usize = 4;

/// What there is when nothing is captured.
#[derive(Clone, Debug, PartialEq)]
struct Left {
    live: Live,
    pipelines: Vec<PipelineId>,
    /// One for the webview, and none for the strip.
    documents: usize,
    is_idle: bool,
    wants_composite: bool,
    layers: usize,
    wants_nested: bool,
}

struct Soak {
    engine: Engine,
    random: Random,
    round: u32,
    /// How many frames of sessions there were.
    delivered: u64,
}

impl Soak {
    fn new() -> Self {
        let engine = page_of(320, 240, 1., vec![]);
        Self { engine, random: Random::new(1), round: 0, delivered: 0 }
    }

    fn subject(&self, index: u8) -> Subject {
        // No id is ever used again.
        let bits = u128::from(self.round) * 256 + u128::from(index);
        match index % 8 {
            0 => Subject::Crop(CropTargetId::from_bits(bits)),
            1 => Subject::Viewport,
            _ => Subject::Restriction(RestrictionTargetId::from_bits(bits)),
        }
    }

    fn area(&mut self) -> LayoutRect {
        let random = &mut self.random;
        let (x, y) = (random.between(0., 200.), random.between(0., 150.));
        rect(x, y, random.between(5., 120.), random.between(5., 90.))
    }

    /// Targets for the subjects of some indices, all of other sizes than ever.
    fn targets(&mut self, indices: impl Iterator<Item = u8>) -> Vec<Node> {
        let mut nodes = Vec::new();
        for index in indices {
            let area = self.area();
            let Some(target) = self.subject(index).target() else { continue };
            let level = u8::try_from(self.random.below(256)).expect("a byte");
            let fill = vec![Node::Fill(area, color([level, index, 200, 255]))];
            nodes.push(Node::element([target], area, fill));
        }
        nodes
    }

    /// The document that is nested in this round.
    fn nested(&self) -> PipelineId {
        PipelineId(2, self.round + 1)
    }

    fn show(&mut self) {
        let mut page = self.targets(0..SESSIONS - 4);
        let nested = self.targets(SESSIONS - 4..SESSIONS);
        page.push(Node::Nested(rect(10., 10., 250., 200.), self.nested()));
        self.engine.set_document(self.nested(), nested);
        self.engine.set_parent(self.nested(), Some(PAGE));
        self.engine.set_document(PAGE, page);
    }

    fn count(&mut self, composite: &Composite, sessions: &[SessionId]) {
        let frames = sessions.iter().filter(|session| composite.info(**session).is_some());
        self.delivered += frames.count() as u64;
    }

    /// Start all sessions, and stop them in groups, with frames in between.
    fn run_round(&mut self) {
        self.round += 1;
        if self.round.is_multiple_of(8) {
            let (width, height) = self.random.choose(&[(320, 240), (300, 530), (250, 200)]);
            self.engine.resize(width, height);
            let rect = DeviceRect::from_size(DeviceIntSize::new(width, height).to_f32());
            self.engine.set_view(1, WebView::new(PAGE, rect, 1.));
        }
        let mode = self.random.choose(&[ReadMode::AtOnce, ReadMode::Later]);
        self.engine.compositor.set_read_mode(mode);
        self.show();
        let mut sessions: Vec<_> = (0..SESSIONS)
            .map(|index| {
                let session = self.engine.start(1, self.subject(index));
                let delivery = match index % 3 {
                    0 => Delivery::Texture,
                    1 => Delivery::default(),
                    _ => Delivery::Memory(PixelFormat::Bgra8Straight),
                };
                self.engine.deliver(session, delivery);
                if index % 5 == 0 {
                    let max_size = Some(DeviceIntSize::new(30, 20));
                    let limits = FrameLimits { max_frame_rate: None, max_size };
                    self.engine.compositor.limit(session, limits);
                }
                session
            })
            .collect();
        let composite = self.engine.settled_frame();
        self.count(&composite, &sessions);
        while !sessions.is_empty() {
            self.show();
            let composite = self.engine.quiet_frame();
            self.count(&composite, &sessions);
            let subject = self.subject(3);
            self.engine.change(sessions[0], subject);
            // Frames that nobody takes are on their way.
            self.engine.request_frame();
            self.engine.receive_report();
            self.engine.draw();
            for _ in 0..GROUP {
                let session = sessions.swap_remove(self.random.below(sessions.len()));
                self.engine.stop(session);
            }
            self.engine.tell_interest();
        }
        self.engine.remove_document(self.nested());
    }

    /// Draw frames until WebRender has given back what it keeps for a while, and look at what is
    /// left.
    fn left(&mut self) -> Left {
        self.engine.resize(320, 240);
        let rect = DeviceRect::from_size(DeviceIntSize::new(320, 240).to_f32());
        self.engine.set_view(1, WebView::new(PAGE, rect, 1.));
        for number in 0..100 {
            let area = self::rect(0., 0., 320., 240.);
            self.engine.set_document(PAGE, vec![Node::Fill(area, color([number, 9, 9, 255]))]);
            assert!(self.engine.settled_frame().events.is_empty(), "of sessions that are over");
        }
        Left {
            live: self.engine.live_gl_objects(),
            pipelines: self.engine.pipelines().to_vec(),
            documents: self.engine.shown_documents(),
            is_idle: self.engine.compositor.is_idle(),
            wants_composite: self.engine.compositor.wants_composite(),
            layers: self.engine.layers(PAGE).len(),
            wants_nested: self.engine.wants_nested(PAGE),
        }
    }
}

/// The memory that the process has, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has this file");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[expect(clippy::print_stderr, reason = "a long run says what it measured")]
#[test]
fn nothing_is_left_of_sessions() {
    const VARIABLE: &str = "SUBCAPTURE_SOAK_ROUNDS";
    let rounds = std::env::var(VARIABLE).ok().map(|rounds| rounds.parse().expect("a number"));
    let is_long = rounds.is_some();
    let rounds: u32 = rounds.unwrap_or(50);

    let mut soak = Soak::new();
    let before = soak.left();
    assert_eq!(before.pipelines, [ROOT, PAGE]);
    let mut measured = vec![(before, resident())];
    for _ in 0..3 {
        for _ in 0..rounds {
            soak.run_round();
        }
        measured.push((soak.left(), resident()));
    }
    if is_long {
        let frames = soak.delivered;
        eprintln!("three times {rounds} rounds, {frames} frames of sessions: {measured:#?}");
    }
    let [(before, _), (once, _), (twice, twice_kib), (thrice, thrice_kib)] = &measured[..] else {
        unreachable!("it was measured four times");
    };
    let expected = u64::from(rounds) * 3 * u64::from(SESSIONS);
    assert!(soak.delivered > expected, "{} frames", soak.delivered);
    for left in [once, twice, thrice] {
        let live = left.live;
        assert_eq!(left, &Left { live, ..before.clone() });
        // WebRender keeps a few textures more or less.
        let more = |count: fn(Live) -> usize| count(live).saturating_sub(count(before.live));
        assert!(more(|live| live.textures) <= TEXTURES, "{live:?} after {:?}", before.live);
        assert!(more(|live| live.framebuffers) <= TEXTURES, "{live:?} after {:?}", before.live);
        assert_eq!(live.renderbuffers, before.live.renderbuffers);
    }
    let growth = thrice_kib.saturating_sub(*twice_kib);
    let limit = KIB + KIB_FOR_EACH_ROUND * u64::from(rounds);
    assert!(growth < limit, "{growth} KiB in {rounds} rounds, {measured:#?}");
}
