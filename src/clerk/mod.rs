//! The clerk: reads, decides, writes the answers, and files all of it at once. The story of one mail in ten lines.
mod ahead;
mod decider;
mod guard;
mod scribe;
use crate::clerk::ahead::{Ahead, Opened};
use crate::clerk::decider::Decider;
pub(crate) use crate::clerk::decider::papers;
use crate::clerk::scribe::Scribe;
use crate::crash::{self, Point};
use crate::desk::dispatch;
use crate::desk::notice;
use crate::desk::vigil;
use crate::handbook::Handbook;
use crate::letter;
use crate::letter::parcel::Parcel;
use crate::mail::message::{Address, Hand, Mail};
use crate::outbox::outcome::Outcome;
use crate::seal::Seal;
use crate::seal::canary::Palabra;
use crate::store::canary::Sender;
use crate::store::db::Store;
use crate::store::fault;
use crate::store::ledger::Filed;
use crate::store::queue::{Due, Failure, Settled};
use anyhow::{Error, Result};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

/// Mails of one commit, at most; and their octets with those that are opened ahead, so that a few large ones do not fill the
/// memory.
const BATCH: usize = 128;
const BATCH_OCTETS: u64 = 16 << 20;

/// A letter that waited as long may be out of date.
const WAITED: SignedDuration = SignedDuration::from_mins(10);

/// Where the administrator reads on about the server's word for senders.
const GUIDE: &str =
    "Ejecute «mesa-tic check --connect» y lea en docs/administradores.md «Quién puede dar órdenes por correo».";

/// Who works the mails. It owns the store; nobody else writes while it works.
pub struct Clerk {
    pub store: Store,
    pub handbook: Arc<Handbook>,
    /// What letters come from.
    pub desk: Address,
    pub administrator: Address,
    /// What seals its letters, and judges the mails that answer them.
    pub seal: Seal,
    ahead: Option<Ahead>,
    /// Mails that spoiled the batch at hand, and why.
    spoilers: BTreeMap<i64, String>,
}

impl Clerk {
    pub fn new(store: Store, handbook: Handbook, desk: Address, administrator: Address, seal: Seal) -> Clerk {
        let (handbook, spoilers) = (Arc::new(handbook), BTreeMap::new());
        Clerk { store, handbook, desk, administrator, seal, ahead: None, spoilers }
    }

    /// Puts other rules to work. What was read by the old ones and not yet decided is read again.
    pub fn adopt(&mut self, handbook: Handbook) {
        (self.handbook, self.ahead) = (Arc::new(handbook), None);
    }

    /// Works one batch of the mails that are filed and have no end yet, in the order of their arrival.
    /// Returns how many were brought to an end, if only in the quarantine; 0 when nothing waits.
    pub fn work(&mut self, now: Timestamp) -> Result<usize> {
        let (batch, ended) = match self.ahead.take() {
            Some(ahead) => (Some(ahead), 0),
            None => self.open(None, now)?,
        };
        let Some(batch) = batch else { return Ok(ended) };
        if !batch.is_tired() {
            (self.ahead, _) = self.open(Some(&batch), now)?;
        }
        let worked = self.finish(batch.join(), now);
        if worked.is_err() {
            // These come first when all is well again, before those that were opened ahead.
            self.ahead = None;
        }
        Ok(ended + worked?)
    }

    /// Counts the attempt at the next batch, durably, and has it opened; besides, how many went to the quarantine instead.
    /// `after`: the batch before it, when that is not ended.
    fn open(&mut self, after: Option<&Ahead>, now: Timestamp) -> Result<(Option<Ahead>, usize)> {
        let waiting = self.waiting(after)?;
        if waiting.is_empty() || after.is_some() && waiting.iter().any(|filed| filed.tries > 0) {
            return Ok((None, 0));
        }
        let rows: Vec<i64> = waiting.iter().map(|filed| filed.row).collect();
        let fit = self.store.begin(&rows, now)?;
        let fits = waiting.into_iter().filter(|filed| fit.contains(&filed.row));
        let papers: Vec<(Filed, Vec<u8>)> = fits.zip(self.store.bodies(&fit)?).collect();
        crash::at(Point::Begun);
        let ahead = (!papers.is_empty()).then(|| Ahead::open(&self.handbook, papers));
        Ok((ahead, rows.len() - fit.len()))
    }

