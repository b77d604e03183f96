//! The clerk: reads, decides, writes the answers, and files all of it at once. The story of one mail in ten lines.
use crate::crash::{self, Point};
use crate::desk;
use crate::desk::decision::{Decision, Disposition, Letter, Papers, Reply, Situation};
use crate::desk::dispatch;
use crate::desk::notice;
use crate::desk::vigil;
use crate::handbook::Handbook;
use crate::letter;
use crate::letter::parcel::Parcel;
use crate::mail;
use crate::mail::message::{Address, Hand, Mail, MessageId};
use crate::outbox::outcome::Outcome;
use crate::reading;
use crate::reading::command::Command;
use crate::reading::note::Reading;
use crate::seal;
use crate::seal::Seal;
use crate::seal::canary::Palabra;
use crate::seal::identity::{self, Word};
use crate::seal::order::{Moment, Standing};
use crate::seal::token::Purpose;
use crate::spanish::when;
use crate::store::batch::{Batch, Worked};
use crate::store::canary::Sender;
use crate::store::db::Store;
use crate::store::fault;
use crate::store::ledger::Filed;
use crate::store::queue::{Due, Settled};
use crate::ticket::facts::Event;
use crate::ticket::id::TicketId;
use anyhow::{Error, Result};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

/// Mails of one commit, at most; and their octets, so that a few large ones do not fill the memory.
const BATCH: usize = 64;
const BATCH_OCTETS: u64 = 16 << 20;

/// Orders without proof in one name within an hour, of which the administrator hears.
const ALARMING: u32 = 3;
/// A letter that waited as long may be out of date.
const WAITED: SignedDuration = SignedDuration::from_mins(10);
/// Cases that a subject may name before nobody means them all.
const NAMED: usize = 5;

/// Where the administrator reads on about the server's word for senders.
const GUIDE: &str =
    "Ejecute «mesa-tic check --connect» y lea en docs/administradores.md «Quién puede dar órdenes por correo».";

/// Why a mail is set aside of which no word was reached.
const BEYOND_READING: &str =
    "correos dentro de correos, o más de 1.000 partes, y ni una palabra que leer; está guardado tal como llegó";

/// Who works the mails. It owns the store; nobody else writes while it works.
pub struct Clerk {
    pub store: Store,
    pub handbook: Handbook,
    /// What letters come from.
    pub desk: Address,
    pub administrator: Address,
    /// What seals its letters, and judges the mails that answer them.
    pub seal: Seal,
}

/// A filed mail, opened and read; or why that could not be.
type Opened = Result<(Mail, Reading), String>;

impl Clerk {
    /// Works one batch of the mails that are filed and have no end yet, in the order of their arrival.
    /// Returns how many were brought to an end, if only in the quarantine; 0 when nothing waits.
    pub fn work(&mut self, now: Timestamp) -> Result<usize> {
        let waiting = self.waiting()?;
        let rows: Vec<i64> = waiting.iter().map(|filed| filed.row).collect();
        let fit = self.store.begin(&rows, now)?;
        let (papers, ended) = (waiting.iter().filter(|f| fit.contains(&f.row)), rows.len() - fit.len());
        let papers: Vec<(&Filed, Vec<u8>)> =
            papers.map(|filed| Ok((filed, self.store.bytes(filed.row)?))).collect::<Result<_>>()?;
        if papers.is_empty() {
            return Ok(ended);
        }
        crash::at(Point::Begun);
        let opened = open_all(&self.handbook, &papers);
        let own = opened.iter().flatten().map(|(mail, _)| mail).filter(|mail| mail.hand == Hand::Ourselves);
        let own: Vec<Mail> = own.cloned().collect();
        crash::at(Point::Opened);
        let Clerk { store, handbook, desk, administrator, seal } = self;
        let mut batch = store.batch()?;
        for ((filed, _), opened) in papers.iter().zip(opened) {
            let ended = opened.map_err(Error::msg).and_then(|(mail, reading)| {
                let decider = Decider { handbook, desk, administrator, seal, filed, now };
                decider.finish(&mut batch, &mail, &reading)
            });
            if let Err(error) = ended {
                set_aside(&mut batch, filed.row, error, now)?;
            }
        }
        batch.finish()?;
        self.heed(&own, now)?;
        Ok(ended + papers.len())
    }

