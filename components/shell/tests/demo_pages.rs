/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The demo pages, as a person uses them: a click on the button, and the video beside the board
//! shows the board.
//!
//! Screenshots are left in the folder of this workspace's target, `tmp/`.

mod picture;
mod webdriver;

use std::fs;
use std::path::Path;

use serde_json::Value;

use self::picture::{Picture, Place};
use self::webdriver::{Browser, eventually};

/// The size of the board, which is that of the frames.
const BOARD: (u32, u32) = (320, 220);

/// The two stripes of the stage, around the board.
const STAGE: [[u8; 3]; 2] = [[0xd7, 0xe3, 0xda], [0xe3, 0xec, 0xe5]];

/// The two squares of the screen, behind the video.
const SCREEN: [[u8; 3]; 2] = [[0xff, 0xff, 0xff], [0xcf, 0xda, 0xd4]];

const WHITE: [u8; 3] = [255; 3];

/// Radius of the corners of the board that is captured alone.
const ROUND: u32 = 26;

/// A demo page that is shared and stands still.
struct Demo {
    browser: Browser,
    board: Place,
    video: Place,
}

impl Demo {
    /// Click the page's button, and stop its clock when the video plays what it is meant to.
    fn share(name: &str, state: &str, arguments: &[&str]) -> Self {
        let shown = ["--viewport", "960x560", "--pref", "dom_webrtc_enabled"];
        let browser = Browser::start(&[&shown[..], arguments].concat());
        // That of the checkout which runs this: another one may have built it, to the same cache.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this");
        let page = Path::new(&package).join("demo").join(name);
        browser.go_to(&format!("file://{}", page.display()));
        assert_eq!(browser.evaluate("get('state').textContent"), "Nothing is shared.");
        browser.click("#start");
        eventually("the state", || {
            let text = browser.evaluate("get('state').textContent");
            assert!(!text.as_str().expect("text").starts_with("Not shared"), "{text}");
            (text == state).then_some(())
        });
        eventually("the size of the element", || {
            let size = browser.evaluate("[get('video').videoWidth, get('video').videoHeight]");
            (size == Value::from(vec![BOARD.0, BOARD.1])).then_some(())
        });
        let frames = || {
            let count = browser.evaluate("get('video').getVideoPlaybackQuality().totalVideoFrames");
            count.as_u64().expect("a number")
        };
        let before = frames();
        // A page's clock goes on, and the video with it.
        eventually("frames", || (frames() >= before + 5).then_some(()));
        assert_eq!(browser.evaluate("get('video').paused"), false);
        browser.evaluate("(() => { for (let id = 1; id < 1000; ++id) clearInterval(id); })()");
        let board = place(&browser, "#board");
        let video = place(&browser, "#video");
        assert_eq!((board.width, board.height), BOARD);
        assert_eq!((video.width, video.height), BOARD, "the video is shown px by px");
        Self { browser, board, video }
    }

    /// A picture of the window in which the video shows what `is_shown` asks for, by place in the
    /// board. A frame takes a moment from the board to the video.
    fn picture(&self, name: &str, is_shown: impl Fn(&Picture) -> Result<(), String>) -> Picture {
        let mut last = None;
        let start = std::time::Instant::now();
        loop {
            let picture = self.browser.screenshot();
            let result = is_shown(&picture);
            save(name, &picture);
            match result {
                Ok(()) => return picture,
                Err(reason) => last = last.or(Some(reason)),
            }
            assert!(start.elapsed() < webdriver::PATIENCE, "{name}: {last:?}");
        }
    }
}

fn place(browser: &Browser, selector: &str) -> Place {
    let script = format!(
        "(({{ x, y, width, height }}) => [x, y, width, height])(
            document.querySelector('{selector}').getBoundingClientRect())"
    );
    let [x, y, width, height]: [f64; 4] =
        serde_json::from_value(browser.evaluate(&script)).expect("a rectangle");
    let whole = |number: f64| {
        assert!(number.fract() == 0.0 && number >= 0.0, "{selector} lies on whole px: {number}");
        format!("{number}").parse().expect("small")
    };
    Place { x: whole(x), y: whole(y), width: whole(width), height: whole(height) }
}

fn save(name: &str, picture: &Picture) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    fs::write(path, picture.png()).expect("writable");
}

