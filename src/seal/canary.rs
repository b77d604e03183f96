//! A mail of the desk to itself that shows what its mail server does: does it say who sent a mail, above anything that the
//! sender says in its name; do plus-addresses arrive; is the Message-ID kept.
//!
//! It brings a forged Authentication-Results along. Where that one is believed, nobody's word for a sender is worth anything.
use crate::mail::message::{Address, AuthResult, AuthResults, Mail};
use crate::office::fields::words;
use crate::office::people::Directory;
use crate::seal::identity::{Policy, first_word, is_vouched};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A server is looked at anew after a day.
const FRESH: SignedDuration = SignedDuration::from_hours(23);
/// Where it is not known to be in order, it is looked at more often.
const ILL: SignedDuration = SignedDuration::from_mins(55);
/// Octets of the mark: nobody guesses it.
const OCTETS: usize = 16;

words! {
    /// What stood where the server's word for the sender should stand.
    Palabra {
        /// The server's own.
        Propia = "propia",
        /// The one that the canary brought along.
        Falsa = "falsa",
        Ninguna = "ninguna",
    }
}

impl Palabra {
    /// What it means, to the administrator.
    pub fn say(self) -> &'static str {
        match self {
            Palabra::Propia => {
                "El servidor de correo vuelve a dar fe de los remitentes: la mesa trabaja otra vez en modo estricto."
            }
            Palabra::Falsa => {
                "El servidor de correo dejó pasar una cabecera Authentication-Results falsa: la mesa trabaja en modo sin-ar \
                 hasta que se corrija."
            }
            Palabra::Ninguna => {
                "El servidor de correo no escribió la cabecera Authentication-Results: la mesa trabaja en modo sin-ar hasta que \
                 se corrija."
            }
        }
    }
}

/// A canary that was sent, as the cabinet remembers it until the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    marca: String,
    pub enviado: Timestamp,
    /// The authserv-id that is looked for; absent where the desk asks for no server's word.
    pub servidor: Option<String>,
    /// What was found when it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visto: Option<Visto>,
    /// Its twin to a plus-address came too.
    #[serde(default)]
    pub mas: bool,
    /// What is known of the server since an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub antes: Option<Palabra>,
}

/// What a canary shows when it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visto {
    pub palabra: Palabra,
    /// The server's word would let the desk's own address give an order.
    pub da_fe: bool,
    /// Under which name the nearest server speaks, if one does.
    pub nombre: Option<String>,
    /// The Message-ID is as it was sent.
    pub conserva_id: bool,
}

/// The two mails of a canary: where each goes, and its bytes.
pub type Pair = [(String, Vec<u8>); 2];

impl Canary {
    /// A new one, under a mark of random octets. `before` is the last one, of which the verdict is kept until this one comes.
    pub fn new(policy: &Policy, random: &[u8], before: Option<&Canary>, now: Timestamp) -> Canary {
        let servidor = match policy {
            Policy::Strict { authserv_id } => Some(authserv_id.clone()),
            Policy::Unverified => None,
        };
        let antes = before.filter(|before| before.servidor == servidor).and_then(Canary::verdict);
        let marca = HEXLOWER.encode(random.get(..OCTETS).unwrap_or(random));
        Canary { marca, enviado: now, servidor, visto: None, mas: false, antes }
    }

    /// The mail to the desk's own address, and its twin to a plus-address.
    pub fn mails(&self, desk: &Address) -> Pair {
        let (own, domain) = desk.correo.rsplit_once('@').unwrap_or(("", "localhost"));
        let tagged = format!("{own}+c.{}@{domain}", self.marca);
        [desk.correo.clone(), tagged].map(|to| {
            let bytes = self.bytes(desk, &to);
            (to, bytes)
        })
    }

