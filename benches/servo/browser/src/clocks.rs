/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! How long processors work for this program.

use std::error::Error;
use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The work of all threads, those that are gone too.
pub(crate) fn process() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(time.tv_sec.unsigned_abs(), nanos)
}

/// The work of the threads that run scripts. In Servo they also lay out and build display lists.
pub(crate) fn layout() -> Result<Duration, Box<dyn Error>> {
    let mut work = Duration::ZERO;
    for task in fs::read_dir("/proc/self/task")? {
        let folder = task?.path();
        // A thread may end while this looks at it.
        let Ok(name) = fs::read_to_string(folder.join("comm")) else { continue };
        if name.starts_with("Script#") {
            let statistics = fs::read_to_string(folder.join("schedstat"))?;
            let nanos = statistics.split_whitespace().next().ok_or("schedstat is empty")?;
            work += Duration::from_nanos(nanos.parse()?);
        }
    }
    Ok(work)
}
