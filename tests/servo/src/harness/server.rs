/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A web site of a test, on two origins of this machine.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

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
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        // Both are secure contexts, and of different sites.
        let origins = [format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}")];
        let url = Url::parse(&origins[0]).expect("a URL");
        let served = Arc::new((self, origins));
        // Each connection has a thread and serves one request: none ever waits for another one.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let served = served.clone();
                thread::spawn(move || {
                    let (site, origins) = &*served;
                    // Nobody waits for it any more if it fails.
                    let _ = stream.and_then(|stream| site.answer(stream, origins));
                });
            }
        });
        url
    }

    /// Answer the request of a connection.
    fn answer(&self, mut stream: TcpStream, origins: &[String; 2]) -> io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let target = request.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let mut is_first = false;
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some((name, host)) = line.split_once(':')
                && name.eq_ignore_ascii_case("host")
            {
                is_first = host.trim().starts_with("localhost");
            }
        }
        let other = &origins[usize::from(is_first)];
        let (status, body) = match self.0.get(path) {
            Some(document) => ("200 OK", document.replace(OTHER_ORIGIN, other)),
            None => ("404 Not Found", String::new()),
        };
        let kind = if path.ends_with(".js") { "text/javascript" } else { "text/html" };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}
