//! Which certificate authorities are trusted: the system's, or one named by the person.

use std::sync::{Arc, OnceLock};

use domain::{Problem, ProblemCode};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::problem::problem;

pub(super) fn client_config(root_certificate: Option<&str>) -> Result<ClientConfig, Problem> {
    let roots = match root_certificate.map(str::trim).filter(|path| !path.is_empty()) {
        Some(path) => Arc::new(roots_from_file(path)?),
        None => system_roots(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| {
        problem(ProblemCode::Internal, format!("TLS cannot be set up: {error}."), "Report this as a defect.")
    })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Read once: the directory of certificates is large.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let (added, ignored) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        tracing::debug!(added, ignored, "certificate authorities of the system");
        Arc::new(roots)
    }))
}

fn roots_from_file(path: &str) -> Result<RootCertStore, Problem> {
    let unusable = |why: String| {
        problem(
            ProblemCode::TlsInvalid,
            format!("The root certificate {path} cannot be used: {why}."),
            "Name a readable PEM file that holds the certificate of the authority.",
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unusable("it holds no certificate".to_owned())) } else { Ok(roots) }
}
