//! `demo`: the daemon once over a sample mailbox, in a folder of its own, without any server.
use crate::clerk::Clerk;
use crate::cli::args::Common;
use crate::cli::cases;
use crate::cli::marked;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{BOLD, paint, say, width, wrap};
use crate::config::care::Care;
use crate::config::{Config, Orders, Start};
use crate::daemon;
use crate::daemon::Tally;
use crate::handbook::Handbook;
use crate::inbox::setting::{Folder, Setting as InboxSetting};
use crate::mail;
use crate::mail::message::Address;
use crate::outbox::setting::Setting as OutboxSetting;
use crate::spanish::refusal;
use crate::store::db::Store;
use anyhow::{Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::process::ExitCode;

/// Mails as people wrote them; the names are those of the labelled corpus.
macro_rules! sample {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../fixtures/corpus/", $name, ".eml")))),+]
    };
}

const SAMPLE: &[(&str, &[u8])] = sample![
    "001-no-prende-pc",
    "004-asunto-todo-cuerpo-vacio",
    "007-formulario-pasivocol",
    "008-tabla-outlook-plotter",
    "009-rv-token-tesoreria",
    "011-adjunto-eml-telefono",
    "016-reunion-gobernador-una-hora",
    "022-municipio-usuario-bancoproyectos",
    "023-ciudadana-pagina-certificado",
    "025-ups-pitando-ala-norte",
    "027-archivos-cifrados",
    "031-ups-datacenter-bateria-baja",
    "033-concepto-impresoras-oficio-pdf",
    "043-boletin-gobierno-digital",
    "078-auto-fuera-oficina-exchange",
];

pub(crate) fn run(common: &Common, keep: Option<PathBuf>) -> Result<ExitCode> {
    let dir = folder(keep)?;
    let inbox = dir.join("buzon");
    fill(&inbox)?;
    let desk =
        Address { correo: "soporte.tic@magdalena.gov.co".into(), nombre: Some("Mesa de Ayuda - Oficina TIC".into()) };
    let config = Config {
        database: dir.join("mesa.db"),
        rules: None,
        desk: desk.clone(),
        administrator: Address { correo: "admin.mesa@magdalena.gov.co".into(), nombre: None },
        inbox: InboxSetting::Maildir(Folder { path: inbox, done: Some(dir.join("procesados")), max_size: 40 << 20 }),
        start: Start::All,
        outbox: OutboxSetting::Maildir { path: dir.join("salida") },
        orders: Orders::usual(&dir.join("mesa.db")),
        care: Care::default(),
    };
    let (files, place) = setting::files(common, None)?;
    let mut handbook =
        Handbook::load(&files, &desk).map_err(|faults| setting::listing(&format!("las reglas ({place})"), &faults))?;
    // All its letters are there to be read, at whatever hour it is tried.
    handbook.office.service.quiet = None;
    let store = Store::open(&config.database, daemon::now())?;
    let seal = setting::seal(&config)?;
    let clerk = Clerk::new(store, handbook, desk, config.administrator.clone(), seal);
    let database = config.database.clone();
    let tally = daemon::run_once(clerk, config)?;
    show(&Store::open_read(&database)?, &dir, tally)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the demo works: a new temporary folder, or the one that is named, which must be new or empty.
fn folder(keep: Option<PathBuf>) -> Result<PathBuf> {
    let dir = keep.unwrap_or_else(|| env::temp_dir().join(format!("mesa-tic-demo-{}", process::id())));
    if fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(WrongUse(format!("{} no está vacía; indique una carpeta nueva", dir.display())).into());
    }
    fs::create_dir_all(&dir)
        .map_err(|error| WrongUse(format!("no se puede crear {}: {}", dir.display(), refusal::say(&error))))?;
    Ok(dir)
}

/// Lays the sample into a Maildir, as if it had all come just now.
fn fill(inbox: &Path) -> Result<()> {
    for sub in ["new", "cur", "tmp"] {
        fs::create_dir_all(inbox.join(sub))?;
    }
    for (name, bytes) in SAMPLE {
        fs::write(inbox.join("new").join(format!("{name}.demo")), bytes)?;
    }
    Ok(())
}

/// The cases, one letter in full, and where the rest lies.
fn show(store: &Store, dir: &Path, tally: Tally) -> Result<()> {
    let mut tickets = store.tickets(None, SAMPLE.len())?;
    tickets.reverse();
    let Some(first) = tickets.first() else { bail!("el buzón de muestra no abrió ningún caso") };
    say(&format!("\n{}\n\n", paint(BOLD, "mesa-tic: una mañana en la mesa de ayuda")));
    say(&cases::list(&tickets));
    let others = tally.mails - tickets.len();
    let ends = format!(
        "{} correos leídos, {} casos abiertos, {others} correos que no piden nada, {} cartas entregadas.",
        tally.mails,
        tickets.len(),
        tally.letters
    );
    say(&format!("\n{}\n\n", wrap(&ends, width().into()).join("\n")));
    if let Some(case) = store.case(first.id)?
        && let Some(letter) = case.cartas.first()
        && let Some(bytes) = store.letter_bytes(letter.row)?
    {
        let mail = mail::parse(&bytes);
        say(&format!("{}\n\n", paint(BOLD, &format!("La respuesta a quien escribió de «{}»", first.asunto))));
        let to = mail.to.first().map(|a| a.correo.clone()).unwrap_or_default();
        say(&marked::letter(&to, &mail.subject, &mail.body.text));
    }
    say(&format!(
        "\n{}\n  {}\n  {}\n  {}\n",
        paint(BOLD, "Lo demás quedó en"),
        format_args!("{}  la base de datos", dir.join("mesa.db").display()),
        format_args!("{}  las cartas, tal como salen", dir.join("salida/new").display()),
        format_args!("{}  los correos ya trabajados", dir.join("procesados").display()),
    ));
    Ok(())
}
