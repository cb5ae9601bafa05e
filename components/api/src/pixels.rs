/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the formats of pixels mean: conversions of four bytes each, of which the last is alpha.

/// Divide alpha out of pixels whose colors are multiplied by it.
///
/// Exact: multiplying the result by alpha, and rounding, gives the same pixels again, byte for
/// byte. Where alpha is 0 there is no color, and it is black.
pub fn straight(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(4) {
        let alpha = pixel[3];
        if alpha != u8::MAX {
            for color in &mut pixel[..3] {
                *color = unpremultiply(*color, alpha);
            }
        }
    }
}

/// BGRA of RGBA, or the reverse.
pub fn swap_red_and_blue(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.swap(0, 2);
    }
}

/// The color that gives `color` when it is multiplied by `alpha` and rounded.
fn unpremultiply(color: u8, alpha: u8) -> u8 {
    if alpha == 0 {
        return 0;
    }
    let (color, alpha) = (u32::from(color), u32::from(alpha));
    let straight = (color * 255 + alpha / 2) / alpha;
    // A color above its alpha is not premultiplied; white is as near as it gets.
    u8::try_from(straight).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_by_dividing_alpha_out() {
        for alpha in 0..=255_u8 {
            for color in 0..=alpha {
                let mut pixel = [color, 0, 0, alpha];
                straight(&mut pixel);
                let again = (u32::from(pixel[0]) * u32::from(alpha) + 127) / 255;
                assert_eq!(again, u32::from(color), "{color} of {alpha}");
            }
        }
    }

    #[test]
    fn what_is_not_premultiplied_becomes_no_more_than_white() {
        let mut pixel = [200, 0, 0, 100];
        straight(&mut pixel);
        assert_eq!(pixel, [255, 0, 0, 100]);
    }
}
