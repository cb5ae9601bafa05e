/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! How large pages are shown: all of them in the same way, at any time.

use servo::{DevicePoint, JSValue};

use super::World;
use crate::harness::Rect;
use crate::harness::chance::Chance;

/// In device px.
const SIZES: [(u32, u32); 5] = [LARGEST, (320, 240), (200, 260), (401, 180), (520, 380)];

/// Servo has surfaces as large as the first that it was given, at least.
pub(super) const LARGEST: (u32, u32) = (640, 480);

/// How large pages are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lens {
    size: (u32, u32),
    /// Device px per CSS px, before page zoom.
    ratio: f32,
    page_zoom: f32,
    /// By how much, and which point of the surface stays where it is.
    pinch: Option<(f32, (f32, f32))>,
}

impl Lens {
    /// How pages are opened.
    pub(super) const OPENED: Self = Self { size: LARGEST, ratio: 1., page_zoom: 1., pinch: None };

    /// What each page of a seed begins with.
    pub(super) const START: Self = Self { size: (320, 240), ..Self::OPENED };

    pub(super) fn is_pinched(self) -> bool {
        self.pinch.is_some()
    }

    pub(super) fn is_zoomed(self) -> bool {
        self.page_zoom != 1.
    }

    /// Another size, ratio and page zoom.
    pub(super) fn other(chance: &mut Chance) -> Self {
        Self {
            size: chance.choose(&SIZES),
            ratio: chance.choose(&[1., 1.25, 1.5, 2.]),
            page_zoom: chance.choose(&[1., 1., 0.8, 1.1, 1.5]),
            pinch: None,
        }
    }

    /// The same, zoomed in with two fingers, or out again.
    pub(super) fn pinched(self, chance: &mut Chance) -> Self {
        let place = |chance: &mut Chance, side: u32| {
            let side = i32::try_from(side).expect("small");
            #[expect(clippy::cast_possible_truncation, reason = "tenths of a small number")]
            let place = chance.tenths(0, side) as f32;
            place
        };
        let pinch = match self.pinch {
            Some(_) => None,
            None => {
                let factor = chance.choose(&[1.1, 1.5, 2., 3.]);
                Some((factor, (place(chance, self.size.0), place(chance, self.size.1))))
            }
        };
        Self { pinch, ..self }
    }

    /// Where a part of the viewport is on the surface.
    pub(super) fn place(self, rect: Rect) -> Rect {
        let Some((factor, (x, y))) = self.pinch else {
            return rect;
        };
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let place = |at: i32, center: f32| ((at as f32 - center) * factor + center).round() as i32;
        let (left, top) = (place(rect.x, x), place(rect.y, y));
        let (right, bottom) = (place(rect.x + rect.width, x), place(rect.y + rect.height, y));
        Rect::new(left, top, right - left, bottom - top)
    }
}

impl World {
    /// Show all of the pages so.
    pub(super) fn show(&mut self, lens: Lens) {
        let old = std::mem::replace(&mut self.lens, lens);
        let unpinched = |lens: Lens| Lens { pinch: None, ..lens };
        if unpinched(old) != unpinched(lens) {
            self.pinch(None);
            self.resize(lens);
            self.pinch(lens.pinch);
        } else if old.pinch != lens.pinch {
            self.pinch(lens.pinch);
        }
    }

    fn pinch(&self, pinch: Option<(f32, (f32, f32))>) {
        let webviews = [self.page.tab.webview(), self.bare.webview(), self.alone.webview()];
        let (factor, (x, y)) = pinch.unwrap_or((1., (0., 0.)));
        for webview in webviews {
            let by = if pinch.is_some() { factor / webview.pinch_zoom() } else { 0.01 };
            webview.adjust_pinch_zoom(by, DevicePoint::new(x, y));
        }
        self.wait_for("the pinch zoom", || {
            webviews.iter().all(|webview| (webview.pinch_zoom() - factor).abs() < 0.001)
        });
    }

    fn resize(&self, lens: Lens) {
        let Lens { size, ratio, page_zoom, .. } = lens;
        self.page.begin_device_pixel_ratio(ratio);
        self.page.begin_zoom(page_zoom);
        self.page.resize(size.0, size.1);
        for mirror in [&self.bare, &self.alone] {
            mirror.webview().set_page_zoom(page_zoom);
            mirror.resize(size, ratio);
        }
        // Until script knows, nothing tells that there is something to come.
        let scale = f64::from(ratio) * f64::from(page_zoom);
        let [width, height] = [size.0, size.1].map(|side| f64::from(side) / scale);
        self.wait_for_scripts(&format!(
            "Math.abs(innerWidth - {width}) < 1 && Math.abs(innerHeight - {height}) < 1 &&
            Math.abs(devicePixelRatio - {scale}) < 0.001"
        ));
    }

    /// Wait until an expression is true in all of the pages.
    pub(super) fn wait_for_scripts(&self, condition: &str) {
        let is_true = |value: JSValue| value == JSValue::Boolean(true);
        self.page.wait_for_script(condition);
        for mirror in [&self.bare, &self.alone] {
            let mut answer = mirror.run(condition);
            self.wait_for(condition, || {
                if !answer.is_there() {
                    return false;
                }
                let again = mirror.run(condition);
                is_true(std::mem::replace(&mut answer, again).take())
            });
        }
    }
}
