/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `CropTarget.fromElement()` and `RestrictionTarget.fromElement()` in page script.

use crate::harness::{Page, Setup, Site, document, tests};

tests![
    resolves_for_every_element,
    rejects_what_is_no_element,
    is_not_there_in_insecure_contexts,
    objects,
    structured_clone,
    to_a_frame_of_another_origin_and_back,
    to_a_worker,
    not_to_storage,
    many_at_once,
    not_in_the_way_of_the_embedder,
];

const INTERFACES: [&str; 2] = ["CropTarget", "RestrictionTarget"];

#[track_caller]
fn assert_settles(page: &Page, promise: &str, expected: &str) {
    for interface in INTERFACES {
        let promise = promise.replace("Target", interface);
        let expected = expected.replace("Target", interface);
        assert_eq!(page.settled(&promise), expected, "{promise}");
    }
}

fn resolves_for_every_element() {
    let page = Page::new(
        "<div id=shown>shown</div><div id=hidden style='display: none'></div>
        <svg><circle r=3 /></svg><math><mi>x</mi></math><div id=host></div>
        <iframe srcdoc='<p>inner'></iframe>",
    );
    page.js("window.shadow = $('#host').attachShadow({mode: 'open'});
        shadow.innerHTML = '<b>shadow</b>'; 0");
    for element in [
        "$('#shown')",
        "$('#hidden')",
        "document.createElement('p')",
        "$('circle')",
        "$('mi')",
        "shadow.firstChild",
        "document.documentElement",
        "document.body",
        "frames[0].document.querySelector('p')",
    ] {
        let promise = format!("Target.fromElement({element})");
        assert_settles(&page, &promise, "[object Target]");
    }
}

fn rejects_what_is_no_element() {
    let page = Page::new("text");
    for value in ["", "null", "undefined", "3", "'x'", "{}", "document", "document.body.firstChild"]
    {
        assert_settles(&page, &format!("Target.fromElement({value})"), "TypeError");
    }
    // A promise is rejected, nothing is thrown.
    for interface in INTERFACES {
        let script = format!("{interface}.fromElement(3).catch(() => 0) instanceof Promise");
        assert_eq!(page.text(&script), "true");
    }
}

fn is_not_there_in_insecure_contexts() {
    let page = Page::new("text");
    for interface in INTERFACES {
        assert_eq!(page.text("isSecureContext"), "true");
        assert_eq!(page.text(&format!("typeof {interface}.fromElement")), "function");
    }
    // Of this machine too, but not one that says so.
    let mut url = url::Url::parse(&page.text("location")).expect("a URL");
    url.set_host(Some("0.0.0.0")).expect("a host");
    page.tab.webview().load(url);
    page.wait_for_script("location.hostname == '0.0.0.0'");
    assert_eq!(page.text("isSecureContext"), "false");
    for interface in INTERFACES {
        assert_eq!(page.text(&format!("typeof {interface}.fromElement")), "undefined");
    }
}

fn objects() {
    let page = Page::new("<div id=t>text</div>");
    // Each call gives an object of its own, though it names the same element.
    assert_settles(
        &page,
        "(async () => await Target.fromElement($('#t')) === await Target.fromElement($('#t')))()",
        "false",
    );
    for interface in INTERFACES {
        assert_eq!(page.settled(&format!("new {interface}()")), "TypeError");
        // Nothing to be read from it.
        let keys = format!("Reflect.ownKeys({interface}.prototype).map(String).sort()");
        assert_eq!(page.text(&keys), "Symbol(Symbol.toStringTag),constructor");
        assert_eq!(page.text(&format!("{interface}.fromElement.length")), "1");
    }
}

fn structured_clone() {
    let page = Page::new("<div id=t>text</div>");
    assert_settles(
        &page,
        "Target.fromElement($('#t')).then(target => structuredClone({a: [target]}).a[0])",
        "[object Target]",
    );
    assert_settles(
        &page,
        "Target.fromElement($('#t')).then(target => new Promise(resolve => {
            const { port1, port2 } = new MessageChannel();
            port2.onmessage = event => resolve(event.data);
            port1.postMessage(target);
        }))",
        "[object Target]",
    );
    // It is cloned and not transferred.
    assert_settles(
        &page,
        "Target.fromElement($('#t')).then(target => structuredClone(target, {transfer: [target]}))",
        "DataCloneError",
    );
}

fn to_a_frame_of_another_origin_and_back() {
    let index = "<div id=t>text</div><iframe src={other}/echo></iframe>";
    let echo = "<script>onmessage = event => event.source.postMessage(
        {value: event.data, name: event.data.constructor.name}, '*')</script>";
    let site = Site::new(&document(index)).and("/echo", &document(echo));
    let page = Page::of_site(Setup::default(), site);
    assert_settles(
        &page,
        "Target.fromElement($('#t')).then(target => new Promise(resolve => {
            onmessage = event => resolve(event.data.name + ' ' + event.data.value);
            frames[0].postMessage(target, '*');
        }))",
        "Target [object Target]",
    );
}

fn to_a_worker() {
    let site = Site::new(&document("<div id=t>text</div>"))
        .and("/echo.js", "onmessage = event => postMessage([event.data, String(event.data)])");
    let page = Page::of_site(Setup::default(), site);
    page.js("window.worker = new Worker('/echo.js'); 0");
    assert_settles(
        &page,
        "Target.fromElement($('#t')).then(target => new Promise(resolve => {
            worker.onmessage = event => resolve(event.data);
            worker.postMessage(target);
        }))",
        "[object Target],[object Target]",
    );
}

fn not_to_storage() {
    let page = Page::new("<div id=t>text</div>");
    for method in ["pushState", "replaceState"] {
        assert_settles(
            &page,
            &format!("Target.fromElement($('#t')).then(target => history.{method}([target], ''))"),
            "DataCloneError",
        );
    }
}

fn many_at_once() {
    let page = Page::new("");
    page.js("for (let i = 0; i < 1000; i++) document.body.append(document.createElement('p')); 0");
    assert_settles(
        &page,
        "Promise.all([...document.querySelectorAll('p')].map(p => Target.fromElement(p)))
            .then(targets => new Set(targets).size)",
        "1000",
    );
}

/// The page and the embedder name an element, each in its own way, and it is one target.
fn not_in_the_way_of_the_embedder() {
    let page = Page::new("<div id=t style='width: 40px; height: 30px; isolation: isolate'>text");
    let before = page.crop("#t");
    page.shoot([&before]);
    assert_settles(&page, "Target.fromElement($('#t'))", "[object Target]");
    let (after, restricted) = (page.crop("#t"), page.restrict("#t"));
    let [before, after, _] = page.shoot([&before, &after, &restricted]);
    after.picture.assert_same(&before.picture, "the second capture");
}
