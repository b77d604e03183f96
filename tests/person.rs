//! The rights of a person over what is kept of him (Ley 1581 de 2012): it is told whole, and taken out so that no file holds it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use data_encoding::BASE64;
use jiff::SignedDuration;
use kit::home::{Home, err, out};
use mesa_tic::daemon;
use mesa_tic::desk::decision::Disposition;
use mesa_tic::mail;
use mesa_tic::store::db::Store;
use mesa_tic::store::erase::Erased;
use mesa_tic::store::show::QueuedLetter;
use mesa_tic::ticket::facts::Ticket;
use rusqlite::Connection;
use std::fs;

const LAURA: &str = "laura.ospino@magdalena.gov.co";
/// What only Laura's mails say, in whatever case of letters; and the numbers as they are written and as they are kept.
const PERSONAL: &[&str] = &[
    "laura.ospino@",
    "laura ospino",
    "ospino",
    "3004567890",
    "300 456 7890",
    "teclado pegajoso",
    "tinto derramado",
    "zurdo",
    "factura-de-laura",
    "perpetua8",
];

fn mail(from: &str, id: &str, extra: &str, subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: mesa@magdalena.gov.co\r\n{extra}Subject: {subject}\r\nMessage-ID: <{id}@magdalena.gov.co>\r\n\
         Date: Wed, 25 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n"
    )
    .into_bytes()
    .into_iter()
    .chain(text.bytes())
    .collect()
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n")
}

fn with_file(text: &str, name: &str, bytes: &str) -> String {
    format!(
        "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        BASE64.encode(bytes.as_bytes())
    )
}

/// A desk to which Laura wrote twice, and Ana twice: once of her own matter, with a file that Laura sent as well, and once
/// with Laura among the recipients.
fn desk() -> Home {
    let laura = format!("Laura Ospino <{LAURA}>");
    let ana = "Ana Ruiz <ana.ruiz@magdalena.gov.co>";
    let first = "Buenos días, el teclado pegajoso por un tinto derramado, soy zurdo.\r\n\r\nDependencia: Tesorería\r\n\
                 Ubicación: piso 3, oficina perpetua8\r\nNombre: Laura Ospino\r\nCelular: 300 456 7890\r\n";
    let home = Home::with(&[
        mail(&laura, "l1", "", "tinto derramado", &with_file(first, "factura-de-laura.bin", "la misma factura")),
        mail(
            ana,
            "a1",
            "",
            "no imprime",
            &with_file("La impresora no imprime.\r\n\r\nDependencia: Tesorería\r\n", "f.bin", "la misma factura"),
        ),
        mail(ana, "a2", &format!("Cc: {laura}\r\n"), "sin internet", &plain("No hay internet en Tesorería, piso 3.")),
    ]);
    home.receive(&[mail(&laura, "l2", "", "Gracias", &plain("Quedo pendiente del teclado pegajoso."))]);
    home
}

fn close(home: &Home, case: &str) {
    for orders in [["#resuelto Se limpió."], ["#estado cerrado"]] {
        let told = home.run(&["tell", case, orders[0]]);
        assert!(told.status.success(), "{}", err(&told));
    }
    let sent = home.run(&["run", "--once"]);
    assert!(sent.status.success(), "{}", err(&sent));
}

/// Cases that the person opened.
fn cases(home: &Home) -> Vec<String> {
    let kept = home.json(&["person", "export", LAURA]);
    kept["casos"].as_array().unwrap().iter().map(|case| case["ticket"]["id"].as_str().unwrap().to_owned()).collect()
}

