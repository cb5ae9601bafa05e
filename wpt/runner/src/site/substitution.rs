/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! `{{…}}` in files whose name contains `.sub.`, and in what goes through the pipe `sub`.

use std::collections::HashMap;
use std::fmt;

use super::{HOST, OTHER_HOST};

/// What is known of a request.
pub(super) struct Request<'a> {
    /// As the browser named it, with its port.
    pub(super) authority: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) values: &'a HashMap<String, String>,
    /// By name in lower case.
    pub(super) headers: &'a HashMap<String, String>,
    pub(super) ports: [u16; 2],
}

/// Something between the braces means nothing here.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct UnknownSubstitution(String);

impl fmt::Display for UnknownSubstitution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this runner does not know {{{{{}}}}}", self.0)
    }
}

impl std::error::Error for UnknownSubstitution {}

/// Whether values are escaped for HTML, which tests take for granted unless they say otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Escaping {
    Html,
    None,
}

/// Replace everything between double braces.
pub(super) fn substitute(
    text: &str,
    request: &Request<'_>,
    escaping: Escaping,
) -> Result<String, UnknownSubstitution> {
    let mut output = String::with_capacity(text.len());
    let mut variables = HashMap::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        output.push_str(before);
        let Some((expression, after)) = after.split_once("}}") else {
            output.push_str("{{");
            rest = after;
            continue;
        };
        let value = evaluate(expression.trim(), request, &mut variables)
            .ok_or_else(|| UnknownSubstitution(expression.to_owned()))?;
        match escaping {
            Escaping::Html => output.push_str(&escape(&value)),
            Escaping::None => output.push_str(&value),
        }
        rest = after;
    }
    output.push_str(rest);
    Ok(output)
}

fn escape(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

/// `name[key][key]`, `name(argument, …)`, or either with `$variable:` before it.
fn evaluate(
    expression: &str,
    request: &Request<'_>,
    variables: &mut HashMap<String, String>,
) -> Option<String> {
    if let Some(variable) = expression.strip_prefix('$') {
        let Some((name, expression)) = variable.split_once(':') else {
            return variables.get(variable).cloned();
        };
        let value = evaluate(expression, request, variables)?;
        variables.insert(name.to_owned(), value.clone());
        return Some(value);
    }
    if let Some((name, arguments)) = expression.split_once('(') {
        let arguments: Vec<_> = arguments.strip_suffix(')')?.split(',').map(str::trim).collect();
        return call(name, &arguments, request);
    }
    let (name, keys) = expression.split_once('[').unwrap_or((expression, ""));
    let keys: Vec<_> = match keys {
        "" => Vec::new(),
        keys => keys.strip_suffix(']')?.split("][").collect(),
    };
    match (name, &keys[..]) {
        ("host", []) => Some(HOST.to_owned()),
        ("domains", [subdomain]) => Some(domain(subdomain)),
        ("hosts", ["", subdomain]) => Some(domain(subdomain)),
        ("hosts", ["alt", ""]) => Some(OTHER_HOST.to_owned()),
        // An address has no subdomains. Names below localhost are another site than it.
        ("hosts", ["alt", subdomain]) => Some(domain(&format!("{subdomain}.alt"))),
        ("ports", [_, index]) => {
            let index: usize = index.parse().ok()?;
            // Some schemes have three ports elsewhere; two of them may as well be the same.
            Some(request.ports[index.min(1)].to_string())
        }
        ("GET", [name]) => Some(request.values.get(*name).cloned().unwrap_or_default()),
        ("headers", [name]) => request.headers.get(&name.to_ascii_lowercase()).cloned(),
        ("location", [part]) => location(part, request),
        ("url_base", []) => Some("/".to_owned()),
        ("uuid", []) => Some(unique()),
        _ => None,
    }
}

fn call(name: &str, arguments: &[&str], request: &Request<'_>) -> Option<String> {
    match (name, arguments) {
        ("uuid", [""]) => Some(unique()),
        ("header_or_default", [name, default]) => {
            let header = request.headers.get(&name.to_ascii_lowercase());
            Some(header.map_or_else(|| (*default).to_owned(), Clone::clone))
        }
        _ => None,
    }
}

fn domain(subdomain: &str) -> String {
    match subdomain {
        "" => HOST.to_owned(),
        subdomain => format!("{subdomain}.{HOST}"),
    }
}

fn location(part: &str, request: &Request<'_>) -> Option<String> {
    let (host, port) = request.authority.rsplit_once(':').unwrap_or((request.authority, "80"));
    Some(match part {
        "scheme" => "http".to_owned(),
        "server" => format!("http://{}", request.authority),
        "host" => request.authority.to_owned(),
        "hostname" => host.to_owned(),
        "port" => port.to_owned(),
        "path" | "pathname" => request.path.to_owned(),
        "query" if request.query.is_empty() => String::new(),
        "query" => format!("?{}", request.query),
        _ => return None,
    })
}

/// In the form of a UUID, from the random state of the standard library.
fn unique() -> String {
    use std::hash::{BuildHasher, RandomState};
    let [high, low] = [1, 2].map(|seed: u8| RandomState::new().hash_one(seed));
    let digits = format!("{high:016x}{low:016x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, UnknownSubstitution> {
        let values = HashMap::from([("x".to_owned(), "<1>".to_owned())]);
        let headers = HashMap::from([("referer".to_owned(), "r".to_owned())]);
        let request = Request {
            authority: "localhost:8000",
            path: "/a/b.sub.html",
            query: "x=%3C1%3E",
            values: &values,
            headers: &headers,
            ports: [8000, 8001],
        };
        substitute(text, &request, Escaping::Html)
    }

    #[test]
    fn names_are_replaced() {
        for (text, expected) in [
            ("a {{host}}:{{ports[http][0]}} b", "a localhost:8000 b"),
            ("{{ports[https][1]}} {{ ports[http][1] }}", "8001 8001"),
            ("{{hosts[alt][]}} {{hosts[][www]}}", "127.0.0.1 www.localhost"),
            ("{{domains[]}} {{domains[www1]}}", "localhost www1.localhost"),
            (
                "{{location[server]}}{{location[path]}}{{location[query]}}",
                "http://localhost:8000/a/b.sub.html?x=%3C1%3E",
            ),
            (
                "{{location[host]}} {{location[hostname]}} {{location[port]}}",
                "localhost:8000 localhost 8000",
            ),
            ("{{GET[x]}}|{{GET[y]}}", "&lt;1&gt;|"),
            ("{{headers[Referer]}} {{header_or_default(X-None, none)}}", "r none"),
            ("{ {{host}} }} {{", "{ localhost }} {{"),
        ] {
            assert_eq!(check(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn variables_keep_their_values() {
        let text = check("{{$id:uuid()}} {{$id}} {{uuid()}}").expect("known");
        let parts: Vec<_> = text.split(' ').collect();
        assert_eq!(parts[0], parts[1]);
        assert_ne!(parts[0], parts[2]);
        assert_eq!(parts[0].len(), 36);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for text in [
            "{{nothing}}",
            "{{location[x]}}",
            "{{fs_path(a)}}",
            "{{$none}}",
            "{{headers[x]}}",
            "{{GET[x}}",
        ] {
            check(text).expect_err(text);
        }
    }
}
