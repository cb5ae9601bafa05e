/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The web site that tests are loaded from.
//!
//! One site has two ports of this machine, and so two origins with one content. Everything is
//! plain HTTP: localhost is a secure context, so a test named `.https.html` needs no TLS.

mod channel;
mod headers;
mod place;
mod respond;
mod substitution;
mod wrapper;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;

pub use self::channel::{Action, ActionResult, Answer, Channel, Message};
pub use self::place::Places;

/// The host of the site.
pub const HOST: &str = "localhost";

/// A name of the same machine that is another site, and yet a secure context.
pub const OTHER_HOST: &str = "127.0.0.1";

/// A site that serves as long as this is there.
pub struct Site {
    ports: [u16; 2],
    channel: Channel,
    servers: tokio::task::JoinSet<()>,
}

impl Site {
    /// Serve these places on two ports that are free. Tests have `timeout_multiplier` times the
    /// usual time.
    ///
    /// # Errors
    ///
    /// If there are no such ports.
    pub async fn start(places: Places, timeout_multiplier: f64) -> Result<Self> {
        let first = bind().await?;
        let second = bind().await?;
        let ports = [port_of(&first)?, port_of(&second)?];
        let channel = Channel::default();
        let content =
            respond::Content { places, ports, channel: channel.clone(), timeout_multiplier };
        let router = Router::new()
            .fallback(respond::respond)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(content));
        let mut servers = tokio::task::JoinSet::new();
        for listener in first.into_iter().chain(second) {
            let router = router.clone();
            servers.spawn(async move {
                // It never returns but with an error of the listener, which the tests will see.
                let _ = axum::serve(listener, router).await;
            });
        }
        Ok(Self { ports, channel, servers })
    }

    /// The URL of a test.
    pub fn url(&self, test: &str) -> String {
        format!("http://{HOST}:{}{test}", self.ports[0])
    }

    /// What pages say.
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.servers.abort_all();
    }
}

/// A free port of IPv4 and, where there is one, IPv6: localhost may be either.
async fn bind() -> Result<Vec<TcpListener>> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
    let port = v4.local_addr()?.port();
    let v6 = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
    Ok(std::iter::once(v4).chain(v6.ok()).collect())
}

fn port_of(listeners: &[TcpListener]) -> Result<u16> {
    Ok(listeners.first().context("there is a listener")?.local_addr()?.port())
}
