/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pictures whose luma, chroma and alpha are in planes of their own, and where those are in memory
//! that a page provides. <https://w3c.github.io/webcodecs/#pixel-format>

use crate::layout::{LayoutError, PixelRect};

/// A format with planes of 8 bits a sample.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "named like the members of VideoPixelFormat")]
pub enum PlanarFormat {
    I420,
    I420A,
    I422,
    I422A,
    I444,
    I444A,
    Nv12,
}

/// What one plane of a format has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Plane {
    /// Px that share a sample, in both directions.
    pub(crate) shared: (u32, u32),
    /// Bytes of a sample.
    pub(crate) bytes: u32,
}

const FULL: Plane = Plane { shared: (1, 1), bytes: 1 };
const HALF: Plane = Plane { shared: (2, 1), bytes: 1 };
const QUARTER: Plane = Plane { shared: (2, 2), bytes: 1 };
/// Both chroma samples, one after the other.
const PAIRS: Plane = Plane { shared: (2, 2), bytes: 2 };

impl PlanarFormat {
    pub(crate) const fn planes(self) -> &'static [Plane] {
        match self {
            Self::I420 => &[FULL, QUARTER, QUARTER],
            Self::I420A => &[FULL, QUARTER, QUARTER, FULL],
            Self::I422 => &[FULL, HALF, HALF],
            Self::I422A => &[FULL, HALF, HALF, FULL],
            Self::I444 => &[FULL, FULL, FULL],
            Self::I444A => &[FULL, FULL, FULL, FULL],
            Self::Nv12 => &[FULL, PAIRS],
        }
    }

    /// Whether the last plane is alpha.
    pub const fn has_alpha(self) -> bool {
        matches!(self, Self::I420A | Self::I422A | Self::I444A)
    }

    /// The same planes but that of alpha.
    #[must_use]
    pub const fn without_alpha(self) -> Self {
        match self {
            Self::I420A => Self::I420,
            Self::I422A => Self::I422,
            Self::I444A => Self::I444,
            Self::I420 | Self::I422 | Self::I444 | Self::Nv12 => self,
        }
    }

    /// Whether a rectangle begins where a sample of every plane does.
    /// <https://w3c.github.io/webcodecs/#videoframe-verify-rect-offset-alignment>
    pub fn is_aligned(self, rect: &PixelRect) -> bool {
        self.planes().iter().all(|plane| {
            rect.x().is_multiple_of(plane.shared.0) && rect.y().is_multiple_of(plane.shared.1)
        })
    }
}

/// Where one plane of a rectangle is in a buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlaneLayout {
    /// Bytes before its first sample.
    pub offset: u32,
    /// Bytes from one of its rows to the next.
    pub stride: u32,
    /// Bytes of a row, without what lies between rows.
    row: u32,
    rows: u32,
    /// The first row and byte of the plane that belong to the rectangle.
    top: u32,
    left: u32,
}

impl PlaneLayout {
    /// One byte after the last row, and after what may lie behind it.
    fn end(&self) -> Option<u32> {
        self.stride.checked_mul(self.rows)?.checked_add(self.offset)
    }
}

/// Where the planes of a rectangle are in a buffer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlanarLayout {
    format: PlanarFormat,
    planes: Vec<PlaneLayout>,
    size: u32,
}

impl PlanarLayout {
    /// The layout that a page asks for with pairs of an offset and a stride, in bytes, one for
    /// each plane; without them, planes and rows follow each other from the start of the buffer.
    /// <https://w3c.github.io/webcodecs/#videoframe-compute-layout-and-allocation-size>
    ///
    /// # Errors
    ///
    /// [`LayoutError`] if the rectangle begins in the middle of a sample, rows or planes would
    /// overlap, there is another number of pairs, or the buffer would be larger than 4 GiB.
    pub fn new(
        format: PlanarFormat,
        rect: PixelRect,
        pairs: Option<&[(u32, u32)]>,
    ) -> Result<Self, LayoutError> {
        if !format.is_aligned(&rect) {
            return Err(LayoutError::Misaligned);
        }
        if pairs.is_some_and(|pairs| pairs.len() != format.planes().len()) {
            return Err(LayoutError::WrongPlaneCount);
        }
        let mut planes: Vec<PlaneLayout> = Vec::with_capacity(format.planes().len());
        let mut size = 0;
        for (index, plane) in format.planes().iter().enumerate() {
            let (across, down) = plane.shared;
            let bytes = plane.bytes;
            let row = rect.width().div_ceil(across).checked_mul(bytes);
            let row = row.ok_or(LayoutError::TooLarge)?;
            let (offset, stride) = pairs.map_or((size, row), |pairs| pairs[index]);
            if stride < row {
                return Err(LayoutError::StrideTooSmall);
            }
            let layout = PlaneLayout {
                offset,
                stride,
                row,
                rows: rect.height().div_ceil(down),
                top: rect.y() / down,
                left: (rect.x() / across).checked_mul(bytes).ok_or(LayoutError::TooLarge)?,
            };
            let end = layout.end().ok_or(LayoutError::TooLarge)?;
            let is_apart = |other: &PlaneLayout| end <= other.offset || other.end() <= Some(offset);
            if !planes.iter().all(is_apart) {
                return Err(LayoutError::PlanesOverlap);
            }
            size = size.max(end);
            planes.push(layout);
        }
        Ok(Self { format, planes, size })
    }

