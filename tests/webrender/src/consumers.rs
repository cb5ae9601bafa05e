/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Consumers of sessions that rely on what they are told of damage.

use std::collections::HashMap;

use subcapture_api::{FrameInfo, SessionId};
use webrender_api::units::DeviceIntRect;

use crate::composite::Composite;
use crate::picture::Picture;

/// The consumers of all sessions. Each keeps one picture, and takes of every frame only the part
/// that may be different.
#[derive(Debug, Default)]
pub struct Consumers(HashMap<SessionId, Had>);

/// What a consumer has.
#[derive(Debug)]
pub struct Had {
    /// What was said of the frame that it got last.
    pub info: FrameInfo,
    /// What it put together from all frames.
    pub picture: Picture,
}

impl Had {
    /// What the picture shows, from the top left corner of the viewport.
    pub fn rect(&self) -> DeviceIntRect {
        DeviceIntRect::from_origin_and_size(self.info.origin, self.info.captured)
    }
}

impl Consumers {
    /// What the consumer of a session has, if it ever got a frame.
    pub fn get(&self, session: SessionId) -> Option<&Had> {
        self.0.get(&session)
    }

    /// What the consumer of a session has put together.
    #[track_caller]
    pub fn picture(&self, session: SessionId) -> &Picture {
        &self.get(session).expect("a frame").picture
    }

    /// Take all frames, in which only what is damaged may be different. Gives how many there were.
    #[track_caller]
    pub fn take(&mut self, composite: &Composite, what: &str) -> usize {
        self.try_take(composite).unwrap_or_else(|problem| panic!("{what}: {problem}"))
    }

    /// Take all frames. Gives how many there were, or what else was different.
    pub fn try_take(&mut self, composite: &Composite) -> Result<usize, String> {
        let mut count = 0;
        for event in &composite.events {
            if let Some(info) = composite.info(event.session).filter(|_| is_frame(event)) {
                let picture = composite.picture(event.session);
                self.take_one(event.session, *info, picture)?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn take_one(
        &mut self,
        session: SessionId,
        info: FrameInfo,
        picture: Picture,
    ) -> Result<(), String> {
        let all = DeviceIntRect::from_size(info.size);
        if !all.contains_box(&info.damage) {
            return Err(format!("{session:?}: the damage {:?} is not in {all:?}", info.damage));
        }
        let Some(had) = self.0.get_mut(&session) else {
            if info.damage != all {
                return Err(format!("{session:?}: the damage of the first is {:?}", info.damage));
            }
            self.0.insert(session, Had { info, picture });
            return Ok(());
        };
        if info.sequence <= had.info.sequence {
            return Err(format!("{session:?}: {} after {}", info.sequence, had.info.sequence));
        }
        let shows = |info: &FrameInfo| (info.origin, info.captured, info.size, info.version);
        if shows(&info) == shows(&had.info) {
            had.picture.patch(info.damage, &picture);
            if let Some(difference) = had.picture.difference(&picture, 0) {
                let damage = info.damage;
                return Err(format!("{session:?}: outside of the damage {damage:?} {difference}"));
            }
        } else if info.damage != all {
            return Err(format!("{session:?}: of another part only {:?} is damage", info.damage));
        }
        *had = Had { info, picture };
        Ok(())
    }

    /// Forget a session that was stopped.
    pub fn remove(&mut self, session: SessionId) {
        self.0.remove(&session);
    }
}

fn is_frame(event: &subcapture_compositor::Event) -> bool {
    use subcapture_compositor::EventKind;
    match event.kind {
        EventKind::Frame(_) | EventKind::Texture(_) => true,
        EventKind::State(_) => false,
    }
}
