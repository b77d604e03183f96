//! The whole desk between real servers: a mail goes through Postfix into Dovecot, becomes a case, is answered through Postfix
//! into the requester's mailbox, and the requester's reply fills what was missing. (Killed at every step: tests/crash.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use data_encoding::BASE32_NOPAD_NOCASE;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kit::calendar;
use kit::calendar::Part;
use kit::desk::{Desk, PEOPLE};
use kit::program::{Program, Writer};
use kit::servers::{AUTHSERV, Servers};
use mesa_tic::desk::decision::Disposition;
use mesa_tic::mail::message::Mail;
use mesa_tic::office::fields::Requisito;
use mesa_tic::office::holidays::holidays;
use mesa_tic::spanish::when::day_of;
use mesa_tic::store::db::Store;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Event;
use mesa_tic::ticket::visit::Visit;
use serde_json::Value;
use std::fs::{self, File};
use std::time::Duration;

const REQUEST: &str = "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: Mi computador no prende\r\n\
    Message-ID: <solicitud.1@magdalena.test>\r\nDate: Wed, 25 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\nBuenos días, el computador no prende desde ayer. Gracias.\r\n";

fn reply_to(letter: &Mail) -> String {
    format!(
        "From: Ana Ruiz <ana@magdalena.test>\r\nTo: mesa@magdalena.test\r\nSubject: Re: {}\r\nMessage-ID: \
         <respuesta.1@magdalena.test>\r\nIn-Reply-To: <{id}>\r\nReferences: <{id}>\r\nDate: Wed, 25 Nov 2026 10:00:00 \
         -0500\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDependencia: Secretaría de \
         Hacienda\r\nUbicación: Palacio Tayrona, piso 2, oficina 204\r\nExtensión: 123\r\n\r\nAna Ruiz\r\n",
        letter.subject,
        id = letter.id.as_ref().unwrap().0
    )
}

#[test]
fn a_request_is_answered_and_its_reply_fills_what_was_missing() {
    let mut desk = Desk::open();
    desk.start();
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST);
    desk.until("the case", |d| (!d.tickets().is_empty()).then_some(()));
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &reply_to(&desk.letters("ana")[0]));
    desk.until("the missing data", |d| d.tickets()[0].dependencia.is_some().then_some(()));
    desk.until("the second answer", |d| (d.letters("ana").len() >= 2).then_some(()));
    // The technician hears of the case, and of the reply; the mails are out of the way.
    desk.until("the technician's letters", |d| (d.letters("tecnico").len() >= 2).then_some(()));
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.until("the empty queue", |d| (d.ask(&["outbox", "list", "--json"]) == serde_json::json!([])).then_some(()));
    desk.stop();

    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 1);
    let ticket = &tickets[0];
    assert_eq!(ticket.id.number, 1);
    assert_eq!(ticket.dependencia.as_ref().unwrap().0, "Secretaría de Hacienda");
    assert_eq!(ticket.contacto.extension.as_deref(), Some("123"));
    assert_eq!(ticket.faltan, Vec::<Requisito>::new());
    assert_eq!(ticket.tecnico.as_deref(), Some("tecnico"));
    assert!(ticket.visita.is_some());

    let letters = desk.letters("ana");
    assert_eq!(letters.len(), 2, "{:?}", letters.iter().map(|l| &l.subject).collect::<Vec<_>>());
    let number = format!("[{}]", ticket.id);
    assert!(letters.iter().all(|l| l.subject.contains(&number)));
    let answer = &letters[0].body.text;
    for said in ["Kevin Barros", "2026", "Dependencia a la que", "Ley 1581"] {
        assert!(answer.contains(said), "«{said}» is missing from:\n{answer}");
    }
    assert!(!letters[1].body.text.contains("Ley 1581"), "the privacy notice goes out once");
    assert_eq!(desk.servers.mails("ana", "INBOX").len(), 2, "each letter came once");
    assert_eq!(desk.servers.mails("mesa", "Procesados").len(), 2);
    desk.assert_in_order();
}

