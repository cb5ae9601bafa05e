/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pictures, and where two of them differ.

use std::path::Path;

use webrender_api::units::{DeviceIntPoint, DeviceIntRect, DeviceIntSize};

/// Red, green, blue and alpha of one px, multiplied by alpha.
pub type Rgba = [u8; 4];

/// A picture of premultiplied px, the top row first.
#[derive(Clone, PartialEq)]
pub struct Picture {
    size: DeviceIntSize,
    bytes: Vec<u8>,
}

impl Picture {
    /// A picture of these bytes.
    pub fn new(size: DeviceIntSize, bytes: Vec<u8>) -> Self {
        assert_eq!(bytes.len(), offset(size, 0, size.height));
        Self { size, bytes }
    }

    /// A picture of one color.
    pub fn filled(width: i32, height: i32, color: Rgba) -> Self {
        let size = DeviceIntSize::new(width, height);
        Self::new(size, color.repeat(offset(size, 0, height) / 4))
    }

    /// Width and height in px.
    pub fn size(&self) -> DeviceIntSize {
        self.size
    }

    /// All px, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = Rgba> {
        self.bytes.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]])
    }

    /// The bytes of the picture.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One px.
    pub fn pixel(&self, x: i32, y: i32) -> Rgba {
        let at = offset(self.size, x, y);
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]]
    }

    /// The smallest box around all px of a kind, if there are any.
    pub fn bounds_of(&self, is_of_kind: impl Fn(Rgba) -> bool) -> Option<DeviceIntRect> {
        let pixel = DeviceIntSize::new(1, 1);
        let mut bounds = DeviceIntRect::zero();
        for y in 0..self.size.height {
            for x in (0..self.size.width).filter(|&x| is_of_kind(self.pixel(x, y))) {
                let point = DeviceIntPoint::new(x, y);
                bounds = bounds.union(&DeviceIntRect::from_origin_and_size(point, pixel));
            }
        }
        (!bounds.is_empty()).then_some(bounds)
    }

    /// Paint over a part of the picture. What of it lies outside is left out.
    pub fn fill(&mut self, rect: DeviceIntRect, color: Rgba) {
        let Some(rect) = rect.intersection(&self.bounds()) else {
            return;
        };
        for y in rect.min.y..rect.max.y {
            let (from, to) = (offset(self.size, rect.min.x, y), offset(self.size, rect.max.x, y));
            for pixel in self.bytes[from..to].chunks_exact_mut(4) {
                pixel.copy_from_slice(&color);
            }
        }
    }

    /// Copy a part of another picture of the same size to where it is there.
    pub fn patch(&mut self, rect: DeviceIntRect, other: &Self) {
        assert_eq!(self.size, other.size);
        let Some(rect) = rect.intersection(&self.bounds()) else {
            return;
        };
        for y in rect.min.y..rect.max.y {
            let (from, to) = (offset(self.size, rect.min.x, y), offset(self.size, rect.max.x, y));
            self.bytes[from..to].copy_from_slice(&other.bytes[from..to]);
        }
    }

    /// A part of the picture, which has to lie inside of it.
    pub fn crop(&self, rect: DeviceIntRect) -> Self {
        assert!(self.bounds().contains_box(&rect), "{rect:?} is not in {:?}", self.size);
        let rows = rect.min.y..rect.max.y;
        let bytes = rows.flat_map(|y| {
            let from = offset(self.size, rect.min.x, y);
            &self.bytes[from..offset(self.size, rect.max.x, y)]
        });
        let bytes = bytes.copied().collect();
        Self { size: rect.size(), bytes }
    }

    /// Every px is the same.
    #[track_caller]
    pub fn assert_is(&self, expected: &Self, what: &str) {
        self.assert_is_near(expected, 0, what);
    }

    /// No channel of any px is further away than `tolerance`.
    #[track_caller]
    pub fn assert_is_near(&self, expected: &Self, tolerance: u8, what: &str) {
        if let Some(difference) = self.difference(expected, tolerance) {
            panic!("{what}: {difference}");
        }
    }

    /// Where a channel of a px is further away than `tolerance`, in words, if one is.
    pub fn difference(&self, expected: &Self, tolerance: u8) -> Option<String> {
        if self.size == expected.size && self.worst_difference(expected) <= tolerance {
            return None;
        }
        let (actual_path, expected_path) = (self.save("actual"), expected.save("expected"));
        let difference = self.describe_difference(expected);
        Some(format!("{difference}\nsee {actual_path} and {expected_path}"))
    }

    /// The same, but each px may be like any mix of those next to it, as on the edges of what is
    /// turned and drawn a fraction of a px away.
    pub fn difference_but_for_edges(&self, expected: &Self, tolerance: u8) -> Option<String> {
        let is_mixed = self.size == expected.size
            && self.is_mixed_of(expected, tolerance)
            && expected.is_mixed_of(self, tolerance);
        if is_mixed { None } else { self.difference(expected, tolerance) }
    }

    /// Whether no channel of a px, but for two, is further away than `tolerance` from what it is in
    /// some mix of those that are next to it in the other picture.
    fn is_mixed_of(&self, other: &Self, tolerance: u8) -> bool {
        let DeviceIntSize { width, height, .. } = self.size;
        let is_mixed = |x: i32, y: i32| {
            let pixel = self.pixel(x, y);
            if pixel == other.pixel(x, y) {
                return true;
            }
            let (mut least, mut most) = ([255; 4], [0; 4]);
            for y in (y - 1).max(0)..(y + 2).min(height) {
                for x in (x - 1).max(0)..(x + 2).min(width) {
                    for (channel, value) in other.pixel(x, y).into_iter().enumerate() {
                        least[channel] = value.min(least[channel]);
                        most[channel] = value.max(most[channel]);
                    }
                }
            }
            (0..4).all(|channel| {
                let range = least[channel].saturating_sub(tolerance)
                    ..=most[channel].saturating_add(tolerance);
                range.contains(&pixel[channel])
            })
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let others = pixels.filter(|(x, y)| !is_mixed(*x, *y)).count();
        others <= 2
    }

    /// How many px of two pictures of one size have a channel that differs by more than `tolerance`.
    pub fn differences(&self, other: &Self, tolerance: u8) -> usize {
        assert_eq!(self.size, other.size);
        let differs =
            |(a, b): &(Rgba, Rgba)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > tolerance);
        self.pixels().zip(other.pixels()).filter(differs).count()
    }

    fn worst_difference(&self, other: &Self) -> u8 {
        self.bytes.iter().zip(&other.bytes).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default()
    }

    fn describe_difference(&self, expected: &Self) -> String {
        if self.size != expected.size {
            return format!("the size is {:?}, not {:?}", self.size, expected.size);
        }
        let mut points = Vec::new();
        for y in 0..self.size.height {
            for x in 0..self.size.width {
                if self.pixel(x, y) != expected.pixel(x, y) {
                    points.push(DeviceIntPoint::new(x, y));
                }
            }
        }
        let bounds = DeviceIntRect::from_points(points.iter().copied());
        let first = points.first().copied().unwrap_or_default();
        format!(
            "{} px differ, in {bounds:?}, by at most {}; {first:?} is {:?}, not {:?}",
            points.len(),
            self.worst_difference(expected),
            self.pixel(first.x, first.y),
            expected.pixel(first.x, first.y),
        )
    }

    /// Write a PNG to look at, and give its path.
    pub fn save(&self, name: &str) -> String {
        let folder = std::env::temp_dir().join("subcapture-webrender-tests");
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("main").replace("::", "-");
        let path = folder.join(format!("{test}-{name}.png"));
        match self.write_png(&path) {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("(no picture: {error})"),
        }
    }

    fn write_png(&self, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = std::fs::File::create(path)?;
        let DeviceIntSize { width, height, .. } = self.size;
        let mut encoder = png::Encoder::new(file, width.unsigned_abs(), height.unsigned_abs());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let straight = self.pixels().flat_map(unpremultiplied).collect::<Vec<_>>();
        encoder.write_header()?.write_image_data(&straight)?;
        Ok(())
    }

    fn bounds(&self) -> DeviceIntRect {
        DeviceIntRect::from_size(self.size)
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Where a px begins.
fn offset(size: DeviceIntSize, x: i32, y: i32) -> usize {
    let index = i64::from(y) * i64::from(size.width) + i64::from(x);
    usize::try_from(index * 4).expect("the px is in the picture")
}

fn unpremultiplied([red, green, blue, alpha]: Rgba) -> Rgba {
    let straight = |channel: u8| {
        let value = u16::from(channel) * 255 / u16::from(alpha.max(1));
        u8::try_from(value.min(255)).unwrap_or(u8::MAX)
    };
    [straight(red), straight(green), straight(blue), alpha]
}
