//! The commands a technician may write: their words, their grammar.
use crate::office::fields::{Categoria, Prioridad};
use crate::spanish::fold::fold;
use crate::ticket::estado::Estado;
use crate::ticket::id::TicketId;

/// An order, understood. Texts are as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Estado(Estado),
    Asignar(String),
    Prioridad(Prioridad),
    Categoria(Categoria),
    Programar(String),
    Nota(String),
    Cerrar(Option<String>),
    Resuelto(Option<String>),
    Fusionar(TicketId),
    Equipo(String),
    Tiempo(String),
    Aprobar,
    Devolver(String),
}

/// An order that is none, and why: for the person who wrote it. In Spanish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub line: String,
    pub why: String,
}

/// A verb of the grammar: its word, how it is used, and what it makes of the words after it.
pub struct Verb {
    pub word: &'static str,
    pub usage: &'static str,
    /// A line without `#` may be this order when it holds nothing else.
    bare: bool,
    reach: Reach,
    parse: fn(&str) -> Result<Command, String>,
}

/// How far the words of an order reach. Mail programs break long lines, so a text may not end with its first one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Line,
    /// To the next empty line; what follows may be a signature, and somebody outside reads the text.
    Paragraph,
    /// To the next order or the end.
    Rest,
}

/// Every verb, in the order in which a crib shows them.
pub const VERBS: &[Verb] = &[
    Verb {
        word: "estado",
        usage: "#estado asignado | en proceso | en espera | resuelto | cerrado | reabierto",
        bare: true,
        reach: Reach::Line,
        parse: estado,
    },
    Verb { word: "asignar", usage: "#asignar usuario", bare: true, reach: Reach::Line, parse: asignar },
    Verb {
        word: "prioridad",
        usage: "#prioridad critica | alta | media | baja",
        bare: true,
        reach: Reach::Line,
        parse: prioridad,
    },
    Verb { word: "categoria", usage: "#categoria nombre", bare: true, reach: Reach::Line, parse: categoria },
    Verb {
        word: "programar",
        usage: "#programar fecha y hora",
        bare: true,
        reach: Reach::Line,
        parse: |t| said(t).map(Command::Programar),
    },
    Verb {
        word: "nota",
        usage: "#nota texto interno",
        bare: true,
        reach: Reach::Rest,
        parse: |t| said(t).map(Command::Nota),
    },
    Verb {
        word: "cerrar",
        usage: "#cerrar motivo",
        bare: true,
        reach: Reach::Paragraph,
        parse: |t| Ok(Command::Cerrar(optional(t))),
    },
    Verb {
        word: "resuelto",
        usage: "#resuelto qué se hizo",
        bare: false,
        reach: Reach::Paragraph,
        parse: |t| Ok(Command::Resuelto(optional(t))),
    },
    Verb { word: "fusionar", usage: "#fusionar TIC-2026-00017", bare: true, reach: Reach::Line, parse: fusionar },
    Verb {
        word: "equipo",
        usage: "#equipo placa",
        bare: false,
        reach: Reach::Line,
        parse: |t| said(t).map(Command::Equipo),
    },
    Verb {
        word: "tiempo",
        usage: "#tiempo 1 h 30 min",
        bare: true,
        reach: Reach::Line,
        parse: |t| said(t).map(Command::Tiempo),
    },
    Verb { word: "aprobar", usage: "#aprobar", bare: true, reach: Reach::Line, parse: |_| Ok(Command::Aprobar) },
    Verb {
        word: "devolver",
        usage: "#devolver motivo",
        bare: true,
        reach: Reach::Paragraph,
        parse: |t| said(t).map(Command::Devolver),
    },
];

/// A text this long is no order without `#`.
const LONGEST_BARE: usize = 60;
/// Lines without `#` that make orders of somebody who is not of the office.
const FEWEST_BARE: usize = 2;

impl Command {
    /// `nombre` and `valor` as the labels of the corpus write them.
    pub fn label(&self) -> (&'static str, Option<String>) {
        match self {
            Command::Estado(estado) => ("estado", Some(estado.to_string())),
            Command::Asignar(who) => ("asignar", Some(who.clone())),
            Command::Prioridad(prioridad) => ("prioridad", Some(prioridad.to_string())),
            Command::Categoria(categoria) => ("categoria", Some(categoria.0.clone())),
            Command::Programar(when) => ("programar", Some(when.clone())),
            Command::Nota(text) => ("nota", Some(text.clone())),
            Command::Cerrar(reason) => ("cerrar", reason.clone()),
            Command::Resuelto(text) => ("resuelto", text.clone()),
            Command::Fusionar(ticket) => ("fusionar", Some(ticket.to_string())),
            Command::Equipo(tag) => ("equipo", Some(tag.clone())),
            Command::Tiempo(length) => ("tiempo", Some(length.clone())),
            Command::Aprobar => ("aprobar", None),
            Command::Devolver(reason) => ("devolver", Some(reason.clone())),
        }
    }
}

