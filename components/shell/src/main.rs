/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `subcapture`: elements of a page as pictures and recordings.

use std::env;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
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
    // In content processes too: that is where streams are played.
    subcapture_media::install();
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
    let run = AssertUnwindSafe(|| match stdout::reserve() {
        Ok(()) => run::run(invocation, &mut account, &mut running),
        Err(_) => Err(Failure::Internal("standard output cannot be set apart")),
    });
    let Ok(result) = panic::catch_unwind(run) else {
        // A panic in Servo is a failure like any other, but what is left of it cannot shut down.
        let failure = Failure::Internal("Servo panicked");
        account.fail(&failure);
        exit_at_once(tell(invocation, &account, Err(failure)));
    };
    let exit_code = tell(invocation, &account, result);
    shut_down(running, exit_code);
    exit_code
}

/// Tell how it went. Returns the exit code.
fn tell(invocation: &Invocation, account: &Account, result: Result<(), Failure>) -> u8 {
    for warning in &account.warnings {
        eprintln!("subcapture: warning: {warning}");
    }
    let mut exit_code = 0;
    if let Err(failure) = result {
        eprintln!("subcapture: {failure}");
        exit_code = failure.kind().exit_code();
    }
    if invocation.json
        && let Err(error) = print_account(invocation, account)
    {
        eprintln!("subcapture: cannot print the account: {error}");
        exit_code = FailureKind::OutputNotWritable.exit_code();
    }
    exit_code
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
        exit_at_once(exit_code);
    });
    drop(running);
}

/// Exit without the clean-up of Servo's C++ parts, which crashes while Servo's threads run.
fn exit_at_once(exit_code: u8) -> ! {
    signal_hook::low_level::exit(exit_code.into())
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
