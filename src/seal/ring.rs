//! The keys of our tokens: one signs, older ones still verify for a while, revoked ones never again.
use crate::office::fields::words;
use crate::seal::token::{Claim, Purpose, Unchecked, day};
use crate::spanish::when;
use crate::ticket::id::TicketId;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::fmt;

/// Octets of a key: as many as the hash has (RFC 2104 section 3).
pub const OCTETS: usize = 32;
/// Days for which a key that no longer signs still verifies: a thread may rest for a year.
const GRACE: i32 = 400;

words! {
    /// What a key is good for.
    State { Activa = "activa", Verifica = "verifica", Revocada = "revocada" }
}

/// One key. Nothing prints its secret but [`Ring::text`], for the file.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    kid: u8,
    state: State,
    /// Forgotten when it is revoked.
    secret: Vec<u8>,
    /// Since when it is what it is.
    since: Option<Date>,
}

/// All keys, one of which signs.
#[derive(Clone, PartialEq, Eq)]
pub struct Ring {
    keys: Vec<Key>,
}

/// What may be told of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    pub numero: u8,
    pub estado: State,
    pub desde: Option<Date>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} keys)", self.keys.len())
    }
}

impl Ring {
    /// A ring of one key, which signs.
    pub fn new(secret: [u8; OCTETS], today: Date) -> Ring {
        Ring { keys: vec![Key { kid: 1, state: State::Activa, secret: secret.to_vec(), since: Some(today) }] }
    }

    /// Reads lines of `kid activa|verifica|revocada hex [date]`. A fault names its line and repeats nothing of it.
    pub fn parse(text: &str) -> Result<Ring, String> {
        let mut keys: Vec<Key> = Vec::new();
        let lines = (1..).zip(text.lines()).map(|(n, line)| (n, line.trim()));
        for (n, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let key = key(line).ok_or_else(|| {
                format!("la línea {n} no es una llave; se escribe «número activa|verifica|revocada hexadecimal»")
            })?;
            if keys.iter().any(|k| k.kid == key.kid) {
                return Err(format!("la llave {} está dos veces", key.kid));
            }
            keys.push(key);
        }
        match keys.iter().filter(|k| k.state == State::Activa).count() {
            1 => Ok(Ring { keys }),
            0 => Err("ninguna llave está activa; haga una con «mesa-tic keys new»".to_owned()),
            n => Err(format!("hay {n} llaves activas y debe haber una sola")),
        }
    }

    /// The file of [`Ring::parse`].
    pub fn text(&self) -> String {
        let mut text =
            "# Llaves de mesa-tic: quien las tenga puede fingir que responde a una carta. No las copie ni las \
                        envíe.\n# número estado hexadecimal desde\n"
                .to_owned();
        for key in &self.keys {
            let secret = if key.secret.is_empty() { "-".to_owned() } else { HEXLOWER.encode(&key.secret) };
            let since = key.since.map(|day| format!(" {day}")).unwrap_or_default();
            text.push_str(&format!("{} {} {secret}{since}\n", key.kid, key.state));
        }
        text
    }

    pub fn list(&self) -> Vec<Shown> {
        self.keys.iter().map(|k| Shown { numero: k.kid, estado: k.state, desde: k.since }).collect()
    }

    /// A new key signs from now on; the one before only verifies. `None` when all 255 numbers are used up.
    pub fn rotate(&mut self, secret: [u8; OCTETS], today: Date) -> Option<u8> {
        let last = self.keys.iter().map(|k| k.kid).max().unwrap_or_default();
        let kid = last.checked_add(1)?;
        self.retire(today);
        self.keys.push(Key { kid, state: State::Activa, secret: secret.to_vec(), since: Some(today) });
        Some(kid)
    }

    /// Nothing that this key signed holds from now on. The one that signs is followed by a new one. `None`: no such key.
    pub fn revoke(&mut self, kid: u8, secret: [u8; OCTETS], today: Date) -> Option<()> {
        let was = self.keys.iter().find(|k| k.kid == kid)?.state;
        if was == State::Activa {
            self.rotate(secret, today)?;
        }
        let key = self.keys.iter_mut().find(|k| k.kid == kid)?;
        *key = Key { kid, state: State::Revocada, secret: Vec::new(), since: Some(today) };
        Some(())
    }

    fn retire(&mut self, today: Date) {
        for key in self.keys.iter_mut().filter(|k| k.state == State::Activa) {
            (key.state, key.since) = (State::Verifica, Some(today));
        }
    }

