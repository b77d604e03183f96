//! Is the sender the person of the roster that From names? The server's word for it, never the mail's own.
use crate::mail::message::{AuthResults, Mail};
use crate::office::people::{Directory, Person};

/// By whose word a sender is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The mail server checks senders and says so in Authentication-Results under this name.
    Strict { authserv_id: String },
    /// It does not: an order needs a letter that only its recipient can have, and the first of each day is confirmed.
    Unverified,
}

/// Why a mail cannot be taken for the person that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// From is not one plain address.
    Sender,
    /// The server says nothing of the sender, or nothing good.
    Unvouched,
}

/// What the mail server says of whoever wrote a mail, of the roster or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is his.
    Vouched,
    /// The server vouches for others; of this one it says nothing that would settle it.
    Silent,
    /// It is not his: the domain of From disowns it (`dmarc=fail`).
    Refused,
    /// No server is asked.
    Unasked,
}

/// The word on the sender, by the policy of the desk.
pub fn word(policy: &Policy, people: &Directory, mail: &Mail) -> Word {
    let Policy::Strict { authserv_id } = policy else { return Word::Unasked };
    let is_disowned = |said: &AuthResults| said.results.iter().any(|r| r.method == "dmarc" && r.verdict == "fail");
    match first_word(authserv_id, people, mail) {
        Some(said) if mail.plain_from && is_vouched(said, &mail.from.correo) => Word::Vouched,
        Some(said) if is_disowned(said) => Word::Refused,
        Some(_) | None => Word::Silent,
    }
}

/// The active person of the roster whom From names, whether or not it is he.
pub fn named<'a>(people: &'a Directory, mail: &Mail) -> Option<&'a Person> {
    people.who(&mail.from.correo)
}

/// Is it he?
pub fn check(policy: &Policy, people: &Directory, mail: &Mail, person: &Person) -> Result<(), Doubt> {
    if !mail.plain_from {
        return Err(Doubt::Sender);
    }
    match policy {
        Policy::Unverified => Ok(()),
        Policy::Strict { authserv_id } => {
            let vouched = first_word(authserv_id, people, mail).is_some_and(|said| is_vouched(said, &person.correo));
            if vouched { Ok(()) } else { Err(Doubt::Unvouched) }
        }
    }
}

/// What the server said of the sender: the first that stands under its name, if it came from there by hosts of the house.
pub(crate) fn first_word<'a>(authserv_id: &str, people: &Directory, mail: &'a Mail) -> Option<&'a AuthResults> {
    let said = mail.results.iter().find(|said| said.server.eq_ignore_ascii_case(authserv_id));
    said.filter(|said| is_on_our_road(said, authserv_id, people))
}

/// Did the mail come from that server to us by hosts of the house only? A host without a dot is the machine itself.
fn is_on_our_road(said: &AuthResults, authserv_id: &str, people: &Directory) -> bool {
    let server = authserv_id.to_ascii_lowercase();
    let around = server.split_once('.').map(|(_, domain)| domain).filter(|domain| domain.contains('.'));
    let under = |host: &str, domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    said.hops.iter().all(|host| {
        let ours = |domain: &str| host == domain || under(host, domain);
        *host == server || !host.contains('.') || around.is_some_and(ours) || people.domains.iter().any(|d| ours(d))
    })
}

