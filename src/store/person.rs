//! All that the cabinet keeps of one person, found by the address: shown when the person asks (Ley 1581 de 2012, art. 8).
use crate::mail;
use crate::store::db::Store;
use crate::store::dispatch::Marked;
use crate::store::instant::TicketKey;
use crate::store::show::{Case, LedgerMail, QueuedLetter};
use crate::store::signs::Signs;
use crate::store::tickets::{json, ticket, ticket_columns};
use crate::ticket::erase::without;
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use anyhow::Result;
use data_encoding::BASE64;
use rusqlite::Params;
use serde::Serialize;
use std::collections::BTreeSet;

/// Where the cabinet holds something of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traces {
    pub direccion: String,
    /// Cases that the person opened, or that are about the person.
    pub casos: BTreeSet<TicketId>,
    /// Of those, the ones that are not closed.
    pub abiertos: BTreeSet<TicketId>,
    /// Rows of the person's mails, and of every mail of those cases.
    pub correos: BTreeSet<i64>,
    /// Of the person's mails, those that wait to be worked.
    pub por_trabajar: BTreeSet<i64>,
    /// Rows of letters to the person, of letters about those cases, of others that name the address, and of those to the office
    /// about no case that say the person's name or numbers.
    pub cartas: BTreeSet<i64>,
    /// Of those, the ones that have not gone out and that others need: they tell of others' cases, or of the office's day.
    pub por_salir: BTreeSet<i64>,
    /// Cases of others in whose history the address stands.
    pub casos_que_la_nombran: BTreeSet<TicketId>,
    /// Mails of others that name the address.
    pub correos_que_la_nombran: BTreeSet<i64>,
    /// The address gives letters back.
    pub marcada: bool,
}

/// A mail of the person, or of a case of the person.
#[derive(Clone, Debug, Serialize)]
pub struct KeptMail {
    #[serde(flatten)]
    pub libro: LedgerMail,
    /// Its readable text.
    pub texto: String,
    /// As it came, attachments included: base64 (RFC 4648).
    pub original: String,
}

/// A letter to the person, or about the person.
#[derive(Clone, Debug, Serialize)]
pub struct KeptLetter {
    #[serde(flatten)]
    pub cola: QueuedLetter,
    pub asunto: String,
    pub texto: String,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    pub direccion: String,
    pub casos: Vec<Case>,
    pub correos: Vec<KeptMail>,
    pub cartas: Vec<KeptLetter>,
    /// The address gives letters back.
    pub marcada: Option<Marked>,
    /// Cases and mails of others that name the address; what they say is theirs.
    pub casos_que_la_nombran: BTreeSet<TicketId>,
    pub correos_que_la_nombran: BTreeSet<i64>,
}

impl Store {
    /// Where something of the person stands; `office` are the addresses of those who work here. Every mail and letter is looked
    /// into: minutes, in a large cabinet.
    pub fn traces(&self, address: &str, office: &BTreeSet<String>) -> Result<Traces> {
        let cases: Vec<Ticket> = self
            .cached(concat!("SELECT ", ticket_columns!(), " FROM caso WHERE solicitante = ?1 OR correo = ?1"))?
            .query_map([address], ticket)?
            .collect::<rusqlite::Result<_>>()?;
        let mut traces = Traces {
            direccion: address.to_owned(),
            casos: cases.iter().map(|case| case.id).collect(),
            abiertos: cases.iter().filter(|case| case.estado != Estado::Cerrado).map(|case| case.id).collect(),
            marcada: self.cached("SELECT 1 FROM direccion WHERE correo = ?1")?.exists([address])?,
            casos_que_la_nombran: self.cases_that_name(address)?,
            ..Traces::default()
        };
        traces.correos = self.rows("SELECT id FROM correo WHERE de = ?1", [address])?;
        traces.cartas = self.rows("SELECT id FROM carta WHERE para = ?1", [address])?;
        for id in &traces.casos {
            traces.correos.extend(self.rows("SELECT id FROM correo WHERE caso = ?1", [TicketKey(*id)])?);
            traces.cartas.extend(self.rows("SELECT id FROM carta WHERE caso = ?1", [TicketKey(*id)])?);
        }
        traces.casos_que_la_nombran.retain(|id| !traces.casos.contains(id));
        let signs = Signs::of(address, &cases);
        self.look_into_letters(&mut traces, &signs, office)?;
        traces.por_salir = self.needed_by_others(&traces)?;
        self.look_into_mails(&mut traces, &signs)?;
        Ok(traces)
    }

