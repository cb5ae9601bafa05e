/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A web site of a test, on two origins of this machine.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Response, Server};
use url::Url;

/// Stands in documents for the other origin.
const OTHER_ORIGIN: &str = "{other}";

/// Documents by their paths.
#[derive(Clone, Default)]
pub(crate) struct Site(HashMap<String, String>);

impl Site {
    pub(crate) fn new(index: &str) -> Self {
        Self::default().and("/", index)
    }

    /// Add a document. `{other}` in it stands for the other origin, which has the same documents.
    pub(crate) fn and(mut self, path: &str, document: &str) -> Self {
        self.0.insert(path.into(), document.into());
        self
    }

    /// Serve the site until the process ends.
    pub(crate) fn serve(self) -> Url {
        let server = Server::http("127.0.0.1:0").expect("a free port");
        let port = server.server_addr().to_ip().expect("an address of TCP").port();
        // Both are secure contexts, and of different sites.
        let origins = [format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}")];
        let url = Url::parse(&origins[0]).expect("a URL");
        let server = Arc::new(server);
        // Servo keeps several connections open; each holds a thread of the server's own.
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let host = request.headers().iter().find(|header| header.field.equiv("Host"));
                let is_first =
                    host.is_some_and(|host| host.value.as_str().starts_with("localhost"));
                let other = &origins[usize::from(is_first)];
                let path = request.url().split('?').next().unwrap_or_default();
                let response = match self.0.get(path) {
                    Some(document) => Response::from_string(document.replace(OTHER_ORIGIN, other)),
                    None => Response::from_string("").with_status_code(404),
                };
                let kind = if path.ends_with(".js") { "text/javascript" } else { "text/html" };
                let header = Header::from_bytes("Content-Type", format!("{kind}; charset=utf-8"));
                let response = response.with_header(header.expect("a header"));
                // Nobody waits for it any more if it fails.
                let _ = request.respond(response);
            }
        });
        url
    }
}
