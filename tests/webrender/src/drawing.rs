/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! WebRender, in a context.

use std::sync::mpsc::{Receiver, Sender, channel};

use subcapture_compositor::Compositor;
use webrender::{RenderApi, Renderer, WebRenderOptions, create_webrender_instance};
use webrender_api::units::DeviceIntSize;
use webrender_api::{DocumentId, FramePublishId, FrameReadyParams, RenderNotifier};

use crate::context::HeadlessContext;
use crate::engine::CLEAR_COLOR;

/// What draws, in a context.
pub(crate) struct Drawing {
    pub(crate) renderer: Renderer,
    pub(crate) api: RenderApi,
    pub(crate) document: DocumentId,
    pub(crate) reports: Receiver<()>,
}

impl Drawing {
    pub(crate) fn new(
        context: &HeadlessContext,
        compositor: &Compositor<u32>,
        surface: DeviceIntSize,
        are_tiles_told: bool,
    ) -> Self {
        let (sender, reports) = channel();
        let options = WebRenderOptions {
            clear_color: CLEAR_COLOR,
            use_optimized_shaders: true,
            testing: are_tiles_told,
            ..WebRenderOptions::default()
        };
        let (renderer, sender) = create_webrender_instance(
            context.gl().clone(),
            Box::new(compositor.notifier(Box::new(Notifier(sender)))),
            options,
            None,
        )
        .expect("WebRender runs on Mesa");
        let api = sender.create_api();
        let document = api.add_document(surface);
        Self { renderer, api, document, reports }
    }
}

/// Passes the reports of frames on.
#[derive(Clone)]
struct Notifier(Sender<()>);

impl RenderNotifier for Notifier {
    fn clone(&self) -> Box<dyn RenderNotifier> {
        Box::new(Self(self.0.clone()))
    }

    fn wake_up(&self, _: bool) {}

    fn new_frame_ready(&self, _: DocumentId, _: FramePublishId, _: &FrameReadyParams) {
        // Nobody listens any more when the engine is dropped.
        let _ = self.0.send(());
    }
}
