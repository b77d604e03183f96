//! Decided mails go on file: a batch of mails, one commit. Where one fails, all of it is taken back.
use crate::crash::{self, Point};
use crate::desk::decision::{Decision, Disposition, Form, Letter, Situation};
use crate::desk::dispatch::Route;
use crate::letter::parcel::{Parcel, Stamp};
use crate::mail::message::{Address, Attachment, Hand, Mail, MessageId};
use crate::reading::note::Reading;
use crate::seal::context::Verified;
use crate::store::db::Store;
use crate::store::erase::BLANK_KEY;
use crate::store::fault::with_remedy;
use crate::store::instant::{Instant, TicketKey};
use crate::ticket::erase::NOBODY;
use crate::ticket::id::TicketId;
use anyhow::{Result, ensure};
use jiff::Timestamp;
use rusqlite::OptionalExtension;
use std::collections::BTreeSet;

/// One mail, read and decided.
#[derive(Clone, Copy)]
pub struct Worked<'a> {
    /// Its row in the ledger.
    pub row: i64,
    pub mail: &'a Mail,
    pub reading: &'a Reading,
    pub decision: &'a Decision,
    /// One for each letter of the decision, in its order. The words follow by [`Batch::write`].
    pub stamps: &'a [Stamp],
    /// When each of them goes out, if at all.
    pub routes: &'a [Route],
    /// Version of the handbook by which it was read.
    pub handbook: &'a str,
}

/// The mail of which another is the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    pub row: i64,
    pub ticket: Option<TicketId>,
}

/// A transaction in progress. Dropped before [`Batch::finish`], nothing of it happened.
pub struct Batch<'a> {
    store: &'a mut Store,
    /// Mails that come to an end in it.
    ended: Vec<i64>,
    /// Mails that are begun when it ends.
    begun: Vec<i64>,
    /// Letters queued that have no words yet.
    owed: usize,
    /// Something of it failed halfway: it can only be taken back.
    spoiled: bool,
    finished: bool,
}

impl Store {
    /// Begins a transaction. Whoever else wants to write waits until it ends; who reads waits for nobody.
    pub fn batch(&mut self) -> Result<Batch<'_>> {
        let begun = self.cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        begun.map_err(|error| with_remedy(error.into()))?;
        Ok(Batch { store: self, ended: Vec::new(), begun: Vec::new(), owed: 0, spoiled: false, finished: false })
    }

    /// All of `work` in one transaction, durable on return, or nothing of it.
    pub(crate) fn together<T>(&mut self, work: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
        let batch = self.batch()?;
        let done = work(batch.store).map_err(with_remedy)?;
        batch.finish()?;
        Ok(done)
    }
}

