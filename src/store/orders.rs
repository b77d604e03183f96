//! Orders that wait for a word of the person in whose name they came: kept from the mail to the answer that confirms it.
use crate::desk::decision::{Form, Letter};
use crate::letter::parcel::Stamp;
use crate::mail::message::MessageId;
use crate::store::db::Store;
use crate::store::instant::{Instant, TicketKey};
use crate::ticket::facts::Event;
use crate::ticket::id::TicketId;
use anyhow::{Result, ensure};
use jiff::Timestamp;
use rusqlite::OptionalExtension;

/// Orders counted; whoever asks has a limit far below.
const ENOUGH: u32 = 100;

impl Store {
    /// The mail whose order this letter asks about, unless it was carried out already.
    pub fn held(&self, letter: &MessageId) -> Result<Option<i64>> {
        let mut held = self.cached("SELECT correo FROM orden WHERE carta = ?1 AND cumplida IS NULL")?;
        Ok(held.query_row([&letter.0], |row| row.get(0)).optional()?)
    }

    /// Cases with other orders in this person's name that were held since then and are not carried out. `letter` asks about one.
    pub fn held_besides(&self, usuario: &str, letter: &MessageId, since: Timestamp) -> Result<Vec<TicketId>> {
        let mut others = self.cached(
            "SELECT DISTINCT correo.caso FROM orden JOIN correo ON correo.id = orden.correo
             WHERE quien = ?1 AND cuando >= ?2 AND cumplida IS NULL AND ifnull(carta, '') <> ?3 AND correo.caso IS NOT NULL
             ORDER BY correo.caso LIMIT ?4",
        )?;
        let cases = others.query_map((usuario, Instant(since), &letter.0, ENOUGH), |row| row.get::<_, TicketKey>(0))?;
        Ok(cases.map(|key| key.map(|key| key.0)).collect::<rusqlite::Result<_>>()?)
    }

    /// Orders in this person's name that were held since then.
    pub fn held_since(&self, usuario: &str, since: Timestamp) -> Result<u32> {
        let mut count =
            self.cached("SELECT count(*) FROM (SELECT 1 FROM orden WHERE quien = ?1 AND cuando >= ?2 LIMIT ?3)")?;
        Ok(count.query_row((usuario, Instant(since), ENOUGH), |row| row.get(0))?)
    }

    /// Has this person confirmed an order since then?
    pub fn confirmed_since(&self, usuario: &str, since: Timestamp) -> Result<bool> {
        let mut done = self.cached("SELECT 1 FROM orden WHERE quien = ?1 AND cumplida >= ?2")?;
        Ok(done.exists((usuario, Instant(since)))?)
    }

    /// Was this address asked to confirm something since then, or told that its orders belong to no case?
    pub fn asked_since(&self, correo: &str, since: Timestamp) -> Result<bool> {
        let mut asked = self.cached(
            "SELECT 1 FROM carta WHERE para = ?1 AND cancelada IN (0, 1) AND encolada >= ?2
             AND (forma = 'confirmacion' OR forma = 'ordenes' AND caso IS NULL)",
        )?;
        Ok(asked.exists((correo, Instant(since)))?)
    }

    /// Notes what the facts of one mail say of orders: held, with the letter that asks about it, or confirmed.
    pub(crate) fn note_orders(
        &mut self,
        mail: i64,
        facts: &[(TicketId, Event)],
        letters: &[Letter],
        stamps: &[Stamp],
        now: Timestamp,
    ) -> Result<()> {
        let asks = letters.iter().zip(stamps).find(|(letter, _)| letter.form == Form::Confirmacion);
        for (_, event) in facts {
            match event {
                Event::Unproven(order) => {
                    let mut hold =
                        self.cached("INSERT INTO orden (correo, quien, cuando, carta) VALUES (?1, ?2, ?3, ?4)")?;
                    hold.execute((mail, &order.quien, Instant(now), asks.map(|(_, stamp)| &stamp.id.0)))?;
                }
                Event::Confirmed { carta, .. } => {
                    let mut done =
                        self.cached("UPDATE orden SET cumplida = ?2 WHERE carta = ?1 AND cumplida IS NULL")?;
                    ensure!(done.execute((&carta.0, Instant(now)))? == 1, "esa orden ya se había cumplido");
                }
                Event::Opened(_)
                | Event::Moved { .. }
                | Event::Assigned { .. }
                | Event::Ranked { .. }
                | Event::Filed { .. }
                | Event::Booked(_)
                | Event::Pinned(_)
                | Event::Completed(_)
                | Event::Corrected(_)
                | Event::Received { .. }
                | Event::Undelivered { .. }
                | Event::Noted { .. }
                | Event::Waiting { .. }
                | Event::Tagged { .. }
                | Event::Spent { .. }
                | Event::Approved { .. }
                | Event::Returned { .. }
                | Event::Merged { .. }
                | Event::Absorbed { .. }
                | Event::Split { .. }
                | Event::Linked { .. }
                | Event::Rated { .. }
                | Event::Released { .. }
                | Event::Invited(_)
                | Event::Answered { .. }
                | Event::Said { .. } => {}
            }
        }
        Ok(())
    }
}
