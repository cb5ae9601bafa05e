/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `subcapture-wpt`: runs web-platform-tests. `cargo xtask wpt` prepares what it needs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use subcapture_wpt::browser::{BrowserOptions, Product};
use subcapture_wpt::cli::Options;
use subcapture_wpt::report::Report;
use subcapture_wpt::run::{self, RunOptions};
use subcapture_wpt::site::Places;
use subcapture_wpt::suite;
use subcapture_wpt::summary::{self, Summary};

/// The tests cannot be run.
const CANNOT_RUN: u8 = 3;

/// How often a test is run again in Chromium, whose frames come late at times.
const CHROMIUM_RETRIES: usize = 2;

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(CANNOT_RUN)
        }
    }
}

/// Whether everything was as expected.
fn perform(options: &Options) -> Result<bool> {
    let root = options.wpt_root.as_ref().unwrap_or(&options.suite);
    let tests = suite::find(root, &options.tests)?;
    if options.list {
        for test in &tests {
            println!("{}", test.id);
        }
        return Ok(true);
    }
    // A report that cannot be written is found out before the tests ran.
    let create = |path: &PathBuf| {
        File::create(path).with_context(|| format!("cannot write {}", path.display()))
    };
    let report = options.report.as_ref().map(create).transpose()?;
    let run_options = run_options(options);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let run = runtime.block_on(run::run(&tests, &run_options, |outcome, verdict| {
        print!("{}", summary::lines(outcome, verdict));
    }))?;
    if let Some(file) = report {
        let report = Report::new(run_options.browser.product, &run);
        serde_json::to_writer_pretty(BufWriter::new(file), &report)
            .context("cannot write the report")?;
    }
    let summary = Summary::new(&run.outcomes);
    println!("{summary}");
    Ok(summary.is_success())
}

fn run_options(options: &Options) -> RunOptions {
    let product = Product::from(options.product);
    let default_binary = match product {
        Product::Servo => "subcapture",
        Product::Chromium => "/usr/bin/chromium",
    };
    let mut arguments = options.browser_arg.clone();
    if options.multiprocess && product == Product::Servo {
        arguments.push("--multiprocess".to_owned());
    }
    let metadata = options.metadata.clone();
    // Beside the tests.
    let default_metadata = || match options.wpt_root {
        Some(_) => None,
        None => Some(options.suite.with_file_name("metadata")),
    };
    RunOptions {
        browser: BrowserOptions {
            product,
            binary: options.binary.clone().unwrap_or_else(|| default_binary.into()),
            chromedriver: options.chromedriver.clone(),
            arguments,
        },
        places: Places::new(
            options.wpt_root.clone().unwrap_or_else(|| options.suite.clone()),
            options.harness.clone(),
        ),
        metadata: metadata.or_else(default_metadata),
        timeout_multiplier: options.timeout_multiplier,
        processes: options.processes,
        retries: options.retry_unexpected.unwrap_or(match product {
            Product::Servo => 0,
            Product::Chromium => CHROMIUM_RETRIES,
        }),
    }
}