impl Batch<'_> {
    /// [`Store::situation`], with all that this batch has written.
    pub fn situation(&mut self, mail: &Mail, now: Timestamp) -> Result<Situation> {
        self.store.situation(mail, now)
    }

    /// [`Store::situation_on`], with all that this batch has written.
    pub fn situation_on(&mut self, id: Option<TicketId>, mail: &Mail, now: Timestamp) -> Result<Situation> {
        self.store.situation_on(id, mail, now)
    }

    /// [`Store::situation_in`], with all that this batch has written.
    pub fn situation_in(&mut self, context: Option<&Verified>, mail: &Mail, now: Timestamp) -> Result<Situation> {
        self.store.situation_in(context, mail, now)
    }

    /// The store, to look things up with all that this batch has written.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// The same mail (by its content key) on another row: it came by another road, or its UID changed.
    pub fn original(&self, row: i64, mail: &Mail) -> Result<Option<Original>> {
        self.store.original(row, mail)
    }

    /// All that one mail causes: its facts, letters, attachments and its disposition. An error spoils the batch.
    /// Returns the rows of its letters, in their order; of one that goes to nobody or is held, and so is not written, none.
    pub fn commit_mail(&mut self, worked: &Worked<'_>, now: Timestamp) -> Result<Vec<Option<i64>>> {
        let letters = self.entirely(|store| {
            if worked.mail.hand == Hand::Person {
                // Whoever writes can be written to.
                store.forget(&worked.mail.from.correo)?;
            }
            store.append(&worked.decision.facts, Some(worked.row), now)?;
            store.keep_away(&worked.decision.away, Some(worked.row), now)?;
            crash::at(Point::FactsWritten);
            store.dispose(worked, now)?;
            if store.is_twin_of_blank(worked)? {
                store.blank_mails(&BTreeSet::from([worked.row]))?;
            } else {
                for (order, attachment) in (1_i64..).zip(attachments(worked.mail)) {
                    store.attach(worked.row, order, attachment)?;
                }
            }
            let Decision { facts, letters, .. } = worked.decision;
            let stamps = worked.stamps.iter().map(|stamp| (&stamp.id, stamp.to.as_str()));
            let rows = store.post(letters, stamps, worked.routes, Some((worked.row, &worked.mail.from)), now)?;
            store.note_orders(worked.row, facts, letters, worked.stamps, now)?;
            Ok(rows)
        })?;
        self.owed += letters.iter().flatten().count();
        self.ended.push(worked.row);
        Ok(letters)
    }

    /// The bytes of a letter that [`Batch::commit_mail`] queued: they are written while other mails are decided.
    pub fn write(&mut self, letter: i64, bytes: &[u8]) -> Result<()> {
        self.owed -= self.entirely(|store| store.write_out(letter, bytes))?;
        Ok(())
    }

    /// What no mail but time or the desk itself causes.
    pub fn commit_own(
        &mut self,
        decision: &Decision,
        parcels: &[Parcel],
        routes: &[Route],
        now: Timestamp,
    ) -> Result<()> {
        self.entirely(|store| {
            store.append(&decision.facts, None, now)?;
            store.keep_away(&decision.away, None, now)?;
            let stamps = parcels.iter().map(|parcel| (&parcel.id, parcel.to.as_str()));
            let rows = store.post(&decision.letters, stamps, routes, None, now)?;
            for (row, parcel) in rows.into_iter().zip(parcels) {
                row.map(|row| store.write_out(row, &parcel.bytes)).transpose()?;
            }
            Ok(())
        })
    }

    /// A mail that cannot be worked, and why; the words are for the administrator.
    pub fn quarantine(&mut self, row: i64, why: &str, now: Timestamp) -> Result<()> {
        self.entirely(|store| store.set_aside(row, why, now))?;
        self.ended.push(row);
        Ok(())
    }

    /// Counts an attempt at each of these mails with all the rest: when they are opened next, that costs no commit of its own
    /// ([`Store::begin`]). What this process began before is not counted again.
    pub fn begin(&mut self, mut rows: Vec<i64>) -> Result<()> {
        rows.retain(|row| !self.store.begun.contains(row));
        let counted =
            self.entirely(|store| rows.iter().map(|row| store.count_attempt(*row)).collect::<Result<Vec<_>>>())?;
        self.begun.extend(rows.into_iter().zip(counted).filter_map(|(row, counted)| counted.then_some(row)));
        Ok(())
    }

    /// Makes it all durable. On an error it is unknown whether it is: ask the cabinet again what waits.
    pub fn finish(mut self) -> Result<()> {
        ensure!(!self.spoiled, "el lote falló a medias y no se guarda nada de él");
        ensure!(self.owed == 0, "{} cartas quedaron sin escribir", self.owed);
        crash::at(Point::Committing);
        let committed = self.store.cached("COMMIT").and_then(|mut commit| commit.execute([]));
        match committed {
            Ok(_) => {
                self.finished = true;
                self.store.begun.retain(|row| !self.ended.contains(row));
                self.store.begun.extend(&self.begun);
                crash::at(Point::Committed);
                Ok(())
            }
            Err(error) => {
                let store = self.abandon();
                let error = with_remedy(error.into());
                match store.reopen() {
                    Ok(()) => Err(error),
                    Err(again) => {
                        Err(error.context(format!("tampoco se pudo abrir de nuevo la base de datos ({again:#})")))
                    }
                }
            }
        }
    }

    /// The bytes of a mail.
    pub fn bytes(&self, row: i64) -> Result<Vec<u8>> {
        self.store.bytes(row)
    }

    /// Takes back what is not committed.
    fn abandon(&mut self) -> &mut Store {
        self.finished = true;
        self.store.agenda = None;
        if !self.store.conn.is_autocommit() {
            // A transaction that cannot even be rolled back dies with its connection.
            let _ = self.store.conn.execute_batch("ROLLBACK");
        }
        self.store
    }

    /// Did something fail halfway? Then nothing of the batch can be kept. A savepoint for each mail would save the others, and
    /// cost all of them more than the rare failure does.
    pub fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// `work`, or the batch is spoiled.
    fn entirely<T>(&mut self, work: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
        // A full disk makes SQLite take the whole transaction back: what follows would be durable by itself, half a batch.
        ensure!(
            !self.spoiled && !self.store.conn.is_autocommit(),
            "SQLite deshizo el lote; hay que empezarlo de nuevo"
        );
        let done = work(self.store).map_err(with_remedy);
        self.spoiled = done.is_err();
        done
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.abandon();
        }
    }
}

