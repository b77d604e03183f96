//! An IMAP folder as a mailbox (RFC 9051 and 3501), one connection kept as long as it lasts.
mod fetch;
mod idle;
mod line;
mod login;
mod session;
mod settle;
mod sieve;
mod words;

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{debug, info, warn};

use crate::inbox::imap::fetch::{Brought, bite};
use crate::inbox::imap::session::Session;
use crate::inbox::imap::settle::{find, settle};
use crate::inbox::raw::{Fetched, Listed, Place, Raw, Settled};
use crate::inbox::setting::Account;
use crate::net::fault::Fault;
use crate::net::oauth::Purse;

/// Time to list a folder, however large.
const LISTING: Duration = Duration::from_secs(300);
/// Time to take leave.
const LEAVE: Duration = Duration::from_secs(2);
/// A body that comes back shorter than listed, and of the same length so many times, is all there is: some servers only
/// estimate sizes.
pub const ESTIMATES: u32 = 3;

/// The session is taken out for each question and put back when the question is answered: whoever drops a question halfway
/// drops its connection too, and never reads the answer to another one.
#[derive(Debug)]
pub struct Imap {
    account: Account,
    session: Option<Session>,
    purse: Purse,
    /// Bodies that came back short: their length and how often, by UIDVALIDITY and UID.
    short: HashMap<(u32, u32), (usize, u32)>,
}

impl Imap {
    pub fn new(account: Account) -> Imap {
        Imap { account, session: None, purse: Purse::default(), short: HashMap::new() }
    }

    pub async fn list(&mut self) -> Result<Vec<Listed>, Fault> {
        let mut session = self.take().await?;
        // Anew even if it is open: UIDVALIDITY and the number of mails are to be those of now.
        session.select(&self.account).await?;
        session.line.news = false;
        let metas = if session.line.exists == 0 { Vec::new() } else { session.metas("1:*", LISTING).await? };
        let listed = metas.into_iter().map(|meta| meta.listed(self.place(session.validity, meta.uid))).collect();
        self.session = Some(session);
        Ok(listed)
    }

    pub async fn fetch(&mut self, places: &[Place]) -> Result<Fetched, Fault> {
        let mut session = self.take().await?;
        let (uids, mut gone) = self.uids(session.validity, places);
        let bite = bite(&mut session, &uids, self.account.max_size).await?;
        gone.extend(bite.gone.into_iter().map(|uid| self.place(session.validity, uid)));
        let mut fetched = Fetched { gone, ..Fetched::default() };
        for brought in bite.brought {
            let place = self.place(session.validity, brought.meta.uid);
            match self.mail(place, brought) {
                Ok(mail) => fetched.mails.push(mail),
                Err(place) => fetched.short.push(place),
            }
        }
        let (mails, gone, short) = (fetched.mails.len(), fetched.gone.len(), fetched.short.len());
        debug!(server = %self.account.endpoint, mails, gone, short, "mails fetched");
        self.session = Some(session);
        Ok(fetched)
    }

    pub async fn done(&mut self, places: &[Place]) -> Result<Settled, Fault> {
        let Some(wish) = self.account.done.clone() else {
            return Ok(Settled::Left { why: "La configuración no dice adónde moverlos.".to_owned() });
        };
        let mut session = self.take().await?;
        let (uids, _) = self.uids(session.validity, places);
        let settled = if uids.is_empty() { Settled::Moved } else { settle(&mut session, &uids, &wish).await? };
        debug!(server = %self.account.endpoint, mails = uids.len(), moved = (settled == Settled::Moved), "mails settled");
        self.session = Some(session);
        Ok(settled)
    }

    /// The folder of finished mails, to be read only.
    pub async fn finished(&mut self) -> Result<Option<Imap>, Fault> {
        let Some(wish) = self.account.done.clone() else { return Ok(None) };
        let mut session = self.take().await?;
        let found = find(&mut session, &wish).await?;
        self.session = Some(session);
        Ok(found.map(|folder| Imap::new(Account { folder, done: None, ..self.account.clone() })))
    }

