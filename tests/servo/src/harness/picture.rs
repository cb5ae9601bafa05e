/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pictures, and where they differ.

use std::fmt;

use servo::RgbaImage;

/// Red, green, blue, alpha; multiplied by alpha.
pub(crate) type Rgba = [u8; 4];

/// A rect in device px.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Rect {
    pub(crate) const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) fn contains(self, x: i32, y: i32) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    /// Whether no edge is more than a px away from that of the other.
    pub(crate) fn is_near(self, other: Self) -> bool {
        self.is_within(1, other)
    }

    /// Whether no edge is more than this many px away from that of the other.
    pub(crate) fn is_within(self, px: i32, other: Self) -> bool {
        let edges = |rect: Self| [rect.x, rect.y, rect.x + rect.width, rect.y + rect.height];
        edges(self).into_iter().zip(edges(other)).all(|(a, b)| (a - b).abs() <= px)
    }

    /// What is left without a border of this many px.
    pub(crate) fn inset(self, px: i32) -> Self {
        Self::new(self.x + px, self.y + px, self.width - 2 * px, self.height - 2 * px)
    }

    pub(crate) fn intersection(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        Self::new(x, y, (right - x).max(0), (bottom - y).max(0))
    }
}

/// Rows of pixels, the top row first.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Picture {
    pub(crate) width: i32,
    pub(crate) height: i32,
    pixels: Vec<Rgba>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

impl Picture {
    pub(crate) fn new(width: i32, height: i32, bytes: &[u8]) -> Self {
        let (pixels, rest) = bytes.as_chunks::<4>();
        assert!(rest.is_empty());
        assert_eq!(i32::try_from(pixels.len()), Ok(width * height), "the number of pixels");
        Self { width, height, pixels: pixels.to_vec() }
    }

    #[track_caller]
    pub(crate) fn at(&self, x: i32, y: i32) -> Rgba {
        assert!(self.rect().contains(x, y), "({x}, {y}) is not in {self:?}");
        self.pixels[usize::try_from(y * self.width + x).expect("within the picture")]
    }

    pub(crate) fn rect(&self) -> Rect {
        Rect::new(0, 0, self.width, self.height)
    }

    /// All pixels, each with its place.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = (i32, i32, Rgba)> {
        let places = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        places.zip(&self.pixels).map(|((x, y), pixel)| (x, y, *pixel))
    }

    /// The pixels next to this one.
    pub(crate) fn neighbors(&self, x: i32, y: i32) -> impl Iterator<Item = Rgba> {
        let around = Rect::new(x - 1, y - 1, 3, 3).intersection(self.rect());
        let columns = around.x..around.x + around.width;
        (around.y..around.y + around.height)
            .flat_map(move |y| columns.clone().map(move |x| self.at(x, y)))
    }

    #[track_caller]
    pub(crate) fn cut(&self, rect: Rect) -> Self {
        assert_eq!(self.rect().intersection(rect), rect, "a part of {self:?}");
        let pixels = (rect.y..rect.y + rect.height)
            .flat_map(|y| (rect.x..rect.x + rect.width).map(move |x| (x, y)))
            .map(|(x, y)| self.at(x, y))
            .collect();
        Self { width: rect.width, height: rect.height, pixels }
    }

    /// The smallest rect with all pixels that are so.
    pub(crate) fn bounds_of(&self, is_so: impl Fn(Rgba) -> bool) -> Rect {
        let found = self.pixels().filter(|(.., pixel)| is_so(*pixel));
        let bounds = found.map(|(x, y, _)| [x, y, x + 1, y + 1]);
        let bounds =
            bounds.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        let [left, top, right, bottom] = bounds.unwrap_or_default();
        Rect::new(left, top, right - left, bottom - top)
    }

    /// Whether any pixel has this color, as far as one channel of 255 may be off by `tolerance`.
    pub(crate) fn has(&self, color: Rgba, tolerance: u8) -> bool {
        self.pixels.iter().any(|pixel| distance(*pixel, color) <= tolerance)
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.pixels.iter().all(|pixel| pixel[3] == 255)
    }

    /// All pixels of this part have the color, exactly.
    #[track_caller]
    pub(crate) fn assert_filled(&self, rect: Rect, color: Rgba) {
        for (x, y, pixel) in self.cut(rect).pixels() {
            assert_eq!(pixel, color, "at ({}, {}) of {self:?}", rect.x + x, rect.y + y);
        }
    }

    /// The pictures are the same, to the last bit.
    #[track_caller]
    pub(crate) fn assert_same(&self, expected: &Self, what: &str) {
        assert_eq!((self.width, self.height), (expected.width, expected.height), "{what}: size");
        let mut differing = self.pixels().zip(&expected.pixels).filter(|((.., a), b)| a != *b);
        if let Some(((x, y, pixel), expected)) = differing.next() {
            let count = differing.count() + 1;
            panic!(
                "{what}: {count} px of {self:?} differ; ({x}, {y}): {pixel:?}, not {expected:?}"
            );
        }
    }

    /// Write a PNG to look at, with the colors as they are: multiplied by alpha. Gives its path.
    pub(crate) fn save(&self, name: &str) -> String {
        let folder = std::env::temp_dir().join("subcapture-servo-tests");
        let path = folder.join(format!("{}-{name}.png", std::process::id()));
        let bytes = self.pixels.as_flattened().to_vec();
        let [width, height] = [self.width, self.height].map(i32::cast_unsigned);
        let image = RgbaImage::from_raw(width, height, bytes).expect("four bytes for each px");
        match std::fs::create_dir_all(&folder).map(|()| image.save(&path)) {
            Ok(Ok(())) => path.display().to_string(),
            failed => format!("(no picture: {failed:?})"),
        }
    }

    /// How many colors there are.
    pub(crate) fn colors(&self) -> usize {
        self.pixels.iter().collect::<std::collections::HashSet<_>>().len()
    }
}

/// The largest difference of a channel.
pub(crate) fn distance(a: Rgba, b: Rgba) -> u8 {
    a.into_iter().zip(b).map(|(a, b)| a.abs_diff(b)).max().unwrap_or_default()
}
