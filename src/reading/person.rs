//! The name of the person who needs the service: the fullest form that the mail gives.
use crate::reading::candidate::{Ballot, Source};
use crate::reading::form::Form;
use crate::reading::lexicon::Hit;
use crate::reading::mailbox::{Display, Sender, is_made_of};
use crate::reading::marks;
use crate::reading::name::{LITTLE, fullness, in_order_of, is_slip, same_person, titled};
use crate::reading::named::{LONGEST_NAME_LINE, MOST_WORDS, Names};
use crate::reading::note::{Candidate, RuleId, Zone};
use crate::reading::page::{Ask, Page};
use crate::reading::pieces::{Piece, Sort};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Person, Tag};
use crate::reading::words::{Gap, Shape, Words};
use crate::spanish::phone::{Line, Number};
use std::ops::Range;

const LONGEST_APPOSITION: usize = 9;

/// Who signs with his post below, whatever name the mailbox bears: a little more than the sender's display name.
const POST: i32 = 78;
/// Words from «a la doctora …» to what she needs, at most.
const LONGEST_NEED: usize = 24;

/// How a sentence goes on that tells what fails.
const FAILS: &[&str] =
    &["no", "se", "esta", "sigue", "quedo", "amanecio", "aparece", "sale", "presenta", "tiene", "ya", "anda"];

/// Words of «Cel. 300…», before the number.
const LONGEST_CUE: usize = 2;

/// What is done with the account of who has left, and how far before it that stands.
const ENDED: &[&str] = &["inactiv", "desactiv", "deshabilit", "elimin", "retir", "bloque", "suspend", "borra"];
const LONGEST_END: usize = 4;

/// Somebody else than the sender needs the service.
pub(crate) const OTHER: i32 = 88;