/// A letter comes back the whole way: taken by the real Postfix, returned by it to the desk, noted on its case, and nothing more
/// is sent to that address.
#[test]
fn a_letter_that_comes_back_is_noted_on_its_case_and_its_address_marked() {
    let mut desk = Desk::open();
    // Postfix takes mail for her; whoever delivers it knows of no such mailbox.
    let lost = "fantasma@magdalena.test";
    let recipients = desk.servers.home().join("postfix/recipients");
    let known = fs::read_to_string(&recipients).unwrap();
    fs::write(&recipients, format!("{known}{lost} ok\n")).unwrap();
    desk.servers.postfix_down();
    desk.servers.postfix_up();
    desk.start();
    let request = REQUEST.replace("ana@magdalena.test", lost);
    desk.servers.submit(lost, "mesa@magdalena.test", &request);
    desk.until("the case", |d| (!d.tickets().is_empty()).then_some(()));
    desk.until("the returned letter", |d| {
        let status = d.ask(&["status", "--json"]);
        (status["correos"]["rebote"] == 1).then_some(())
    });
    desk.until("the technician's letters", |d| (d.letters("tecnico").len() >= 2).then_some(()));
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.stop();
    assert_eq!(desk.tickets().len(), 1, "a returned letter is no request");
    let marked = desk.ask(&["outbox", "marked", "--json"]);
    assert_eq!((&marked[0]["correo"], &marked[0]["dura"]), (&Value::from(lost), &Value::from(true)), "{marked}");
    let store = Store::open_read(&desk.path("mesa.db")).unwrap();
    let case = store.case(desk.tickets()[0].id).unwrap().unwrap();
    let noted = case.hechos.iter().filter(|fact| matches!(&fact.evento, Event::Undelivered { a, .. } if a == lost));
    assert_eq!(noted.count(), 1);
    desk.assert_in_order();
}

/// The folder of finished mails cannot be written to for a while: mails are answered, lie where they are, and go when they can.
#[test]
fn mails_that_could_not_be_moved_are_moved_when_they_can() {
    let mut desk = Desk::over(Servers::start_with(|_| "mail_plugins = acl\nplugin {\n  acl = vfile\n}\n".to_owned()));
    desk.servers.doveadm(&["mailbox", "create", "-u", "mesa", "Procesados"]);
    let rights = desk.servers.home().join("mail/mesa/Maildir/.Procesados/dovecot-acl");
    fs::write(&rights, "owner lr\n").unwrap();
    desk.start();
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST);
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    desk.until("the word of it", |d| d.log().contains("finished mails were not moved").then_some(()));
    desk.stop();
    assert_eq!(desk.servers.mails("mesa", "INBOX").len(), 1);
    assert_eq!(desk.ask(&["status", "--json"])["por_mover"], 1);
    fs::remove_file(&rights).unwrap();
    desk.start();
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.stop();
    assert_eq!((desk.tickets().len(), desk.letters("ana").len()), (1, 1));
    assert_eq!(desk.ask(&["status", "--json"])["por_mover"], 0);
    desk.assert_in_order();
}

#[test]
fn servers_that_go_away_lose_nothing() {
    let mut desk = Desk::open();
    desk.write_config("starttls");
    desk.servers.dovecot_down();
    desk.start();
    desk.until("the fault in the status", |d| {
        let status = d.command(&["status", "--json"]).output().unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).ok()?;
        status["buzon"]["fault"].as_str().map(str::to_owned)
    });
    desk.servers.dovecot_up();
    desk.servers.postfix_down();
    desk.servers.drop_in("mesa", REQUEST.as_bytes());
    desk.until("the case", |d| (!d.tickets().is_empty()).then_some(()));
    desk.until("the fault of the outbox", |d| {
        d.ask(&["status", "--json"])["salida"]["fault"].as_str().map(str::to_owned)
    });
    assert!(desk.letters("ana").is_empty());
    desk.servers.postfix_up();
    desk.until("the answer", |d| (!d.letters("ana").is_empty()).then_some(()));
    desk.until("the technician's letter", |d| (!d.letters("tecnico").is_empty()).then_some(()));
    desk.until("the line in order", |d| d.ask(&["status", "--json"])["salida"]["fault"].is_null().then_some(()));
    desk.stop();
    assert_eq!(desk.tickets().len(), 1);
    desk.assert_in_order();
}

