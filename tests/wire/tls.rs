//! Who cannot prove who he is hears nothing: a certificate whose time is over, one that signs itself, a TLS that is no longer
//! safe, and a line in clear to another machine.
use crate::kit::servers::certificates;
use mesa_tic::inbox::Inbox;
use mesa_tic::inbox::setting::{Account, Auth, Setting};
use mesa_tic::net::endpoint::{Endpoint, Tls};
use mesa_tic::net::fault::{Fault, Kind};
use mesa_tic::net::oauth::Proof;
use mesa_tic::net::secret::Secret;
use mesa_tic::net::stream::Stream;
use mesa_tic::outbox::Outbox;
use mesa_tic::outbox::outcome::Outcome;
use mesa_tic::outbox::setting::{Login, Relay, Setting as Way};
use std::fs;
use std::io::Read;
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A server that does the handshake and writes down what it is told after it.
struct Door {
    child: Child,
    port: u16,
}

impl Door {
    fn open(tls: &Path, certificate: &str, options: &[&str]) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")]).args(options);
        command.arg("-cert").arg(tls.join(format!("{certificate}.pem")));
        command.arg("-key").arg(tls.join(format!("{certificate}.key")));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        Door { child, port }
    }

    fn heard(mut self) -> String {
        self.child.kill().unwrap();
        let mut heard = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
        self.child.wait().unwrap();
        heard
    }
}

fn endpoint(port: u16, tls: &Path) -> Endpoint {
    Endpoint { host: "localhost".into(), port, tls: Tls::Connect, ca: Some(tls.join("ca.pem")) }
}

async fn both(endpoint: Endpoint, tls: &Path) -> [Fault; 2] {
    let secret = tls.join("clave");
    fs::write(&secret, "canario\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let proof = Proof::Password(Secret::File(secret));
    let login = Some(Login { user: "mesa".into(), proof: proof.clone() });
    let account = Account {
        endpoint: endpoint.clone(),
        user: "mesa".into(),
        proof,
        auth: Auth::Plain,
        folder: "INBOX".into(),
        done: None,
        max_size: 1000,
    };
    let read = Inbox::new(Setting::Imap(account)).list().await.unwrap_err();
    let sent = Outbox::new(Way::Smtp(Relay { endpoint, login })).send("a@x.co", "b@x.co", b"x").await;
    let Outcome::Closed { kind, why } = sent else { panic!("{sent:?}") };
    [read, Fault::new(kind, why)]
}

#[tokio::test]
async fn no_server_of_doubtful_proof_is_spoken_to() {
    let home = tempfile::tempdir().unwrap();
    let tls = home.path();
    certificates(tls);
    let old = ["-cipher", "ALL:@SECLEVEL=0"];
    for (certificate, options, says) in [
        ("expired", &[][..], "está vencido"),
        ("itself", &[], "se firmó a sí mismo"),
        ("other-name", &[], "no es de «localhost»"),
        ("server", &["-tls1_1", old[0], old[1]], "versión vieja de TLS"),
        ("server", &["-tls1", old[0], old[1]], "versión vieja de TLS"),
    ] {
        let door = Door::open(tls, certificate, options);
        for fault in both(endpoint(door.port, tls), tls).await {
            assert!(fault.kind == Kind::Untrusted && fault.what.contains(says), "{certificate} {options:?}: {fault}");
        }
        assert_eq!(door.heard(), "", "{certificate} {options:?}");
    }
    // The same with nothing wrong is spoken to: it is the proof that was refused, not the door.
    for options in [&["-tls1_2"][..], &["-tls1_3"]] {
        let door = Door::open(tls, "server", options);
        assert!(Stream::connect(&endpoint(door.port, tls)).await.is_ok(), "{options:?}");
    }
}

/// This machine by an address that others reach it by.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[tokio::test]
async fn in_clear_only_this_machine_is_spoken_to() {
    let Some(host) = outer_address() else { return };
    let listener = TcpListener::bind((host, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let to = Endpoint { host: host.to_string(), port, tls: Tls::None, ca: None };
    let fault = Stream::connect(&to).await.unwrap_err();
    assert!(fault.kind == Kind::Untrusted && fault.what.contains("no es esta misma máquina"), "{fault}");
    let mut heard = String::new();
    listener.accept().unwrap().0.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "");
}