    fn bytes(&self, desk: &Address, to: &str) -> Vec<u8> {
        let (marca, from) = (&self.marca, &desk.correo);
        let forged = self.servidor.iter().map(|server| {
            format!("Authentication-Results: {server}; auth=pass smtp.auth={marca}@invalid; dmarc=pass header.from={marca}.invalid\r\n")
        });
        let date = self.enviado.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "{}From: <{from}>\r\nTo: <{to}>\r\nSubject: Mesa de Ayuda: correo de prueba {marca}\r\nDate: {date}\r\nMessage-ID: \
             <{}>\r\nX-Mesa-Loop: {from}\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: \
             1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nLa mesa de ayuda se escribe a si misma para ver que hace el \
             servidor de correo.\r\nPuede borrar este mensaje.\r\n",
            forged.collect::<String>(),
            self.id(desk, to)
        )
        .into_bytes()
    }

    fn id(&self, desk: &Address, to: &str) -> String {
        let domain = desk.correo.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let half = if to.contains('+') { "mas" } else { "canario" };
        format!("{half}.{}@{domain}", self.marca)
    }

    /// It and its twin have come.
    pub fn is_whole(&self) -> bool {
        self.visto.is_some() && self.mas
    }

    /// What somebody else saw of this very canary.
    pub fn learn(&mut self, other: &Canary) {
        if self.marca == other.marca {
            self.visto = self.visto.take().or_else(|| other.visto.clone());
            self.mas |= other.mas;
        }
    }

    /// The policy of the config by which it was sent.
    pub fn asked(&self) -> Policy {
        match &self.servidor {
            Some(server) => Policy::Strict { authserv_id: server.clone() },
            None => Policy::Unverified,
        }
    }

    /// Notes what the mail shows, if it is this canary or its twin and the first of its kind. Returns whether it was.
    pub fn heed(&mut self, people: &Directory, desk: &Address, mail: &Mail) -> bool {
        if !mail.subject.contains(&self.marca) {
            return false;
        }
        if mail.to.iter().any(|to| to.correo.contains(&self.marca)) {
            self.mas = true;
            return true;
        }
        if self.visto.is_some() {
            return false;
        }
        let said = self.servidor.as_ref().and_then(|server| first_word(server, people, mail));
        let forged = |said: &&AuthResults| names(said, &self.marca);
        let palabra = match said {
            None => Palabra::Ninguna,
            Some(said) if forged(&said) => Palabra::Falsa,
            Some(_) => Palabra::Propia,
        };
        let nearest = mail.results.iter().find(|said| !forged(said) && !said.server.is_empty());
        self.visto = Some(Visto {
            palabra,
            da_fe: palabra == Palabra::Propia && said.is_some_and(|said| is_vouched(said, &desk.correo)),
            nombre: nearest.map(|said| said.server.clone()),
            conserva_id: mail.id.as_ref().is_some_and(|id| id.0 == self.id(desk, &desk.correo)),
        });
        true
    }

    /// What is known of the server: by this one, or until it comes by the one before.
    pub fn verdict(&self) -> Option<Palabra> {
        self.visto.as_ref().map(|seen| seen.palabra).or(self.antes)
    }

    /// The policy that may be followed where `asked` is the one of the config: without the server's word, or where a forged
    /// one passes for it, nobody is vouched for.
    pub fn allows(&self, asked: &Policy) -> Policy {
        match self.verdict().filter(|_| self.asked() == *asked) {
            Some(Palabra::Falsa | Palabra::Ninguna) => Policy::Unverified,
            Some(Palabra::Propia) | None => asked.clone(),
        }
    }

    /// Is it time for the next, where the config asks for this policy?
    pub fn is_old(&self, asked: &Policy, now: Timestamp) -> bool {
        let lasts = if self.verdict() == Some(Palabra::Propia) { FRESH } else { ILL };
        self.asked() != *asked || self.enviado.duration_until(now) >= lasts
    }
}

