/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The one place that decides whether a frame may leave.

use serde::{Deserialize, Serialize};
use subcapture_api::{Ineligible, Subject, Version, Withheld};
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

use crate::geometry::rect_of;

/// Everything that a decision depends on. The first part was looked up when the frame was
/// requested, the second when it is on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// What the session captured when the frame was requested. `None` when the session was not
    /// there yet.
    pub subject: Option<(Subject, Version)>,
    /// The viewport of the session's webview on the surface, if it was shown.
    pub viewport: Option<DeviceIntRect>,
    /// Where the target was. Not asked for a subject without one.
    pub placement: Result<DeviceIntRect, Withheld>,
    /// The rule for restriction that the target failed.
    pub ineligible: Option<Ineligible>,
    /// Where the frame holds the layer of a restricted target, in device px of the scene, or why
    /// it holds none. Not asked for other subjects.
    pub slot: Result<DeviceIntPoint, Withheld>,
    /// The size of the surface that the frame was requested for.
    pub requested_surface: DeviceIntSize,

    /// The version of the session now.
    pub version: Version,
    /// The size of the surface that the frame is on.
    pub surface: DeviceIntSize,
    /// The largest width and height of a texture.
    pub max_texture_size: i32,
}

/// What to do for a session with a composited frame.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Decision {
    /// Make a frame of exactly this.
    Frame(Cut),
    /// Make none.
    Withhold(Withheld),
}

/// What a frame is made of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cut {
    /// The part of the surface that the frame stands for, in device px. Never empty, never
    /// outside of the session's viewport.
    pub rect: DeviceIntRect,
    /// Where its pixels come from.
    pub source: Source,
}

/// Where the pixels of a frame come from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Source {
    /// The page as it is on screen.
    Page,
    /// The layer of the restricted element, whose top left corner is at this point of the scene,
    /// in device px.
    Layer(DeviceIntPoint),
}

/// Decide whether a session gets a frame of what is on screen. Whatever is not known to be right
/// is withheld.
pub fn decide(situation: &Situation) -> Decision {
    match cut(situation) {
        Ok(cut) => Decision::Frame(cut),
        Err(reason) => Decision::Withhold(reason),
    }
}

fn cut(situation: &Situation) -> Result<Cut, Withheld> {
    let (subject, version) = situation.subject.ok_or(Withheld::Pending)?;
    if version != situation.version {
        return Err(Withheld::Pending);
    }
    let viewport = situation.viewport.ok_or(Withheld::Hidden)?;
    if situation.requested_surface != situation.surface {
        return Err(Withheld::Resizing);
    }

    if let (Subject::Restriction(_), Some(rule)) = (subject, situation.ineligible) {
        return Err(Withheld::Ineligible(rule));
    }
    let rect = match subject {
        Subject::Viewport => viewport,
        Subject::Crop(_) | Subject::Restriction(_) => situation.placement?,
    };
    let rect = rect
        .intersection(&viewport)
        .and_then(|rect| rect.intersection(&rect_of(situation.surface)))
        .filter(|rect| !rect.is_empty())
        .ok_or(Withheld::NotVisible)?;
    if rect.width().max(rect.height()) > situation.max_texture_size {
        return Err(Withheld::TooLarge);
    }

    let source = match subject {
        Subject::Viewport | Subject::Crop(_) => Source::Page,
        Subject::Restriction(_) => Source::Layer(situation.slot?),
    };
    Ok(Cut { rect, source })
}

#[cfg(test)]
mod tests {
    use subcapture_api::{CropTargetId, RestrictionTargetId};

    use super::*;

    fn rect(x: i32, y: i32, width: i32, height: i32) -> DeviceIntRect {
        DeviceIntRect::from_origin_and_size(
            DeviceIntPoint::new(x, y),
            DeviceIntSize::new(width, height),
        )
    }

    const SLOT: DeviceIntPoint = DeviceIntPoint::new(0, 600);

