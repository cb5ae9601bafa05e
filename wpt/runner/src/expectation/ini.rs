/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The format of metadata files: sections in brackets, nested by indentation, with `key: value`
//! or a key followed by indented alternatives.

use anyhow::{Context, Result, bail};

#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    pub(super) sections: Vec<Section>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) branches: Vec<Branch>,
}

#[derive(Debug)]
pub(super) struct Branch {
    /// What stands between `if` and the colon.
    pub(super) condition: Option<String>,
    pub(super) value: String,
}

struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// The file as a section without a name.
pub(super) fn parse(text: &str) -> Result<Section> {
    let lines: Vec<_> = text
        .lines()
        .enumerate()
        .filter_map(|(number, line)| {
            let text = line.trim();
            let indent = line.len() - line.trim_start().len();
            (!text.is_empty() && !text.starts_with('#')).then_some(Line {
                number: number + 1,
                indent,
                text,
            })
        })
        .collect();
    let mut file = Section::default();
    let mut rest = &lines[..];
    parse_content(&mut rest, 0, &mut file)?;
    match rest.first() {
        None => Ok(file),
        Some(line) => bail!("line {}: the indentation fits nothing above", line.number),
    }
}

/// Lines at `indent`, and what belongs to them.
fn parse_content(rest: &mut &[Line<'_>], indent: usize, section: &mut Section) -> Result<()> {
    while let Some(line) = rest.first().filter(|line| line.indent == indent) {
        *rest = &rest[1..];
        let context = || format!("line {}", line.number);
        if let Some(heading) = line.text.strip_prefix('[') {
            let name = heading
                .strip_suffix(']')
                .context("the heading has no end")
                .with_context(context)?;
            let mut inner =
                Section { line: line.number, name: unescape(name), ..Section::default() };
            if let Some(next) = rest.first().filter(|next| next.indent > indent) {
                parse_content(rest, next.indent, &mut inner)?;
            }
            section.sections.push(inner);
        } else {
            let (key, value) = line
                .text
                .split_once(':')
                .context("neither heading nor key")
                .with_context(context)?;
            let branches = match value.trim() {
                "" => parse_branches(rest, indent)?,
                value => vec![Branch { condition: None, value: unquote(value) }],
            };
            section.entries.push(Entry { line: line.number, key: key.trim().to_owned(), branches });
        }
    }
    Ok(())
}

fn parse_branches(rest: &mut &[Line<'_>], indent: usize) -> Result<Vec<Branch>> {
    let mut branches = Vec::new();
    while let Some(line) = rest.first().filter(|line| line.indent > indent) {
        *rest = &rest[1..];
        branches.push(match line.text.strip_prefix("if ") {
            Some(branch) => {
                let (condition, value) = split_condition(branch)
                    .with_context(|| format!("line {}: the condition has no end", line.number))?;
                Branch {
                    condition: Some(condition.trim().to_owned()),
                    value: unquote(value.trim()),
                }
            }
            None => Branch { condition: None, value: unquote(line.text) },
        });
    }
    Ok(branches)
}

/// At the first colon that stands in no string.
fn split_condition(branch: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (position, character) in branch.char_indices() {
        match (quote, character) {
            (None, ':') => return Some((&branch[..position], &branch[position + 1..])),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

fn unquote(value: &str) -> String {
    let quoted =
        ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    quoted.unwrap_or(value).to_owned()
}

/// Names of subtests escape brackets, backslashes and line ends.
fn unescape(name: &str) -> String {
    let mut text = String::new();
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        text.push(match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('x') => hex(characters.by_ref().take(2)),
                Some('u') => hex(characters.by_ref().take(4)),
                Some(other) => other,
                None => '\\',
            },
            (character, false) => character,
        });
    }
    text
}

fn hex(digits: impl Iterator<Item = char>) -> char {
    let digits: String = digits.collect();
    let code = u32::from_str_radix(&digits, 16).ok();
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_nest() {
        let file =
            parse("a: 1\n[x]\n  b: 2\n  [y]\n    c: 3\n  [z]\n[w]\n  d: 'e: f'\n").expect("valid");
        assert_eq!(file.entries[0].key, "a");
        let names: Vec<_> = file.sections.iter().map(|section| &section.name[..]).collect();
        assert_eq!(names, ["x", "w"]);
        let names: Vec<_> =
            file.sections[0].sections.iter().map(|section| &section.name[..]).collect();
        assert_eq!(names, ["y", "z"]);
        assert_eq!(file.sections[1].entries[0].branches[0].value, "e: f");
    }

    #[test]
    fn conditions_may_contain_colons() {
        let file = parse("k:\n  if a == \":\": b\n  c\n").expect("valid");
        let branches = &file.entries[0].branches;
        assert_eq!(branches[0].condition.as_deref(), Some("a == \":\""));
        assert_eq!((&branches[0].value[..], &branches[1].value[..]), ("b", "c"));
    }

    #[test]
    fn names_are_unescaped() {
        assert_eq!(unescape(r"a \[b\] \\ \n \x41 \u0042"), "a [b] \\ \n A B");
    }

    #[test]
    fn indentation_has_to_fit() {
        parse("[a]\n    b: 1\n  c: 2\n").expect_err("fits nothing");
    }
}
