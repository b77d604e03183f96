//! All that the cabinet keeps of one person, found by the address: shown when the person asks (Ley 1581 de 2012, art. 8).
use crate::mail;
use crate::mail::message::Mail;
use crate::store::db::Store;
use crate::store::dispatch::Marked;
use crate::store::instant::TicketKey;
use crate::store::show::{Case, LedgerMail, QueuedLetter};
use crate::store::tickets::{ticket, ticket_columns};
use crate::ticket::estado::Estado;
use crate::ticket::facts::Ticket;
use crate::ticket::id::TicketId;
use anyhow::Result;
use data_encoding::BASE64;
use rusqlite::Params;
use serde::Serialize;
use std::collections::BTreeSet;

/// Letters of a name or a number below which it could be anybody's.
const TELLING: usize = 7;

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
    /// Rows of letters to the person, of letters about those cases, and of others that say the person's name or numbers.
    pub cartas: BTreeSet<i64>,
    /// Cases of others in whose history the address stands.
    pub casos_que_la_nombran: BTreeSet<TicketId>,
    /// Mails of others that name the address.
    pub correos_que_la_nombran: BTreeSet<i64>,
    /// The address gives letters back.
    pub marcada: bool,
}

impl Traces {
    pub fn is_empty(&self) -> bool {
        let bare = Traces { direccion: self.direccion.clone(), ..Traces::default() };
        *self == bare
    }
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
    /// Where something of the person stands. Every mail and letter is looked into: minutes, in a large cabinet.
    pub fn traces(&self, address: &str) -> Result<Traces> {
        let cases: Vec<Ticket> = self
            .cached(concat!("SELECT ", ticket_columns!(), " FROM caso WHERE solicitante = ?1 OR correo = ?1"))?
            .query_map([address], ticket)?
            .collect::<rusqlite::Result<_>>()?;
        let mut traces = Traces {
            direccion: address.to_owned(),
            casos: cases.iter().map(|case| case.id).collect(),
            abiertos: cases.iter().filter(|case| case.estado != Estado::Cerrado).map(|case| case.id).collect(),
            marcada: self.cached("SELECT 1 FROM direccion WHERE correo = ?1")?.exists([address])?,
            ..Traces::default()
        };
        traces.correos = self.rows("SELECT id FROM correo WHERE de = ?1", [address])?;
        traces.cartas = self.rows("SELECT id FROM carta WHERE para = ?1", [address])?;
        for id in &traces.casos {
            traces.correos.extend(self.rows("SELECT id FROM correo WHERE caso = ?1", [TicketKey(*id)])?);
            traces.cartas.extend(self.rows("SELECT id FROM carta WHERE caso = ?1", [TicketKey(*id)])?);
        }
        let naming = self.rows("SELECT DISTINCT caso FROM hecho WHERE instr(lower(evento), ?1) > 0", [address])?;
        traces.casos_que_la_nombran = naming.into_iter().filter_map(TicketKey::from_key).map(|key| key.0).collect();
        traces.casos_que_la_nombran.retain(|id| !traces.casos.contains(id));
        self.look_into_letters(&mut traces, &signs(address, &cases))?;
        self.look_into_mails(&mut traces)?;
        Ok(traces)
    }

    /// Letters of ours are of a person when they say the name or a number as well: to a technician, of the day's visits.
    fn look_into_letters(&self, traces: &mut Traces, signs: &[String]) -> Result<()> {
        let mut letters = self.cached("SELECT carta, bytes FROM escrito")?;
        let mut rows = letters.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if !traces.cartas.contains(&id) && names(&mail::parse(row.get_ref(1)?.as_blob()?), signs) {
                traces.cartas.insert(id);
            }
        }
        Ok(())
    }

    /// A mail of somebody else is the person's only where it names the address.
    fn look_into_mails(&self, traces: &mut Traces) -> Result<()> {
        let mut mails = self.cached(
            "SELECT m.id, c.bytes, m.destino IS NULL FROM correo AS m JOIN cuerpo AS c ON c.sha256 = m.sha256",
        )?;
        let address = [traces.direccion.clone()];
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
            } else if names(&mail, &address) {
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
            let (Some(cola), Some(bytes)) = (self.letter(*row)?, self.letter_bytes(*row)?) else { continue };
            let mail = mail::parse(&bytes);
            kept.cartas.push(KeptLetter { cola, asunto: mail.subject, texto: mail.body.text });
        }
        kept.marcada =
            self.marked(usize::MAX >> 1)?.into_iter().find(|m| m.correo.eq_ignore_ascii_case(&traces.direccion));
        Ok(kept)
    }
}

/// By what the person is known in our letters: the address, and what the cases that are the person's own say.
fn signs(address: &str, cases: &[Ticket]) -> Vec<String> {
    let mut signs = BTreeSet::from([address.to_owned()]);
    for case in cases {
        let contact = &case.contacto;
        if contact.correo.as_ref().is_none_or(|correo| correo.eq_ignore_ascii_case(address)) {
            let said = [&contact.nombre, &contact.telefono, &contact.celular];
            let telling = said.into_iter().flatten().filter(|said| said.chars().count() >= TELLING);
            signs.extend(telling.map(|said| said.to_lowercase()));
        }
    }
    signs.into_iter().collect()
}

/// Does the mail say one of these, in its headers, its text or a mail attached to it? `signs` are in lower case.
fn names(mail: &Mail, signs: &[String]) -> bool {
    let people = [&mail.from].into_iter().chain(&mail.to).chain(&mail.cc).chain(&mail.reply_to);
    let said = people.flat_map(|a| [a.correo.as_str(), a.nombre.as_deref().unwrap_or_default()]);
    let recipient = mail.bounce.as_ref().and_then(|bounce| bounce.recipient.as_deref());
    let mut said = said.chain([mail.subject.as_str(), mail.body.text.as_str()]).chain(recipient);
    let says = |text: &str| {
        // A name may be cut by a line's end, and a number written in groups.
        let words = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let joined: String = words.chars().filter(|c| !" -.()".contains(*c)).collect();
        signs.iter().any(|sign| words.contains(sign.as_str()) || is_number(sign) && joined.contains(sign.as_str()))
    };
    said.any(says) || mail.attached.iter().any(|mail| names(mail, signs))
}

fn is_number(sign: &str) -> bool {
    sign.bytes().all(|octet| octet.is_ascii_digit())
}