/// Who writes, and so which lines without `#` are orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Somebody of the office: every line that holds nothing but an order.
    Office,
    /// Somebody of the institution in the thread of a case: two such lines at least, so that no word of a user's answer
    /// («Resuelto») is taken for one. Whether he may give orders is asked later.
    House,
    Stranger,
}

/// The orders of a text, line by line, each as far as it reaches; of some hands also those without `#`.
pub fn parse(text: &str, hand: Hand) -> Vec<Result<Command, Complaint>> {
    match hand {
        Hand::Office => orders(text, true),
        Hand::Stranger => orders(text, false),
        Hand::House => {
            let marked = orders(text, false);
            let bare = orders(text, true);
            let enough = marked.iter().any(Result::is_ok) || bare.iter().filter(|o| o.is_ok()).count() >= FEWEST_BARE;
            if enough { bare } else { marked }
        }
    }
}

fn orders(text: &str, bare: bool) -> Vec<Result<Command, Complaint>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut orders = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(order) = order(line, bare) else { continue };
        let mut words = order.rest.to_owned();
        while let Some(more) = lines.get(at).filter(|l| order.reaches(l) && self::order(l, bare).is_none()) {
            words.push('\n');
            words.push_str(more.trim_end());
            at += 1;
        }
        let words = words.trim();
        let result = match order.verb {
            Some(verb) => (verb.parse)(words).map_err(|why| format!("{why}; se escribe así: {}", verb.usage)),
            None => Err(format!("no conozco la orden «{}»; {}", order.word, nearest(&order.word))),
        };
        orders.push(result.map_err(|why| Complaint { line: line.trim().to_owned(), why }));
    }
    let good = orders.iter().any(Result::is_ok);
    let misspelt = |c: &Complaint| c.why.contains("¿quiso decir") || c.why.contains("se escribe así");
    orders.retain(|o| good || o.as_ref().is_err_and(misspelt));
    orders
}

struct Order<'a> {
    verb: Option<&'static Verb>,
    word: String,
    rest: &'a str,
    /// Written with its `#`.
    marked: bool,
}

impl Order<'_> {
    /// Does the line below still belong to it?
    fn reaches(&self, line: &str) -> bool {
        match self.verb.map_or(Reach::Line, |verb| verb.reach) {
            Reach::Line => false,
            Reach::Paragraph => self.marked && !line.trim().is_empty(),
            Reach::Rest => true,
        }
    }
}

/// What a line orders, if it is one: `#verbo valor`, or without `#` where the line holds nothing else.
fn order(line: &str, bare: bool) -> Option<Order<'_>> {
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    let marked = line.strip_prefix('#').map(str::trim_start);
    let words = marked.unwrap_or(line);
    let end = words.find(|c: char| !c.is_alphabetic()).unwrap_or(words.len());
    let (word, rest) = words.split_at_checked(end)?;
    if word.is_empty() {
        return None;
    }
    let word = fold(word);
    let verb = VERBS.iter().find(|v| v.word == word);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    let colon = rest.starts_with(':');
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    match (marked, verb) {
        (Some(_), _) => Some(Order { verb, word, rest, marked: true }),
        (None, Some(verb)) if bare && bare_order(verb, rest, colon) => {
            Some(Order { verb: Some(verb), word, rest, marked: false })
        }
        (None, _) => None,
    }
}

/// «estado en proceso» alone on its line is an order; «estado del equipo: malo» is none.
fn bare_order(verb: &Verb, rest: &str, colon: bool) -> bool {
    let sentence = rest.len() > LONGEST_BARE && !colon;
    let tag = verb.word == "equipo" && is_tag(rest);
    (verb.bare || colon || rest.is_empty() || tag) && !sentence && (verb.parse)(rest).is_ok()
}

/// One word with digits in it: «TEL-0311», «11-05170».
fn is_tag(text: &str) -> bool {
    text.len() >= 4 && !text.contains(char::is_whitespace) && text.bytes().any(|b| b.is_ascii_digit())
}