impl<'a> Names<'a> {
    fn said(&self, words: &Range<usize>) -> &'a str {
        self.page.said(&self.page.words.span(words.start, words.end.saturating_sub(1)))
    }

    fn offer(&self, words: &Range<usize>, rule: RuleId, zone: Zone, score: i32, ballot: &mut Ballot) {
        let span = self.page.words.span(words.start, words.end.saturating_sub(1));
        let value = titled(self.page.said(&span));
        ballot.add(Field::Nombre, value, Source::span(self.page, rule, zone, span), score);
    }

    /// `Nombre: …`
    pub(crate) fn labelled(&self, form: &Form, ballot: &mut Ballot) {
        for line in form.of_field(Field::Nombre) {
            let words = self.page.words.within(&line.value);
            if let Some(run) = self.run(words.start, true).filter(|r| r.end <= words.end) {
                let score = if run.len() > 1 { 100 } else { 62 };
                self.offer(&run, self.rules.lexicon.rule(line.hit.entry), Zone::Etiqueta, score, ballot);
            }
        }
    }

    /// «A nombre de …», «la doctora Vives necesita …»: a secretary writes for somebody else.
    pub(crate) fn on_behalf(&self, sender: &str, form: &Form, ballot: &mut Ballot) {
        for hit in self.tagged(Person::Encargo) {
            let titled = self.is_title(hit.last + 1) || self.is_title(hit.last);
            let run = self.run(hit.last + 1, false);
            let run = run.or_else(|| self.run(hit.last + 1, true).filter(|r| titled && r.len() > 1 && self.ends(r)));
            if let Some(run) = run
                && (titled || run.len() > 1 && !self.is_plain(&run))
                && !same_person(self.said(&run), sender)
            {
                self.offer(&run, self.rules.lexicon.rule(hit.entry), self.page.zone, 95, ballot);
            }
        }
        for hit in self.tagged(Person::EquipoDe).filter(|hit| !self.is_ended(hit.first)) {
            if let Some(run) = self.run(hit.last + 1, false).filter(|run| run.len() > 1)
                && (self.is_title(hit.last + 1) || self.is_surely_a_name(&run))
                && FAILS.contains(&self.page.words.folded(run.end + self.apposition(run.end)))
                && !same_person(self.said(&run), sender)
            {
                self.offer(&run, self.rules.lexicon.rule(hit.entry), self.page.zone, OTHER, ballot);
            }
        }
        for title in (0..self.page.words.len()).filter(|i| self.is_title(*i) && !self.is_title(i + 1)) {
            let Some(run) = self.run(title + 1, false) else { continue };
            if let Some(need) = self.need(&run, self.opens_with_to(title))
                && !same_person(self.said(&run), sender)
            {
                self.offer(&run, self.rules.lexicon.rule(need.entry), self.page.zone, OTHER, ballot);
            } else if run.len() > 1 && self.is_given(title, &run, form) && !same_person(self.said(&run), sender) {
                self.offer(&run, RuleId::new("para quien se pide, con sus datos"), self.page.zone, OTHER, ballot);
            }
        }
        // «A Álvaro Noguera no le abre el correo»: no title, but nothing else is called so.
        for to in (0..self.page.words.len()).filter(|i| self.page.words.folded(*i) == "a" && !self.is_title(i + 1)) {
            if let Some(run) = self.run(to + 1, false).filter(|run| self.is_surely_a_name(run))
                && let Some(need) = self.need(&run, false)
                && !same_person(self.said(&run), sender)
            {
                self.offer(&run, self.rules.lexicon.rule(need.entry), self.page.zone, OTHER, ballot);
            }
        }
    }

    /// «Inactivar el usuario de …»: he is gone, and needs nothing.
    fn is_ended(&self, thing: usize) -> bool {
        let ends = |i: usize| ENDED.iter().any(|stem| self.page.words.folded(i).starts_with(stem));
        (thing.saturating_sub(LONGEST_END)..thing).any(ends)
    }

    /// Two words or more with capitals that mean nothing else: «Álvaro Noguera», and not «Microsoft Teams» or «Punto Digital».
    fn is_surely_a_name(&self, run: &Range<usize>) -> bool {
        let means = |tag: &Tag| {
            matches!(
                tag,
                Tag::Topic { .. } | Tag::Place { .. } | Tag::Dependencia { .. } | Tag::Person(Person::Externa)
            )
            .then_some(())
        };
        let cased = |i: usize| self.page.words.get(i).is_some_and(|w| w.shape == Shape::Capital);
        let little = |i: usize| LITTLE.contains(&self.page.words.folded(i));
        run.len() > 1
            && run.clone().all(|i| cased(i) || little(i))
            && run.clone().filter(|i| cased(*i)).count() > 1
            && self.page.tagged_in(&self.rules.lexicon, run.clone(), means).next().is_none()
    }

    /// «Crear usuario para la contratista Leidy Manjarrés … Celular: 301…»: the request gives, below, how to reach her.
    fn is_given(&self, title: usize, run: &Range<usize>, form: &Form) -> bool {
        let word = |back: usize| title.checked_sub(back).map_or("", |i| self.page.words.folded(i));
        let wanted = word(1) == "para" || word(2) == "para" && matches!(word(1), "la" | "el");
        let below = |field| form.of_field(field).any(|line| self.page.words.at(line.value.start) > run.end);
        wanted && (below(Field::Celular) || below(Field::Telefono))
    }

    /// What says that the one of this name needs something. Behind «a la doctora …» it may stand farther off: «… el SECOP se le
    /// queda en blanco».
    fn need(&self, run: &Range<usize>, to: bool) -> Option<Hit> {
        let meant = |tag: &Tag| matches!(tag, Tag::Person(Person::Necesita)).then_some(());
        let stop = |i: &usize| self.page.words.get(*i).is_none_or(|w| !w.gap.joins());
        let end = if to {
            (run.end..run.end + LONGEST_NEED).find(stop).unwrap_or(run.end + LONGEST_NEED)
        } else {
            run.end + 2 + self.apposition(run.end)
        };
        self.page.tagged_in(&self.rules.lexicon, run.end..end, meant).next().map(|(hit, ())| hit)
    }

    /// «A la doctora …», «al ingeniero …» at the head of a sentence, or behind the comma of a greeting.
    fn opens_with_to(&self, title: usize) -> bool {
        let word = |back: usize| title.checked_sub(back).map_or("", |i| self.page.words.folded(i));
        let at = match (word(2), word(1)) {
            (_, "al" | "a") => title.checked_sub(1),
            ("a", "la" | "el" | "mi" | "nuestra" | "nuestro") => title.checked_sub(2),
            (_, _) => None,
        };
        at.and_then(|i| self.page.words.get(i)).is_some_and(|w| w.gap != Gap::Space)
    }

    /// Words of a «, Secretaria de la Mujer,» behind a name.
    fn apposition(&self, at: usize) -> usize {
        let gap = |i: usize| self.page.words.get(i).map(|w| w.gap);
        if gap(at) != Some(Gap::Mark) {
            return 0;
        }
        (1..=LONGEST_APPOSITION).find(|n| gap(at + n) == Some(Gap::Mark)).unwrap_or(0)
    }

    fn is_office(&self, at: usize) -> bool {
        let office = |tag: &Tag| matches!(tag, Tag::Dependencia { .. }).then_some(());
        self.page.tagged_in(&self.rules.lexicon, at..at + 1, office).next().is_some()
    }

    /// A line of the text that is only a name, as a signature that no client set apart; an office may stand behind it.
    pub(crate) fn alone(&self, pieces: &[Piece], ballot: &mut Ballot) {
        for piece in pieces.iter().filter(|p| p.sort == Sort::Data) {
            if let Some(run) = self.run(piece.words.start, false)
                && run.len() > 1
                && (run.end == piece.words.end || self.is_office(run.end))
            {
                self.offer(&run, RuleId::new("línea que es solo un nombre"), self.page.zone, 71, ballot);
            }
        }
    }

    /// Does a number belong to somebody else: «crear usuario a Luis Meza (cel 300…)», in a mail of Ana Ruiz?
    pub(crate) fn gives_anothers(&self, number: usize, whom: &str) -> bool {
        let start = number.saturating_sub(MOST_WORDS + 3).max(self.page.line_of(number).start);
        let joined = |i: usize| self.page.words.get(i).is_some_and(|w| w.gap.joins());
        let start = (start..number).rev().take_while(|i| joined(i + 1)).last().unwrap_or(number);
        let run = (start..number).find_map(|i| self.run(i, false).filter(|r| r.len() > 1 && r.end <= number));
        let run = run.or_else(|| self.account_for(start).filter(|_| number <= start + LONGEST_CUE));
        run.is_some_and(|run| !whom.is_empty() && !self.is_plain(&run) && !same_person(self.said(&run), whom))
    }

    /// «Crear usuario a Luis Meza. Cel 300…»: for whom an account is asked in the sentence that ends here.
    fn account_for(&self, end: usize) -> Option<Range<usize>> {
        let word = |i: usize| self.page.words.folded(i);
        let sentence = end.saturating_sub(LONGEST_NEED).max(self.page.line_of(end).start)..end;
        let account = |i: usize| ["usuario", "cuenta", "acceso"].iter().any(|stem| word(i).starts_with(stem));
        let to = |i: &usize| matches!(word(*i), "a" | "al" | "para");
        let named = |i: usize| {
            let at = if matches!(word(i + 1), "la" | "el") { i + 2 } else { i + 1 };
            self.run(at, false).filter(|run| run.len() > 1 && run.end <= end)
        };
        sentence.clone().any(account).then(|| sentence.filter(to).find_map(named)).flatten()
    }

    /// «Rodolfo Cuello, cel 300…», «… ext 204»: in the mail of a mailbox that nobody owns, a name with its number behind it.
    pub(crate) fn with_number(&self, ballot: &mut Ballot) {
        let is_his = |n: &&Number| match n.line {
            Line::Celular | Line::Fijo => true,
            Line::Corto => marks::extension(&self.rules.lexicon, self.page, n),
            Line::Local => false,
        };
        for number in self.page.numbers.iter().filter(is_his) {
            let at = self.page.words.at(number.span.start);
            let line = self.page.line_of(at);
            let start = at.saturating_sub(MOST_WORDS + 3).max(line.start);
            let run = (start..at).find_map(|i| self.run(i, false).filter(|r| r.len() > 1 && r.end <= at));
            if let Some(run) = run.filter(|run| !self.is_plain(run)) {
                self.offer(&run, RuleId::new("nombre junto a un teléfono"), self.page.zone, 70, ballot);
            }
        }
    }

    /// «Soy …», «le escribe …», «att …»; `correo` is the sender's address.
    pub(crate) fn introduced(&self, sender: &str, correo: &str, ballot: &mut Ballot) {
        for hit in self.tagged(Person::Presenta) {
            let follows = self.page.words.get(hit.last + 1).is_some_and(|w| w.gap.joins());
            let run = follows.then(|| self.run(hit.last + 1, false).or_else(|| self.run(hit.last + 1, true))).flatten();
            let Some(run) = run.filter(|r| r.len() > 1) else { continue };
            let said = self.said(&run);
            let known = same_person(said, sender) || is_made_of(correo, said);
            if known || !self.is_plain(&run) || self.calls(&hit) && self.ends(&run) {
                self.offer(&run, self.rules.lexicon.rule(hit.entry), self.page.zone, 82, ballot);
            }
        }
    }

    /// «Me llamo», «mi nombre es»: a name must follow, whatever its letters.
    fn calls(&self, hit: &Hit) -> bool {
        matches!(self.page.words.folded(hit.last), "llamo" | "es")
    }

    /// Does the name end of itself: at a mark, at the end, or at a word that no name holds?
    fn ends(&self, run: &Range<usize>) -> bool {
        let next = (run.end..).find(|i| !LITTLE.contains(&self.page.words.folded(*i))).unwrap_or(run.end);
        let barred = self.barred.get(next).copied().unwrap_or(true);
        run.len() < MOST_WORDS && (barred || self.page.words.get(run.end).is_some_and(|w| w.gap != Gap::Space))
    }

    /// Is a word of these one of the sender's name, but for a letter?
    fn shares(&self, words: &Range<usize>, known: &Words) -> bool {
        words.clone().any(|i| {
            let word = self.page.words.folded(i);
            let like = |k: &str| k == word || k.len() >= 5 && word.len() >= 5 && is_slip(k, word);
            (0..known.len()).any(|k| like(known.folded(k)))
        })
    }

    /// In running text «los correos de otro Edgar Mendoza» is only the name's words.
    fn without_lower_ends(&self, run: Range<usize>, known: &Words) -> Range<usize> {
        let line = self.page.line_of(run.start);
        let closed = self.page.words.get(run.end).is_none_or(|w| w.gap != Gap::Space);
        if run.start == line.start && closed {
            return run;
        }
        let shouted = line.len() > LONGEST_NAME_LINE;
        // «… contrato 0455. Ingresan Jorge Anaya y Luis Mier»: the capital of a sentence tells no name.
        let loose = |i: &usize| {
            let plain = |shape| shape == Shape::Lower || shape == Shape::Upper && shouted;
            let opens = |gap| matches!(gap, Gap::Stop | Gap::Line) && run.len() > 2;
            let loose = self.page.words.get(*i).is_some_and(|w| plain(w.shape) || opens(w.gap));
            loose && !self.shares(&(*i..i + 1), known)
        };
        let start = run.clone().find(|i| !loose(i)).unwrap_or(run.end);
        let end = (start..run.end).rev().find(|i| !loose(i)).map_or(start, |i| i + 1);
        start..end
    }

    /// Does a post, a dependencia or an institution stand among these words of a signature?
    fn has_post(&self, words: Range<usize>) -> bool {
        let post = |tag: &Tag| {
            matches!(tag, Tag::Person(Person::Cargo | Person::Externa) | Tag::Dependencia { .. }).then_some(())
        };
        self.page.tagged_in(&self.rules.lexicon, words, post).next().is_some()
    }

    /// The lines of a signature: who signs it. In running text only what is the sender's own name.
    pub(crate) fn signed(&self, sender: &str, foot: bool, ballot: &mut Ballot) {
        let known = Words::new(sender);
        let mut at = 0;
        let mut lines = 0;
        while at < self.page.words.len() {
            let line = self.page.line_of(at);
            let end = line.end.max(at + 1);
            let mut here = at;
            let mut first = true;
            while here < end {
                let run = self.run(here, true).filter(|r| r.end <= end);
                let Some(run) = run else {
                    here += 1;
                    first = false;
                    continue;
                };
                let run = if foot { run } else { self.without_lower_ends(run, &known) };
                let said = self.said(&run);
                let cased = self.page.words.get(run.start).is_some_and(|w| w.shape != Shape::Lower);
                if run.len() > 1 && self.shares(&run, &known) && same_person(said, sender) {
                    self.offer(&run, RuleId::new("nombre del remitente"), self.page.zone, 80, ballot);
                } else if foot && first && lines < 3 && run.len() > 1 && cased && run.end - at <= 7 {
                    let base = if self.has_post(run.end..self.page.line_of(end).end) { POST } else { 72 };
                    let rule = RuleId::new("primera línea de la firma");
                    self.offer(&run, rule, self.page.zone, base - lines, ballot);
                } else if foot && first && lines < 2 && run.len() == 1 && cased && run.end == end {
                    self.offer(&run, RuleId::new("primera línea de la firma"), self.page.zone, 40, ballot);
                }
                here = run.end;
                first = false;
            }
            at = end;
            lines += 1;
        }
    }
}

