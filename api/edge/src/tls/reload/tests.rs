use std::fs;
use std::time::Duration;

use rcgen::{CertificateParams, DnType, KeyPair};

use super::*;

fn write(folder: &Path, name: &str) -> TlsConfig {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap();
    let files = TlsConfig {
        certificate: folder.join("server.pem"),
        key: folder.join("server-key.pem"),
    };
    fs::write(&files.certificate, certificate.pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    files
}

fn subject(tls: &ServerTls) -> String {
    tls.current.0.load().facts.common_name.clone().unwrap()
}

#[test]
fn files_that_were_replaced_are_noticed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), "old");
    let tls = files.load().unwrap();
    assert_eq!(subject(&tls), "old");
    assert!(!tls.has_changed());
    write(folder.path(), "new");
    // The clock of a file system may be too coarse to tell two writes apart.
    let later = fs::metadata(&files.key).unwrap().modified().unwrap() + Duration::from_secs(2);
    let key = fs::File::options().write(true).open(&files.key).unwrap();
    key.set_modified(later).unwrap();
    assert!(tls.has_changed());
    tls.reload().unwrap();
    assert_eq!(subject(&tls), "new");
    assert!(!tls.has_changed());
}

#[test]
fn files_that_do_not_go_together_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), "old");
    let tls = files.load().unwrap();
    let other = KeyPair::generate().unwrap();
    fs::write(&files.key, other.serialize_pem()).unwrap();
    let refused = tls.reload().unwrap_err();
    assert!(matches!(refused, TlsError::Use { .. }), "{refused}");
    fs::write(&files.certificate, "nothing").unwrap();
    assert!(tls.reload().is_err());
    fs::remove_file(&files.certificate).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Read { .. })));
    assert_eq!(subject(&tls), "old");
}
