//! The command line as a person and a script meet it: the real binary, its words, its exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use jiff::Timestamp;
use kit::home::{Home, copy_rules, err, mesa, out};
use mesa_tic::inbox::raw::{Place, Raw};
use mesa_tic::store::db::Store;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", err(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn request(subject: &str) -> Vec<u8> {
    format!(
        "From: Ana Ruiz <ana.ruiz@magdalena.gov.co>\r\nTo: mesa@magdalena.gov.co\r\nSubject: {subject}\r\n\
         Message-ID: <{}@magdalena.gov.co>\r\nDate: Wed, 25 Nov 2026 09:00:00 -0500\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nBuenos días, la impresora no imprime.\r\n\r\nDependencia: Tesorería\r\n",
        subject.replace(' ', ".")
    )
    .into_bytes()
}

#[test]
fn every_fault_of_the_config_is_told_at_once_and_a_secret_is_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let config = r#"
database = 3
rulez = "x"
[desk]
address = "soporte"
name = "Mesa"
[inbox]
kind = "imap"
host = "mail.example.org"
tls = "none"
user = "a"
password = "muy-secreto"
port = 99999
max_size_mb = 0
done = "INBOX"
[outbox]
kind = "smpt"
"#;
    fs::write(&path, config).unwrap();
    for verb in ["check", "run", "tickets"] {
        let done = mesa(&[verb, "--config", path.to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(2), "{}", err(&done));
        let told = err(&done);
        for fault in [
            ":2:12: error: «database» debe ser un texto",
            "clave desconocida «rulez»; ¿quiso decir «rules»?",
            "«soporte» no es una dirección",
            "falta «administrator»",
            "falta «start»",
            "tls = \"none\" solo se admite hacia esta misma máquina",
            "la contraseña no se escribe aquí",
            "port = 99999",
            "max_size_mb = 0",
            "«done» no puede ser la misma carpeta",
            "kind = \"smpt\"",
        ] {
            assert!(told.contains(fault), "«{fault}» is missing from:\n{told}");
        }
        assert!(!told.contains("muy-secreto"), "{told}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is touched");
}

#[test]
fn the_example_config_is_in_order() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let done = mesa(&["check", "--config", path.to_str().unwrap(), "--rules", rules]);
    assert!(done.status.success(), "{}", err(&done));
}

#[test]
fn check_doubts_what_is_hardly_meant_so() {
    let home = Home::new();
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    let told = out(&home.run(&["check"]));
    assert!(!told.contains("«administrator»") && !told.contains("no existe"), "{told}");
    let spoilt =
        config.replace("\"mesa.db\"", "\"lejos/mesa.db\"").replace("admin@", "mesa@").replace("buzon", "salida");
    assert_ne!(spoilt, config);
    fs::write(home.path("config.toml"), spoilt).unwrap();
    fs::remove_dir_all(home.path("salida")).ok();
    let checked = home.run(&["check"]);
    assert!(checked.status.success(), "systemd may make the folders: {}", err(&checked));
    for doubt in
        ["no existe la carpeta de la base de datos", "«administrator»", "no existe el buzón", "la misma carpeta"]
    {
        assert!(out(&checked).contains(doubt), "«{doubt}» is missing from:\n{}", out(&checked));
    }
}

#[test]
fn a_password_in_the_config_is_refused_and_not_repeated() {
    let home = Home::new();
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    for line in ["password = \"canario\"", "pasword = \"canario\"", "password = \"canario"] {
        fs::write(home.path("config.toml"), format!("{config}\n{line}\n")).unwrap();
        let done = home.run(&["check"]);
        assert_eq!(done.status.code(), Some(2), "{line}");
        assert!(err(&done).contains("config.toml:") && !err(&done).contains("canario"), "{line}: {}", err(&done));
    }
}

#[test]
fn wrong_use_is_said_in_spanish() {
    for (args, told) in [
        (&["tikets"][..], "no existe la orden «tikets»"),
        (&["tickets", "--jsn"], "no se esperaba «--jsn»"),
        (&["ticket"], "falta"),
        (&["tickets", "--limit"], "falta el valor de --limit"),
        (&["holidays", "mil"], "«mil» no sirve"),
        (&["holidays", "12"], "se calculan de 1984"),
        (&[], "mesa-tic --help"),
    ] {
        let done = mesa(args);
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(err(&done).contains(told), "{args:?}: {}", err(&done));
        assert_eq!(out(&done), "");
    }
}