    fn good(subject: Subject) -> Situation {
        let surface = DeviceIntSize::new(800, 600);
        Situation {
            subject: Some((subject, Version(3))),
            viewport: Some(rect(0, 0, 800, 600)),
            placement: Ok(rect(10, 20, 30, 40)),
            ineligible: None,
            slot: Ok(SLOT),
            requested_surface: surface,
            version: Version(3),
            surface,
            max_texture_size: 4096,
        }
    }

    fn crop() -> Situation {
        good(Subject::Crop(CropTargetId::from_bits(1)))
    }

    fn restriction() -> Situation {
        good(Subject::Restriction(RestrictionTargetId::from_bits(1)))
    }

    fn frame(rect: DeviceIntRect, source: Source) -> Decision {
        Decision::Frame(Cut { rect, source })
    }

    #[test]
    fn what_is_proved_gets_a_frame() {
        let table = [
            (good(Subject::Viewport), frame(rect(0, 0, 800, 600), Source::Page)),
            (crop(), frame(rect(10, 20, 30, 40), Source::Page)),
            (restriction(), frame(rect(10, 20, 30, 40), Source::Layer(SLOT))),
            // A crop does not care for eligibility, nor for a layer.
            (
                Situation {
                    ineligible: Some(Ineligible::Fragmented),
                    slot: Err(Withheld::Pending),
                    ..crop()
                },
                frame(rect(10, 20, 30, 40), Source::Page),
            ),
            // Nothing outside of the viewport is ever in a frame.
            (
                Situation { placement: Ok(rect(-5, 590, 30, 40)), ..crop() },
                frame(rect(0, 590, 25, 10), Source::Page),
            ),
            (
                Situation { viewport: Some(rect(20, 0, 100, 600)), ..crop() },
                frame(rect(20, 20, 20, 40), Source::Page),
            ),
        ];
        for (situation, expected) in table {
            assert_eq!(decide(&situation), expected, "{situation:?}");
        }
    }

    #[test]
    fn what_is_not_proved_is_withheld() {
        let ineligible = Some(Ineligible::NotStackingContext);
        let small = DeviceIntSize::new(400, 300);
        let table = [
            (Situation { subject: None, ..crop() }, Withheld::Pending),
            (Situation { version: Version(4), ..crop() }, Withheld::Pending),
            (Situation { version: Version(2), ..restriction() }, Withheld::Pending),
            (Situation { viewport: None, ..crop() }, Withheld::Hidden),
            (Situation { surface: small, ..crop() }, Withheld::Resizing),
            (Situation { requested_surface: small, ..restriction() }, Withheld::Resizing),
            (
                Situation { placement: Err(Withheld::UnknownTarget), ..crop() },
                Withheld::UnknownTarget,
            ),
            (
                Situation { placement: Err(Withheld::NotRendered), ..restriction() },
                Withheld::NotRendered,
            ),
            (Situation { placement: Ok(rect(10, 20, 0, 40)), ..crop() }, Withheld::NotVisible),
            (Situation { placement: Ok(rect(900, 20, 30, 40)), ..crop() }, Withheld::NotVisible),
            (Situation { max_texture_size: 39, ..crop() }, Withheld::TooLarge),
            (
                Situation { ineligible, ..restriction() },
                Withheld::Ineligible(Ineligible::NotStackingContext),
            ),
            // The author has to hear of the rule first: it cannot be seen that way anywhere.
            (
                Situation { ineligible, placement: Err(Withheld::NotVisible), ..restriction() },
                Withheld::Ineligible(Ineligible::NotStackingContext),
            ),
            (Situation { slot: Err(Withheld::Pending), ..restriction() }, Withheld::Pending),
            (Situation { slot: Err(Withheld::TooLarge), ..restriction() }, Withheld::TooLarge),
        ];
        for (situation, reason) in table {
            assert_eq!(decide(&situation), Decision::Withhold(reason), "{situation:?}");
        }
    }
}
