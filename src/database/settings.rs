//! Where the database is: a file, or the address of a `PostgreSQL` server. No I/O.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio_postgres::config::{Host, SslMode};
use url::Url;

/// The file's name in `PYFA_HOME`.
const FILE_NAME: &str = "activity.sqlite";

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may leave what it was sent without any sign of having got it.
const SILENCE: Duration = Duration::from_secs(30);

/// Where the database is.
#[derive(Debug, Clone)]
pub enum DatabaseSettings {
    Sqlite(SqliteSettings),
    Postgres(Box<PostgresSettings>),
}

/// A file on a local disk.
#[derive(Debug, Clone)]
pub struct SqliteSettings {
    pub path: PathBuf,
    /// How long a statement waits for another process that writes.
    pub busy_timeout: Duration,
    /// Whether what was committed outlives a power failure, and not only the process.
    pub is_durable: bool,
    pub reads: Option<ReadLimits>,
}

impl SqliteSettings {
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            busy_timeout: Duration::from_mins(1),
            is_durable: true,
            reads: None,
        }
    }
}

/// A `PostgreSQL` server and one of its databases.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    pub(super) config: tokio_postgres::Config,
    /// Used if the address has none.
    pub(super) password: Option<SecretString>,
    pub(super) tls: Tls,
    /// The certificate of the authority that has signed the server's; if `None`, the system's.
    pub(super) root_certificate: Option<PathBuf>,
    pub(super) reads: Option<ReadLimits>,
}

/// How much a handle reads at the same time, and how long a statement may take: for questions of
/// others. Such a handle only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    pub at_once: usize,
    pub patience: Duration,
}

/// Whether the connection is encrypted. It is verified, or it is not encrypted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    Off,
    /// Certificate and host name are verified.
    Verified,
}

/// The address of a database cannot be used. Shows no password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    #[error(
        "the address of the database is neither a path nor like `postgres://user@host/database`; set PYFA_DATABASE to one of them"
    )]
    NoAddress,
    #[error(
        "the address of the database names no host; set PYFA_DATABASE to `postgres://user@host/database`"
    )]
    NoHost,
    #[error(
        "the address of the database has the sslmode `{0}`; use `verify-full`, or `disable` on a network that nobody else can read"
    )]
    TlsMode(String),
    #[error("the address of the database has the parameter `{0}`, which pyfa does not know")]
    Parameter(String),
}

impl DatabaseSettings {
    /// Reads an address: nothing for the file in `home`, a path, or `postgres://…`.
    ///
    /// A password is taken from `password` if the address has none. To other hosts than this one,
    /// the connection is encrypted and verified unless the address says `sslmode=disable`.
    pub fn parse(
        address: Option<&str>,
        password: Option<SecretString>,
        home: &Path,
    ) -> Result<Self, SettingError> {
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(Self::Sqlite(SqliteSettings::new(home.join(FILE_NAME))));
        };
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let server = PostgresSettings::parse(address, password)?;
            return Ok(Self::Postgres(Box::new(server)));
        }
        let path = address.strip_prefix("sqlite://").unwrap_or(address);
        if path.is_empty() || path.contains("://") {
            return Err(SettingError::NoAddress);
        }
        Ok(Self::Sqlite(SqliteSettings::new(path)))
    }
}

impl DatabaseSettings {
    /// The same database for a handle that only reads, within limits.
    #[must_use]
    pub fn with_read_limits(&self, limits: ReadLimits) -> Self {
        match self.clone() {
            Self::Postgres(mut server) => {
                server.reads = Some(limits);
                Self::Postgres(server)
            }
            Self::Sqlite(file) => Self::Sqlite(SqliteSettings {
                reads: Some(limits),
                ..file
            }),
        }
    }

    /// Where the quotas are counted that processes share: on the same server, or in a file of its own
    /// next to the other one. Every request writes there, must not wait for other rows to be stored,
    /// and what is lost in a power failure is asked for again.
    #[must_use]
    pub fn for_quotas(&self) -> Self {
        match self {
            Self::Postgres(_) => self.clone(),
            Self::Sqlite(file) => Self::Sqlite(SqliteSettings {
                path: file.path.with_extension("quota.sqlite"),
                is_durable: false,
                ..file.clone()
            }),
        }
    }
}