/// What of the person stands in the files of the database: as octets, and in every mail and letter as a reader shows it.
fn remains(home: &Home) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["mesa.db", "mesa.db-wal", "mesa.db-shm"] {
        let Ok(bytes) = fs::read(home.path(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        found.extend(PERSONAL.iter().filter(|word| text.contains(**word)).map(|word| format!("{name}: {word}")));
    }
    let store = home.store();
    let bodies = (1..).map_while(|row| store.letter(row).unwrap().map(|_| store.letter_bytes(row).unwrap().unwrap()));
    let mails = (1..).map_while(|row| store.mail(row).unwrap().map(|_| store.bytes(row).unwrap()));
    for (n, bytes) in bodies.chain(mails).enumerate() {
        let mail = mail::parse(&bytes);
        let text = format!("{} {}", mail.subject, mail.body.text).to_lowercase();
        found.extend(PERSONAL.iter().filter(|word| text.contains(**word)).map(|word| format!("{n}: {word}")));
    }
    found
}

#[test]
fn all_that_is_kept_of_a_person_is_told() {
    let home = desk();
    let told = out(&home.run(&["person", "export", &LAURA.to_uppercase()]));
    for said in [
        "Lo que la mesa guarda de laura.ospino@",
        "tinto derramado",
        "Celular: 3004567890",
        "factura-de-laura.bin",
        "Carta 1",
        "correos de otras personas",
    ] {
        assert!(told.contains(said), "«{said}» is missing: {told}");
    }
    let kept = home.json(&["person", "export", LAURA]);
    let original = kept["correos"][0]["original"].as_str().unwrap();
    assert!(String::from_utf8(BASE64.decode(original.as_bytes()).unwrap()).unwrap().contains("Message-ID: <l1@"));
    assert!(out(&home.run(&["person", "export", "nadie@x.co"])).contains("Nada: ni casos, ni correos, ni cartas."));
    assert_eq!(home.run(&["person", "export", "nadie"]).status.code(), Some(2));
}

#[test]
fn who_asks_for_it_is_taken_out_of_every_file_and_the_skeleton_stays() {
    let home = desk();
    let own = cases(&home);
    assert!(!own.is_empty());
    // An open case cannot be served without its person; nobody is taken out by a slip of the hand, and the office never.
    let open = home.run(&["person", "erase", LAURA, "--yes"]);
    assert_eq!(open.status.code(), Some(1));
    assert!(err(&open).contains("no está cerrado") && err(&open).contains("#cerrar"), "{}", err(&open));
    for case in &own {
        close(&home, case);
    }
    let asked = home.run(&["person", "erase", LAURA]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(err(&asked).contains("No se puede deshacer") && err(&asked).contains("--yes"), "{}", err(&asked));
    assert!(err(&asked).contains(": 2 casos, 2 correos con sus adjuntos, "), "{}", err(&asked));
    assert_eq!(home.run(&["person", "erase", "mesa@magdalena.gov.co", "--yes"]).status.code(), Some(2));
    // Nothing is asked about somebody of whom nothing is kept.
    let unknown = home.run(&["person", "erase", "nadie@x.co"]);
    assert!(unknown.status.success() && out(&unknown).contains("No se guarda nada"), "{}", err(&unknown));
    let before = home.json(&["ticket", &own[0]]);
    assert!(!remains(&home).is_empty());

    // Ana's mail that names the address is Ana's, until that is asked for as well.
    let erased = home.json(&["person", "erase", LAURA, "--yes"]);
    assert_eq!((&erased["limpio"], &erased["correos_de_otros_que_la_nombran"]), (&true.into(), &1.into()), "{erased}");
    let left = remains(&home);
    assert!(left.iter().all(|found| !found.contains("pegajoso") && !found.contains("300")), "{left:?}");
    let erased = home.json(&["person", "erase", LAURA, "--yes", "--mentions"]);
    assert_eq!(erased["suprimido"]["correos"], 1, "{erased}");
    assert_eq!(remains(&home), Vec::<String>::new());

    // What the office did stands; whatever had two owners is the other's now; and the books are in order.
    let after = home.json(&["ticket", &own[0]]);
    for kept in ["id", "estado", "categoria", "prioridad", "dependencia", "abierto", "tecnico"] {
        assert_eq!(after["ticket"][kept], before["ticket"][kept], "{kept}");
    }
    let facts = |case: &serde_json::Value| case["hechos"].as_array().unwrap().len();
    assert_eq!(facts(&after), facts(&before) + 1);
    let last = after["hechos"].as_array().unwrap().last().unwrap()["evento"]["Noted"]["texto"].clone();
    assert!(last.as_str().unwrap().contains("a petición de su titular"), "{last}");
    let ana = home.json(&["person", "export", "ana.ruiz@magdalena.gov.co"]);
    let originals: Vec<String> = ana["correos"].as_array().unwrap().iter().map(|m| m["original"].to_string()).collect();
    assert!(originals.iter().any(|original| original.len() > 500), "{originals:?}");
    assert_eq!(home.json(&["reconcile"]), serde_json::json!([]));
    let again = home.run(&["person", "erase", LAURA, "--yes"]);
    assert!(out(&again).contains("No se guarda nada"), "{}", out(&again));
    // Nothing goes to nobody, and the rules are tried only on mails that say something.
    let told = home.run(&["tell", &own[0], "#estado reabierto"]);
    assert!(told.status.success(), "{}", err(&told));
    let sent = home.run(&["run", "--once"]);
    assert!(sent.status.success(), "{}", err(&sent));
    for letter in fs::read_dir(home.path("salida/new")).unwrap() {
        let bytes = fs::read(letter.unwrap().path()).unwrap();
        let to = mail::parse(&bytes).to;
        assert!(to.iter().all(|to| !to.correo.contains("suprimido")), "{}", String::from_utf8_lossy(&bytes));
    }
    // Where a copy is put back, those mails are found in the mailbox once more; what was taken out is not kept a second time.
    let copy = home.path("copia.db");
    for args in [["backup", copy.to_str().unwrap()], ["restore", copy.to_str().unwrap()]] {
        let done = home.run(&args);
        assert!(done.status.success(), "{}", err(&done));
    }
    let again = home.store().mail(5).unwrap().expect("it came again");
    assert_eq!((again.destino, again.de, again.asunto), (Some(Disposition::Duplicado), None, None));
    assert_eq!(home.run(&["person", "erase", LAURA, "--yes"]).status.code(), Some(0));
    assert_eq!(remains(&home), Vec::<String>::new());
}

/// The office may keep data for so long and no longer: closed cases, and mails and letters of none.
#[test]
fn what_is_past_its_term_is_taken_out_and_what_is_not_stays() {
    let home = desk();
    home.receive(&[mail(
        "Boletín <boletin@x.co>",
        "b1",
        "List-Id: <x.co>\r\nPrecedence: bulk\r\n",
        "Noticias",
        &plain("Palabra boletinera."),
    )]);
    let own = cases(&home);
    own.iter().for_each(|case| close(&home, case));
    let mut store = Store::open(&home.path("mesa.db"), daemon::now()).unwrap();
    let later = |days: i64| daemon::now() + SignedDuration::from_hours(24 * days);
    assert_eq!(store.expire(later(-1), 10, &|_| None, daemon::now()).unwrap(), Erased::default());
    let before = store.tickets(None, 10).unwrap();
    let mut taken = Vec::new();
    loop {
        let erased = store.expire(later(1), 1, &|_| None, later(1)).unwrap();
        taken.push(erased.casos);
        if erased == Erased::default() {
            break;
        }
    }
    assert_eq!(taken.iter().sum::<usize>(), own.len(), "{taken:?}");
    store.compact().unwrap();
    drop(store);
    let left = remains(&home);
    // Ana's open case, with Laura in Cc, is Ana's.
    assert!(left.iter().all(|found| !found.contains("pegajoso") && !found.contains("factura")), "{left:?}");
    let store = home.store();
    let after = store.tickets(None, 10).unwrap();
    assert_eq!(after.len(), before.len());
    let open = |tickets: &[Ticket]| tickets.iter().filter(|t| t.estado.is_open()).cloned().collect::<Vec<_>>();
    assert_eq!(open(&after), open(&before));
    let mails = (1..).map_while(|row| store.mail(row).unwrap().map(|_| store.bytes(row).unwrap()));
    assert!(mails.into_iter().all(|bytes| !String::from_utf8_lossy(&bytes).contains("boletinera")));
    assert_eq!(store.reconcile().unwrap(), []);
}

fn letters_of(home: &Home, case: &str) -> Vec<QueuedLetter> {
    let store = home.store();
    let letters = (1..).map_while(|row| store.letter(row).unwrap());
    letters.filter(|letter| letter.caso.is_some_and(|id| id.to_string() == case)).collect()
}

/// Every letter that is not about these cases, as it is kept.
fn letters_but_of(home: &Home, cases: &[String]) -> Vec<(i64, String, String, Vec<u8>)> {
    let store = home.store();
    let letters = (1..).map_while(|row| store.letter(row).unwrap());
    let others = letters.filter(|letter| letter.caso.is_none_or(|id| !cases.contains(&id.to_string())));
    let kept = |row| store.letter_bytes(row).unwrap().unwrap();
    others.map(|letter| (letter.row, letter.para.clone(), letter.estado.to_string(), kept(letter.row))).collect()
}

/// A telephone of the whole house (it stands in the privacy notice as well), a name and an address that are parts of another's:
/// by none of them a letter or a case of somebody else becomes the person's.
#[test]
fn who_has_a_name_or_a_number_in_common_loses_nothing_and_is_not_told_of() {
    const LUZ: &str = "luz.mar@magdalena.gov.co";
    let wrote = |name: &str, address: &str, id: &str, text: &str| {
        let said = format!("{text}\r\n\r\nDependencia: Tesorería\r\nNombre: {name}\r\nTeléfono: 605 438 1144\r\n");
        mail(&format!("{name} <{address}>"), id, "", "no imprime", &plain(&said))
    };
    let other = "maryluz.mar@magdalena.gov.co";
    let home = Home::with(&[
        wrote("Luz Mar", LUZ, "l1", "La impresora no imprime."),
        wrote("Mary Luz Marín", other, "m1", "El computador no enciende."),
        wrote("Mary Luz Marín", other, "m2", &format!("No abre el correo; ya le había escrito a {LUZ}.")),
    ]);
    let own = ["TIC-2026-00001".to_owned()];
    let told = home.json(&["person", "export", LUZ]);
    let told = told["cartas"].as_array().unwrap().clone();
    // The letters of the case that names her address, and no other.
    let naming = "TIC-2026-00003";
    assert!(told.iter().all(|letter| letter["caso"] == own[0].as_str() || letter["caso"] == naming), "{told:?}");
    assert!(told.iter().any(|letter| letter["caso"] == naming), "{told:?}");

    close(&home, &own[0]);
    let books = Connection::open(home.path("mesa.db")).unwrap();
    let named = told.iter().find(|letter| letter["caso"] == naming).unwrap()["row"].as_i64().unwrap();
    books
        .execute(
            "UPDATE carta SET estado = 'pendiente', terminada = NULL, proximo = '2999-01-01T00:00:00.000000000Z' WHERE id = ?1",
            [named],
        )
        .unwrap();
    let waits = home.run(&["person", "erase", LUZ, "--yes"]);
    assert!(err(&waits).contains(&format!("la carta n.º {named} nombra")), "{}", err(&waits));
    let waiting =
        "UPDATE carta SET estado = 'enviada', terminada = encolada WHERE caso = 20260000000003 AND terminada IS NULL";
    books.execute(waiting, []).unwrap();
    let both = [own[0].clone(), naming.to_owned()];
    let (before, case) = (letters_but_of(&home, &both), home.json(&["ticket", "TIC-2026-00002"]));
    assert!(before.iter().any(|letter| letter.1 == other), "{before:?}");
    let asked = home.run(&["person", "erase", LUZ]);
    assert!(err(&asked).contains(": 1 caso, 1 correo con sus adjuntos, "), "{}", err(&asked));
    let erased = home.run(&["person", "erase", LUZ, "--yes"]);
    assert!(erased.status.success(), "{}", err(&erased));
    assert!(letters_but_of(&home, &both) == before, "a letter of somebody else was touched");
    assert_eq!(home.json(&["ticket", "TIC-2026-00002"]), case);
    let third = home.json(&["ticket", naming]);
    assert_eq!(third["ticket"]["solicitante"], other);
    assert!(!third.to_string().contains(&format!(" {LUZ}")), "{third}");

    let first = letters_of(&home, &own[0])[0].clone();
    let again = home.run(&["outbox", "retry", &first.row.to_string()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("se suprimió"), "{}", err(&again));

    // Whoever answers an old letter begins anew: in the case that was bared nobody is known any more.
    let extra = format!("In-Reply-To: <{}>\r\n", first.mensaje);
    let again = "Buenos días, la impresora de mi oficina sigue sin imprimir y la necesito.";
    home.receive(&[mail(&format!("Luz Mar <{LUZ}>"), "l2", &extra, "Re: [TIC-2026-00001] no imprime", &plain(again))]);
    let fourth = home.json(&["ticket", "TIC-2026-00004"]);
    assert_eq!(fourth["ticket"]["solicitante"], LUZ, "{fourth}");
    let store = home.store();
    let mut letters = (1..).map_while(|row| store.letter(row).unwrap());
    assert!(letters.any(|letter| letter.para == LUZ), "nobody acknowledged it");
}

/// By what the words said the law gives so many days for the answer; it gives them still when the words are gone.
#[test]
fn the_term_of_the_law_is_the_same_when_the_words_are_gone() {
    let home = Home::with(&[mail(
        "Pedro Daza <pedro.daza@gmail.com>",
        "p1",
        "",
        "No abre el portal",
        &plain("Buenos días. El portal de la Gobernación no abre. Solicito copia simple del informe de la falla."),
    )]);
    let term = |home: &Home| {
        let told = home.json(&["agenda", "explain", "TIC-2026-00001"]).to_string();
        let (_, said) = told.split_once("es una petición").unwrap_or_else(|| panic!("{told}"));
        said.split(" (Ley").next().unwrap().to_owned()
    };
    assert_eq!(term(&home), " de documentos o de información: 10 días hábiles");
    close(&home, "TIC-2026-00001");
    let erased = home.run(&["person", "erase", "pedro.daza@gmail.com", "--yes"]);
    assert!(erased.status.success(), "{}", err(&erased));
    assert_eq!(term(&home), " de documentos o de información: 10 días hábiles");
    assert!(!home.json(&["ticket", "TIC-2026-00001"]).to_string().contains("informe"));
}
