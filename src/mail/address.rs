//! Address headers (RFC 5322 section 3.4) read before anything in them is decoded: an encoded name can never pose as an address.
use crate::mail::header::{is_invisible, one_line, text};
use crate::mail::message::Address;

/// Addresses read from one header; mailing monsters carry thousands.
const MOST: usize = 500;
/// Bytes of one header that are looked at.
const LONGEST_HEADER: usize = 128 * 1024;
/// RFC 5321 section 4.5.3.1: 64 of local part, 255 of domain.
const LONGEST_ADDRESS: usize = 320;
/// Most names and addresses fit into this many octets.
const USUAL: usize = 64;

/// What an address header held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) addresses: Vec<Address>,
    /// A group («Equipo: a@x, b@x;»), an entry without a usable address, a route or a comment in its place.
    pub(crate) odd: bool,
}

/// The piece of one mailbox that the scanner is in.
#[derive(Default)]
struct Entry {
    /// Words outside of angle brackets: a name, or a bare address.
    phrase: Vec<u8>,
    /// What stood in a quoted string, to know a quoted local part from a quoted name.
    quoted: bool,
    angle: Option<Vec<u8>>,
    comment: Vec<u8>,
}

/// Reads an address list; never fails, notes what was odd.
pub(crate) fn read(raw: &[u8]) -> List {
    let mut list = List::default();
    let mut entry = Entry::default();
    let mut bytes = raw.iter().take(LONGEST_HEADER).copied();
    let mut in_angle = false;
    while let Some(byte) = bytes.next() {
        if list.addresses.len() >= MOST {
            list.odd = true;
            return list;
        }
        match byte {
            b'"' => entry.quoted_string(&mut bytes, in_angle),
            b'(' => entry.comment(&mut bytes),
            b'<' if !in_angle => {
                list.odd |= entry.angle.is_some();
                entry.angle = Some(Vec::with_capacity(USUAL));
                in_angle = true;
            }
            b'>' => in_angle = false,
            b',' | b';' if !in_angle => std::mem::take(&mut entry).end(&mut list),
            b':' if !in_angle && !entry.phrase.contains(&b'@') => {
                list.odd = true;
                entry = Entry::default();
            }
            _ => entry.push(byte, in_angle),
        }
    }
    entry.end(&mut list);
    list
}

impl Entry {
    fn push(&mut self, byte: u8, in_angle: bool) {
        match (&mut self.angle, in_angle) {
            (Some(angle), true) => angle.push(byte),
            (Some(_), false) | (None, _) => {
                if self.phrase.capacity() == 0 {
                    self.phrase.reserve(USUAL);
                }
                self.phrase.push(byte);
            }
        }
    }

    fn quoted_string(&mut self, bytes: &mut impl Iterator<Item = u8>, in_angle: bool) {
        self.quoted = true;
        self.quoted_mark(in_angle);
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => break,
                b'\\' => bytes.next().into_iter().for_each(|escaped| self.push(escaped, in_angle)),
                _ => self.push(byte, in_angle),
            }
        }
        self.quoted_mark(in_angle);
    }

    /// Inside of an address the quotes belong to it; around a name they do not.
    fn quoted_mark(&mut self, in_angle: bool) {
        if in_angle {
            self.push(b'"', in_angle);
        }
    }

    fn comment(&mut self, bytes: &mut impl Iterator<Item = u8>) {
        let mut depth = 1usize;
        while let Some(byte) = bytes.next() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => bytes.next().into_iter().for_each(|escaped| self.comment.push(escaped)),
                _ => self.comment.push(byte),
            }
            if depth == 0 {
                break;
            }
        }
    }

    fn end(self, list: &mut List) {
        let phrase = one_line(&String::from_utf8_lossy(&self.phrase));
        let (address, name) = match &self.angle {
            Some(angle) => (String::from_utf8_lossy(angle).into_owned(), self.phrase.as_slice()),
            None if phrase.is_empty() => return,
            None => (phrase, self.comment.as_slice()),
        };
        let route = address.starts_with('@');
        let correo = usable(address.rsplit_once(':').filter(|_| route).map_or(address.as_str(), |(_, last)| last));
        list.odd |= route || correo.is_none() || (self.angle.is_none() && self.quoted);
        let nombre = Some(text(name)).map(|n| n.trim_matches(['\'', ' ']).to_owned()).filter(|n| !n.is_empty());
        list.addresses.push(Address { correo: correo.unwrap_or_default(), nombre });
    }
}

