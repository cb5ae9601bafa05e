/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The [`display-capture`](https://w3c.github.io/mediacapture-screen-share/#permissions-policy-integration)
//! feature of Permissions Policy, as far as containers decide about it.

/// The name of the feature.
const FEATURE: &str = "display-capture";

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

    fn allowed(allow: Option<&str>) -> [bool; 4] {
        [CONTAINER, OTHER, NAVIGATED, OPAQUE].map(|origin| {
            frame_allows_display_capture(allow, origin, |url| {
                url.starts_with("https://").then(|| url.trim_end_matches('/').into())
            })
        })
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
