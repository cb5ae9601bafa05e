/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Pictures and recordings as files.

mod apng;
mod png;
mod thread;
mod y4m;

use std::fmt;
use std::io::{self, Write};

use crate::encode::apng::ApngEncoder;
pub use crate::encode::png::encode_png;
pub use crate::encode::thread::{EncoderThread, Paced};
use crate::encode::y4m::Y4mEncoder;
use crate::pacing::Rate;
use crate::picture::{Picture, Size};

/// How a recording is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordingFormat {
    /// Animated PNG: lossless, with alpha.
    Apng,
    /// YUV4MPEG2: uncompressed 4:2:0 video for encoders, without alpha.
    Y4m,
}

impl RecordingFormat {
    /// The name of the format, which is also the extension of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apng => "apng",
            Self::Y4m => "y4m",
        }
    }

    /// Whether a recording in this format can be transparent.
    pub const fn keeps_alpha(self) -> bool {
        match self {
            Self::Apng => true,
            Self::Y4m => false,
        }
    }

    /// Begin a recording of `total` frames of this size.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the header cannot be written.
    pub fn begin(
        self,
        size: Size,
        rate: Rate,
        total: u64,
        to: Box<dyn Write + Send>,
    ) -> Result<Box<dyn RecordingEncoder>, EncodeError> {
        Ok(match self {
            Self::Apng => Box::new(ApngEncoder::begin(size, rate, total, to)?),
            Self::Y4m => Box::new(Y4mEncoder::begin(size, rate, to)?),
        })
    }
}

/// Writes the frames of a recording as they come.
pub trait RecordingEncoder {
    /// Write this picture for `repeat` frames. It has the size that the recording began with.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the frames cannot be written.
    fn write(&mut self, picture: &Picture, repeat: u64) -> Result<(), EncodeError>;

    /// Write what belongs behind the last frame.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), EncodeError>;
}

/// A picture or recording was not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodeError {
    /// The output does not take the bytes.
    Write(io::Error),
    /// The format cannot hold this.
    Unsupported(String),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => error.fmt(f),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write(error) => Some(error),
            Self::Unsupported(_) => None,
        }
    }
}

impl From<io::Error> for EncodeError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<::png::EncodingError> for EncodeError {
    fn from(error: ::png::EncodingError) -> Self {
        match error {
            ::png::EncodingError::IoError(error) => Self::Write(error),
            other => Self::Unsupported(other.to_string()),
        }
    }
}
