//! Every mail of the index ends as the index says, or otherwise for a reason that docs/hostiles.md gives.
use crate::kit::canary;
use crate::made::{ADMINISTRATOR, Cabinets, Case, Generated, Outcome, clerk, feed, generate};
use crate::page;
use mesa_tic::desk::decision::{Disposition, Form};
use mesa_tic::ticket::facts::Event;
use std::collections::BTreeMap;
use std::time::Duration;

/// Outcomes that the index expects and that we hold wrong: the mails, what comes instead, and why; the words stand in
/// docs/hostiles.md.
const OTHERWISE: &[(&[&str], &str, &str)] = &[
    (
        &["ctl-13-boss-approve"],
        "command",
        "Quien aprueba es el jefe, con prueba de que es él: no necesita además confirmarlo.",
    ),
    (
        &["auth-72-refs-third-party"],
        "thread",
        "Contesta, con la referencia de un correo del caso, alguien a quien se le había copiado. Sus palabras quedan en el caso para el técnico; no \
         recibe respuesta ni ve nada del caso.",
    ),
    (
        &["auth-34-level3-by-level2", "cry-02-smime-signed-bad", "cry-06-pgp-signed-command-outside"],
        "refused",
        "Está probado quién escribe (el servidor responde por él y contesta una carta suya): un técnico, y «#aprobar» es del jefe. No se cumple, y se le dice por qué, como \
         de toda orden que no le corresponde. La firma no suma ni resta: la mesa le cree al servidor, no a un bloque S/MIME o PGP que no verifica.",
    ),
    (
        &["loop-02-own-ack-quoted-back"],
        "ignored-auto",
        "El acuse de otra mesa se guarda en el caso que nombra, como la palabra de cualquier máquina.",
    ),
    (
        &["ics-04-request-from-outside"],
        "ticket",
        "Quien invita a la mesa a una reunión quiere que alguien vaya: no se acepta nada, pero es una solicitud como otra.",
    ),
    (
        &[
            "mime-001-nest-10000-multipart",
            "mime-003-nest-10000-unclosed",
            "mime-005-nest-101",
            "mime-007-parts-100000",
            "mime-025-message-partial",
            "hdr-001-100000-headers",
            "hdr-004-line-10mb",
            "hdr-005-100000-folds",
            "body-01-base64-50mb-one-line",
            "body-02-text-50mb-one-line",
            "att-28-5000-same-name",
        ],
        "ticket",
        "Se lee hasta el límite (1.000 partes, tres correos adjuntos uno dentro de otro, 1 MiB de cada texto) en tiempo lineal; el correo queda entero como llegó. \
         Quien escribe es una persona conocida y su solicitud se entiende: se atiende, y lo que sobró se anota. La cuarentena queda para lo que no se pudo leer: en \
         `mime-002` y `mime-006` no se alcanza ninguna palabra, y allí van.",
    ),
    (
        &["mime-024-multipart-base64-cte", "hdr-016-cr-only", "hdr-019-starts-blank"],
        "ticket",
        "El índice admite también un caso. Se lee una sola vez y de una sola manera; el servidor responde por quien escribe, o él es de la casa, y recibe su acuse.",
    ),
    (
        &["hdr-017-lf-smuggled-header"],
        "thread",
        "La línea que empieza tras un salto suelto es cabecera para todo programa de correo. El permiso que cita no es de quien escribe y no vale; pero él es parte de \
         ese caso, y su comentario se guarda allí. No se cumple ninguna orden.",
    ),
    (
        &["hdr-035-msgid-ours"],
        "ticket",
        "Un identificador usado no se traga un correo que dice otra cosa (igual que en `hdr-038`): lo puede copiar cualquiera, y descartarlo sería perder la solicitud de una persona. Lo \
         nuestro que vuelve se conoce por su marca, por su remitente y por sus saltos; y si volviera sin nada de eso, a esa dirección sale a lo sumo un acuse al día.",
    ),
];

