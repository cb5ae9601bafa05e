/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Answers requests.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;

use super::channel::{Channel, Message, query_values};
use super::headers::{Pipe, parse_headers, parse_pipes};
use super::place::{Place, Places};
use super::substitution::{Escaping, Request, substitute};
use super::wrapper;
use crate::source::ScriptMeta;

pub(super) struct Content {
    pub(super) places: Places,
    pub(super) ports: [u16; 2],
    pub(super) channel: Channel,
    /// By what testharness.js multiplies its patience.
    pub(super) timeout_multiplier: f64,
}

/// Below it pages speak to the runner: `/__runner__/<number of the run>/<what>`.
const CHANNEL_PATH: &str = "/__runner__/";

/// Stands for the number of the run in our own scripts.
const RUN_PLACEHOLDER: &str = "RUN_NUMBER";

/// Stands for the multiplier in them.
const MULTIPLIER_PLACEHOLDER: &str = "TIMEOUT_MULTIPLIER";

/// What a file is served with.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    delay: Duration,
    body: Vec<u8>,
}

/// The test suite is wrong, or it needs something that this runner has not. Tests see an error of
/// the server, people read why.
type Unservable = String;

pub(super) async fn respond(
    State(content): State<Arc<Content>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = decode(uri.path());
    if let Some(rest) = path.strip_prefix(CHANNEL_PATH) {
        return content.hear(rest, &body).await;
    }
    let found = content.places.find(&path);
    let Some(place) = found else { return StatusCode::NOT_FOUND.into_response() };
    match content.answer(&place, &uri, &headers) {
        Ok(answer) => {
            tokio::time::sleep(answer.delay).await;
            let body = if method == Method::HEAD { Body::empty() } else { answer.body.into() };
            (answer.status, answer.headers, body).into_response()
        }
        Err(reason) => {
            complain(&path, &reason);
            (StatusCode::NOT_IMPLEMENTED, reason).into_response()
        }
    }
}

#[expect(clippy::print_stderr, reason = "for whoever reads why a test of theirs fails")]
fn complain(path: &str, reason: &str) {
    eprintln!("wpt: {path}: {reason}");
}