/// Whether two places show the same, but for the places that `is_of_interest` leaves out.
fn compare(
    (left, left_place): (&Picture, Place),
    (right, right_place): (&Picture, Place),
    is_of_interest: impl Fn((u32, u32)) -> bool,
) -> Result<(), String> {
    let pairs = left.pixels(left_place).zip(right.pixels(right_place));
    let different: Vec<_> = pairs
        .filter(|((position, left), (_, right))| is_of_interest(*position) && left != right)
        .collect();
    match different.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} px differ, the first: {first:?}", different.len())),
    }
}

fn assert_shows_no_surroundings(picture: &Picture, video: Place) {
    let stage = picture.pixels(video).find(|(_, color)| STAGE.contains(color));
    assert_eq!(stage, None, "the stage around the board");
}

/// How many px of the note are to be seen on the board: nothing else there is white.
fn note(picture: &Picture, board: Place) -> usize {
    picture
        .pixels(board)
        .filter(|(position, color)| !is_corner(*position) && *color == WHITE)
        .count()
}

/// Whether a round corner of the board may be there.
fn is_corner((x, y): (u32, u32)) -> bool {
    let is_at_end = |position, length| position < ROUND || position >= length - ROUND;
    is_at_end(x, BOARD.0) && is_at_end(y, BOARD.1)
}

fn region(name: &str, arguments: &[&str]) {
    let state = "The tab is shared, cropped to the board.";
    let demo = Demo::share("region-capture.html", state, arguments);
    let (board, video) = (demo.board, demo.video);
    // The board with what lies on it, and nothing around it.
    let picture =
        demo.picture(name, |picture| compare((picture, board), (picture, video), |_| true));
    assert_shows_no_surroundings(&picture, video);
    assert!(note(&picture, video) > 1000, "the note lies on the board");
}

fn element(name: &str, arguments: &[&str]) {
    let state = "The tab is shared, restricted to the board.";
    let demo = Demo::share("element-capture.html", state, arguments);
    let (board, video) = (demo.board, demo.video);
    let show = |note: &str, score: &str| {
        demo.browser.evaluate(&format!(
            "(get('note').style.visibility = '{note}', get('score').textContent = '{score}')"
        ));
    };
    // What the board looks like without the note, and that the video shows the same then.
    show("hidden", "00:01");
    let alone = demo.picture(&format!("{name}-alone"), |picture| {
        compare((picture, board), (picture, video), |position| !is_corner(position))
    });
    assert_eq!(note(&alone, board), 0);
    // With the note again, and when frames have gone by: another score has been shown.
    let is_shown = |picture: &Picture| {
        compare((&alone, board), (picture, video), |position| !is_corner(position))
    };
    show("visible", "00:02");
    demo.picture(name, |picture| match is_shown(picture) {
        Ok(()) => Err("the other score is not shown".to_owned()),
        Err(_) => Ok(()),
    });
    show("visible", "00:01");
    let picture = demo.picture(name, is_shown);
    // The note is on the page, and not in the video.
    assert!(note(&picture, board) > 1000, "the note lies on the board");
    assert_eq!(note(&picture, video), 0, "the note is not in the video");
    assert_shows_no_surroundings(&picture, video);
    // Through the corners the screen behind the video is seen, where the page shows the stage.
    let (right, bottom) = (BOARD.0 - 1, BOARD.1 - 1);
    for (x, y) in [(0, 0), (right, 0), (0, bottom), (right, bottom)] {
        let corner = picture.pixel(video.x + x, video.y + y);
        assert!(SCREEN.contains(&corner), "{corner:?} at {x}, {y}");
        let corner = picture.pixel(board.x + x, board.y + y);
        assert!(STAGE.contains(&corner), "{corner:?} at {x}, {y} of the page");
    }
}

#[test]
fn region_capture() {
    region("region-capture", &[]);
}

#[test]
fn element_capture() {
    element("element-capture", &[]);
}

#[test]
fn region_capture_in_a_process_of_its_own() {
    region("region-capture-multiprocess", &["--multiprocess"]);
}

#[test]
fn element_capture_in_a_process_of_its_own() {
    element("element-capture-multiprocess", &["--multiprocess"]);
}
