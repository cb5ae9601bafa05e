/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A picture of what captures look at, for people.
//!
//! The picture has the coordinates of the scene: device px, the surface at the top, the strip with
//! its slots right below, and a list of all sessions to the right. Targets are numbered in the
//! order of the sessions; their ids are secrets and do not appear.

use std::fmt::{self, Display, Write};

use subcapture_api::{SessionId, Subject, TargetId};
use webrender_api::units::{DeviceIntRect, DevicePoint, DeviceRect, DeviceVector2D};

use crate::geometry::rect_of;
use crate::lookup::Placement;
use crate::policy::{Cut, Decision, Source};
use crate::scene::View;
use crate::snapshot::{LookedUp, Snapshot};
use crate::spatial::Space;

/// A session and what is decided for it.
#[derive(Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) session: SessionId,
    pub(crate) subject: Subject,
    pub(crate) decision: Decision,
}

impl Judged {
    /// Green is the page, blue is a layer, red is nothing.
    fn color(&self) -> &'static str {
        match self.decision {
            Decision::Frame(Cut { source: Source::Page, .. }) => "#188038",
            Decision::Frame(Cut { source: Source::Layer(_), .. }) => "#1a5fd0",
            Decision::Withhold(_) => "#c5221f",
        }
    }
}

/// Draw what was looked up for a frame, and what was decided for these sessions.
pub(crate) fn svg(snapshot: &Snapshot, mut judged: Vec<Judged>) -> String {
    judged.sort_by_key(|judged| judged.session);
    let mut picture = String::new();
    // A `String` takes whatever is written.
    let _ = Picture { snapshot, judged: &judged, labels: Vec::new(), out: &mut picture }.draw();
    picture
}

/// The width of the list, in line heights.
const LIST_WIDTH: f32 = 40.;

struct Picture<'a> {
    snapshot: &'a Snapshot,
    judged: &'a [Judged],
    /// Where there are numbers of sessions already.
    labels: Vec<DevicePoint>,
    out: &'a mut String,
}

