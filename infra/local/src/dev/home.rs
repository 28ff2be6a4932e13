//! The folder in which a machine is kept: database, world, clock, key.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use graph_simulator::{World, WorldSpec};
use handover_aws::ids::random;
use handover_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::MachineClock;
use crate::issuer::Issuer;
use crate::vault::KEY_LEN;

/// What a machine is kept in, below the directory in which it is started.
pub const FOLDER: &str = ".handover";

const DATABASE: &str = "database.sqlite";
const WORLD: &str = "world.json";
const CLOCK: &str = "clock.json";
const KEY: &str = "key";
const ISSUER: &str = "issuer";
/// Everything that may lie in the folder; `--fresh` removes these and nothing else.
const FILES: [&str; 8] = [
    DATABASE,
    "database.sqlite-wal",
    "database.sqlite-shm",
    "database.sqlite-journal",
    WORLD,
    CLOCK,
    KEY,
    ISSUER,
];

/// Customers of a new world: enough to try one thing and then another.
const CUSTOMERS: u16 = 3;

/// The folder.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    /// What each file holds, so that nothing is written that has not changed.
    kept: Mutex<[Option<Vec<u8>>; 2]>,
}

/// Something in the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The system refused.
    #[error("{} cannot be read or written; check its permissions and the space on the disk", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} is not what a machine keeps there ({problem}); --fresh begins with a new machine", .file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The file of the clock.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    ahead: SignedDuration,
}

impl Home {
    /// Opens the folder, or makes it. `fresh` begins with a new machine.
    ///
    /// # Errors
    ///
    /// [`HomeError::File`] if the system refuses.
    pub fn open(folder: &Path, fresh: bool) -> Result<Self, HomeError> {
        let home = Self { folder: folder.to_owned(), kept: Mutex::default() };
        private_folder(folder).map_err(|source| home.file(folder, source))?;
        if fresh {
            for file in FILES.map(|name| folder.join(name)) {
                match fs::remove_file(&file) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(home.file(&file, error));
                    }
                    _ => {}
                }
            }
        }
        Ok(home)
    }

    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// The vault's key: made the first time, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`HomeError`] if it cannot be read or made, or is none.
    pub fn key(&self) -> Result<[u8; KEY_LEN], HomeError> {
        let file = self.folder.join(KEY);
        let Some(bytes) = self.read(&file)? else {
            let key = random::<KEY_LEN>();
            private(&file).and_then(|mut to| to.write_all(&key)).map_err(|error| self.file(&file, error))?;
            return Ok(key);
        };
        let length = bytes.len();
        bytes.try_into().map_err(|_| {
            let problem = format!("a key has {KEY_LEN} bytes, this file {length}");
            HomeError::Content { file, problem }
        })
    }

    /// The issuer of operators' tokens, with a key that is made the first time and readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`HomeError`] if the key cannot be read or made, or is none.
    pub fn issuer(&self) -> Result<Issuer, HomeError> {
        let file = self.folder.join(ISSUER);
        if let Some(bytes) = self.read(&file)? {
            return Issuer::kept(&bytes)
                .map_err(|error| HomeError::Content { file, problem: format!("no RSA key: {error}") });
        }
        let made = Issuer::new().and_then(|issuer| Ok((issuer.to_keep()?, issuer)));
        let (key, issuer) = made.map_err(|error| self.file(&file, io::Error::other(error)))?;
        private(&file).and_then(|mut to| to.write_all(&key)).map_err(|error| self.file(&file, error))?;
        Ok(issuer)
    }

    /// The world that was kept, or a new one with a few customers.
    ///
    /// # Errors
    ///
    /// [`HomeError`] if it cannot be read, or is none.
    pub fn world(&self) -> Result<World, HomeError> {
        let new = || World::from_spec(&WorldSpec { wabas: CUSTOMERS, ..WorldSpec::default() });
        Ok(self.json(WORLD)?.unwrap_or_else(new))
    }

    /// How far the clock was ahead of the real time.
    ///
    /// # Errors
    ///
    /// [`HomeError`] if it cannot be read, or is none.
    pub fn ahead(&self) -> Result<SignedDuration, HomeError> {
        let kept: Option<Ahead> = self.json(CLOCK)?;
        Ok(kept.map_or(SignedDuration::ZERO, |kept| kept.ahead))
    }

    /// Lets the clock begin at a moment, before or after the real time.
    ///
    /// # Errors
    ///
    /// [`HomeError::File`] if the system refuses.
    pub fn begin_at(&self, moment: Timestamp) -> Result<(), HomeError> {
        let real = MachineClock::running(SignedDuration::ZERO).now();
        self.keep_ahead(moment.duration_since(real))
    }

    /// Keeps the world, if it has changed.
    ///
    /// # Errors
    ///
    /// [`HomeError::File`] if the system refuses.
    pub fn keep_world(&self, world: &World) -> Result<(), HomeError> {
        self.keep(0, WORLD, world)
    }

    /// Keeps the clock, if it was moved.
    ///
    /// # Errors
    ///
    /// [`HomeError::File`] if the system refuses.
    pub fn keep_ahead(&self, ahead: SignedDuration) -> Result<(), HomeError> {
        self.keep(1, CLOCK, &Ahead { ahead })
    }

    /// Writes beside the file and then takes its place, so that a file is whole whenever a machine stops.
    fn keep(&self, place: usize, name: &str, content: &impl Serialize) -> Result<(), HomeError> {
        let file = self.folder.join(name);
        let refused = |source| self.file(&file, source);
        let bytes = serde_json::to_vec(content).map_err(|error| refused(error.into()))?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = kept.get_mut(place) else { return Ok(()) };
        if kept.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let beside = self.folder.join(format!("{name}.new"));
        let written = private(&beside).and_then(|mut to| to.write_all(&bytes));
        written.and_then(|()| fs::rename(&beside, &file)).map_err(refused)?;
        *kept = Some(bytes);
        Ok(())
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, HomeError> {
        let file = self.folder.join(name);
        let Some(bytes) = self.read(&file)? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes);
        read.map(Some).map_err(|error| HomeError::Content { file, problem: error.to_string() })
    }

    fn read(&self, file: &Path) -> Result<Option<Vec<u8>>, HomeError> {
        match fs::read(file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.file(file, error)),
        }
    }

    fn file(&self, file: &Path, source: io::Error) -> HomeError {
        HomeError::File { file: file.to_owned(), source }
    }
}