    /// Notes what canaries among our own mails show. By what the daemon's shows, the server's word is believed or not.
    fn heed(&mut self, own: &[Mail], now: Timestamp) -> Result<()> {
        for sender in Sender::ALL {
            let found = if own.is_empty() { None } else { self.store.canary(sender)? };
            let Some(mut canary) = found else { continue };
            let (before, people) = (canary.verdict(), &self.handbook.office.people);
            if own.iter().filter(|mail| canary.heed(people, &self.desk, mail)).count() == 0 {
                continue;
            }
            self.store.keep_canary(sender, &canary)?;
            if let (Sender::Daemon, Some(verdict)) = (sender, canary.verdict()) {
                self.seal.policy = canary.allows(&canary.asked());
                tracing::info!(word = verdict.word(), "the mail server was looked at");
                if before.unwrap_or(Palabra::Propia) != verdict {
                    self.tell_administrator(verdict.say(), GUIDE, now)?;
                }
            }
        }
        Ok(())
    }

    /// Does what time alone has made due. Returns how many letters that made.
    pub fn tick(&mut self, now: Timestamp) -> Result<usize> {
        let Clerk { store, handbook, desk, seal, .. } = self;
        let (office, done) = (&handbook.office, store.timely_done()?);
        let mut timely = vigil::due(office, now, &store.watched()?, &store.away(now)?, &done);
        timely.extend(dispatch::held(office, now, &store.withheld(now)?, &done));
        if timely.is_empty() {
            return Ok(0);
        }
        let (things, mut letters) = (timely.len(), 0);
        let mut batch = store.batch()?;
        for mut one in timely {
            batch.recall(&mut one.decision)?;
            let routes = batch.routes(office, &mut one.decision, None, now)?;
            let key = one.keys.join(" ");
            let render =
                |(i, letter)| letter::render(&handbook.letters, desk, seal, letter, &format!("{key} {i}"), now);
            let parcels: Vec<Parcel> = one.decision.letters.iter().enumerate().map(render).collect();
            batch.commit_timely(&one, &parcels, now)?;
            batch.direct(&parcels, &routes, now)?;
            letters += parcels.len();
        }
        batch.finish()?;
        tracing::info!(things, letters, "time has come");
        Ok(letters)
    }

    /// As many waiting mails as fit into one batch.
    fn waiting(&mut self) -> Result<Vec<Filed>> {
        let mut octets = 0;
        let mut waiting = self.store.waiting(BATCH)?;
        let fit = waiting.iter().take_while(|filed| {
            octets += filed.size;
            octets <= BATCH_OCTETS
        });
        let fit = fit.count().max(1);
        waiting.truncate(fit);
        Ok(waiting)
    }

    /// Letters whose time has come. What waited for somebody who has left the office meanwhile is not among them: the
    /// coordinator hears of it in the morning.
    pub fn due(&mut self, limit: usize, now: Timestamp) -> Result<Vec<Due>> {
        loop {
            let taken = self.store.due(limit, now)?;
            let none = taken.is_empty();
            let mut due = Vec::with_capacity(taken.len());
            for letter in taken {
                if self.is_for_nobody(&letter, now)? {
                    self.store.hold(letter.row, dispatch::GONE, now)?;
                } else {
                    due.push(letter);
                }
            }
            if none || !due.is_empty() {
                return Ok(due);
            }
        }
    }

    /// Only what has waited can be out of date, and only before its first attempt is it sure that nobody has it.
    fn is_for_nobody(&self, letter: &Due, now: Timestamp) -> Result<bool> {
        if letter.tries > 1 || letter.ticket.is_none() || now.duration_since(letter.queued) < WAITED {
            return Ok(false);
        }
        let form = self.store.letter(letter.row)?.map(|known| known.forma);
        Ok(form.is_some_and(|form| dispatch::is_for_nobody(&self.handbook.office, form, &letter.parcel.to)))
    }

    /// Notes how a letter fared. Of one that will never arrive the administrator hears, unless it was to himself.
    pub fn settle(&mut self, row: i64, outcome: &Outcome, now: Timestamp) -> Result<()> {
        match self.store.settle(row, outcome, now)? {
            Settled::Sent => tracing::debug!(letter = row, "sent"),
            Settled::Again(at) => tracing::debug!(letter = row, %at, "later"),
            Settled::Failed(failure) => {
                tracing::warn!(letter = row, form = failure.form.word(), "given up");
                if failure.to != self.administrator.correo {
                    let case = failure.ticket.map_or_else(|| "ninguno".to_owned(), |id| id.to_string());
                    let detail = format!(
                        "Carta: {} ({})\nPara: {}\nCaso: {case}\nMotivo: {}",
                        row, failure.form, failure.to, failure.why
                    );
                    self.tell_administrator("Una carta no se pudo entregar y no se intentará más.", &detail, now)?;
                }
            }
        }
        Ok(())
    }