/// The sender's display name, as far as it is a person's.
pub(crate) fn in_sender(rules: &Rules, ask: &Ask<'_>, from: &Sender<'_>, ballot: &mut Ballot) {
    if matches!(from.display, Display::Nothing | Display::Area) {
        return;
    }
    let page = Page::whole(&rules.lexicon, Zone::Remitente, &ask.sender);
    let names = Names::of(rules, &page);
    let mut best: Option<Range<usize>> = None;
    let mut at = page.words.at(from.own.start);
    let end = page.words.at(from.own.end);
    while at < end {
        match names.run(at, true) {
            Some(run) => {
                at = run.end;
                if best.as_ref().is_none_or(|b| run.len() > b.len()) {
                    best = Some(run);
                }
            }
            None => at += 1,
        }
    }
    let Some(run) = best else { return };
    if run.len() == 1 && end > 1 {
        return;
    }
    let score = if run.len() > 1 { 75 } else { 30 };
    let span = page.words.span(run.start, run.end - 1);
    let said = page.said(&span);
    let value = match said_last_first(&page, &run) {
        Some(turned) => titled(&turned),
        None => titled(said),
    };
    let source = Source { rule: RuleId::new("remitente"), zone: Zone::Remitente, span, words: said };
    ballot.add(Field::Nombre, value, source, score);
}

