//! Whatever a server says, from its greeting on: no mail comes out of nonsense, nothing hangs, nothing is taken down.
//! The input is all that the server says; it is said at once, over loopback, and then the line is closed.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static SECRET: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("mesa-fuzz-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
    std::io::Write::write_all(&mut file, b"x\n").unwrap();
    path
});

fuzz_target!(|said: &[u8]| {
    RUNTIME.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            // Each line that the client opens hears the same.
            loop {
                let Ok((mut line, _)) = listener.accept().await else { return };
                // No TIME_WAIT: there are only so many ports.
                let _ = line.set_zero_linger();
                let _ = line.write_all(said).await;
                let mut ears = [0; 4096];
                let _ = tokio::time::timeout(Duration::from_millis(2), async {
                    while line.read(&mut ears).await.is_ok_and(|read| read > 0) {}
                })
                .await;
            }
        };
        let endpoint = Endpoint { host: "127.0.0.1".into(), port, tls: Tls::None, ca: None };
        let proof = Proof::Password(Secret::File(SECRET.clone()));
        let account = Account {
            endpoint,
            user: "mesa".into(),
            proof,
            auth: Auth::Login,
            folder: "INBOX".into(),
            done: None,
            max_size: 10_000,
        };
        let client = async {
            let mut inbox = Inbox::new(Setting::Imap(account));
            if let Ok(listed) = inbox.list().await {
                let places: Vec<_> = listed.into_iter().take(4).map(|listed| listed.place).collect();
                if let Ok(fetched) = inbox.fetch(&places).await {
                    assert!(fetched.mails.iter().all(|raw| !raw.bytes.is_empty() && raw.bytes.len() <= 40_000));
                }
            }
        };
        tokio::select! { () = client => {}, () = server => {} }
    });
});
