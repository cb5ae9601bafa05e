/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What was looked up when a frame was requested.

use std::time::Duration;

use rustc_hash::FxHashMap;
use subcapture_api::{Ineligible, SessionId, Subject, Version, Withheld};
use webrender_api::units::{DeviceIntPoint, DeviceIntSize};

use crate::geometry::snap;
use crate::lookup::Placement;
use crate::policy::Situation;
use crate::scene::View;

/// Everything that was looked up for one frame.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// When the frame was requested, on the compositor's clock.
    pub(crate) requested_at: Duration,
    /// The size of the surface that it was requested for.
    pub(crate) surface: DeviceIntSize,
    /// What was looked up for each session.
    pub(crate) sessions: FxHashMap<SessionId, LookedUp>,
}

/// What was looked up for one session.
pub(crate) struct LookedUp {
    pub(crate) subject: Subject,
    pub(crate) version: Version,
    pub(crate) view: Option<View>,
    pub(crate) placement: Result<Placement, Withheld>,
    pub(crate) ineligible: Option<Ineligible>,
    pub(crate) slot: Result<DeviceIntPoint, Withheld>,
}

impl LookedUp {
    /// Before anything was found: there is no frame.
    pub(crate) fn new(subject: Subject, version: Version, view: Option<View>) -> Self {
        let pending = Withheld::Pending;
        let (placement, slot) = (Err(pending), Err(pending));
        Self { subject, version, view, placement, ineligible: None, slot }
    }
}

/// What is true when a frame is on screen.
#[derive(Clone, Copy)]
pub(crate) struct OnScreen {
    pub(crate) version: Version,
    pub(crate) surface: DeviceIntSize,
    pub(crate) max_texture_size: i32,
}

impl Snapshot {
    /// Everything that the decision for a session depends on.
    pub(crate) fn situation(&self, session: SessionId, on_screen: OnScreen) -> Situation {
        let OnScreen { version, surface, max_texture_size } = on_screen;
        let unknown = Situation {
            subject: None,
            viewport: None,
            placement: Err(Withheld::Pending),
            ineligible: None,
            slot: Err(Withheld::Pending),
            requested_surface: self.surface,
            version,
            surface,
            max_texture_size,
        };
        let Some(looked_up) = self.sessions.get(&session) else {
            return unknown;
        };
        let placement = match &looked_up.placement {
            Ok(placement) => Ok(placement.visible),
            Err(reason) => Err(*reason),
        };
        Situation {
            subject: Some((looked_up.subject, looked_up.version)),
            viewport: looked_up.view.map(|view| snap(&view.rect)),
            placement,
            ineligible: looked_up.ineligible,
            slot: looked_up.slot,
            ..unknown
        }
    }
}