    /// Queues a word to the administrator: `what` in one sentence, `detail` line by line.
    pub fn tell_administrator(&mut self, what: &str, detail: &str, now: Timestamp) -> Result<()> {
        let lines = detail.lines().map(str::to_owned).collect();
        let letter = notice::notice(&self.administrator, what, lines);
        let key = format!("aviso {now} {what}");
        let parcel = letter::render(&self.handbook.letters, &self.desk, &self.seal, &letter, &key, now);
        self.store.queue(&[parcel], now)?;
        Ok(())
    }
}

/// Decides one mail and puts it on file.
struct Decider<'a> {
    handbook: &'a Handbook,
    desk: &'a Address,
    administrator: &'a Address,
    seal: &'a Seal,
    filed: &'a Filed,
    now: Timestamp,
}

impl Decider<'_> {
    fn finish(&self, batch: &mut Batch<'_>, mail: &Mail, reading: &Reading) -> Result<()> {
        let (row, now) = (self.filed.row, self.now);
        let mut routes = Vec::new();
        let (decision, parcels) = match batch.original(row, mail)? {
            Some(original) => (duplicate(original.row), Vec::new()),
            None => {
                let situation = self.situation(batch, mail, reading)?;
                let office = &self.handbook.office;
                let decide = || desk::decide(office, now, self.filed.received, mail, reading, &situation);
                let mut decision = guarded("al decidir", decide).map_err(Error::msg)?;
                decision.letters.extend(self.alarm(batch.store(), &decision)?);
                batch.recall(&mut decision)?;
                let writer = Some(mail.from.correo.as_str()).filter(|_| mail.hand == Hand::Person);
                routes = batch.routes(office, &mut decision, writer, now)?;
                let parcels = guarded("al escribir", || self.parcels(&decision, mail)).map_err(Error::msg)?;
                (decision, parcels)
            }
        };
        let handbook = &self.handbook.version;
        batch.commit_mail(&Worked { row, mail, reading, decision: &decision, parcels: &parcels, handbook }, now)?;
        batch.direct(&parcels, &routes, now)?;
        crash::at(Point::MailWritten);
        let ticket = decision.facts.first().map(|(id, _)| id.to_string());
        let (disposition, kind) = (decision.disposition.word(), reading.kind.value.word());
        tracing::info!(mail = row, disposition, kind, ticket, letters = parcels.len(), "worked");
        Ok(())
    }

    /// What the cabinet knows, and what the mail has proven.
    fn situation(&self, batch: &mut Batch<'_>, mail: &Mail, reading: &Reading) -> Result<Situation> {
        let Decider { seal, now, .. } = *self;
        let people = &self.handbook.office.people;
        let sent = |id: &MessageId| batch.store().sent(id);
        let context = seal::context::context(&seal.ring, &self.desk.correo, mail, now, sent)?;
        let mut situation = batch.situation_in(context.as_ref(), mail, now)?;
        if let (None, Some(id)) = (&situation.ticket, self.by_number(batch.store(), mail)?) {
            situation = batch.situation_on(Some(id), mail, now)?;
        }
        let person = people.who(&mail.from.correo);
        let morning = when::instant(when::day_of(now), Time::midnight()).unwrap_or(now);
        let confirmed = match person {
            Some(person) => batch.store().confirmed_since(&person.usuario, morning)?,
            None => false,
        };
        let held = match context.as_ref().filter(|context| context.purpose() == Purpose::Approval) {
            Some(context) => self.held(batch.store(), context.letter())?,
            None => None,
        };
        let moment = Moment { now, received: self.filed.received };
        let standing = Standing::judge(&seal.policy, people, mail, context, moment, confirmed);
        // An answer that confirms an order is looked at as that order.
        let papers = self.papers(batch, mail, held.as_ref().unwrap_or(reading), &situation)?;
        Ok(Situation { truncated: !self.filed.whole, standing, held, papers, ..situation })
    }

    /// The case that somebody of the office names by its number, or an enlace of its dependencia; the server vouches for
    /// him, or nothing is looked up. What he may do there is another question.
    fn by_number(&self, store: &Store, mail: &Mail) -> Result<Option<TicketId>> {
        let (people, from) = (&self.handbook.office.people, mail.from.correo.as_str());
        let of_office = people.who(from).is_some();
        let speaks = people.enlaces.iter().any(|enlace| enlace.correo.eq_ignore_ascii_case(from));
        if !(of_office || speaks) || identity::word(&self.seal.policy, people, mail) != Word::Vouched {
            return Ok(None);
        }
        for id in TicketId::in_text(&mail.subject).into_iter().take(NAMED) {
            let Some(ticket) = store.ticket(id)? else { continue };
            let day = when::day_of(self.filed.received);
            if of_office || ticket.dependencia.is_some_and(|d| people.is_enlace(from, &d, day)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The order that a letter of ours asks about, read again.
    fn held(&self, store: &Store, letter: &MessageId) -> Result<Option<Reading>> {
        let Some(row) = store.held(letter)? else { return Ok(None) };
        let bytes = store.bytes(row)?;
        let read = || reading::read(&self.handbook.rules, &self.handbook.office.people, &mail::parse(&bytes));
        guarded("al leer la orden", read).map(Some).map_err(Error::msg)
    }

    /// Word to the administrator when orders without proof in one name pile up: once in the hour, with the third.
    fn alarm(&self, store: &Store, decision: &Decision) -> Result<Option<Letter>> {
        let unproven = decision.facts.iter().find_map(|(id, event)| match event {
            Event::Unproven(order) => Some((id, &order.quien)),
            _ => None,
        });
        let Some((id, usuario)) = unproven else { return Ok(None) };
        let hour = self.now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        if store.held_since(usuario, hour)? + 1 != ALARMING {
            return Ok(None);
        }
        let what = "En una hora llegaron tres correos con órdenes a nombre de una misma persona y sin prueba de que fueran \
                    suyos. No se cumplió ninguna.";
        let detail = vec![format!("Persona: {usuario}"), format!("Último caso: {id}")];
        Ok(Some(notice::notice(self.administrator, what, detail)))
    }

    /// What the orders of the mail look at; nothing for a mail without any.
    fn papers(&self, batch: &Batch<'_>, mail: &Mail, reading: &Reading, known: &Situation) -> Result<Papers> {
        let orders: Vec<&Command> = reading.commands.iter().flatten().collect();
        if orders.is_empty() {
            return Ok(Papers::default());
        }
        let people = &self.handbook.office.people;
        let usuario = people.who(&mail.from.correo).map(|person| person.usuario.as_str());
        let papers = batch.papers(mail, known.ticket.as_ref(), usuario, &orders, self.now)?;
        if !orders.contains(&&Command::Separar) {
            return Ok(papers);
        }
        let Some(row) = papers.last_reply(people) else { return Ok(papers) };
        let mail = mail::parse(&batch.bytes(row)?);
        let reading = reading::read(&self.handbook.rules, people, &mail);
        Ok(Papers { reply: Some(Arc::new(Reply { received: batch.store().received(row)?, mail, reading })), ..papers })
    }

    /// The letters of a decision, finished. Their Message-IDs follow from the mail, so that the same mail decided again
    /// makes the same letters.
    fn parcels(&self, decision: &Decision, mail: &Mail) -> Vec<Parcel> {
        let letters = decision.letters.iter().enumerate();
        letters
            .map(|(i, letter)| {
                let key = format!("{} {} {i}", self.filed.row, mail.content_key);
                letter::render(&self.handbook.letters, self.desk, self.seal, letter, &key, self.now)
            })
            .collect()
    }
}

fn duplicate(of: i64) -> Decision {
    let why = format!("es el mismo correo que el {of} del libro");
    Decision { disposition: Disposition::Duplicado, facts: Vec::new(), letters: Vec::new(), away: Vec::new(), why }
}

/// Puts a mail into the quarantine, unless it is the store that ails: then the whole batch waits.
fn set_aside(batch: &mut Batch<'_>, row: i64, error: Error, now: Timestamp) -> Result<()> {
    if fault::remedy(&error).is_some() {
        return Err(error);
    }
    tracing::warn!(mail = row, "set aside in the quarantine");
    batch.quarantine(row, &format!("{error:#}"), now)
}

/// Parses and reads every mail of a batch, on as many threads as the machine has cores.
fn open_all(handbook: &Handbook, papers: &[(&Filed, Vec<u8>)]) -> Vec<Opened> {
    let open = |(_, bytes): &(&Filed, Vec<u8>)| {
        guarded("al leerlo", || {
            crash::by(bytes);
            let mail = mail::parse(bytes);
            let reading = reading::read(&handbook.rules, &handbook.office.people, &mail);
            (mail, reading)
        })
        .and_then(|opened| if opened.0.is_beyond_reading() { Err(BEYOND_READING.to_owned()) } else { Ok(opened) })
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = papers.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = papers
            .chunks(share)
            .map(|part| (part.len(), scope.spawn(move || part.iter().map(open).collect::<Vec<Opened>>())))
            .collect();
        let join = |(len, worker): (usize, thread::ScopedJoinHandle<'_, Vec<Opened>>)| {
            worker.join().unwrap_or_else(|_| (0..len).map(|_| Err("falla interna al leerlo".to_owned())).collect())
        };
        workers.into_iter().flat_map(join).collect()
    })
}

/// A panic costs one mail its place in the quarantine, not the daemon its life.
fn guarded<T>(when: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| format!("falla interna {when}; el correo está guardado tal como llegó"))
}