/// `dmarc=pass header.from=DOMAIN`, and no other word on DMARC; or `auth=pass smtp.auth=ADDRESS`: he logged in to send it.
pub(crate) fn is_vouched(said: &AuthResults, correo: &str) -> bool {
    let correo = correo.to_lowercase();
    let domain = correo.rsplit_once('@').map_or("", |(_, domain)| domain);
    let holds = |method: &str, key: &str, value: &str| {
        let mut found = said.results.iter().filter(|result| result.method == method).peekable();
        found.peek().is_some()
            && found.all(|result| {
                let mut given = result.properties.iter().filter(|(name, _)| name == key).peekable();
                result.verdict == "pass" && given.peek().is_some() && given.all(|(_, v)| v == value)
            })
    };
    let refused = said.results.iter().any(|r| r.method == "dmarc" && r.verdict == "fail");
    holds("dmarc", "header.from", domain) || (holds("auth", "smtp.auth", &correo) && !refused)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail;
    use crate::office::people::Role;

    const MX: &str = "mx.magdalena.gov.co";

    fn person() -> Person {
        Person {
            usuario: "lperez".into(),
            nombre: "Laura Pérez".into(),
            correo: "lperez@magdalena.gov.co".into(),
            role: Role::Tecnico,
            categorias: vec![],
            horario: None,
            absences: vec![],
            active: true,
        }
    }

    fn judge(head: &str, from: &str) -> Result<(), Doubt> {
        let people = Directory {
            people: vec![person()],
            domains: vec!["magdalena.gov.co".into()],
            shared: vec![],
            enlaces: vec![],
        };
        let mail = mail::parse(format!("{head}From: {from}\r\nSubject: x\r\n\r\nx\r\n").as_bytes());
        let policy = Policy::Strict { authserv_id: MX.into() };
        let person = named(&people, &mail).ok_or(Doubt::Sender)?;
        check(&policy, &people, &mail, person)
    }

    fn ar(said: &str) -> String {
        format!("Authentication-Results: {said}\r\n")
    }

    #[test]
    fn of_a_stranger_too_the_server_says_whether_it_is_he() {
        let people =
            Directory { people: vec![], domains: vec!["magdalena.gov.co".into()], shared: vec![], enlaces: vec![] };
        let policy = Policy::Strict { authserv_id: MX.into() };
        let judge = |head: &str, policy: &Policy| {
            let mail =
                mail::parse(format!("{head}From: Rosa <rosa@correo.example>\r\nSubject: x\r\n\r\nx\r\n").as_bytes());
            word(policy, &people, &mail)
        };
        for (said, expected) in [
            ("dmarc=pass header.from=correo.example", Word::Vouched),
            ("dmarc=pass header.from=otro.example", Word::Silent),
            ("dmarc=fail header.from=correo.example", Word::Refused),
            ("spf=pass smtp.mailfrom=correo.example; dmarc=none header.from=correo.example", Word::Silent),
            ("none", Word::Silent),
        ] {
            let head = ar(&format!("{MX}; {said}"));
            assert_eq!(judge(&head, &policy), expected, "{said}");
            assert_eq!(judge(&head, &Policy::Unverified), Word::Unasked, "{said}");
        }
        assert_eq!(judge("", &policy), Word::Silent);
    }

    #[test]
    fn the_servers_word_for_the_domain_of_from_or_for_the_login() {
        let laura = "Laura <lperez@magdalena.gov.co>";
        let pass = ar("mx.magdalena.gov.co; spf=fail smtp.mailfrom=x.co; dmarc=pass header.from=magdalena.gov.co");
        for (head, good) in [
            (pass.clone(), true),
            (format!("Received: from a by mx.magdalena.gov.co; x\r\n{pass}"), true),
            (format!("Received: from b by buzones.magdalena.gov.co; x\r\n{pass}"), true),
            (format!("Received: from b by localhost; x\r\n{pass}"), true),
            (format!("Received: from b by mx.evil.example; x\r\n{pass}"), false),
            (format!("X-Otro: x\r\n{pass}"), false),
            (ar("MX.magdalena.gov.co; auth=pass smtp.auth=LPerez@magdalena.gov.co"), true),
            (ar("mx.magdalena.gov.co; auth=pass smtp.auth=jcastro@magdalena.gov.co"), false),
            (
                ar(
                    "mx.magdalena.gov.co; auth=pass smtp.auth=lperez@magdalena.gov.co; dmarc=fail header.from=magdalena.gov.co",
                ),
                false,
            ),
            (ar("mx.magdalena.gov.co; dmarc=pass header.from=magdalena.gov.co; dmarc=fail header.from=x.co"), false),
            (ar("mx.magdalena.gov.co; dmarc=pass header.from=x.co header.from=magdalena.gov.co"), false),
            (ar("mx.magdalena.gov.co; dmarc=pass header.from=gov.co"), false),
            (ar("mx.magdalena.gov.co; dmarc=bestguesspass header.from=magdalena.gov.co"), false),
            (ar("mx.magdalena.gov.co; none"), false),
            (format!("{}{pass}", ar("mx.magdalena.gov.co; dmarc=none header.from=magdalena.gov.co")), false),
            (format!("{}{pass}", ar("mx.magdalena.gov.co; dmarc=pass((((")), false),
            (format!("{}{pass}", ar("otro.example; dmarc=fail header.from=magdalena.gov.co")), true),
            (String::new(), false),
        ] {
            assert_eq!(judge(&head, laura).is_ok(), good, "{head}");
        }
        for from in [
            "lperez(x@evil.example)@magdalena.gov.co",
            "<@evil.example:lperez@magdalena.gov.co>",
            "lperez@magdalena.gov.co, b@x.co",
        ] {
            assert_eq!(judge(&pass, from), Err(Doubt::Sender), "{from}");
        }
    }
}