/// «Ruiz Pérez, Ana»: the comma tells surnames from names.
fn said_last_first(page: &Page<'_>, run: &Range<usize>) -> Option<String> {
    let comma = page.words.get(run.end).is_some_and(|w| w.gap == Gap::Mark && w.shape != Shape::Address);
    let between = page.words.get(run.end)?.span.start;
    let last = page.words.get(run.end - 1)?.span.end;
    let given = page
        .words
        .get(run.end)
        .filter(|_| comma && page.text.get(last..between).is_some_and(|t| t.starts_with(',')))?;
    let rest_end = page.words.list().iter().skip(run.end).take_while(|w| w.shape != Shape::Address).last()?.span.end;
    let surnames = page.said(&page.words.span(run.start, run.end - 1));
    Some(format!("{} {surnames}", page.text.get(given.span.start..rest_end)?))
}

/// The name to write down: the strongest candidate, in its fullest form.
pub(crate) fn settle(ballot: &mut Ballot) {
    let Some(lead) = ballot.best(Field::Nombre).cloned() else { return };
    let alike =
        |c: &&Candidate| c.field == Field::Nombre && (c.value == lead.value || same_person(&c.value, &lead.value));
    let mut fullest: Option<&Candidate> = None;
    for candidate in ballot.list.iter().filter(alike) {
        let better = |f: &Candidate| (fullness(&candidate.value), candidate.score) > (fullness(&f.value), f.score);
        if fullest.is_none_or(better) {
            fullest = Some(candidate);
        }
    }
    let Some(fullest) = fullest.cloned() else { return };
    let value = in_order_of(&fullest.value, &lead.value);
    ballot.list.push(Candidate { value, score: lead.score + 1, ..fullest });
}
