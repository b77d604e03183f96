//! How mail programs answer a letter: the headers they write, and the way each repeats what it answers.
use mesa_tic::daemon;
use mesa_tic::mail::message::Mail;
use mesa_tic::spanish::when;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Program {
    Outlook,
    Gmail,
    /// The mail program of a phone that keeps the thread by Reply-To alone: it cites no id.
    Phone,
}

/// Who sits at it.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    pub name: &'a str,
    pub address: &'a str,
    pub program: Program,
}

impl Writer<'_> {
    /// A new mail.
    pub fn write(&self, to: &str, subject: &str, text: &str) -> String {
        self.mail(to, subject, "", &format!("{text}\n"))
    }

    /// The answer to a letter: where it is to go, and the mail.
    pub fn answer(&self, letter: &Mail, text: &str) -> (String, String) {
        let to = letter.reply_to.first().unwrap_or(&letter.from).correo.clone();
        let id = &letter.id.as_ref().unwrap().0;
        let mut thread: Vec<&str> = letter.refs.iter().rev().map(|id| id.0.as_str()).collect();
        thread.dedup();
        let older: String = thread.iter().map(|id| format!("<{id}>\r\n ")).collect();
        let cited = match self.program {
            Program::Outlook | Program::Gmail => format!("In-Reply-To: <{id}>\r\nReferences: {older}<{id}>\r\n"),
            Program::Phone => String::new(),
        };
        let prefix = if self.program == Program::Outlook { "RE" } else { "Re" };
        let mail = self.mail(
            &to,
            &format!("{prefix}: {}", letter.subject),
            &cited,
            &format!("{text}\n{}", self.history(letter, &to)),
        );
        (to, mail)
    }

    fn history(&self, letter: &Mail, to: &str) -> String {
        let told = letter.body.text.trim_end();
        let quoted: String = told.lines().map(|line| format!("> {line}\n")).collect();
        match self.program {
            Program::Outlook => format!(
                "\n________________________________\nDe: Mesa de Ayuda <{to}>\nEnviado: miércoles, 25 de noviembre de 2026 \
                 9:00 a. m.\nPara: {} <{}>\nAsunto: {}\n\n{told}\n",
                self.name, self.address, letter.subject
            ),
            Program::Gmail => {
                format!("\nEl mié, 25 nov 2026 a la(s) 9:00 a.m., Mesa de Ayuda (<{to}>) escribió:\n\n{quoted}")
            }
            Program::Phone => format!(
                "\nEnviado desde mi iPhone\n\n> El 25/11/2026, a las 9:00 a. m., Mesa de Ayuda <{to}> escribió:\n>\n{quoted}"
            ),
        }
    }

    fn mail(&self, to: &str, subject: &str, cited: &str, text: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let (name, address) = (self.name, self.address);
        let date = daemon::now().to_zoned(when::bogota()).strftime("%a, %d %b %Y %H:%M:%S %z");
        let id = match self.program {
            Program::Outlook => format!("SJ0PR08MB{n:04}.namprd08@{}", address.split('@').next_back().unwrap()),
            Program::Gmail => format!("CAJ3+f{n:04}=w@mail.gmail.com"),
            Program::Phone => format!("0F3C{n:04}-AB12-4C5D-9E6F@icloud.com"),
        };
        let page = text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>\r\n");
        let body = match self.program {
            Program::Phone => format!(
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
                quoted_printable(text)
            ),
            Program::Outlook | Program::Gmail => format!(
                "Content-Type: multipart/alternative; boundary=\"_000_\"\r\n\r\n--_000_\r\nContent-Type: text/plain; \
                 charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n--_000_\r\nContent-Type: \
                 text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n--_000_--\r\n",
                quoted_printable(text),
                quoted_printable(&format!("<html><body><div>{page}</div></body></html>\n"))
            ),
        };
        format!(
            "From: {name} <{address}>\r\nTo: Mesa de Ayuda <{to}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: \
             <{id}>\r\n{cited}MIME-Version: 1.0\r\n{body}",
            encoded_word(subject)
        )
    }
}

fn encoded_word(text: &str) -> String {
    let octets = text.bytes().map(|octet| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(octet).to_string(),
        other => format!("={other:02X}"),
    });
    // Several words, each within its limit of 75 and none that cuts a letter in two.
    let (mut words, mut word, mut cut) = (Vec::new(), String::new(), true);
    for (octet, code) in text.bytes().zip(octets) {
        cut = cut && word.len() < 50 || octet & 0xC0 == 0x80;
        if !cut {
            words.push(std::mem::take(&mut word));
        }
        cut = true;
        word.push_str(&code);
    }
    words.push(word);
    words.iter().map(|word| format!("=?utf-8?Q?{word}?=")).collect::<Vec<_>>().join("\r\n ")
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut width = 0;
        for octet in line.bytes() {
            let code = match octet {
                b'=' | 0..=31 | 127.. => format!("={octet:02X}"),
                plain => char::from(plain).to_string(),
            };
            if width + code.len() > 75 {
                out.push_str("=\r\n");
                width = 0;
            }
            width += code.len();
            out.push_str(&code);
        }
        out.push_str("\r\n");
    }
    out
}
