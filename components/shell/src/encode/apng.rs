/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A recording as animated PNG.

use std::io::Write;

use png::{BlendOp, Compression, DisposeOp, Writer};

use crate::encode::png::rgba_encoder;
use crate::encode::{EncodeError, RecordingEncoder};
use crate::pacing::Rate;
use crate::picture::{Picture, Size};

/// Writes an animated PNG that plays for ever.
pub(super) struct ApngEncoder {
    writer: Writer<Box<dyn Write + Send>>,
    size: Size,
    previous: Option<Vec<u8>>,
}

/// A frame, or the part of it that differs from the frame before.
struct Part {
    x: u32,
    y: u32,
    size: Size,
}

impl ApngEncoder {
    pub(super) fn begin(
        size: Size,
        rate: Rate,
        total: u64,
        to: Box<dyn Write + Send>,
    ) -> Result<Self, EncodeError> {
        let total = u32::try_from(total)
            .map_err(|_| EncodeError::Unsupported("too many frames for APNG".to_owned()))?;
        // Twice the bytes in a tenth of the time, which keeps up with the page.
        let mut encoder = rgba_encoder(size, Compression::Fast, to);
        encoder.set_animated(total, 0)?;
        encoder.set_frame_delay(rate.seconds(), rate.frames())?;
        // A frame replaces the pixels of its part, alpha included, and leaves all others.
        encoder.set_blend_op(BlendOp::Source)?;
        encoder.set_dispose_op(DisposeOp::None)?;
        Ok(Self { writer: encoder.write_header()?, size, previous: None })
    }

    fn write_part(&mut self, pixels: &[u8], part: &Part) -> Result<(), EncodeError> {
        self.writer.reset_frame_position()?;
        self.writer.set_frame_dimension(part.size.width, part.size.height)?;
        self.writer.set_frame_position(part.x, part.y)?;
        let start = part.x as usize * 4;
        let data: Vec<u8> = pixels
            .chunks_exact(self.size.stride())
            .skip(part.y as usize)
            .take(part.size.height as usize)
            .flat_map(|row| &row[start..start + part.size.stride()])
            .copied()
            .collect();
        Ok(self.writer.write_image_data(&data)?)
    }
}

impl RecordingEncoder for ApngEncoder {
    fn write(&mut self, picture: &Picture, repeat: u64) -> Result<(), EncodeError> {
        if repeat == 0 {
            return Ok(());
        }
        let pixels = picture.straight();
        let part = match &self.previous {
            // The first frame has to be whole.
            None => Part { x: 0, y: 0, size: self.size },
            Some(previous) => difference(self.size, previous, &pixels),
        };
        self.write_part(&pixels, &part)?;
        // A frame cannot be left out, as the number of frames stands at the start of the file
        // and the output may be a pipe, but it can be one pixel that is as it was.
        for _ in 1..repeat {
            self.write_part(&pixels, &Part { x: 0, y: 0, size: Size { width: 1, height: 1 } })?;
        }
        self.previous = Some(pixels);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), EncodeError> {
        Ok(self.writer.finish()?)
    }
}