impl Content {
    /// What a page says to the runner.
    async fn hear(&self, path: &str, body: &[u8]) -> Response {
        // Pages of any origin may be a part of a test.
        const ANYBODY: [(HeaderName, HeaderValue); 1] =
            [(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))];
        let refuse = |why: String| (StatusCode::BAD_REQUEST, ANYBODY, why).into_response();
        let Some((run, what)) = path.split_once('/') else { return refuse("no run".to_owned()) };
        let Ok(run) = run.parse() else { return refuse("no run".to_owned()) };
        let (answer, answered) = oneshot::channel();
        let message = match what {
            "results" => serde_json::from_slice(body).map(Message::Results),
            "action" => serde_json::from_slice(body).map(|action| Message::Action(action, answer)),
            _ => return refuse("nothing known".to_owned()),
        };
        let message = match message {
            Ok(message) => message,
            Err(error) => return refuse(error.to_string()),
        };
        let waits = matches!(message, Message::Action(..));
        if !self.channel.pass_on(run, message) {
            return refuse("this test does not run any more".to_owned());
        }
        let result = if waits { answered.await } else { Ok(Ok(serde_json::Value::Null)) };
        let result = match result {
            Ok(Ok(value)) => json!({ "value": value }),
            Ok(Err(error)) => json!({ "error": error }),
            Err(_) => json!({ "error": "the runner did not do it" }),
        };
        (ANYBODY, axum::Json(result)).into_response()
    }

    fn answer(&self, place: &Place, uri: &Uri, headers: &HeaderMap) -> Result<Answer, Unservable> {
        let path = decode(uri.path());
        let query = uri.query().unwrap_or_default();
        let values = query_values(query);
        let mut answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            delay: Duration::ZERO,
            body: Vec::new(),
        };
        // A test that runs again has to see what is there by then.
        answer.set_header("cache-control", "no-store", false)?;
        let mut pipes = Vec::new();
        if path.contains(".sub.") {
            pipes.push(Pipe::Substitute { escapes: true });
        }
        match place {
            Place::BuiltIn(text) => {
                answer.set_header("content-type", &media_type(&path), false)?;
                let text = text.replace(RUN_PLACEHOLDER, &self.channel.run().to_string());
                let multiplier = self.timeout_multiplier.to_string();
                answer.body = text.replace(MULTIPLIER_PLACEHOLDER, &multiplier).into();
            }
            Place::Wrapper { kind, script, url } => {
                let source = read(script)?.unwrap_or_default();
                let meta = ScriptMeta::parse(&String::from_utf8_lossy(&source));
                let (media_type, text) = wrapper::make(*kind, url, &meta);
                answer.set_header("content-type", media_type, false)?;
                answer.add_headers_of(script, |text| {
                    self.substitute(text, &path, query, &values, headers, Escaping::None)
                })?;
                answer.body = text.into();
            }
            Place::File(file) => {
                if file.extension().is_some_and(|extension| extension == "py") {
                    return Err("handlers in Python are not supported".to_owned());
                }
                answer.set_header("content-type", &media_type(&path), false)?;
                answer.add_headers_of(file, |text| {
                    self.substitute(text, &path, query, &values, headers, Escaping::None)
                })?;
                answer.body = read(file)?.ok_or("there is no such file")?;
            }
        }
        if let Some(pipe) = values.get("pipe") {
            pipes.extend(parse_pipes(pipe).map_err(|error| error.to_string())?);
        }
        for pipe in pipes {
            match pipe {
                Pipe::Substitute { escapes } => {
                    let text = String::from_utf8(answer.body).map_err(|error| error.to_string())?;
                    let escaping = if escapes { Escaping::Html } else { Escaping::None };
                    answer.body =
                        self.substitute(&text, &path, query, &values, headers, escaping)?.into();
                }
                Pipe::Header { name, value, appends } => {
                    answer.set_header(&name, &value, appends)?
                }
                Pipe::Status(code) => {
                    answer.status =
                        StatusCode::from_u16(code).map_err(|error| error.to_string())?;
                }
                Pipe::Delay(delay) => answer.delay += delay,
            }
        }
        Ok(answer)
    }

    fn substitute(
        &self,
        text: &str,
        path: &str,
        query: &str,
        values: &HashMap<String, String>,
        headers: &HeaderMap,
        escaping: Escaping,
    ) -> Result<String, Unservable> {
        let headers: HashMap<_, _> = headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let authority = headers.get("host").map_or(super::HOST, String::as_str);
        let request =
            Request { authority, path, query, values, headers: &headers, ports: self.ports };
        substitute(text, &request, escaping).map_err(|error| error.to_string())
    }
}

impl Answer {
    fn set_header(&mut self, name: &str, value: &str, appends: bool) -> Result<(), Unservable> {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
        if appends {
            self.headers.append(name, value);
        } else {
            self.headers.insert(name, value);
        }
        Ok(())
    }

    /// The headers of a folder, and of a file in it.
    fn add_headers_of(
        &mut self,
        file: &Path,
        substitute: impl Fn(&str) -> Result<String, Unservable>,
    ) -> Result<(), Unservable> {
        let mut beside = file.as_os_str().to_owned();
        beside.push(".headers");
        let mut beside_sub = file.as_os_str().to_owned();
        beside_sub.push(".sub.headers");
        let folder = file.with_file_name("__dir__.headers");
        for (path, substitutes) in
            [(folder.as_path(), false), (Path::new(&beside), false), (Path::new(&beside_sub), true)]
        {
            let Some(text) = read(path)? else { continue };
            let mut text = String::from_utf8_lossy(&text).into_owned();
            if substitutes {
                text = substitute(&text)?;
            }
            let mut set = Vec::new();
            for (name, value) in parse_headers(&text) {
                let name = name.to_ascii_lowercase();
                // The second of a name in one file is one more, the first replaces.
                self.set_header(&name, &value, set.contains(&name))?;
                set.push(name);
            }
        }
        Ok(())
    }
}