#[test]
fn check_logs_in_at_both_servers_and_says_what_is_wrong() {
    let desk = Desk::open();
    let well = desk.command(&["check", "--connect"]).output().unwrap();
    assert!(
        well.status.success(),
        "{}{}",
        String::from_utf8_lossy(&well.stdout),
        String::from_utf8_lossy(&well.stderr)
    );
    fs::write(desk.servers.secret(), "equivocada\n").unwrap();
    let ill = desk.command(&["check", "--connect"]).output().unwrap();
    assert_eq!(ill.status.code(), Some(1));
    let told = String::from_utf8(ill.stdout).unwrap();
    assert!(told.contains("buzón de entrada") && told.contains("contraseña"), "{told}");
    assert!(!told.contains("equivocada"));
}

/// What `check --connect` says, and whether all is well.
fn check(desk: &Desk) -> (bool, String) {
    let done = desk.command(&["check", "--connect"]).output().unwrap();
    (done.status.success(), String::from_utf8(done.stdout).unwrap())
}

fn says(told: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(told.contains(sentence), "«{sentence}» is missing from:\n{told}");
    }
}

#[test]
fn check_writes_to_the_desk_itself_and_says_what_the_server_makes_of_it() {
    let desk = Desk::open();
    let (well, told) = check(&desk);
    assert!(well, "{told}");
    let hint = format!("modo = \"estricto\" y authserv_id = \"{AUTHSERV}\"");
    says(&told, &["conserva su Message-ID", &hint, "Con plus_address = true"]);

    desk.be_strict();
    let (well, told) = check(&desk);
    assert!(well, "{told}");
    says(&told, &["Rige el modo estricto", "direcciones con «+»: llegan al buzón"]);

    desk.servers.stop_vouching(true);
    let (well, told) = check(&desk);
    assert!(!well, "{told}");
    says(&told, &["dejó pasar una falsa", "modo sin-ar", "RFC 8601"]);

    desk.servers.change_postfix("recipient_delimiter = +", "recipient_delimiter = -");
    let (well, told) = check(&desk);
    assert!(!well, "{told}");
    says(&told, &["direcciones con «+»: no llegan"]);
    assert!(desk.tickets().is_empty());
}

/// The daemon looks for itself, falls back to the mode that needs no server, says so once, and comes back.
#[test]
fn a_server_that_vouches_for_nobody_puts_the_desk_into_sin_ar() {
    let mut desk = Desk::open();
    desk.be_strict();
    desk.servers.stop_vouching(false);
    desk.start();
    let told = desk.until("the word to the administrator", |d| d.letters("admin").into_iter().next());
    says(&told.body.text, &["no escribió la cabecera Authentication-Results", "sin-ar", "check --connect"]);
    // A running daemon takes the mail in before the check sees it; the check learns of it all the same.
    let (well, said) = check(&desk);
    assert!(!well, "{said}");
    says(&said, &["no escribió ninguna a nombre de «correo.magdalena.test»", "sin-ar"]);

    let request = "La impresora de la ventanilla 2 no imprime.\n\nAna Ruiz\nOficina de Pasaportes\nExt. 310";
    desk.servers.submit_as("ana", MESA, &ANA.write(MESA, "Impresora dañada", request));
    let case = desk.until("the technician's letter", |d| d.letters("tecnico").into_iter().next());
    let (to, order) = KEVIN.answer(&case, "#estado en proceso");
    desk.servers.submit_as("tecnico", &to, &order);
    let asked = desk.until("the question", |d| d.letters("tecnico").into_iter().nth(1));
    says(&asked.body.text, &["es la primera orden del día"]);
    assert_eq!(desk.tickets()[0].estado, Estado::Asignado);
    let (to, yes) = KEVIN.answer(&asked, "Confirmo");
    desk.servers.submit_as("tecnico", &to, &yes);
    desk.until("the order carried out", |d| (d.tickets()[0].estado == Estado::EnProceso).then_some(()));
    desk.stop();
    // What is known outlives a restart: nothing else is believed in the first moments.
    desk.start();
    desk.until("the warning in the log", |d| d.log().contains("the mail server does not vouch").then_some(()));
    desk.stop();
    assert_eq!(desk.letters("admin").len(), 1, "the same is told once");
    desk.assert_in_order();
}

