/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! External images that are used more than once for one composite.
//!
//! An image of a captured element is in the page and in the element's layer, and each pass over a
//! frame locks all of its images. A WebGL front buffer can be taken only once: the second lock
//! would get nothing, or the next buffer.

use std::cell::RefCell;
use std::rc::Rc;

use euclid::default::Size2D;
use paint_api::{ExternalImageSource, WebRenderExternalImageApi};
use rustc_hash::FxHashMap;

/// Locks the images of one kind once, however often they are asked for, and keeps them locked
/// between the passes of one composite. Clones share the images.
#[derive(Clone, Default)]
pub(crate) struct SharedExternalImages(Rc<RefCell<Images>>);

#[derive(Default)]
struct Images {
    source: Option<Box<dyn WebRenderExternalImageApi>>,
    locked: FxHashMap<u64, LockedImage>,
    /// Whether images stay locked when nobody has them any more.
    held: bool,
}

struct LockedImage {
    texture_id: u32,
    size: Size2D<i32>,
    locks: usize,
}

impl SharedExternalImages {
    /// The handler of these images for WebRender.
    pub(crate) fn handler(
        &self,
        source: Box<dyn WebRenderExternalImageApi>,
    ) -> Box<dyn WebRenderExternalImageApi> {
        self.0.borrow_mut().source = Some(source);
        Box::new(self.clone())
    }

    /// Keep images that are locked from now on until [`Self::release`].
    pub(crate) fn hold(&self) {
        self.0.borrow_mut().held = true;
    }

    /// Unlock the images that nobody has.
    pub(crate) fn release(&self) {
        let images = &mut *self.0.borrow_mut();
        images.held = false;
        for (id, _) in images.locked.extract_if(|_, image| image.locks == 0) {
            if let Some(source) = &mut images.source {
                source.unlock(id);
            }
        }
    }
}

impl WebRenderExternalImageApi for SharedExternalImages {
    fn lock(&mut self, id: u64) -> (ExternalImageSource<'_>, Size2D<i32>) {
        let images = &mut *self.0.borrow_mut();
        let source = &mut images.source;
        let image = images.locked.entry(id).or_insert_with(|| {
            let (texture_id, size) = match source.as_mut().map(|source| source.lock(id)) {
                Some((ExternalImageSource::NativeTexture(texture_id), size)) => (texture_id, size),
                // No other kind of image is shared.
                _ => Default::default(),
            };
            LockedImage {
                texture_id,
                size,
                locks: 0,
            }
        });
        image.locks += 1;
        (
            ExternalImageSource::NativeTexture(image.texture_id),
            image.size,
        )
    }

    fn unlock(&mut self, id: u64) {
        let images = &mut *self.0.borrow_mut();
        let Some(image) = images.locked.get_mut(&id) else {
            return;
        };
        image.locks -= 1;
        if image.locks == 0 && !images.held {
            images.locked.remove(&id);
            if let Some(source) = &mut images.source {
                source.unlock(id);
            }
        }
    }
}