/// `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Unservable> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn media_type(path: &str) -> String {
    mime_guess::from_path(path).first_or_octet_stream().to_string()
}

fn decode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let escape = (byte == b'%').then(|| path.get(position + 1..position + 3)).flatten();
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                position += 3;
            }
            None => {
                decoded.push(byte);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> (tempfile::TempDir, Content) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in [
            ("plain.html", "{{host}}"),
            ("plain.html.headers", "X-File: 1\nX-File: 2\nContent-Type: text/html; charset=x"),
            ("a.sub.js", "'{{ports[http][1]}}'"),
            ("b.html", "b"),
            ("b.html.sub.headers", "X-Host: {{location[host]}}"),
            ("__dir__.headers", "X-Folder: yes"),
            ("c.py", ""),
        ] {
            fs::write(folder.path().join(name), text).expect("writable");
        }
        let places = Places::new(folder.path().to_owned(), "none".into());
        let channel = Channel::default();
        (folder, Content { places, ports: [1, 2], channel, timeout_multiplier: 2.0 })
    }

    fn get(content: &Content, url: &str) -> Result<Answer, Unservable> {
        let uri: Uri = url.parse().expect("valid");
        let place = content.places.find(&decode(uri.path())).expect("found");
        let headers =
            HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:1"))]);
        content.answer(&place, &uri, &headers)
    }

    fn headers(answer: &Answer, name: &str) -> Vec<String> {
        let values = answer.headers.get_all(name).iter();
        values.map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn files_are_served_with_their_headers() {
        let (_folder, content) = content();
        let answer = get(&content, "/plain.html").expect("served");
        assert_eq!(answer.body, b"{{host}}");
        assert_eq!(headers(&answer, "x-file"), ["1", "2"]);
        assert_eq!(headers(&answer, "content-type"), ["text/html; charset=x"]);
        assert_eq!(headers(&answer, "x-folder"), ["yes"]);
        assert_eq!(headers(&get(&content, "/b.html").expect("served"), "x-host"), ["localhost:1"]);
    }

    #[test]
    fn names_and_pipes_ask_for_substitution() {
        let (_folder, content) = content();
        let answer = get(&content, "/a.sub.js").expect("served");
        assert_eq!(answer.body, b"'2'");
        assert_eq!(headers(&answer, "content-type"), ["text/javascript"]);
        let answer =
            get(&content, "/plain.html?pipe=sub|status(403)|header(X-A,b)").expect("served");
        assert_eq!(
            (answer.body.as_slice(), answer.status),
            (&b"localhost"[..], StatusCode::FORBIDDEN)
        );
        assert_eq!(headers(&answer, "x-a"), ["b"]);
    }

    #[test]
    fn what_cannot_be_served_says_why() {
        let (_folder, content) = content();
        for url in ["/c.py", "/b.html?pipe=unknown"] {
            assert!(get(&content, url).is_err(), "{url}");
        }
    }

    #[test]
    fn our_scripts_know_the_run() {
        let (_folder, content) = content();
        let _receiver = content.channel.open();
        let answer = get(&content, "/resources/testharnessreport.js").expect("served");
        let text = String::from_utf8(answer.body).expect("UTF-8");
        assert!(text.contains("/__runner__/1/") && !text.contains(RUN_PLACEHOLDER));
        assert!(text.contains("timeout_multiplier: 2 }"));
    }

    #[test]
    fn paths_are_decoded() {
        assert_eq!(decode("/a%20b%2Fc%zz%"), "/a b/c%zz%");
    }
}
