/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The command line.
//!
//! What comes out of here is valid: selectors aside, which only a document can judge, nothing is
//! left to be parsed.

mod args;
mod pair;
mod values;

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::args::{Cli, CliCommand, PageArgs};
use crate::cli::values::format_by_name;
pub use crate::cli::values::{Scroll, ScrollPosition, Viewport, Wait};
use crate::encode::RecordingFormat;
use crate::gl::GlDriver;
use crate::output::OutputName;
use crate::pacing::Rate;

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The page and how to show it.
    pub page: PageOptions,
    /// What to capture, in the order of the command line. Never empty.
    pub captures: Vec<CaptureOrder>,
    /// How to capture it.
    pub mode: Mode,
    /// Whether to print the account.
    pub json: bool,
}

impl Invocation {
    /// Whether standard output carries a picture or recording.
    pub fn uses_stdout(&self) -> bool {
        self.captures.iter().any(|order| order.output == OutputName::Stdout)
    }
}

/// The page and how to show it.
#[derive(Clone, Debug, PartialEq)]
pub struct PageOptions {
    /// The PAGE argument.
    pub page: OsString,
    /// CSS px before zoom.
    pub viewport: Viewport,
    /// Device px per CSS px.
    pub dpr: f32,
    /// Page zoom.
    pub zoom: f32,
    /// Where to scroll to.
    pub scroll: Option<Scroll>,
    /// What to wait for, in this order. Never empty.
    pub waits: Vec<Wait>,
    /// The time limit.
    pub timeout: Duration,
    /// What to render with.
    pub gl: GlDriver,
    /// Whether content runs in processes of its own.
    pub multiprocess: bool,
}

/// One thing to capture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CaptureOrder {
    /// What it shows.
    pub source: Source,
    /// Where it goes.
    pub output: OutputName,
}

/// What a capture shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// The viewport.
    Viewport,
    /// The page where the first element that matches is.
    Crop(String),
    /// The first element that matches, alone.
    Restriction(String),
}

impl Source {
    /// The selector, if there is one.
    pub fn selector(&self) -> Option<&str> {
        match self {
            Self::Viewport => None,
            Self::Crop(selector) | Self::Restriction(selector) => Some(selector),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Viewport => f.write_str("--full"),
            Self::Crop(selector) => write!(f, "--crop '{selector}'"),
            Self::Restriction(selector) => write!(f, "--restrict '{selector}'"),
        }
    }
}

/// How to capture.
#[derive(Clone, Debug, PartialEq)]
pub enum Mode {
    /// One picture of each.
    Shot,
    /// A recording of each.
    Record {
        /// Output frames per second.
        rate: Rate,
        /// On the page's clock.
        duration: Duration,
        /// One for each capture.
        formats: Vec<RecordingFormat>,
    },
}

/// Read the command line.
///
/// # Errors
///
/// An error to be printed with its own method, which also covers `--help` and `--version`.
pub fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Invocation, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let (name, ordered) = matches.subcommand().expect("clap requires a subcommand");
    let mut command = Cli::command();
    command.build();
    let command = command.find_subcommand_mut(name).expect("it was parsed");
    let usage = |message: String| command.error(ErrorKind::ValueValidation, message);
    invocation(cli.command, ordered).map_err(usage)
}

fn invocation(command: CliCommand, ordered: &ArgMatches) -> Result<Invocation, String> {
    let (page, captures) = match &command {
        CliCommand::Shot(args) => (&args.page, &args.captures),
        CliCommand::Record(args) => (&args.page, &args.captures),
    };
    let captures = pair::pair(captures, ordered)?;
    pair::check_outputs(&captures)?;
    let mode = match &command {
        CliCommand::Shot(_) => Mode::Shot,
        CliCommand::Record(args) => Mode::Record {
            rate: args.fps,
            duration: args.duration,
            formats: captures
                .iter()
                .map(|order| format_of(args.format, &order.output))
                .collect::<Result<_, _>>()?,
        },
    };
    Ok(Invocation { page: page_options(page), captures, mode, json: page.json })
}

fn page_options(args: &PageArgs) -> PageOptions {
    let scroll = args.scroll.map(Scroll::To);
    PageOptions {
        page: args.page.clone(),
        viewport: args.viewport,
        dpr: args.dpr,
        zoom: args.zoom,
        scroll: scroll.or_else(|| args.scroll_to.clone().map(Scroll::Into)),
        waits: if args.wait.is_empty() { vec![Wait::Load] } else { args.wait.clone() },
        timeout: args.timeout,
        gl: args.gl,
        multiprocess: args.multiprocess,
    }
}

