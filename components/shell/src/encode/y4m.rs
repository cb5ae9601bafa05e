/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A recording as YUV4MPEG2, which video encoders read from a pipe.

use std::io::Write;

use y4m::{Colorspace, Encoder, Frame, Ratio, VendorExtensionString};
use yuv::{
    YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix,
    rgba_to_yuv420,
};

use crate::encode::{EncodeError, RecordingEncoder};
use crate::pacing::Rate;
use crate::picture::{Picture, Size};

/// Writes 4:2:0 video: BT.709, limited range, chroma in the middle of its four px, over black.
/// Odd sizes are kept; their chroma planes are rounded up.
pub(super) struct Y4mEncoder {
    encoder: Encoder<Box<dyn Write + Send>>,
}

impl Y4mEncoder {
    pub(super) fn begin(
        size: Size,
        rate: Rate,
        to: Box<dyn Write + Send>,
    ) -> Result<Self, EncodeError> {
        let rate = Ratio::new(rate.frames().into(), rate.seconds().into());
        // The header has no word for the matrix. That the range is limited is understood by the
        // readers that know this extension (FFmpeg's, for one), and assumed by others.
        let range = VendorExtensionString::new(b"COLORRANGE=LIMITED".to_vec()).map_err(fail)?;
        let encoder = y4m::encode(size.width as usize, size.height as usize, rate)
            .with_colorspace(Colorspace::C420jpeg)
            .append_vendor_extension(range)
            .write_header(to)
            .map_err(fail)?;
        Ok(Self { encoder })
    }
}

impl RecordingEncoder for Y4mEncoder {
    fn write(&mut self, picture: &Picture, repeat: u64) -> Result<(), EncodeError> {
        if repeat == 0 {
            return Ok(());
        }
        let planes = planes(picture)?;
        let planes =
            [&planes.y_plane, &planes.u_plane, &planes.v_plane].map(|plane| plane.borrow());
        for _ in 0..repeat {
            self.encoder.write_frame(&Frame::new(planes, None)).map_err(fail)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// Over black and without alpha, a premultiplied picture is what its colors say.
fn planes(picture: &Picture) -> Result<YuvPlanarImageMut<'static, u8>, EncodeError> {
    let Size { width, height } = picture.size();
    let mut planes = YuvPlanarImageMut::alloc(width, height, YuvChromaSubsampling::Yuv420);
    rgba_to_yuv420(
        &mut planes,
        picture.premultiplied(),
        width * 4,
        YuvRange::Limited,
        YuvStandardMatrix::Bt709,
        YuvConversionMode::Professional,
    )
    .map_err(|error| EncodeError::Unsupported(error.to_string()))?;
    Ok(planes)
}

fn fail(error: y4m::Error) -> EncodeError {
    match error {
        y4m::Error::IoError(error) => EncodeError::Write(error),
        other => EncodeError::Unsupported(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BT.709 in limited range, from its definition.
    fn bt709(rgb: [u8; 3]) -> [f64; 3] {
        let [r, g, b] = rgb.map(|value| f64::from(value) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
    }

    fn plain(size: Size, pixel: [u8; 4]) -> Picture {
        let pixels = pixel.repeat((size.width * size.height) as usize);
        Picture::new(size, pixels).expect("pixels of this size")
    }

    #[test]
    fn colors_are_bt709_limited() {
        let size = Size { width: 8, height: 8 };
        for rgb in [
            [0, 0, 0],
            [255, 255, 255],
            [255, 0, 0],
            [0, 255, 0],
            [0, 0, 255],
            [12, 200, 99],
            [128, 128, 128],
        ] {
            let planes = planes(&plain(size, [rgb[0], rgb[1], rgb[2], 255])).expect("a picture");
            let found = [&planes.y_plane, &planes.u_plane, &planes.v_plane]
                .map(|plane| f64::from(plane.borrow()[0]));
            for (found, expected) in found.into_iter().zip(bt709(rgb)) {
                assert!((found - expected).abs() <= 1.0, "{rgb:?}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn alpha_is_over_black() {
        let size = Size { width: 2, height: 2 };
        let half = planes(&plain(size, [64, 64, 64, 128])).expect("a picture");
        let grey = planes(&plain(size, [64, 64, 64, 255])).expect("a picture");
        assert_eq!(half.y_plane.borrow(), grey.y_plane.borrow());
    }

    #[test]
    fn odd_sizes_are_kept() {
        for (width, height) in [(1, 1), (101, 51), (2, 3), (37, 2)] {
            let size = Size { width, height };
            let planes = planes(&plain(size, [255, 0, 0, 255])).expect("a picture");
            let chroma = (width.div_ceil(2) * height.div_ceil(2)) as usize;
            assert_eq!(planes.y_plane.borrow().len(), (width * height) as usize);
            for (plane, expected) in [(&planes.u_plane, 102.0_f64), (&planes.v_plane, 240.0)] {
                assert_eq!(plane.borrow().len(), chroma);
                for value in plane.borrow() {
                    assert!((f64::from(*value) - expected).abs() <= 1.0, "{size:?}: {value}");
                }
            }
        }
    }

    #[test]
    fn a_decoder_reads_the_recording() {
        let size = Size { width: 5, height: 3 };
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let to = Box::new(file.reopen().expect("the same file"));
        let rate = "30000/1001".parse().expect("a rate");
        let mut encoder = Y4mEncoder::begin(size, rate, to).expect("the file takes it");
        encoder.write(&plain(size, [255, 255, 255, 255]), 2).expect("the file takes it");
        encoder.write(&plain(size, [9, 9, 9, 255]), 0).expect("nothing to take");
        encoder.write(&plain(size, [0, 0, 0, 0]), 1).expect("the file takes it");
        Box::new(encoder).finish().expect("nothing more");

        let mut decoder = y4m::decode(file).expect("a YUV4MPEG2 stream");
        assert_eq!((decoder.get_width(), decoder.get_height()), (5, 3));
        assert_eq!(decoder.get_framerate().to_string(), "30000:1001");
        assert!(matches!(decoder.get_colorspace(), Colorspace::C420jpeg));
        assert!(String::from_utf8_lossy(decoder.get_raw_params()).contains("XCOLORRANGE=LIMITED"));
        for luma in [235, 235, 16] {
            let frame = decoder.read_frame().expect("three frames");
            assert_eq!(frame.get_y_plane(), [luma; 15]);
        }
        assert!(decoder.read_frame().is_err());
    }
}
