/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The layers of captured restriction targets: their pipelines, slots and textures.

use rustc_hash::{FxHashMap, FxHashSet};
use subcapture_api::{RestrictionTargetId, Withheld};
use webrender::Transaction;
use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize, LayoutVector2D};
use webrender_api::{
    APZScrollGeneration, DisplayListBuilder, Epoch, ExternalScrollId, PipelineId,
    SampledScrollOffset, SpatialId,
};

use crate::anchor::Anchor;
use crate::damage::{Damage, Rasterized, Slices};
use crate::geometry::rect_of;
use crate::gl::{Gl, GlError, Surface};
use crate::lookup::{Found, Placement};
use crate::passes::Part;
use crate::scene::View;
use crate::slots::{Slot, Slots};
use crate::strip::{self, Entry};

/// WebRender takes no document that is larger than this, in device px.
const MAX_DOCUMENT_SIZE: i32 = 16_384;

/// What the engine has to do in the transaction that requests a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum SceneChange {
    /// Nothing: the scene is as it was.
    None,
    /// Send all scroll offsets: the scene is built anew.
    Strip,
    /// Send the root display list with the strip in it, and all scroll offsets.
    Root,
}

/// Every layer, by its target. One element that several sessions capture is one layer.
#[derive(Default)]
pub(crate) struct Layers {
    layers: FxHashMap<RestrictionTargetId, Layer>,
    /// How many pipelines were ever reserved.
    reserved: u32,
    /// Pipelines that are still in the scene and that nobody needs.
    dead: Vec<PipelineId>,
    slots: Slots,
    /// What the strip shows in the frame that was requested last.
    strip: Vec<Entry>,
    /// The size of the surface and the height of the strip in that frame.
    document: (DeviceIntSize, i32),
    /// How many rows GL draws to at most, if that is known to be fewer than WebRender takes.
    max_height: Option<i32>,
}

struct Layer {
    pipeline: PipelineId,
    slot: Option<Slot>,
    /// Where the strip has it, or had it when it was placed last.
    anchor: Option<Anchor>,
    /// Where the frame on screen has it.
    shown: Option<Shown>,
    /// The slices of its tiles in the newest frame that told of them.
    slices: Option<Slices>,
    /// What the frame on screen may have changed.
    damage: Damage,
    picture: LayerPicture,
}

/// Where a frame has a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// The slot, as far as it is used, in device px of the scene.
    pub(crate) rect: DeviceIntRect,
    /// Whether it moves only as the target does.
    pub(crate) is_still: bool,
    pub(crate) place: Place,
}

/// What moves a layer in its slot, or by less than a px.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) view: View,
    pub(crate) placement: Placement,
    pub(crate) scrolled: LayoutVector2D,
}

/// The pixels of a layer.
#[derive(Default)]
pub(crate) struct LayerPicture {
    surface: Option<Surface>,
    /// What the surface lacks of the frame on screen.
    stale: Damage,
    /// Why the last attempt to mend that failed.
    failure: Option<GlError>,
}

impl LayerPicture {
    /// What it lacks of the frame on screen, which has it in this size.
    pub(crate) fn stale_part(&self, size: DeviceIntSize) -> DeviceIntRect {
        match &self.surface {
            Some(surface) if surface.size() == size => self.stale,
            Some(_) | None => Damage::All,
        }
        .of(size)
    }

    /// What it lacked was drawn, or was not. What is left of an earlier frame is nobody's then.
    pub(crate) fn note(&mut self, result: Result<(), GlError>) {
        self.stale = if result.is_ok() { Damage::none() } else { Damage::All };
        self.failure = result.err();
    }

    /// The pixels, if they are those of the frame on screen, which has them in this size.
    pub(crate) fn finished(&self, size: DeviceIntSize) -> Result<&Surface, Withheld> {
        match (&self.surface, self.failure) {
            (_, Some(error)) => Err(error.into()),
            (Some(surface), None) if self.stale_part(size).is_empty() => Ok(surface),
            (_, None) => Err(Withheld::Pending),
        }
    }
}