#[test]
fn new_rules_go_to_work_on_a_hup_and_bad_ones_do_not() {
    let mut desk = Desk::open();
    desk.start();
    desk.until("the database", |d| d.path("mesa.db").exists().then_some(()));
    let letter = desk.path("rules/cartas/acuse.txt");
    let good = fs::read_to_string(&letter).unwrap();
    fs::write(&letter, good.replacen("Recibimos su mensaje", "Recibimos su mensaje {{ nada }}", 1)).unwrap();
    let people = desk.path("rules/personas.toml");
    fs::write(&people, PEOPLE.replace("nombre =", "nonbre =")).unwrap();
    desk.until("the daemon at work", |d| d.log().contains("at work").then_some(()));
    desk.signal("-HUP");
    let told = desk.until("the word to the administrator", |d| d.letters("admin").into_iter().next());
    for fault in ["acuse.txt", "personas.toml", "nonbre", "nombre"] {
        assert!(told.body.text.contains(fault), "«{fault}» is missing from:\n{}", told.body.text);
    }
    // The old rules are still at work.
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", REQUEST);
    let answer = desk.until("the answer by the old rules", |d| d.letters("ana").into_iter().next());
    assert!(answer.body.text.contains("Kevin Barros"));
    // Good ones take their place.
    fs::write(&letter, good.replacen("Recibimos su mensaje", "Con gusto recibimos su mensaje", 1)).unwrap();
    fs::write(&people, PEOPLE).unwrap();
    desk.signal("-HUP");
    desk.until("the new rules", |d| d.log().contains("rules read again").then_some(()));
    let another = REQUEST.replace("solicitud.1", "solicitud.2").replace("prende", "enciende");
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &another);
    desk.until("the answer by the new rules", |d| {
        d.letters("ana").into_iter().find(|l| l.body.text.contains("Con gusto recibimos su mensaje"))
    });
    desk.stop();
}

#[test]
fn of_a_mail_over_the_limit_a_case_is_opened_and_the_rest_stays_on_the_server() {
    let mut desk = Desk::open();
    desk.change_config("start = \"all\"", "start = \"all\"\nmax_size_mb = 1");
    let (head, text) = REQUEST.split_once("\r\n\r\n").unwrap();
    let head = head.replace("text/plain; charset=utf-8", "multipart/mixed; boundary=b");
    let file = format!("{}\r\n", "A".repeat(76)).repeat(20_000);
    let mail = format!(
        "{head}\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: \
         application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}--b--\r\n"
    );
    desk.servers.drop_in("mesa", mail.as_bytes());
    desk.start();
    let letter = desk.until("the word to the sender", |d| d.letters("ana").into_iter().next());
    assert!(letter.subject.contains("muy grande"), "{}", letter.subject);
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.until("the technician's letter", |d| (!d.letters("tecnico").is_empty()).then_some(()));
    desk.until("the empty queue", |d| (d.ask(&["outbox", "list", "--json"]) == serde_json::json!([])).then_some(()));
    desk.stop();
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 1);
    assert!(tickets[0].problema.contains("no prende"), "{}", tickets[0].problema);
    // All of it is still there, in the folder of the finished ones.
    assert_eq!(desk.servers.mails("mesa", "Procesados"), [mail.into_bytes()]);
    desk.assert_in_order();
}

#[test]
fn a_start_from_now_leaves_the_old_mails_alone_even_when_the_mailbox_is_numbered_anew() {
    let mut desk = Desk::open();
    // Finished mails stay where they are, so that they come up again under their new numbers.
    desk.change_config("done = \"Procesados\"", "");
    desk.change_config("start = \"all\"", "start = \"now\"");
    let mail = |n: usize| {
        REQUEST.replace("solicitud.1", &format!("solicitud.{n}")).replace("desde ayer", &format!("hace {n} días"))
    };
    let old = desk.servers.drop_in("mesa", mail(10).as_bytes());
    let yesterday = fs::metadata(&old).unwrap().modified().unwrap() - Duration::from_secs(86_400);
    File::options().write(true).open(old).unwrap().set_modified(yesterday).unwrap();
    desk.start();
    let ended = |d: &Desk, word: &str| d.ask(&["status", "--json"])["correos"][word].as_u64().unwrap_or(0);
    desk.until("the daemon at work", |d| d.log().contains("at work").then_some(()));
    desk.until("the old mail on the ledger", |d| (ended(d, "anterior") == 1).then_some(()));
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &mail(20));
    desk.until("the case of the new mail", |d| (d.tickets().len() == 1).then_some(()));
    desk.stop();

    desk.servers.doveadm(&["mailbox", "update", "-u", "mesa", "--uid-validity", "77777", "INBOX"]);
    desk.servers.submit("ana@magdalena.test", "mesa@magdalena.test", &mail(30));
    desk.servers.await_mail("mesa", 3);
    desk.start();
    desk.until("the case of the mail after the new numbers", |d| (d.tickets().len() == 2).then_some(()));
    desk.until("the known mail known again", |d| (ended(d, "duplicado") == 1).then_some(()));
    desk.until("the old mail left alone again", |d| (ended(d, "anterior") == 2).then_some(()));
    desk.until("the answers", |d| (d.letters("ana").len() == 2).then_some(()));
    desk.stop();
    assert_eq!(desk.tickets().len(), 2);
    assert_eq!(desk.letters("ana").len(), 2);
}

