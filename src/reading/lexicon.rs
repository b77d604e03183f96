//! Every phrase of every rule file in one net, and a text's words drawn through it once.
use crate::office::rulefile::{RuleFile, Text};
use crate::reading::fast::Fast;
use crate::reading::note::RuleId;
use crate::reading::phrase::forms;
use crate::reading::slips::Slips;
use crate::reading::tag::Tag;
use crate::reading::words::{Shape, Word, Words};
use crate::spanish::number;
use std::collections::HashMap;
use std::iter::successors;
use std::num::NonZeroU32;
use std::ops::Range;

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) entry: u32,
    /// Index of its first and last word.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// One of its words was written with a slip of the pen.
    pub(crate) typo: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) tag: Tag,
    rule: RuleId,
}

/// All that may follow a node: two nodes with the same are one.
#[derive(PartialEq, Eq, Hash)]
struct Tail {
    outputs: Vec<u32>,
    gap: Option<u32>,
    steps: Vec<(u32, u32)>,
}

/// There are a hundred thousand of them before the net is settled: each is small.
#[derive(Default)]
struct Node {
    /// The first of the phrases that end here, by its place in `outputs`.
    output: Option<NonZeroU32>,
    gap: Option<u32>,
    special: bool,
    /// Nothing follows it directly; known once the net is settled.
    ends: bool,
}

/// The net. Built once per set of rules.
#[derive(Default)]
pub(crate) struct Lexicon {
    entries: Vec<Entry>,
    nodes: Vec<Node>,
    /// Which phrase ends at a node, and the next that does. Places count from 1.
    outputs: Vec<(u32, Option<NonZeroU32>)>,
    /// Where every phrase begins.
    root: u32,
    /// What the first word of a phrase leads to, by its symbol: asked for every word of a mail. Empty until settled.
    begins: Vec<Option<u32>>,
    edges: HashMap<(u32, u32), u32, Fast>,
    literals: HashMap<String, u32, Fast>,
    prefixes: HashMap<String, u32, Fast>,
    /// By first byte: a bit for each length of a prefix that begins so.
    prefix_lengths: HashMap<u8, u64, Fast>,
    next_symbol: u32,
    slips: Slips,
}

const NUMBER: u32 = 0;
const LETTER: u32 = 1;
const CAPITAL: u32 = 2;
const ANY: u32 = 3;
const FIRST_SYMBOL: u32 = 4;
/// Words that `...` may stand for, at most.
const LONGEST_GAP: u8 = 3;
/// Phrases that may be under way at one word; the bound keeps reading linear whatever the rules say.
const MOST_STATES: usize = 256;

struct State {
    node: u32,
    first: usize,
    skipped: u8,
    typo: bool,
}

impl Lexicon {
    /// Adds a phrase of a rule file; a faulty one is reported and left out.
    pub(crate) fn add(&mut self, file: &mut RuleFile<'_>, phrase: &Text, tag: Tag) {
        let rule = self.entry(file, phrase, tag);
        match forms(&phrase.value) {
            Ok(forms) => self.add_forms(file, phrase, &forms, rule, false),
            Err(fault) => file.error(&within(phrase, fault.at), fault.what),
        }
    }

    /// Adds forms already spelt out, whose words may also be misspelt.
    pub(crate) fn add_name(&mut self, file: &mut RuleFile<'_>, at: &Text, phrase: &str, tag: Tag) {
        let rule = self.entry(file, at, tag);
        match forms(phrase) {
            Ok(forms) => self.add_forms(file, at, &forms, rule, true),
            Err(fault) => file.error(&at.span, fault.what),
        }
    }

    /// Words that look like misspelt names and are not.
    pub(crate) fn not_slip(&mut self, word: &str) {
        self.slips.is_right(Words::new(word).folded(0));
    }

    pub(crate) fn tag(&self, hit: &Hit) -> Option<&Tag> {
        self.entries.get(hit.entry as usize).map(|e| &e.tag)
    }

    pub(crate) fn rule(&self, entry: u32) -> RuleId {
        self.entries.get(entry as usize).map_or_else(|| RuleId::new(""), |entry| entry.rule.clone())
    }

