/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The [`display-capture`](https://w3c.github.io/mediacapture-screen-share/#permissions-policy-integration)
//! feature of Permissions Policy: what documents declare with a header, and what the documents
//! that contain them decide.

use crate::structured_field::{Item, dictionary_member};

/// The name of the feature.
const FEATURE: &str = "display-capture";

/// What a document declares about the feature with its header `Permissions-Policy`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeclaredPolicy {
    /// Whom it allows. `None` if it declares nothing, and so forbids nobody.
    allowlist: Option<Vec<AllowlistItem>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum AllowlistItem {
    /// Everybody.
    All,
    /// The origin of the document itself.
    Own,
    /// The origin of a URL.
    Url(String),
}

impl DeclaredPolicy {
    /// What the values of the header declare, all of them with a comma in between.
    ///
    /// <https://w3c.github.io/webappsec-permissions-policy/#algo-process-response-policy>
    pub fn parse(header: &str) -> Self {
        let to_item = |item| match item {
            Item::Token(token) if token == "*" => Some(AllowlistItem::All),
            Item::Token(token) if token == "self" => Some(AllowlistItem::Own),
            Item::String(url) => Some(AllowlistItem::Url(url)),
            Item::Token(_) | Item::Other => None,
        };
        let items = dictionary_member(header, FEATURE);
        Self { allowlist: items.map(|items| items.into_iter().filter_map(to_item).collect()) }
    }

    /// Whether it leaves documents of this origin what they may do otherwise: the document that
    /// declares it, or one that is nested in it. `parse_origin` serializes the origin of a URL.
    ///
    /// <https://w3c.github.io/webappsec-permissions-policy/#algo-get-feature-value>
    pub fn allows(
        &self,
        origin: DeclaredOrigin<'_>,
        parse_origin: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let Some(allowlist) = &self.allowlist else {
            return true;
        };
        allowlist.iter().any(|item| match item {
            AllowlistItem::All => true,
            AllowlistItem::Own => origin.is_own,
            AllowlistItem::Url(url) => {
                origin.serialized.is_some() && parse_origin(url).as_deref() == origin.serialized
            }
        })
    }
}

/// An origin that a document may have declared something about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeclaredOrigin<'a> {
    /// As a string. `None` for an opaque origin.
    pub serialized: Option<&'a str>,
    /// Whether it is that of the document itself.
    pub is_own: bool,
}

/// The origin of a document that is nested in another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NestedOrigin<'a> {
    /// As a string. `None` for an opaque origin.
    pub serialized: Option<&'a str>,
    /// How it relates to the document that contains the frame.
    pub is_of_container: bool,
    /// Whether it is the origin that the frame element declares, with its `src` in most cases.
    pub is_declared: bool,
}

/// Whether a frame element lets documents of this origin capture displays. It may not let them do
/// more than its own document may do.
///
/// `allow` is the value of the attribute, and `parse_origin` serializes the origin of a URL.
///
/// <https://w3c.github.io/webappsec-permissions-policy/#define-inherited-policy-in-container>
pub fn frame_allows_display_capture(
    allow: Option<&str>,
    origin: NestedOrigin<'_>,
    parse_origin: impl Fn(&str) -> Option<String>,
) -> bool {
    match allow.and_then(declared_allowlist) {
        // The default allowlist is `self`.
        None => origin.is_of_container,
        Some(allowlist) => {
            let mut allowlist = allowlist.peekable();
            if allowlist.peek().is_none() {
                return origin.is_declared;
            }
            allowlist.any(|item| match item {
                "*" => true,
                _ if item.eq_ignore_ascii_case("'self'") => origin.is_of_container,
                _ if item.eq_ignore_ascii_case("'src'") => origin.is_declared,
                // `'none'` is no origin either.
                _ => {
                    origin.serialized.is_some()
                        && parse_origin(item).as_deref() == origin.serialized
                }
            })
        }
    }
}