/// A folder for its owner alone: what the database writes in it is not asked for its permissions.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A file for its owner alone: the world holds tokens, the key opens the vault.
fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("handover-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            Self(folder)
        }

        fn open(&self, fresh: bool) -> Home {
            Home::open(&self.0, fresh).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let folder = Folder::new("kept");
        let home = folder.open(false);
        let key = home.key().unwrap();
        let mut world = home.world().unwrap();
        world.made = 41;
        home.keep_world(&world).unwrap();
        home.keep_ahead(SignedDuration::from_hours(24)).unwrap();
        let again = folder.open(false);
        assert_eq!((again.key().unwrap(), again.world().unwrap()), (key, world));
        assert_eq!(again.ahead().unwrap(), SignedDuration::from_hours(24));
    }

    #[test]
    fn a_machine_begins_at_the_moment_it_is_told() {
        let folder = Folder::new("begins");
        let begins: Timestamp = "2026-04-20T08:00:00Z".parse().unwrap();
        folder.open(true).begin_at(begins).unwrap();
        let clock = MachineClock::running(folder.open(false).ahead().unwrap());
        let begun = clock.now().duration_since(begins);
        assert!(!begun.is_negative() && begun < SignedDuration::from_mins(1), "{begun}");
    }

    #[test]
    fn a_fresh_machine_has_another_key_and_nothing_of_the_old_one_and_leaves_strangers_alone() {
        let folder = Folder::new("fresh");
        let key = folder.open(false).key().unwrap();
        let issuer = folder.open(false).issuer().unwrap();
        assert_eq!(folder.open(false).issuer().unwrap().jwks(), issuer.jwks());
        let strange = folder.0.join("notes.txt");
        for file in [folder.open(false).database(), strange.clone()] {
            fs::write(file, "something").unwrap();
        }
        let fresh = folder.open(true);
        assert_ne!(fresh.key().unwrap(), key);
        assert_ne!(fresh.issuer().unwrap().jwks(), issuer.jwks());
        assert!(!fresh.database().exists() && strange.exists());
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_named_with_the_way_out() {
        let folder = Folder::new("content");
        let home = folder.open(false);
        fs::write(folder.0.join(KEY), "short").unwrap();
        fs::write(folder.0.join(ISSUER), "short").unwrap();
        fs::write(folder.0.join(WORLD), "{}").unwrap();
        fs::write(folder.0.join(CLOCK), "<html>").unwrap();
        let errors = [
            home.key().unwrap_err(),
            home.issuer().unwrap_err(),
            home.world().unwrap_err(),
            home.ahead().unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().ends_with("--fresh begins with a new machine"), "{error}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn key_and_world_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("private");
        let home = folder.open(false);
        home.key().unwrap();
        home.issuer().unwrap();
        home.keep_world(&home.world().unwrap()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            [&folder.0, &folder.0.join(KEY), &folder.0.join(ISSUER), &folder.0.join(WORLD)]
                .map(|path| mode(path)),
            [0o700, 0o600, 0o600, 0o600]
        );
    }
}
