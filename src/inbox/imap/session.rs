//! A session in the folder: logged in, the folder open, what is known of it.
use async_imap::imap_proto::{AttributeValue, MailboxDatum, NameAttribute, Response, ResponseCode};
use jiff::Timestamp;

use crate::inbox::imap::line::{COMMAND, Line, Tag};
use crate::inbox::imap::login::{Abilities, open};
use crate::inbox::imap::words::{date, folder};
use crate::inbox::raw::{Listed, Place};
use crate::inbox::setting::Account;
use crate::net::fault::{Fault, Kind};
use crate::net::oauth::Purse;

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) line: Line,
    pub(crate) can: Abilities,
    /// UIDVALIDITY of the folder.
    pub(crate) validity: u32,
    /// May a keyword of our own be set on its mails?
    pub(crate) keywords: bool,
    /// The folder for finished mails, as this server spells it, once it is known to exist.
    pub(crate) target: Option<String>,
    /// An IDLE that was begun and not ended.
    pub(crate) idle: Option<Tag>,
}

/// What the server tells of a mail before its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) uid: u32,
    pub(crate) size: u64,
    pub(crate) received: Timestamp,
}

/// How the server names folders.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    pub(crate) separator: Option<String>,
    /// Does this very name exist, as a folder that can hold mail?
    pub(crate) exists: bool,
}

impl Session {
    pub(crate) async fn open(account: &Account, purse: &mut Purse) -> Result<Session, Fault> {
        let (line, can) = open(account, purse).await?;
        let mut session = Session { line, can, validity: 0, keywords: false, target: None, idle: None };
        session.select(account).await?;
        // Whatever came while no line was open is news.
        session.line.news = true;
        Ok(session)
    }

    /// Opens the folder, anew if it was open: its UIDVALIDITY and its number of mails are those of now. Without a folder for
    /// finished mails nothing needs to be written, so nothing can be: EXAMINE.
    pub(crate) async fn select(&mut self, account: &Account) -> Result<(), Fault> {
        let verb = if account.done.is_some() { "SELECT" } else { "EXAMINE" };
        let (mut validity, mut keywords) = (None, false);
        let reply = self
            .line
            .command(&format!("{verb} {}", folder(&account.folder)), COMMAND, |response| {
                if let Response::Data { outcome, .. } = response {
                    match &outcome.code {
                        Some(ResponseCode::UidValidity(number)) => validity = Some(*number),
                        Some(ResponseCode::PermanentFlags(flags)) => keywords = flags.iter().any(|flag| flag == "\\*"),
                        _ => {}
                    }
                }
            })
            .await?;
        let server = self.line.server();
        if !reply.is_ok() {
            let what = format!(
                "{server} no abre la carpeta «{}»: {} Revise su nombre y sus permisos.",
                account.folder, reply.text
            );
            return Err(Fault::new(Kind::Refused, what));
        }
        let Some(validity) = validity.filter(|number| *number != 0) else {
            let what =
                format!("{server} no da números permanentes a los correos (UIDVALIDITY): así no se puede trabajar.");
            return Err(Fault::new(Kind::Protocol, what));
        };
        self.validity = validity;
        self.keywords = keywords;
        Ok(())
    }

    /// Size and date of the mails of a UID set, in the order of their UIDs.
    pub(crate) async fn metas(&mut self, set: &str, within: std::time::Duration) -> Result<Vec<Meta>, Fault> {
        let mut metas = Vec::new();
        let command = format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)");
        self.line.demand(&command, within, |response| metas.extend(meta(response))).await?;
        metas.sort_by_key(|meta| meta.uid);
        metas.dedup_by_key(|meta| meta.uid);
        Ok(metas)
    }

    /// What the server knows of a folder of this name.
    pub(crate) async fn naming(&mut self, name: &str) -> Result<Naming, Fault> {
        let mut naming = Naming::default();
        self.line
            .demand(&format!("LIST \"\" {}", folder(name)), COMMAND, |response| {
                if let Response::MailboxData(MailboxDatum::List(found)) = response {
                    naming.exists |= !found.name_attributes.contains(&NameAttribute::NoSelect)
                        && !found.name_attributes.contains(&NameAttribute::Extension("\\NonExistent".into()));
                    naming.separator = found.delimiter.as_deref().map(str::to_owned);
                }
            })
            .await?;
        Ok(naming)
    }
}

impl Meta {
    pub(crate) fn listed(self, place: Place) -> Listed {
        Listed { place, size: self.size, received: self.received }
    }
}

/// A FETCH without a UID is somebody else's change of flags, and one without a size is no listing.
pub(crate) fn meta(response: &Response<'_>) -> Option<Meta> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut uid, mut size, mut received) = (None, None, Timestamp::UNIX_EPOCH);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(number) => uid = Some(*number),
            AttributeValue::Rfc822Size(octets) => size = Some(u64::from(*octets)),
            AttributeValue::InternalDate(text) => received = date(text),
            _ => {}
        }
    }
    Some(Meta { uid: uid?, size: size?, received })
}
