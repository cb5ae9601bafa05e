/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What came of one frame.

use std::collections::HashMap;

use subcapture_api::{FrameInfo, SessionId, State};
use subcapture_compositor::{Event, EventKind, Frame, TextureFrame};
use webrender_api::units::DeviceIntRect;

use crate::picture::Picture;

/// What came of one frame of the surface.
#[derive(Debug)]
pub struct Composite {
    /// The surface.
    pub page: Picture,
    /// What happened to the sessions.
    pub events: Vec<Event>,
    /// The pictures of the frames in textures.
    pub(crate) textures: HashMap<SessionId, Picture>,
}

impl Composite {
    /// The frame of a session, if there is one.
    pub fn frame(&self, session: SessionId) -> Option<&Frame> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::Frame(frame) if event.session == session => Some(frame),
            EventKind::Frame(_) | EventKind::Texture(_) | EventKind::State(_) => None,
        })
    }

    /// The frame of a session in a texture, if there is one.
    pub fn texture(&self, session: SessionId) -> Option<&TextureFrame> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::Texture(frame) if event.session == session => Some(frame),
            EventKind::Frame(_) | EventKind::Texture(_) | EventKind::State(_) => None,
        })
    }

    /// What is said of the frame of a session, wherever its px are, if there is one.
    pub fn info(&self, session: SessionId) -> Option<&FrameInfo> {
        let in_memory = self.frame(session).map(|frame| &frame.info);
        in_memory.or_else(|| self.texture(session).map(|frame| &frame.info))
    }

    /// The picture of the frame of a session, which has to be there.
    #[track_caller]
    pub fn picture(&self, session: SessionId) -> Picture {
        if let Some(picture) = self.textures.get(&session) {
            return picture.clone();
        }
        let frame = self.frame(session);
        let frame = frame.unwrap_or_else(|| panic!("no frame of {session:?}: {:?}", self.events));
        Picture::new(frame.info.size, frame.pixels.clone())
    }

    /// Where the frame of a session is on the surface of a webview at the origin.
    #[track_caller]
    pub fn rect(&self, session: SessionId) -> DeviceIntRect {
        let info = self.info(session).expect("a frame");
        DeviceIntRect::from_origin_and_size(info.origin, info.captured)
    }

    /// The states that a session went through.
    pub fn states(&self, session: SessionId) -> Vec<State> {
        let events = self.events.iter().filter(|event| event.session == session);
        events
            .filter_map(|event| match event.kind {
                EventKind::State(state) => Some(state),
                EventKind::Frame(_) | EventKind::Texture(_) => None,
            })
            .collect()
    }
}