fn nearest(word: &str) -> String {
    let near = VERBS.iter().min_by_key(|v| strsim::osa_distance(v.word, word));
    match near.filter(|v| strsim::osa_distance(v.word, word) <= 2) {
        Some(verb) => format!("¿quiso decir «#{}»?", verb.word),
        None => format!("las órdenes son {}", VERBS.iter().map(|v| v.word).collect::<Vec<_>>().join(", ")),
    }
}

fn said(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("falta lo que sigue a la orden".to_owned()) } else { Ok(text.to_owned()) }
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn estado(text: &str) -> Result<Command, String> {
    let word = one_line(&said(text)?);
    Estado::from_word(&word).map(Command::Estado).ok_or_else(|| format!("«{text}» no es un estado"))
}

fn prioridad(text: &str) -> Result<Command, String> {
    let word = one_line(&said(text)?);
    Prioridad::from_word(&word).map(Command::Prioridad).ok_or_else(|| format!("«{text}» no es una prioridad"))
}

fn categoria(text: &str) -> Result<Command, String> {
    let word = one_line(text).replace([' ', '-'], "_");
    if word.is_empty() { Err("falta la categoría".to_owned()) } else { Ok(Command::Categoria(Categoria(word))) }
}

fn asignar(text: &str) -> Result<Command, String> {
    match said(text)?.split_whitespace().count() {
        1 => Ok(Command::Asignar(text.trim_start_matches('@').to_owned())),
        _ => Err(format!("«{text}» no es un usuario ni un correo")),
    }
}

fn fusionar(text: &str) -> Result<Command, String> {
    text.trim_matches(['[', ']', '.', ' ']).parse().map(Command::Fusionar).map_err(|e| e.to_string())
}

fn one_line(text: &str) -> String {
    fold(text.trim_end_matches(['.', ',', ';'])).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Hand, parse};
    use expect_test::{Expect, expect};

    fn check(text: &str, bare: bool, expected: Expect) {
        let lines: Vec<String> = parse(text, if bare { Hand::Office } else { Hand::Stranger })
            .into_iter()
            .map(|o| match o {
                Ok(command) => format!("{:?}", command.label()),
                Err(complaint) => format!("{}: {}", complaint.line, complaint.why),
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn orders_with_their_mark() {
        check(
            "#Estado: EN PROCESO\n#asignar kbarros\n#nota Se cayó la fibra.\nLlegan a las 10.\n#tiempo 1h15",
            false,
            expect![[r#"
                ("estado", Some("en proceso"))
                ("asignar", Some("kbarros"))
                ("nota", Some("Se cayó la fibra.\nLlegan a las 10."))
                ("tiempo", Some("1h15"))"#]],
        );
    }

    #[test]
    fn without_the_mark_only_alone_on_a_line() {
        check(
            "estado en espera\nprioridad alta\nresuelto ingeniero, ya abre",
            true,
            expect![[r#"
                ("estado", Some("en espera"))
                ("prioridad", Some("alta"))"#]],
        );
        check("estado en espera", false, expect![""]);
    }

    #[test]
    fn of_the_house_two_bare_lines_are_orders_and_one_is_a_word() {
        let count = |text: &str| parse(text, Hand::House).len();
        assert_eq!(count("estado: resuelto\ntiempo: 40 minutos\nequipo 11-05170"), 3);
        assert_eq!(count("resuelto\n\nGracias"), 0);
        assert_eq!(count("#estado resuelto\ntiempo 2 h"), 2);
        assert_eq!(count("equipo dañado, estado regular"), 0);
    }

    #[test]
    fn a_text_goes_on_where_the_mail_program_broke_its_line() {
        check(
            "#resuelto Se cambió el cartucho\ny se limpió el rodillo.\n\nKevin Barros\n#cerrar\n\nGracias",
            false,
            expect![[r#"
                ("resuelto", Some("Se cambió el cartucho\ny se limpió el rodillo."))
                ("cerrar", None)"#]],
        );
    }

    #[test]
    fn faults_say_what_to_write() {
        check(
            "#estdo resuelto",
            false,
            expect!["#estdo resuelto: no conozco la orden «estdo»; ¿quiso decir «#estado»?"],
        );
        check(
            "#prioridad altísima",
            false,
            expect![
                "#prioridad altísima: «altísima» no es una prioridad; se escribe así: #prioridad critica | alta | media | baja"
            ],
        );
        check(
            "#estado",
            false,
            expect![
                "#estado: falta lo que sigue a la orden; se escribe así: #estado asignado | en proceso | en espera | resuelto | cerrado | reabierto"
            ],
        );
        check("#1 la impresora\n#soporte", false, expect![""]);
    }
}
