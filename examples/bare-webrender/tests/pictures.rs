/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The program writes what it says.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;

use subcapture_compositor::Replay;

/// Width, height, and RGBA.
fn picture(path: &Path) -> (u32, u32, Vec<[u8; 4]>) {
    let file = File::open(path).expect("the program writes it");
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut bytes).expect("a PNG");
    let pixels = bytes.chunks_exact(4).map(|px| [px[0], px[1], px[2], px[3]]);
    (info.width, info.height, pixels.collect())
}

#[test]
fn the_card_is_covered_in_one_picture_and_alone_in_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_subcapture-bare-webrender");
    let output = Command::new(program).current_dir(&folder).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let banner = [191, 26, 38, 255];
    let (width, height, crop) = picture(&folder.path().join("crop.png"));
    assert_eq!((width, height), (240, 160));
    assert_eq!(crop.iter().filter(|px| **px == banner).count(), 240 * 50);
    assert!(crop.iter().all(|px| px[3] == 255));

    let (width, height, alone) = picture(&folder.path().join("alone.png"));
    assert_eq!((width, height), (240, 160));
    // A card that one can see through, and a box in it.
    assert_eq!(alone.iter().filter(|px| px[3] == 153).count(), 240 * 160 - 120 * 120);
    assert_eq!(alone.iter().filter(|px| **px == [255, 191, 51, 255]).count(), 120 * 120);

    // The trace says the same without a GPU.
    let trace = std::fs::read_to_string(folder.path().join("trace.jsonl")).expect("a trace");
    let mut replay = Replay::default();
    for line in trace.lines() {
        let step = serde_json::from_str(line).expect("a step");
        assert_eq!(replay.perform(step), Ok(()));
    }
    assert_eq!(replay.decisions().len(), 2);
}
