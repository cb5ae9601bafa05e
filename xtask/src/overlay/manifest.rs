/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Carrying changes of a published manifest over to the one in Servo's repository. Cargo rewrites
//! a manifest when it publishes it, so that no hunk can apply to both; what the overlay adds to
//! manifests are dependencies, and those can be named.

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};
use toml_edit::{DocumentMut, Item};

/// The tables in which a dependency can be added.
const KINDS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// A dependency that the overlay adds.
#[derive(Debug, PartialEq)]
pub(crate) struct Addition {
    kind: &'static str,
    name: String,
    value: Value,
}

/// The dependencies that a patched manifest has more than the pristine one. Any other difference
/// is an error.
pub(crate) fn additions(pristine: &str, patched: &str) -> Result<Vec<Addition>> {
    let pristine: Table = toml::from_str(pristine)?;
    let mut patched: Table = toml::from_str(patched)?;
    let mut additions = Vec::new();
    for kind in KINDS {
        let had = |name: &str| pristine.get(kind).and_then(|table| table.get(name)).is_some();
        let Some(Value::Table(table)) = patched.get_mut(kind) else { continue };
        let names: Vec<String> = table.keys().filter(|name| !had(name)).cloned().collect();
        for name in names {
            let value = table.remove(&name).context("the name is a key of the table")?;
            additions.push(Addition { kind, name, value });
        }
        if table.is_empty() && !pristine.contains_key(kind) {
            patched.remove(kind);
        }
    }
    ensure!(patched == pristine, "hunks of Cargo.toml do more than to add dependencies");
    Ok(additions)
}

/// The manifest with these dependencies, each at its place in the alphabet; nothing else in the
/// text changes.
pub(crate) fn add(manifest: &str, additions: &[Addition]) -> Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    for Addition { kind, name, value } in additions {
        let table = document.entry(kind).or_insert_with(toml_edit::table);
        let table = table.as_table_mut().with_context(|| format!("[{kind}] is not a table"))?;
        ensure!(!table.contains_key(name), "{name} is in [{kind}] already");
        let item = item(value)?;
        insert_in_order(table, name, item);
    }
    Ok(document.to_string())
}

fn item(value: &Value) -> Result<Item> {
    // A version alone is written as people write it.
    let value = match value {
        Value::Table(table) if table.len() == 1 => table.get("version").unwrap_or(value),
        other => other,
    };
    Ok(Item::Value(value.to_string().parse()?))
}

fn insert_in_order(table: &mut toml_edit::Table, name: &str, item: Item) {
    let later: Vec<String> =
        table.iter().map(|(key, _)| key.to_owned()).skip_while(|key| key.as_str() < name).collect();
    // Tables only grow at their end: take off what comes later, and put it back as it was.
    let tail: Vec<_> = later.iter().filter_map(|key| table.remove_entry(key)).collect();
    table.insert(name, item);
    for (key, item) in tail {
        table.insert_formatted(&key, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = "[package]\nname = 'a'\n[dependencies.base]\nversion = '1'\n";

    fn addition(name: &str, value: &str) -> Result<Addition> {
        let value = toml::from_str::<Table>(&format!("value = {value}"))?["value"].clone();
        Ok(Addition { kind: "dependencies", name: name.into(), value })
    }

    #[test]
    fn added_dependencies_are_found() -> Result<()> {
        let patched = format!("{PUBLISHED}[dependencies.ours]\nversion = '0.1.0'\n");
        let expected = addition("ours", "{ version = '0.1.0' }")?;
        assert_eq!(additions(PUBLISHED, &patched)?, [expected]);
        assert_eq!(additions(PUBLISHED, PUBLISHED)?, []);
        Ok(())
    }

    #[test]
    fn a_first_dependency_is_found() -> Result<()> {
        let patched = format!("{PUBLISHED}[build-dependencies.ours]\nversion = '0.1.0'\n");
        assert_eq!(additions(PUBLISHED, &patched)?.len(), 1);
        Ok(())
    }

    #[test]
    fn any_other_change_is_refused() {
        assert!(additions(PUBLISHED, &PUBLISHED.replace("'1'", "'2'")).is_err());
        assert!(additions(PUBLISHED, &format!("{PUBLISHED}[features]\nx = []\n")).is_err());
    }

    #[test]
    fn a_dependency_takes_its_place_and_the_rest_stays() -> Result<()> {
        let manifest = "\
# A comment.
[dependencies]
a = { workspace = true }
# About t.
t = { workspace = true, optional = true } # At the end.
z = { workspace = true }

[dev-dependencies]
b = \"1\"
";
        let additions = [
            addition("s", "{ version = '0.1.0' }")?,
            addition("u", "{ version = '1', x = true }")?,
        ];
        let expected = manifest
            .replace("# About t.", "s = \"0.1.0\"\n# About t.")
            .replace("z =", "u = { version = \"1\", x = true }\nz =");
        assert_eq!(add(manifest, &additions)?, expected);
        Ok(())
    }

    #[test]
    fn a_dependency_that_is_there_is_not_added_again() -> Result<()> {
        assert!(add("[dependencies]\na = '1'\n", &[addition("a", "{ version = '1' }")?]).is_err());
        Ok(())
    }
}
