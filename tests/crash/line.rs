//! The lines to both servers break in every way a line can, one after the other, and the daemon dies after each: the same
//! judge as over its own deaths.
use crate::desk::Desk;
use crate::kit::proxy::{Fault, Proxy};
use std::time::{Duration, Instant};

/// Once a line broke the desk gets so long to make it good, then it dies; once there is nothing to break, so long to show it.
const RECOVERY: Duration = Duration::from_millis(1500);

const VERBS: [&str; 8] =
    ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID FETCH", "UID FETCH*BODY", "LIST", "UID MOVE", "IDLE"];
const NOISE: &str = "* 9 EXISTS\r\n* 3 FETCH (FLAGS (\\Seen))\r\n* OK [ALERT] hola\r\n* XALGO (1 2)\r\n";

fn of_imap() -> Vec<Fault> {
    let mut faults = vec![Fault::Lie(5), Fault::Lie(-5), Fault::Lie(4_000_000_000)];
    for to in VERBS {
        faults.push(Fault::Answer { to, words: "{tag} NO [UNAVAILABLE] luego\r\n" });
        faults.push(Fault::Answer { to, words: "{tag} BAD que\r\n" });
        faults.push(Fault::LastWords { to, words: "* BYE hasta luego\r\n" });
        faults.push(Fault::Unheard(to));
    }
    faults.extend([1, 60, 300, 700, 1000, 1300, 1700, 2500].map(Fault::CutFromServer));
    faults.extend([10, 80, 150, 250].map(Fault::CutFromClient));
    faults.extend([3, 8, 14, 20].map(|nth| Fault::Interjection(nth, NOISE)));
    faults
}

fn of_smtp() -> Vec<Fault> {
    let mut faults = Vec::new();
    for to in ["EHLO", "MAIL", "RCPT", "DATA"] {
        faults.push(Fault::Answer { to, words: "451 4.3.0 luego\r\n" });
        faults.push(Fault::LastWords { to, words: "421 4.3.2 hasta luego\r\n" });
        faults.push(Fault::LastWords { to, words: "¿qué?\r\n" });
        faults.push(Fault::Unheard(to));
    }
    faults.push(Fault::Answer { to: "MAIL", words: "550 5.7.1 ustedes no\r\n" });
    faults.push(Fault::LastWords { to: ".", words: "451 4.3.0 luego\r\n" });
    faults.extend([Fault::Unheard("."), Fault::Unheard("."), Fault::Unheard(".")]);
    faults.extend([5, 30, 60].map(Fault::CutFromServer));
    faults.extend([20, 100, 200, 600, 1500].map(Fault::CutFromClient));
    faults
}

#[test]
fn whatever_breaks_on_the_way_to_the_servers_nothing_is_lost_and_nothing_done_twice() {
    std::thread::scope(|scope| {
        scope.spawn(|| break_all("imap", of_imap()));
        scope.spawn(|| break_all("smtp", of_smtp()));
    });
}

fn break_all(which: &str, faults: Vec<Fault>) {
    let mut desk = Desk::open("", 4);
    let (imap, smtp) = (Proxy::before(desk.servers.imap), Proxy::before(desk.sink.port));
    desk.change_ports(imap.port, smtp.port);
    let line = if which == "imap" { &imap } else { &smtp };
    for fault in faults {
        desk.note(format!("{fault:?}"));
        line.break_once(fault.clone());
        desk.endure(|| line.has_broken(), RECOVERY);
        assert!(line.has_broken(), "{fault:?} did not come about\n{}", desk.log());
    }
    desk.come_to_rest();
    desk.judge();
    desk.sum_up();
}

impl Desk {
    /// Mails come; the desk lives until its line broke and all is well again, or for so long after.
    fn endure(&mut self, has_broken: impl Fn() -> bool, recovery: Duration) {
        self.post();
        self.live(None);
        let begun = Instant::now();
        while !has_broken() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let broke = Instant::now();
        while broke.elapsed() < recovery && !self.is_tidy() {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The break of the line, and the death that follows.
        self.deaths += 2;
        self.kill();
        self.after_death();
    }
}