/// An address that plain mail can reach, in lower case: one `@`, a dot-atom or a quoted local part, a domain with labels.
fn usable(address: &str) -> Option<String> {
    let address: String = address.chars().filter(|c| !is_invisible(*c)).collect::<String>().trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@')?;
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    // RFC 5322 section 3.2.3, and the dots between the atoms.
    let atom = |c: char| {
        c.is_alphanumeric() || matches!(c, '!' | '#'..='\'' | '*' | '+' | '-'..='/' | '=' | '?' | '^'..='`' | '{'..='~')
    };
    let local_fits =
        if quoted { !local.contains(char::is_control) } else { !local.is_empty() && local.chars().all(atom) };
    let label = |l: &str| {
        !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') && !l.starts_with('-')
    };
    let literal = domain.starts_with('[') && domain.ends_with(']') && domain.chars().all(|c| c.is_ascii_graphic());
    let fits = local_fits && (literal || domain.trim_end_matches('.').split('.').all(label)) && !local.starts_with('-');
    (fits && address.len() <= LONGEST_ADDRESS).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(raw: &str) -> String {
        let list = read(raw.as_bytes());
        let each = |a: &Address| format!("{}|{}", a.correo, a.nombre.as_deref().unwrap_or("-"));
        let shown = list.addresses.iter().map(each).collect::<Vec<_>>().join(" ; ");
        if list.odd { format!("{shown} (odd)") } else { shown }
    }

    #[test]
    fn addresses_and_names() {
        let table = [
            ("Ana Polo <APolo@Magdalena.gov.co>", "apolo@magdalena.gov.co|Ana Polo"),
            ("\"Polo, Ana\" <a@x.co>, b@x.co (Beto)", "a@x.co|Polo, Ana ; b@x.co|Beto"),
            ("=?utf-8?Q?Mar=C3=ADa?= <m@x.co>", "m@x.co|María"),
            ("=?utf-8?Q?jefe=40x.co?= <malo@y.co>", "malo@y.co|jefe@x.co"),
            ("\"=?utf-8?Q?Mar=C3=ADa?=\" <m@x.co>", "m@x.co|María"),
            ("jefe@x.co <malo@y.co>", "malo@y.co|jefe@x.co"),
            ("<>", "|- (odd)"),
            ("Nadie", "|- (odd)"),
            ("Equipo: a@x.co, b@x.co;", "a@x.co|- ; b@x.co|- (odd)"),
            ("<@relay.co,@otro.co:a@x.co>", "a@x.co|- (odd)"),
            ("<\"con espacio\"@x.co>", "\"con espacio\"@x.co|-"),
            ("<buzón@niño.co>", "buzón@niño.co|-"),
            ("<-oOption@x.co>", "|- (odd)"),
            ("a@x.co\r\n\tb", "|- (odd)"),
            ("<a@x.co", "a@x.co|-"),
            ("'Ana' <a@x.co>", "a@x.co|Ana"),
            ("", ""),
        ];
        for (raw, expected) in table {
            assert_eq!(show(raw), expected, "{raw}");
        }
    }

    #[test]
    fn deep_comments_and_endless_lists_are_bounded() {
        assert_eq!(show(&format!("{} a@x.co", "(".repeat(100_000))), "");
        assert_eq!(read("a@x.co,".repeat(100_000).as_bytes()).addresses.len(), MOST);
    }
}
