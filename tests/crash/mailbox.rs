//! A mailbox that is not ours alone: numbered anew, read, emptied and filled by others, with mails that look like one another.
use crate::desk::{Desk, date};
use crate::oracle::Posted;
use mesa_tic::crash::Point;
use std::fs;

/// A mail of `from`, with these headers besides.
fn mail(from: &str, headers: &str, text: &str) -> String {
    format!(
        "From: {from}@magdalena.test\r\nTo: mesa@magdalena.test\r\nSubject: La impresora no imprime\r\nDate: \
         {}\r\n{headers}\r\n{text}\r\n",
        date()
    )
}

/// How many cases there are, and letters as the mail server knows them.
fn tally(desk: &Desk) -> (u32, usize) {
    (desk.count("SELECT count(*) FROM caso"), desk.sink.letters().len())
}

#[test]
fn uids_may_change_and_uidvalidity_go_up_and_down_and_no_mail_is_worked_twice() {
    let mut desk = Desk::open("", 1);
    desk.leave_finished_mails();
    for n in 0..3 {
        desk.drop_in(Posted::request(n));
    }
    desk.attend(3);
    let before = tally(&desk);
    assert_eq!(before, (3, 6));
    let mut rows = 3;
    for validity in [Some("777777777"), None, Some("4711")] {
        match validity {
            Some(number) => {
                desk.servers.doveadm(&["mailbox", "update", "-u", "mesa", "--uid-validity", number, "INBOX"]);
            }
            // New numbers under the same UIDVALIDITY.
            None => fs::remove_file(desk.servers.home().join("mail/mesa/Maildir/dovecot-uidlist")).unwrap(),
        }
        rows += 3;
        desk.attend(rows);
        assert_eq!(tally(&desk), before, "{validity:?}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM correo WHERE destino = 'duplicado'"), 9);
    // What comes under the new numbers is new.
    desk.drop_in(Posted::request(3));
    desk.attend(rows + 1);
    assert_eq!(tally(&desk), (4, 8));
}

#[test]
fn what_others_do_in_the_mailbox_changes_nothing() {
    let mut desk = Desk::open("", 2);
    for n in 0..3 {
        desk.drop_in(Posted::request(n));
    }
    // Somebody has read them all, and marked one as answered and deleted.
    desk.servers.doveadm(&["flags", "add", "-u", "mesa", "\\Seen \\Flagged", "mailbox", "INBOX", "all"]);
    desk.servers.doveadm(&["flags", "add", "-u", "mesa", "\\Answered \\Deleted", "mailbox", "INBOX", "uid", "2"]);
    // They are on file when the desk dies; then somebody empties the mailbox.
    assert!(desk.dies_at(Point::Filed));
    desk.servers.doveadm(&["expunge", "-u", "mesa", "mailbox", "INBOX", "all"]);
    desk.attend(3);
    assert_eq!(tally(&desk), (3, 6));
    // One that was finished is put back among the new ones: under its new number it is known by what it says.
    desk.drop_in(Posted::request(3));
    desk.attend(4);
    desk.servers.doveadm(&["move", "-u", "mesa", "INBOX", "mailbox", "Procesados", "all"]);
    desk.attend(5);
    assert_eq!(tally(&desk), (4, 8));
    assert_eq!(desk.count("SELECT count(*) FROM correo WHERE destino = 'duplicado'"), 1);
}

#[test]
fn mails_are_told_apart_by_what_they_say_and_not_by_their_message_id() {
    let mut desk = Desk::open("", 3);
    let nameless = mail("ana", "", "No imprime nada.");
    let same_name = |text| mail("luis", "Message-ID: <uno@pc.test>\r\n", text);
    let road = "Received: from relevo by correo.magdalena.test; Wed, 25 Nov 2026 09:00:00 -0500\r\n";
    let mails = [
        // Without a Message-ID, twice; then by another road; then with other words.
        nameless.clone(),
        nameless.clone(),
        format!("{road}{nameless}"),
        mail("ana", "", "Ahora tampoco prende."),
        // An empty one is none.
        mail("ciudadana", "Message-ID: <>\r\n", "No imprime."),
        mail("ciudadana", "Message-ID: <>\r\n", "No escanea."),
        // One Message-ID under two mails, and one of them again by another road.
        same_name("No imprime la del piso 2."),
        same_name("No imprime la del piso 3."),
        format!("{road}{}", same_name("No imprime la del piso 3.")),
    ];
    for text in &mails {
        desk.put(text);
    }
    desk.attend(mails.len() as u32);
    let ends = |how: &str| desk.count(&format!("SELECT count(*) FROM correo WHERE destino = '{how}'"));
    assert_eq!((ends("ticket"), ends("duplicado")), (6, 3), "{}", desk.log());
    assert_eq!(desk.count("SELECT count(*) FROM caso"), 6);
}