    fn cases_that_name(&self, address: &str) -> Result<BTreeSet<TicketId>> {
        let (mut named, addresses) = (BTreeSet::new(), [address.to_owned()]);
        let mut facts = self.cached("SELECT caso, evento FROM hecho WHERE instr(lower(evento), ?1) > 0")?;
        for fact in facts.query_map([address], |row| Ok((row.get::<_, TicketKey>(0)?.0, json(row, 1)?)))? {
            let (id, event) = fact?;
            // As a part of a longer one it is another's.
            if without(&event, &addresses).is_some() {
                named.insert(id);
            }
        }
        Ok(named)
    }

    /// Letters about others' cases are of a person where they name the address. Those to the office about no case tell of many
    /// people, of the day's visits: there a name or a number is enough.
    fn look_into_letters(&self, traces: &mut Traces, signs: &Signs, office: &BTreeSet<String>) -> Result<()> {
        let mut letters =
            self.cached("SELECT id, bytes, caso IS NULL, lower(para) FROM carta JOIN escrito ON carta = id")?;
        let mut rows = letters.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if traces.cartas.contains(&id) {
                continue;
            }
            let mail = mail::parse(row.get_ref(1)?.as_blob()?);
            let tells_of_many = row.get(2)? && office.contains(&row.get::<_, String>(3)?);
            let is_of_person = if tells_of_many { signs.any_in(&mail) } else { signs.address_in(&mail) };
            if is_of_person {
                traces.cartas.insert(id);
            }
        }
        Ok(())
    }

    /// Of these letters, those on their way out that are about somebody else's case, or about none and not to the person.
    fn needed_by_others(&self, traces: &Traces) -> Result<BTreeSet<i64>> {
        let mut needed = BTreeSet::new();
        let mut waiting =
            self.cached("SELECT id, caso, para = ?1 FROM carta WHERE estado IN ('pendiente', 'enviando')")?;
        let mut rows = waiting.query([&traces.direccion])?;
        while let Some(row) = rows.next()? {
            let (id, about, to_person) = (row.get(0)?, row.get::<_, Option<TicketKey>>(1)?, row.get(2)?);
            let is_own = about.map_or(to_person, |about| traces.casos.contains(&about.0));
            if traces.cartas.contains(&id) && !is_own {
                needed.insert(id);
            }
        }
        Ok(needed)
    }

    /// A mail of somebody else is the person's only where it names the address.
    fn look_into_mails(&self, traces: &mut Traces, signs: &Signs) -> Result<()> {
        let mut mails = self.cached(
            "SELECT m.id, c.bytes, m.destino IS NULL FROM correo AS m JOIN cuerpo AS c ON c.sha256 = m.sha256",
        )?;
        let mut rows = mails.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if traces.correos.contains(&id) {
                continue;
            }
            let mail = mail::parse(row.get_ref(1)?.as_blob()?);
            if mail.from.correo == traces.direccion && row.get(2)? {
                traces.por_trabajar.insert(id);
            }
            if mail.from.correo == traces.direccion {
                traces.correos.insert(id);
            } else if signs.address_in(&mail) {
                traces.correos_que_la_nombran.insert(id);
            }
        }
        Ok(())
    }

    fn rows(&self, sql: &'static str, values: impl Params) -> Result<BTreeSet<i64>> {
        Ok(self.cached(sql)?.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Everything, with the words.
    pub fn kept(&self, traces: &Traces) -> Result<Kept> {
        let mut kept = Kept {
            direccion: traces.direccion.clone(),
            casos: Vec::new(),
            correos: Vec::new(),
            cartas: Vec::new(),
            marcada: None,
            casos_que_la_nombran: traces.casos_que_la_nombran.clone(),
            correos_que_la_nombran: traces.correos_que_la_nombran.clone(),
        };
        for id in &traces.casos {
            kept.casos.extend(self.case(*id)?);
        }
        for row in &traces.correos {
            let Some(libro) = self.mail(*row)? else { continue };
            // What was never brought has no bytes.
            let bytes = self.bytes(*row).unwrap_or_default();
            let texto = mail::parse(&bytes).body.text;
            kept.correos.push(KeptMail { libro, texto, original: BASE64.encode(&bytes) });
        }
        for row in &traces.cartas {
            let Some(cola) = self.letter(*row)? else { continue };
            // What was held has no words.
            let mail = mail::parse(&self.letter_bytes(*row)?.unwrap_or_default());
            kept.cartas.push(KeptLetter { cola, asunto: mail.subject, texto: mail.body.text });
        }
        kept.marcada =
            self.marked(usize::MAX >> 1)?.into_iter().find(|m| m.correo.eq_ignore_ascii_case(&traces.direccion));
        Ok(kept)
    }
}