    fn entry(&mut self, file: &RuleFile<'_>, at: &Text, tag: Tag) -> u32 {
        let rule = RuleId::new(format!("{}:{}", file.name(), file.line(&at.span)));
        self.entries.push(Entry { tag, rule });
        self.entries.len() as u32 - 1
    }

    fn add_forms(&mut self, file: &mut RuleFile<'_>, at: &Text, forms: &[Vec<String>], rule: u32, slips: bool) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
            self.next_symbol = FIRST_SYMBOL;
        }
        let mut repeats = Some(rule).filter(|_| !slips);
        for form in forms {
            let opens = form.first().map(String::as_str);
            if matches!(opens, None | Some("..." | "+" | "^" | "@")) || form.last().is_some_and(|w| w == "...") {
                file.error(
                    &at.span,
                    format!("«{}» debe empezar por una palabra y no puede terminar en «...»", at.value),
                );
                return;
            }
            let mut node = 0;
            for part in form {
                node = self.step(node, part, slips);
            }
            // Said before with the same meaning: one of the two adds nothing, as long as all of its forms are so.
            repeats = repeats.and_then(|_| self.said_at(node, rule));
            if !self.outputs(self.nodes.get(node as usize)).any(|output| output == rule) {
                self.put_output(node, rule);
            }
        }
        if let Some(earlier) = repeats {
            file.warn(&at.span, format!("«{}» ya está en {}; sobra una", at.value, self.rule(earlier)));
        }
    }

    /// The earlier entry that ends at this node and means the same.
    fn said_at(&self, node: u32, rule: u32) -> Option<u32> {
        let tag = self.entries.get(rule as usize)?.tag;
        let mut outputs = self.outputs(self.nodes.get(node as usize));
        outputs.find(|o| *o != rule && self.entries.get(*o as usize).is_some_and(|e| e.tag == tag))
    }

    /// The phrases that end at a node, the last put first.
    fn outputs(&self, node: Option<&Node>) -> impl Iterator<Item = u32> {
        let at = |place: NonZeroU32| self.outputs.get(place.get() as usize - 1);
        let first = node.and_then(|node| node.output).and_then(at);
        successors(first, move |(_, next)| next.and_then(at)).map(|(rule, _)| *rule)
    }

    fn put_output(&mut self, node: u32, rule: u32) {
        if let Some(end) = self.nodes.get_mut(node as usize) {
            self.outputs.push((rule, end.output));
            end.output = NonZeroU32::new(self.outputs.len() as u32);
        }
    }

    fn step(&mut self, node: u32, part: &str, slips: bool) -> u32 {
        if part == "..." {
            if let Some(gap) = self.nodes.get(node as usize).and_then(|n| n.gap) {
                return gap;
            }
            let gap = self.new_node();
            if let Some(n) = self.nodes.get_mut(node as usize) {
                n.gap = Some(gap);
            }
            return gap;
        }
        let symbol = self.symbol(part, slips);
        if symbol < FIRST_SYMBOL
            && let Some(n) = self.nodes.get_mut(node as usize)
        {
            n.special = true;
        }
        if let Some(next) = self.edges.get(&(node, symbol)) {
            return *next;
        }
        let next = self.new_node();
        self.edges.insert((node, symbol), next);
        next
    }

    fn new_node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        self.nodes.len() as u32 - 1
    }

    fn symbol(&mut self, part: &str, slips: bool) -> u32 {
        match part {
            "#" => return NUMBER,
            "@" => return LETTER,
            "^" => return CAPITAL,
            "+" => return ANY,
            _ => {}
        }
        if let Some(prefix) = part.strip_suffix('*') {
            let first = prefix.bytes().next().unwrap_or_default();
            *self.prefix_lengths.entry(first).or_default() |= 1 << prefix.len().min(63);
            let next = &mut self.next_symbol;
            return *self.prefixes.entry(prefix.to_owned()).or_insert_with(|| advance(next));
        }
        if slips {
            self.slips.learn(part);
        }
        if let Some(symbol) = self.literals.get(part) {
            return *symbol;
        }
        let next = &mut self.next_symbol;
        *self.literals.entry(part.to_owned()).or_insert_with(|| advance(next))
    }

    /// Gives equal tails one node: the alternatives of a phrase end alike. To be called when every phrase is in; the net
    /// becomes a tenth as large, and reading as much quicker as its caches like.
    pub(crate) fn settle(&mut self) {
        let mut onward: Vec<(u32, u32, u32)> =
            std::mem::take(&mut self.edges).into_iter().map(|((from, symbol), to)| (from, symbol, to)).collect();
        onward.sort_unstable();
        let mut tails: HashMap<Tail, u32> = HashMap::new();
        let mut stands_for: Vec<u32> = vec![0; self.nodes.len()];
        let mut settled = Lexicon::default();
        // What comes after a node was made after it: from the last to the first, all that follows is settled already.
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let stand_in = |id: u32| stands_for.get(id as usize).copied().unwrap_or_default();
            let first = onward.partition_point(|(from, ..)| (*from as usize) < index);
            let mut steps: Vec<(u32, u32)> =
                onward.drain(first..).map(|(_, symbol, to)| (symbol, stand_in(to))).collect();
            steps.sort_unstable();
            let gap = node.gap.map(stand_in);
            let mut outputs: Vec<u32> = self.outputs(Some(node)).collect();
            outputs.sort_unstable();
            let (fresh, ends) = (settled.nodes.len() as u32, steps.is_empty());
            let tail = Tail { outputs, gap, steps };
            let id = tails.get(&tail).copied().unwrap_or(fresh);
            if id == fresh {
                settled.nodes.push(Node { output: None, gap, special: node.special, ends });
                tail.outputs.iter().rev().for_each(|rule| settled.put_output(id, *rule));
                settled.edges.extend(tail.steps.iter().map(|(symbol, to)| ((id, *symbol), *to)));
                tails.insert(tail, id);
            }
            if let Some(slot) = stands_for.get_mut(index) {
                *slot = id;
            }
        }
        self.root = stands_for.first().copied().unwrap_or_default();
        (self.nodes, self.edges, self.outputs) = (settled.nodes, settled.edges, settled.outputs);
        self.begins = (0..self.next_symbol).map(|symbol| self.edges.get(&(self.root, symbol)).copied()).collect();
    }

    /// Every phrase of the rules in these words, by where it ends; of phrases that end together the longest first.
    pub(crate) fn find(&self, words: &Words) -> Vec<Hit> {
        let mut hits = Vec::with_capacity(2 * words.len());
        let (mut states, mut next): (Vec<State>, Vec<State>) = (Vec::with_capacity(32), Vec::with_capacity(32));
        let mut symbols = Vec::with_capacity(32);
        for (index, word) in words.list().iter().enumerate() {
            if !word.gap.joins() {
                states.clear();
            }
            symbols.clear();
            let typo = self.symbols(word, words.folded_of(word), &mut symbols);
            states.push(State { node: self.root, first: index, skipped: 0, typo: false });
            for state in states.drain(..) {
                let special = self.nodes.get(state.node as usize).is_some_and(|n| n.special);
                for symbol in symbols.iter().filter(|s| **s >= FIRST_SYMBOL || special) {
                    if let Some(node) = self.onward(state.node, *symbol) {
                        let typo = state.typo || (typo && *symbol >= FIRST_SYMBOL);
                        self.enter(node, index, &State { node, typo, ..state }, &mut next, &mut hits);
                    }
                }
                if state.skipped > 0 && state.skipped <= LONGEST_GAP {
                    next.push(State { skipped: state.skipped + 1, ..state });
                }
            }
            next.truncate(MOST_STATES);
            std::mem::swap(&mut states, &mut next);
        }
        hits
    }

    fn onward(&self, node: u32, symbol: u32) -> Option<u32> {
        if node == self.root
            && let Some(first) = self.begins.get(symbol as usize)
        {
            return *first;
        }
        self.edges.get(&(node, symbol)).copied()
    }

    fn enter(&self, node: u32, index: usize, state: &State, next: &mut Vec<State>, hits: &mut Vec<Hit>) {
        let Some(entered) = self.nodes.get(node as usize) else { return };
        for entry in self.outputs(Some(entered)) {
            hits.push(Hit { entry, first: state.first, last: index, typo: state.typo });
        }
        if !entered.ends {
            next.push(State { node, first: state.first, skipped: 0, typo: state.typo });
        }
        if let Some(gap) = entered.gap {
            next.push(State { node: gap, first: state.first, skipped: 1, typo: state.typo });
        }
    }

    /// What a word may count as; true when only as a misspelt one.
    fn symbols(&self, word: &Word, folded: &str, symbols: &mut Vec<u32>) -> bool {
        if word.shape == Shape::Address {
            return false;
        }
        let mut known = false;
        if let Some(literal) = self.literals.get(folded) {
            symbols.push(*literal);
            known = true;
        }
        let lengths = folded.bytes().next().and_then(|b| self.prefix_lengths.get(&b)).copied().unwrap_or(0);
        let mut rest = lengths;
        while rest != 0 {
            let length = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(symbol) = folded.get(..length).and_then(|prefix| self.prefixes.get(prefix)) {
                symbols.push(*symbol);
            }
        }
        let mended = if known { None } else { self.slips.mend(folded).and_then(|word| self.literals.get(word)) };
        symbols.extend(mended);
        let typo = mended.is_some();
        if word.shape == Shape::Digits || number::value(folded).is_some() {
            symbols.push(NUMBER);
        }
        let little_word = matches!(folded, "a" | "e" | "o" | "u" | "y") && word.shape == Shape::Lower;
        if folded.len() == 1 && !little_word || word.shape == Shape::Digits && folded.starts_with(char::is_alphabetic) {
            symbols.push(LETTER);
        }
        // In a text of capitals «DEL» is no name.
        let little = matches!(folded, "de" | "del" | "la" | "las" | "los" | "el" | "y" | "en" | "a" | "al" | "con");
        if word.shape == Shape::Capital || word.shape == Shape::Upper && !little {
            symbols.push(CAPITAL);
        }
        symbols.push(ANY);
        typo
    }
}