fn format_of(
    given: Option<RecordingFormat>,
    output: &OutputName,
) -> Result<RecordingFormat, String> {
    if let Some(format) = given {
        return Ok(format);
    }
    let extension = match output {
        OutputName::Stdout => None,
        OutputName::Path(path) => path.extension().and_then(|extension| extension.to_str()),
    };
    extension.and_then(format_by_name).ok_or_else(|| match output {
        OutputName::Stdout => "a recording on standard output needs --format".to_owned(),
        OutputName::Path(path) => {
            format!("the extension of {} is neither .apng nor .y4m: give --format", path.display())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(arguments: &[&str]) -> Result<Invocation, clap::Error> {
        parse(["subcapture", "shot", "page.html"].iter().chain(arguments))
    }

    fn record(arguments: &[&str]) -> Result<Invocation, clap::Error> {
        let start = ["subcapture", "record", "page.html", "--fps", "30", "--duration", "2"];
        parse(start.iter().chain(arguments))
    }

    fn order(source: Source, output: &str) -> CaptureOrder {
        CaptureOrder { source, output: OutputName::parse(output.as_ref()) }
    }

    fn crop(selector: &str) -> Source {
        Source::Crop(selector.to_owned())
    }

    fn message(result: Result<Invocation, clap::Error>) -> String {
        result.expect_err("a usage error").to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn captures_keep_their_order() {
        let invocation = shot(&[
            "--full",
            "-o",
            "a.png",
            "--crop",
            "#x",
            "-o",
            "-",
            "--restrict",
            "#y",
            "-o",
            "c.png",
            "--full",
            "-o",
            "d.png",
            "--crop=#z",
            "--output=e.png",
        ]);
        let expected = [
            order(Source::Viewport, "a.png"),
            order(crop("#x"), "-"),
            order(Source::Restriction("#y".to_owned()), "c.png"),
            order(Source::Viewport, "d.png"),
            order(crop("#z"), "e.png"),
        ];
        let invocation = invocation.expect("valid");
        assert_eq!(invocation.captures, expected);
        assert!(invocation.uses_stdout());
    }

    #[test]
    fn a_single_capture_may_follow_its_output() {
        let invocation = shot(&["-o", "a.png", "--crop", "#x"]).expect("valid");
        assert_eq!(invocation.captures, [order(crop("#x"), "a.png")]);
    }

    #[test]
    fn captures_and_outputs_have_to_pair() {
        assert!(message(shot(&[])).contains("nothing to capture"));
        assert!(message(shot(&["-o", "a.png"])).contains("-o a.png does not follow"));
        assert!(message(shot(&["--crop", "#x"])).contains("--crop '#x' is not followed"));
        let two = shot(&["--crop", "#x", "--restrict", "#y", "-o", "a.png"]);
        assert!(message(two).contains("--crop '#x' is not followed"));
        let extra = shot(&["--crop", "#x", "-o", "a.png", "-o", "b.png"]);
        assert!(message(extra).contains("-o b.png does not follow"));
        let twice = shot(&["--crop", "#x", "-o", "-", "--full", "-o", "-"]);
        assert!(message(twice).contains("both go to -o -"));
    }

    #[test]
    fn usage_errors_have_exit_code_2() {
        assert_eq!(shot(&[]).expect_err("a usage error").exit_code(), 2);
        assert_eq!(shot(&["--zoom", "0"]).expect_err("a usage error").exit_code(), 2);
    }

    #[test]
    fn options_have_defaults() {
        let page = shot(&["--full", "-o", "a.png"]).expect("valid").page;
        assert_eq!(page.viewport, Viewport { width: 1280, height: 720 });
        assert_eq!((page.dpr, page.zoom), (1.0, 1.0));
        assert_eq!(page.scroll, None);
        assert_eq!(page.waits, [Wait::Load]);
        assert_eq!(page.timeout, Duration::from_secs(30));
    }

    #[test]
    fn options_parse() {
        let page = shot(&[
            "--full",
            "-o",
            "a.png",
            "--viewport",
            "800x600",
            "--dpr",
            "1.25",
            "--zoom",
            "1.5",
            "--scroll",
            "-1,20.5",
            "--wait",
            "load",
            "--wait",
            "selector:a:not(.b)",
            "--wait",
            "0.5",
            "--timeout",
            "2",
        ]);
        let page = page.expect("valid").page;
        assert_eq!(page.viewport, Viewport { width: 800, height: 600 });
        assert_eq!((page.dpr, page.zoom), (1.25, 1.5));
        assert_eq!(page.scroll, Some(Scroll::To(ScrollPosition { x: -1.0, y: 20.5 })));
        let waits = [
            Wait::Load,
            Wait::Selector("a:not(.b)".to_owned()),
            Wait::Time(Duration::from_millis(500)),
        ];
        assert_eq!(page.waits, waits);
        assert_eq!(page.timeout, Duration::from_secs(2));
    }

    #[test]
    fn bad_values_are_refused() {
        for (option, values) in [
            ("--viewport", &["", "800", "0x600", "800x0", "800x600x2", "20000x1", "-1x5"][..]),
            ("--dpr", &["0", "-1", "NaN", "inf", "11", "x"]),
            ("--scroll", &["", "1", "1,2,3", "a,b", "NaN,0"]),
            ("--wait", &["", "soon", "-1", "NaN", "selector"]),
            ("--timeout", &["0", "-1", "x"]),
            ("--gl", &["", "vulkan"]),
        ] {
            for value in values {
                let argument = format!("{option}={value}");
                shot(&["--full", "-o", "a.png", &argument]).expect_err(&argument);
            }
        }
    }

    #[test]
    fn formats_come_from_extensions_or_the_option() {
        let formats = |arguments: &[&str]| match record(arguments).expect("valid").mode {
            Mode::Record { formats, .. } => formats,
            Mode::Shot => unreachable!("a recording was asked for"),
        };
        assert_eq!(formats(&["--full", "-o", "a.apng"]), [RecordingFormat::Apng]);
        assert_eq!(formats(&["--full", "-o", "a.PNG"]), [RecordingFormat::Apng]);
        assert_eq!(formats(&["--full", "-o", "a.y4m"]), [RecordingFormat::Y4m]);
        assert_eq!(formats(&["--full", "-o", "-", "--format", "y4m"]), [RecordingFormat::Y4m]);
        let two = formats(&["--full", "-o", "a.y4m", "--crop", "p", "-o", "a.apng"]);
        assert_eq!(two, [RecordingFormat::Y4m, RecordingFormat::Apng]);
        assert!(message(record(&["--full", "-o", "-"])).contains("needs --format"));
        assert!(message(record(&["--full", "-o", "a.mp4"])).contains("neither .apng nor .y4m"));
    }
}
