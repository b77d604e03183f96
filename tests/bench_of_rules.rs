//! The admin's bench: corrections kept as labels, rules tried on the mails that came, and what the mails ask of the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod kit;
use kit::home::{Home, copy, copy_rules, err, out};
use mesa_tic::office::fields::Campo;
use mesa_tic::store::db::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn mail(from: &str, subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: mesa@magdalena.gov.co\r\nSubject: {subject}\r\nMessage-ID: <{:x}@magdalena.gov.co>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        subject.bytes().chain(text.bytes()).fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
    )
    .into_bytes()
}

fn request(text: &str) -> Vec<u8> {
    mail("Ana Ruiz <ana.ruiz@magdalena.gov.co>", "solicitud", text)
}

const PRINTER: &str = "Buenos días, la impresora no imprime.\r\n\r\nDependencia: Tesorería\r\n";

#[test]
fn a_correction_changes_the_case_and_labels_its_first_mail() {
    let home = Home::with(&[request(PRINTER)]);
    let id = "TIC-2026-00001";
    let before = home.json(&["ticket", id]);
    let id = before["ticket"]["id"].as_str().unwrap_or(id).to_owned();
    let letters = before["cartas"].as_array().unwrap().len();
    let told = home.json(&[
        "correct",
        &id,
        "dependencia=hacienda",
        "piso=2",
        "categoria=red internet",
        "nombre=",
        "celular=301 555-0123",
    ]);
    assert_eq!(
        told,
        json!({"caso": id, "correo": 1, "corregido": [
            {"campo": "dependencia", "valor": "Secretaría de Hacienda"},
            {"campo": "piso", "valor": "2"},
            {"campo": "categoria", "valor": "red_internet"},
            {"campo": "nombre", "valor": null},
            {"campo": "celular", "valor": "3015550123"},
        ]})
    );
    let after = home.json(&["ticket", &id]);
    let ticket = &after["ticket"];
    assert_eq!(ticket["dependencia"], "Secretaría de Hacienda");
    assert_eq!(ticket["ubicacion"]["piso"], "2");
    assert_eq!(ticket["categoria"], "red_internet");
    assert_eq!(ticket["contacto"].get("nombre"), None);
    assert_eq!(ticket["fuentes"]["dependencia"]["regla"], "administrador");
    let missing: Vec<&str> = ticket["faltan"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert!(missing.contains(&"nombre") && !missing.contains(&"telefono"), "{missing:?}");
    assert_eq!(after["cartas"].as_array().unwrap().len(), letters, "no letter goes out");
    let labels = home.store().labels(1).unwrap();
    assert_eq!(labels[&Campo::Dependencia].as_deref(), Some("Secretaría de Hacienda"));
    assert_eq!(labels[&Campo::Nombre], None);
    // The newest word counts, and the history tells who.
    home.json(&["correct", &id, "dependencia="]);
    assert_eq!(home.store().labels(1).unwrap()[&Campo::Dependencia], None);
    let shown = out(&home.run(&["ticket", &id]));
    assert!(shown.contains("corregido: dependencia: Secretaría de Hacienda (por administrador)"), "{shown}");
    assert!(shown.contains("corregido: dependencia: el correo no lo dice (por administrador)"), "{shown}");
    assert!(home.run(&["reconcile"]).status.success(), "the case is the sum of its facts");
}

#[test]
fn an_order_teaches_too() {
    let home = Home::with(&[request(PRINTER)]);
    let id = home.json(&["tickets"])[0]["id"].as_str().unwrap().to_owned();
    let told = home.run(&["tell", &id, "#prioridad alta", "#categoria red_internet"]);
    assert!(told.status.success(), "{}", err(&told));
    let labels = home.store().labels(1).unwrap();
    assert_eq!(labels[&Campo::Prioridad].as_deref(), Some("alta"), "{}", out(&home.run(&["ticket", &id])));
    assert_eq!(labels[&Campo::Categoria].as_deref(), Some("red_internet"));
}

#[test]
fn a_wrong_correction_tells_every_fault_and_changes_nothing() {
    let home = Home::with(&[request(PRINTER)]);
    let id = home.json(&["tickets"])[0]["id"].as_str().unwrap().to_owned();
    for (values, told) in [
        (&["dependensia=x", "piso"][..], &["¿quiso decir «dependencia»?", "«piso»: escriba campo=valor"][..]),
        (&["piso=2", "piso=3"], &["«piso» está dos veces"]),
        (
            &["dependencia=Secretaria de Hasienda", "prioridad=altta", "celular=12", "categoria="],
            &[
                "¿quiso decir «Secretaría de Hacienda»?",
                "¿quiso decir «alta»?",
                "no es un celular",
                "todo caso tiene categoria",
            ],
        ),
        (&["dependencia=Ministerio del Ruido"], &["no es una dependencia del catálogo"]),
        (&["piso=terraza"], &["no es un piso"]),
        (&["correo=ana"], &["no es un correo"]),
        (&["clase=pregunta"], &["escriba una de estas: solicitud"]),
    ] {
        let done = home.run(&[&["correct", id.as_str()], values].concat());
        assert_eq!(done.status.code(), Some(2), "{values:?}");
        for told in told {
            assert!(err(&done).contains(told), "«{told}» is missing from: {}", err(&done));
        }
    }
    assert!(home.store().labels(1).unwrap().is_empty());
    let unknown = home.run(&["correct", "TIC-2026-00099", "piso=2"]);
    assert_eq!((unknown.status.code(), err(&unknown).contains("no existe el caso")), (Some(1), true));
    assert_eq!(home.run(&["correct", "17", "piso=2"]).status.code(), Some(2));
    let bare = Home::new();
    let none = bare.run(&["correct", "TIC-2026-00001", "piso=2"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(err(&none).contains("base de datos"), "{}", err(&none));
}

/// The shipped rules in a folder, with one text of one file replaced.
fn rules_with(home: &Home, name: &str, file: &str, old: &str, new: &str) -> String {
    let dir = home.path(name);
    copy_rules(&dir);
    let text = fs::read_to_string(dir.join(file)).unwrap();
    assert!(text.contains(old), "{old} is not in {file}");
    fs::write(dir.join(file), text.replacen(old, new, 1)).unwrap();
    dir.to_str().unwrap().to_owned()
}

/// Mails about many things; some name a machine that the rules do not know, in many ways, and some only seem to.
fn about_a_machine() -> Vec<(String, Vec<u8>)> {
    let things = [
        "la guillotina",
        "LA GUILLOTINA",
        "Guillotina",
        "el guillotinador",
        "la cafetera grande",
        "las guillotinas",
        "la «guillotina»,",
    ];
    let faults = ["está en el suelo", "es de color verde", "pesa demasiado", "se ve torcida", "quedó de lado"];
    let texts = things
        .iter()
        .flat_map(|thing| faults.iter().map(move |fault| format!("Buenas tardes, {thing} {fault}. Gracias.")));
    texts
        .enumerate()
        .map(|(i, text)| {
            let raw = mail(&format!("Ana Ruiz <ana.ruiz{i}@magdalena.gov.co>"), "Novedad", &text);
            (text, raw)
        })
        .collect()
}

/// The rows of the ledger whose mail has this word and no longer one around it, by looking at the bytes.
fn rows_with(store: &Store, word: &str) -> BTreeSet<i64> {
    let mails = store.stored(None, 0).unwrap();
    let has = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word)
    };
    mails.into_iter().filter(|mail| has(&mail.bytes)).map(|mail| mail.row).collect()
}

#[test]
fn one_word_more_in_a_rule_changes_exactly_the_mails_that_have_the_word() {
    let mails: Vec<Vec<u8>> = about_a_machine().into_iter().map(|(_, raw)| raw).collect();
    let home = Home::with(&mails);
    let list = "nombre = \"impresoras_escaneres\"";
    let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/categorias.toml")).unwrap();
    let after = shipped.split_once(list).unwrap().1;
    let opening = after.split_once("decisivas = [").unwrap().0;
    let old = format!("{list}{opening}decisivas = [");
    let dir = rules_with(&home, "otras", "categorias.toml", &old, &format!("{old}\n  \"guillotina\","));
    let before = fs::read(home.path("mesa.db")).unwrap();
    let told = home.json(&["backtest", &dir]);
    let changed: BTreeSet<i64> =
        told["cambios"].as_array().unwrap().iter().map(|change| change["correo"].as_i64().unwrap()).collect();
    let expected = rows_with(&home.store(), "guillotina");
    assert_eq!(expected.len(), 20, "{expected:?}");
    assert_eq!(changed, expected, "{told:#}");
    assert_eq!(told["correos"], mails.len());
    for change in told["cambios"].as_array().unwrap() {
        let fields: Vec<&Value> =
            change["campos"].as_array().unwrap().iter().filter(|c| c["campo"] == "categoria").collect();
        assert_eq!(fields[0]["despues"], "impresoras_escaneres", "{change:#}");
        assert!(fields[0]["regla"].as_str().unwrap().starts_with("categorias.toml:"), "{change:#}");
        assert_eq!(fields[0]["juicio"], Value::Null, "nobody has said what is right");
    }
    assert_eq!(fs::read(home.path("mesa.db")).unwrap(), before, "nothing is written");
    // The same rules change nothing; a day in the future has no mails.
    let same = home.json(&["backtest", &rules_with(&home, "iguales", "categorias.toml", "titulo", "titulo")]);
    assert_eq!((&same["cambios"], &same["correos"]), (&json!([]), &json!(mails.len())));
    assert_eq!(home.json(&["backtest", &dir, "--since", "2999-01-01"])["correos"], 0);
    let text = out(&home.run(&["backtest", &dir, "--worst", "3"]));
    assert!(text.contains("35 correos leídos dos veces, 0 con etiquetas; cambian 20."), "{text}");
    assert_eq!(text.matches("(correo ").count(), 3, "{text}");
}

#[test]
fn a_correction_judges_the_rules_that_are_on_trial() {
    let home = Home::with(&[request("Se dañó la guillotina.\r\n\r\nOficina de la Caja Fuerte\r\n"), request(PRINTER)]);
    let ids: Vec<String> =
        home.json(&["tickets"]).as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect();
    for id in &ids {
        let done = home.run(&["correct", id, "dependencia=Tesorería"]);
        assert!(done.status.success(), "{}", err(&done));
    }
    // The name that the reader gives is another: what was right is wrong.
    let name = "nombre = \"Tesorería\"\nalias = [";
    let worse = rules_with(&home, "peores", "dependencias.toml", name, "nombre = \"Caja\"\nalias = [");
    let done = home.run(&["backtest", &worse, "--json"]);
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(1), "a labelled figure falls: {told:#}");
    assert!(told["baja"].as_array().unwrap().contains(&json!("dependencia")), "{told:#}");
    assert_eq!(
        (&told["cambios"][0]["donde"], &told["cambios"][0]["campos"][0]["juicio"]),
        (&json!(ids[0]), &json!("peor"))
    );
    let text = out(&home.run(&["backtest", &worse]));
    assert!(text.contains("PEOR") && text.contains("Baja: dependencia, de "), "{text}");
    // Another word for it, which the other mail has: what was wrong is right.
    let better = rules_with(&home, "mejores", "dependencias.toml", name, &format!("{name}\n  \"caja fuerte\","));
    let done = home.run(&["backtest", &better]);
    assert_eq!(done.status.code(), Some(0), "{}{}", out(&done), err(&done));
    assert!(out(&done).contains("mejor") && out(&done).contains("Ninguna cifra etiquetada baja."), "{}", out(&done));
}

