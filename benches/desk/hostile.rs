//! The hostile corpus at its full size: how long each of its mails takes, class by class, in a process whose memory is measured;
//! then all of it at once through the program, from a Maildir and from a Dovecot to which it came by SMTP and APPEND.
use crate::highest_memory;
use crate::kit;
use crate::made::{self, ADMINISTRATOR, Cabinets, Generated, MAILBOX};
use crate::road::{MX, deliver};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What this program is told so that it works one class and tells the times.
pub(crate) const CHILD: &str = "--hostile-class";

pub(crate) fn classes() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("eml");
    let maildir = home.path().join("buzon");
    made::write(&folder, &["--maildir", maildir.to_str().unwrap()]);
    let made = made::read(&folder);
    println!("{:<18}{:>7}{:>12}{:>12}{:>10}  slowest", "hostile class", "mails", "median ms", "slowest ms", "peak MB");
    let classes: BTreeSet<&str> = made.cases.iter().map(|case| case.class.as_str()).collect();
    for class in classes {
        let said = Command::new(std::env::current_exe().unwrap()).args([CHILD, class]).arg(&folder).output().unwrap();
        assert!(said.status.success(), "{class}: {}", String::from_utf8_lossy(&said.stderr));
        print!("{}", String::from_utf8_lossy(&said.stdout));
    }
    by_maildir(home.path(), &made);
    by_wire(&made);
}

/// In a process of its own: `CLASS FOLDER`.
pub(crate) fn one_class(class: &str, folder: &str) {
    let made = made::read(Path::new(folder));
    let cabinets = Cabinets::new(&made);
    let mut clerk = made::clerk(cabinets.open("nada"));
    let mut times: Vec<(Duration, &str)> = Vec::new();
    for case in made.cases.iter().filter(|case| case.class == class) {
        clerk.store = cabinets.open(&case.name);
        if let Some(before) = &case.after {
            made::feed(&mut clerk, before, made.bytes(before), made.now);
        }
        let outcome = made::feed(&mut clerk, &case.name, made.bytes(&case.name), made.now);
        times.push((outcome.took, &case.name));
    }
    times.sort_unstable();
    let (median, (slowest, name)) = (times[times.len() / 2].0, times[times.len() - 1]);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let peak = highest_memory(std::process::id()).unwrap();
    println!("{class:<18}{:>7}{:>12.1}{:>12.1}{peak:>10.1}  {name}", times.len(), ms(median), ms(slowest));
}

/// The program over a Maildir that holds all of them.
fn by_maildir(home: &Path, made: &Generated) {
    let inbox = "kind = \"maildir\"\npath = \"buzon\"\ndone = \"procesados\"\n";
    once(home, inbox, made.cases.len(), "run --once, all from a Maildir");
}

/// The program over the mailbox of a Dovecot to which they came by their roads.
fn by_wire(made: &Generated) {
    let delivered = deliver(made);
    let (port, secret) = (delivered.servers.imap, delivered.servers.secret());
    let inbox = format!(
        "kind = \"imap\"\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\nuser = \"mesa\"\npassword = {{ file = {secret:?} \
         }}\ndone = \"Procesados\"\n"
    );
    let home = tempfile::tempdir().unwrap();
    once(home.path(), &inbox, delivered.served.len(), "run --once, all by SMTP and APPEND");
}

fn once(home: &Path, inbox: &str, mails: usize, what: &str) {
    let config = format!(
        "database = \"mesa.db\"\n[desk]\naddress = \"{MAILBOX}\"\nname = \"Mesa\"\nadministrator = \
         \"{ADMINISTRATOR}\"\n[inbox]\nstart = \"all\"\n{inbox}[outbox]\nkind = \"maildir\"\npath = \"salida\"\n[ordenes]\nauthserv_id = \
         \"{MX}\"\n"
    );
    fs::write(home.join("config.toml"), config).unwrap();
    let begun = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["run", "--once", "--config"])
        .arg(home.join("config.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0.0_f64;
    while program.try_wait().unwrap().is_none() {
        peak = peak.max(highest_memory(program.id()).unwrap_or_default());
        sleep(Duration::from_millis(2));
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert!(program.wait().unwrap().success(), "{what}");
    let store = mesa_tic::store::db::Store::open_read(&home.join("mesa.db")).unwrap();
    let ended: u64 = store.status().unwrap().correos.values().sum();
    assert_eq!(ended, mails as u64, "{what}");
    kit::in_order(&store);
    println!("{what:<44}{seconds:>9.1} s      {mails} mails, peak {peak:.0} MB");
}
