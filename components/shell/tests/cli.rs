/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The program as its users see it: exit codes, what is written and what is not.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Two boxes: `#card` is alone in its stacking context and half covered, `#plain` is not. What is
/// far down is `#far`.
const PAGE: &str = "<!doctype html>
    <meta charset=utf-8>
    <title>Page</title>
    <style>
        body { margin: 0; background: #00f; height: 3000px }
        div { position: absolute }
        #card { isolation: isolate; left: 20px; top: 10px; width: 101px; height: 51px;
                background: #0f0; border-radius: 20px }
        #cover { left: 60px; top: 0; width: 200px; height: 200px; background: #f00 }
        #plain { position: static; width: 30px; height: 30px }
        #far { top: 2000px; width: 40px; height: 40px; background: #ff0 }
    </style>
    <div id=card></div><div id=cover></div><div id=plain></div><div id=far></div>
    <div id=hidden style='display: none'></div>
    <script>console.log('standard output is not for this')</script>";

struct Sandbox {
    folder: TempDir,
    page: PathBuf,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let page = folder.path().join("page.html");
        fs::write(&page, PAGE).expect("writable");
        fs::create_dir(folder.path().join("out")).expect("writable");
        Self { folder, page }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    fn outputs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("out")).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Run with the page and these arguments, in the folder of the outputs.
    fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let page = self.page.as_os_str();
        run_in(self.folder.path(), [OsStr::new(command), page], arguments)
    }
}

fn run_in<'a>(
    folder: &Path,
    first: impl IntoIterator<Item = &'a OsStr>,
    arguments: &[&str],
) -> Output {
    command(folder).args(first).args(arguments).output().expect("the program starts")
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subcapture"));
    command.current_dir(folder.join("out")).stdin(Stdio::null());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_fails(output: &Output, exit_code: i32, expected: &str) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(exit_code), "{stderr}");
    assert!(stderr.starts_with("subcapture: ") && stderr.contains(expected), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
}

#[track_caller]
fn assert_succeeds(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
}

struct Png {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Png {
    fn decode(bytes: Vec<u8>) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(info.color_type, png::ColorType::Rgba);
        Self { width: info.width, height: info.height, pixels }
    }

    fn read(path: &Path) -> Self {
        Self::decode(fs::read(path).expect("written"))
    }

    fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let start = (y * self.width + x) as usize * 4;
        self.pixels[start..start + 4].try_into().expect("four bytes")
    }
}

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];

#[test]
fn pictures_of_one_moment() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(
        "shot",
        &[
            "--full",
            "-o",
            "full.png",
            "--crop",
            "#card",
            "-o",
            "crop.png",
            "--restrict",
            "#card",
            "-o",
            "alone.png",
            "--viewport",
            "300x200",
            "--json",
        ],
    );
    assert_succeeds(&output);
    assert_eq!(sandbox.outputs(), ["alone.png", "crop.png", "full.png"]);

    let account: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(account["error"], Value::Null);
    assert_eq!(account["page"]["title"], "Page");
    let composites: Vec<_> =
        (0..3).map(|i| &account["captures"][i]["frame"]["composite"]).collect();
    assert!(composites[0].is_u64());
    assert!(composites.iter().all(|composite| *composite == composites[0]), "{composites:?}");
    let crop = &account["captures"][1];
    assert_eq!((&crop["source"], &crop["state"]), (&"crop".into(), &"active".into()));
    for rect in ["css_rect", "device_rect"] {
        let rect = &crop[rect];
        let sides = ["x", "y", "width", "height"].map(|side| rect[side].as_f64());
        assert_eq!(sides, [20.0, 10.0, 101.0, 51.0].map(Some));
    }

    let (full, crop, alone) = (
        Png::read(&sandbox.out("full.png")),
        Png::read(&sandbox.out("crop.png")),
        Png::read(&sandbox.out("alone.png")),
    );
    assert_eq!((full.width, full.height), (300, 200));
    assert_eq!((crop.width, crop.height), (101, 51));
    assert_eq!((alone.width, alone.height), (101, 51));
    for y in 0..crop.height {
        for x in 0..crop.width {
            assert_eq!(crop.pixel(x, y), full.pixel(x + 20, y + 10), "at {x}, {y}");
        }
    }
    assert_eq!([crop.pixel(0, 0), crop.pixel(30, 25), crop.pixel(80, 25)], [BLUE, GREEN, RED]);
    assert_eq!([alone.pixel(30, 25), alone.pixel(80, 25)], [GREEN, GREEN]);
    assert_eq!(alone.pixel(0, 0), [0; 4]);
}