const MESA: &str = "mesa@magdalena.test";
const ANA: Writer<'_> = Writer { name: "Ana Ruiz", address: "ana@magdalena.test", program: Program::Outlook };
const ANAS_PHONE: Writer<'_> = Writer { program: Program::Phone, ..ANA };
const KEVIN: Writer<'_> = Writer { name: "Kevin Barros", address: "tecnico@magdalena.test", program: Program::Gmail };

/// What lies in a mailbox at a point of the story, so that only what comes after it is looked at.
struct Shelf<'a> {
    desk: &'a Desk,
    user: &'static str,
    seen: usize,
}

impl Shelf<'_> {
    /// The next letter of the mailbox that is about this, by its subject.
    fn next(&mut self, subject: &str) -> Mail {
        let letter = self.desk.until(&format!("«{subject}» to {}", self.user), |desk| {
            letters(desk, self.user).into_iter().nth(self.seen)
        });
        self.seen += 1;
        assert!(letter.subject.contains(subject), "«{}» to {} and not «{subject}»", letter.subject, self.user);
        letter
    }
}

/// What somebody received, but for what is written to his calendar alone.
fn letters(desk: &Desk, user: &str) -> Vec<Mail> {
    let mut letters = desk.letters(user);
    letters.retain(|letter| !letter.subject.contains("] Cita "));
    letters
}

