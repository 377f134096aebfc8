//! `DATABASE_URL`: which database, checked before anything else starts.

use std::{fmt, path::Path, str::FromStr};

use sea_orm::sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use crate::Error;

/// Where the database is when nothing says otherwise: a file in the working folder.
pub const DEFAULT_URL: &str = "sqlite://data/cloud_monitor.db";

/// A checked `DATABASE_URL`. Its password appears neither in `Debug` nor in `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    place: Place,
}

/// What may be shown of the URL, and what the SQLite file's folder is taken from.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(Box<Path>),
    Server { host: String, port: u16, database: String },
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    /// Accepts `sqlite://…`, `postgresql://…` and `postgres://…`; a driver suffix, as in
    /// `postgresql+psycopg2://`, is ignored.
    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Error::Url("has no scheme; use sqlite://… or postgresql://…".into()));
        };
        match scheme.split('+').next().unwrap_or(scheme) {
            "sqlite" => Self::sqlite(rest),
            "postgresql" | "postgres" => Self::postgresql(rest),
            other => Err(Error::Url(format!(
                "has the scheme {other:?}; use sqlite://… or postgresql://…"
            ))),
        }
    }
}

impl DatabaseUrl {
    fn sqlite(rest: &str) -> Result<Self, Error> {
        if rest.split('?').next().is_none_or(str::is_empty) {
            return Err(Error::Url("names no file".into()));
        }
        let url = format!("sqlite://{rest}");
        let options = SqliteConnectOptions::from_str(&url).map_err(malformed)?;
        Ok(Self { url, place: Place::File(options.get_filename().into()) })
    }

    fn postgresql(rest: &str) -> Result<Self, Error> {
        let url = format!("postgresql://{rest}");
        let options = PgConnectOptions::from_str(&url).map_err(malformed)?;
        let place = Place::Server {
            host: options.get_host().to_owned(),
            port: options.get_port(),
            database: options.get_database().unwrap_or_default().to_owned(),
        };
        Ok(Self { url, place })
    }

    /// The whole URL, with its password, for the driver.
    pub(super) fn as_str(&self) -> &str {
        &self.url
    }

    /// How to connect, with all that the URL says about TLS, if it names a PostgreSQL server.
    pub fn server(&self) -> Option<PgConnectOptions> {
        match self.place {
            Place::Server { .. } => PgConnectOptions::from_str(&self.url).ok(),
            Place::File(_) => None,
        }
    }

    /// The path of the SQLite file, if the database is one.
    pub(super) fn sqlite_file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Server { .. } => None,
        }
    }
}

fn malformed(source: sea_orm::sqlx::Error) -> Error {
    Error::Url(format!("cannot be used: {source}"))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "sqlite://{}", path.display()),
            Place::Server { host, port, database } => {
                write!(f, "postgresql://{host}:{port}/{database}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_driver_suffix_is_ignored() {
        let url = parse("postgresql+psycopg2://me:secret@db:5432/monitor");
        assert_eq!(url.as_str(), "postgresql://me:secret@db:5432/monitor");
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://me:secret@db/monitor",
            "postgres://me:sec@ret%2F@db/monitor",
            "postgres://db/monitor?user=me&password=secret",
            "postgres://db/monitor?user=me@home&password=secret",
        ] {
            let url = parse(text);
            let shown = format!("{url} {url:?}");
            let expected = "postgresql://db:5432/monitor";
            assert_eq!(shown, format!("{expected} {expected}"));
        }
    }

    #[test]
    fn a_file_is_shown_and_found_by_its_path() {
        let url = parse("sqlite:///srv/a%20b/me@home.db?mode=rwc");
        assert_eq!(url.sqlite_file(), Some(Path::new("/srv/a b/me@home.db")));
        assert_eq!(url.to_string(), "sqlite:///srv/a b/me@home.db");
        assert_eq!(parse(DEFAULT_URL).to_string(), DEFAULT_URL);
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        let error = "mysql://db".parse::<DatabaseUrl>().unwrap_err();
        assert!(error.to_string().contains("mysql"), "{error}");
    }

    #[test]
    fn malformed_urls_are_refused() {
        for text in
            ["cloud_monitor.db", "sqlite://", "sqlite://?mode=rwc", "sqlite://a.db?mode=mine"]
        {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
        for text in ["postgresql://db:port/monitor", "postgresql://[db/monitor"] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }
}
