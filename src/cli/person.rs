//! `mesa-tic person`: what is kept of somebody, told when he asks; and taken out when he has a right to that.
use crate::cli::args::{Common, Person};
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{BOLD, GREEN, RED, complain, paint, plain, say, say_json};
use crate::config::Config;
use crate::daemon;
use crate::desk::decision::Office;
use crate::desk::terms;
use crate::inbox::setting::Setting;
use crate::office::fields::is_address;
use crate::spanish::number::counted;
use crate::spanish::when;
use crate::store::erase::Erased;
use crate::store::person::{Kept, Traces};
use crate::store::show::Case;
use crate::ticket::facts::Ticket;
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

/// What has to be typed before anything is taken out.
const WORD: &str = "suprimir";

pub(crate) fn run(common: &Common, what: Person) -> Result<ExitCode> {
    match what {
        Person::Export { address, json } => export(common, &read(&address)?, json),
        Person::Erase { address, mentions, yes, json } => {
            let ask = Ask { address: read(&address)?, mentions, yes, json };
            erase(common, &ask)
        }
    }
}

struct Ask {
    address: String,
    mentions: bool,
    yes: bool,
    json: bool,
}

fn read(address: &str) -> Result<String> {
    let address = address.trim().to_lowercase();
    if !is_address(&address) {
        return Err(WrongUse(format!("«{address}» no es una dirección de correo; escríbala completa")).into());
    }
    Ok(address)
}

fn export(common: &Common, address: &str, json: bool) -> Result<ExitCode> {
    let config = setting::config(common)?;
    let own = addresses(&config, &setting::office(common, &config)?);
    let store = setting::store(common)?;
    let kept = store.kept(&store.traces(address, &own)?)?;
    if json {
        say_json(&kept)?;
    } else {
        say(&plain(&tell(&kept)));
    }
    Ok(ExitCode::SUCCESS)
}

/// All of it, to be read by the person.
fn tell(kept: &Kept) -> String {
    let title = |text: &str| paint(BOLD, text);
    let mut lines = vec![title(&format!("Lo que la mesa guarda de {}", kept.direccion))];
    if kept.casos.is_empty() && kept.correos.is_empty() && kept.cartas.is_empty() && kept.marcada.is_none() {
        lines.push("Nada: ni casos, ni correos, ni cartas.".to_owned());
    }
    lines.extend(
        kept.casos.iter().flat_map(|case| [String::new(), title(&case.ticket.id.to_string()), tell_case(case)]),
    );
    for mail in &kept.correos {
        let when = mail.libro.recibido.map(when::say).unwrap_or_default();
        lines.push(format!("\n{} · {when}", title(&format!("Correo {}", mail.libro.row))));
        lines.extend(mail.libro.de.iter().map(|de| format!("De: {de}")));
        lines.extend(mail.libro.asunto.iter().map(|asunto| format!("Asunto: {asunto}")));
        lines.extend(mail.libro.adjuntos.iter().map(|name| format!("Adjunto: {name}")));
        lines.push(mail.texto.trim().to_owned());
    }
    for letter in &kept.cartas {
        let (row, when) = (letter.cola.row, when::say(letter.cola.encolada));
        lines.push(format!("\n{} · {when}", title(&format!("Carta {row}"))));
        lines.push(format!("Para: {}\nAsunto: {}\n{}", letter.cola.para, letter.asunto, letter.texto.trim()));
    }
    if let Some(marked) = &kept.marcada {
        lines.push(format!("\nLa dirección devuelve las cartas desde el {}.", when::say(marked.desde)));
    }
    lines.extend(named("También la nombran los casos de otras personas", &kept.casos_que_la_nombran));
    lines.extend(named("También la nombran los correos de otras personas", &kept.correos_que_la_nombran));
    lines.join("\n")
}

fn tell_case(case: &Case) -> String {
    let (ticket, mut lines) = (&case.ticket, Vec::new());
    let mut line = |name: &str, value: Option<&str>| lines.extend(value.map(|value| format!("{name}: {value}")));
    line("Abierto", Some(&when::say(ticket.abierto)));
    line("Estado", Some(ticket.estado.word()));
    line("Asunto", Some(&ticket.asunto));
    line("Problema", Some(&ticket.problema));
    line("Dependencia", ticket.dependencia.as_ref().map(|d| d.0.as_str()));
    line("Ubicación", ticket.ubicacion.texto.as_deref());
    line("Nombre", ticket.contacto.nombre.as_deref());
    line("Teléfono", ticket.contacto.telefono.as_deref());
    line("Extensión", ticket.contacto.extension.as_deref());
    line("Celular", ticket.contacto.celular.as_deref());
    line("Correo", ticket.contacto.correo.as_deref());
    line("Historia", Some(&format!("{} hechos; se ven con «mesa-tic ticket {}»", case.hechos.len(), ticket.id)));
    lines.join("\n")
}

fn named(what: &str, which: &BTreeSet<impl Display>) -> Option<String> {
    let which: Vec<String> = which.iter().map(ToString::to_string).collect();
    if which.is_empty() { None } else { Some(format!("\n{what}: {}", which.join(", "))) }
}