#[test]
fn a_case_goes_from_the_request_to_the_rating_by_letters_alone() {
    let mut desk = Desk::open();
    desk.be_strict();
    desk.start();
    let desk = &desk;
    let send = |user: &str, (to, mail): (String, String)| desk.servers.submit_as(user, &to, &mail);
    let [mut ana, mut kevin] = ["ana", "tecnico"].map(|user| Shelf { desk, user, seen: 0 });
    let estado = |estado: Estado| {
        desk.until(&format!("the case «{estado}»"), |d| (d.tickets()[0].estado == estado).then_some(()));
    };

    // She asks, and both of them hear of it.
    let request =
        "Buenos días. La impresora de la ventanilla 2 no imprime.\n\nAna Ruiz\nOficina de Pasaportes\nExt. 310";
    send("ana", (MESA.to_owned(), ANA.write(MESA, "Impresora dañada", request)));
    let receipt = ana.next("Recibimos su solicitud");
    let case = kevin.next("Caso a su cargo");
    assert!(receipt.body.text.contains("Kevin Barros") && case.body.text.contains("ventanilla 2"));
    assert_eq!(desk.tickets().len(), 1);
    let id = desk.tickets()[0].id;

    // A forger has a copy of the technician's letter. He answers it in his name, and brings the server's word along.
    let (to, mail) = KEVIN.answer(&case, "#resuelto No había nada dañado");
    let word = format!("{AUTHSERV}; auth=pass smtp.auth={0}; dmarc=pass header.from=magdalena.test", KEVIN.address);
    let forged = format!("Authentication-Results: {word}\r\n{}", mail.replace("Message-ID: <", "Message-ID: <falso."));
    desk.servers.submit(KEVIN.address, &to, &forged);
    let asked = kevin.next("¿Es suya esta orden?");
    assert!(asked.body.text.contains("no confirmó que el mensaje saliera de su cuenta"), "{}", asked.body.text);
    // Somebody of the office, logged in as himself, gets no further; and the technician is asked once an hour.
    let inside = forged.replace("<falso.", "<falso.dos.").replace("No había", "Nunca hubo");
    desk.servers.submit_as("luis", &to, &inside);
    let unproven = |d: &Desk| {
        let case = Store::open_read(&d.path("mesa.db")).unwrap().case(id).unwrap().unwrap();
        case.hechos.iter().filter(|fact| matches!(&fact.evento, Event::Unproven(o) if o.quien == "tecnico")).count()
    };
    desk.until("the second forgery on file", |d| (unproven(d) == 2).then_some(()));
    assert_eq!(desk.tickets()[0].estado, Estado::Asignado);

    // The technician answers the letter of the case: orders, a note for the office, and a word for her.
    let orders =
        "Voy con el repuesto.\n#estado en proceso\n#tiempo 15m\n#nota CANARIO: el rodillo es de la compra pasada";
    send("tecnico", KEVIN.answer(&case, orders));
    estado(Estado::EnProceso);
    let under_way = ana.next(&id.to_string());
    assert!(under_way.body.text.contains("Voy con el repuesto."), "{}", under_way.body.text);
    let transcript = kevin.next("Sus órdenes");
    // Who reads what he wrote beside the orders.
    assert!(transcript.body.text.contains("ana@magdalena.test"), "{}", transcript.body.text);

    // He has done it; it was not enough, she says from her phone; he comes again.
    send("tecnico", KEVIN.answer(&case, "#resuelto Se cambió el rodillo."));
    let solved = ana.next("Su caso está resuelto");
    assert!(solved.body.text.contains("Se cambió el rodillo."));
    estado(Estado::Resuelto);
    send("ana", ANAS_PHONE.answer(&solved, "Sigue igual, sale en blanco"));
    estado(Estado::Reabierto);
    let reopened = ana.next("Su caso está reabierto");
    assert!(reopened.body.text.contains("Reabrimos su caso"));
    let told = kevin.next("Novedad en el caso");
    assert!(told.body.text.contains("sale en blanco"), "{}", told.body.text);
    send(
        "tecnico",
        Writer { program: Program::Outlook, ..KEVIN }.answer(&told, "#resuelto Se ajustó la bandeja.\n#nota CANARIO"),
    );
    let solved = ana.next("Su caso está resuelto");

    // Now it is well: she says so, and how she was served.
    send("ana", ANA.answer(&solved, "Ya quedó, muchas gracias\n5 excelente servicio"));
    estado(Estado::Cerrado);
    kevin.next("Novedad en el caso");
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    desk.until("the empty queue", |d| (d.ask(&["outbox", "list", "--json"]) == serde_json::json!([])).then_some(()));

    let told = Store::open_read(&desk.path("mesa.db")).unwrap().case(id).unwrap().unwrap();
    let facts: Vec<&Event> = told.hechos.iter().map(|fact| &fact.evento).collect();
    let estados =
        facts.iter().filter_map(|fact| if let Event::Moved { estado, .. } = fact { Some(*estado) } else { None });
    use Estado::{Asignado, Cerrado, EnProceso, Reabierto, Resuelto};
    assert_eq!(estados.collect::<Vec<_>>(), [Asignado, EnProceso, Resuelto, Reabierto, Resuelto, Cerrado]);
    let rated = facts
        .iter()
        .find_map(|fact| if let Event::Rated { nota, palabras } = fact { Some((*nota, palabras)) } else { None });
    assert_eq!(rated, Some((5, &"5 excelente servicio".to_owned())));
    assert_eq!(told.ticket.seguimiento.minutos, 15);
    let notes = facts.iter().filter(|fact| matches!(fact, Event::Noted { .. })).count();
    assert_eq!(notes, 2);
    // Nobody had a letter that the story does not tell of.
    assert_eq!([ana.seen, kevin.seen], ["ana", "tecnico"].map(|user| letters(desk, user).len()));
    desk.assert_in_order();
}

/// The appointments that lie in somebody's mailbox, in the order they came.
fn appointments(desk: &Desk, user: &str) -> Vec<Part> {
    desk.letters(user).iter().filter_map(calendar::of).collect()
}

/// What Ana's calendar sends back: a part of its own beneath a line of text, as Outlook writes it.
fn calendar_answer(part: &Part, method: &str, partstat: &str, start: &str) -> String {
    let stamp = mesa_tic::daemon::now().strftime("%Y%m%dT%H%M%SZ");
    let id = format!("{method}.{}.{partstat}", part.sequence);
    format!(
        "From: Ana Ruiz <ana@magdalena.test>\r\nTo: {MESA}\r\nSubject: Respuesta: {}\r\nMessage-ID: \
         <{id}@magdalena.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n\
         --b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\r\n--b1\r\nContent-Type: text/calendar; \
         charset=utf-8; method={method}\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n\
         ATTENDEE;PARTSTAT={partstat};CN=Ana Ruiz:mailto:ana@magdalena.test\r\nUID:{}\r\nSEQUENCE:{}\r\n\
         DTSTAMP:{stamp}\r\nDTSTART:{start}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b1--\r\n",
        part.summary, part.uid, part.sequence
    )
}

