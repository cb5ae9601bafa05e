/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Conditions in metadata: comparisons of facts with `and`, `or`, `not` and parentheses.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};

/// What is known of the circumstances of a run, as conditions name it.
pub type Facts = HashMap<&'static str, Fact>;

/// One circumstance.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Such as the product.
    Text(String),
    /// Such as whether it is a debug build.
    Flag(bool),
    /// Such as the number of bits of the processor.
    Number(f64),
}

impl Fact {
    const fn holds(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0,
        }
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Fact {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Whether a condition holds.
pub(super) fn holds(condition: &str, facts: &Facts) -> Result<bool> {
    let tokens = tokens(condition)?;
    let mut reader = Reader { tokens: &tokens, facts };
    let value = reader.either()?;
    if let Some(token) = reader.tokens.first() {
        bail!("unexpected {token:?}");
    }
    Ok(value.holds())
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Symbol(&'static str),
}

fn tokens(mut text: &str) -> Result<Vec<Token>> {
    const SYMBOLS: [&str; 4] = ["==", "!=", "(", ")"];
    let mut tokens = Vec::new();
    loop {
        text = text.trim_start();
        let Some(first) = text.chars().next() else { return Ok(tokens) };
        let length = if let Some(symbol) = SYMBOLS.iter().find(|symbol| text.starts_with(**symbol))
        {
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        } else if matches!(first, '"' | '\'') {
            let inner = text[1..].find(first).context("a string has no end")?;
            tokens.push(Token::Text(text[1..=inner].to_owned()));
            inner + 2
        } else {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
            let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
            if length == 0 {
                bail!("unexpected {first}");
            }
            tokens.push(Token::Word(text[..length].to_owned()));
            length
        };
        text = &text[length..];
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    facts: &'a Facts,
}

impl Reader<'_> {
    fn take_if(&mut self, wanted: &Token) -> bool {
        let is_it = self.tokens.first() == Some(wanted);
        if is_it {
            self.tokens = &self.tokens[1..];
        }
        is_it
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take_if(&Token::Word(word.to_owned()))
    }

    fn either(&mut self) -> Result<Fact> {
        let mut value = self.both()?;
        while self.take_word("or") {
            let other = self.both()?;
            value = Fact::Flag(value.holds() || other.holds());
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<Fact> {
        let mut value = self.negation()?;
        while self.take_word("and") {
            let other = self.negation()?;
            value = Fact::Flag(value.holds() && other.holds());
        }
        Ok(value)
    }

    fn negation(&mut self) -> Result<Fact> {
        if self.take_word("not") {
            return Ok(Fact::Flag(!self.negation()?.holds()));
        }
        let value = self.operand()?;
        if self.take_if(&Token::Symbol("==")) {
            return Ok(Fact::Flag(value == self.operand()?));
        }
        if self.take_if(&Token::Symbol("!=")) {
            return Ok(Fact::Flag(value != self.operand()?));
        }
        Ok(value)
    }

    fn operand(&mut self) -> Result<Fact> {
        let (first, rest) = self.tokens.split_first().context("it ends too early")?;
        self.tokens = rest;
        Ok(match first {
            Token::Text(text) => Fact::Text(text.clone()),
            Token::Symbol("(") => {
                let value = self.either()?;
                if !self.take_if(&Token::Symbol(")")) {
                    bail!("a parenthesis is not closed");
                }
                value
            }
            Token::Symbol(symbol) => bail!("unexpected {symbol}"),
            Token::Word(word) => match &word[..] {
                "true" | "True" => Fact::Flag(true),
                "false" | "False" => Fact::Flag(false),
                word => match word.parse() {
                    Ok(number) => Fact::Number(number),
                    Err(_) => self
                        .facts
                        .get(word)
                        .cloned()
                        .with_context(|| format!("nothing is known of {word}"))?,
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str) -> Result<bool> {
        let facts = Facts::from([
            ("product", Fact::from("servo")),
            ("os", Fact::from("linux")),
            ("debug", Fact::from(false)),
            ("bits", Fact::Number(64.0)),
        ]);
        holds(condition, &facts)
    }

    #[test]
    fn conditions_hold_or_not() {
        for condition in [
            "product == \"servo\"",
            "product != 'chromium'",
            "not debug",
            "bits == 64",
            "debug == false",
            "os == \"linux\" and not (debug or product == \"chromium\")",
            "debug or os == \"linux\" and bits == 64",
            "not debug == true",
        ] {
            assert!(check(condition).expect(condition), "{condition}");
        }
        for condition in ["debug", "product == \"servo\" and debug", "os == \"mac\" or debug"] {
            assert!(!check(condition).expect(condition), "{condition}");
        }
    }

    #[test]
    fn mistakes_are_found() {
        for condition in [
            "",
            "and",
            "product ==",
            "product = \"x\"",
            "(debug",
            "debug)",
            "unknown",
            "\"x",
            "debug debug",
        ] {
            check(condition).expect_err(condition);
        }
    }
}