impl Store {
    fn original(&self, row: i64, mail: &Mail) -> Result<Option<Original>> {
        let mut twin = self.cached("SELECT id, caso FROM correo WHERE huella = ?1 AND id <> ?2 ORDER BY id LIMIT 1")?;
        let found = |row: &rusqlite::Row<'_>| {
            Ok(Original { row: row.get(0)?, ticket: row.get::<_, Option<TicketKey>>(1)?.map(|key| key.0) })
        };
        Ok(twin.query_row((&mail.content_key, row), found).optional()?)
    }

    /// Was this mail taken out of the cabinet before? It came again after a restoration, or under another UID: it is not kept
    /// a second time.
    fn is_twin_of_blank(&self, worked: &Worked<'_>) -> Result<bool> {
        if worked.decision.disposition != Disposition::Duplicado {
            return Ok(false);
        }
        let mut blank = self.cached("SELECT 1 FROM correo WHERE huella = ?1 AND id <> ?2 AND sha256 = ?3 LIMIT 1")?;
        Ok(blank.exists((&worked.mail.content_key, worked.row, BLANK_KEY))?)
    }

    /// The ticket that a mail is put on: whose facts it made, whom a letter is about, or its twin's.
    fn ticket_for(&self, worked: &Worked<'_>) -> Result<Option<TicketId>> {
        let Decision { disposition, facts, letters, .. } = worked.decision;
        if *disposition == Disposition::Duplicado {
            return Ok(self.original(worked.row, worked.mail)?.and_then(|original| original.ticket));
        }
        let acted = facts.first().map(|(id, _)| *id);
        Ok(acted.or_else(|| letters.iter().find_map(|letter| letter.about)))
    }

    fn dispose(&mut self, worked: &Worked<'_>, now: Timestamp) -> Result<()> {
        let decision = worked.decision;
        ensure!(decision.disposition != Disposition::Cuarentena, "la cuarentena no se decide: use `quarantine`");
        let mut row = self.cached(
            "UPDATE correo SET destino = ?2, motivo = ?3, decidido = ?4, caso = ?5, de = ?6, asunto = ?7, mensaje = ?8,
                huella = ?9, clase = ?10, regla = ?11, manual = ?12
             WHERE id = ?1 AND destino IS NULL",
        )?;
        let ticket = self.ticket_for(worked)?;
        let changed = row.execute(rusqlite::params![
            worked.row,
            decision.disposition.word(),
            decision.why,
            Instant(now),
            ticket.map(TicketKey),
            worked.mail.from.correo,
            worked.mail.subject,
            worked.mail.id.as_ref().map(|id| &id.0),
            worked.mail.content_key,
            worked.reading.kind.value.word(),
            worked.reading.kind.rule.as_str(),
            worked.handbook,
        ])?;
        ensure!(changed == 1, "el correo {} ya tenía destino", worked.row);
        Ok(())
    }

    fn attach(&mut self, mail: i64, order: i64, attachment: &Attachment) -> Result<()> {
        self.keep(&attachment.sha256, &attachment.bytes)?;
        let mut row = self.cached(
            "INSERT INTO adjunto (correo, orden, nombre, tipo, incrustado, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (correo, orden) DO NOTHING",
        )?;
        row.execute((mail, order, &attachment.name, &attachment.kind, attachment.inline, &attachment.sha256))?;
        Ok(())
    }

    /// Puts letters in the queue, each with its id, its recipient and its way; returns the rows of those that are to be written. A
    /// letter that was queued before is an error here: its mail would be worked twice. `mail` is the row that brings them about,
    /// and who wrote it.
    fn post<'p>(
        &mut self,
        letters: &[Letter],
        stamps: impl ExactSizeIterator<Item = (&'p MessageId, &'p str)>,
        routes: &[Route],
        mail: Option<(i64, &Address)>,
        now: Timestamp,
    ) -> Result<Vec<Option<i64>>> {
        ensure!(letters.len() == stamps.len(), "{} cartas y {} envíos", letters.len(), stamps.len());
        ensure!(letters.len() == routes.len(), "{} cartas y {} rumbos", letters.len(), routes.len());
        let mut entry = self.cached(
            "INSERT INTO carta (mensaje, forma, para, caso, correo, contesta, aviso_datos, encolada, hechos,
                estado, cancelada, proximo, terminada, motivo)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ifnull((SELECT hechos FROM caso WHERE id = ?4), 0), ?9, ?10, ?11, ?12, ?13)",
        )?;
        let post = |((letter, (id, to)), route): ((&Letter, (&MessageId, &str)), &Route)| {
            // A person who was taken out of the books gets no letters.
            if letter.to.correo == NOBODY {
                return Ok(None);
            }
            let to_author = mail.is_some_and(|(_, author)| author.correo.eq_ignore_ascii_case(&letter.to.correo));
            let (estado, from, held) = match route {
                Route::Now => ("pendiente", now, None),
                Route::At(at) => ("pendiente", *at, None),
                Route::Held(why) => ("cancelada", now, Some(*why)),
            };
            let row = entry.insert(rusqlite::params![
                id.0,
                letter.form.word(),
                to,
                letter.about.map(TicketKey),
                mail.map(|(row, _)| row),
                is_answer(letter.form, to_author),
                letter.blanks.aviso,
                Instant(now),
                estado,
                held.is_some(),
                Instant(from),
                held.map(|_| Instant(now)),
                held,
            ])?;
            // In a flood neither time nor room goes into words that nobody is sent.
            Ok(held.is_none().then_some(row))
        };
        letters.iter().zip(stamps).zip(routes).map(post).collect()
    }

    /// The bytes of a queued letter; returns 1, for they are written once.
    pub(crate) fn write_out(&self, letter: i64, bytes: &[u8]) -> Result<usize> {
        Ok(self.cached("INSERT INTO escrito (carta, bytes) VALUES (?1, ?2)")?.execute((letter, bytes))?)
    }
}

