/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Short words for what scenes are made of.

use webrender_api::units::{
    DeviceIntPoint, DeviceIntRect, DeviceIntSize, DeviceRect, LayoutPoint, LayoutRect, LayoutSize,
};
use webrender_api::{ColorF, PipelineId};

use crate::document::Node;
use crate::engine::Engine;
use crate::picture::Rgba;
use crate::world::WebView;

/// The pipeline of the top-level document in most scenes.
pub const PAGE: PipelineId = PipelineId(1, 1);

/// An engine with one webview, 1, that fills a surface of this size, and shows these nodes.
pub fn page_of(width: i32, height: i32, scale: f32, nodes: Vec<Node>) -> Engine {
    let mut engine = Engine::new(width, height);
    show_page(&mut engine, width, height, scale, nodes);
    engine
}

/// Have an engine show one webview, 1, of this size, with these nodes.
pub fn show_page(engine: &mut Engine, width: i32, height: i32, scale: f32, nodes: Vec<Node>) {
    let rect = DeviceRect::from_size(DeviceIntSize::new(width, height).to_f32());
    engine.set_view(1, WebView::new(PAGE, rect, scale));
    engine.set_document(PAGE, nodes);
}

/// A point in CSS px.
pub fn point(x: f32, y: f32) -> LayoutPoint {
    LayoutPoint::new(x, y)
}

/// A rect in CSS px, by its top left corner and its size.
pub fn rect(x: f32, y: f32, width: f32, height: f32) -> LayoutRect {
    LayoutRect::from_origin_and_size(point(x, y), LayoutSize::new(width, height))
}

/// A rect in device px, by its top left corner and its size.
pub fn device_rect(x: i32, y: i32, width: i32, height: i32) -> DeviceIntRect {
    let (origin, size) = (DeviceIntPoint::new(x, y), DeviceIntSize::new(width, height));
    DeviceIntRect::from_origin_and_size(origin, size)
}

/// The color that comes out as this px.
pub fn color([red, green, blue, alpha]: Rgba) -> ColorF {
    assert_eq!(alpha, 255, "what an alpha comes out as depends on what is behind it");
    let channel = |value: u8| f32::from(value) / 255.;
    ColorF::new(channel(red), channel(green), channel(blue), 1.)
}

/// A box in one color with an alpha, not multiplied by it.
pub fn glass(area: LayoutRect, red: f32, green: f32, blue: f32, alpha: f32) -> Node {
    Node::Fill(area, ColorF::new(red, green, blue, alpha))
}

/// A box in patches of about this size, every one in another color. `blue` is the same in all of
/// them, and in no patch of another `blue`.
pub fn in_patches(area: LayoutRect, size: f32, blue: u8) -> Vec<Node> {
    let mut patches = Vec::new();
    let mut number = 0_u16;
    let mut y = area.min.y;
    while y < area.max.y {
        let mut x = area.min.x;
        while x < area.max.x {
            let patch = rect(x, y, size, size).intersection_unchecked(&area);
            let [low, high] = number.wrapping_mul(40_503).to_be_bytes();
            patches.push(Node::Fill(patch, color([low, high, blue, 255])));
            number = number.wrapping_add(1);
            x += size;
        }
        y += size;
    }
    patches
}