impl Layer {
    fn note_frame(&mut self, now: Option<Shown>, rasterized: &mut Rasterized) {
        let before = self.slices.take();
        let mut damage = Damage::All;
        if let Some(now) = &now {
            (damage, self.slices) = match rasterized {
                Rasterized::Unknown => (Damage::All, None),
                Rasterized::Nothing => (Damage::none(), before),
                Rasterized::Slots(slots) => match slots.remove(&now.rect.min.y) {
                    Some(tiles) => (tiles.damage(&now.rect, before.as_ref()), Some(tiles.slices)),
                    None => (Damage::All, None),
                },
            };
        }
        // The tiles of the first slice are where the slot is. All others are where the layer is.
        let is_flat = self.slices.as_ref().is_some_and(|slices| slices.len() == 1);
        let is_where_it_was = match (&self.shown, &now) {
            (Some(before), Some(now)) => {
                before.rect == now.rect && (is_flat || before.place == now.place)
            }
            _ => false,
        };
        let is_still = now.as_ref().is_some_and(|now| now.is_still);
        self.damage = if is_still && is_where_it_was { damage } else { Damage::All };
        self.picture.stale.add(self.damage);
        self.shown = now;
    }
}

/// The layers of the frame that is being requested.
#[derive(Default)]
pub(crate) struct Placed {
    entries: Vec<Entry>,
    /// How far the document of each layer is scrolled.
    scrolled: Vec<(PipelineId, LayoutVector2D)>,
    slots: FxHashMap<RestrictionTargetId, Result<DeviceIntPoint, Withheld>>,
}

impl Layers {
    /// Have a layer for each of these targets, and for no other. Gives surfaces that nobody needs
    /// any more.
    pub(crate) fn set_targets(&mut self, targets: &FxHashSet<RestrictionTargetId>) -> Vec<Surface> {
        let mut surfaces = Vec::new();
        for (_, layer) in self.layers.extract_if(|target, _| !targets.contains(target)) {
            self.dead.push(layer.pipeline);
            if let Some(slot) = layer.slot {
                self.slots.release(slot);
            }
            surfaces.extend(layer.picture.surface);
        }
        for &target in targets {
            self.layers.entry(target).or_insert_with(|| {
                self.reserved += 1;
                let pipeline = strip::layer_pipeline(self.reserved);
                let (damage, picture) = (Damage::All, LayerPicture::default());
                Layer {
                    pipeline,
                    slot: None,
                    anchor: None,
                    shown: None,
                    slices: None,
                    damage,
                    picture,
                }
            });
        }
        surfaces
    }

    /// Have nothing in the scene below so many rows, to which GL draws at most.
    pub(crate) fn set_max_height(&mut self, rows: i32) {
        self.max_height = Some(rows).filter(|rows| *rows < MAX_DOCUMENT_SIZE);
    }

    /// How many rows GL draws to at most, if that is fewer than WebRender takes.
    pub(crate) fn max_height(&self) -> Option<i32> {
        self.max_height
    }

    /// The pipeline that is reserved for the layer of a target, if it has one.
    pub(crate) fn pipeline(&self, target: RestrictionTargetId) -> Option<PipelineId> {
        Some(self.layers.get(&target)?.pipeline)
    }

    /// The pixels of the layer of a target.
    pub(crate) fn picture(&mut self, target: RestrictionTargetId) -> Option<&mut LayerPicture> {
        Some(&mut self.layers.get_mut(&target)?.picture)
    }

    /// A surface for the layer that this is a part of, to draw to.
    pub(crate) fn surface(&mut self, gl: &Gl, part: &Part) -> Result<&Surface, GlError> {
        let picture = self.picture(part.target).ok_or(GlError::Failed)?;
        gl.surface(&mut picture.surface, part.layer)
    }

