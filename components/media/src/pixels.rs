/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Conversions of captured pixels that consumers of media want.

use subcapture_api::pixels;

/// Multiply the colors of RGBA8 (or BGRA8) pixels by alpha, and round.
pub(crate) fn premultiply(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(4) {
        let alpha = pixel[3];
        if alpha != u8::MAX {
            for color in &mut pixel[..3] {
                *color = multiply(*color, alpha);
            }
        }
    }
}

/// Leave alpha out.
pub(crate) fn make_opaque(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(4) {
        pixel[3] = u8::MAX;
    }
}

/// BGRA8 of RGBA8, or the reverse.
pub(crate) fn swap_red_and_blue(pixels: &[u8]) -> Vec<u8> {
    let mut swapped = pixels.to_vec();
    pixels::swap_red_and_blue(&mut swapped);
    swapped
}

fn multiply(color: u8, alpha: u8) -> u8 {
    let product = u32::from(color) * u32::from(alpha);
    // At most 255.
    u8::try_from((product + 127) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use subcapture_api::pixels::straight;

    use super::*;

    #[test]
    fn premultiplying_again_gives_the_same_pixels() {
        for alpha in 0..=255 {
            for color in 0..=alpha {
                let mut pixel = [color, 0, color, alpha];
                straight(&mut pixel);
                premultiply(&mut pixel);
                assert_eq!(pixel, [color, 0, color, alpha]);
            }
        }
    }

    #[test]
    fn colors_above_alpha_become_white_and_invisible_ones_black() {
        let mut pixels = [200, 100, 0, 100, 255, 1, 0, 0];
        straight(&mut pixels);
        assert_eq!(pixels, [255, 255, 0, 100, 0, 0, 0, 0]);
    }

    #[test]
    fn opaque_pixels_stay_as_they_are() {
        let mut pixels = [1, 2, 3, 255, 4, 5, 6, 255];
        straight(&mut pixels);
        assert_eq!(pixels, [1, 2, 3, 255, 4, 5, 6, 255]);
    }

    #[test]
    fn red_and_blue_change_places() {
        let rgba = [1, 2, 3, 4, 5, 6, 7, 8];
        let bgra = swap_red_and_blue(&rgba);
        assert_eq!(bgra, [3, 2, 1, 4, 7, 6, 5, 8]);
        assert_eq!(swap_red_and_blue(&bgra), rgba);
    }
}