#[test]
fn labelled_folders_are_judged_too() {
    let home = Home::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = shipped.join("fixtures/corpus");
    let name = "nombre = \"Tesorería\"\nalias = [";
    let worse = rules_with(&home, "peores", "dependencias.toml", name, "nombre = \"Caja\"\nalias = [");
    let args = ["backtest", worse.as_str(), "--labelled", corpus.to_str().unwrap()];
    // Without a config, and so without a cabinet.
    let done = Command::new(env!("CARGO_BIN_EXE_mesa-tic"))
        .args(args)
        .arg("--json")
        .env("MESA_CONFIG", "/nonexistent/config.toml")
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let labels =
        fs::read_dir(&corpus).unwrap().filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|e| e == "toml"));
    assert_eq!(told["correos"], labels.count(), "{}", err(&done));
    assert_eq!((done.status.code(), &told["baja"][0]), (Some(1), &json!("dependencia")));
    // The office's own examples beside the rules on trial are found without a flag.
    copy(&corpus, &Path::new(&worse).join("ejemplos"));
    let own = serde_json::from_slice::<Value>(
        &Command::new(env!("CARGO_BIN_EXE_mesa-tic")).args(args).arg("--json").output().unwrap().stdout,
    );
    assert_eq!(own.unwrap()["etiquetados"].as_u64(), told["etiquetados"].as_u64().map(|n| 2 * n));
}

