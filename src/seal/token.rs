//! A token: which case a letter is about and when it was written, under a mac that only we can make.
//!
//! kid u8 | year u16 | number u32 | day u16 | seed 8 octets | mac 12 octets, in lower-case base32 without padding (47 letters):
//! with `soporte.tic+r.` before it still within the 64 octets of a local part (RFC 5321 section 4.5.3.1.1).
use crate::ticket::id::TicketId;
use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

const SIGNED: usize = 17;
/// HMAC-SHA-256 cut to 96 bits (RFC 2104 section 5).
const MAC: usize = 12;
/// What keeps these macs apart from any others that the same key may ever make.
const DOMAIN: &[u8] = b"mesa/1\0";
const A_DAY: i64 = 86_400;

/// What the answer to a letter may be used for; a token for one purpose is void for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To answer: context, whoever writes.
    Reply,
    /// To confirm one order that was held: within three days, once.
    Approval,
}

impl Purpose {
    /// The letter that opens the id: `<r.TOKEN@domain>`.
    pub fn letter(self) -> char {
        match self {
            Purpose::Reply => 'r',
            Purpose::Approval => 'a',
        }
    }

    fn of(letter: &str) -> Option<Purpose> {
        [Purpose::Reply, Purpose::Approval].into_iter().find(|p| {
            let mut own = [0; 4];
            letter.eq_ignore_ascii_case(p.letter().encode_utf8(&mut own))
        })
    }
}

/// What the mac speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) kid: u8,
    pub(crate) ticket: TicketId,
    /// Days since 1970-01-01, UTC.
    pub(crate) day: u16,
    /// Tells the letters of one day about one case apart; follows from the mail that caused the letter.
    pub(crate) seed: [u8; 8],
}

/// A token as somebody wrote it, its mac not checked yet: it proves nothing, and nothing outside of this room can hold one.
#[derive(Clone, Debug)]
pub(crate) struct Unchecked {
    pub(crate) claim: Claim,
    pub(crate) purpose: Purpose,
    mac: [u8; MAC],
}

impl Claim {
    fn octets(&self) -> Option<[u8; SIGNED]> {
        let year = u16::try_from(self.ticket.year).ok()?;
        let mut octets = [0; SIGNED];
        let parts: [&[u8]; 5] =
            [&[self.kid], &year.to_be_bytes(), &self.ticket.number.to_be_bytes(), &self.day.to_be_bytes(), &self.seed];
        octets.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        Some(octets)
    }

    /// The left side of the letter's id, «r.TOKEN». `None` for a year that no token holds.
    pub(crate) fn sign(&self, purpose: Purpose, secret: &[u8], to: &str) -> Option<String> {
        let octets = self.octets()?;
        let mac = mac(secret, purpose, &octets, to)?.finalize().into_bytes();
        let whole: Vec<u8> = octets.iter().chain(mac.iter().take(MAC)).copied().collect();
        Some(format!("{}.{}", purpose.letter(), BASE32_NOPAD.encode(&whole).to_ascii_lowercase()))
    }
}

impl Unchecked {
    /// Reads «r.TOKEN», in any case of letters: some servers fold the case of a local part.
    pub(crate) fn read(left: &str) -> Option<Unchecked> {
        let (purpose, word) = left.split_once('.')?;
        let purpose = Purpose::of(purpose)?;
        let octets = BASE32_NOPAD_NOCASE.decode(word.as_bytes()).ok()?;
        let (signed, mac) = octets.split_first_chunk::<SIGNED>()?;
        let mac = mac.try_into().ok()?;
        let &[kid, y0, y1, n0, n1, n2, n3, d0, d1, ref seed @ ..] = signed;
        let year = i16::try_from(u16::from_be_bytes([y0, y1])).ok()?;
        let ticket = TicketId { year, number: u32::from_be_bytes([n0, n1, n2, n3]) };
        let claim = Claim { kid, ticket, day: u16::from_be_bytes([d0, d1]), seed: *seed };
        Some(Unchecked { claim, purpose, mac })
    }

    /// Was it made with this key for this recipient? In constant time.
    pub(crate) fn is_of(&self, secret: &[u8], to: &str) -> bool {
        let computed = self.claim.octets().and_then(|octets| mac(secret, self.purpose, &octets, to));
        computed.is_some_and(|computed| computed.verify_truncated_left(&self.mac).is_ok())
    }
}

fn mac(secret: &[u8], purpose: Purpose, octets: &[u8; SIGNED], to: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(DOMAIN);
    mac.update(&[u8::try_from(purpose.letter()).ok()?, 0]);
    mac.update(octets);
    mac.update(to.to_lowercase().as_bytes());
    Some(mac)
}

/// The day of a token.
pub(crate) fn day(now: Timestamp) -> u16 {
    u16::try_from(now.as_second().div_euclid(A_DAY)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [0x22; 32];
    const TO: &str = "lperez@magdalena.gov.co";

    fn claim() -> Claim {
        Claim { kid: 2, ticket: TicketId { year: 2026, number: 17 }, day: 20778, seed: *b"12345678" }
    }

    #[test]
    fn a_token_comes_back_whole_whatever_happened_to_its_case() {
        let left = claim().sign(Purpose::Reply, &KEY, TO).unwrap();
        assert_eq!(left.len(), 49);
        for left in [left.clone(), left.to_uppercase()] {
            let read = Unchecked::read(&left).unwrap();
            assert_eq!((read.claim, read.purpose), (claim(), Purpose::Reply));
            assert!(read.is_of(&KEY, "LPerez@Magdalena.gov.co"));
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        for left in
            ["", "r.", "mesa.7.abc.0", "r.17.101.1234", "r.áéí", "x.aaaa", "raaaa", &format!("r.{}", "a".repeat(48))]
        {
            assert!(Unchecked::read(left).is_none(), "{left}");
        }
    }

    proptest! {
        /// No octet of a token can be another and the token still hold, not even one of the three idle bits at its end.
        #[test]
        fn no_altered_token_holds(at in 0usize..47, letter in "[a-z2-7]") {
            let left = claim().sign(Purpose::Reply, &KEY, TO).unwrap();
            let mut altered = left.clone();
            altered.replace_range(at + 2..at + 3, &letter);
            let holds = Unchecked::read(&altered).is_some_and(|token| token.is_of(&KEY, TO));
            prop_assert_eq!(holds, altered == left);
        }

        /// Another case, person, purpose, day, seed or key is another mac.
        #[test]
        fn a_mac_speaks_for_one_thing(
            number in 0u32..40, year in 2025i16..2028, day in 20770u16..20790, kid in 0u8..4, seed in any::<bool>(),
            approval in any::<bool>(), other in any::<bool>(), key in any::<bool>(),
        ) {
            let own = claim();
            let seed = if seed { *b"12345678" } else { *b"12345679" };
            let asked = Claim { kid, ticket: TicketId { year, number }, day, seed };
            let purpose = if approval { Purpose::Approval } else { Purpose::Reply };
            let to = if other { TO } else { "jcastro@magdalena.gov.co" };
            let key = if key { KEY } else { [0x23; 32] };
            let mac = Unchecked::read(&own.sign(Purpose::Reply, &KEY, TO).unwrap()).unwrap().mac;
            let same = asked == own && !approval && other && key == KEY;
            prop_assert_eq!(Unchecked { claim: asked, purpose, mac }.is_of(&key, to), same);
        }

        #[test]
        fn any_text_is_read_without_harm(left in ".{0,80}") {
            let _ = Unchecked::read(&left);
        }
    }
}