/// The same hour a week later, or two or three: the first that is no holiday.
fn a_week_later(visit: &Visit) -> Timestamp {
    let off = |at: &Timestamp| holidays(day_of(*at).year()).iter().any(|(day, _)| *day == day_of(*at));
    (1..4).map(|week| visit.start + SignedDuration::from_hours(7 * 24 * week)).find(|at| !off(at)).unwrap()
}

#[test]
fn a_calendar_answers_between_real_servers() {
    let mut desk = Desk::open();
    desk.be_strict();
    desk.start();
    let desk = &desk;
    let request =
        "Buenos días. La impresora de la ventanilla 2 no imprime.\n\nAna Ruiz\nOficina de Pasaportes\nExt. 310";
    desk.servers.submit_as("ana", MESA, &ANA.write(MESA, "Impresora dañada", request));
    // The invitation lies in both mailboxes.
    let nth = |user: &'static str, n: usize| {
        desk.until(&format!("appointment {n} of {user}"), |d| appointments(d, user).into_iter().nth(n))
    };
    let (hers, his) = (nth("ana", 0), nth("tecnico", 0));
    assert_eq!((hers.method.as_str(), hers.sequence, &hers.uid), ("REQUEST", 0, &his.uid));
    let visit = desk.tickets()[0].visita.clone().unwrap();
    let id = desk.tickets()[0].id;

    // She proposes another hour, which is free: everybody's calendar moves.
    let wish = a_week_later(&visit);
    let start = wish.strftime("%Y%m%dT%H%M%SZ").to_string();
    desk.servers.submit_as("ana", MESA, &calendar_answer(&hers, "COUNTER", "TENTATIVE", &start));
    let (hers, his) = (nth("ana", 1), nth("tecnico", 1));
    for part in [&hers, &his] {
        assert_eq!((part.method.as_str(), part.sequence, part.start.as_str()), ("REQUEST", 1, start.as_str()));
    }
    assert_eq!(desk.tickets()[0].visita.as_ref().map(|visit| visit.start), Some(wish));

    // Then she cannot: the appointment is gone, and she reads which hours are free.
    desk.servers.submit_as("ana", MESA, &calendar_answer(&hers, "REPLY", "DECLINED", &start));
    for part in [nth("ana", 2), nth("tecnico", 2)] {
        assert_eq!((part.method.as_str(), part.sequence, &part.uid), ("CANCEL", 2, &hers.uid));
    }
    let offer = desk.until("the free hours", |d| {
        letters(d, "ana").into_iter().find(|letter| letter.subject.contains("Otra hora para su caso"))
    });
    assert_eq!(offer.body.text.lines().filter(|line| line.starts_with("- ")).count(), 3, "{}", offer.body.text);
    assert_eq!(desk.tickets()[0].visita, None);

    // An old answer, sent again, moves nothing more.
    let old = calendar_answer(&hers, "REPLY", "ACCEPTED", &start);
    desk.servers.submit_as("ana", MESA, &old);
    desk.until("the old answer on file", |d| {
        let case = Store::open_read(&d.path("mesa.db")).unwrap().case(id).unwrap().unwrap();
        let answers = case.correos.iter().filter(|mail| mail.destino == Some(Disposition::Calendario)).count();
        (answers == 3).then_some(())
    });
    assert_eq!(desk.tickets()[0].visita, None);
    desk.until("the tidy mailbox", |d| d.servers.mails("mesa", "INBOX").is_empty().then_some(()));
    assert_eq!([appointments(desk, "ana").len(), appointments(desk, "tecnico").len()], [3, 3]);
    desk.assert_in_order();
}

/// Number of the key that signed a letter: the first octet of the token in its Message-ID.
fn key_of(letter: &Mail) -> u8 {
    let id = letter.id.as_ref().unwrap().0.clone();
    let token = id.strip_prefix("r.").and_then(|id| id.split_once('@')).expect("a sealed letter").0;
    BASE32_NOPAD_NOCASE.decode(token.as_bytes()).unwrap()[0]
}

