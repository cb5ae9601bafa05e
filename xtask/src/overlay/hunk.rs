/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Anchored insertions: one data file a crate, each entry a text that occurs exactly once in the
//! pristine file and what goes before, after or in place of it.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;

/// One change of one pristine file.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "RawHunk")]
pub(crate) struct Hunk {
    /// Path of the file, relative to the folder of its crate.
    pub(crate) file: String,
    /// Text that occurs exactly once in the pristine file.
    pub(crate) anchor: String,
    pub(crate) insertion: Insertion,
}

/// What happens at the anchor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Insertion {
    Before(String),
    After(String),
    Replace(String),
}

/// A hunk as it is written in the data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHunk {
    file: String,
    anchor: String,
    before: Option<String>,
    after: Option<String>,
    replace: Option<String>,
}

impl TryFrom<RawHunk> for Hunk {
    type Error = String;

    fn try_from(raw: RawHunk) -> Result<Self, String> {
        let insertion = match (raw.before, raw.after, raw.replace) {
            (Some(text), None, None) => Insertion::Before(text),
            (None, Some(text), None) => Insertion::After(text),
            (None, None, Some(text)) => Insertion::Replace(text),
            _ => return Err("a hunk has exactly one of `before`, `after` and `replace`".into()),
        };
        if raw.anchor.is_empty() {
            return Err("the anchor of a hunk is not empty".into());
        }
        if !is_inside(&raw.file) {
            return Err(format!("{:?} is not a path inside of the crate's folder", raw.file));
        }
        Ok(Self { file: raw.file, anchor: raw.anchor, insertion })
    }
}

fn is_inside(path: &str) -> bool {
    use std::path::{Component, Path};
    !path.is_empty()
        && Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HunkFile {
    #[serde(default)]
    hunk: Vec<Hunk>,
}

/// Reads the text of a `hunks/<crate>.toml`.
pub(crate) fn parse(text: &str) -> Result<Vec<Hunk>, toml::de::Error> {
    toml::from_str::<HunkFile>(text).map(|file| file.hunk)
}

/// Why a hunk cannot be applied to the text it was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HunkError {
    /// The anchor occurs this many times, which is not once.
    Occurrences(usize),
    /// The place of this hunk lies in text that another one (by its index) replaces.
    Overlaps(usize),
}

impl fmt::Display for HunkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occurrences(0) => formatter.write_str(
                "the anchor does not occur; find where the code went and choose a new anchor",
            ),
            Self::Occurrences(count) => write!(
                formatter,
                "the anchor occurs {count} times; make it longer until it occurs once"
            ),
            Self::Overlaps(other) => write!(
                formatter,
                "it lies in the text that hunk {} replaces; join the two",
                other + 1
            ),
        }
    }
}

/// Applies hunks, all of which are anchored in the pristine text (never in what another one
/// inserts). Hunks at the same place keep their order. On failure every hunk that does not apply
/// is returned, by its index in `hunks`.
pub(crate) fn apply(pristine: &str, hunks: &[&Hunk]) -> Result<String, Vec<(usize, HunkError)>> {
    let mut edits: Vec<(usize, Range<usize>, &str)> = Vec::with_capacity(hunks.len());
    let mut errors = Vec::new();
    for (index, hunk) in hunks.iter().enumerate() {
        match positions(pristine, &hunk.anchor).as_slice() {
            &[start] => {
                let end = start + hunk.anchor.len();
                edits.push(match &hunk.insertion {
                    Insertion::Before(text) => (index, start..start, text),
                    Insertion::After(text) => (index, end..end, text),
                    Insertion::Replace(text) => (index, start..end, text),
                });
            }
            found => errors.push((index, HunkError::Occurrences(found.len()))),
        }
    }
    edits.sort_by_key(|(_, range, _)| (range.start, range.end));

    let mut output = String::with_capacity(pristine.len());
    let mut copied = 0;
    let mut last = None;
    for (index, range, text) in edits {
        if range.start < copied {
            errors.push((index, HunkError::Overlaps(last.unwrap_or_default())));
            continue;
        }
        output.push_str(&pristine[copied..range.start]);
        output.push_str(text);
        copied = range.end;
        last = Some(index);
    }
    output.push_str(&pristine[copied..]);
    if errors.is_empty() {
        Ok(output)
    } else {
        errors.sort_by_key(|(index, _)| *index);
        Err(errors)
    }
}

