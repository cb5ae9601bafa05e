/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What can be captured alone: what CSS says forms a stacking context, is one box and is flat.

use subcapture_api::{Ineligible, State, Withheld};

use crate::harness::{LIMIT, Page, tests};

tests![stacking_contexts, other_boxes, flattening, boxes, changes_of_style];

/// What is found out about an element with this style: `None` when there are frames of it.
#[track_caller]
fn judge(page: &Page, html: &str) -> Option<Ineligible> {
    page.js(&format!("document.body.innerHTML = {html:?}; 0"));
    page.settle();
    let capture = page.restrict("#t");
    let mut judgement = None;
    let judged = page.tab.spin_until(std::time::Instant::now() + LIMIT, || {
        judgement = match (capture.has_started(), capture.state()) {
            (true, State::Active) if capture.frame_count() > 0 => Some(None),
            (true, State::Paused(Withheld::Ineligible(rule))) => Some(Some(rule)),
            _ => None,
        };
        judgement.is_some()
    });
    assert!(judged, "{html}: {:?}", capture.state());
    judgement.flatten()
}

#[track_caller]
fn assert_judgements(cases: &[(&str, Option<Ineligible>)]) {
    let page = Page::new("");
    let wrong: Vec<_> = cases
        .iter()
        .map(|(html, expected)| (html, *expected, judge(&page, html)))
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "case, expected, found: {wrong:#?}");
}

fn of_styles(cases: &[(&str, Option<Ineligible>)]) {
    let element = |style: &str| {
        format!("<div><div id=t style='width: 50px; height: 40px; {style}'>text</div></div>")
    };
    let cases: Vec<_> = cases.iter().map(|(style, rule)| (element(style), *rule)).collect();
    let cases: Vec<_> = cases.iter().map(|(html, rule)| (html.as_str(), *rule)).collect();
    assert_judgements(&cases);
}

const NO_CONTEXT: Option<Ineligible> = Some(Ineligible::NotStackingContext);

fn stacking_contexts() {
    of_styles(&[
        ("", NO_CONTEXT),
        ("isolation: isolate", None),
        ("position: relative; z-index: 0", None),
        ("position: relative; z-index: -1", None),
        ("position: absolute; z-index: 3", None),
        ("position: relative", NO_CONTEXT),
        ("position: absolute", NO_CONTEXT),
        ("z-index: 3", NO_CONTEXT),
        ("position: fixed", None),
        ("position: sticky", None),
        ("opacity: .9", None),
        ("opacity: 1", NO_CONTEXT),
        ("transform: rotate(1deg)", None),
        ("transform: translate(0)", None),
        ("rotate: 2deg", None),
        ("scale: 1.1", None),
        ("translate: 3px", None),
        ("filter: blur(1px)", None),
        ("mix-blend-mode: multiply", None),
        ("clip-path: inset(3px)", None),
        ("perspective: 100px", None),
        ("will-change: transform", None),
        ("will-change: opacity", None),
        ("will-change: color", NO_CONTEXT),
        ("overflow: hidden", NO_CONTEXT),
        ("border-radius: 9px; overflow: scroll", NO_CONTEXT),
    ]);
}

fn other_boxes() {
    let within = |container: &str, style: &str| {
        format!("<div style='{container}'><div id=t style='{style}'>text</div></div>")
    };
    let cases = [
        (within("display: flex", "z-index: 1"), None),
        (within("display: flex", ""), NO_CONTEXT),
        (within("display: grid", "opacity: .5"), None),
        (within("", "display: inline-block; isolation: isolate"), None),
        (within("", "float: left; isolation: isolate"), None),
        (within("overflow: hidden; opacity: .3", "isolation: isolate"), None),
        (within("transform: rotate(3deg)", "isolation: isolate"), None),
        ("<canvas id=t style='isolation: isolate'>".into(), None),
        ("<iframe id=t style='isolation: isolate'></iframe>".into(), None),
        ("<table id=t style='isolation: isolate'><tr><td>text</table>".into(), None),
        ("<table><tr><td id=t style='isolation: isolate'>text</table>".into(), None),
        ("<button id=t style='isolation: isolate'>text</button>".into(), None),
    ];
    let cases: Vec<_> = cases.iter().map(|(html, rule)| (html.as_str(), *rule)).collect();
    assert_judgements(&cases);
}

fn flattening() {
    let not_flattened = Some(Ineligible::NotFlattened);
    of_styles(&[
        ("transform-style: preserve-3d", not_flattened),
        ("transform-style: preserve-3d; transform: rotateY(9deg)", not_flattened),
        ("transform-style: flat; transform: rotateY(9deg)", None),
        // These flatten, whatever `transform-style` says.
        ("transform-style: preserve-3d; opacity: .9", None),
        ("transform-style: preserve-3d; filter: blur(1px)", None),
        ("transform-style: preserve-3d; isolation: isolate", None),
    ]);
}

fn boxes() {
    let fragmented = Some(Ineligible::Fragmented);
    let inline = |style: &str| {
        format!("<div style='font-size: 11px'>a <span id=t style='{style}'>b c d e f</span></div>")
    };
    let cases = [
        (inline("position: relative; z-index: 1"), None),
        (inline("position: relative; z-index: 1; font-size: 100px"), fragmented),
        (inline("isolation: isolate; display: inline-block"), None),
    ];
    let cases: Vec<_> = cases.iter().map(|(html, rule)| (html.as_str(), *rule)).collect();
    assert_judgements(&cases);
}

/// The verdict follows the style without being asked again.
fn changes_of_style() {
    let page = Page::new("<div id=t style='width: 50px; height: 40px; background: lime'>");
    let capture = page.restrict("#t");
    for (style, rule) in [
        ("", NO_CONTEXT),
        ("opacity: .5", None),
        ("position: relative", NO_CONTEXT),
        ("position: relative; z-index: 2", None),
        ("transform-style: preserve-3d", Some(Ineligible::NotFlattened)),
        ("filter: invert(1)", None),
    ] {
        page.js(&format!("$('#t').style = 'width: 50px; height: 40px; {style}'; 0"));
        let state = rule.map_or(State::Active, |rule| State::Paused(Withheld::Ineligible(rule)));
        page.wait_for_state(&capture, state);
    }
}
