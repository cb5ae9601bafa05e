/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The pixels of a captured frame, and the one place where their alpha is divided out.

/// Width and height in px.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Size {
    /// Px in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// How many bytes a row of RGBA8 has.
    pub const fn stride(self) -> usize {
        self.width as usize * 4
    }

    /// How many bytes a picture of RGBA8 has.
    pub const fn bytes(self) -> usize {
        self.stride() * self.height as usize
    }
}

/// A picture as the compositor delivers it: RGBA8, colors multiplied by alpha, top row first,
/// tightly packed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Picture {
    size: Size,
    pixels: Vec<u8>,
}

impl Picture {
    /// The picture with these pixels. `None` if there are more or fewer than its size says.
    pub fn new(size: Size, pixels: Vec<u8>) -> Option<Self> {
        (pixels.len() == size.bytes()).then_some(Self { size, pixels })
    }

    /// Width and height.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// RGBA8, colors multiplied by alpha. This is also what the picture looks like over black,
    /// if alpha is left out.
    pub fn premultiplied(&self) -> &[u8] {
        &self.pixels
    }

    /// RGBA8 with colors that are not multiplied by alpha, as PNG has them.
    ///
    /// Exact: multiplying the result by alpha gives the same picture again, byte for byte.
    /// Where alpha is 0 there is no color, and it is black.
    pub fn straight(&self) -> Vec<u8> {
        let mut straight = self.pixels.clone();
        subcapture_api::pixels::straight(&mut straight);
        straight
    }

    /// Whether any pixel shows what would be behind it.
    pub fn has_transparency(&self) -> bool {
        self.pixels.chunks_exact(4).any(|pixel| pixel[3] != u8::MAX)
    }

    /// This picture on a canvas of another size: its top left corner stays where it is, what does
    /// not fit is cut off, and what it does not fill is transparent.
    pub fn on_canvas(self, size: Size) -> Self {
        if self.size == size {
            return self;
        }
        let mut pixels = vec![0; size.bytes()];
        if size.bytes() > 0 && self.size.bytes() > 0 {
            let shared = size.stride().min(self.size.stride());
            let rows = pixels.chunks_exact_mut(size.stride());
            for (to, from) in rows.zip(self.pixels.chunks_exact(self.size.stride())) {
                to[..shared].copy_from_slice(&from[..shared]);
            }
        }
        Self { size, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn opaque_pixels_stay_as_they_are() {
        let picture = Picture::new(size(1, 2), vec![1, 2, 3, 255, 4, 5, 6, 255]);
        let picture = picture.expect("two pixels");
        assert_eq!(picture.straight(), picture.premultiplied());
        assert!(!picture.has_transparency());
    }

    #[test]
    fn transparent_pixels_are_divided() {
        let picture = Picture::new(size(1, 1), vec![64, 32, 0, 128]).expect("one pixel");
        assert_eq!(picture.straight(), [128, 64, 0, 128]);
        assert!(picture.has_transparency());
    }

    #[test]
    fn pixels_have_to_fit_the_size() {
        assert_eq!(Picture::new(size(2, 1), vec![0; 4]), None);
    }

    #[test]
    fn a_larger_canvas_is_padded_and_a_smaller_one_cut() {
        let picture = Picture::new(size(2, 1), vec![1, 1, 1, 255, 2, 2, 2, 255]);
        let picture = picture.expect("two pixels");
        let padded = picture.clone().on_canvas(size(3, 2));
        let mut expected = vec![0; 24];
        expected[..8].copy_from_slice(&[1, 1, 1, 255, 2, 2, 2, 255]);
        assert_eq!(padded.premultiplied(), expected);
        assert_eq!(picture.on_canvas(size(1, 1)).premultiplied(), [1, 1, 1, 255]);
    }
}
