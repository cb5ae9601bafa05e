/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pictures of a window, and places in them.

use std::io::Cursor;

/// A place, in px from the top left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A picture as a PNG has it.
pub(crate) struct Picture {
    encoded: Vec<u8>,
    width: u32,
    channels: u32,
    pixels: Vec<u8>,
}

impl Picture {
    pub(crate) fn decode(encoded: Vec<u8>) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(&encoded)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(info.bit_depth, png::BitDepth::Eight);
        let channels = info.color_type.samples().try_into().expect("at most 4");
        Self { encoded, width: info.width, channels, pixels }
    }

    /// The file.
    pub(crate) fn png(&self) -> &[u8] {
        &self.encoded
    }

    /// A window is opaque: its colour without alpha.
    pub(crate) fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let start = ((y * self.width + x) * self.channels) as usize;
        self.pixels[start..start + 3].try_into().expect("three bytes")
    }

    /// The colours of a place with where they are in it, row by row.
    pub(crate) fn pixels(&self, place: Place) -> impl Iterator<Item = ((u32, u32), [u8; 3])> {
        let positions = (0..place.height).flat_map(move |y| (0..place.width).map(move |x| (x, y)));
        positions.map(move |(x, y)| ((x, y), self.pixel(place.x + x, place.y + y)))
    }
}