/// Does a mail of whoever gets this letter bring it about? Those are counted and capped.
fn is_answer(form: Form, to_author: bool) -> bool {
    match form {
        Form::Acuse | Form::Completado | Form::Consulta | Form::MuyGrande | Form::Horas => true,
        Form::Estado => to_author,
        Form::Asignacion
        | Form::Novedad
        | Form::Resumen
        | Form::Ordenes
        | Form::Confirmacion
        | Form::Caso
        | Form::Cita
        | Form::Recordatorio
        | Form::Realizada
        | Form::Agenda
        | Form::Ayuda
        | Form::Aviso => false,
    }
}

/// Those of the mail and of the mails attached to it.
fn attachments(mail: &Mail) -> Vec<&Attachment> {
    mail.attachments.iter().chain(mail.attached.iter().flat_map(attachments)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::desk::decision::Blanks;
    use crate::inbox::raw::{Place, Raw};
    use crate::mail::message::MessageId;
    use crate::outbox::outcome::Outcome;
    use crate::store::fault::is_full;
    use crate::store::show::Sending;
    use tempfile::TempDir;

    fn now() -> Timestamp {
        "2026-11-25T15:00:00Z".parse().unwrap()
    }

    fn raw(key: &str, size: usize) -> Raw {
        let place = Place { mailbox: "INBOX".into(), validity: 7, key: key.into() };
        Raw { place, received: now(), size: size as u64, bytes: key.repeat(size / key.len()).into_bytes() }
    }

    /// A decision to write one letter of so many bytes.
    fn letter(id: &str, size: usize) -> (Decision, Parcel) {
        let to = Address { correo: "laura@magdalena.gov.co".into(), nombre: None };
        let letter =
            Letter { form: Form::Acuse, to, about: None, answers: None, references: vec![], blanks: Blanks::default() };
        let parcel = Parcel { id: MessageId(id.into()), to: letter.to.correo.clone(), bytes: vec![b'.'; size] };
        let why = String::new();
        (Decision { disposition: Disposition::Ajeno, facts: vec![], letters: vec![letter], away: vec![], why }, parcel)
    }

    /// A cabinet on a disk that holds only so many pages more.
    fn cramped(pages: i64) -> (TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("mesa.db"), now()).unwrap();
        make_room(&store, pages);
        (folder, store)
    }

    fn make_room(store: &Store, pages: i64) {
        let used: i64 = store.conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.conn.pragma_update_and_check(None, "max_page_count", used + pages, |row| row.get::<_, i64>(0)).unwrap();
    }

    #[test]
    fn a_full_disk_files_nothing_and_goes_on_when_there_is_room() {
        let (_folder, mut store) = cramped(20);
        let mails = [raw("1", 4096), raw("2", 400_000)];
        let error = store.file(&mails, now()).unwrap_err();
        assert!(is_full(&error), "{error:#}");
        assert!(error.to_string().contains("libere espacio"), "{error}");
        let places: Vec<Place> = mails.iter().map(|m| m.place.clone()).collect();
        assert_eq!(store.unknown(&places).unwrap(), places, "nothing may be acknowledged");
        make_room(&store, 1000);
        store.file(&mails, now()).unwrap();
        assert_eq!(store.waiting(10).unwrap().len(), 2);
    }

    #[test]
    fn a_disk_that_fills_up_in_a_batch_takes_the_batch_back() {
        let (_folder, mut store) = cramped(20);
        let ((small, first), (large, second)) = (letter("a@mesa", 100), letter("b@mesa", 400_000));
        let mut batch = store.batch().unwrap();
        batch.commit_own(&small, std::slice::from_ref(&first), &[Route::Now], now()).unwrap();
        let error = batch.commit_own(&large, std::slice::from_ref(&second), &[Route::Now], now()).unwrap_err();
        assert!(is_full(&error), "{error:#}");
        drop(batch);
        assert_eq!(store.unsent(10).unwrap(), []);
        make_room(&store, 1000);
        let mut batch = store.batch().unwrap();
        batch.commit_own(&small, &[first], &[Route::Now], now()).unwrap();
        batch.commit_own(&large, &[second], &[Route::Now], now()).unwrap();
        batch.finish().unwrap();
        assert_eq!(store.unsent(10).unwrap().len(), 2);
    }

    #[test]
    fn a_letter_that_went_out_on_a_full_disk_goes_out_once() {
        let (_folder, mut store) = cramped(1000);
        let (letters, parcel) = letter("a@mesa", 100);
        let mut batch = store.batch().unwrap();
        batch.commit_own(&letters, &[parcel], &[Route::Now], now()).unwrap();
        batch.finish().unwrap();
        let row = store.due(10, now()).unwrap().first().unwrap().row;
        make_room(&store, 0);
        let sent = Outcome::Sent { receipt: "250 ".repeat(10_000) };
        assert!(is_full(&store.settle(&[(row, sent)], now()).unwrap_err()));
        let much_later = now().checked_add(jiff::SignedDuration::from_hours(9)).unwrap();
        assert!(is_full(&store.due(10, much_later).unwrap_err()), "nothing leaves before it is written");
        make_room(&store, 1000);
        assert_eq!(store.due(10, much_later).unwrap(), []);
        assert_eq!(store.letter(row).unwrap().unwrap().estado, Sending::Enviada);
    }

    /// A COMMIT may be on the disk although it was reported failed.
    #[test]
    fn a_mail_that_ended_in_a_commit_nobody_vouched_for_is_counted_when_it_comes_back() {
        let (_folder, mut store) = cramped(1000);
        store.file(&[raw("1", 100), raw("2", 100)], now()).unwrap();
        assert_eq!(store.begin(&[1, 2], now()).unwrap(), [1, 2]);
        let mut batch = store.batch().unwrap();
        batch.quarantine(1, "no se lee", now()).unwrap();
        batch.store.conn.execute_batch("COMMIT").unwrap();
        assert!(batch.finish().is_err());
        assert!(store.retry_mail(1).unwrap(), "it was set aside all the same");
        assert_eq!(store.begin(&[1, 2], now()).unwrap(), [1, 2]);
        let mut attempts = store.conn.prepare("SELECT intentos FROM correo ORDER BY id").unwrap();
        let attempts: Vec<u32> = attempts.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(attempts, [1, 1], "the first anew, the second once for this process");
    }

    #[test]
    fn a_batch_that_sqlite_took_back_says_so() {
        let (_folder, mut store) = cramped(1000);
        let (small, parcel) = letter("a@mesa", 100);
        let mut batch = store.batch().unwrap();
        batch.store.conn.execute_batch("ROLLBACK").unwrap();
        assert!(batch.commit_own(&small, &[parcel], &[Route::Now], now()).is_err());
        assert!(batch.finish().is_err());
        assert_eq!(store.unsent(10).unwrap(), []);
        let (small, parcel) = letter("b@mesa", 100);
        let mut batch = store.batch().unwrap();
        batch.commit_own(&small, &[parcel], &[Route::Now], now()).unwrap();
        batch.finish().unwrap();
        assert_eq!(store.unsent(10).unwrap().len(), 1, "the new connection works on");
    }
}