/// What the attribute says about the feature. Of several declarations the first one counts.
fn declared_allowlist(allow: &str) -> Option<impl Iterator<Item = &str>> {
    allow.split(';').find_map(|declaration| {
        let mut tokens = declaration.split_ascii_whitespace();
        tokens.next().filter(|name| name.eq_ignore_ascii_case(FEATURE)).map(|_| tokens)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: NestedOrigin<'_> = NestedOrigin {
        serialized: Some("https://container.example"),
        is_of_container: true,
        is_declared: true,
    };
    const OTHER: NestedOrigin<'_> = NestedOrigin {
        serialized: Some("https://other.example"),
        is_of_container: false,
        is_declared: true,
    };
    /// A frame of the other origin was navigated to this one.
    const NAVIGATED: NestedOrigin<'_> = NestedOrigin {
        serialized: Some("https://navigated.example"),
        is_of_container: false,
        is_declared: false,
    };
    const OPAQUE: NestedOrigin<'_> =
        NestedOrigin { serialized: None, is_of_container: false, is_declared: false };

    fn parse_origin(url: &str) -> Option<String> {
        url.starts_with("https://").then(|| url.trim_end_matches('/').into())
    }

    #[test]
    fn a_header_is_about_the_document_and_what_is_in_it() {
        let own = DeclaredOrigin { serialized: Some("https://own.example"), is_own: true };
        let other = DeclaredOrigin { serialized: Some("https://other.example"), is_own: false };
        let opaque = DeclaredOrigin { serialized: None, is_own: false };
        let cases = [
            // Nothing is declared.
            ("", [true, true, true]),
            ("camera=()", [true, true, true]),
            // It is no dictionary.
            ("display-capture 'none'", [true, true, true]),
            ("display-capture=(", [true, true, true]),
            ("display-capture=()", [false, false, false]),
            ("display-capture=*", [true, true, true]),
            ("display-capture=(*)", [true, true, true]),
            ("display-capture=self", [true, false, false]),
            ("camera=*, display-capture=(self)", [true, false, false]),
            ("display-capture=(\"https://other.example/\")", [false, true, false]),
            ("display-capture=(self \"https://other.example\")", [true, true, false]),
            ("display-capture=\"https://own.example\"", [true, false, false]),
            ("display-capture=(src none \"no URL\" 5)", [false, false, false]),
            ("display-capture=*, display-capture=()", [false, false, false]),
            ("display-capture=();report-to=x", [false, false, false]),
        ];
        for (header, expected) in cases {
            let policy = DeclaredPolicy::parse(header);
            let found = [own, other, opaque].map(|origin| policy.allows(origin, parse_origin));
            assert_eq!(found, expected, "{header}");
        }
        assert!(DeclaredPolicy::default().allows(opaque, parse_origin));
    }

    fn allowed(allow: Option<&str>) -> [bool; 4] {
        [CONTAINER, OTHER, NAVIGATED, OPAQUE]
            .map(|origin| frame_allows_display_capture(allow, origin, parse_origin))
    }

    #[test]
    fn without_a_declaration_the_origin_has_to_be_the_same() {
        let same = [true, false, false, false];
        for allow in [None, Some(""), Some("camera; microphone *"), Some("display-captures *")] {
            assert_eq!(allowed(allow), same, "{allow:?}");
        }
    }

    #[test]
    fn a_declaration_is_about_the_origins_it_lists() {
        let cases = [
            ("display-capture", [true, true, false, false]),
            ("DISPLAY-CAPTURE 'SRC'", [true, true, false, false]),
            ("display-capture *", [true, true, true, true]),
            ("display-capture 'self'", [true, false, false, false]),
            ("display-capture 'none'", [false, false, false, false]),
            ("display-capture https://other.example/", [false, true, false, false]),
            ("display-capture 'self' https://navigated.example", [true, false, true, false]),
            ("camera *;display-capture *", [true, true, true, true]),
            ("display-capture 'none'; display-capture *", [false, false, false, false]),
        ];
        for (allow, expected) in cases {
            assert_eq!(allowed(Some(allow)), expected, "{allow}");
        }
    }
}