/// Mails of which the index wants a quarantine because From names nobody, or more than one. A case is opened instead (or the
/// words are kept on the one they answer): a request without a usable sender is still a request, and a person looks at it
/// sooner in the list of cases than in the quarantine. What the quarantine is for holds: no answer, no order.
const HELD_ANOTHER_WAY: &str = "quarantine";
/// Are the words of the mail kept where a technician reads them?
fn are_words_kept(outcome: &Outcome) -> bool {
    outcome.opened
        || outcome.facts.iter().any(|event| match event {
            Event::Received { texto, .. } => !texto.is_empty(),
            Event::Unproven(order) => !order.texto.is_empty(),
            _ => false,
        })
}

/// Facts that change nothing of a case.
fn is_comment(event: &Event) -> bool {
    matches!(event, Event::Received { .. } | Event::Unproven(_))
}

fn is(class: &str, outcome: &Outcome) -> bool {
    let quiet = outcome.facts.iter().all(is_comment);
    let noted = outcome.facts.iter().all(|event| is_comment(event) || is_record(outcome.end, event));
    let back = outcome.letters.iter().any(|(form, to)| *to == outcome.from && *form != Form::Confirmacion);
    match class {
        "ticket" => outcome.opened && outcome.facts.is_empty(),
        "thread" => !outcome.opened && quiet && !outcome.facts.is_empty(),
        "refused" => outcome.end == Disposition::Comando && quiet,
        "command" => outcome.end == Disposition::Comando && !quiet,
        "comment-flagged" => quiet && outcome.end != Disposition::Comando && are_words_kept(outcome),
        "duplicate" => outcome.end == Disposition::Duplicado && outcome.facts.is_empty() && outcome.letters.is_empty(),
        "loop" => outcome.end == Disposition::Propio && outcome.facts.is_empty() && outcome.letters.is_empty(),
        "ignored-auto" => {
            let ends = [Disposition::Automatico, Disposition::Ajeno, Disposition::Rebote, Disposition::Propio];
            ends.contains(&outcome.end) && !outcome.opened && noted && outcome.letters.is_empty()
        }
        "calendar" => outcome.end == Disposition::Calendario && !outcome.opened && noted && !back,
        "bounce" => outcome.end == Disposition::Rebote && !outcome.opened && !back,
        HELD_ANOTHER_WAY => quiet && !back && outcome.end != Disposition::Comando,
        other => panic!("no such class: {other}"),
    }
}

/// What is only written down of a machine's word, where no order wrote it.
fn is_record(end: Disposition, event: &Event) -> bool {
    let machine = matches!(end, Disposition::Automatico | Disposition::Rebote | Disposition::Calendario);
    machine && matches!(event, Event::Noted { .. } | Event::Undelivered { .. })
}

/// What holds for every mail, and what the index says of answers and orders.
fn broken(case: &Case, class: &str, outcome: &Outcome) -> Option<String> {
    let roster = ["ctovar@magdalena.gov.co", "lperez@magdalena.gov.co", "jcastro@magdalena.gov.co"];
    let parties = ["mospino@magdalena.gov.co", "rosa.mejia@correo.example", ADMINISTRATOR];
    let expected = [Some(class), case.also.as_deref()].into_iter().flatten().collect::<Vec<_>>();
    let facts: Vec<String> =
        outcome.facts.iter().map(|event| format!("{event:?}").chars().take(100).collect()).collect();
    let told = format!("{}: {} {facts:?} {:?}", case.name, outcome.end, outcome.letters);
    if !expected.iter().any(|class| is(class, outcome)) {
        return Some(format!("not {expected:?}: {told}"));
    }
    let stray = |to: &str| to != outcome.from && !roster.contains(&to) && !parties.contains(&to);
    if outcome.letters.iter().any(|(_, to)| stray(to)) {
        return Some(format!("a letter to a third party: {told}"));
    }
    // Who opens a case and is then given it hears of both.
    let of_work = |form: &Form| matches!(form, Form::Asignacion | Form::Novedad);
    let back = outcome.letters.iter().filter(|(form, to)| *to == outcome.from && !of_work(form)).count();
    let answered = !roster.contains(&outcome.from.as_str()) && back > 0;
    let is_request = class == "ticket" && case.class != class;
    if back > 1 || (answered && !case.reply && !is_request) {
        return Some(format!("an answer too many: {told}"));
    }
    let asked = outcome.letters.iter().filter(|(form, _)| *form == Form::Confirmacion);
    if asked.clone().count() > 1 || asked.clone().any(|(_, to)| !roster.contains(&to.as_str())) {
        return Some(format!("asked the wrong one: {told}"));
    }
    let acted = outcome.facts.iter().any(|event| !is_comment(event) && !is_record(outcome.end, event));
    let may = matches!(case.commands.as_str(), "apply" | "confirm");
    (acted != may && case.commands != "none" || acted && !may).then(|| format!("orders were run or not: {told}"))
}