#[test]
fn keys_are_followed_and_revoked_while_the_daemon_runs() {
    let mut desk = Desk::open();
    desk.be_strict();
    desk.start();
    let desk = &desk;
    let mut kevin = Shelf { desk, user: "tecnico", seen: 0 };
    let keys = |args: &[&str]| assert!(desk.command(args).output().unwrap().status.success(), "{args:?}");
    let reload = || {
        let before = desk.log().matches("rules read again").count();
        desk.signal("-HUP");
        desk.until("the keys read again", |d| (d.log().matches("rules read again").count() > before).then_some(()));
    };
    let answer = |letter: &Mail, text: &str| {
        let (to, mail) = KEVIN.answer(letter, text);
        desk.servers.submit_as("tecnico", &to, &mail);
    };
    let is = |estado: Estado| {
        desk.until(&format!("«{estado}»"), |d| (d.tickets()[0].estado == estado).then_some(()));
    };
    let unproven = || {
        let store = Store::open_read(&desk.path("mesa.db")).unwrap();
        let facts = store.case(desk.tickets()[0].id).unwrap().unwrap().hechos;
        facts.iter().filter(|fact| matches!(fact.evento, Event::Unproven(_))).count()
    };

    desk.servers.submit_as("ana", MESA, &ANA.write(MESA, "Impresora dañada", "La impresora no imprime.\n\nAna Ruiz"));
    let first = kevin.next("Caso a su cargo");
    assert_eq!(key_of(&first), 1);

    // A new key signs; what the old one signed still holds.
    keys(&["keys", "new"]);
    reload();
    answer(&first, "#estado en proceso");
    is(Estado::EnProceso);
    answer(&first, "#ver");
    let second = kevin.next("");
    assert_eq!(key_of(&second), 2);
    answer(&second, "#estado en espera");
    is(Estado::EnEspera);

    // A file that cannot be read leaves the keys as they are, and the administrator hears of it.
    let path = desk.path("mesa.llaves");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, "1 activa corta\n").unwrap();
    reload();
    let told = desk.until("the word to the administrator", |d| d.letters("admin").into_iter().next());
    assert!(told.body.text.contains("línea 1") && !told.body.text.contains("corta"), "{}", told.body.text);
    answer(&first, "#estado en proceso");
    is(Estado::EnProceso);

    // After 400 days nobody answers what an old key signed.
    let today = good.lines().find_map(|line| line.starts_with("1 verifica").then(|| line.rsplit(' ').next().unwrap()));
    let today: Date = today.unwrap().parse().unwrap();
    for (days, holds) in [(400, true), (401, false)] {
        let since = today.checked_sub(jiff::Span::new().days(days)).unwrap();
        let aged = good.lines().map(|line| match line.starts_with("1 verifica") {
            true => line.replace(&today.to_string(), &since.to_string()) + "\n",
            false => format!("{line}\n"),
        });
        fs::write(&path, aged.collect::<String>()).unwrap();
        reload();
        let before = unproven();
        answer(&first, &format!("#estado en espera\n#tiempo {days}m"));
        match holds {
            true => is(Estado::EnEspera),
            false => desk.until("the order kept aside", |_| (unproven() > before).then_some(())),
        }
    }
    assert_eq!(desk.tickets()[0].seguimiento.minutos, 400);
    assert!(
        kevin.next("¿Es suya esta orden?").body.text.contains("no responde a una carta que la mesa le haya enviado")
    );

    // A revoked key is gone at once, the one that signs is followed by the next.
    fs::write(&path, good).unwrap();
    keys(&["keys", "revoke", "2"]);
    reload();
    // The thread goes back to a letter of the first key, which is still good: a thief has only what the stolen key makes.
    let stolen = Mail { refs: Vec::new(), ..second };
    answer(&stolen, "#resuelto Con la llave robada");
    desk.until("the order kept aside", |_| (unproven() == 2).then_some(()));
    assert_eq!(desk.tickets()[0].estado, Estado::EnEspera);
    answer(&first, "#ver");
    assert_eq!(key_of(&kevin.next("")), 3);
    let listed = desk.ask(&["keys", "list", "--json"]);
    let states: Vec<&str> = listed.as_array().unwrap().iter().map(|key| key["estado"].as_str().unwrap()).collect();
    assert_eq!(states, ["verifica", "revocada", "activa"]);
}
