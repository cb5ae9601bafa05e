/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A picture as PNG.

use std::io::Write;

use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};

use crate::encode::EncodeError;
use crate::picture::{Picture, Size};

/// Write a picture as PNG: RGBA with 8 bits, straight alpha, sRGB.
///
/// # Errors
///
/// [`EncodeError`] when `to` does not take the bytes or the picture is larger than PNG allows.
pub fn encode_png(picture: &Picture, to: impl Write) -> Result<(), EncodeError> {
    let mut writer = rgba_encoder(picture.size(), Compression::Balanced, to).write_header()?;
    writer.write_image_data(&picture.straight())?;
    Ok(writer.finish()?)
}

/// An encoder for pictures of this size, as all of ours are encoded.
pub(super) fn rgba_encoder<'a, W: Write>(
    size: Size,
    compression: Compression,
    to: W,
) -> Encoder<'a, W> {
    let mut encoder = Encoder::new(to, size.width, size.height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_compression(compression);
    encoder
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use png::Decoder;

    use super::*;

    #[test]
    fn decodes_to_straight_alpha() {
        let size = Size { width: 3, height: 1 };
        let pixels = vec![255, 0, 0, 255, 64, 32, 0, 128, 0, 0, 0, 0];
        let picture = Picture::new(size, pixels).expect("three pixels");
        let mut file = Vec::new();
        encode_png(&picture, &mut file).expect("memory takes it");

        let mut reader = Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height, info.color_type), (3, 1, ColorType::Rgba));
        assert_eq!(pixels, [255, 0, 0, 255, 128, 64, 0, 128, 0, 0, 0, 0]);
    }
}
