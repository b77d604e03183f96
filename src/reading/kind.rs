//! What sort of mail it is: the first of an ordered list of questions that is answered with yes.
use crate::mail::body::Part;
use crate::mail::message::{Hand, Mail};
use crate::office::people::Directory;
use crate::reading::command::{Command, Complaint};
use crate::reading::lexicon::Hit;
use crate::reading::note::{Found, Kind, RuleId, Zone};
use crate::reading::page::{Ask, Page};
use crate::reading::rules::Rules;
use crate::reading::tag::{Courtesy, Mark, Tag};
use crate::spanish::fold::fold;
use std::collections::BTreeSet;

/// What the questions look at.
pub(crate) struct Case<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) people: &'a Directory,
    pub(crate) mail: &'a Mail,
    pub(crate) ask: &'a Ask<'a>,
    pub(crate) commands: &'a [Result<Command, Complaint>],
}

/// Weight of foreign marks from which a mail is not for the desk: from outside the house, and from within.
const FOREIGN: i32 = 5;
const FOREIGN_INSIDE: i32 = 8;
/// From within the house, where nobody asks for anything.
const CIRCULAR: i32 = 5;
/// Lines of «Nombre: valor» that make a report.
const REPORT: usize = 3;

impl Case<'_> {
    pub(crate) fn kind(&self) -> Found<Kind> {
        let mail = self.mail;
        if mail.calendar.is_some() {
            return header(Kind::Calendario, "parte de calendario");
        }
        if mail.hand == Hand::Bounce || mail.bounce.is_some() {
            return header(Kind::Rebote, "informe de entrega");
        }
        if let Some(hit) = self.alarm() {
            return hit;
        }
        if mail.hand == Hand::Ourselves {
            return header(Kind::Automatico, "correo propio");
        }
        if let Some(found) = self.automatic() {
            return found;
        }
        if self.orders() {
            return header(Kind::Comando, "línea con una orden");
        }
        if self.answers() {
            return header(Kind::Respuesta, "responde a un caso");
        }
        if let Some(found) = self.foreign() {
            return found;
        }
        if let Some(found) = self.opinion() {
            return found;
        }
        header(Kind::Solicitud, "lo demás es una solicitud")
    }

    /// One good order is enough; of somebody of the office a faulty one too, so that he hears what was wrong with it.
    fn orders(&self) -> bool {
        let of_the_office = self.people.who(&self.mail.from.correo).is_some();
        self.commands.iter().any(|order| order.is_ok() || of_the_office)
    }

    fn found(&self, kind: Kind, page: &Page<'_>, hit: &Hit) -> Found<Kind> {
        let span = page.span_of(hit);
        let words = page.said(&span).to_owned();
        Found { value: kind, rule: self.rules.lexicon.rule(hit.entry), zone: page.zone, span, words }
    }

    /// A monitoring system speaks: known by its sender's name, or by its subject from a machine.
    fn alarm(&self) -> Option<Found<Kind>> {
        let lexicon = &self.rules.lexicon;
        let local = self.mail.from.correo.replace(['@', '.', '-', '_'], " ");
        let sender = format!("{} {local}", self.mail.from.nombre.as_deref().unwrap_or_default());
        let sender = Page::whole(lexicon, Zone::Remitente, &sender);
        let by_subject = self.ask.subject.marked(lexicon, Mark::AlarmaAsunto);
        if let Some(hit) = sender.marked(lexicon, Mark::AlarmaSistema) {
            return Some(self.found(Kind::Alarma, &sender, &hit));
        }
        let by_sender = sender.marked(lexicon, Mark::AlarmaRemitente)?;
        let machine = self.mail.hand == Hand::Robot || by_subject.is_some() || self.is_report();
        machine.then(|| match by_subject {
            Some(hit) => self.found(Kind::Alarma, &self.ask.subject, &hit),
            None => self.found(Kind::Alarma, &sender, &by_sender),
        })
    }

    /// Line after line of «Nombre: valor» and no greeting: no person writes so.
    fn is_report(&self) -> bool {
        let lexicon = &self.rules.lexicon;
        let greets = |page: &Page<'_>| {
            let saludo = |tag: &Tag| matches!(tag, Tag::Courtesy(Courtesy::Saludo)).then_some(());
            page.tagged_in(lexicon, 0..1, saludo).next().is_some()
        };
        let pairs = |page: &&Page<'_>| page.said(&page.span).lines().filter(|line| is_pair(line)).take(REPORT).count();
        self.ask.texts.iter().any(|page| !greets(page) && pairs(&page) >= REPORT)
    }

    fn automatic(&self) -> Option<Found<Kind>> {
        let lexicon = &self.rules.lexicon;
        let subject = self.ask.subject.marked(lexicon, Mark::AutomaticoAsunto).filter(|h| h.first == 0);
        let text = self.ask.texts.iter().find_map(|p| p.marked(lexicon, Mark::AutomaticoTexto).map(|hit| (p, hit)));
        if self.mail.hand == Hand::Robot {
            return Some(match (subject, text) {
                (Some(hit), _) => self.found(Kind::Automatico, &self.ask.subject, &hit),
                (None, Some((page, hit))) => self.found(Kind::Automatico, page, &hit),
                (None, None) if self.foreign_weight().0 > 0 => header(Kind::Ajeno, "correo de lista"),
                (None, None) if self.mail.refs.is_empty() => header(Kind::Ajeno, "correo de lista"),
                (None, None) => header(Kind::Automatico, "respuesta automática"),
            });
        }
        let (hit, page) = match (subject, text) {
            (Some(hit), Some(_)) => (hit, &self.ask.subject),
            (None, Some((page, hit))) if !self.asks() => (hit, page),
            (_, _) => return None,
        };
        Some(self.found(Kind::Automatico, page, &hit))
    }

    /// Does anybody ask for anything here?
    fn asks(&self) -> bool {
        let pages = std::iter::once(&self.ask.subject).chain(&self.ask.texts);
        pages.into_iter().any(|p| p.marked(&self.rules.lexicon, Mark::Solicitud).is_some())
    }

    /// Our ticket in the subject, or an answer that quotes one of our letters.
    fn answers(&self) -> bool {
        let other = self.ask.texts.iter().any(|p| p.marked(&self.rules.lexicon, Mark::OtroTema).is_some());
        if has_ticket(&self.mail.subject) {
            return true;
        }
        let answer = self.is_answer();
        let quoted = self.mail.body.segments.iter().filter(|s| s.part == Part::Quoted);
        let ticket_quoted = quoted.into_iter().any(|s| has_ticket(self.mail.body.words(s)));
        !other && answer && (ticket_quoted || !self.mail.refs.is_empty())
    }

    fn is_answer(&self) -> bool {
        let subject = fold(&self.mail.subject);
        ["re:", "rta:", "resp:", "respuesta:", "re "].iter().any(|p| subject.trim_start().starts_with(p))
    }

    fn foreign_weight(&self) -> (i32, Option<(&Page<'_>, Hit)>) {
        let lexicon = &self.rules.lexicon;
        let mut weight = 0;
        let mut first = None;
        let mut seen = BTreeSet::new();
        for page in self.ask.pages() {
            for hit in &page.hits {
                let Some(Tag::Mark { mark, weight: w }) = lexicon.tag(hit) else { continue };
                if seen.contains(&hit.entry) {
                    continue;
                }
                match mark {
                    Mark::Ajeno => {
                        weight += i32::from(*w);
                        first = first.or(Some((page, *hit)));
                        seen.insert(hit.entry);
                    }
                    Mark::Solicitud => {
                        weight -= i32::from(*w);
                        seen.insert(hit.entry);
                    }
                    Mark::AlarmaSistema | Mark::AlarmaRemitente | Mark::AlarmaAsunto | Mark::AutomaticoAsunto => {}
                    Mark::AutomaticoTexto
                    | Mark::Concepto
                    | Mark::ConceptoActo
                    | Mark::OtroTema
                    | Mark::PropioReenvio => {}
                }
            }
        }
        (weight, first)
    }

    /// Advertising, a newsletter, a circular: not for the desk.
    fn foreign(&self) -> Option<Found<Kind>> {
        let inside = self.people.is_institutional(&self.mail.from.correo);
        if inside && self.is_answer() {
            return None;
        }
        let (weight, first) = self.foreign_weight();
        let (page, hit) = first?;
        let enough = match (inside, self.asks()) {
            (true, true) => FOREIGN_INSIDE,
            (true, false) => CIRCULAR,
            (false, _) => FOREIGN,
        };
        (weight >= enough).then(|| self.found(Kind::Ajeno, page, &hit))
    }

    /// A technical opinion on a purchase, a rental, a service: asked for together with the act it is about.
    fn opinion(&self) -> Option<Found<Kind>> {
        let lexicon = &self.rules.lexicon;
        let pages: Vec<&Page<'_>> = std::iter::once(&self.ask.subject).chain(&self.ask.texts).collect();
        let act = pages.iter().any(|p| p.marked(lexicon, Mark::ConceptoActo).is_some());
        let (page, hit) = pages.into_iter().find_map(|p| p.marked(lexicon, Mark::Concepto).map(|hit| (p, hit)))?;
        act.then(|| self.found(Kind::ConceptoTecnico, page, &hit))
    }
}

/// «Host: sw-1», «Estado | Fallo»: a few words, a mark and a value.
fn is_pair(line: &str) -> bool {
    let Some((name, value)) = line.split_once([':', '|', '\t']) else { return false };
    (1..=4).contains(&name.split_whitespace().count()) && !value.trim().is_empty()
}

fn header(kind: Kind, why: &str) -> Found<Kind> {
    Found { value: kind, rule: RuleId::new(why), zone: Zone::Regla, span: 0..0, words: String::new() }
}

/// `TIC-2026-00017`, anywhere.
pub(crate) fn has_ticket(text: &str) -> bool {
    text.match_indices("TIC-").any(|(at, _)| {
        let rest = text.get(at + 4..).unwrap_or_default().as_bytes();
        let digits = |r: &[u8]| r.iter().take_while(|b| b.is_ascii_digit()).count();
        digits(rest) == 4 && rest.get(4) == Some(&b'-') && digits(rest.get(5..).unwrap_or_default()) > 0
    })
}
