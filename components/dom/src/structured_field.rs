/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Dictionaries of [Structured Field Values](https://www.rfc-editor.org/rfc/rfc9651), as far as
//! it has to be known what tokens and strings a member has. All else is checked and left out: a
//! field that does not conform counts as if it were not there.

/// An item of a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    Token(String),
    String(String),
    /// An item of another type.
    Other,
}

/// The items of the member with this key: those of its list, or the only one. `None` if there is
/// no such member, or no dictionary in the field.
pub(crate) fn dictionary_member(field: &str, key: &str) -> Option<Vec<Item>> {
    if !field.is_ascii() {
        return None;
    }
    let mut input = Input(field.as_bytes());
    let mut found = None;
    input.skip(b" ");
    if input.0.is_empty() {
        return None;
    }
    loop {
        let name = input.key()?;
        let items = if input.take(b'=') {
            input.item_or_list()?
        } else {
            // Without a value it is true.
            input.parameters()?;
            vec![Item::Other]
        };
        // Of several members with the same key the last one counts.
        if name == key.as_bytes() {
            found = Some(items);
        }
        input.skip(b" \t");
        if input.0.is_empty() {
            return found;
        }
        if !input.take(b',') {
            return None;
        }
        input.skip(b" \t");
        if input.0.is_empty() {
            // A comma at the end.
            return None;
        }
    }
}