#[test]
fn device_px_follow_ratio_and_zoom() {
    let sandbox = Sandbox::new();
    let arguments = ["--crop", "#card", "-o", "a.png", "--dpr", "2", "--zoom", "1.5"];
    assert_succeeds(&sandbox.run("shot", &arguments));
    let picture = Png::read(&sandbox.out("a.png"));
    assert_eq!((picture.width, picture.height), (303, 153));
}

#[test]
fn scrolling_brings_an_element_into_view() {
    let sandbox = Sandbox::new();
    for scroll in [["--scroll", "0,1900"], ["--scroll-to", "#far"]] {
        let arguments = [&["--crop", "#far", "-o", "a.png"], &scroll[..]].concat();
        assert_succeeds(&sandbox.run("shot", &arguments));
        let picture = Png::read(&sandbox.out("a.png"));
        assert_eq!((picture.width, picture.height), (40, 40));
        assert_eq!(picture.pixel(20, 20), [255, 255, 0, 255]);
    }
}

#[test]
fn a_picture_on_standard_output_is_alone_there() {
    let sandbox = Sandbox::new();
    let output = sandbox.run("shot", &["--restrict", "#card", "-o", "-", "--json"]);
    assert_succeeds(&output);
    assert_eq!(Png::decode(output.stdout.clone()).pixel(30, 25), GREEN);
    let account: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!(account["captures"][0]["output"], "-");
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn html_from_standard_input() {
    let sandbox = Sandbox::new();
    let mut child = command(sandbox.folder.path())
        .args(["shot", "-", "--crop", "#card", "-o", "a.png"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("piped").write_all(PAGE.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(Png::read(&sandbox.out("a.png")).pixel(30, 25), GREEN);
}

#[test]
fn usage_errors() {
    let sandbox = Sandbox::new();
    for arguments in [&["--crop", "#card"][..], &["--full", "-o", "a.png", "--zoom", "0"], &[]] {
        let output = sandbox.run("shot", arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).starts_with("subcapture: "), "{}", stderr(&output));
    }
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn pages_that_do_not_load() {
    let sandbox = Sandbox::new();
    for (page, expected) in [
        ("nowhere.html", "nowhere.html"),
        ("http://127.0.0.1:9/", "cannot load http://127.0.0.1:9/"),
        ("unknown://anything", "cannot load unknown://anything"),
    ] {
        let first = ["shot", page].map(OsStr::new);
        let output = run_in(sandbox.folder.path(), first, &["--full", "-o", "a.png"]);
        assert_fails(&output, 3, expected);
    }
    let endless = ["shot", "data:text/html,<script>while(true){}</script>"].map(OsStr::new);
    let arguments = ["--full", "-o", "a.png", "--timeout", "1"];
    assert_fails(&run_in(sandbox.folder.path(), endless, &arguments), 3, "not loaded after 1 s");
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn content_that_is_no_page() {
    let sandbox = Sandbox::new();
    let file = sandbox.folder.path().join("data.bin");
    fs::write(&file, [0, 1, 2, 3]).expect("writable");
    let first = [OsStr::new("shot"), file.as_os_str()];
    let output = run_in(sandbox.folder.path(), first, &["--full", "-o", "a.png"]);
    assert_fails(&output, 3, "Unknown content type");
}

#[test]
fn selectors_that_find_nothing() {
    let sandbox = Sandbox::new();
    for (selector, exit_code, expected) in
        [("##", 4, "not valid CSS"), ("#nowhere", 5, "no element matches")]
    {
        for flag in ["--crop", "--restrict"] {
            let output = sandbox.run("shot", &[flag, selector, "-o", "a.png"]);
            assert_fails(&output, exit_code, expected);
        }
        let scrolled = ["--full", "-o", "a.png", "--scroll-to", selector];
        assert_fails(&sandbox.run("shot", &scrolled), exit_code, expected);
        let wait = format!("selector:{selector}");
        let waited = ["--full", "-o", "a.png", "--wait", &wait, "--timeout", "1"];
        assert_fails(&sandbox.run("shot", &waited), exit_code, expected);
    }
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn elements_that_cannot_be_captured_alone() {
    let sandbox = Sandbox::new();
    let output = sandbox.run("shot", &["--restrict", "#plain", "-o", "a.png"]);
    assert_fails(&output, 6, "`isolation: isolate`");
    let output = sandbox.run("shot", &["--restrict", "#plain", "-o", "a.png", "--json"]);
    assert_eq!(output.status.code(), Some(6));
    let account: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(account["error"]["exit_code"], 6);
    assert_eq!(account["error"]["kind"], "not-eligible");
    let capture = &account["captures"][0];
    assert_eq!(capture["state"], "paused");
    assert_eq!(capture["reason"]["kind"], "ineligible");
    assert_eq!(capture["reason"]["rule"], "not-stacking-context");
    assert_eq!(capture["reason"]["remedy"], "isolation: isolate");
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn elements_that_are_not_seen_in_time() {
    let sandbox = Sandbox::new();
    for (selector, expected) in [("#far", "in the viewport"), ("#hidden", "not rendered")] {
        let arguments = ["--crop", selector, "-o", "a.png", "--timeout", "0.5"];
        assert_fails(&sandbox.run("shot", &arguments), 7, expected);
    }
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn outputs_that_cannot_be_written() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.out("folder")).expect("writable");
    for path in ["missing/a.png", "folder"] {
        assert_fails(&sandbox.run("shot", &["--full", "-o", path]), 8, path);
    }
    assert_eq!(sandbox.outputs(), ["folder"]);
}

#[cfg(target_os = "linux")]
#[test]
fn outputs_that_turn_out_to_be_full() {
    let sandbox = Sandbox::new();
    let arguments = ["--full", "-o", "a.png", "--crop", "#card", "-o", "/dev/full"];
    assert_fails(&sandbox.run("shot", &arguments), 8, "/dev/full");
    let full = File::options().write(true).open("/dev/full").expect("it is there");
    let output = command(sandbox.folder.path())
        .args([OsStr::new("shot"), sandbox.page.as_os_str()])
        .args(["--full", "-o", "a.png", "--crop", "#card", "-o", "-"])
        .stdout(full)
        .output()
        .expect("the program starts");
    assert_fails(&output, 8, "standard output");
    assert!(sandbox.outputs().is_empty());
}

#[test]
fn if_one_capture_fails_nothing_is_written() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.out("a.png"), "before").expect("writable");
    let output = sandbox.run(
        "shot",
        &[
            "--crop",
            "#card",
            "-o",
            "a.png",
            "--full",
            "-o",
            "-",
            "--restrict",
            "#plain",
            "-o",
            "c.png",
        ],
    );
    assert_fails(&output, 6, "#plain");
    assert_eq!(sandbox.outputs(), ["a.png"]);
    assert_eq!(fs::read(sandbox.out("a.png")).expect("still there"), b"before");
}

#[test]
fn recordings_have_the_length_that_was_asked_for() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(
        "record",
        &[
            "--restrict",
            "#card",
            "-o",
            "a.apng",
            "--crop",
            "#card",
            "-o",
            "-",
            "--fps",
            "10",
            "--duration",
            "0.5",
            "--format",
            "y4m",
            "--json",
        ],
    );
    assert_succeeds(&output);
    let header = b"YUV4MPEG2 W101 H51 F10:1 ";
    assert_eq!(&output.stdout[..header.len()], header);
    let mut decoder = y4m::decode(Cursor::new(output.stdout.clone())).expect("YUV4MPEG2");
    let mut frames = 0;
    while let Ok(frame) = decoder.read_frame() {
        assert_eq!(frame.get_u_plane().len(), 51 * 26);
        frames += 1;
    }
    assert_eq!(frames, 5);
}

#[test]
fn animations_keep_alpha_and_repeat_what_stands_still() {
    let sandbox = Sandbox::new();
    let arguments =
        ["--restrict", "#card", "-o", "a.apng", "--fps", "10", "--duration", "0.5", "--json"];
    let output = sandbox.run("record", &arguments);
    assert_succeeds(&output);
    let account: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let recording = &account["captures"][0]["recording"];
    assert_eq!((&recording["format"], &recording["frames"]), (&"apng".into(), &5.into()));
    assert_eq!((&recording["repeated"], &recording["alpha"]), (&4.into(), &true.into()));

    let bytes = fs::read(sandbox.out("a.apng")).expect("written");
    let reader = png::Decoder::new(Cursor::new(bytes.clone())).read_info().expect("a PNG");
    assert_eq!(reader.info().animation_control().expect("animated").num_frames, 5);
    let first = Png::decode(bytes);
    assert_eq!((first.pixel(0, 0), first.pixel(80, 25)), ([0; 4], GREEN));
}

#[test]
fn what_a_recording_cannot_keep_is_said() {
    let sandbox = Sandbox::new();
    let arguments = ["--restrict", "#card", "-o", "a.y4m", "--fps", "10", "--duration", "0.2"];
    let output = sandbox.run("record", &arguments);
    assert_succeeds(&output);
    assert!(stderr(&output).contains("no alpha"), "{}", stderr(&output));
}