    pub async fn wait(&mut self, max: Duration) -> Result<(), Fault> {
        let end = Instant::now() + max;
        loop {
            let mut session = self.take().await?;
            let left = end.saturating_duration_since(Instant::now());
            let over = session.line.news || left.is_zero();
            let listening = !over && idle::begin(&mut session, left).await?;
            let session = self.session.insert(session);
            if over {
                return Ok(());
            }
            if listening {
                if let Err(fault) = idle::listen(session, left).await {
                    self.session = None;
                    return Err(fault);
                }
            } else {
                idle::doze(left).await;
                let mut session = self.take().await?;
                idle::ask(&mut session).await?;
                self.session = Some(session);
            }
        }
    }

    pub async fn probe(&mut self) -> Result<Vec<String>, Fault> {
        let session = self.take().await?;
        let Account { endpoint, user, folder, done, .. } = &self.account;
        let mut lines = vec![
            format!("Conectado a {endpoint} ({}) y dentro como {user}.", session.line.stream().protection()),
            format!("Correos en la carpeta «{folder}»: {}.", session.line.exists),
        ];
        lines.push(if session.can.has("IDLE") {
            "El servidor avisa cuando llega correo (IDLE).".to_owned()
        } else {
            "El servidor no avisa cuando llega correo: se le preguntará cada 30 segundos.".to_owned()
        });
        lines.push(match done {
            None => "Los correos atendidos se quedarán donde están.".to_owned(),
            Some(done) if session.can.has("MOVE") || session.can.has("UIDPLUS") => {
                format!("Los correos atendidos se moverán a «{done}».")
            }
            Some(done) => format!("El servidor no sabe mover correos a «{done}»: solo se marcarán."),
        });
        self.session = Some(session);
        Ok(lines)
    }

    pub async fn close(&mut self) {
        if let Some(mut session) = self.session.take() {
            let leave = async {
                idle::end(&mut session).await?;
                session.line.command("LOGOUT", LEAVE, |_| {}).await
            };
            // The server closes the line at LOGOUT, with or without its last words.
            let _ = timeout(LEAVE, leave).await;
        }
    }

    /// The open session, ready for a command, or a new one.
    async fn take(&mut self) -> Result<Session, Fault> {
        if let Some(mut session) = self.session.take() {
            match idle::end(&mut session).await {
                Ok(()) => return Ok(session),
                Err(fault) => warn!(server = %self.account.endpoint, kind = ?fault.kind, "the line broke while idle"),
            }
        }
        let session = Session::open(&self.account, &mut self.purse).await?;
        info!(server = %self.account.endpoint, validity = session.validity, mails = session.line.exists, "mailbox open");
        Ok(session)
    }

    fn place(&self, validity: u32, uid: u32) -> Place {
        Place { mailbox: self.account.folder.clone(), validity, key: uid.to_string() }
    }

    /// The UIDs of `places`, and those that another UIDVALIDITY or another mailbox made meaningless.
    fn uids(&self, validity: u32, places: &[Place]) -> (Vec<u32>, Vec<Place>) {
        let (mut uids, mut gone) = (Vec::new(), Vec::new());
        for place in places {
            match place.key.parse() {
                Ok(uid) if place.validity == validity && place.mailbox == self.account.folder => uids.push(uid),
                Ok(_) | Err(_) => gone.push(place.clone()),
            }
        }
        (uids, gone)
    }

    /// A mail of what was brought; its place when that is none.
    fn mail(&mut self, place: Place, brought: Brought) -> Result<Raw, Place> {
        let Brought { meta, bytes, whole } = brought;
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else { return Err(place) };
        let key = (place.validity, meta.uid);
        let mut size = meta.size;
        if whole && (bytes.len() as u64) < size {
            let (length, times) = self.short.entry(key).or_insert((bytes.len(), 0));
            *times = if *length == bytes.len() { *times + 1 } else { 1 };
            *length = bytes.len();
            if *times < ESTIMATES {
                return Err(place);
            }
            size = bytes.len() as u64;
        }
        self.short.remove(&key);
        Ok(Raw { place, received: meta.received, size, bytes })
    }
}
