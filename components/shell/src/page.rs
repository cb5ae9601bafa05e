/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The page to capture, as it is named on the command line.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};
use url::Url;

/// A page to load.
#[derive(Debug)]
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// HTML from standard input is in a file of its own until the page is dropped.
    _stdin: Option<TempPath>,
}

/// An argument that names no page.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// The file cannot be read, or there is none.
    Unreadable {
        /// The argument.
        page: OsString,
        /// Why.
        error: io::Error,
    },
    /// Standard input cannot be read.
    Stdin(io::Error),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { page, error } => {
                write!(f, "cannot read the page {}: {error}", page.display())
            }
            Self::Stdin(error) => write!(f, "cannot read the page on standard input: {error}"),
        }
    }
}

impl std::error::Error for PageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } | Self::Stdin(error) => Some(error),
        }
    }
}

impl Page {
    /// The page that this argument names: `-`, an existing file, or a URL.
    ///
    /// HTML on standard input is read to its end.
    ///
    /// # Errors
    ///
    /// [`PageError`] when there is no such file, or it cannot be read.
    pub fn from_argument(argument: &OsStr) -> Result<Self, PageError> {
        if argument == "-" {
            return Self::from_html(&mut io::stdin().lock()).map_err(PageError::Stdin);
        }
        let unreadable = |error| PageError::Unreadable { page: argument.to_owned(), error };
        let path = Path::new(argument);
        if !path.exists()
            && let Some(url) = argument.to_str().and_then(parse_url)
        {
            if let Ok(path) = url.to_file_path() {
                check_readable(&path).map_err(unreadable)?;
            }
            return Ok(Self { url, _stdin: None });
        }
        check_readable(path).map_err(unreadable)?;
        let url = fs::canonicalize(path).and_then(|path| file_url(&path)).map_err(unreadable)?;
        Ok(Self { url, _stdin: None })
    }

    /// A page with this HTML. The file that it is in has a name of its own in the system's folder
    /// for temporary files, which only the user can read; relative URLs lead nowhere.
    fn from_html(from: &mut impl io::Read) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix("subcapture-").suffix(".html").tempfile()?;
        io::copy(from, &mut file)?;
        file.flush()?;
        let url = file_url(file.path())?;
        Ok(Self { url, _stdin: Some(NamedTempFile::into_temp_path(file)) })
    }
}

/// `text` as a URL, unless what stands before its first colon is rather a part of a file name.
fn parse_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    // `C:\page.html` is a path, and so is `a:b` unless it is one of the schemes that need no `//`.
    let is_url = text[url.scheme().len()..].starts_with("://")
        || matches!(url.scheme(), "about" | "data" | "blob");
    (is_url && url.scheme().len() > 1).then_some(url)
}

fn check_readable(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Ok(());
    }
    File::open(path).map(drop)
}

fn file_url(path: &Path) -> io::Result<Url> {
    Url::from_file_path(path).map_err(|()| io::ErrorKind::InvalidFilename.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(argument: &str) -> String {
        let page = Page::from_argument(argument.as_ref()).expect("names a page");
        page.url.to_string()
    }

    #[test]
    fn urls_are_urls() {
        assert_eq!(url("https://example.org"), "https://example.org/");
        assert_eq!(url("about:blank"), "about:blank");
        assert_eq!(url("data:text/html,hi"), "data:text/html,hi");
        assert_eq!(url("HTTP://EXAMPLE.org/a"), "http://example.org/a");
    }

    #[test]
    fn files_are_named_by_their_full_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a page#1?.html");
        fs::write(&path, "<p>").expect("writable");
        let found = Page::from_argument(path.as_os_str()).expect("there");
        assert!(found.url.as_str().ends_with("/a%20page%231%3F.html"), "{}", found.url);
        assert_eq!(url(found.url.as_str()), found.url.to_string());
    }

    #[test]
    fn missing_files_are_found_missing() {
        for argument in ["nowhere.html", "file:///nowhere/at/all.html", "no:where", "localhost:80"]
        {
            let error = Page::from_argument(argument.as_ref()).expect_err(argument);
            assert!(matches!(error, PageError::Unreadable { .. }), "{argument}: {error}");
        }
    }

    #[test]
    fn html_is_kept_for_as_long_as_the_page() {
        let page = Page::from_html(&mut &b"<p>hi"[..]).expect("writable");
        let path = page.url.to_file_path().expect("a file");
        assert_eq!(fs::read(&path).expect("there"), b"<p>hi");
        drop(page);
        assert!(!path.exists());
    }
}