#[test]
fn a_backtest_that_cannot_be_says_why() {
    let home = Home::with(&[request(PRINTER)]);
    let faulty = rules_with(&home, "malas", "prioridad.toml", "\n", "\nruido = [\n");
    let text = fs::read_to_string(Path::new(&faulty).join("categorias.toml")).unwrap();
    fs::write(
        Path::new(&faulty).join("categorias.toml"),
        format!("ruido = 1\n{text}\n[[categoria]]\nnonbre = \"x\"\n"),
    )
    .unwrap();
    let done = home.run(&["backtest", &faulty]);
    assert_eq!(done.status.code(), Some(2));
    for told in ["prioridad.toml:", "categorias.toml:", "«ruido»", "«nonbre»"] {
        assert!(err(&done).contains(told), "«{told}» is missing from: {}", err(&done));
    }
    let good = rules_with(&home, "buenas", "prioridad.toml", "[", "[");
    for (args, told) in [
        (&["backtest", "/nonexistent/rules"][..], "no existe"),
        (&["backtest", &good, "--since", "ayer"], "«ayer» no es una fecha"),
        (&["backtest", &good, "--labelled", "/nonexistent/labels"], "no existe"),
        (&["backtest", &good, "--labelled", &good], "no hay etiquetas"),
        (&["backtest"], "falta <CARPETA>"),
    ] {
        let done = home.run(args);
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", err(&done));
        assert!(err(&done).contains(told), "{args:?}: {}", err(&done));
    }
    let bare = Home::new();
    let none = bare.run(&["backtest", &good]);
    assert_eq!((none.status.code(), err(&none).contains("base de datos")), (Some(1), true), "{}", err(&none));
}

