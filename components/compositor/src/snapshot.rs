/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What was looked up when a frame was requested.

use std::time::Duration;

use rustc_hash::FxHashMap;
use subcapture_api::{Ineligible, RestrictionTargetId, SessionId, Subject, Version, Withheld};
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize, LayoutVector2D};

use crate::geometry::snap;
use crate::layers::{Layers, Place, Placed, Shown};
use crate::lookup::{Found, Placement, look_up};
use crate::policy::Situation;
use crate::scene::{Scene, View};
use crate::targets::TargetTable;

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
    /// Whether the layer in the slot moves only as the target does.
    pub(crate) is_still: bool,
    /// How far the document of the target is scrolled.
    pub(crate) scrolled: LayoutVector2D,
}

impl LookedUp {
    /// Where the frame has the layer of the target of the session.
    fn shown(&self) -> Option<(RestrictionTargetId, Shown)> {
        let target = self.subject.restriction()?;
        let placement = self.placement.as_ref().ok()?;
        let rect = DeviceIntRect::from_origin_and_size(self.slot.ok()?, placement.visible.size());
        let place =
            Place { view: self.view?, placement: placement.clone(), scrolled: self.scrolled };
        Some((target, Shown { rect, is_still: self.is_still, place }))
    }
}

/// A session for which a frame is requested.
#[derive(Clone, Copy)]
pub(crate) struct Asked<V> {
    pub(crate) session: SessionId,
    pub(crate) view: V,
    pub(crate) subject: Subject,
    pub(crate) version: Version,
}

/// What is looked into when a frame is requested.
pub(crate) struct Sources<'a, S> {
    pub(crate) targets: &'a TargetTable,
    pub(crate) scene: &'a S,
    pub(crate) surface: DeviceIntSize,
}

impl<S: Scene> Sources<'_, S> {
    /// Look everything up for these sessions, and place the layers that they need. Who comes first
    /// gets the first slot.
    pub(crate) fn look_up(
        &self,
        asked: impl Iterator<Item = Asked<S::ViewId>>,
        layers: &mut Layers,
        placed: &mut Placed,
    ) -> FxHashMap<SessionId, LookedUp> {
        asked.map(|asked| (asked.session, self.look_up_one(asked, layers, placed))).collect()
    }

    fn look_up_one(
        &self,
        asked: Asked<S::ViewId>,
        layers: &mut Layers,
        placed: &mut Placed,
    ) -> LookedUp {
        let Asked { view: view_id, subject, version, .. } = asked;
        let view = self.scene.view(view_id);
        let pending = Err(Withheld::Pending);
        let (Some(shown), Some(target)) = (view, subject.target()) else {
            let placement = Err(Withheld::Pending);
            return LookedUp {
                subject,
                version,
                view,
                placement,
                ineligible: None,
                slot: pending,
                is_still: false,
                scrolled: LayoutVector2D::zero(),
            };
        };
        let found = look_up(self.targets, self.scene, view_id, &shown, self.surface, target);
        let slot = match subject {
            Subject::Restriction(target) => {
                layers.place(placed, target, &found, shown, self.surface)
            }
            Subject::Viewport | Subject::Crop(_) => pending,
        };
        let Found { placement, scrolled, ineligible, is_still, .. } = found;
        LookedUp { subject, version, view, placement, ineligible, slot, is_still, scrolled }
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
    /// Where the frame has the layers of restricted targets.
    pub(crate) fn layers(&self) -> FxHashMap<RestrictionTargetId, Shown> {
        self.sessions.values().filter_map(LookedUp::shown).collect()
    }

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
