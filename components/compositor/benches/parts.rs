/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What parts of the compositor cost, without WebRender and GL:
//!
//! ```sh
//! cargo bench --package subcapture-compositor --features bench
//! ```

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use subcapture_api::{CropTargetId, Subject, Version, Withheld};
use subcapture_compositor::bench::{Document, fill_slots};
use subcapture_compositor::{Situation, decide};
use webrender_api::units::{DeviceIntRect, DeviceIntSize};

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("targets");
    for targets in [1, 100, 10_000] {
        let mut document = Document::new(targets);
        group.bench_function(BenchmarkId::new("look up one of", targets), |bencher| {
            bencher.iter(|| document.look_up());
        });
        group.bench_function(BenchmarkId::new("set records of", targets), |bencher| {
            bencher.iter(|| document.set_records());
        });
    }
}

fn decisions(criterion: &mut Criterion) {
    let surface = DeviceIntSize::new(1280, 720);
    let version = Version::default();
    let situation = Situation {
        subject: Some((Subject::Crop(CropTargetId::from_bits(1)), version)),
        viewport: Some(DeviceIntRect::from_size(surface)),
        placement: Ok(DeviceIntRect::new((10, 20).into(), (650, 380).into())),
        ineligible: None,
        slot: Err(Withheld::Pending),
        requested_surface: surface,
        version,
        surface,
        max_texture_size: 16_384,
    };
    criterion.bench_function("decide", |bencher| {
        bencher.iter(|| decide(black_box(&situation)));
    });
}

fn slots(criterion: &mut Criterion) {
    criterion.bench_function("fill the strip twice", |bencher| bencher.iter(fill_slots));
}

criterion_group!(parts, documents, decisions, slots);
criterion_main!(parts);