    /// The left side of the Message-ID of a letter: the same letter of the same day always has the same one. `key` names the
    /// letter among all others; the token holds only its hash.
    pub fn sign(&self, purpose: Purpose, ticket: TicketId, key: &str, to: &str, now: Timestamp) -> Option<String> {
        let active = self.keys.iter().find(|k| k.state == State::Activa)?;
        let hash = Sha256::digest(key.as_bytes());
        let seed = *hash.first_chunk::<8>()?;
        Claim { kid: active.kid, ticket, day: day(now), seed }.sign(purpose, &active.secret, to)
    }

    /// Is the token of this ring, for this recipient, and its key still good?
    pub(crate) fn holds(&self, token: &Unchecked, to: &str, now: Timestamp) -> bool {
        // The day of the office, as the file says it.
        let today = when::day_of(now);
        let good = |key: &&Key| match key.state {
            State::Activa => true,
            State::Verifica => key.since.is_none_or(|since| (today - since).get_days() <= GRACE),
            State::Revocada => false,
        };
        let key = self.keys.iter().find(|k| k.kid == token.claim.kid).filter(good);
        key.is_some_and(|key| token.is_of(&key.secret, to))
    }
}

fn key(line: &str) -> Option<Key> {
    let mut words = line.split_whitespace();
    let kid = words.next()?.parse().ok()?;
    let state = State::from_word(words.next()?)?;
    let secret = match words.next()? {
        "-" if state == State::Revocada => Vec::new(),
        hex => HEXLOWER.decode(hex.to_ascii_lowercase().as_bytes()).ok().filter(|s| s.len() == OCTETS)?,
    };
    let since = match words.next() {
        Some(day) => Some(day.parse().ok()?),
        None => None,
    };
    words.next().is_none().then_some(Key { kid, state, secret, since })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const TO: &str = "lperez@magdalena.gov.co";

    fn now(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn sign(ring: &Ring) -> Unchecked {
        let ticket = TicketId { year: 2026, number: 17 };
        let left = ring.sign(Purpose::Reply, ticket, "7 abc 0", TO, now("2026-11-25T15:00:00Z")).unwrap();
        Unchecked::read(&left).unwrap()
    }

    #[test]
    fn a_key_that_was_replaced_verifies_for_400_days_and_a_revoked_one_never() {
        let mut ring = Ring::new([1; OCTETS], day("2026-01-01"));
        let token = sign(&ring);
        assert_eq!(ring.rotate([2; OCTETS], day("2026-12-01")), Some(2));
        assert!(ring.holds(&token, TO, now("2028-01-06T04:59:00Z")));
        assert!(!ring.holds(&token, TO, now("2028-01-06T05:00:00Z")));
        assert!(!ring.holds(&token, "otra@magdalena.gov.co", now("2026-12-02T00:00:00Z")));
        assert_eq!(sign(&ring).claim.kid, 2);
        let before = sign(&ring);
        ring.revoke(2, [3; OCTETS], day("2026-12-02")).unwrap();
        assert!(!ring.holds(&before, TO, now("2026-12-02T00:00:00Z")));
        let states: Vec<_> = ring.list().iter().map(|k| (k.numero, k.estado)).collect();
        assert_eq!(states, [(1, State::Verifica), (2, State::Revocada), (3, State::Activa)]);
        assert_eq!(ring.revoke(9, [0; OCTETS], day("2026-12-02")), None);
    }

    #[test]
    fn the_file_comes_back_as_it_was_and_a_revoked_secret_is_gone_from_it() {
        let mut ring = Ring::new([0xab; OCTETS], day("2026-01-01"));
        ring.rotate([0xcd; OCTETS], day("2026-02-01")).unwrap();
        ring.revoke(1, [0; OCTETS], day("2026-02-01")).unwrap();
        assert_eq!(Ring::parse(&ring.text()).unwrap(), ring);
        assert!(!ring.text().contains("abab"));
        assert!(!format!("{ring:?}").contains("cd"));
    }

    #[test]
    fn a_faulty_file_is_told_by_its_line_without_its_secret() {
        let good = format!("1 activa {}", "ab".repeat(32));
        for (text, sign) in [
            (String::new(), "ninguna llave"),
            (format!("{good}\n2 activa {}", "cd".repeat(32)), "2 llaves activas"),
            (format!("{good}\n1 verifica {}", "cd".repeat(32)), "dos veces"),
            (format!("# x\n{good}\n2 verifica abcd"), "línea 3"),
            (format!("{good} 2026-13-01"), "línea 1"),
            (format!("{good} 2026-11-01 más"), "línea 1"),
        ] {
            let fault = Ring::parse(&text).unwrap_err();
            assert!(fault.contains(sign) && !fault.contains("abab"), "{fault}");
        }
    }
}
