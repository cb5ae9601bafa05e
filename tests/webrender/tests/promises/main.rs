/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What the compositor of captures promises, on a real WebRender.

mod context;
mod crop;
mod damage;
mod damage_of_sessions;
mod delivery;
mod hostile;
mod isolation;
mod lifecycle;
mod nested;
mod passes;
mod random;
mod rasterization;
mod rounding;
mod scrolling;
mod static_page;

use subcapture_api::{CropTargetId, RestrictionTargetId, Subject};
use subcapture_webrender_tests::{Picture, Rgba};

/// The blue of patches that belong to the target.
const OWN: u8 = 200;
/// The blue of patches that cover the target.
const COVER: u8 = 120;
/// The blue of patches behind the target.
const BEHIND: u8 = 40;

/// The crop target of most tests.
const CROP: CropTargetId = CropTargetId::from_bits(1);
/// The restriction target of most tests.
const RESTRICTION: RestrictionTargetId = RestrictionTargetId::from_bits(2);

/// Whether a px is opaque and belongs to the target.
fn is_own(pixel: Rgba) -> bool {
    pixel[2] == OWN && pixel[3] == 255
}

/// What a picture looks like on white.
fn on_white(picture: &Picture) -> Picture {
    let pixels = picture.pixels().flat_map(|[red, green, blue, alpha]| {
        let white = 255 - alpha;
        [red + white, green + white, blue + white, 255]
    });
    Picture::new(picture.size(), pixels.collect())
}

fn crop() -> Subject {
    Subject::Crop(CROP)
}

fn restriction() -> Subject {
    Subject::Restriction(RESTRICTION)
}
