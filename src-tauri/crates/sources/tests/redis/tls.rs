//! Encryption: verified as asked, refused with the reason, and never left out.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use servers::{RedisCluster, RedisTls};
use sources::Source;
use tempfile::TempDir;

use super::*;

/// Authority, certificates signed by it, and the directory with the authority's PEM file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Authority { issuer, folder }
    }

    fn file(&self) -> String {
        self.folder.path().join("authority.pem").display().to_string()
    }

    fn sign(&self, names: &[&str], expired: bool) -> RedisTls {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "redis");
        if expired {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        RedisTls { certificate: certificate.pem(), key: key.serialize_pem(), authority: self.issuer.pem() }
    }
}

async fn encrypted(tls: RedisTls) -> servers::Redis {
    servers::Redis::start(RedisOptions { tls: Some(tls), ..RedisOptions::default() }).await.unwrap()
}

fn to(host: &str, server: &servers::Redis, tls: TlsMode, root: Option<String>) -> RedisSource {
    let connection = connection(format!("{host}:{}", server.port()));
    source(RedisConnection { tls, root_certificate: root, ..connection }, None)
}

#[tokio::test]
async fn a_trusted_server_is_watched_and_others_are_refused_with_the_reason() {
    let ours = Authority::new("ours");
    let root = || Some(ours.file());
    let good = encrypted(ours.sign(&["localhost"], false)).await;
    to("localhost", &good, TlsMode::VerifyFull, root()).poll(NOW).await.unwrap();
    to("127.0.0.1", &good, TlsMode::VerifyCa, root()).poll(NOW).await.unwrap();

    let expired = encrypted(ours.sign(&["localhost"], true)).await;
    let theirs = Authority::new("theirs");
    let cases = [
        (to("127.0.0.1", &good, TlsMode::VerifyFull, root()), "another host"),
        (to("localhost", &expired, TlsMode::VerifyFull, root()), "has expired"),
        (to("localhost", &expired, TlsMode::VerifyCa, root()), "has expired"),
        (to("localhost", &good, TlsMode::VerifyFull, Some(theirs.file())), "no trusted authority"),
    ];
    for (source, reason) in cases {
        let found = problem(&source).await;
        assert_eq!(found.code, ProblemCode::TlsInvalid, "{found:?}");
        assert!(found.message.contains(reason) && found.code.stops_polling(), "{reason}: {found:?}");
    }
}

#[tokio::test]
async fn encryption_is_neither_left_out_nor_assumed() {
    let ours = Authority::new("ours");
    let plain = server(&[]).await;
    let found = problem(&to("127.0.0.1", &plain, TlsMode::VerifyFull, Some(ours.file()))).await;
    assert_eq!(found.code, ProblemCode::TlsInvalid, "{found:?}");
    assert!(found.message.contains("does not speak TLS"), "{found:?}");
    let guarded = encrypted(ours.sign(&["localhost"], false)).await;
    let found = problem(&to("localhost", &guarded, TlsMode::Disable, None)).await;
    assert!(found.remedy.as_ref().unwrap().contains("TLS"), "{found:?}");
    assert!(!found.code.stops_polling());
}

#[tokio::test]
async fn a_cluster_is_encrypted_on_every_way_to_it() {
    let ours = Authority::new("ours");
    let tls = Some(ours.sign(&["127.0.0.1"], false));
    let cluster = RedisCluster::start(2, RedisOptions { tls, ..RedisOptions::default() }).await.unwrap();
    let first = format!("127.0.0.1:{}", cluster.nodes()[0].port());
    let connection = RedisConnection {
        topology: RedisTopology::Cluster,
        tls: TlsMode::VerifyFull,
        root_certificate: Some(ours.file()),
        ..connection(first)
    };
    let watched = source(connection.clone(), None);
    assert_eq!(facts(&watched.poll(NOW).await.unwrap()).nodes.len(), 2);
    let mut link = watched.connect().await.unwrap();
    for number in 0..20 {
        let _: () = redis::cmd("SET").arg(format!("k{number}")).arg(1).query_async(&mut link).await.unwrap();
    }
    let theirs = Authority::new("theirs");
    let stranger = source(RedisConnection { root_certificate: Some(theirs.file()), ..connection }, None);
    assert_eq!(problem(&stranger).await.code, ProblemCode::TlsInvalid);
    assert_eq!(stranger.connect().await.err().map(|problem| problem.code), Some(ProblemCode::TlsInvalid));
}