    /// Decides one mail after the other, has their letters written meanwhile, and commits all of it.
    fn finish(&mut self, papers: Vec<(Filed, Opened)>, now: Timestamp) -> Result<usize> {
        crash::at(Point::Opened);
        let following = self.following()?;
        let Clerk { store, handbook, desk, administrator, seal, spoilers, .. } = self;
        let (total, known, mut own) = (papers.len(), spoilers.len(), Vec::new());
        let mut batch = store.batch()?;
        let written = thread::scope(|scope| {
            let mut scribe = Scribe::hire(scope, &handbook.letters, desk, now);
            for (filed, opened) in papers {
                // What spoiled a batch is not tried again.
                let opened = spoilers.get(&filed.row).map_or(opened, |why| Err(why.clone()));
                let ended = opened.map_err(Error::msg).and_then(|(mail, reading)| {
                    let decider = Decider { handbook, desk, administrator, seal, filed: &filed, now };
                    let drafts = decider.finish(&mut batch, &mail, &reading)?;
                    own.extend(Some(mail).filter(|mail| mail.hand == Hand::Ourselves));
                    Ok(drafts)
                });
                match ended {
                    Ok(drafts) => scribe.hand(drafts),
                    // It is the store that ails: the whole batch waits.
                    Err(error) if fault::remedy(&error).is_some() => return Err(error),
                    Err(error) if batch.is_spoiled() => {
                        spoilers.insert(filed.row, format!("{error:#}"));
                        return Ok(Vec::new());
                    }
                    Err(error) => {
                        tracing::warn!(mail = filed.row, "set aside in the quarantine");
                        batch.quarantine(filed.row, &format!("{error:#}"), now)?;
                    }
                }
            }
            Ok(scribe.finish())
        })?;
        for letter in written {
            match letter {
                Ok((letter, bytes)) => batch.write(letter, &bytes)?,
                Err((mail, why)) => drop(spoilers.insert(mail, why)),
            }
        }
        if spoilers.len() > known {
            // All of it once more, without those.
            drop(batch);
            self.ahead = None;
            return self.work(now);
        }
        batch.begin(following)?;
        batch.finish()?;
        spoilers.clear();
        self.heed(&own, now)?;
        Ok(total)
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
        if let Some(hour) = dispatch::telling(office, now) {
            timely.extend(dispatch::held(office, now, &store.withheld(hour, &done)?));
        }
        if timely.is_empty() {
            return Ok(0);
        }
        let (things, mut letters) = (timely.len(), 0);
        let mut batch = store.batch()?;
        for mut one in timely {
            let routes = batch.routes(office, &mut one.decision, None, now)?;
            batch.recall(&mut one.decision, &routes)?;
            let key = one.keys.join(" ");
            let render =
                |(i, letter)| letter::render(&handbook.letters, desk, seal, letter, &format!("{key} {i}"), now);
            let parcels: Vec<Parcel> = one.decision.letters.iter().enumerate().map(render).collect();
            batch.commit_timely(&one, &parcels, &routes, now)?;
            letters += parcels.len();
        }
        batch.finish()?;
        tracing::info!(things, letters, "time has come");
        Ok(letters)
    }

    /// The mails of the batch after that which is being opened; none when one of them comes alone, for another process began it.
    fn following(&self) -> Result<Vec<i64>> {
        let Some(ahead) = &self.ahead else { return Ok(Vec::new()) };
        let waiting = self.waiting(Some(ahead))?;
        let fresh = waiting.iter().all(|filed| filed.tries == 0);
        Ok(waiting.into_iter().map(|filed| filed.row).filter(|_| fresh).collect())
    }

