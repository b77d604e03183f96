//! `quarantine` and `outbox`: what could not be worked, and what has not gone out.
use crate::cli::args::{Common, Outbox, Quarantine};
use crate::cli::setting;
use crate::cli::terminal::{self, complain, say, say_json, table, width};
use crate::daemon;
use crate::desk::decision::Disposition;
use crate::desk::dispatch::{self, Route};
use crate::letter;
use crate::letter::parcel::Parcel;
use crate::spanish::{refusal, when};
use crate::store::db::Store;
use crate::store::dispatch::Marked;
use crate::store::show::LedgerMail;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::slice;

/// Rows of a list, at most.
const MOST: usize = 1000;
/// Characters of a quarantined mail that `show` prints.
const BEGINNING: usize = 2000;

pub(crate) fn quarantine(common: &Common, what: Quarantine) -> Result<ExitCode> {
    match what {
        Quarantine::List { json } => {
            let mails = setting::store(common)?.quarantine(MOST)?;
            if json {
                say_json(&mails)?;
            } else if mails.is_empty() {
                complain("La cuarentena está vacía.");
            } else {
                say(&table(
                    width(),
                    &["N.º", "Recibido", "Motivo", "Asunto"],
                    &mails.iter().map(row).collect::<Vec<_>>(),
                ));
            }
        }
        Quarantine::Show { row } => {
            let store = setting::store(common)?;
            let mail = quarantined(&store, row)?;
            let beginning = String::from_utf8_lossy(&store.bytes(row)?).chars().take(BEGINNING).collect::<String>();
            let place = format!("{} (UIDVALIDITY {}, clave {})", mail.buzon, mail.validez, mail.clave);
            let why = mail.motivo.unwrap_or_default();
            say(&format!(
                "Correo n.º {row}\nLugar: {place}\nIntentos: {}\nMotivo: {why}\n\n{}",
                mail.intentos,
                terminal::plain(&beginning)
            ));
        }
        Quarantine::Retry { row } => {
            if !setting::store_beside(common)?.retry_mail(row)? {
                bail!("el correo n.º {row} no está en cuarentena; vea «mesa-tic quarantine list»");
            }
            complain(&format!(
                "El correo n.º {row} se trabajará otra vez en menos de un minuto, si el servicio está en marcha."
            ));
        }
        Quarantine::Export { row, file } => {
            let store = setting::store(common)?;
            quarantined(&store, row)?;
            write_new(&file, &store.bytes(row)?)?;
            complain(&format!("El correo n.º {row} quedó en {}.", file.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn quarantined(store: &Store, row: i64) -> Result<LedgerMail> {
    let mail = store.mail(row)?.filter(|m| m.destino == Some(Disposition::Cuarentena));
    mail.with_context(|| format!("el correo n.º {row} no está en cuarentena; vea «mesa-tic quarantine list»"))
}

fn row(mail: &LedgerMail) -> Vec<String> {
    vec![
        mail.row.to_string(),
        mail.recibido.map(when::say_short).unwrap_or_default(),
        mail.motivo.clone().unwrap_or_default(),
        mail.asunto.clone().unwrap_or_default(),
    ]
}

fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
    let written = options.open(file).and_then(|mut new| new.write_all(bytes).and_then(|()| new.sync_all()));
    written.map_err(|error| anyhow!("no se pudo escribir {}: {}", file.display(), refusal::say(&error)))
}

pub(crate) fn outbox(common: &Common, what: Outbox) -> Result<ExitCode> {
    match what {
        Outbox::List { json } => {
            let letters = setting::store(common)?.unsent(MOST)?;
            if json {
                say_json(&letters)?;
            } else if letters.is_empty() {
                complain("No hay cartas por salir.");
            } else {
                let rows = letters.iter().map(|l| {
                    let case = l.caso.map(|id| id.to_string()).unwrap_or_default();
                    let next = l.proximo.map(when::say_short).unwrap_or_default();
                    let why = l.motivo.clone().unwrap_or_default();
                    vec![l.row.to_string(), l.forma.to_string(), l.para.clone(), case, l.estado.to_string(), next, why]
                });
                let head = ["N.º", "Carta", "Para", "Caso", "Estado", "Próximo intento", "Motivo"];
                say(&table(width(), &head, &rows.collect::<Vec<_>>()));
            }
        }
        Outbox::Marked { json } => marked(&setting::store(common)?.marked(MOST)?, json)?,
        Outbox::Unmark { correo } => {
            if !setting::store_beside(common)?.unmark(correo.trim())? {
                bail!("esa dirección no está marcada; vea «mesa-tic outbox marked»");
            }
            complain("Desde ahora se le vuelve a escribir.");
        }
        Outbox::Retry { row } => retry(common, row)?,
        Outbox::Cancel { row } => {
            if !setting::store_beside(common)?.cancel_letter(row, daemon::now())? {
                bail!("la carta n.º {row} no espera: ya salió, falló o se canceló; vea «mesa-tic outbox list»");
            }
            complain(&format!("La carta n.º {row} no se enviará."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn retry(common: &Common, row: i64) -> Result<()> {
    let (mut store, now) = (setting::store_beside(common)?, daemon::now());
    if store.retry_letter(row, now)? {
        complain(&format!("La carta n.º {row} saldrá en menos de un minuto, si el servicio está en marcha."));
        return Ok(());
    }
    let held = store.unwritten(row)?;
    let held = held
        .with_context(|| format!("la carta n.º {row} no espera ni falló ni se canceló; vea «mesa-tic outbox list»"))?;
    if store.marked(MOST)?.iter().any(|marked| marked.dura && marked.correo.eq_ignore_ascii_case(&held.to)) {
        bail!("{} está marcada y no recibe cartas; quítele antes la marca con «mesa-tic outbox unmark»", held.to);
    }
    let config = setting::config(common)?;
    let (handbook, seal) = (setting::handbook(common, &config)?, setting::seal(&config)?);
    let key = format!("retry {row} {now}");
    let render = |letter| letter::render(&handbook.letters, &config.desk, &seal, letter, &key, now);
    let mut batch = store.batch()?;
    let words = dispatch::held(&handbook.office, now, slice::from_ref(&held));
    for word in &words {
        let parcels: Vec<Parcel> = word.decision.letters.iter().map(render).collect();
        batch.commit_timely(word, &parcels, &vec![Route::Now; parcels.len()], now)?;
    }
    batch.finish()?;
    complain(&format!(
        "La carta n.º {row} se retuvo sin escribirse. En su lugar saldrá una que dice cómo va hoy el caso {}.",
        held.ticket.id
    ));
    Ok(())
}

fn marked(addresses: &[Marked], json: bool) -> Result<()> {
    if json {
        return say_json(&addresses);
    }
    if addresses.is_empty() {
        complain("Ninguna dirección devuelve las cartas.");
        return Ok(());
    }
    let rows = addresses.iter().map(|address| {
        let written = if address.dura { "no" } else { "sí" };
        vec![address.correo.clone(), when::say_short(address.desde), written.to_owned(), address.motivo.clone()]
    });
    let head = ["Dirección", "Desde", "Se le escribe", "Motivo"];
    say(&table(width(), &head, &rows.collect::<Vec<_>>()));
    Ok(())
}