/// The smallest part that holds every difference of two pictures; one pixel if there is none.
fn difference(size: Size, before: &[u8], after: &[u8]) -> Part {
    let stride = size.stride();
    let rows = || before.chunks_exact(stride).zip(after.chunks_exact(stride)).enumerate();
    let (mut top, mut bottom, mut left, mut right) = (usize::MAX, 0, usize::MAX, 0);
    for (y, (before, after)) in rows().filter(|(_, (before, after))| before != after) {
        let columns = || before.chunks_exact(4).zip(after.chunks_exact(4));
        let differs = |(before, after): (&[u8], &[u8])| before != after;
        let first = columns().position(differs).unwrap_or(0);
        let last = columns().rposition(differs).unwrap_or(0);
        (top, bottom) = (top.min(y), y);
        (left, right) = (left.min(first), right.max(last));
    }
    if top == usize::MAX {
        return Part { x: 0, y: 0, size: Size { width: 1, height: 1 } };
    }
    let px = |value: usize| u32::try_from(value).expect("within a size of u32");
    let size = Size { width: px(right - left + 1), height: px(bottom - top + 1) };
    Part { x: px(left), y: px(top), size }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};
    use std::sync::{Arc, Mutex};

    use png::Decoder;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn record(size: Size, frames: &[(Vec<u8>, u64)]) -> Vec<u8> {
        let file = Shared::default();
        let total = frames.iter().map(|(_, repeat)| repeat).sum();
        let rate = "12.5".parse().expect("a rate");
        let mut encoder =
            ApngEncoder::begin(size, rate, total, Box::new(file.clone())).expect("memory takes it");
        for (pixels, repeat) in frames {
            let picture = Picture::new(size, pixels.clone()).expect("pixels of this size");
            encoder.write(&picture, *repeat).expect("memory takes it");
        }
        Box::new(encoder).finish().expect("memory takes it");
        Arc::try_unwrap(file.0).expect("the only owner").into_inner().expect("not poisoned")
    }

    /// Play an APNG as its specification says, for the operations that are used here.
    fn play(size: Size, file: Vec<u8>) -> Vec<Vec<u8>> {
        let mut reader = Decoder::new(Cursor::new(file)).read_info().expect("an APNG");
        let total = reader.info().animation_control().expect("animated").num_frames;
        let mut canvas = vec![0; size.bytes()];
        let mut played = Vec::new();
        for _ in 0..total {
            let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
            reader.next_frame(&mut pixels).expect("as many frames as announced");
            let control = *reader.info().frame_control().expect("a frame of the animation");
            assert_eq!((control.delay_num, control.delay_den), (2, 25));
            assert_eq!(control.blend_op, BlendOp::Source);
            assert_eq!(control.dispose_op, DisposeOp::None);
            let part = Size { width: control.width, height: control.height };
            for y in 0..part.height as usize {
                let from = y * part.stride();
                let to =
                    (y + control.y_offset as usize) * size.stride() + control.x_offset as usize * 4;
                canvas[to..to + part.stride()].copy_from_slice(&pixels[from..from + part.stride()]);
            }
            played.push(canvas.clone());
        }
        played
    }

    #[test]
    fn plays_what_was_recorded() {
        let size = Size { width: 5, height: 4 };
        let opaque = |value: u8| {
            let pixel = [value, 0, 0, 255];
            pixel.repeat(20)
        };
        let mut dotted = opaque(9);
        dotted[(2 * 5 + 3) * 4..][..4].copy_from_slice(&[0, 0, 0, 0]);
        dotted[(3 * 5 + 1) * 4..][..4].copy_from_slice(&[1, 1, 1, 255]);
        let frames = [(opaque(9), 2), (dotted.clone(), 3), (opaque(1), 0), (opaque(7), 1)];
        let played = play(size, record(size, &frames));
        let expected = [opaque(9), opaque(9), dotted.clone(), dotted.clone(), dotted, opaque(7)];
        assert_eq!(played, expected);
    }

    #[test]
    fn repeated_frames_cost_next_to_nothing() {
        let size = Size { width: 200, height: 200 };
        let noise: Vec<u8> = (0..40_000_u32)
            .flat_map(|i| [i.wrapping_mul(2_654_435_761).to_be_bytes()[1], 0, 0, 255])
            .collect();
        let once = record(size, &[(noise.clone(), 1)]).len();
        let often = record(size, &[(noise, 101)]).len();
        assert!(often < once + 100 * 120, "{often} bytes instead of {once}");
    }

    #[test]
    fn the_difference_is_the_smallest_part() {
        let size = Size { width: 4, height: 3 };
        let before = vec![0; size.bytes()];
        let mut after = before.clone();
        after[(4 + 1) * 4] = 1;
        after[(2 * 4 + 2) * 4 + 3] = 1;
        let part = difference(size, &before, &after);
        assert_eq!((part.x, part.y, part.size), (1, 1, Size { width: 2, height: 2 }));
        let none = difference(size, &before, &before);
        assert_eq!((none.x, none.y, none.size), (0, 0, Size { width: 1, height: 1 }));
    }
}
