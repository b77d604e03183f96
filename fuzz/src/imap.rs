//! Whatever a server says, from its greeting on: no mail comes out of nonsense, nothing hangs, nothing is taken down.
//! The input is all that the server says; it is said at once, over loopback, and no more comes after it.
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Octets; whatever a server claims, no mail may be longer than twice this, nor than what was said.
const LARGEST: u64 = 10_000;

struct Bench {
    runtime: Runtime,
    listener: TcpListener,
    account: Account,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let account = Account {
        endpoint: Endpoint { host: "127.0.0.1".into(), port, tls: Tls::None, ca: None },
        user: "mesa".into(),
        proof: Proof::Password(Secret::File(password())),
        auth: Auth::Login,
        folder: "INBOX".into(),
        done: Some("Procesados".into()),
        max_size: LARGEST,
    };
    Bench { runtime, listener, account }
});

fn password() -> PathBuf {
    let path = std::env::temp_dir().join(format!("mesa-fuzz-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
    file.write_all(b"x\n").unwrap();
    path
}

pub fn hold(said: &[u8]) {
    let Bench { runtime, listener, account } = &*BENCH;
    // Each line that the client opens hears the same. The lines are held until the client is done: closed earlier, they would
    // take what was said back with them.
    let mut lines = Vec::new();
    let server = async {
        loop {
            let Ok((mut line, _)) = listener.accept().await else { return };
            // Nothing is left waiting for the port to be free: there are only so many.
            line.set_zero_linger().unwrap();
            // Whoever hangs up in between needs no more of it.
            let _ = line.write_all(said).await;
            let _ = line.shutdown().await;
            lines.push(line);
        }
    };
    let client = async {
        let mut inbox = Inbox::new(Setting::Imap(account.clone()));
        let Ok(listed) = inbox.list().await else { return };
        let places: Vec<_> = listed.into_iter().take(4).map(|listed| listed.place).collect();
        let Ok(fetched) = inbox.fetch(&places).await else { return };
        for mail in fetched.mails {
            assert!(!mail.bytes.is_empty() && mail.bytes.len() <= said.len(), "{} octets", mail.bytes.len());
        }
        // Moved, marked or left: as the server's words allow.
        let _ = inbox.done(&places).await;
    };
    runtime.block_on(async {
        tokio::select! { () = client => {}, () = server => {} }
    });
}
