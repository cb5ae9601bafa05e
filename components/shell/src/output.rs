/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Where pictures and recordings go.
//!
//! Nothing is left half-written: what goes to a file is written beside it, without a name, and
//! takes its place when everything of the run is there. On any failure no file appears and an
//! existing one is as it was.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::stdout;

/// An output as it is named on the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OutputName {
    /// `-`: standard output.
    Stdout,
    /// A file.
    Path(PathBuf),
}

impl OutputName {
    /// What an argument names.
    pub fn parse(argument: &OsStr) -> Self {
        if argument == "-" { Self::Stdout } else { Self::Path(argument.into()) }
    }
}

impl fmt::Display for OutputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("-"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// An output that cannot be written.
#[derive(Debug)]
pub struct OutputError {
    name: OutputName,
    error: io::Error,
}

impl OutputError {
    /// This output failed in this way.
    pub const fn new(name: OutputName, error: io::Error) -> Self {
        Self { name, error }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            OutputName::Stdout => write!(f, "cannot write to standard output: {}", self.error),
            OutputName::Path(path) => write!(f, "cannot write {}: {}", path.display(), self.error),
        }
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// An output that was found writable.
#[derive(Debug)]
pub struct Destination {
    name: OutputName,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Stdout,
    /// A device or pipe, which can only be written to, not replaced.
    Special(PathBuf),
    /// A regular file, symbolic links followed, which may exist or not.
    File(PathBuf),
}

/// What goes to a destination when all is done.
#[derive(Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The bytes of this file.
    Spooled(File),
    /// Nothing more: it went there already.
    Streamed,
}

/// Where the bytes of a recording go while it is made.
#[derive(Debug)]
pub enum Spool {
    /// To a file without a name, to be committed later.
    File(File),
    /// To the destination itself, which cannot be replaced.
    Stream(File),
}

impl Destination {
    /// Find out whether an output can be written. Nothing is created, and what is there stays.
    ///
    /// # Errors
    ///
    /// [`OutputError`] when it cannot: it is a folder or read-only, or the folder that it is to be
    /// in does not exist or takes no files.
    pub fn check(name: OutputName) -> Result<Self, OutputError> {
        match Place::find(&name) {
            Ok(place) => Ok(Self { name, place }),
            Err(error) => Err(OutputError { name, error }),
        }
    }

    /// How the output is named on the command line.
    pub const fn name(&self) -> &OutputName {
        &self.name
    }

    /// Begin to write a recording.
    ///
    /// # Errors
    ///
    /// [`OutputError`] when it cannot be opened.
    pub fn spool(&self) -> Result<Spool, OutputError> {
        let spool = match &self.place {
            Place::Stdout => stdout::open().map(Spool::Stream),
            Place::Special(path) => open_special(path).map(Spool::Stream),
            Place::File(path) => tempfile::tempfile_in(folder_of(path)).map(Spool::File),
        };
        spool.map_err(|error| self.error(error))
    }

    fn error(&self, error: io::Error) -> OutputError {
        OutputError { name: self.name.clone(), error }
    }
}

impl Place {
    fn find(name: &OutputName) -> io::Result<Self> {
        let OutputName::Path(path) = name else {
            return Ok(Self::Stdout);
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => Ok(Self::Special(path.clone())),
            Ok(_) => {
                OpenOptions::new().write(true).open(path)?;
                Self::replaceable(fs::canonicalize(path)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
                {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                Self::replaceable(path.clone())
            }
            Err(error) => Err(error),
        }
    }

    fn replaceable(path: PathBuf) -> io::Result<Self> {
        tempfile::tempfile_in(folder_of(&path))?;
        Ok(Self::File(path))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn open_special(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

/// Put everything where it belongs, or, on a failure, no file at all.
///
/// # Errors
///
/// [`OutputError`] for the first output that could not be written.
pub fn commit(outputs: Vec<(Destination, Content)>) -> Result<(), OutputError> {
    let mut streams = Vec::new();
    let mut files = Vec::new();
    for (destination, content) in outputs {
        match &destination.place {
            Place::File(path) => {
                let staged = stage(path, content).map_err(|error| destination.error(error))?;
                files.push((path.clone(), staged, destination));
            }
            Place::Stdout | Place::Special(_) => streams.push((destination, content)),
        }
    }
    // What cannot be taken back goes out when only renaming is left to fail.
    for (destination, content) in streams {
        stream(&destination, content).map_err(|error| destination.error(error))?;
    }
    for (path, staged, destination) in files {
        staged.persist(path).map_err(|error| destination.error(error.error))?;
    }
    Ok(())
}

/// Write the content beside the file whose place it is going to take.
fn stage(path: &Path, mut content: Content) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".subcapture-");
    let replaced = fs::metadata(path).ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file, the umask takes from these.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut staged = builder.tempfile_in(folder_of(path))?;
    write_content(&mut content, staged.as_file_mut())?;
    if let Some(replaced) = replaced {
        staged.as_file().set_permissions(replaced.permissions())?;
    }
    Ok(staged)
}

fn stream(destination: &Destination, mut content: Content) -> io::Result<()> {
    if matches!(content, Content::Streamed) {
        return Ok(());
    }
    let mut to = match &destination.place {
        Place::Stdout => stdout::open()?,
        Place::Special(path) | Place::File(path) => open_special(path)?,
    };
    write_content(&mut content, &mut to)
}

fn write_content(content: &mut Content, to: &mut File) -> io::Result<()> {
    match content {
        Content::Bytes(bytes) => to.write_all(bytes),
        Content::Spooled(file) => {
            file.seek(SeekFrom::Start(0))?;
            io::copy(file, to).map(drop)
        }
        Content::Streamed => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn check(path: PathBuf) -> Result<Destination, OutputError> {
        Destination::check(OutputName::Path(path))
    }

    fn bytes(text: &str) -> Content {
        Content::Bytes(text.as_bytes().to_vec())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let name = |entry: io::Result<fs::DirEntry>| {
            entry.expect("a readable entry").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn checking_creates_and_destroys_nothing() {
        let folder = folder();
        let existing = folder.path().join("existing");
        fs::write(&existing, "before").expect("writable");
        check(existing.clone()).expect("writable");
        check(folder.path().join("new")).expect("writable");
        assert_eq!(names(folder.path()), ["existing"]);
        assert_eq!(fs::read(existing).expect("still there"), b"before");
    }

    #[test]
    fn what_cannot_be_a_file_is_refused() {
        let folder = folder();
        check(folder.path().to_owned()).expect_err("a folder");
        check(folder.path().join("missing/file")).expect_err("no such folder");
        check(folder.path().join("missing/")).expect_err("names a folder");
        fs::write(folder.path().join("file"), "").expect("writable");
        check(folder.path().join("file/below")).expect_err("not a folder");
    }

    #[test]
    fn a_commit_replaces_files_whole() {
        let folder = folder();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        fs::write(&first, "something longer than what follows").expect("writable");
        let outputs = vec![
            (check(first.clone()).expect("writable"), bytes("one")),
            (check(second.clone()).expect("writable"), bytes("two")),
        ];
        commit(outputs).expect("written");
        assert_eq!(fs::read(first).expect("written"), b"one");
        assert_eq!(fs::read(second).expect("written"), b"two");
        assert_eq!(names(folder.path()), ["first", "second"]);
    }

    #[test]
    fn if_one_fails_none_appears() {
        let folder = folder();
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).expect("writable");
        let kept = folder.path().join("kept");
        fs::write(&kept, "before").expect("writable");
        let outputs = vec![
            (check(kept.clone()).expect("writable"), bytes("after")),
            (check(folder.path().join("new")).expect("writable"), bytes("new")),
            (check(gone.join("file")).expect("writable"), bytes("lost")),
        ];
        fs::remove_dir(&gone).expect("empty");
        commit(outputs).expect_err("its folder is gone");
        assert_eq!(fs::read(kept).expect("still there"), b"before");
        assert_eq!(names(folder.path()), ["kept"]);
    }

    #[test]
    fn a_spooled_recording_has_no_name_until_it_is_committed() {
        let folder = folder();
        let path = folder.path().join("recording");
        let destination = check(path.clone()).expect("writable");
        let Spool::File(mut file) = destination.spool().expect("writable") else {
            unreachable!("a regular file is not streamed to");
        };
        file.write_all(b"frames").expect("writable");
        assert!(names(folder.path()).is_empty());
        commit(vec![(destination, Content::Spooled(file))]).expect("written");
        assert_eq!(fs::read(path).expect("written"), b"frames");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_to() {
        let destination = check("/dev/null".into()).expect("writable");
        assert!(matches!(destination.spool().expect("writable"), Spool::Stream(_)));
        commit(vec![(destination, bytes("anything"))]).expect("written");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_the_replaced_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("file");
        fs::write(&path, "before").expect("writable");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("ours");
        commit(vec![(check(path.clone()).expect("writable"), bytes("after"))]).expect("written");
        let mode = fs::metadata(&path).expect("written").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_followed() {
        let folder = folder();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "before").expect("writable");
        std::os::unix::fs::symlink(&file, &link).expect("writable");
        commit(vec![(check(link.clone()).expect("writable"), bytes("after"))]).expect("written");
        assert_eq!(fs::read(&file).expect("written"), b"after");
        assert!(fs::symlink_metadata(&link).expect("there").file_type().is_symlink());
    }
}