/// The class of the index, or the one that we hold right in its place.
fn held(case: &Case) -> (&str, bool) {
    let otherwise = OTHERWISE.iter().find(|(names, ..)| names.contains(&case.name.as_str()));
    otherwise.map_or((case.class.as_str(), false), |(_, class, _)| (*class, true))
}

/// What is wrong with that outcome of that mail, if anything.
pub(crate) fn judge(case: &Case, outcome: &Outcome) -> Option<String> {
    broken(case, held(case).0, outcome)
}

/// How long a mail may take in a build that is not made for speed. What it takes in one that is, `cargo bench -- hostile` tells.
const ENDLESS: Duration = Duration::from_secs(10);

#[test]
fn every_hostile_mail_ends_as_its_index_says() {
    let made = generate();
    let cabinets = Cabinets::new(&made);
    let mut clerk = clerk(cabinets.open("nada"));
    let (mut faults, mut count, mut notes) = (Vec::new(), 0, 0);
    let (mut ends, mut times) = (BTreeMap::<&str, (usize, usize)>::new(), BTreeMap::<&str, Vec<Duration>>::new());
    // Those that come in rows have tests of their own.
    for case in made.singles() {
        count += 1;
        clerk.store = cabinets.open(&case.name);
        if let Some(before) = &case.after {
            feed(&mut clerk, before, made.bytes(before), made.now);
        }
        let outcome = feed(&mut clerk, &case.name, made.bytes(&case.name), made.now);
        times.entry(case.class.as_str()).or_default().push(outcome.took);
        let end = ends.entry(case.class.as_str()).or_default();
        *(if held(case).1 { &mut end.1 } else { &mut end.0 }) += 1;
        faults.extend(judge(case, &outcome));
        assert!(clerk.store.reconcile().unwrap().is_empty(), "{}", case.name);
        let people = &clerk.handbook.office.people;
        notes += canary::of_store(&clerk.store, |to| people.who(to).is_some()).1;
    }
    for (class, times) in &mut times {
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        eprintln!("{class}: {} mails, median {median:.1?}, slowest {slowest:.1?}", times.len());
        assert!(slowest < ENDLESS, "{class}: {slowest:?}");
    }
    assert!(count > 500 && notes > 3, "the hostile mails are gone: {count}, with {notes} notes");
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    let rows = [pingpong(&made), relayspam(&made)];
    page::hold("Los correos hostiles: qué pasa con cada uno", &table(&ends, &rows));
    page::hold("De otro modo, y por qué", &reasons());
}

/// The section that says, class by class, what became of them.
fn table(ends: &BTreeMap<&str, (usize, usize)>, rows: &[String]) -> String {
    let mut page = String::from(
        "`fixtures/hostile/gen.py` hace 622 correos pensados para dañar, engañar o agotar una mesa de ayuda, y \
         dice de cada uno qué debe pasar. Esta página la escribe `tests/hostile`, que los pasa todos por la mesa: no se edita a mano. De todos, además: nada se cae, el \
         correo queda guardado como llegó, los libros cuadran (`mesa-tic reconcile`), ningún tercero recibe cartas y ninguna nota sale de la oficina.\n\n\
         | Lo que el índice espera | Correos | Como espera | De otro modo |\n|---|---|---|---|\n",
    );
    for (class, (well, otherwise)) in ends {
        page += &format!("| {} | {} | {well} | {otherwise} |\n", told(class), well + otherwise);
    }
    page += "\nDe la cuarentena: cuando el índice la pide porque el remitente no se entiende, se abre un caso sin contestarle a nadie, pues una persona lo ve antes en la \
             lista de casos; cuenta como lo esperado.\n\nLos otros 120 correos vienen en dos filas, uno por minuto a una misma mesa:\n\n";
    page += &rows.concat();
    page
}

