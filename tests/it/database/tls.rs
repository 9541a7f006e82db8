//! Connections to another host are encrypted, and the server proves who it is.
//!
//! The server that tests fetch speaks no TLS, so a small proxy in front of it does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use pyfa::database::{Database, DatabaseError};
use pyfa_testkit::postgres::postgres_or_skip;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{open_error, settings};

/// What a client sends to ask for TLS.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tls")
        .join(name)
}

/// Listens at `host` and passes on what comes over TLS; the port, and how many connections came.
async fn serve_tls(host: &str, server: String) -> Result<(u16, Arc<AtomicU32>)> {
    let certificate = CertificateDer::from_pem_file(file("server.pem"))?;
    let key = PrivateKeyDer::from_pem_file(file("server.key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((host, 0)).await?;
    let port = listener.local_addr()?.port();
    let accepted = Arc::new(AtomicU32::new(0));
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (acceptor, server, count) = (acceptor.clone(), server.clone(), count.clone());
            tokio::spawn(async move {
                let mut request = [0; 8];
                client.read_exact(&mut request).await?;
                ensure!(request == TLS_REQUEST, "the client does not ask for TLS");
                client.write_all(b"S").await?;
                let mut client = acceptor.accept(client).await?;
                count.fetch_add(1, Ordering::Relaxed);
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await?;
                anyhow::Ok(())
            });
        }
    });
    Ok((port, accepted))
}

#[tokio::test]
async fn a_server_has_to_prove_who_it_is() -> Result<()> {
    let Some(server) = postgres_or_skip() else {
        return Ok(());
    };
    let address = server.create_database()?;
    let (credentials, place) = address.rsplit_once('@').context("no user")?;
    let (socket, database) = place.split_once('/').context("no database")?;
    let at = |host: &str, port: u16, authority: &str| {
        let certificate = file(authority).display().to_string();
        settings(&format!(
            "{credentials}@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={certificate}"
        ))
    };
    let (port, accepted) = serve_tls("127.0.0.1", socket.to_owned()).await?;
    for host in ["127.0.0.1", "localhost"] {
        let database = Database::open(&at(host, port, "authority.pem")?).await?;
        assert!(database.fetch_schema_state().await?.found > 0);
    }
    assert!(accepted.load(Ordering::Relaxed) >= 2, "not encrypted");

    let before = accepted.load(Ordering::Relaxed);
    let error = open_error(&at("127.0.0.1", port, "other-authority.pem")?).await?;
    assert!(
        matches!(error, DatabaseError::Untrusted { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("sslrootcert"), "{error}");

    // The certificate is good, and for another name.
    let (port, _) = serve_tls("127.0.0.2", socket.to_owned()).await?;
    let error = open_error(&at("127.0.0.2", port, "authority.pem")?).await?;
    assert!(
        matches!(error, DatabaseError::Untrusted { .. }),
        "{error:?}"
    );

    let error = open_error(&at("127.0.0.1", port, "missing.pem")?).await?;
    assert!(error.to_string().contains("missing.pem"), "{error}");
    assert_eq!(accepted.load(Ordering::Relaxed), before);

    // Nothing is said in the clear to a server without TLS.
    let (host, port) = socket.split_once(':').context("no port")?;
    let error = open_error(&at(host, port.parse()?, "authority.pem")?).await?;
    assert!(matches!(error, DatabaseError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("TLS"), "{error}");
    Ok(())
}
