/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Why a run failed, as the program tells it.

use std::fmt;

use serde::Serialize;
use subcapture_api::StartError;

use crate::collect::CollectError;
use crate::embedder::HeadlessError;
use crate::encode::EncodeError;
use crate::load::LoadError;
use crate::output::{OutputError, OutputName};
use crate::page::PageError;

/// Why a run failed.
#[derive(Debug)]
pub enum Failure {
    /// There is no such page.
    Page(PageError),
    /// Servo does not start.
    Headless(HeadlessError),
    /// The page did not get ready.
    Load(LoadError),
    /// There is no frame to show.
    Collect(CollectError),
    /// An output cannot be written.
    Output(OutputError),
    /// A format cannot hold what was captured.
    Encode(OutputName, EncodeError),
    /// A mistake of the program itself.
    Internal(&'static str),
}

/// What a program that runs this one has to tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The page does not load.
    PageNotLoaded,
    /// A selector is not valid CSS.
    InvalidSelector,
    /// No element matches a selector.
    NoMatch,
    /// The element is not eligible to be captured alone.
    NotEligible,
    /// There is nothing to capture within the time limit.
    NothingVisible,
    /// An output cannot be written.
    OutputNotWritable,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// The exit code of the program. 1 is left to the shell and 2 is for the command line.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::PageNotLoaded => 3,
            Self::InvalidSelector => 4,
            Self::NoMatch => 5,
            Self::NotEligible => 6,
            Self::NothingVisible => 7,
            Self::OutputNotWritable => 8,
            Self::Other => 9,
        }
    }
}

impl Failure {
    /// Which kind it is of.
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::Page(_) => FailureKind::PageNotLoaded,
            Self::Load(error) => match error {
                LoadError::Failed { .. }
                | LoadError::Crashed { .. }
                | LoadError::NotLoaded { .. } => FailureKind::PageNotLoaded,
                LoadError::InvalidSelector(_) => FailureKind::InvalidSelector,
                LoadError::NoMatch(_) | LoadError::NotSeen { .. } => FailureKind::NoMatch,
            },
            Self::Collect(error) => match error {
                CollectError::NotStarted { error, .. } => match error {
                    StartError::InvalidSelector => FailureKind::InvalidSelector,
                    StartError::NoMatch => FailureKind::NoMatch,
                    StartError::NoDocument => FailureKind::PageNotLoaded,
                    _ => FailureKind::Other,
                },
                CollectError::NotEligible { .. } => FailureKind::NotEligible,
                CollectError::NothingVisible { .. } => FailureKind::NothingVisible,
                CollectError::Crashed(_) => FailureKind::PageNotLoaded,
                CollectError::Ended { .. } => FailureKind::Other,
            },
            Self::Output(_) | Self::Encode(_, EncodeError::Write(_)) => {
                FailureKind::OutputNotWritable
            }
            Self::Headless(_) | Self::Encode(..) | Self::Internal(_) => FailureKind::Other,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(error) => error.fmt(f),
            Self::Headless(error) => error.fmt(f),
            Self::Load(error) => error.fmt(f),
            Self::Collect(error) => error.fmt(f),
            Self::Output(error) => error.fmt(f),
            Self::Encode(OutputName::Stdout, error) => {
                write!(f, "cannot write to standard output: {error}")
            }
            Self::Encode(output, error) => write!(f, "cannot write {output}: {error}"),
            Self::Internal(what) => write!(f, "internal error: {what}"),
        }
    }
}

impl std::error::Error for Failure {}

macro_rules! from {
    ($($variant:ident($error:ty)),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

from! {
    Page(PageError),
    Headless(HeadlessError),
    Load(LoadError),
    Collect(CollectError),
    Output(OutputError),
}

#[cfg(test)]
mod tests {
    use subcapture_api::Ineligible;

    use super::*;
    use crate::cli::Source;

    #[test]
    fn what_is_not_eligible_is_told_with_its_remedy() {
        let source = Source::Restriction("#card".to_owned());
        let rule = Ineligible::NotStackingContext;
        let failure = Failure::from(CollectError::NotEligible { source, rule });
        assert_eq!(failure.kind().exit_code(), 6);
        let text = failure.to_string();
        assert!(text.contains(&rule.to_string()) && text.contains("isolation: isolate"), "{text}");
    }

    #[test]
    fn start_errors_have_their_own_exit_codes() {
        for (error, exit_code) in [
            (StartError::InvalidSelector, 4),
            (StartError::NoMatch, 5),
            (StartError::NoDocument, 3),
            (StartError::TooManyTargets, 9),
        ] {
            let source = Source::Crop("#card".to_owned());
            let failure = Failure::from(CollectError::NotStarted { source, error });
            assert_eq!(failure.kind().exit_code(), exit_code, "{failure}");
        }
    }
}