#[test]
fn every_help_is_in_spanish() {
    let verbs = ["", "run", "demo", "check", "explain", "score", "tickets", "ticket", "status", "reconcile", "backup"];
    let more = [
        "correct",
        "backtest",
        "suggest",
        "report",
        "holidays",
        "quarantine",
        "quarantine show",
        "quarantine export",
        "outbox",
        "outbox retry",
        "keys",
        "keys list",
        "keys revoke",
    ];
    for verb in verbs.iter().chain(&more) {
        let args: Vec<&str> = verb.split_whitespace().chain(["--help"]).collect();
        let help = out(&mesa(&args));
        assert!(help.contains("Uso: mesa-tic"), "{verb}: {help}");
        for english in ["Usage", "OPTIONS", "Print", "Commands", "COMMAND", "Options", "Arguments", "default"] {
            assert!(!help.contains(english), "{english} in:\n{help}");
        }
    }
}

#[test]
fn keys_are_made_followed_and_revoked_and_never_shown() {
    let home = Home::new();
    let missing = home.run(&["keys", "list"]);
    assert!(err(&missing).contains("mesa.llaves"), "{}", err(&missing));
    assert!(home.run(&["run", "--once"]).status.success());
    let file = home.path("mesa.llaves");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(&file).unwrap().lines().last().unwrap().split(' ').nth(2).unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    let new = home.run(&["keys", "new"]);
    assert!(out(&new).contains("la llave 2 firma desde ahora"), "{}", err(&new));
    assert!(home.run(&["keys", "revoke", "1"]).status.success());
    assert_eq!(home.run(&["keys", "revoke", "9"]).status.code(), Some(2));
    let keys = json(&home.run(&["keys", "list", "--json"]));
    let states: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["estado"].as_str().unwrap()).collect();
    assert_eq!(states, ["revocada", "activa"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&secret), "a revoked secret is forgotten");
    let own = text.lines().last().unwrap().split(' ').nth(2).unwrap();
    for told in [out(&new), err(&new), out(&home.run(&["keys", "list"])), out(&home.run(&["check"]))] {
        assert!(!told.contains(own) && !told.contains(&secret), "{told}");
    }
    assert!(out(&home.run(&["check"])).contains("modo sin-ar"));
    let strict = fs::read_to_string(home.path("config.toml")).unwrap();
    let with = |section: &str| {
        fs::write(home.path("config.toml"), format!("{strict}\n[ordenes]\n{section}\n")).unwrap();
        home.run(&["check"])
    };
    assert!(out(&with("modo = \"estricto\"\nauthserv_id = \"mx.magdalena.gov.co\"")).contains("modo estricto"));
    assert!(out(&with("authserv_id = \"mx.magdalena.gov.co\"")).contains("modo estricto"));
    assert!(out(&with("plus_address = true")).contains("modo sin-ar"));
    for (section, fault) in [
        ("modo = \"estricto\"", "falta «authserv_id»"),
        ("modo = \"abierto\"", "escriba \"estricto\" o \"sin-ar\""),
        ("modo = \"sin-ar\"\nauthserv_id = \"x\"", "quite «authserv_id»"),
        ("modo = \"estricto\"\nauthserv_id = \"mx x; dmarc=pass\"", "es la primera palabra"),
    ] {
        let done = with(section);
        assert!(done.status.code() == Some(2) && err(&done).contains(fault), "{section}: {}", err(&done));
    }
}

#[test]
fn holidays_of_colombia() {
    let days = json(&mesa(&["holidays", "2026", "--json"]));
    assert_eq!(days.as_array().unwrap().len(), 19);
    assert_eq!(days[0], serde_json::json!({"date": "2026-01-01", "name": "Año Nuevo"}));
    assert!(out(&mesa(&["holidays", "2027"])).contains("2027-05-01"));
}