fn reasons() -> String {
    let mut page = String::new();
    for (names, class, why) in OTHERWISE {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        page += &format!("- {names}: {}. {}\n\n", told(class), why.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    page
}

/// A class of the index in words.
fn told(class: &str) -> &'static str {
    match class {
        "ticket" => "un caso nuevo",
        "thread" => "un comentario en su caso",
        "command" => "una orden que se cumple",
        "refused" => "una orden que se contesta y no se cumple",
        "comment-flagged" => "una orden sin prueba, guardada y no cumplida",
        "quarantine" => "nadie le contesta y nada se cumple (cuarentena)",
        "ignored-auto" => "palabra de una máquina: se anota, sin caso",
        "bounce" => "una carta devuelta",
        "calendar" => "respuesta de un calendario",
        "loop" => "lo nuestro que vuelve: se anota",
        "duplicate" => "el mismo correo otra vez: nada",
        other => panic!("no such class: {other}"),
    }
}

/// A row of the generator, a mail a minute into one cabinet: what each brought about.
fn row(made: &Generated, name: &str) -> Vec<Outcome> {
    let cabinets = Cabinets::new(made);
    let mut clerk = clerk(cabinets.open("fila"));
    let mut names: Vec<&str> =
        made.cases.iter().map(|case| case.name.as_str()).filter(|n| n.starts_with(name)).collect();
    names.sort_unstable();
    assert_eq!(names.len(), 60, "{name}");
    let mails = (0..).zip(names).map(|(minute, name)| {
        let now = made.now + jiff::SignedDuration::from_mins(minute);
        feed(&mut clerk, name, made.bytes(name), now)
    });
    let outcomes = mails.collect();
    assert!(clerk.store.reconcile().unwrap().is_empty());
    outcomes
}

/// How many letters went to who wrote, how many cases were opened.
fn tally(outcomes: &[Outcome]) -> (usize, usize) {
    let back = outcomes.iter().flat_map(|outcome| outcome.letters.iter().filter(|(_, to)| *to == outcome.from));
    (back.count(), outcomes.iter().filter(|outcome| outcome.opened).count())
}

/// Another machine that answers every letter of ours without any mark: one receipt a day, five cases an hour; what else it
/// says is kept on the last of them, and the technicians hear no more of it.
fn pingpong(made: &Generated) -> String {
    let outcomes = row(made, "seq-pingpong");
    let (receipts, cases) = tally(&outcomes);
    assert_eq!((receipts, cases), (1, 5));
    for piled in &outcomes[5..] {
        assert!(piled.end == Disposition::Respuesta && piled.letters.is_empty());
    }
    let n = outcomes.len();
    format!(
        "- Otra máquina contesta cada carta sin decir que lo es ({n} en una hora): {receipts} acuse y {cases} casos; los otros {} se guardan en el último caso y \
         nadie más se entera.\n",
        n - cases
    )
}

/// Sixty victims in whose names somebody writes: the server disowns each, and none hears of us.
fn relayspam(made: &Generated) -> String {
    let outcomes = row(made, "seq-relayspam");
    let (receipts, cases) = tally(&outcomes);
    assert_eq!(receipts, 0);
    let strangers = outcomes.iter().flat_map(|o| &o.letters).filter(|(_, to)| to.ends_with(".example")).count();
    assert_eq!(strangers, 0);
    format!(
        "- Alguien escribe a nombre de {} víctimas y el servidor lo desmiente: {receipts} cartas a ellas; {cases} casos.\n",
        outcomes.len()
    )
}