/// Where `needle` occurs, overlapping occurrences included: "once" has to mean unambiguous.
fn positions(text: &str, needle: &str) -> Vec<usize> {
    let step = needle.chars().next().map_or(1, char::len_utf8);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(needle) {
        found.push(from + at);
        from += at + step;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(anchor: &str, insertion: Insertion) -> Hunk {
        Hunk { file: "lib.rs".into(), anchor: anchor.into(), insertion }
    }

    fn before(anchor: &str, text: &str) -> Hunk {
        hunk(anchor, Insertion::Before(text.into()))
    }

    fn after(anchor: &str, text: &str) -> Hunk {
        hunk(anchor, Insertion::After(text.into()))
    }

    fn replace(anchor: &str, text: &str) -> Hunk {
        hunk(anchor, Insertion::Replace(text.into()))
    }

    fn applied(pristine: &str, hunks: &[Hunk]) -> Result<String, Vec<(usize, HunkError)>> {
        apply(pristine, &hunks.iter().collect::<Vec<_>>())
    }

    #[test]
    fn each_kind_of_insertion_goes_where_it_says() {
        assert_eq!(applied("a b c", &[before("b", "x ")]), Ok("a x b c".into()));
        assert_eq!(applied("a b c", &[after("b", " x")]), Ok("a b x c".into()));
        assert_eq!(applied("a b c", &[replace("b", "x")]), Ok("a x c".into()));
    }

    #[test]
    fn an_anchor_that_is_not_there_once_is_refused_with_its_count() {
        assert_eq!(applied("a b c", &[after("d", "x")]), Err(vec![(0, HunkError::Occurrences(0))]));
        assert_eq!(applied("a b b", &[after("b", "x")]), Err(vec![(0, HunkError::Occurrences(2))]));
    }

    #[test]
    fn overlapping_occurrences_count() {
        assert_eq!(applied("aaa", &[after("aa", "x")]), Err(vec![(0, HunkError::Occurrences(2))]));
        assert_eq!(applied("ééé", &[after("éé", "x")]), Err(vec![(0, HunkError::Occurrences(2))]));
    }

    #[test]
    fn anchors_are_looked_up_in_the_pristine_text_only() {
        // The first inserts the second's anchor again, which must not make it ambiguous.
        let hunks = [before("b", "c "), after("c", " d")];
        assert_eq!(applied("a b c", &hunks), Ok("a c b c d".into()));
        // And an anchor that only another hunk would provide is not there.
        let hunks = [before("b", "new "), after("new", "x")];
        assert_eq!(applied("a b c", &hunks), Err(vec![(1, HunkError::Occurrences(0))]));
    }

    #[test]
    fn hunks_at_one_place_keep_their_order() {
        let hunks = [after("a", "1"), after("a", "2"), before(" b", "3")];
        assert_eq!(applied("a b", &hunks), Ok("a123 b".into()));
    }

    #[test]
    fn the_order_in_the_file_need_not_be_that_of_the_text() {
        let hunks = [after("c", "3"), after("a", "1"), replace("b", "2")];
        assert_eq!(applied("a b c", &hunks), Ok("a1 2 c3".into()));
    }

    #[test]
    fn insertions_at_the_edges_of_a_replaced_text_are_no_overlap() {
        let hunks = [after("b", ">"), replace("b", "x"), before("b", "<")];
        assert_eq!(applied("a b c", &hunks), Ok("a <x> c".into()));
    }

    #[test]
    fn an_insertion_into_a_replaced_text_is_refused() {
        let hunks = [replace("b c d", "x"), after("c", "y")];
        assert_eq!(applied("a b c d", &hunks), Err(vec![(1, HunkError::Overlaps(0))]));
        let hunks = [replace("b c", "x"), replace("c d", "y")];
        assert_eq!(applied("a b c d", &hunks), Err(vec![(1, HunkError::Overlaps(0))]));
    }

    #[test]
    fn every_failure_is_reported() {
        let hunks = [after("z", ""), after("a", ""), after("b", "")];
        let errors = vec![(0, HunkError::Occurrences(0)), (2, HunkError::Occurrences(2))];
        assert_eq!(applied("a b b", &hunks), Err(errors));
    }

    #[test]
    fn a_data_file_is_read_verbatim() {
        let hunks = parse("[[hunk]]\nfile = 'a/b.rs'\nanchor = '''x'''\nafter = '''\n\n  y\n'''\n");
        let expected = Hunk {
            file: "a/b.rs".into(),
            anchor: "x".into(),
            insertion: Insertion::After("\n  y\n".into()),
        };
        assert_eq!(hunks, Ok(vec![expected]));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn malformed_hunks_are_refused() {
        for text in [
            "file = 'a'\nanchor = 'x'",
            "file = 'a'\nanchor = 'x'\nbefore = 'b'\nafter = 'c'",
            "file = 'a'\nanchor = ''\nbefore = 'b'",
            "file = '../a'\nanchor = 'x'\nbefore = 'b'",
            "file = '/a'\nanchor = 'x'\nbefore = 'b'",
            "file = 'a'\nanchor = 'x'\nbefor = 'b'",
        ] {
            assert!(parse(&format!("[[hunk]]\n{text}\n")).is_err(), "{text}");
        }
    }
}