impl PostgresSettings {
    fn parse(address: &str, password: Option<SecretString>) -> Result<Self, SettingError> {
        let mut url = Url::parse(address).map_err(|_| SettingError::NoAddress)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(SettingError::NoHost);
        }
        let is_local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let mut tls = if is_local { Tls::Off } else { Tls::Verified };
        let mut root_certificate = None;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("sslmode", "disable") => tls = Tls::Off,
                ("sslmode", "verify-full") => tls = Tls::Verified,
                ("sslmode", other) => return Err(SettingError::TlsMode(other.to_owned())),
                ("sslrootcert", file) => root_certificate = Some(PathBuf::from(file)),
                (other, _) => return Err(SettingError::Parameter(other.to_owned())),
            }
        }
        url.set_query(None);
        let mut config: tokio_postgres::Config =
            url.as_str().parse().map_err(|_| SettingError::NoAddress)?;
        config.ssl_mode(match tls {
            Tls::Off => SslMode::Disable,
            Tls::Verified => SslMode::Require,
        });
        config.application_name("pyfa");
        config.connect_timeout(CONNECT_TIMEOUT);
        // A server that has lost its power does not say so.
        config.tcp_user_timeout(SILENCE);
        config.keepalives_idle(SILENCE);
        config.keepalives_interval(SILENCE / 3);
        config.keepalives_retries(3);
        Ok(Self {
            config,
            password,
            tls,
            root_certificate,
            reads: None,
        })
    }

    /// Host and database, for messages.
    pub(super) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) if host.contains(':') => format!("[{host}]"),
            Some(Host::Tcp(host)) => host.clone(),
            _ => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self
            .config
            .get_dbname()
            .or(self.config.get_user())
            .unwrap_or_default();
        format!("postgres://{host}:{port}/{database}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str) -> Result<DatabaseSettings, SettingError> {
        DatabaseSettings::parse(Some(address), None, Path::new("home"))
    }

    fn tls(address: &str) -> Result<Tls, SettingError> {
        parse(address).map(|settings| match settings {
            DatabaseSettings::Postgres(server) => server.tls,
            DatabaseSettings::Sqlite(_) => Tls::Off,
        })
    }

    #[test]
    fn a_connection_to_another_host_is_verified_or_plain_by_choice() {
        assert_eq!(tls("postgres://a@db.example.org/x"), Ok(Tls::Verified));
        assert_eq!(tls("postgres://a@localhost/x"), Ok(Tls::Off));
        assert_eq!(tls("postgres://a@[::1]/x"), Ok(Tls::Off));
        assert_eq!(
            tls("postgres://a@127.0.0.1/x?sslmode=verify-full&sslrootcert=ca.pem"),
            Ok(Tls::Verified)
        );
        assert_eq!(
            tls("postgres://a@db.example.org/x?sslmode=disable"),
            Ok(Tls::Off)
        );
        assert_eq!(
            tls("postgres://a@db.example.org/x?sslmode=prefer"),
            Err(SettingError::TlsMode("prefer".to_owned()))
        );
        assert_eq!(
            tls("postgres://a@db.example.org/x?schema=y"),
            Err(SettingError::Parameter("schema".to_owned()))
        );
    }

    #[test]
    fn messages_show_the_place_and_no_password() {
        let Ok(DatabaseSettings::Postgres(server)) = parse("postgres://a:secret@127.0.0.1:5433/x")
        else {
            panic!("not a server");
        };
        assert_eq!(server.place(), "postgres://127.0.0.1:5433/x");
        assert_eq!(server.config.get_password(), Some(&b"secret"[..]));
        for address in ["mysql://a@b/c", "sqlite://"] {
            assert_eq!(parse(address).err(), Some(SettingError::NoAddress));
        }
        assert_eq!(parse("postgres:///c").err(), Some(SettingError::NoHost));
    }

    #[test]
    fn without_a_setting_it_is_a_file_in_the_home() {
        for (address, expected) in [
            (None, "home/activity.sqlite"),
            (Some(""), "home/activity.sqlite"),
            (Some("other.sqlite"), "other.sqlite"),
            (Some("sqlite:///a/b.sqlite"), "/a/b.sqlite"),
        ] {
            let parsed = DatabaseSettings::parse(address, None, Path::new("home"));
            assert!(
                matches!(parsed, Ok(DatabaseSettings::Sqlite(file)) if file.path == Path::new(expected))
            );
        }
    }
}
