//! What must hold when everything has come to rest, whatever died before.
use crate::desk::{Desk, date};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Twin,
    Answer,
    Automatic,
}

/// A mail that was put into the mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) text: String,
}

impl Posted {
    pub(crate) fn request(n: usize) -> Posted {
        let body = format!("Buenos días, el computador número {n} no prende desde ayer. Gracias.\r\n");
        Posted::write(Kind::Request, n, &format!("El computador {n} no prende"), "", &body)
    }

    /// The same mail with another way behind it.
    pub(crate) fn by_another_road(&self) -> Posted {
        let road = "Received: from otra by correo.magdalena.test; Wed, 25 Nov 2026 09:00:00 -0500\r\n";
        Posted { kind: Kind::Twin, text: format!("{road}{}", self.text), ..self.clone() }
    }

    pub(crate) fn automatic(n: usize) -> Posted {
        let mark = "Auto-Submitted: auto-replied\r\n";
        Posted::write(Kind::Automatic, n, "Respuesta automática: fuera de la oficina", mark, "Vuelvo el lunes.\r\n")
    }

    pub(crate) fn answer(request: &Posted, letter: &str) -> Posted {
        let thread = format!("In-Reply-To: <{letter}>\r\nReferences: <{letter}>\r\n");
        let body = "Dependencia: Secretaría de Hacienda\r\nUbicación: Palacio Tayrona, piso 2, oficina 204\r\n\
                    Extensión: 123\r\n";
        let mut answer = Posted::write(Kind::Answer, 0, "Re: su solicitud", &thread, body);
        answer.text =
            answer.text.replace(&answer.from, &request.from).replace(&answer.id, &format!("re.{}", request.id));
        Posted { id: format!("re.{}", request.id), from: request.from.clone(), ..answer }
    }

    fn write(kind: Kind, n: usize, subject: &str, headers: &str, body: &str) -> Posted {
        let id = format!("{kind:?}.{n}@pc.magdalena.test").to_lowercase();
        let from = format!("{kind:?}{n}@magdalena.test").to_lowercase();
        let text = format!(
            "From: Persona <{from}>\r\nTo: mesa@magdalena.test\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\nDate: \
             {}\r\n{headers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}",
            date()
        );
        Posted { kind, id, from, text }
    }
}

impl Desk {
    /// Every mail has exactly one effect, every letter arrived, and none more often than the desk died over it.
    pub(crate) fn judge(&self) {
        self.judge_mails();
        self.judge_letters();
        let tidy = self.mesa(&["reconcile", "--json"]);
        assert_eq!(String::from_utf8_lossy(&tidy.stdout).trim(), "[]", "{}", self.log());
    }

    fn judge_mails(&self) {
        let books = self.books();
        let mut ends = books
            .prepare("SELECT ifnull(caso, 0), destino FROM correo WHERE mensaje = ?1 AND destino <> 'duplicado'")
            .unwrap();
        let mut all = books.prepare("SELECT count(*) FROM correo WHERE mensaje = ?1").unwrap();
        let mut cases = books.prepare("SELECT id FROM caso WHERE solicitante = ?1").unwrap();
        // A server that would not move a mail has it where it was.
        let mut finished = self.servers.mails("mesa", "Procesados");
        finished.extend(self.servers.mails("mesa", "INBOX"));
        let finished: Vec<String> = finished.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        for mail in &self.posted {
            let found: Vec<(i64, String)> =
                ends.query_map([&mail.id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
            let of_hers: Vec<i64> =
                cases.query_map([&mail.from], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let expected = match mail.kind {
                Kind::Request | Kind::Twin => "ticket",
                Kind::Answer => "respuesta",
                Kind::Automatic => "automatico",
            };
            assert!(found.len() == 1 && found[0].1 == expected, "{}: {found:?}\n{}", mail.id, self.log());
            let with_case = usize::from(mail.kind != Kind::Automatic);
            assert_eq!(of_hers.len(), with_case, "{}: her cases {of_hers:?}\n{}", mail.id, self.log());
            assert_eq!(found[0].0, of_hers.first().copied().unwrap_or_default(), "{}\n{}", mail.id, self.log());
            let copies = self.posted.iter().filter(|other| other.id == mail.id).count();
            let rows: u32 = all.query_row([&mail.id], |row| row.get(0)).unwrap();
            assert_eq!(rows as usize, copies, "{} on the ledger\n{}", mail.id, self.log());
            let line = format!("Message-ID: <{}>", mail.id);
            let kept = finished.iter().filter(|text| text.contains(&line)).count();
            assert!(kept >= copies, "{}: {kept} of {copies} in Procesados\n{}", mail.id, self.log());
        }
        let (worked, posted) = (self.count("SELECT count(*) FROM correo"), self.posted.len());
        assert_eq!(worked as usize, posted, "mails on the ledger\n{}", self.log());
    }

    fn judge_letters(&self) {
        let books = self.books();
        let mut letters = books.prepare("SELECT mensaje, para, forma, estado FROM carta ORDER BY id").unwrap();
        let letters = letters.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        let letters: Vec<(String, String, String, String)> = letters.map(Result::unwrap).collect();
        let mut came: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for letter in self.sink.letters() {
            came.entry(letter.id()).or_default().push(letter.bytes);
        }
        for (id, to, form, estado) in &letters {
            assert_eq!(estado, "enviada", "{form} to {to}\n{}", self.log());
            let copies = came.remove(id).unwrap_or_default();
            let most = 1 + self.breaks.get(id).copied().unwrap_or_default();
            assert!((1..=most).contains(&copies.len()), "{form} to {to}: {} times\n{}", copies.len(), self.log());
            assert!(
                copies.iter().all(|copy| *copy == copies[0]),
                "{form} to {to} came with other bytes\n{}",
                self.log()
            );
        }
        assert!(came.is_empty(), "letters that nobody wrote: {:?}\n{}", came.keys(), self.log());
        let receipts = |to: &str| letters.iter().filter(|(_, para, form, _)| para == to && form == "acuse").count();
        for mail in self.posted.iter().filter(|mail| mail.kind == Kind::Request) {
            assert_eq!(receipts(&mail.from), 1, "receipts to {}\n{}", mail.from, self.log());
        }
        let told = letters.iter().filter(|(_, _, form, _)| form == "asignacion").count();
        let requests = self.posted.iter().filter(|mail| mail.kind == Kind::Request).count();
        assert_eq!(told, requests, "letters to technicians\n{}", self.log());
    }
}
