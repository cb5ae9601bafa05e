/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the samples of planes look like: RGBA of luma and chroma.

use crate::layout::{LayoutError, PixelRect};
use crate::planar::{PlanarFormat, PlanarLayout};

/// What luma and chroma mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct YuvColors {
    /// How they are made of colors.
    pub matrix: YuvMatrix,
    /// Whether samples have all values from 0 to 255. Otherwise luma has 16 to 235, and chroma 16
    /// to 240.
    pub is_full_range: bool,
}

/// How luma and chroma are made of colors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum YuvMatrix {
    /// ITU-R BT.709: television in high definition.
    Bt709,
    /// ITU-R BT.601: television before, and JPEG.
    Bt601,
    /// ITU-R BT.2020 with non-constant luminance.
    Bt2020,
    /// Not at all: the planes are green, blue and red.
    Identity,
}

/// A value of a color between 0 and 1 is kept as a multiple of this.
const ONE: i32 = 1 << 16;

/// What a sample contributes to the colors, in multiples of `1 / ONE` of a step of 8 bits.
struct Coefficients {
    /// What luma has at black.
    black: i32,
    luma: i32,
    red_of_v: i32,
    green_of_u: i32,
    green_of_v: i32,
    blue_of_u: i32,
}

impl YuvColors {
    /// `None` if there is nothing to compute.
    fn coefficients(self) -> Option<Coefficients> {
        // The parts that red and blue have in luma.
        let (red, blue) = match self.matrix {
            YuvMatrix::Bt709 => (0.2126, 0.0722),
            YuvMatrix::Bt601 => (0.299, 0.114),
            YuvMatrix::Bt2020 => (0.2627, 0.0593),
            YuvMatrix::Identity => return None,
        };
        let green = 1.0 - red - blue;
        let (black, luma, chroma) =
            if self.is_full_range { (0, 1.0, 1.0) } else { (16, 255.0 / 219.0, 255.0 / 224.0) };
        #[expect(clippy::cast_possible_truncation, reason = "between -3 and 3")]
        let fixed = |factor: f64| (factor * f64::from(ONE)).round() as i32;
        Some(Coefficients {
            black,
            luma: fixed(luma),
            red_of_v: fixed(2.0 * (1.0 - red) * chroma),
            green_of_u: fixed(-2.0 * blue * (1.0 - blue) / green * chroma),
            green_of_v: fixed(-2.0 * red * (1.0 - red) / green * chroma),
            blue_of_u: fixed(2.0 * (1.0 - blue) * chroma),
        })
    }
}

impl Coefficients {
    fn rgb(&self, [y, u, v]: [u8; 3]) -> [u8; 3] {
        let y = (i32::from(y) - self.black) * self.luma + ONE / 2;
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        [
            y + self.red_of_v * v,
            y + self.green_of_u * u + self.green_of_v * v,
            y + self.blue_of_u * u,
        ]
        .map(|color| u8::try_from((color / ONE).clamp(0, 255)).unwrap_or_default())
    }
}

