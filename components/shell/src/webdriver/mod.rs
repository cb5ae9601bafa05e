/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `subcapture serve-webdriver`: headless Servo as a browser that WebDriver drives.
//!
//! Servo's own crate speaks the protocol and runs scripts. What is left to an embedder is here:
//! [`options`] is the command line, [`windows`] the windows and what Servo tells about them,
//! [`waiting`] who is to be told when something has happened, [`captures`] what pages may capture,
//! and [`server`] carries out commands.
//!
//! **Architecture invariant:** nothing here captures. A page does, through the web's API and with
//! the client's permission, as in any browser.

mod captures;
mod options;
mod server;
mod waiting;
mod windows;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use self::options::Options;

/// The first argument that asks for this.
pub const SUBCOMMAND: &str = "serve-webdriver";

/// Whether the command line asks for this.
pub fn is_asked_for() -> bool {
    env::args_os().nth(1).is_some_and(|argument| argument == SUBCOMMAND)
}

/// Serve until a client shuts the browser down, or a page crashes.
pub fn run() -> ExitCode {
    // Without the name of the subcommand, which is a part of the program's name in what clap says.
    let arguments: Vec<OsString> = env::args_os().take(1).chain(env::args_os().skip(2)).collect();
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    match server::serve(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("subcapture: {error}");
            ExitCode::from(server::FAILURE_EXIT_CODE)
        }
    }
}