    /// The textures of all layers, which have none then.
    pub(crate) fn take_surfaces(&mut self) -> impl Iterator<Item = Surface> + '_ {
        self.layers.values_mut().filter_map(|layer| layer.picture.surface.take())
    }

    /// The engine has a document that has nothing in it yet.
    pub(crate) fn start_over(&mut self) {
        self.dead.clear();
        self.strip.clear();
        self.document = Default::default();
        for layer in self.layers.values_mut() {
            (layer.shown, layer.slices, layer.damage) = (None, None, Damage::All);
            layer.picture.stale = Damage::All;
        }
    }

    /// A frame is on screen, with layers at these places, for which WebRender rasterized this.
    pub(crate) fn note_frame(
        &mut self,
        mut shown: FxHashMap<RestrictionTargetId, Shown>,
        mut rasterized: Rasterized,
    ) {
        for (target, layer) in &mut self.layers {
            let now = shown.remove(target);
            layer.note_frame(now, &mut rasterized);
        }
    }

    /// What the frame on screen may have changed in the layer of a target.
    pub(crate) fn damage(&self, target: RestrictionTargetId) -> Damage {
        self.layers.get(&target).map_or(Damage::All, |layer| layer.damage)
    }

    /// Show the layer of a target in the frame that is being requested. Gives the top left corner
    /// of its slot, in device px of the scene.
    pub(crate) fn place(
        &mut self,
        placed: &mut Placed,
        target: RestrictionTargetId,
        found: &Found,
        view: View,
        surface: DeviceIntSize,
    ) -> Result<DeviceIntPoint, Withheld> {
        // That it is nowhere in the webview of one session says nothing of another webview.
        if let Some(&Ok(slot)) = placed.slots.get(&target) {
            return Ok(slot);
        }
        let slot = self.slot(target, found, surface);
        if let (Ok(slot), Ok(placement), Some(layer)) =
            (slot, &found.placement, self.layers.get_mut(&target))
        {
            let entry = Entry {
                layer: layer.pipeline,
                slot: DeviceIntPoint::new(0, slot.top),
                visible: placement.visible,
                ancestors: placement.ancestors.clone(),
                view,
            };
            let anchor = Anchor { entry, scrolled: found.scrolled };
            let before = layer.anchor.take();
            let before = before.filter(|before| found.scrolls_as_one && before.has_px_of(&anchor));
            let anchor = layer.anchor.insert(before.unwrap_or(anchor));
            placed.scrolled.push((layer.pipeline, anchor.scrolled));
            placed.entries.push(anchor.entry.clone());
        }
        let slot = slot.map(|slot| DeviceIntPoint::new(0, strip::top(surface) + slot.top));
        placed.slots.insert(target, slot);
        slot
    }

    /// The slot of a layer, in a place of its own that is high enough.
    fn slot(
        &mut self,
        target: RestrictionTargetId,
        found: &Found,
        surface: DeviceIntSize,
    ) -> Result<Slot, Withheld> {
        if let Some(rule) = found.ineligible {
            return Err(Withheld::Ineligible(rule));
        }
        let layer = self.layers.get_mut(&target);
        let layer = layer.filter(|layer| found.layer == Some(layer.pipeline));
        let layer = layer.ok_or(Withheld::Pending)?;
        let height = found.placement.as_ref().map_err(|reason| *reason)?.visible.height();
        let max_height = self.max_height.unwrap_or(MAX_DOCUMENT_SIZE);
        let max_height = max_height.saturating_sub(strip::top(surface));
        let is_unfit = |slot: &mut Slot| slot.height < height || slot.end() > max_height;
        if let Some(slot) = layer.slot.take_if(is_unfit) {
            self.slots.release(slot);
        }
        if layer.slot.is_none() {
            layer.slot = self.slots.allocate(height, max_height);
        }
        layer.slot.ok_or(Withheld::TooLarge)
    }

    /// Put the layers that were placed, and nothing else, into the scene.
    pub(crate) fn finish(
        &mut self,
        transaction: &mut Transaction,
        mut placed: Placed,
        surface: DeviceIntSize,
    ) -> SceneChange {
        for (target, layer) in &mut self.layers {
            if !placed.slots.get(target).is_some_and(Result::is_ok)
                && let Some(slot) = layer.slot.take()
            {
                self.slots.release(slot);
            }
        }

        placed.entries.sort_by_key(|entry| entry.slot.y);
        let mut change = SceneChange::None;
        if placed.entries != self.strip || !self.dead.is_empty() {
            change = SceneChange::Strip;
            self.strip = placed.entries;
            if self.strip.is_empty() {
                transaction.remove_pipeline(strip::PIPELINE);
            } else {
                let display_list = strip::build(&self.strip);
                transaction.set_display_list(Epoch(0), (strip::PIPELINE, display_list));
            }
        }
        // In the same transaction as the strip without them, or their pixels would stay.
        for pipeline in self.dead.drain(..) {
            transaction.remove_pipeline(pipeline);
        }

        // The scroll node that a layer has for the document, as the page has one, is the layer's
        // own. With each frame, because a new scene knows no scroll offsets.
        for (pipeline, offset) in placed.scrolled {
            let offset = SampledScrollOffset { offset, generation: APZScrollGeneration::default() };
            transaction.set_scroll_offsets(ExternalScrollId(0, pipeline), vec![offset]);
        }

        let document = (surface, self.slots.height());
        let had_strip = self.document.1 > 0;
        if document != self.document && (had_strip || document.1 > 0) {
            change = SceneChange::Root;
            let (_, strip) = document;
            let height = if strip > 0 { strip::top(surface) + strip } else { surface.height };
            let size = DeviceIntSize::new(surface.width, height);
            transaction.set_document_view(rect_of(size));
        }
        self.document = document;
        change
    }

    /// Put the strip into the engine's root display list.
    pub(crate) fn push_strip(&self, builder: &mut DisplayListBuilder, root: SpatialId) {
        let (surface, height) = self.document;
        if height > 0 {
            strip::push(builder, root, surface, height);
        }
    }
}
