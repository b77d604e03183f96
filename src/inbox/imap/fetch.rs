//! Bringing mails: sizes first, then the bytes in bounded bites, two commands on the way at a time, and never a \Seen.
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, Response};

use crate::inbox::imap::line::{COMMAND, Tag};
use crate::inbox::imap::session::{Meta, Session};
use crate::inbox::imap::words::sets;
use crate::inbox::raw::BEGINNING;
use crate::net::fault::Fault;

/// One call brings at most so many octets, and at least one mail.
const BITE: u64 = 16 * 1024 * 1024;
/// One command asks for at most so many octets and mails.
const GULP: u64 = 2 * 1024 * 1024;
const MAILS: usize = 50;
/// A server slower than this for a whole command has failed.
const OCTETS_PER_SECOND: u64 = 16 * 1024;
/// Commands on the way at a time: the server works on the next while the last one is on the wire.
const AHEAD: usize = 2;

/// A mail's bytes as the server gave them.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) meta: Meta,
    /// `None` when the server listed it but gave none: NIL, or no word of it.
    pub(crate) bytes: Option<Vec<u8>>,
    /// All of it was asked for.
    pub(crate) whole: bool,
}

/// Of the mails `uids`: those that fit into one bite, in the order asked, and the ones that are gone.
#[derive(Debug, Default)]
pub(crate) struct Bite {
    pub(crate) brought: Vec<Brought>,
    pub(crate) gone: Vec<u32>,
}

/// One command: its mails, and whether they are asked for whole.
#[derive(Debug, PartialEq, Eq)]
struct Order {
    metas: Vec<Meta>,
    whole: bool,
}

pub(crate) async fn bite(session: &mut Session, uids: &[u32], max_size: u64) -> Result<Bite, Fault> {
    let mut known = HashMap::new();
    for set in sets(uids) {
        known.extend(session.metas(&set, COMMAND).await?.into_iter().map(|meta| (meta.uid, meta)));
    }
    let mut bite =
        Bite { brought: Vec::new(), gone: uids.iter().copied().filter(|uid| !known.contains_key(uid)).collect() };
    let wanted: Vec<Meta> = uids.iter().filter_map(|uid| known.get(uid).copied()).collect();
    let (mut orders, mut sent) = (VecDeque::from(plan(&wanted, max_size)), VecDeque::new());
    let mut bodies = Bodies::new();
    loop {
        while sent.len() < AHEAD
            && let Some(order) = orders.pop_front()
        {
            sent.push_back((session.line.say(&order.text()).await?, order));
        }
        let Some((tag, order)) = sent.pop_front() else { return Ok(bite) };
        take(session, &tag, order, &mut bodies, &mut bite).await?;
    }
}

/// What came so far, by UID: also of the order after the one that is waited for, since the server may work at both at once.
type Bodies = HashMap<u32, Option<Vec<u8>>>;

/// The answers to one order, in the order asked.
async fn take(
    session: &mut Session,
    tag: &Tag,
    order: Order,
    bodies: &mut Bodies,
    bite: &mut Bite,
) -> Result<(), Fault> {
    let collect = |response: &Response<'_>| bodies.extend(body(response));
    let text = order.text();
    let reply = session.line.verdict(tag, order.time(), collect).await?;
    session.line.satisfied(&text, reply)?;
    for meta in order.metas {
        // Not mentioned is not gone: it was there a moment ago, and the next listing will tell.
        let bytes = bodies.remove(&meta.uid).flatten();
        bite.brought.push(Brought { meta, bytes, whole: order.whole });
    }
    Ok(())
}

/// UID and bytes of a FETCH that has both. Items come in any order, and an unasked FETCH has no body.
fn body(response: &Response<'_>) -> Option<(u32, Option<Vec<u8>>)> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut uid, mut body) = (None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(number) => uid = Some(*number),
            AttributeValue::BodySection { section: None, data, .. } => body = Some(data.as_deref().map(<[u8]>::to_vec)),
            _ => {}
        }
    }
    Some((uid?, body?))
}

fn plan(wanted: &[Meta], max_size: u64) -> Vec<Order> {
    let (mut orders, mut bite): (Vec<Order>, u64) = (Vec::new(), 0);
    for meta in wanted {
        let whole = meta.size <= max_size;
        let octets = if whole { meta.size } else { BEGINNING };
        if bite > 0 && bite + octets > BITE {
            break;
        }
        bite += octets.max(1);
        match orders.last_mut() {
            Some(order) if order.whole == whole && order.metas.len() < MAILS && order.octets() + octets <= GULP => {
                order.metas.push(*meta);
            }
            Some(_) | None => orders.push(Order { metas: vec![*meta], whole }),
        }
    }
    orders
}

impl Order {
    fn text(&self) -> String {
        let uids: Vec<u32> = self.metas.iter().map(|meta| meta.uid).collect();
        // Fifty UIDs always fit into one set.
        let set = sets(&uids).join(",");
        if self.whole {
            format!("UID FETCH {set} (UID BODY.PEEK[])")
        } else {
            format!("UID FETCH {set} (UID BODY.PEEK[]<0.{BEGINNING}>)")
        }
    }

    fn octets(&self) -> u64 {
        self.metas.iter().map(|meta| if self.whole { meta.size } else { BEGINNING }).sum()
    }

    fn time(&self) -> Duration {
        COMMAND + Duration::from_secs(self.octets() / OCTETS_PER_SECOND)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn metas(sizes: &[u64]) -> Vec<Meta> {
        let meta = |(uid, size): (u32, &u64)| Meta { uid, size: *size, received: Timestamp::UNIX_EPOCH };
        (1..).zip(sizes).map(meta).collect()
    }

    fn shape(sizes: &[u64], max_size: u64) -> Vec<String> {
        plan(&metas(sizes), max_size).iter().map(Order::text).collect()
    }

    #[test]
    fn small_mails_share_a_command_and_big_ones_have_their_own() {
        assert_eq!(
            shape(&[10, 20, 3 << 20, 30], 40 << 20),
            ["UID FETCH 1:2 (UID BODY.PEEK[])", "UID FETCH 3 (UID BODY.PEEK[])", "UID FETCH 4 (UID BODY.PEEK[])"]
        );
        assert_eq!(plan(&metas(&[100; 120]), 1000).len(), 3);
    }

    #[test]
    fn of_a_mail_over_the_limit_only_the_beginning_is_asked_for() {
        assert_eq!(shape(&[10, 5000], 1000)[1], "UID FETCH 2 (UID BODY.PEEK[]<0.262144>)");
    }

    #[test]
    fn a_bite_is_bounded_and_never_empty() {
        assert_eq!(plan(&metas(&[30 << 20, 10]), 40 << 20).len(), 1);
        let total: usize = plan(&metas(&[1 << 20; 100]), 40 << 20).iter().map(|order| order.metas.len()).sum();
        assert_eq!(total, 16);
        assert!(plan(&[], 1).is_empty());
    }
}
