/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What clap reads: the flags, and the help on them.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::cli::values::{
    ScrollPosition, Viewport, Wait, parse_driver, parse_format, parse_scale, positive_seconds,
};
use crate::encode::RecordingFormat;
use crate::gl::GlDriver;
use crate::pacing::Rate;

const EXIT_CODES: &str = "\
Exit codes:
  0  everything that was asked for is written
  2  the command line is wrong
  3  the page does not load
  4  a selector is not valid CSS
  5  no element matches a selector
  6  the element is not eligible to be captured alone
  7  there is nothing to capture within the time limit
  8  an output cannot be written
  9  anything else

On any failure no file appears and existing files stay as they are.";

const EXAMPLES: &str = "\
Examples:
  Crop the page to an element, with whatever covers it:
    subcapture shot https://example.org/ --crop '#chart' -o chart.png

  The element alone, transparent where it is, at twice the size:
    subcapture shot page.html --restrict '#card' -o card.png --dpr 2

  Several pictures of the same moment of one page:
    subcapture shot page.html --full -o page.png --crop '#card' -o crop.png \\
        --restrict '#card' -o alone.png

  HTML from a pipe, picture to a pipe:
    generate-report | subcapture shot - --crop table -o - | display

  An animation with alpha, and a video of the same element:
    subcapture record page.html --restrict '#card' --fps 30 --duration 2 -o card.apng
    subcapture record page.html --restrict '#card' --fps 30 --duration 2 -o - --format y4m \\
        | ffmpeg -i - -colorspace bt709 card.mp4";

const UNITS: &str = "\
Units:
  CSS px are the px of style sheets. --viewport, --scroll and the CSS rects of --json count in
  them. Pictures count in device px: CSS px, times --dpr, times --zoom.";

/// Capture elements of a web page with headless Servo: cropped, with what covers them, or alone,
/// with their transparency.
#[derive(Debug, Parser)]
#[command(
    name = "subcapture",
    version,
    disable_help_subcommand = true,
    after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    after_help = "See `subcapture shot --help` and `subcapture record --help`.",
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// Take PNG pictures of elements, all of the same moment
    ///
    /// Loads the page, waits, and takes one picture for each --crop, --restrict or --full. All of
    /// them show the same frame of the page.
    #[command(after_long_help = format!("{EXAMPLES}\n\n{UNITS}\n\n{EXIT_CODES}"))]
    Shot(ShotArgs),

    /// Record elements for a while, as animated PNG or as video for an encoder
    ///
    /// The recording keeps the page's own time: output frame k shows what was on the page k/fps
    /// seconds after the start, however fast this machine is. Frames that the machine does not
    /// keep up with are repeated, and --json tells how many. If an element changes its size, its
    /// recording keeps the size of the first frame.
    #[command(after_long_help = format!("{EXAMPLES}\n\n{UNITS}\n\n{EXIT_CODES}"))]
    Record(RecordArgs),
}

#[derive(Args, Debug)]
pub(super) struct ShotArgs {
    #[command(flatten)]
    pub(super) captures: CaptureArgs,
    #[command(flatten)]
    pub(super) page: PageArgs,
}

#[derive(Args, Debug)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    pub(super) captures: CaptureArgs,
    #[command(flatten)]
    pub(super) page: PageArgs,

    /// Frames per second of the recording: 30, 12.5 or 30000/1001
    #[arg(long, value_name = "N", help_heading = "Recording")]
    pub(super) fps: Rate,

    /// Length of the recording, in seconds of the page's clock
    #[arg(long, value_name = "SECONDS", value_parser = positive_seconds, help_heading = "Recording")]
    pub(super) duration: Duration,

    /// Format of every output, instead of the one that its extension tells
    ///
    /// apng (also .png) keeps alpha and is lossless. y4m is uncompressed 4:2:0 video (BT.709,
    /// limited range) for encoders to read; it has no alpha, the element is shown over black.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, help_heading = "Recording")]
    pub(super) format: Option<RecordingFormat>,
}

#[derive(Args, Debug)]
pub(super) struct PageArgs {
    /// URL, file, or `-` for HTML on standard input
    ///
    /// Relative URLs in HTML from standard input have no base; use absolute ones, or <base>.
    pub(super) page: OsString,

    /// Size of the viewport in CSS px (before --zoom)
    #[arg(long, value_name = "WxH", default_value = "1280x720", help_heading = "Page")]
    pub(super) viewport: Viewport,

    /// Device px per CSS px (device pixel ratio)
    #[arg(long, value_name = "RATIO", default_value = "1", value_parser = parse_scale, help_heading = "Page")]
    pub(super) dpr: f32,

    /// Page zoom, which makes the page lay out anew; 1 is 100 %
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_scale, help_heading = "Page")]
    pub(super) zoom: f32,

    /// Scroll the page to this position, in CSS px
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true, help_heading = "Page")]
    pub(super) scroll: Option<ScrollPosition>,

    /// Scroll the first element that matches into the middle of the viewport
    #[arg(long, value_name = "SELECTOR", conflicts_with = "scroll", help_heading = "Page")]
    pub(super) scroll_to: Option<String>,

    /// What to wait for before the capture: `load`, `selector:SELECTOR`, or a number of seconds
    ///
    /// Can be given several times; each wait begins when the one before it is over. `load` waits
    /// for the load event, images and fonts included. [default: load]
    #[arg(long, value_name = "WHAT", help_heading = "Page")]
    pub(super) wait: Vec<Wait>,

    /// Time limit in seconds, for the page and its waits, and again for the first frame
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = positive_seconds, help_heading = "Page")]
    pub(super) timeout: Duration,

    /// What to render with: `software`, or `hardware` if this machine has a GPU
    ///
    /// Software gives the same pixels on every machine. Without a GPU, hardware is software too.
    #[arg(long, value_name = "DRIVER", default_value = "software", value_parser = parse_driver, help_heading = "Page")]
    pub(super) gl: GlDriver,

    /// Run each site of the page in a process of its own
    #[arg(long, help_heading = "Page")]
    pub(super) multiprocess: bool,

    /// Print an account of the run as JSON: rects, sizes, counts, times, states and reasons
    ///
    /// On standard output, or on standard error if a picture goes to standard output. It is
    /// printed on failure too, with the reason.
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
}

/// Read by their order, see [`super::pair`].
#[derive(Args, Debug)]
pub(super) struct CaptureArgs {
    /// Capture the page where the element is, with whatever covers it (Region Capture)
    ///
    /// The first element of the document that matches. Every --crop, --restrict and --full is
    /// followed by its own --output.
    #[arg(long, value_name = "SELECTOR", action = ArgAction::Append, help_heading = "Captures")]
    pub(super) crop: Vec<String>,

    /// Capture the element alone, without what covers it or lies behind it (Element Capture)
    ///
    /// The element has to form a stacking context; `isolation: isolate` is enough for that.
    #[arg(long, value_name = "SELECTOR", action = ArgAction::Append, help_heading = "Captures")]
    pub(super) restrict: Vec<String>,

    /// Capture the whole viewport
    #[arg(long, action = ArgAction::Append, num_args = 0, default_missing_value = "true", help_heading = "Captures")]
    pub(super) full: Vec<bool>,

    /// Where the capture named before it goes: a file, or `-` for standard output
    #[arg(short, long, value_name = "FILE", action = ArgAction::Append, help_heading = "Captures")]
    pub(super) output: Vec<OsString>,
}