fn erase(common: &Common, ask: &Ask) -> Result<ExitCode> {
    let config = setting::config(common)?;
    let office = setting::office(common, &config)?;
    let own = addresses(&config, &office);
    refuse_own(&own, &ask.address)?;
    let mut store = setting::store_beside(common)?;
    let traces = store.traces(&ask.address, &own)?;
    let doomed = doomed(&traces, ask.mentions);
    if !ask.yes && !doomed.is_empty() {
        confirm(&traces.direccion, &doomed)?;
    }
    let erased = match doomed.is_empty() {
        true => Erased::default(),
        false => {
            let sort = |ticket: &Ticket| terms::sort(&office, ticket);
            store.erase(&traces, ask.mentions, &sort, daemon::now())?
        }
    };
    // Even where nothing was found: a file that could not be cleaned the last time is cleaned now.
    let compacted = store.compact().context(
        "los datos se suprimieron, pero quedan restos en el archivo de la base de datos; repita la orden para limpiarlo",
    );
    if ask.json {
        say_json(&json!({ "direccion": ask.address, "suprimido": erased, "limpio": compacted.is_ok(),
            "correos_de_otros_que_la_nombran": if ask.mentions { 0 } else { traces.correos_que_la_nombran.len() } }))?;
    } else {
        say(&tell_erased(&config, &traces, &erased, ask.mentions));
    }
    compacted.map(|()| ExitCode::SUCCESS)
}

/// Those of the office and of the desk itself, in lower case.
fn addresses(config: &Config, office: &Office) -> BTreeSet<String> {
    let people = office.people.people.iter().map(|person| person.correo.to_lowercase());
    people.chain([&config.desk.correo, &config.administrator.correo].map(|correo| correo.to_lowercase())).collect()
}

/// The data of a post are public (Decreto 1377 de 2013, art. 3), and who did what is the office's own audit.
fn refuse_own(own: &BTreeSet<String>, address: &str) -> Result<()> {
    if own.contains(address) {
        let why =
            "es de la Oficina TIC o de la mesa misma: lo que hizo en los casos es parte de su historia y no se suprime";
        return Err(WrongUse(format!("{address} {why}")).into());
    }
    Ok(())
}

/// What would be taken out; nothing, where only others name the address in their mails.
fn doomed(traces: &Traces, mentions: bool) -> Vec<String> {
    let others = if mentions { traces.correos_que_la_nombran.len() } else { 0 };
    let found = [
        (traces.casos.len(), "caso", "casos"),
        (traces.correos.len() + others, "correo con sus adjuntos", "correos con sus adjuntos"),
        (traces.cartas.len(), "carta", "cartas"),
        (
            traces.casos_que_la_nombran.len(),
            "mención en un caso de otra persona",
            "menciones en casos de otras personas",
        ),
        (usize::from(traces.marcada), "marca de dirección que devuelve cartas", ""),
    ];
    found.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(count, one, many)).collect()
}

fn confirm(address: &str, doomed: &[String]) -> Result<()> {
    let doomed = doomed.join(", ");
    let question = format!("Se van a suprimir los datos de {address}: {doomed}. No se puede deshacer.");
    if !stdin().is_terminal() {
        return Err(WrongUse(format!("{question}\nPara hacerlo sin preguntar, agregue --yes")).into());
    }
    complain(&format!("{} {question}\nEscriba «{WORD}» para seguir:", paint(RED, "Atención:")));
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim().to_lowercase() == WORD {
        return Ok(());
    }
    Err(WrongUse("no se suprimió nada".to_owned()).into())
}

fn tell_erased(config: &Config, traces: &Traces, erased: &Erased, mentions: bool) -> String {
    if *erased == Erased::default() {
        return format!("No se guarda nada de {}.", traces.direccion);
    }
    let mut lines = vec![format!(
        "{} suprimidos los datos de {}: casos {}, correos {}, cartas {}",
        paint(GREEN, "✓"),
        traces.direccion,
        erased.casos,
        erased.correos,
        erased.cartas
    )];
    lines.push("De cada caso quedan su número, sus fechas, su clasificación y lo que hizo la oficina.".to_owned());
    if !mentions {
        lines.extend(named(
            "Correos de otras personas que la nombran y que no se tocaron (véase --mentions)",
            &traces.correos_que_la_nombran,
        ));
    }
    lines.push(format!("\nFalta lo que está fuera de la base de datos: los correos en {}, las copias hechas con «mesa-tic backup» y las cartas que otros recibieron.", mailbox(config)));
    lines.join("\n")
}

/// Where the mails themselves lie; the desk never deletes them there.
fn mailbox(config: &Config) -> String {
    match &config.inbox {
        Setting::Imap(account) => match &account.done {
            Some(done) => format!("las carpetas «{}» y «{done}» del buzón", account.folder),
            None => format!("la carpeta «{}» del buzón", account.folder),
        },
        Setting::Maildir(folder) => folder.done.as_ref().unwrap_or(&folder.path).display().to_string(),
    }
}