/// RGBA8 of the planes of a picture, tightly packed, with colors that are not multiplied by alpha.
/// Px that share a sample have it alike.
///
/// `samples` are the planes as [`PlanarLayout::read`] gives them.
///
/// # Errors
///
/// [`LayoutError`] if there is no such picture, or there are more or fewer samples than it has.
pub fn rgba_of_planes(
    samples: &[u8],
    format: PlanarFormat,
    width: u32,
    height: u32,
    colors: YuvColors,
) -> Result<Vec<u8>, LayoutError> {
    let layout = PlanarLayout::new(format, PixelRect::whole(width, height)?, None)?;
    if samples.len() != layout.size() as usize {
        return Err(LayoutError::BufferTooSmall);
    }
    let sources: Vec<_> = layout.planes().iter().zip(format.planes()).collect();
    // The sample of a px in a plane, or the second one of a pair.
    let sample = |plane: usize, second: usize, x: usize, y: usize| {
        let (layout, plane) = sources[plane];
        let (across, down) = plane.shared;
        let row = y / down as usize * layout.stride as usize;
        let column = x / across as usize * plane.bytes as usize;
        samples[layout.offset as usize + row + column + second]
    };
    let coefficients = colors.coefficients();
    let (width, height) = (width as usize, height as usize);
    let bytes = width.checked_mul(height).and_then(|px| px.checked_mul(4));
    let mut pixels = Vec::with_capacity(bytes.ok_or(LayoutError::TooLarge)?);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = match format {
                PlanarFormat::Nv12 => (sample(1, 0, x, y), sample(1, 1, x, y)),
                _ => (sample(1, 0, x, y), sample(2, 0, x, y)),
            };
            let luma = sample(0, 0, x, y);
            let rgb = match &coefficients {
                Some(coefficients) => coefficients.rgb([luma, u, v]),
                None => [v, luma, u],
            };
            let alpha = if format.has_alpha() { sample(3, 0, x, y) } else { u8::MAX };
            pixels.extend_from_slice(&[rgb[0], rgb[1], rgb[2], alpha]);
        }
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn colors(matrix: YuvMatrix, is_full_range: bool) -> YuvColors {
        YuvColors { matrix, is_full_range }
    }

    /// The color of one px.
    fn rgb(yuv: [u8; 3], colors: YuvColors) -> [u8; 3] {
        let pixels = rgba_of_planes(&yuv, PlanarFormat::I444, 1, 1, colors).expect("one px");
        assert_eq!(pixels[3], 255);
        [pixels[0], pixels[1], pixels[2]]
    }

    #[track_caller]
    fn assert_near(found: [u8; 3], expected: [u8; 3]) {
        let is_near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(is_near, "{found:?} instead of {expected:?}");
    }

    #[test]
    fn primaries_are_those_of_the_standards() {
        // Luma and chroma of red, green and blue, from the definitions.
        let bt709 = colors(YuvMatrix::Bt709, false);
        assert_near(rgb([63, 102, 240], bt709), [255, 0, 0]);
        assert_near(rgb([173, 42, 26], bt709), [0, 255, 0]);
        assert_near(rgb([32, 240, 118], bt709), [0, 0, 255]);
        let bt601 = colors(YuvMatrix::Bt601, false);
        assert_near(rgb([81, 90, 240], bt601), [255, 0, 0]);
        assert_near(rgb([145, 54, 34], bt601), [0, 255, 0]);
        assert_near(rgb([41, 240, 110], bt601), [0, 0, 255]);
        let jpeg = colors(YuvMatrix::Bt601, true);
        assert_near(rgb([76, 85, 255], jpeg), [254, 0, 0]);
        assert_near(rgb([150, 44, 21], jpeg), [0, 255, 1]);
        let bt2020 = colors(YuvMatrix::Bt2020, false);
        assert_near(rgb([74, 97, 240], bt2020), [255, 0, 0]);
    }

    #[test]
    fn grays_have_no_color() {
        for matrix in [YuvMatrix::Bt709, YuvMatrix::Bt601, YuvMatrix::Bt2020] {
            for luma in 0..=255 {
                assert_eq!(rgb([luma, 128, 128], colors(matrix, true)), [luma; 3]);
            }
            let limited = colors(matrix, false);
            assert_eq!(rgb([16, 128, 128], limited), [0; 3]);
            assert_eq!(rgb([235, 128, 128], limited), [255; 3]);
            // What is outside of the range is cut off.
            assert_eq!(rgb([0, 128, 128], limited), [0; 3]);
            assert_eq!(rgb([255, 128, 128], limited), [255; 3]);
        }
    }

    #[test]
    fn every_sample_has_a_color() {
        for matrix in [YuvMatrix::Bt709, YuvMatrix::Bt601, YuvMatrix::Bt2020] {
            for extreme in 0..8_u8 {
                let yuv = [0, 1, 2].map(|bit| if extreme >> bit & 1 == 1 { 255 } else { 0 });
                rgb(yuv, colors(matrix, false));
                rgb(yuv, colors(matrix, true));
            }
        }
    }

    #[test]
    fn planes_of_colors_are_taken_as_they_are() {
        assert_eq!(rgb([1, 2, 3], colors(YuvMatrix::Identity, true)), [3, 1, 2]);
    }

    #[test]
    fn neighbors_share_samples() {
        let full = colors(YuvMatrix::Identity, true);
        // 3 × 3 px of luma 0 … 8; u 10 … 13 and v 20 … 23 for squares of 4 px.
        let luma: Vec<u8> = (0..9).collect();
        let squares = [&luma[..], &[10, 11, 12, 13], &[20, 21, 22, 23]].concat();
        let pairs = [&luma[..], &[10, 20, 11, 21, 12, 22, 13, 23]].concat();
        let expected: Vec<u8> = (0..9_u8)
            .flat_map(|index| {
                let square = index / 3 / 2 * 2 + index % 3 / 2;
                [20 + square, index, 10 + square, 255]
            })
            .collect();
        let i420 = rgba_of_planes(&squares, PlanarFormat::I420, 3, 3, full);
        assert_eq!(i420.as_deref(), Ok(&expected[..]));
        assert_eq!(rgba_of_planes(&pairs, PlanarFormat::Nv12, 3, 3, full), i420);

        let rows = [&luma[..3], &[10, 11], &[20, 21]].concat();
        let i422 = rgba_of_planes(&rows, PlanarFormat::I422, 3, 1, full).expect("3 px");
        assert_eq!(i422, [20, 0, 10, 255, 20, 1, 10, 255, 21, 2, 11, 255]);
    }

    #[test]
    fn alpha_is_straight() {
        let colors = colors(YuvMatrix::Identity, true);
        let pixel = rgba_of_planes(&[1, 2, 200, 4], PlanarFormat::I444A, 1, 1, colors);
        assert_eq!(pixel, Ok(vec![200, 1, 2, 4]));
    }

    #[test]
    fn samples_have_to_be_all_there() {
        let colors = colors(YuvMatrix::Bt709, true);
        let convert = |bytes: usize| {
            rgba_of_planes(&vec![0; bytes], PlanarFormat::I420, 2, 2, colors).map(drop)
        };
        assert_eq!(convert(6), Ok(()));
        assert_eq!(convert(5), Err(LayoutError::BufferTooSmall));
        assert_eq!(convert(7), Err(LayoutError::BufferTooSmall));
    }
}