#[test]
fn the_demo_shows_the_desk_at_work_and_keeps_its_books_in_order() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("demo");
    let done = mesa(&["demo", "--keep", dir.to_str().unwrap()]);
    assert!(done.status.success(), "{}", err(&done));
    let told = out(&done);
    for word in ["-00001", "-00012", "CRÍTICA", "Asunto: [TIC-", "Ley 1581", "la base de datos"] {
        assert!(told.contains(word), "«{word}» is missing from:\n{told}");
    }
    assert!(!told.contains('\u{1b}'), "no colour where nobody watches");
    assert!(told.lines().all(|line| line.chars().count() <= 100 || line.contains('/')), "{told}");
    let narrow = Command::new(env!("CARGO_BIN_EXE_mesa-tic")).arg("demo").env("COLUMNS", "60").output().unwrap();
    let narrow = out(&narrow);
    assert!(narrow.contains("Dependencia  Tesorería"), "{narrow}");
    assert!(narrow.lines().all(|line| line.chars().count() <= 60 || line.contains('/')), "{narrow}");
    // A folder in use is not written over.
    assert_eq!(mesa(&["demo", "--keep", dir.to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn one_round_and_everything_that_can_be_asked_of_it() {
    let home = Home::new();
    home.mail("1.a", &request("La impresora no imprime"));
    home.mail("2.a", &request("Otra impresora"));
    // The same mail by another road.
    home.mail("3.a", &request("Otra impresora"));
    let done = home.run(&["run", "--once"]);
    assert!(done.status.success(), "{}", err(&done));
    let log = err(&done);
    assert!(!log.contains("ana.ruiz") && !log.contains("impresora"), "personal data in the log:\n{log}");

    let tickets = json(&home.run(&["tickets", "--json"]));
    assert_eq!(tickets.as_array().unwrap().len(), 2);
    let id = tickets[0]["id"].as_str().unwrap().to_owned();
    assert!(id.ends_with("-00002"), "{id}");
    assert!(out(&home.run(&["tickets", "--estado", "asignado"])).contains(&id));
    assert_eq!(home.run(&["tickets", "--estado", "roto"]).status.code(), Some(2));

    let case = json(&home.run(&["ticket", &id, "--json"]));
    assert_eq!(case["ticket"]["dependencia"], "Tesorería");
    let rules = case["correos"][0]["manual"].as_str().unwrap();
    assert_eq!(rules.len(), 12, "the version of the rules that read it: {rules}");
    let shown = out(&home.run(&["ticket", &id.to_lowercase()]));
    assert!(shown.contains(&format!("(reglas {rules})")), "{shown}");
    for word in ["Tesorería", "Historia", "asignado a", "Cartas", "acuse"] {
        assert!(shown.contains(word), "«{word}» is missing from:\n{shown}");
    }
    let account = out(&home.run(&["agenda", "explain", &id]));
    for word in ["Llegada", "Plazo: primera respuesta", "Plazo: solución", "Vence el"] {
        assert!(account.contains(word), "«{word}» is missing from:\n{account}");
    }
    let account = json(&home.run(&["agenda", "explain", &id, "--json"]));
    assert_eq!(case["plazos"], account["plazos"]);
    assert!(account["plazos"].as_array().unwrap().iter().all(|plazo| plazo["vence"].is_string()), "{account}");
    assert!(shown.contains("Plazos\nprimera respuesta: "), "{shown}");

    assert_eq!(home.run(&["ticket", "TIC-2026-99999"]).status.code(), Some(1));
    assert_eq!(home.run(&["ticket", "99999"]).status.code(), Some(2));

    let status = json(&home.run(&["status", "--json"]));
    assert_eq!(status["correos"]["ticket"], 2, "{status}");
    assert_eq!(status["correos"]["duplicado"], 1, "{status}");
    for line in ["buzon", "salida"] {
        assert!(status[line]["last"].is_string() && status[line]["fault"].is_null(), "{status}");
    }
    assert!(out(&home.run(&["status"])).contains("Casos                2 en total"));
    assert_eq!(json(&home.run(&["reconcile", "--json"])), serde_json::json!([]));
    let report = out(&home.run(&["report", "requerimientos", "--csv"]));
    assert_eq!(report.lines().count(), 3, "{report}");
    assert!(out(&home.run(&["report"])).contains("requerimientos"));
    let known = json(&home.run(&["report", "--json"]));
    assert!(known.as_array().unwrap().iter().any(|report| report["informe"] == "abiertos"), "{known}");
    // More columns than a terminal has room for: one below the other.
    let wide = out(&home.run(&["report", "requerimientos"]));
    assert!(wide.lines().any(|line| line.starts_with("dependencia ") && line.ends_with("Tesorería")), "{wide}");
    assert_eq!(home.run(&["report", "nada"]).status.code(), Some(2));

    let copy = home.path("copia.db");
    assert!(home.run(&["backup", copy.to_str().unwrap()]).status.success());
    assert!(fs::metadata(&copy).unwrap().len() > 0);
    assert_eq!(home.run(&["backup", copy.to_str().unwrap()]).status.code(), Some(1), "nothing is written over");
    let nowhere = home.path("no/hay/copia.db");
    let refused = home.run(&["backup", nowhere.to_str().unwrap()]);
    assert!(err(&refused).contains("no existe la carpeta"), "{}", err(&refused));
    let refused = home.run(&["restore", home.path("otra.db").to_str().unwrap()]);
    assert!(err(&refused).contains("no existe la copia"), "{}", err(&refused));
    // What is cut short is not passed off as whole.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let cut = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(["report", "requerimientos", "--csv", "--config"])
        .arg(home.path("config.toml"))
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(cut.status.code(), Some(1));
    assert!(err(&cut).contains("la salida quedó incompleta: no hay espacio en el disco"), "{}", err(&cut));

    // Finished mails are out of the way, and a second round finds nothing to do.
    assert_eq!(fs::read_dir(home.path("buzon/new")).unwrap().count(), 0);
    let sent = fs::read_dir(home.path("salida/new")).unwrap().count();
    assert!(home.run(&["run", "--once"]).status.success());
    assert_eq!(fs::read_dir(home.path("salida/new")).unwrap().count(), sent);
    assert_eq!(json(&home.run(&["tickets", "--json"])).as_array().unwrap().len(), 2);
}

#[test]
fn a_quarantined_mail_is_shown_exported_and_tried_again() {
    let home = Home::new();
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
    let bytes = request("Dañado \u{1b}[31m");
    let open = || Store::open(&home.path("mesa.db"), now).unwrap();
    let place = Place { mailbox: "buzon".into(), validity: 0, key: "9.a".into() };
    let size = bytes.len() as u64;
    open().file(&[Raw { place, received: now, size, bytes: bytes.clone() }], now).unwrap();
    // Three times begun and never ended: what a crash in the middle of a mail leaves behind.
    for attempt in 0..4 {
        assert_eq!(open().begin(&[1], now).unwrap().is_empty(), attempt == 3);
    }
    assert_eq!(json(&home.run(&["quarantine", "list", "--json"]))[0]["row"], 1);
    let shown = out(&home.run(&["quarantine", "show", "1"]));
    assert!(shown.contains("Motivo: ") && shown.contains("impresora"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "a stranger's bytes drive no terminal");
    let copy = home.path("correo.eml");
    assert!(home.run(&["quarantine", "export", "1", copy.to_str().unwrap()]).status.success());
    assert_eq!(fs::read(&copy).unwrap(), bytes);
    assert_eq!(home.run(&["quarantine", "export", "1", copy.to_str().unwrap()]).status.code(), Some(1));
    assert_eq!(home.run(&["quarantine", "retry", "2"]).status.code(), Some(1));
    assert!(home.run(&["quarantine", "retry", "1"]).status.success());
    assert!(home.run(&["run", "--once"]).status.success());
    assert_eq!(json(&home.run(&["quarantine", "list", "--json"])), serde_json::json!([]));
    assert_eq!(json(&home.run(&["tickets", "--json"])).as_array().unwrap().len(), 1);
}

#[test]
fn letters_wait_are_cancelled_and_released() {
    let home = Home::new();
    // A file stands where the outbox should be: nothing can be delivered.
    fs::write(home.path("salida"), "").unwrap();
    home.mail("1.a", &request("La impresora no imprime"));
    let done = home.run(&["run", "--once"]);
    assert_eq!(done.status.code(), Some(1), "what could not be delivered is an error: {}", err(&done));
    let waiting = json(&home.run(&["outbox", "list", "--json"]));
    let row = waiting[0]["row"].as_i64().unwrap().to_string();
    assert!(out(&home.run(&["outbox", "list"])).contains("pendiente"));
    assert!(home.run(&["outbox", "cancel", &row]).status.success());
    assert_eq!(home.run(&["outbox", "cancel", &row]).status.code(), Some(1));
    assert!(home.run(&["outbox", "retry", &row]).status.success());
    fs::remove_file(home.path("salida")).unwrap();
    let done = home.run(&["run", "--once"]);
    assert!(done.status.success(), "{}", err(&done));
    assert_eq!(json(&home.run(&["outbox", "list", "--json"])), serde_json::json!([]));
}

/// More mails than are asked for at once lie before it, and not one of them can be read.
#[test]
fn a_mail_behind_many_that_cannot_be_read_is_worked() {
    let home = Home::new();
    for n in 0..130 {
        let name = format!("{n}.cerrado");
        home.mail(&name, &request(&format!("Nadie lee {n}")));
        fs::set_permissions(home.path("buzon/new").join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    home.mail("z.abierto", &request("La impresora no imprime"));
    let reads_all = "-dac_override,-dac_read_search";
    let done = Command::new("setpriv")
        .args(["--bounding-set", reads_all, "--inh-caps", reads_all, env!("CARGO_BIN_EXE_mesa-tic")])
        .args(["run", "--once", "--config", home.path("config.toml").to_str().unwrap()])
        .output()
        .unwrap();
    let tickets = json(&home.run(&["tickets", "--json"]));
    assert_eq!(tickets.as_array().unwrap().len(), 1, "{}", err(&done));
}

#[test]
fn a_held_letter_is_not_written_and_its_reader_can_be_told_at_once() {
    let (home, rules) = (Home::new(), rules_to_spoil());
    let service = rules.path().join("servicio.toml");
    let text = fs::read_to_string(&service).unwrap();
    fs::write(&service, text.replace("por_persona_de_la_oficina = 200", "por_persona_de_la_oficina = 1")).unwrap();
    for n in 0..12 {
        home.mail(&format!("{n}.a"), &request(&format!("La impresora {n} no imprime")));
    }
    let with_rules = |args: &[&str]| home.run(&[args, &["--rules", rules.path().to_str().unwrap()]].concat());
    let done = with_rules(&["run", "--once"]);
    assert!(done.status.success(), "{}", err(&done));
    let letters = json(&home.run(&["outbox", "list", "--json"]));
    let is_held = |letter: &&Value| letter["motivo"].as_str().is_some_and(|why| why.starts_with("retenida:"));
    let held = letters.as_array().unwrap().iter().find(is_held).expect("no technician has so many cases at once");
    let (row, to) = (held["row"].as_i64().unwrap(), held["para"].as_str().unwrap());
    assert_eq!(home.store().letter_bytes(row).unwrap(), None, "nobody reads it: it is not written");
    assert_eq!(json(&home.run(&["reconcile", "--json"])), serde_json::json!([]));
    let told = with_rules(&["outbox", "retry", &row.to_string()]);
    assert!(told.status.success(), "{}", err(&told));
    assert!(err(&told).contains(held["caso"].as_str().unwrap()), "{}", err(&told));
    let letters = json(&home.run(&["outbox", "list", "--json"]));
    let told: Vec<_> = letters.as_array().unwrap().iter().filter(|letter| letter["forma"] == "resumen").collect();
    assert_eq!(told.len(), 1, "{letters}");
    assert_eq!(told[0]["para"], to);
}

#[test]
fn what_the_config_names_lies_beside_it_wherever_one_stands() {
    let home = Home::new();
    let config = fs::read_to_string(home.path("config.toml")).unwrap();
    let (inbox, _) = config.split_once("[outbox]").unwrap();
    fs::write(home.path("config.toml"), format!("{inbox}[outbox]\nkind = \"sendmail\"\ncommand = \"entrega\"\n"))
        .unwrap();
    fs::write(home.path("entrega"), "#!/bin/sh\ncat >> cartas\n").unwrap();
    fs::set_permissions(home.path("entrega"), fs::Permissions::from_mode(0o755)).unwrap();
    home.mail("1.a", &request("La impresora no imprime"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_mesa-tic"));
    let done =
        command.args(["run", "--once", "--config", "config.toml"]).current_dir(home.dir.path()).output().unwrap();
    assert!(done.status.success(), "{}", err(&done));
    let letters = fs::read_to_string(home.path("cartas")).unwrap();
    assert!(letters.contains("To: Ana") || letters.contains("ana.ruiz@"), "{letters}");
}

#[test]
fn a_database_that_cannot_be_used_is_refused_with_the_remedy() {
    let home = Home::new();
    assert_eq!(home.run(&["tickets"]).status.code(), Some(1));
    assert!(err(&home.run(&["tickets"])).contains("no existe la base de datos"));
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
    let held = Store::open(&home.path("mesa.db"), now).unwrap();
    let second = home.run(&["run", "--once"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(err(&second).contains("ya atiende la base de datos"), "{}", err(&second));
    assert!(home.run(&["status"]).status.success(), "looking is allowed meanwhile");
    drop(held);
    fs::write(home.path("mesa.db"), vec![7; 40_000]).unwrap();
    for verb in [&["run", "--once"][..], &["tickets"]] {
        let done = home.run(verb);
        assert_eq!(done.status.code(), Some(1));
        assert!(err(&done).contains("mesa-tic"), "{}", err(&done));
    }
}

/// The text of `explain` over one labelled mail.
fn explained(case: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus").join(format!("{case}.eml"));
    let output = mesa(&["explain", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", err(&output));
    out(&output)
}

#[test]
fn explain_marks_what_was_taken_in_hard_mails() {
    let table = explained("008-tabla-outlook-plotter");
    assert!(table.contains("Lugar: [lugar: [edificio: Palacio Tayrona], [piso: cuarto piso]]"), "{table}");
    assert!(table.contains("pesa 75 y"), "the secretary who wrote is no contact: {table}");
    let forwarded = explained("009-rv-token-tesoreria");
    assert!(forwarded.contains("Estoy en el [lugar: [piso: primer piso] del [edificio: Palacio]"), "{forwarded}");
    let signature = explained("006-solo-firma-escaner-jefa");
    assert!(signature.contains("Asunto: La [categoria: impresora] de la jefa no escanea"), "{signature}");
    assert!(
        signature.contains("[lugar: [edificio: Palacio Tayrona] [piso: Piso 3] [oficina: Oficina 305]]"),
        "{signature}"
    );
    let elsewhere = explained("073-puntos-red-contraloria");
    assert!(elsewhere.contains("el [lugar: salón del [piso: mezanine]]"), "the place of the fault: {elsewhere}");
    let hurry = explained("016-reunion-gobernador-una-hora");
    assert!(hurry.contains("Por qué esa prioridad") && hurry.contains("critica"), "{hurry}");
}

#[test]
fn explain_shows_the_letters_that_would_go_out_and_keeps_nothing() {
    let request = explained("001-no-prende-pc");
    assert!(request.contains("carta «acuse»") && request.contains("carta «asignacion»"), "{request}");
    assert!(request.contains("[TIC-") && request.contains("-00000]"), "the number is nobody's: {request}");
    let newsletter = explained("043-boletin-gobierno-digital");
    assert!(newsletter.contains("No saldría ninguna carta."), "{newsletter}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus/001-no-prende-pc.eml");
    let object = json(&mesa(&["explain", "--json", file.to_str().unwrap()]));
    assert_eq!(object["mesa"]["desenlace"], "ticket");
    assert_eq!(object["mesa"]["cartas"][0]["carta"], "acuse");
    assert!(object["prioridad_porque"].as_array().unwrap().iter().all(|reason| reason["palabras"].is_string()));
}

#[test]
fn a_mail_does_not_drive_the_terminal_of_who_explains_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("m.eml");
    let raw = "From: Ana <ana@magdalena.gov.co>\r\nSubject: =?utf-8?q?no=1B[31m_prende?=\r\n\r\nNo prende \x1b]0;x\x07 el pc, piso 2 \u{202e}321\r\n";
    fs::write(&file, raw).unwrap();
    let shown = out(&mesa(&["explain", file.to_str().unwrap()]));
    assert!(shown.contains("prende"), "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
}

/// A copy of the shipped rules, to spoil.
fn rules_to_spoil() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_rules(dir.path());
    dir
}

#[test]
fn a_rule_file_with_fifty_faults_prints_fifty() {
    let rules = rules_to_spoil();
    let spoilt: String = (0..10)
        .map(|i| {
            format!(
                "[[categoria]]\nnombre = \"nueva{i}\"\nminutos = {}\nimpacto = \"enorme{i}\"\nresponsable = \"nadie{i}\"\n\
                 decisiva = [\"mal escrita\"]\ndecisivas = [\"(sin cerrar {i}\"]\n",
                9000 + i
            )
        })
        .collect();
    let file = rules.path().join("categorias.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap() + &spoilt).unwrap();
    let output = mesa(&["check", "--rules", rules.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    let faults = said.lines().filter(|line| line.starts_with("categorias.toml:") && line.contains(": error: ")).count();
    assert_eq!(faults, 50, "{said}");
    assert!(said.contains("50 errores"), "{said}");
}

#[test]
fn what_no_rule_can_win_is_told_apart_from_errors() {
    let home = Home::new();
    let rules = rules_to_spoil();
    let path = rules.path().join("categorias.toml");
    let more = "\n[[categoria]]\nnombre = \"vacia\"\nresponsable = \"jternera\"\n\
                [[categoria]]\nnombre = \"doble\"\nresponsable = \"jternera\"\ndecisivas = [\"ajedrez electronico\", \"ajedrez electrónico\"]\n";
    fs::write(&path, fs::read_to_string(&path).unwrap() + more).unwrap();
    fs::write(rules.path().join("cartas/_suelta.txt"), "Nadie la incluye.\n").unwrap();
    let output = home.run(&["check", "--rules", rules.path().to_str().unwrap()]);
    assert!(output.status.success(), "a warning is no error: {}", err(&output));
    let said = out(&output);
    assert!(said.contains("ninguna frase delata «vacia»"), "{said}");
    assert!(said.contains("«ajedrez electrónico» ya está en categorias.toml:"), "{said}");
    assert!(said.contains("cartas/_suelta.txt:1"), "{said}");
}

#[test]
fn an_alias_of_two_dependencias_and_a_file_that_is_too_large_are_refused() {
    let rules = rules_to_spoil();
    let path = rules.path().join("dependencias.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.clone() + "\n[[dependencia]]\nnombre = \"Oficina de Ajedrez\"\nalias = [\"Tesoreria\"]\n")
        .unwrap();
    let claimed = mesa(&["check", "--rules", rules.path().to_str().unwrap()]);
    assert_eq!(claimed.status.code(), Some(2));
    assert!(err(&claimed).contains("«Tesoreria» ya es de «Tesorería»; quítelo de una de las dos"), "{}", err(&claimed));
    fs::write(&path, format!("# {}\n{text}", "x".repeat(3 << 20))).unwrap();
    let large = mesa(&["check", "--rules", rules.path().to_str().unwrap()]);
    assert!(err(&large).contains("y caben 2097152"), "{}", err(&large));
}

#[test]
fn the_shipped_rules_check_without_a_warning() {
    let home = Home::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let said = out(&home.run(&["check", "--rules", shipped.to_str().unwrap()]));
    assert!(!said.contains("advertencia"), "{said}");
}

#[test]
fn score_tells_how_well_each_zone_is_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    let figures = json(&mesa(&["score", corpus.to_str().unwrap(), "--json"]));
    let zones = figures["zonas"].as_object().unwrap();
    for zone in ["etiqueta", "texto", "firma", "reenviado", "asunto", "remitente", "adjunto"] {
        assert!(zones[zone]["of"].as_u64().unwrap() > 5, "{zone} is hardly read from: {zones:?}");
    }
    let boxes: u64 = zones.values().map(|zone| zone["of"].as_u64().unwrap()).sum();
    let slots = figures
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name == "dependencia" || name.contains("ubicacion.") || name.contains("contacto."));
    let read: u64 = slots.map(|(_, slot)| slot["tp"].as_u64().unwrap() + slot["fp"].as_u64().unwrap()).sum();
    assert_eq!(boxes, read, "every box that was filled was read from one zone");
}

/// By the command line the administrator gives the orders that technicians give by mail: the same grammar, all or none.
#[test]
fn what_is_told_at_the_machine_is_done_as_by_mail() {
    let home = Home::with(&[request("no imprime"), request("no imprime el segundo")]);
    let case = "TIC-2026-00001";
    let estado = || home.json(&["ticket", case])["ticket"]["estado"].as_str().unwrap().to_owned();
    let told = home.run(&["tell", case, "#estado en proceso", "#prioridad alta", "#tiempo 30 min"]);
    assert!(told.status.success(), "{}", err(&told));
    for line in ["pasa a «en proceso»", "prioridad alta (por administrador)", "30 min de trabajo de administrador"] {
        assert!(out(&told).contains(line), "{line}: {}", out(&told));
    }
    assert!(out(&told).contains("para ana.ruiz@magdalena.gov.co"), "{}", out(&told));
    assert_eq!(estado(), "en proceso");
    let terms = home.json(&["agenda", "explain", case]);
    assert!(terms["plazos"][0]["cumplido"].is_string(), "it is somebody's work on the case: {terms}");
    // One that is wrong, and none is carried out; each is told.
    let wrong = home.run(&[
        "tell",
        case,
        "#estado resuelto",
        "#nota a",
        "#equipo GM-1234",
        "#prioridad baja",
        "#estdo cerrado",
    ]);
    assert_eq!(wrong.status.code(), Some(2), "{}", out(&wrong));
    assert!(err(&wrong).contains("#estado resuelto: está bien escrita, pero no se aplicó"), "{}", err(&wrong));
    assert!(err(&wrong).contains("#estdo") && err(&wrong).contains("#estado"), "{}", err(&wrong));
    assert_eq!(estado(), "en proceso");
    // What is the jefe's by mail is the administrator's here; what is somebody's own is nobody's.
    assert!(home.run(&["tell", case, "#fusionar 2"]).status.success());
    assert_eq!(estado(), "cerrado");
    let own = home.run(&["tell", "TIC-2026-00002", "#agenda"]);
    assert_eq!(own.status.code(), Some(2), "{}", out(&own));
    assert!(err(&own).contains("es una orden de alguien de la oficina, por correo"), "{}", err(&own));
    // No case, no order, no number.
    assert_eq!(home.run(&["tell", "TIC-2026-00099", "#estado resuelto"]).status.code(), Some(1));
    assert_eq!(home.run(&["tell", "TIC-2026-00002", "buenos días"]).status.code(), Some(2));
    assert_eq!(home.run(&["tell", "17", "#estado resuelto"]).status.code(), Some(2));
    let json = home.json(&["tell", "TIC-2026-00002", "#resuelto Se cambió el cartucho."]);
    assert_eq!(json["hechos"][1]["hecho"]["Moved"]["estado"], "resuelto");
    assert_eq!(json["cartas"][0]["carta"], "estado");
}

/// What somebody wrote later in a case becomes a case of its own, also by an order at the machine; once.
#[test]
fn a_mail_is_taken_out_of_a_case_at_the_machine_too() {
    let home = Home::with(&[request("no imprime")]);
    let case = "TIC-2026-00001";
    assert!(err(&home.run(&["tell", case, "#separar"])).contains("no hay un correo posterior"));
    let letters = home.json(&["ticket", case])["cartas"].clone();
    let receipt = letters.as_array().unwrap().iter().find(|letter| letter["forma"] == "acuse").unwrap();
    let reply = format!(
        "From: Ana Ruiz <ana.ruiz@magdalena.gov.co>\r\nTo: mesa@magdalena.gov.co\r\nSubject: Re: [{case}] no imprime\r\n\
         Message-ID: <otro@magdalena.gov.co>\r\nIn-Reply-To: <{}>\r\nDate: Wed, 25 Nov 2026 09:30:00 -0500\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nAdemás el escáner de la ventanilla no prende.\r\n",
        receipt["mensaje"].as_str().unwrap()
    );
    home.receive(&[reply.into_bytes()]);
    assert_eq!(home.json(&["tickets"]).as_array().unwrap().len(), 1);
    let twice = home.run(&["tell", case, "#separar", "#separar"]);
    assert!(err(&twice).contains("#separar: ya está en este correo"), "{}", err(&twice));
    let told = home.run(&["tell", case, "#separar"]);
    assert!(told.status.success(), "{}", err(&told));
    assert_eq!(home.json(&["tickets"]).as_array().unwrap().len(), 2);
}