/// Where in a rule file the fault of a phrase stands. A text with escapes is longer than its value: then its beginning.
fn within(phrase: &Text, at: usize) -> Range<usize> {
    let plain = phrase.span.len() == phrase.value.len() + 2;
    let start = if plain { phrase.span.start + 1 + at } else { phrase.span.start };
    start..phrase.span.end.max(start)
}

fn advance(next: &mut u32) -> u32 {
    *next += 1;
    *next - 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Lexicon;
    use crate::office::rulefile::{RuleFile, Text};
    use crate::reading::tag::{Mark, Tag};
    use crate::reading::words::Words;

    const TAG: Tag = Tag::Mark { mark: Mark::Solicitud, weight: 1 };

    /// The words of `text` that each phrase takes.
    fn found(phrases: &[&str], names: bool, text: &str) -> Vec<String> {
        let mut lexicon = Lexicon::default();
        let mut file = RuleFile::new("x.toml", "");
        for phrase in phrases {
            let at = Text { value: (*phrase).to_owned(), span: 0..0 };
            if names {
                lexicon.add_name(&mut file, &at, phrase, TAG);
            } else {
                lexicon.add(&mut file, &at, TAG);
            }
        }
        let words = Words::new(text);
        let taken = |lexicon: &Lexicon| {
            let hits = lexicon.find(&words);
            let mut taken: Vec<(String, u32)> = hits
                .iter()
                .map(|hit| (text.get(words.span(hit.first, hit.last)).unwrap().to_owned(), hit.entry))
                .collect();
            taken.sort();
            taken.dedup();
            taken
        };
        let before = taken(&lexicon);
        let large = lexicon.nodes.len();
        lexicon.settle();
        assert_eq!(taken(&lexicon), before, "settling changes nothing that is found");
        assert!(lexicon.nodes.len() <= large);
        let mut texts: Vec<String> = before.into_iter().map(|(text, _)| text).collect();
        texts.dedup();
        texts
    }

    #[test]
    fn equal_tails_are_one() {
        let mut lexicon = Lexicon::default();
        let mut file = RuleFile::new("x.toml", "");
        let phrase = "(se|me|nos|le) (daño|quemo|partio) (el|la|mi) (equipo|monitor|teclado)";
        lexicon.add(&mut file, &Text { value: phrase.to_owned(), span: 0..0 }, TAG);
        assert!(lexicon.nodes.len() > 100);
        lexicon.settle();
        assert_eq!(lexicon.nodes.len(), 5, "as many as the phrase has places, and the end");
    }

    #[test]
    fn phrases_take_what_they_say() {
        assert_eq!(found(&["no (me|le|) prende"], false, "ya no me prende. NO PRENDE"), ["NO PRENDE", "no me prende"]);
        assert_eq!(found(&["imprim*"], false, "imprimió la impresora"), ["imprimió"]);
        assert_eq!(found(&["piso #", "# piso"], false, "Piso 2, tercer piso"), ["Piso 2", "tercer piso"]);
        assert_eq!(found(&["bloque @"], false, "Bloque C y bloque a"), ["Bloque C"]);
        assert_eq!(found(&["sede ^"], false, "sede Norte, sede vieja"), ["sede Norte"]);
        assert_eq!(
            found(&["vence ... hoy"], false, "se vence el plazo hoy y vence a las tres de la tarde de hoy"),
            ["vence el plazo hoy"]
        );
        assert_eq!(found(&["edificio 4 24"], false, "Edificio 4-24"), ["Edificio 4-24"]);
    }

    #[test]
    fn a_phrase_ends_with_its_sentence() {
        assert_eq!(found(&["oficina juridica"], false, "vine a la oficina. Juridica no sabe"), [""; 0]);
        assert_eq!(found(&["oficina juridica"], false, "ofic, oficina\nJuridica"), [""; 0]);
    }

    #[test]
    fn names_may_be_misspelt_by_one_letter() {
        let names = ["infraestructura", "rentas", "archivo"];
        assert_eq!(found(&names, true, "Infraestrutura, infraestructrua"), ["Infraestrutura", "infraestructrua"]);
        assert_eq!(
            found(&names, true, "archivos ventas renta"),
            [""; 0],
            "plurals, other words and short ones are no slips"
        );
        assert_eq!(found(&["infraestructura"], false, "infraestrutura"), [""; 0]);
    }

    /// What the file hears of these phrases, each with its column.
    fn told(text: &str) -> Vec<String> {
        let mut errors = Vec::new();
        RuleFile::read("x.toml", text, &mut errors, |file, entry| {
            let mut lexicon = Lexicon::default();
            for phrase in entry.texts(file, "frases") {
                lexicon.add(file, &phrase, TAG);
            }
        });
        errors
            .iter()
            .map(|e| format!("{}:{}{} {}", e.line, e.column, if e.warning { "!" } else { "" }, e.what))
            .collect()
    }

    #[test]
    fn a_phrase_that_only_repeats_others_is_told() {
        assert_eq!(
            told("frases = [\n\"no (me|le) prende\",\n\"no le prende\",\n\"no nos prende\",\n\"no (le|les) prende\"]"),
            ["3:1! «no le prende» ya está en x.toml:2; sobra una"]
        );
    }

    #[test]
    fn a_fault_is_shown_where_it_stands() {
        assert_eq!(told("frases = [\"la (red|wifi\"]"), ["1:15 falta «)» en «la (red|wifi»"]);
        assert_eq!(
            told("frases = [\"a ((b) c)\"]"),
            ["1:15 en «a ((b) c)» hay un paréntesis dentro de otro; sepárelos"]
        );
        let huge = told(&format!("frases = [\"{}\"]", "(a|b|c|d|e|f|g|h|i|j) ".repeat(5)));
        assert!(huge.first().unwrap().contains("100000 formas, y caben 3000"), "{huge:?}");
    }
}