    /// Where the planes are, in their order.
    pub fn planes(&self) -> &[PlaneLayout] {
        &self.planes
    }

    /// Bytes that a buffer needs to have.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Read the planes of a whole picture out of a buffer.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BufferTooSmall`] for a buffer that is smaller than it needs to be.
    pub fn read(&self, buffer: &[u8]) -> Result<Vec<u8>, LayoutError> {
        if buffer.len() < self.size as usize {
            return Err(LayoutError::BufferTooSmall);
        }
        let mut samples = Vec::new();
        for plane in &self.planes {
            let rows = buffer[plane.offset as usize..].chunks(plane.stride as usize);
            for row in rows.take(plane.rows as usize) {
                samples.extend_from_slice(&row[..plane.row as usize]);
            }
        }
        Ok(samples)
    }

    /// Write the planes of the rectangle into a buffer. What is between their rows stays as it is.
    ///
    /// `samples` are the planes of a picture of that width and height, as [`read()`](Self::read)
    /// gives them, and the rectangle is in it.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BufferTooSmall`] for a buffer that is smaller than it needs to be, and
    /// [`LayoutError::RectOutside`] if the rectangle is not in the picture. Nothing is written
    /// then.
    pub fn write(
        &self,
        samples: &[u8],
        width: u32,
        height: u32,
        buffer: &mut [u8],
    ) -> Result<(), LayoutError> {
        if buffer.len() < self.size as usize {
            return Err(LayoutError::BufferTooSmall);
        }
        let whole = Self::new(self.format, PixelRect::whole(width, height)?, None)?;
        let is_inside = |part: &PlaneLayout, plane: &PlaneLayout| {
            part.left + part.row <= plane.row && part.top + part.rows <= plane.rows
        };
        let mut pairs = self.planes.iter().zip(&whole.planes);
        if samples.len() != whole.size as usize
            || !pairs.all(|(part, plane)| is_inside(part, plane))
        {
            return Err(LayoutError::RectOutside);
        }
        for (part, plane) in self.planes.iter().zip(&whole.planes) {
            let left = part.left as usize;
            let row = part.row as usize;
            let sources = samples[plane.offset as usize..]
                .chunks_exact(plane.row as usize)
                .skip(part.top as usize)
                .take(part.rows as usize);
            let targets = buffer[part.offset as usize..].chunks_mut(part.stride as usize);
            for (source, target) in sources.zip(targets) {
                target[..row].copy_from_slice(&source[left..left + row]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PlanarFormat; 7] = [
        PlanarFormat::I420,
        PlanarFormat::I420A,
        PlanarFormat::I422,
        PlanarFormat::I422A,
        PlanarFormat::I444,
        PlanarFormat::I444A,
        PlanarFormat::Nv12,
    ];

    fn whole(format: PlanarFormat, width: u32, height: u32) -> PlanarLayout {
        let rect = PixelRect::whole(width, height).expect("not empty");
        PlanarLayout::new(format, rect, None).expect("fits")
    }

    fn rect(x: f64, y: f64, width: f64, height: f64) -> PixelRect {
        PixelRect::within([x, y, width, height], 100, 100).expect("it is inside")
    }

    #[test]
    fn planes_follow_each_other() {
        let cases = [
            (PlanarFormat::I420, 15 + 6 + 6),
            (PlanarFormat::I420A, 15 + 6 + 6 + 15),
            (PlanarFormat::I422, 15 + 9 + 9),
            (PlanarFormat::I422A, 15 + 9 + 9 + 15),
            (PlanarFormat::I444, 45),
            (PlanarFormat::I444A, 60),
            (PlanarFormat::Nv12, 15 + 12),
        ];
        for (format, size) in cases {
            // Odd sizes have samples of half a pair of px.
            let layout = whole(format, 5, 3);
            assert_eq!(layout.size(), size, "{format:?}");
            let mut expected = 0;
            for plane in layout.planes() {
                assert_eq!(plane.offset, expected, "{format:?}");
                assert_eq!(plane.stride, plane.row, "{format:?}");
                expected += plane.row * plane.rows;
            }
        }
    }

    #[test]
    fn a_rectangle_begins_with_a_sample() {
        let new = |format, rect| PlanarLayout::new(format, rect, None).map(|layout| layout.size());
        assert_eq!(new(PlanarFormat::I420, rect(2.0, 4.0, 3.0, 3.0)), Ok(9 + 4 + 4));
        for (x, y) in [(1.0, 0.0), (0.0, 1.0)] {
            let part = rect(x, y, 2.0, 2.0);
            assert_eq!(new(PlanarFormat::I420, part), Err(LayoutError::Misaligned));
            assert_eq!(new(PlanarFormat::Nv12, part), Err(LayoutError::Misaligned));
            assert_eq!(new(PlanarFormat::I444, part), Ok(12));
            let across = if x == 0.0 { Ok(4 + 2 + 2) } else { Err(LayoutError::Misaligned) };
            assert_eq!(new(PlanarFormat::I422, part), across);
        }
    }

    #[test]
    fn layouts_of_pages_are_checked() {
        let part = rect(0.0, 0.0, 4.0, 2.0);
        let new = |pairs: &[(u32, u32)]| PlanarLayout::new(PlanarFormat::I420, part, Some(pairs));
        let size = |pairs: &[(u32, u32)]| new(pairs).map(|layout| layout.size());
        assert_eq!(size(&[(0, 4), (8, 2), (10, 2)]), Ok(12));
        // In any order, and with gaps.
        assert_eq!(size(&[(10, 6), (1, 3), (5, 2)]), Ok(22));
        assert_eq!(size(&[(0, 4), (8, 2)]), Err(LayoutError::WrongPlaneCount));
        assert_eq!(size(&[]), Err(LayoutError::WrongPlaneCount));
        assert_eq!(size(&[(0, 3), (8, 2), (10, 2)]), Err(LayoutError::StrideTooSmall));
        assert_eq!(size(&[(0, 4), (7, 2), (10, 2)]), Err(LayoutError::PlanesOverlap));
        assert_eq!(size(&[(0, 4), (8, 2), (8, 2)]), Err(LayoutError::PlanesOverlap));
        assert_eq!(size(&[(0, u32::MAX), (8, 2), (10, 2)]), Err(LayoutError::TooLarge));
        assert_eq!(size(&[(u32::MAX, 4), (8, 2), (10, 2)]), Err(LayoutError::TooLarge));
    }

    /// Samples that are all different.
    fn samples(format: PlanarFormat, width: u32, height: u32) -> Vec<u8> {
        (0..=250).cycle().take(whole(format, width, height).size() as usize).collect()
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for format in ALL {
            let samples = samples(format, 7, 5);
            let layout = whole(format, 7, 5);
            let mut buffer = vec![0; layout.size() as usize];
            assert_eq!(layout.write(&samples, 7, 5, &mut buffer), Ok(()));
            assert_eq!(buffer, samples, "{format:?}");
            assert_eq!(layout.read(&buffer), Ok(samples), "{format:?}");
            assert_eq!(layout.read(&buffer[1..]), Err(LayoutError::BufferTooSmall));
            let short = &mut buffer[1..];
            let error = layout.write(&layout.read(&[0; 500]).expect("enough"), 7, 5, short);
            assert_eq!(error, Err(LayoutError::BufferTooSmall));
        }
    }

    #[test]
    fn a_part_is_written_where_it_is_to_be() {
        // 4 × 2 px of luma 0 … 7, and pairs 8 9, 10 11.
        let samples = samples(PlanarFormat::Nv12, 4, 2);
        let part = PixelRect::within([2.0, 0.0, 2.0, 2.0], 4, 2).expect("it is inside");
        let layout = PlanarLayout::new(PlanarFormat::Nv12, part, Some(&[(3, 3), (0, 2)]));
        let layout = layout.expect("fits");
        let mut buffer = [99; 9];
        assert_eq!(layout.write(&samples, 4, 2, &mut buffer), Ok(()));
        assert_eq!(buffer, [10, 11, 99, 2, 3, 99, 6, 7, 99]);
        // Of a smaller picture.
        assert_eq!(layout.write(&samples, 2, 2, &mut buffer), Err(LayoutError::RectOutside));
        assert_eq!(layout.write(&samples[1..], 4, 2, &mut buffer), Err(LayoutError::RectOutside));
    }

    #[test]
    fn alpha_is_the_last_plane() {
        for format in ALL {
            let opaque = format.without_alpha();
            assert!(!opaque.has_alpha());
            assert_eq!(opaque != format, format.has_alpha());
            assert!(format.planes().starts_with(opaque.planes()));
        }
    }
}
