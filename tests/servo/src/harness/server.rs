/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! A web site of a test, on two origins of this machine.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::thread;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
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
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        // Both are secure contexts, and of different sites.
        let origins = [format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}")];
        let url = Url::parse(&origins[0]).expect("a URL");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let served = Arc::new((self, origins));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
            runtime.expect("a runtime").block_on(serve(listener, served));
        });
        url
    }

    fn answer(&self, request: &Request<Incoming>, origins: &[String; 2]) -> Response<String> {
        let host = request.headers().get(HOST).map_or(&b""[..], HeaderValue::as_bytes);
        let other = &origins[usize::from(host.starts_with(b"localhost"))];
        let path = request.uri().path();
        let mut response = Response::default();
        match self.0.get(path) {
            Some(document) => *response.body_mut() = document.replace(OTHER_ORIGIN, other),
            None => *response.status_mut() = StatusCode::NOT_FOUND,
        }
        let kind = if path.ends_with(".js") {
            "text/javascript; charset=utf-8"
        } else {
            "text/html; charset=utf-8"
        };
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }
}

/// Serve all connections at once: none ever waits for another one.
async fn serve(listener: std::net::TcpListener, served: Arc<(Site, [String; 2])>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let served = served.clone();
        let answer = service_fn(move |request| {
            let (site, origins) = &*served;
            ready(Ok::<_, Infallible>(site.answer(&request, origins)))
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        // Nobody waits for it any more if it fails.
        tokio::spawn(async move { drop(connection.await) });
    }
}