/// Does the mark stand anywhere in what a server says of a mail? Then nobody but the canary wrote it.
fn names(said: &AuthResults, mark: &str) -> bool {
    let in_one = |one: &AuthResult| {
        let properties = one.properties.iter().flat_map(|(name, value)| [name, value]);
        [&one.method, &one.verdict].into_iter().chain(properties).any(|word| word.contains(mark))
    };
    said.server.contains(mark) || said.results.iter().any(in_one)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail;

    const MX: &str = "mx.magdalena.gov.co";

    fn desk() -> Address {
        Address { correo: "soporte.tic@magdalena.gov.co".into(), nombre: None }
    }

    fn canary(policy: &Policy) -> Canary {
        Canary::new(policy, &[0xab; 32], None, "2026-11-25T15:00:00Z".parse().unwrap())
    }

    /// What a server makes of the canary that writes `above` over it, and removes what it brought along or not.
    fn come(policy: &Policy, above: &str, removes: bool) -> Canary {
        let people =
            Directory { people: vec![], domains: vec!["magdalena.gov.co".into()], shared: vec![], enlaces: vec![] };
        let mut canary = canary(policy);
        let [(_, plain), (_, twin)] = canary.mails(&desk());
        for bytes in [plain, twin] {
            let text = String::from_utf8(bytes).unwrap();
            let kept: String =
                text.lines().filter(|l| !removes || !l.starts_with("Auth")).map(|l| format!("{l}\r\n")).collect();
            let road = "Received: from localhost by mx.magdalena.gov.co; Wed, 25 Nov 2026 10:00:00 -0500\r\n";
            assert!(canary.heed(&people, &desk(), &mail::parse(format!("{above}{road}{kept}").as_bytes())));
        }
        canary
    }

    #[test]
    fn a_server_is_believed_only_when_its_own_word_stands_first() {
        let strict = Policy::Strict { authserv_id: MX.into() };
        let own = format!("Authentication-Results: {MX}; auth=pass smtp.auth=soporte.tic@magdalena.gov.co\r\n");
        let poor = format!("Authentication-Results: {MX}; auth=none\r\n");
        let other = "Authentication-Results: otro.magdalena.gov.co; dmarc=pass header.from=magdalena.gov.co\r\n";
        for (above, removes, palabra, da_fe, keeps) in [
            (own.as_str(), false, Palabra::Propia, true, true),
            (own.as_str(), true, Palabra::Propia, true, true),
            (poor.as_str(), false, Palabra::Propia, false, true),
            ("", false, Palabra::Falsa, false, false),
            (other, false, Palabra::Falsa, false, false),
            (other, true, Palabra::Ninguna, false, false),
            ("", true, Palabra::Ninguna, false, false),
        ] {
            let canary = come(&strict, above, removes);
            let seen = canary.visto.clone().unwrap();
            assert_eq!((seen.palabra, seen.da_fe), (palabra, da_fe), "{above}");
            assert_eq!(canary.allows(&strict) == strict, keeps, "{above}");
            assert!(canary.mas && seen.conserva_id);
        }
        // The name under which the server does speak is told, so that the admin can write it down.
        assert_eq!(come(&Policy::Unverified, &own, false).visto.unwrap().nombre.as_deref(), Some(MX));
        assert_eq!(come(&strict, "", false).visto.unwrap().nombre, None);
    }

    #[test]
    fn what_is_known_holds_until_the_next_comes_and_for_that_server_alone() {
        let strict = Policy::Strict { authserv_id: MX.into() };
        let bad = come(&strict, "", false);
        let later = bad.enviado + SignedDuration::from_hours(24);
        let next = Canary::new(&strict, &[1; 32], Some(&bad), later);
        assert_eq!(next.allows(&strict), Policy::Unverified);
        let elsewhere = Policy::Strict { authserv_id: "mx2.magdalena.gov.co".into() };
        assert_eq!(next.allows(&elsewhere), elsewhere);
        assert_eq!(Canary::new(&elsewhere, &[1; 32], Some(&bad), later).allows(&elsewhere), elsewhere);
        assert!(!next.is_old(&strict, later) && next.is_old(&strict, later + ILL), "it has not come");
        let good = Canary { antes: Some(Palabra::Propia), visto: None, ..bad.clone() };
        assert!(!good.is_old(&strict, good.enviado + ILL) && good.is_old(&strict, later));
        assert!(bad.is_old(&elsewhere, bad.enviado));
    }

    #[test]
    fn nobody_sends_a_canary_without_its_mark() {
        let people = Directory { people: vec![], domains: vec![], shared: vec![], enlaces: vec![] };
        let mut canary = canary(&Policy::Strict { authserv_id: MX.into() });
        let forged = Canary { marca: "cd".repeat(16), ..canary.clone() };
        let [(_, bytes), _] = forged.mails(&desk());
        let before = canary.clone();
        assert!(!canary.heed(&people, &desk(), &mail::parse(&bytes)));
        assert_eq!(canary, before);
    }
}
