//! Encryption to a database or a Redis: rustls with the system's roots or one given file, verified as `sslmode` asks.

use std::path::Path;
use std::sync::Arc;

use domain::{Problem, ProblemCode, TlsMode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connector that verifies as `mode` says. [`TlsMode::Disable`] never uses it.
pub(crate) fn connector(
    mode: TlsMode,
    root_certificate: Option<&Path>,
) -> Result<MakeRustlsConnect, Problem> {
    client_config(mode, root_certificate).map(MakeRustlsConnect::new)
}

/// Verifies as `mode` says. [`TlsMode::Disable`] never uses it.
///
/// # Errors
/// A [`Problem`] where the root certificates cannot be used.
pub(crate) fn client_config(mode: TlsMode, root_certificate: Option<&Path>) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusted = match (mode, root_certificate) {
        // Nothing is verified without encryption, so a missing file must not stand in the way.
        (TlsMode::Disable, _) => Vec::new(),
        (_, Some(path)) => from_file(path)?,
        (_, None) => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (accepted, _) = roots.add_parsable_certificates(trusted.iter().cloned());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(format!("TLS cannot be set up: {error}."), None))?;
    let config = if mode == TlsMode::Disable {
        builder.with_root_certificates(roots)
    } else {
        if accepted == 0 {
            return Err(no_roots(root_certificate));
        }
        let standard = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| invalid(format!("TLS cannot be set up: {error}."), None))?;
        let own = if root_certificate.is_some() { trusted } else { Vec::new() };
        // With the public authorities any site's certificate would do, so there the name is always checked, as in libpq.
        let check_name = mode == TlsMode::VerifyFull || root_certificate.is_none();
        let verifier = Arc::new(Verifier { standard, own, check_name });
        builder.dangerous().with_custom_certificate_verifier(verifier)
    };
    Ok(config.with_no_client_auth())
}

fn from_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let bytes = std::fs::read(path).map_err(|error| {
        invalid(
            format!("The root certificate {} cannot be read: {error}.", path.display()),
            Some("Choose a readable PEM file, or none to use the system's roots."),
        )
    })?;
    CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>().map_err(|error| {
        invalid(
            format!("The root certificate {} is not PEM: {error}.", path.display()),
            Some("Choose a file that holds -----BEGIN CERTIFICATE----- blocks."),
        )
    })
}

fn no_roots(path: Option<&Path>) -> Problem {
    match path {
        Some(path) => invalid(
            format!("The file {} holds no usable certificate.", path.display()),
            Some("Choose a PEM file with the certificate of the authority that signed the server's."),
        ),
        None => invalid(
            "This system has no root certificates.".to_owned(),
            Some(
                "Install them (package ca-certificates), or choose a root certificate file for this source.",
            ),
        ),
    }
}

fn invalid(message: String, remedy: Option<&str>) -> Problem {
    Problem { code: ProblemCode::TlsInvalid, message, remedy: remedy.map(str::to_owned) }
}

/// Why the server `at` is not trusted: `host` is the name that its certificate must carry.
pub(crate) fn refused(error: &Error, at: &str, host: &str, mode: TlsMode) -> Problem {
    let Error::InvalidCertificate(reason) = error else {
        return invalid(
            format!("{at} and the console could not agree on encryption: {error}."),
            Some("The server must offer TLS 1.2 or later."),
        );
    };
    let choose = "Choose the certificate of its authority as the root certificate of this source";
    let (what, remedy) = match reason {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("presents a certificate for another host than {host}"),
            "Use the host name that the certificate carries as subject alternative name, or have one issued for this \
             name. With a private authority, verify-ca leaves the name out."
                .to_owned(),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "presents a certificate that has expired".to_owned(),
            "Renew the server's certificate, and check the clock of this machine.".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "presents a certificate that is not valid yet".to_owned(),
            "Check the clocks of the server and of this machine.".to_owned(),
        ),
        CertificateError::Revoked => (
            "presents a certificate that was revoked".to_owned(),
            "Have a new certificate issued for the server.".to_owned(),
        ),
        CertificateError::UnknownIssuer => (
            "presents a certificate that no trusted authority signed".to_owned(),
            format!("{choose}; for a self-signed certificate that is the certificate itself."),
        ),
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => (
            "presents a self-signed certificate that is not trusted".to_owned(),
            format!("{choose}: the server's certificate itself."),
        ),
        other => (format!("presents a certificate that is not acceptable ({other})"), format!("{choose}.")),
    };
    let note = if mode == TlsMode::VerifyCa { " (verify-ca)" } else { "" };
    invalid(format!("{at} {what}{note}."), Some(&remedy))
}

/// The standard verification, with two readings that PostgreSQL's own client has: verify-ca leaves the host name out, and a
/// server's self-signed certificate may itself be the trusted one.
#[derive(Debug)]
struct Verifier {
    standard: Arc<WebPkiServerVerifier>,
    /// The certificates of the file that was chosen for this source.
    own: Vec<CertificateDer<'static>>,
    check_name: bool,
}

impl Verifier {
    /// A certificate that signs itself is an authority, and the standard rules take no authority for a server. They refuse it
    /// only after its validity was checked, and being byte for byte the trusted one it needs no other signature.
    fn is_trusted_itself(&self, error: &Error, certificate: &CertificateDer<'_>) -> bool {
        matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if format!("{other:?}").contains("CaUsedAsEndEntity"))
            && self.own.iter().any(|trusted| trusted.as_ref() == certificate.as_ref())
    }
}

fn is_about_the_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.standard.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is checked last: whoever fails there has a trusted chain.
            Err(error) if !self.check_name && is_about_the_name(&error) => {
                Ok(ServerCertVerified::assertion())
            }
            Err(error) if self.is_trusted_itself(&error, end_entity) => {
                if self.check_name {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.standard.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.standard.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.standard.supported_verify_schemes()
    }
}
