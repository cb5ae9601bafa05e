/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `subcapture`: elements of a page as pictures and recordings.

use std::env;
use std::io::{self, Write};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use clap::error::ErrorKind;
use subcapture_shell::account::Account;
use subcapture_shell::cli::{self, Invocation};
use subcapture_shell::failure::{Failure, FailureKind};
use subcapture_shell::run::{self, Running};
use subcapture_shell::{stdout, webdriver};

/// How long Servo may take to shut down when everything is done. A page whose script never ends
/// keeps it from that.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    if let Some(token) = content_process_token() {
        servo::run_content_process(token);
        return ExitCode::SUCCESS;
    }
    if webdriver::is_asked_for() {
        return webdriver::run();
    }
    match cli::parse(env::args_os()) {
        Ok(invocation) => ExitCode::from(perform(&invocation)),
        Err(error) => report_usage(&error),
    }
}

/// Servo starts this program again for the content processes of a page.
fn content_process_token() -> Option<String> {
    let mut arguments = env::args().skip(1);
    (arguments.next()? == "--content-process").then(|| arguments.next())?
}

/// Do it and tell of it. Returns the exit code.
fn perform(invocation: &Invocation) -> u8 {
    let mut account = Account::new(invocation);
    let mut running = None;
    let result = match stdout::reserve() {
        Ok(()) => run_caught(invocation, &mut account, &mut running),
        Err(_) => Err(Failure::Internal("standard output cannot be set apart")),
    };
    for warning in &account.warnings {
        eprintln!("subcapture: warning: {warning}");
    }
    let mut exit_code = 0;
    if let Err(failure) = result {
        eprintln!("subcapture: {failure}");
        exit_code = failure.kind().exit_code();
    }
    if invocation.json
        && let Err(error) = print_account(invocation, &account)
    {
        eprintln!("subcapture: cannot print the account: {error}");
        exit_code = FailureKind::OutputNotWritable.exit_code();
    }
    shut_down(running, exit_code);
    exit_code
}

/// A panic in Servo is a failure like any other, with an exit code of its own.
fn run_caught(
    invocation: &Invocation,
    account: &mut Account,
    running: &mut Option<Running>,
) -> Result<(), Failure> {
    let run = AssertUnwindSafe(|| run::run(invocation, account, running));
    panic::catch_unwind(run).unwrap_or_else(|_| {
        // What is left of it cannot shut down without panicking again.
        mem::forget(running.take());
        let failure = Failure::Internal("Servo panicked");
        account.fail(&failure);
        Err(failure)
    })
}

fn print_account(invocation: &Invocation, account: &Account) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(account)?;
    text.push('\n');
    if invocation.uses_stdout() {
        io::stderr().write_all(text.as_bytes())
    } else {
        stdout::open()?.write_all(text.as_bytes())
    }
}

fn shut_down(running: Option<Running>, exit_code: u8) {
    thread::spawn(move || {
        thread::sleep(SHUTDOWN_LIMIT);
        process::exit(exit_code.into());
    });
    drop(running);
}

/// Help and version, too, come here.
fn report_usage(error: &clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        eprint!("{}", error.render());
    } else if error.use_stderr() {
        let text = error.render().to_string();
        eprint!("subcapture: {}", text.strip_prefix("error: ").unwrap_or(&text));
    } else if error.print().is_err() {
        return ExitCode::from(FailureKind::OutputNotWritable.exit_code());
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
