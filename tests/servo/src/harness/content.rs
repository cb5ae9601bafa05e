/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Content processes.

use std::process::Command;

/// The content processes of this test.
pub(crate) fn children() -> Vec<u32> {
    let own = std::process::id().to_string();
    let is_child = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name of the program, in parentheses, may contain anything.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(&own)
    };
    let entries = std::fs::read_dir("/proc").expect("processes can be listed");
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| is_child(*pid))
        .collect()
}

/// End the content processes that were not there before, as the operating system does: with
/// nothing said.
#[track_caller]
pub(crate) fn kill_all_but(before: &[u32]) {
    let started: Vec<_> = children().into_iter().filter(|pid| !before.contains(pid)).collect();
    assert!(!started.is_empty(), "the page has a process of its own");
    for pid in started {
        let status = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "{pid} is there");
    }
}
