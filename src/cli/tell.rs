//! `mesa-tic tell`: orders about a case at the machine itself, by the same code that obeys the mails of the office.
use crate::clerk;
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::setting::WrongUse;
use crate::cli::terminal::{GREEN, paint, say, say_json};
use crate::daemon;
use crate::desk;
use crate::desk::case::{Case, Draft};
use crate::desk::chronicle;
use crate::desk::decision::{Decision, Papers, Situation};
use crate::desk::dispatch::Route;
use crate::desk::obey::{self, TOLD};
use crate::desk::orders;
use crate::desk::orders::bench::{Actor, Bench};
use crate::desk::wording;
use crate::letter;
use crate::mail;
use crate::reading;
use crate::reading::command::{Hand, parse};
use crate::reading::note::Reading;
use crate::spanish::when;
use crate::ticket::facts::{Event, Ticket};
use crate::ticket::id::TicketId;
use anyhow::{Context, Result};
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, id: &str, said: &[String], json: bool) -> Result<ExitCode> {
    let id: TicketId = id.parse().map_err(|error| WrongUse(format!("«{id}»: {error}")))?;
    let config = setting::config(common)?;
    let handbook = setting::handbook(common, &config)?;
    let seal = setting::seal(&config)?;
    let mut store = setting::store_beside(common)?;
    let now = daemon::now();
    let text = said.join("\n");
    let mail = mail::parse(
        format!(
            "From: {}\r\nSubject: {id}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
            config.administrator.correo
        )
        .as_bytes(),
    );
    let commands = parse(&text, Hand::Office);
    if commands.is_empty() {
        return Err(WrongUse(format!("«{text}» no es ninguna orden; escriba por ejemplo '#estado resuelto'")).into());
    }
    let reading = reading::read(&handbook.rules, &handbook.office.people, &mail);
    let reading = Reading { commands, texto_nuevo: text, ..reading };
    let mut batch = store.batch()?;
    let ticket = batch.store().ticket(id)?;
    let ticket =
        ticket.with_context(|| format!("no existe el caso {id}; los que hay se ven con «mesa-tic tickets»"))?;
    let known = batch.situation_on(Some(id), &mail, now)?;
    let papers = clerk::papers(&handbook, &batch, &mail, &reading, Some(&ticket), now)?;
    // The administrator sees the case as it is: nothing has moved on since.
    let situation = Situation { papers: Papers { seen: None, ..papers }, ..known };
    let case = Case {
        office: &handbook.office,
        now,
        received: now,
        written: now,
        mail: &mail,
        reading: &reading,
        situation: &situation,
    };
    let mut decision = decide(case, &ticket)?;
    let routes = batch.routes(&handbook.office, &mut decision, None, now)?;
    batch.recall(&mut decision, &routes)?;
    let letters = decision.letters.iter().enumerate();
    let parcels: Vec<_> = letters
        .map(|(i, letter)| {
            letter::render(&handbook.letters, &config.desk, &seal, letter, &format!("tell {now} {id} {i}"), now)
        })
        .collect();
    batch.commit_own(&decision, &parcels, &routes, now)?;
    batch.finish()?;
    transcript(&decision, &routes, json)?;
    Ok(ExitCode::SUCCESS)
}

/// All of the orders, or every fault of them.
fn decide(case: Case<'_>, ticket: &Ticket) -> Result<Decision> {
    let bench = Bench { case, actor: Actor::administrator() };
    let mut draft = Draft::of(ticket);
    let spelt: Vec<String> = case.reading.commands.iter().flatten().map(wording::order).collect();
    draft.add(Event::Noted { texto: format!("{TOLD}{}", spelt.join("; ")) });
    match orders::carry_out(bench, draft, &case.reading.commands) {
        Ok(carried) => Ok(desk::finish(case, obey::done(bench, ticket, carried))),
        Err(lines) => Err(WrongUse(format!("No se aplicó ninguna orden.\n{}", lines.join("\n"))).into()),
    }
}

/// What happened, and who hears of it, and when.
fn transcript(decision: &Decision, routes: &[Route], json: bool) -> Result<()> {
    let letters = decision.letters.iter().zip(routes);
    if json {
        let facts: Vec<_> = decision.facts.iter().map(|(id, event)| json!({ "caso": id, "hecho": event })).collect();
        let letters: Vec<_> = letters
            .map(|(letter, route)| match route {
                Route::Now => json!({ "carta": letter.form, "para": letter.to.correo }),
                Route::At(at) => json!({ "carta": letter.form, "para": letter.to.correo, "sale": at }),
                Route::Held(why) => json!({ "carta": letter.form, "para": letter.to.correo, "motivo": why }),
            })
            .collect();
        return say_json(&json!({ "hechos": facts, "cartas": letters }));
    }
    for (id, event) in decision.facts.iter().skip(1) {
        say(&format!("{} {id} {}", paint(GREEN, "✓"), chronicle::tell(event)));
    }
    for (letter, route) in letters {
        let when = match route {
            Route::Now => String::new(),
            Route::At(at) => format!("; sale el {}", when::say(*at)),
            Route::Held(why) => format!(": {why}"),
        };
        say(&format!("Carta «{}» para {}{when}.", letter.form, letter.to.correo));
    }
    Ok(())
}
