//! Which of our letters a mail answers: the only place where tokens are read, and the only maker of what they prove.
use crate::mail::message::{Mail, MessageId};
use crate::seal::ring::Ring;
use crate::seal::token::{Purpose, Unchecked, day};
use crate::ticket::id::TicketId;
use anyhow::Result;
use jiff::Timestamp;

/// Ids that are looked at; a mail that cites more is not looking for its thread.
const MOST: usize = 60;

/// A letter as the outbox holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub to: String,
    pub ticket: Option<TicketId>,
}

/// The mail holds a token of ours, its mac is right, and the letter was really written: to whom, about which case.
/// It does not say who holds the token now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    letter: MessageId,
    ticket: TicketId,
    to: String,
    purpose: Purpose,
    day: u16,
}

impl Verified {
    pub fn letter(&self) -> &MessageId {
        &self.letter
    }

    pub fn ticket(&self) -> TicketId {
        self.ticket
    }

    /// The address that the letter went to.
    pub fn to(&self) -> &str {
        &self.to
    }

    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Days since the letter was written; negative when it will only be written.
    pub fn age(&self, now: Timestamp) -> i32 {
        i32::from(day(now)) - i32::from(self.day)
    }
}

/// The letter that the mail answers, by the first token that holds: To and Delivered-To, In-Reply-To, References from the
/// newest. Never the body, the subject or a Cc. `mailbox` is the desk's own; `sent` looks a letter up by its Message-ID.
pub fn context(
    ring: &Ring,
    mailbox: &str,
    mail: &Mail,
    now: Timestamp,
    sent: impl Fn(&MessageId) -> Result<Option<Sent>>,
) -> Result<Option<Verified>> {
    let (own, domain) = mailbox.rsplit_once('@').unwrap_or_default();
    let tagged = mail.to.iter().map(|a| a.correo.as_str()).chain(mail.delivered_to.iter().map(String::as_str));
    let tagged = tagged.filter_map(|address| {
        let (local, at) = address.rsplit_once('@')?;
        let (bare, tag) = local.split_once('+')?;
        (bare.eq_ignore_ascii_case(own) && at.eq_ignore_ascii_case(domain)).then_some((tag, domain))
    });
    let cited = mail.refs.iter().filter_map(|id| id.0.rsplit_once('@'));
    for (left, host) in tagged.chain(cited).take(MOST) {
        let Some(token) = Unchecked::read(left) else { continue };
        let letter = MessageId(format!("{left}@{host}").to_lowercase());
        let Some(Sent { to, ticket: Some(ticket) }) = sent(&letter)? else { continue };
        if ring.holds(&token, &to, now) && ticket == token.claim.ticket {
            return Ok(Some(Verified { letter, ticket, to, purpose: token.purpose, day: token.claim.day }));
        }
    }
    Ok(None)
}
