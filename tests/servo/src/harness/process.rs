/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! One process for each test.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

/// The name of a test, and the test.
pub(crate) type Test = (&'static str, fn());

/// Names the test that a child process has to run.
const VARIABLE: &str = "SUBCAPTURE_TEST";

/// With this word, Servo starts this program for its content processes.
const CONTENT_PROCESS: &str = "--content-process";

/// A test that takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Seconds to use instead, for tests that are told to take longer.
const TIME_LIMIT_VARIABLE: &str = "SUBCAPTURE_TEST_SECONDS";

/// Rendering takes about a core for each.
const MOST_AT_A_TIME: usize = 2;

/// How much of what a failed test wrote is shown, in bytes.
const MOST_OUTPUT: usize = 8_000;

/// Run the test that this process is there for, or all tests that the command line asks for.
pub(crate) fn main(promises: &[(&str, &[Test])]) {
    let mut words = env::args();
    if words.nth(1).is_some_and(|word| word == CONTENT_PROCESS)
        && let Some(token) = words.next()
    {
        servo::run_content_process(token);
        return;
    }
    let tests = promises.iter().flat_map(|(promise, tests)| {
        tests.iter().map(move |(name, test)| (format!("{promise}::{name}"), *test))
    });
    if let Ok(wanted) = env::var(VARIABLE) {
        let (_, test) = tests.into_iter().find(|(name, _)| *name == wanted).expect("a test");
        test();
        // Shutting Servo down takes a while and shows nothing. A panic does not come here.
        process::exit(0);
    }

    let mut arguments = Arguments::from_args();
    let threads = arguments.test_threads.unwrap_or(MOST_AT_A_TIME);
    arguments.test_threads = Some(threads.min(MOST_AT_A_TIME));
    let trials =
        tests.map(|(name, _)| Trial::test(name.clone(), move || run_in_child(&name))).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn run_in_child(name: &str) -> Result<(), Failed> {
    let mut output = tempfile::tempfile()?;
    let mut child = Command::new(env::current_exe()?)
        .env(VARIABLE, name)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .spawn()?;
    let start = Instant::now();
    let time_limit = match env::var(TIME_LIMIT_VARIABLE) {
        Ok(seconds) => Duration::from_secs(seconds.parse()?),
        Err(_) => TIME_LIMIT,
    };
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > time_limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(Duration::from_millis(10));
    };
    let outcome = match status {
        Some(status) if status.success() => return Ok(()),
        Some(status) => status.to_string(),
        None => format!("killed after {} s", time_limit.as_secs()),
    };
    Err(format!("{outcome}\n{}", last_of(&mut output)?).into())
}

fn last_of(output: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut bytes)?;
    let start = bytes.len().saturating_sub(MOST_OUTPUT);
    Ok(String::from_utf8_lossy(&bytes[start..]).into_owned())
}