impl Picture<'_> {
    fn draw(&mut self) -> fmt::Result {
        let surface = rect_of(self.snapshot.surface);
        let strip = self.strip();
        let scene = surface.union(&strip).to_f32();
        // Text is as readable next to a small surface as next to a large one.
        let line = (scene.height() / 32.).clamp(8., 32.);
        let lines = f32::from(u16::try_from(self.judged.len()).unwrap_or(u16::MAX)) * 2. + 3.;
        let (width, height) =
            (scene.width() + (LIST_WIDTH + 1.) * line, scene.height().max(lines * line));
        writeln!(
            self.out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="-2 -2 {} {}" font-family="sans-serif" font-size="{}" fill="none" stroke-width="2">"#,
            width + 4.,
            height + 4.,
            line * 0.7,
        )?;
        let all = DeviceRect::from_size((width, height).into()).inflate(2., 2.);
        self.rect("background", all, r#"fill="white""#)?;
        self.rect("surface", surface.to_f32(), r##"fill="#f1f3f4" stroke="#5f6368""##)?;
        self.strip_rect(strip)?;
        for view in self.views() {
            self.rect("viewport", view.rect, r##"fill="white" stroke="#80868b""##)?;
        }
        for judged in self.judged {
            self.session(judged, line)?;
        }
        self.list(scene.width() + line, line)?;
        writeln!(self.out, "</svg>")
    }

    fn strip_rect(&mut self, strip: DeviceIntRect) -> fmt::Result {
        if strip.is_empty() {
            return Ok(());
        }
        self.rect(
            "strip",
            strip.to_f32(),
            r##"fill="#e8eaed" stroke="#5f6368" stroke-dasharray="2 4""##,
        )
    }

    /// The part of the scene below the surface that holds slots.
    fn strip(&self) -> DeviceIntRect {
        let surface = self.snapshot.surface;
        let slots = self.judged.iter().filter_map(|judged| self.slot(judged));
        let bottom = slots.map(|slot| slot.max.y).max().unwrap_or(surface.height);
        DeviceIntRect::new((0, surface.height).into(), (surface.width, bottom).into())
    }

    fn slot(&self, judged: &Judged) -> Option<DeviceIntRect> {
        let looked_up = self.snapshot.sessions.get(&judged.session)?;
        let (slot, placement) = (looked_up.slot.ok()?, looked_up.placement.as_ref().ok()?);
        Some(DeviceIntRect::from_origin_and_size(slot, placement.visible.size()))
    }

    /// Each webview once.
    fn views(&self) -> Vec<View> {
        let mut views = Vec::new();
        for judged in self.judged {
            let looked_up = self.snapshot.sessions.get(&judged.session);
            if let Some(view) = looked_up.and_then(|looked_up| looked_up.view)
                && !views.contains(&view)
            {
                views.push(view);
            }
        }
        views
    }

    fn session(&mut self, judged: &Judged, line: f32) -> fmt::Result {
        let Some(looked_up) = self.snapshot.sessions.get(&judged.session) else {
            return Ok(());
        };
        let color = judged.color();
        writeln!(self.out, r#"<g class="session" stroke="{color}" fill="{color}">"#)?;
        if let LookedUp { view: Some(view), placement: Ok(placement), .. } = looked_up {
            let (whole, nested) = boxes(view, placement);
            for rect in nested {
                self.rect("nested", rect, r##"fill="none" stroke="#9aa0a6""##)?;
            }
            if let Some(whole) = whole {
                self.rect("target", whole, r#"fill="none" stroke-dasharray="6 4""#)?;
            }
            self.rect("visible", placement.visible.to_f32(), r#"fill-opacity="0.12""#)?;
        }
        let shown = match judged.decision {
            Decision::Frame(cut) => Some(cut.rect),
            Decision::Withhold(_) => looked_up.placement.as_ref().ok().map(|found| found.visible),
        };
        if let Some(shown) = shown.map(|rect| rect.to_f32()) {
            self.label(shown, judged.session, line)?;
        }
        if let Some(slot) = self.slot(judged).map(|slot| slot.to_f32()) {
            self.rect("slot", slot, r#"fill-opacity="0.25""#)?;
            self.label(slot, judged.session, line)?;
        }
        writeln!(self.out, "</g>")
    }

    fn list(&mut self, x: f32, line: f32) -> fmt::Result {
        let Snapshot { requested_at, surface, .. } = *self.snapshot;
        let title = format!(
            "surface {}×{} px, requested after {:.3} s",
            surface.width,
            surface.height,
            requested_at.as_secs_f64()
        );
        writeln!(self.out, r##"<g class="list" fill="#202124">"##)?;
        self.text(x, line, title)?;
        let mut targets = Vec::new();
        let mut y = line * 2.5;
        for judged in self.judged {
            let subject = describe(judged.subject, &mut targets);
            self.text(x, y, format_args!("session {}: {subject}", judged.session.0))?;
            writeln!(self.out, r#"<g class="decision" fill="{}">"#, judged.color())?;
            self.text(x + line, y + line * 0.9, Told(judged.decision))?;
            writeln!(self.out, "</g>")?;
            y += line * 2.;
        }
        writeln!(self.out, "</g>")
    }

    /// The number of a session in the corner of a rect, beside those of others.
    fn label(&mut self, rect: DeviceRect, session: SessionId, line: f32) -> fmt::Result {
        let mut at = rect.min + DeviceVector2D::new(0.3, 0.9) * line;
        while self.labels.contains(&at) {
            at.x += line;
        }
        self.labels.push(at);
        self.text(at.x, at.y, session.0)
    }

    fn rect(&mut self, class: &str, rect: DeviceRect, style: &str) -> fmt::Result {
        let (origin, size) = (rect.min, rect.size());
        writeln!(
            self.out,
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" {style}/>"#,
            origin.x, origin.y, size.width, size.height,
        )
    }

    /// Some text of ours, in which nothing needs to be escaped.
    fn text(&mut self, x: f32, y: f32, text: impl Display) -> fmt::Result {
        writeln!(self.out, r#"<text x="{x}" y="{y}" stroke="none">{text}</text>"#)
    }
}

/// The whole bounding box of a target on the surface, and the content boxes of the elements that
/// its document is nested in.
fn boxes(view: &View, placement: &Placement) -> (Option<DeviceRect>, Vec<DeviceRect>) {
    let mut space = Space::viewport(&view.to_surface);
    let mut nested = Vec::new();
    for ancestor in &placement.ancestors {
        space = space.follow(&ancestor.path);
        nested.extend(space.draw(&ancestor.content_box));
        space = space.nested(ancestor.content_box.min);
    }
    (space.draw(&placement.bounds), nested)
}

/// The subject, by the number of its target.
fn describe(subject: Subject, targets: &mut Vec<TargetId>) -> String {
    let kind = match subject {
        Subject::Viewport => return "the viewport".into(),
        Subject::Crop(_) => "crop target",
        Subject::Restriction(_) => "restriction target",
    };
    let Some(target) = subject.target() else {
        return kind.into();
    };
    let known = targets.iter().position(|other| *other == target);
    let index = known.unwrap_or_else(|| {
        targets.push(target);
        targets.len() - 1
    });
    format!("{kind} {}", index + 1)
}

/// A decision in words.
struct Told(Decision);

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cut { rect, source } = match self.0 {
            Decision::Frame(cut) => cut,
            Decision::Withhold(reason) => return write!(f, "withheld: {reason}"),
        };
        let (origin, size) = (rect.min, rect.size());
        write!(f, "frame of {}×{} px at ({}, {}) ", size.width, size.height, origin.x, origin.y)?;
        match source {
            Source::Page => f.write_str("of the page"),
            Source::Layer(slot) => write!(f, "in the slot at ({}, {})", slot.x, slot.y),
        }
    }
}

#[cfg(test)]
mod tests {
    use subcapture_api::{CropTargetId, RestrictionTargetId, Version, Withheld};
    use webrender_api::PipelineId;
    use webrender_api::units::{
        DeviceIntPoint, DeviceIntSize, LayoutRect, LayoutSize, LayoutTransform,
    };

    use super::*;
    use crate::lookup::Ancestor;

    const SECRET: u128 = 0x1234_5678_9abc_def0_1234_5678_9abc_def0;

    fn view() -> View {
        View {
            root_pipeline: PipelineId(1, 1),
            rect: DeviceRect::from_size((640., 400.).into()),
            viewport: LayoutSize::new(320., 200.),
            to_surface: LayoutTransform::scale(2., 2., 1.),
            scale: 2.,
        }
    }

    fn looked_up(
        subject: Subject,
        placement: Result<Placement, Withheld>,
        slot: Result<DeviceIntPoint, Withheld>,
    ) -> LookedUp {
        let version = Version::default();
        LookedUp {
            subject,
            version,
            view: Some(view()),
            placement,
            ineligible: None,
            slot,
            is_still: true,
            scrolled: webrender_api::units::LayoutVector2D::zero(),
        }
    }

    fn placement(ancestors: Vec<Ancestor>) -> Placement {
        Placement {
            pipeline: PipelineId(1, 1),
            bounds: LayoutRect::new((50., 150.).into(), (150., 250.).into()),
            visible: DeviceIntRect::new((100, 300).into(), (300, 400).into()),
            ancestors,
        }
    }

    fn count(svg: &str, class: &str) -> usize {
        svg.matches(&format!(r#"class="{class}""#)).count()
    }

    #[test]
    fn everything_is_drawn_once_and_no_id_is_shown() {
        let crop = Subject::Crop(CropTargetId::from_bits(SECRET));
        let alone = Subject::Restriction(RestrictionTargetId::from_bits(SECRET));
        let gone = Subject::Crop(CropTargetId::from_bits(SECRET + 1));
        let slot = DeviceIntPoint::new(0, 404);
        let nested =
            Ancestor { path: Vec::new(), content_box: LayoutRect::from_size((320., 200.).into()) };
        let sessions = [
            (SessionId(0), looked_up(crop, Ok(placement(Vec::new())), Err(Withheld::Pending))),
            (SessionId(1), looked_up(alone, Ok(placement(vec![nested])), Ok(slot))),
            (SessionId(2), looked_up(gone, Err(Withheld::UnknownTarget), Err(Withheld::Pending))),
        ];
        let snapshot = Snapshot {
            surface: DeviceIntSize::new(640, 400),
            sessions: sessions.into_iter().collect(),
            ..Snapshot::default()
        };
        let rect = placement(Vec::new()).visible;
        let frame = |source| Decision::Frame(Cut { rect, source });
        let judged = [
            (2, gone, Decision::Withhold(Withheld::UnknownTarget)),
            (0, crop, frame(Source::Page)),
            (1, alone, frame(Source::Layer(slot))),
            // It was started after the frame had been requested.
            (3, crop, Decision::Withhold(Withheld::Pending)),
        ]
        .map(|(id, subject, decision)| Judged {
            session: SessionId(id),
            subject,
            decision,
        });
        let svg = svg(&snapshot, judged.to_vec());

        for (class, expected) in [
            ("surface", 1),
            ("viewport", 1),
            ("strip", 1),
            ("target", 2),
            ("visible", 2),
            ("nested", 1),
            ("slot", 1),
            ("decision", 4),
        ] {
            assert_eq!(count(&svg, class), expected, "{class} in {svg}");
        }
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        // The part below the viewport belongs to the target and is not visible.
        let whole = r#"class="target" x="100" y="300" width="200" height="200""#;
        assert_eq!(svg.matches(whole).count(), 2);
        assert!(svg.contains("session 0: crop target 1<"));
        assert!(svg.contains("session 1: restriction target 2<"));
        assert!(svg.contains("session 2: crop target 3<"));
        assert!(svg.contains("session 3: crop target 1<"));
        assert!(svg.contains("in the slot at (0, 404)"));
        assert!(svg.contains("withheld: the target is not in a document of this webview"));
        for secret in [format!("{SECRET:x}"), format!("{SECRET}"), "12345678".into()] {
            assert!(!svg.to_lowercase().contains(&secret));
        }
    }

    #[test]
    fn nothing_makes_a_picture_too() {
        let svg = svg(&Snapshot::default(), Vec::new());
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert_eq!(count(&svg, "strip"), 0);
    }
}
