/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Conversions of pixels to the format that a consumer asked for.

use subcapture_api::PixelFormat;
use subcapture_api::pixels::{straight, swap_red_and_blue};
use webrender_api::units::DeviceIntSize;

/// Make what GL reads, RGBA8 with the bottom row first, pixels of another format with the top row
/// first.
pub(crate) fn finish(pixels: &mut [u8], size: DeviceIntSize, format: PixelFormat) {
    flip_rows(pixels, size.width.unsigned_abs() as usize * 4);
    convert(pixels, format);
}

/// Turn a picture upside down in place.
fn flip_rows(pixels: &mut [u8], stride: usize) {
    let mut rows = pixels.chunks_exact_mut(stride);
    while let (Some(top), Some(bottom)) = (rows.next(), rows.next_back()) {
        top.swap_with_slice(bottom);
    }
}

/// Make RGBA8 pixels, whose colors are multiplied by alpha, pixels of another format.
fn convert(pixels: &mut [u8], format: PixelFormat) {
    match format {
        PixelFormat::Bgra8Premultiplied => swap_red_and_blue(pixels),
        PixelFormat::Rgba8Straight => straight(pixels),
        PixelFormat::Bgra8Straight => {
            straight(pixels);
            swap_red_and_blue(pixels);
        }
        // What it is already.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_turned_over() {
        for (before, after) in [
            (&[1, 1, 2, 2, 3, 3][..], &[3, 3, 2, 2, 1, 1][..]),
            (&[1, 1, 2, 2], &[2, 2, 1, 1]),
            (&[1, 1], &[1, 1]),
        ] {
            let mut pixels = before.to_vec();
            flip_rows(&mut pixels, 2);
            assert_eq!(pixels, after);
        }
    }

    #[test]
    fn pixels_are_converted() {
        let converted = |format| {
            let mut pixels = [10, 20, 30, 255, 10, 20, 64, 128, 0, 0, 0, 0];
            convert(&mut pixels, format);
            pixels
        };
        for (format, expected) in [
            (PixelFormat::Rgba8Premultiplied, [10, 20, 30, 255, 10, 20, 64, 128, 0, 0, 0, 0]),
            (PixelFormat::Bgra8Premultiplied, [30, 20, 10, 255, 64, 20, 10, 128, 0, 0, 0, 0]),
            (PixelFormat::Rgba8Straight, [10, 20, 30, 255, 20, 40, 128, 128, 0, 0, 0, 0]),
            (PixelFormat::Bgra8Straight, [30, 20, 10, 255, 128, 40, 20, 128, 0, 0, 0, 0]),
        ] {
            assert_eq!(converted(format), expected, "{format:?}");
        }
    }
}