    /// As many waiting mails as fit into one batch: one at least, unless there is a batch before it.
    fn waiting(&self, after: Option<&Ahead>) -> Result<Vec<Filed>> {
        let mut octets = after.map_or(0, Ahead::octets);
        let mut waiting = self.store.waiting_after(after.map_or(0, Ahead::last), BATCH)?;
        let fit = waiting.iter().take_while(|filed| {
            octets += filed.size;
            octets <= BATCH_OCTETS
        });
        let fit = fit.count().max(usize::from(after.is_none()));
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

    /// Notes how letters fared. Of one that will never arrive the administrator hears, unless it was to himself.
    pub fn settle(&mut self, fared: &[(i64, Outcome)], now: Timestamp) -> Result<()> {
        let settled = match (self.store.settle(fared, now), fared) {
            // One of them is not as it should be: the others are noted all the same.
            (Err(error), [_, _, ..]) if fault::remedy(&error).is_none() => {
                let each = fared.chunks(1).map(|one| self.settle(one, now)).collect::<Vec<_>>();
                return each.into_iter().collect();
            }
            (settled, _) => settled?,
        };
        for ((row, _), settled) in fared.iter().zip(settled) {
            match settled {
                Settled::Sent => tracing::debug!(letter = row, "sent"),
                Settled::Again(at) => tracing::debug!(letter = row, %at, "later"),
                Settled::Failed(failure) => self.given_up(failure, now)?,
            }
        }
        Ok(())
    }

    fn given_up(&mut self, failure: Failure, now: Timestamp) -> Result<()> {
        let Failure { row, form, to, ticket, why } = failure;
        tracing::warn!(letter = row, form = form.word(), "given up");
        if to == self.administrator.correo {
            return Ok(());
        }
        let case = ticket.map_or_else(|| "ninguno".to_owned(), |id| id.to_string());
        let detail = format!("Carta: {row} ({form})\nPara: {to}\nCaso: {case}\nMotivo: {why}");
        self.tell_administrator("Una carta no se pudo entregar y no se intentará más.", &detail, now)
    }

    /// Queues a word to the administrator: `what` in one sentence, `detail` line by line.
    pub fn tell_administrator(&mut self, what: &str, detail: &str, now: Timestamp) -> Result<()> {
        let lines = detail.lines().map(str::to_owned).collect();
        let letter = notice::notice(&self.administrator, what, lines);
        let key = format!("aviso {now} {what} {detail}");
        let parcel = letter::render(&self.handbook.letters, &self.desk, &self.seal, &letter, &key, now);
        self.store.queue(&[parcel], now)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::handbook::shipped;
    use crate::inbox::raw::{Place, Raw};
    use crate::seal::identity::Policy;
    use crate::seal::ring::Ring;

    /// One commit does for three batches: the first ends, the next is open, the one after it is counted.
    #[test]
    fn each_mail_is_counted_once_and_before_it_is_opened() {
        let (folder, now) = (tempfile::tempdir().unwrap(), "2026-11-25T15:00:00Z".parse().unwrap());
        let desk = Address { correo: "mesa@magdalena.gov.co".to_owned(), nombre: None };
        let handbook = Handbook::load(&shipped(), &desk).unwrap();
        let ring = Ring::new([7; 32], "2026-11-01".parse().unwrap());
        let seal = Seal { ring, policy: Policy::Unverified, plus_address: false };
        let store = Store::open(&folder.path().join("mesa.db"), now).unwrap();
        let mut clerk = Clerk::new(store, handbook, desk.clone(), desk, seal);
        let mails: Vec<Raw> = (0..4 * BATCH)
            .map(|n| {
                let place = Place { mailbox: "INBOX".to_owned(), validity: 1, key: n.to_string() };
                let bytes =
                    format!("From: a{n}@b.co\r\nMessage-ID: <{n}@b.co>\r\nSubject: nota {n}\r\n\r\nx\r\n").into_bytes();
                Raw { place, received: now, size: bytes.len() as u64, bytes }
            })
            .collect();
        clerk.store.file(&mails, now).unwrap();
        let count = |clerk: &Clerk, which: &str| {
            let sql = format!("SELECT count(*) FROM correo WHERE {which}");
            clerk.store.conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let batch = i64::try_from(BATCH).unwrap();
        assert_eq!(clerk.work(now).unwrap(), BATCH);
        assert_eq!(count(&clerk, "destino IS NOT NULL AND intentos = 1"), batch);
        assert_eq!(count(&clerk, "destino IS NULL AND intentos = 1"), 2 * batch);
        while clerk.work(now).unwrap() > 0 {}
        assert_eq!(count(&clerk, "destino IS NOT NULL AND intentos = 1"), 4 * batch);
        assert!(clerk.store.begun.is_empty());
    }
}
