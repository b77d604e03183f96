//! What several test programs share. Each takes the parts it needs.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
pub mod calendar;
pub mod canary;
pub mod desk;
pub mod fake;
pub mod home;
pub mod oauth;
pub mod program;
pub mod proxy;
pub mod servers;
pub mod sink;
use mesa_tic::store::db::Store;
use std::fs;
use std::path::Path;

/// The books add up, whatever the test did: only mails that wait to be worked may be left over.
pub fn in_order(store: &Store) {
    let mut findings = store.reconcile().unwrap();
    findings.retain(|finding| finding.que != "el correo espera que lo trabajen");
    assert_eq!(findings, Vec::new());
}

/// A desk over Maildirs in `home`: its config and an empty mailbox (`buzon`); letters go to `salida`, finished mails to
/// `procesados`. `database` counts from `home`.
pub fn maildir_desk(home: &Path, database: &str) {
    let config = format!(
        r#"
        database = "{database}"
        [desk]
        address = "mesa@magdalena.gov.co"
        name = "Mesa de Ayuda"
        administrator = "admin@magdalena.gov.co"
        [inbox]
        kind = "maildir"
        path = "buzon"
        done = "procesados"
        start = "all"
        [outbox]
        kind = "maildir"
        path = "salida"
        "#
    );
    fs::write(home.join("config.toml"), config).unwrap();
    for half in ["new", "cur", "tmp"] {
        fs::create_dir_all(home.join("buzon").join(half)).unwrap();
    }
}