/// What is left of a field. Each method takes something from its start, or gives `None` if that
/// is not there.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.0 = &self.0[1..];
        }
        is_there
    }

    fn skip(&mut self, bytes: &[u8]) {
        self.take_while(|byte| bytes.contains(&byte));
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !is_part(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn key(&mut self) -> Option<&'a [u8]> {
        let first = self.peek()?;
        if !first.is_ascii_lowercase() && first != b'*' {
            return None;
        }
        Some(self.take_while(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        }))
    }

    fn item_or_list(&mut self) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        if self.take(b'(') {
            loop {
                self.skip(b" ");
                if self.take(b')') {
                    break;
                }
                items.push(self.bare_item()?);
                self.parameters()?;
                if !matches!(self.peek(), Some(b' ' | b')')) {
                    return None;
                }
            }
        } else {
            items.push(self.bare_item()?);
        }
        self.parameters()?;
        Some(items)
    }

    fn parameters(&mut self) -> Option<()> {
        while self.take(b';') {
            self.skip(b" ");
            self.key()?;
            if self.take(b'=') {
                self.bare_item()?;
            }
        }
        Some(())
    }

    fn bare_item(&mut self) -> Option<Item> {
        match self.peek()? {
            b'"' => self.string().map(Item::String),
            b'*' | b'a'..=b'z' | b'A'..=b'Z' => {
                let token = self.take_while(|byte| {
                    byte.is_ascii_alphanumeric() || b":/!#$%&'*+-.^_`|~".contains(&byte)
                });
                Some(Item::Token(String::from_utf8_lossy(token).into_owned()))
            }
            b'-' | b'0'..=b'9' => self.number(),
            b':' => self.byte_sequence(),
            b'?' => {
                self.take(b'?');
                (self.take(b'0') || self.take(b'1')).then_some(Item::Other)
            }
            b'@' => {
                self.take(b'@');
                // A date has no fraction.
                self.take(b'-');
                let digits = self.take_while(|byte| byte.is_ascii_digit()).len();
                ((1..=15).contains(&digits) && self.peek() != Some(b'.')).then_some(Item::Other)
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"');
        let mut string = String::new();
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            match first {
                b'"' => return Some(string),
                b'\\' => {
                    let (escaped, rest) = self.0.split_first()?;
                    self.0 = rest;
                    if !b"\"\\".contains(escaped) {
                        return None;
                    }
                    string.push(char::from(*escaped));
                }
                b' '..=b'~' => string.push(char::from(*first)),
                _ => return None,
            }
        }
    }

    fn number(&mut self) -> Option<Item> {
        self.take(b'-');
        let digits = self.take_while(|byte| byte.is_ascii_digit()).len();
        let (most, fraction) = if self.take(b'.') {
            let fraction = self.take_while(|byte| byte.is_ascii_digit()).len();
            (12, (1..=3).contains(&fraction))
        } else {
            (15, true)
        };
        (fraction && (1..=most).contains(&digits)).then_some(Item::Other)
    }

    fn byte_sequence(&mut self) -> Option<Item> {
        self.take(b':');
        self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        self.take(b':').then_some(Item::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(token: &str) -> Item {
        Item::Token(token.into())
    }

    fn string(string: &str) -> Item {
        Item::String(string.into())
    }

    #[test]
    fn members_have_an_item_or_a_list() {
        let cases = [
            ("a=()", vec![]),
            ("a=( )", vec![]),
            ("a=*", vec![token("*")]),
            ("a=self", vec![token("self")]),
            ("a=(self)", vec![token("self")]),
            ("a=\"b\"", vec![string("b")]),
            ("a=(self \"https://b.example\"  c)", {
                vec![token("self"), string("https://b.example"), token("c")]
            }),
            ("a", vec![Item::Other]),
            ("a;p=1", vec![Item::Other]),
            ("a=(1 -2.5 ?1 :aGk=: @-5)", vec![const { Item::Other }; 5]),
            ("a=(self;p;q=\"x\" b);r=(", vec![]),
        ];
        let (broken, cases) = cases.split_last().expect("there are some");
        for (field, expected) in cases {
            assert_eq!(dictionary_member(field, "a").as_ref(), Some(expected), "{field}");
        }
        assert_eq!(dictionary_member(broken.0, "a"), None);
        assert_eq!(
            dictionary_member("a=(self;p;q=\"x\" b);r=2", "a"),
            Some(vec![token("self"), token("b")])
        );
    }

    #[test]
    fn members_are_told_apart() {
        let field = "  camera=(),\ta-b=(self) , a=b, *x.1_=?0";
        assert_eq!(dictionary_member(field, "a"), Some(vec![token("b")]));
        assert_eq!(dictionary_member(field, "a-b"), Some(vec![token("self")]));
        assert_eq!(dictionary_member(field, "camera"), Some(vec![]));
        assert_eq!(dictionary_member(field, "*x.1_"), Some(vec![Item::Other]));
        assert_eq!(dictionary_member(field, "b"), None);
        assert_eq!(dictionary_member("a=1, a=b", "a"), Some(vec![token("b")]));
    }

    #[test]
    fn strings_have_escapes() {
        assert_eq!(dictionary_member(r#"a="b\"\\c""#, "a"), Some(vec![string("b\"\\c")]));
        for field in [r#"a="b"#, r#"a="\c""#, "a=\"b\u{7f}\"", "a=\"b\u{e9}\"", r#"a="\"#] {
            assert_eq!(dictionary_member(field, "a"), None, "{field}");
        }
    }

    #[test]
    fn what_does_not_conform_is_not_there() {
        for field in [
            "",
            " ",
            "a=",
            "a=(",
            "a=(b",
            "a=(b,c)",
            "a=(b\tc)",
            "a=b,",
            "a=b, ",
            "a=b c",
            "a=b;",
            "A=b",
            "1=b",
            "a=b,,c=d",
            "a=(b)c",
            "a=(\"b\"\"c\")",
            "a=b, c=?2",
            "a=b, c=:?:",
            "a=b, c=:aGk=",
            "a=b, c=1.",
            "a=b, c=1.2345",
            "a=b, c=-",
            "a=b, c=1234567890123456",
            "a=b, c=1234567890123.1",
            "a=b, c=@1.5",
            "a=b, c={}",
            "camera 'none'; a 'self'",
        ] {
            assert_eq!(dictionary_member(field, "a"), None, "{field}");
        }
    }

    #[test]
    fn no_prefix_of_a_field_is_a_trap() {
        let field = r#"a=(self "b\"c" 1.5;p=:aGk=:);q, camera=@5, *=?1"#;
        for end in 0..field.len() {
            let _ = dictionary_member(&field[..end], "a");
        }
        assert!(dictionary_member(field, "a").is_some());
    }
}