/// A few weeks of an office: three kinds of mails that today's rules read wrongly, and many that they read well.
fn weeks() -> Home {
    let people = [
        "Ana Ruiz",
        "Luis Ávila",
        "Marta Peña",
        "Jorge Polo",
        "Sandra Cantillo",
        "Pedro Movil",
        "Rosa Guerra",
        "Olga Daza",
    ];
    let from = |i: usize| {
        let name = people[i % people.len()];
        let local = format!("{}{i}", name.split(' ').next().unwrap().to_lowercase().replace('á', "a"));
        format!("{name} <{local}@magdalena.gov.co>")
    };
    let mut mails = Vec::new();
    for fault in ["la impresora no imprime", "no tenemos internet", "el computador no prende"] {
        mails.push(mail(
            &from(mails.len()),
            "Soporte",
            &format!("Buenos días, {fault}.\r\n\r\nDependencia: Rentas\r\n"),
        ));
    }
    for fault in ["no tengo internet", "el teclado no funciona", "olvidé la clave del correo"] {
        let signed = format!("Cordialmente,\r\n\r\n{}\r\nGrupo de Caja Fuerte\r\n", people[mails.len() % people.len()]);
        mails.push(mail(&from(mails.len()), "Soporte", &format!("Buenos días, {fault}.\r\n\r\n{signed}")));
    }
    for fault in ["está en el suelo", "pesa demasiado", "quedó de lado"] {
        mails.push(mail(&from(mails.len()), "Novedad", &format!("Buenas tardes, la guillotina grande {fault}.\r\n")));
    }
    for fault in ["está en el suelo", "es de color verde"] {
        mails.push(mail(&from(mails.len()), "Novedad", &format!("Buenas tardes, el astrolabio {fault}.\r\n")));
    }
    for shift in ["norte", "sur"] {
        let form =
            format!("Dependencia: Rentas\r\nCélula de trabajo: {shift}\r\nNo hay internet en toda la oficina.\r\n");
        mails.push(mail(&from(mails.len()), "Formato", &form));
    }
    for fault in ["el computador no prende", "la impresora no imprime"] {
        mails.push(mail(
            &from(mails.len()),
            "Soporte",
            &format!("Buenas tardes, {fault} en la sala de monitoreo.\r\n"),
        ));
    }
    Home::with(&mails)
}

/// The file with the proposal in its place, by the line and the column that it names.
fn paste(text: &str, proposal: &Value) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = proposal["linea"].as_u64().unwrap() as usize;
    let what = proposal["pegar"].as_str().unwrap();
    match proposal["columna"].as_u64() {
        None => lines.insert(line, what.to_owned()),
        Some(column) => {
            let at: usize = lines[line - 1].chars().take(column as usize).map(char::len_utf8).sum();
            lines[line - 1].insert_str(at, what);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn what_is_suggested_can_be_pasted_and_changes_the_mails_that_ask_for_it() {
    let home = weeks();
    let tickets = home.json(&["tickets", "--limit", "100"]);
    for ticket in tickets.as_array().unwrap() {
        let (id, problem) = (ticket["id"].as_str().unwrap(), ticket["problema"].as_str().unwrap());
        let shown = home.json(&["ticket", id]);
        let row = shown["correos"][0]["row"].as_i64().unwrap();
        let raw = String::from_utf8(home.store().bytes(row).unwrap()).unwrap();
        let value = match () {
            () if raw.contains("Caja Fuerte") => "dependencia=Tesorería",
            () if problem.contains("guillotina") => "categoria=impresoras_escaneres",
            () => continue,
        };
        assert!(home.run(&["correct", id, value]).status.success());
    }
    let told = home.json(&["suggest"]);
    let proposals = told.as_array().unwrap();
    let words: Vec<(&str, &str, u64)> = proposals
        .iter()
        .map(|p| (p["clave"].as_str().unwrap(), p["palabras"].as_str().unwrap(), p["cuantos"].as_u64().unwrap()))
        .collect();
    for expected in [
        ("alias", "grupo de caja fuerte", 3),
        ("fuertes", "guillotina", 3),
        ("otro", "celula de trabajo", 2),
        ("sitio", "sala de monitoreo", 2),
        ("fuertes", "astrolabio", 2),
    ] {
        assert!(words.contains(&expected), "{expected:?} is missing from {words:?}");
    }
    assert_eq!(told, home.json(&["suggest"]), "always in the same order");
    for name in ["ana", "ruiz", "polo", "guerra", "rosa", "daza"] {
        assert!(words.iter().all(|(_, words, _)| words.split(' ').all(|word| word != name)), "{name} in {words:?}");
    }
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for (i, proposal) in proposals.iter().filter(|p| p["linea"].is_number()).enumerate() {
        let dir = home.path(&format!("propuesta{i}"));
        copy(&rules, &dir);
        let file = dir.join(proposal["archivo"].as_str().unwrap());
        fs::write(&file, paste(&fs::read_to_string(&file).unwrap(), proposal)).unwrap();
        let check = home.run(&["--rules", dir.to_str().unwrap(), "check"]);
        assert!(check.status.success(), "{proposal:#}: {}", err(&check));
        let tried = home.json(&["backtest", dir.to_str().unwrap()]);
        assert_eq!(tried["baja"], json!([]), "{proposal:#}");
        let changed: BTreeSet<&str> =
            tried["cambios"].as_array().unwrap().iter().map(|change| change["donde"].as_str().unwrap()).collect();
        for case in proposal["casos"].as_array().unwrap() {
            assert!(changed.contains(case.as_str().unwrap()), "{case} does not change: {proposal:#}");
        }
    }
    // All of them together are whole rules too, which ask for nothing of it any more.
    let all = home.path("todas");
    copy(&rules, &all);
    let mut last_first: Vec<&Value> = proposals.iter().filter(|p| p["linea"].is_number()).collect();
    last_first.sort_by_key(|p| std::cmp::Reverse(p["linea"].as_u64()));
    for proposal in &last_first {
        let file = all.join(proposal["archivo"].as_str().unwrap());
        fs::write(&file, paste(&fs::read_to_string(&file).unwrap(), proposal)).unwrap();
    }
    let again = home.json(&["--rules", all.to_str().unwrap(), "suggest"]);
    for proposal in last_first {
        assert!(again.as_array().unwrap().iter().all(|p| p["palabras"] != proposal["palabras"]), "{proposal:#}");
    }
    let text = out(&home.run(&["suggest"]));
    assert!(text.contains("# dependencias.toml, [[dependencia]] nombre = \"Tesorería\" dentro de «alias»"), "{text}");
    assert!(text.contains("lo piden 3 casos (TIC-") && text.contains("\n\"grupo de caja fuerte\",\n"), "{text}");
}

#[test]
fn without_corrections_and_without_gaps_nothing_is_suggested() {
    let home = Home::with(&[request(PRINTER)]);
    assert_eq!(home.json(&["suggest"]), json!([]));
    assert!(err(&home.run(&["suggest"])).contains("No hay nada que proponer"));
    assert_eq!(home.run(&["suggest", "--since", "mañana"]).status.code(), Some(2));
    let none = Home::new().run(&["suggest"]);
    assert_eq!((none.status.code(), err(&none).contains("base de datos")), (Some(1), true), "{}", err(&none));
}
