//! The orders of a text, line by line, and what stands beside them.
use crate::reading::command::order::{Command, Complaint};
use crate::reading::command::verbs::{Bare, Reach, VERBS, Verb};
use crate::spanish::fold::fold;

/// A text this long is no order without `#`.
const LONGEST_BARE: usize = 60;
/// Lines without `#` that make orders of somebody who is not of the office.
const FEWEST_BARE: usize = 2;

/// A text, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    pub orders: Vec<Result<Command, Complaint>>,
    /// What stands above the first order.
    pub above: String,
    /// What stands between and below the orders. Nothing where there is a note: what is not clearly public stays inside.
    pub below: String,
    /// Something stood below that stays inside.
    pub hidden: bool,
}

/// Who writes, and so which lines without `#` are orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Somebody of the office: every line that holds nothing but an order; he is told of a word that is none.
    Office,
    /// Somebody of the institution in the thread of a case: two such lines at least, so that no word of a user's answer
    /// («Resuelto») is taken for one. Whether he may give orders is asked later.
    House,
    Stranger,
}

/// Which lines are orders.
#[derive(Clone, Copy)]
struct Ear {
    /// Those without `#` too.
    bare: bool,
    /// Words that are no order, but stand where one would.
    unknown: bool,
}

/// The orders of a text, each as far as it reaches; of some hands also those without `#`.
pub fn parse(text: &str, hand: Hand) -> Vec<Result<Command, Complaint>> {
    take_apart(text, hand).orders
}

pub fn take_apart(text: &str, hand: Hand) -> Sheet {
    let (all, marked) = (Ear { bare: true, unknown: false }, Ear { bare: false, unknown: false });
    match hand {
        Hand::Office => hear(text, Ear { unknown: true, ..all }),
        Hand::Stranger => hear(text, marked),
        Hand::House => {
            let (marked, bare) = (hear(text, marked), hear(text, all));
            let good = |sheet: &Sheet| sheet.orders.iter().filter(|order| order.is_ok()).count();
            if good(&marked) > 0 || good(&bare) >= FEWEST_BARE { bare } else { marked }
        }
    }
}

fn hear(text: &str, ear: Ear) -> Sheet {
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<(Result<Command, Complaint>, bool)> = Vec::new();
    let (mut above, mut below) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(order) = order(line, ear.bare) else {
            if found.is_empty() {
                above.push(*line)
            } else {
                below.push(*line)
            }
            continue;
        };
        let mut words = order.rest.to_owned();
        while let Some(more) = lines.get(at).filter(|l| order.reaches(l) && self::order(l, ear.bare).is_none()) {
            words.push('\n');
            words.push_str(more.trim_end());
            at += 1;
        }
        found.push(understood(&order, line, &words, ear));
    }
    if ear.unknown && found.is_empty() {
        found.extend(lines.iter().find_map(|line| out_of_place(line)).map(|complaint| (Err(complaint), true)));
    }
    let good = found.iter().any(|(order, _)| order.is_ok());
    let orders: Vec<_> = found.into_iter().filter(|(_, meant)| good || *meant).map(|(order, _)| order).collect();
    let is_private = orders.iter().flatten().any(|command| matches!(command, Command::Nota(_)));
    let text = |lines: Vec<&str>| lines.join("\n").trim().to_owned();
    let (above, below) = (text(above), text(below));
    let hidden = is_private && !below.is_empty();
    Sheet { orders, above, below: if is_private { String::new() } else { below }, hidden }
}

/// The order or the complaint, and whether an order was meant at all.
fn understood(order: &Order<'_>, line: &str, words: &str, ear: Ear) -> (Result<Command, Complaint>, bool) {
    let words = clean(words);
    let (result, meant) = match order.verb {
        Some(verb) => {
            let result = match second(&words) {
                Some(other) => Err(format!("«#{}» está en la misma línea; escriba cada orden en la suya", other.word)),
                None => (verb.parse)(words.trim()).map_err(|why| format!("{why}; se escribe así: {}", verb.usage)),
            };
            (result, true)
        }
        None => {
            let near = nearest(&order.word);
            let short = line.trim().chars().count() <= LONGEST_BARE;
            let meant = near.is_some() || (ear.unknown && short);
            let hint = near.map_or_else(
                || "envíe #ayuda y le llega la lista de las que hay".to_owned(),
                |verb| format!("¿quiso decir «#{}»?", verb.word),
            );
            (Err(format!("no conozco la orden «{}»; {hint}", order.word)), meant)
        }
    };
    (result.map_err(|why| Complaint { line: clean(line.trim()), why }), meant)
}

/// Another order behind the first: its words would go where those of the first go, an internal note to who asked.
fn second(words: &str) -> Option<&'static Verb> {
    let pieces = words.split_whitespace().filter(|piece| piece.starts_with('#'));
    pieces.filter_map(|piece| order(piece, false)).find_map(|order| order.verb)
}

/// «Buenas, #resuelto el cable»: no order, for it does not begin its line; but one was meant.
fn out_of_place(line: &str) -> Option<Complaint> {
    let verb = Some(line).filter(|line| trim(line).starts_with(char::is_alphabetic)).and_then(second)?;
    let why = format!("«#{}» no está al comienzo de la línea; escriba cada orden en la suya", verb.word);
    Some(Complaint { line: clean(line.trim()), why })
}

/// Control characters are blanks: no value carries a header or moves a cursor.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
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
    let line = trim(line);
    // «*#resuelto*» is bold. A point of a list is none: our own letters show the orders so, and a quote may stand unmarked.
    let undressed = line.trim_start_matches(['*', '_']);
    let marked = undressed.strip_prefix('#').map(str::trim_start);
    let words = marked.unwrap_or(line);
    let end = words.find(|c: char| !c.is_alphabetic()).unwrap_or(words.len());
    let (word, rest) = words.split_at_checked(end)?;
    // The longest verb has eleven letters; a longer word is not folded for nothing.
    if word.is_empty() || (marked.is_none() && (!bare || word.len() > 20)) {
        return None;
    }
    let word = fold(word);
    let named = |verb: &&Verb| verb.word == word || (marked.is_some() && verb.synonyms.contains(&word.as_str()));
    let verb = VERBS.iter().find(named);
    let rest =
        trim(if marked.is_some() && undressed.len() < line.len() { rest.trim_start_matches(['*', '_']) } else { rest });
    let colon = rest.starts_with(':');
    let rest = trim(rest.strip_prefix(':').unwrap_or(rest));
    match (marked, verb) {
        (Some(_), _) => Some(Order { verb, word, rest, marked: true }),
        (None, Some(verb)) if bare_order(verb, rest, colon) => {
            Some(Order { verb: Some(verb), word, rest, marked: false })
        }
        (None, _) => None,
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}')
}

/// «estado en proceso» alone on its line is an order; «estado del equipo: malo» is none.
fn bare_order(verb: &Verb, rest: &str, colon: bool) -> bool {
    let fits = match verb.bare {
        // «Estado» alone is the heading of a form.
        Bare::Value => !(verb.word == "estado" && rest.is_empty()),
        Bare::OneWord => rest.split_whitespace().count() == 1,
        Bare::Alone => colon || rest.is_empty(),
        Bare::Never => false,
    };
    let sentence = rest.len() > LONGEST_BARE && !colon;
    fits && !sentence && (verb.parse)(rest).is_ok()
}

/// The verb that was probably meant: two slips away at most, and one in a short word.
fn nearest(word: &str) -> Option<&'static Verb> {
    if word.chars().count() > 20 {
        return None;
    }
    let slips = |verb: &&Verb| strsim::osa_distance(verb.word, word);
    let near = VERBS.iter().min_by_key(slips)?;
    let most = if near.word.len() <= 5 { 1 } else { 2 };
    (slips(&near) <= most.max(usize::from(word.len() > 4) * 2)).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::{Hand, parse, take_apart};
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
    fn an_order_is_one_line_and_nothing_else_is() {
        check(
            "#resuelto Listo. #nota la usuaria no deja trabajar\n#espera proveedor: #nota no han pagado\n*#tiempo* 40 min",
            true,
            expect![[r#"
                #resuelto Listo. #nota la usuaria no deja trabajar: «#nota» está en la misma línea; escriba cada orden en la suya
                #espera proveedor: #nota no han pagado: «#nota» está en la misma línea; escriba cada orden en la suya
                ("tiempo", Some("40 min"))"#]],
        );
        let astray = "Buenas tardes, #resuelto se cambió el cable";
        check(
            astray,
            true,
            expect![
                "Buenas tardes, #resuelto se cambió el cable: «#resuelto» no está al comienzo de la línea; escriba cada orden en la suya"
            ],
        );
        check(astray, false, expect![""]);
        check("- #estado en proceso | en espera\n* #resuelto qué se hizo\ncaso #3 del piso #2", true, expect![""]);
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
            "#asignar\n#equipo '; DROP TABLE equipos;--\n#fusionar -1",
            false,
            expect![[r#"
            #asignar: falta lo que sigue a la orden; se escribe así: #asignar usuario, correo o nombre
            #equipo '; DROP TABLE equipos;--: «'; DROP TABLE equipos;--» no es la placa de un equipo; se escribe así: #equipo placa
            #fusionar -1: «-1» no es el número de un caso; se escribe así: #fusionar TIC-2026-00017"#]],
        );
        check("#1 la impresora\n#soporte", false, expect![""]);
        check(
            "#explotar todo",
            true,
            expect!["#explotar todo: no conozco la orden «explotar»; envíe #ayuda y le llega la lista de las que hay"],
        );
    }

    #[test]
    fn values_as_people_write_them() {
        check(
            "#estado “En espera”\n#estado proceso\n#ESTADO?\n#prioridad crítico\n#asignar a Kevin Barros\n#fusionar #17\n#fusionar [TIC-2026-00031]\n#cerrar listo\rBcc: v@x.example\n#reprogramar mañana 10am",
            false,
            expect![[r#"
                ("estado", Some("en espera"))
                ("estado", Some("en proceso"))
                ("ver", None)
                ("prioridad", Some("critica"))
                ("asignar", Some("Kevin Barros"))
                ("fusionar", Some("17"))
                ("fusionar", Some("TIC-2026-00031"))
                ("cerrar", Some("listo Bcc: v@x.example"))
                ("programar", Some("mañana 10am"))"#]],
        );
    }

    #[test]
    fn words_of_a_form_are_no_orders() {
        check(
            "Dependencia: Cultura\nEstado\nUbicación: piso 2\nContacto: Ana\nagenda: reunión\nver adjunto\nplantilla: ninguna\nequipo portátil",
            true,
            expect![""],
        );
    }

    #[test]
    fn what_stands_beside_the_orders() {
        let sheet = take_apart("Ya pedí el repuesto.\n\n#espera repuesto\n\nLlega el viernes.", Hand::Office);
        assert_eq!((sheet.above.as_str(), sheet.below.as_str()), ("Ya pedí el repuesto.", "Llega el viernes."));
        let sheet = take_apart("#nota interna\nsegunda línea\n#estado en espera\nTexto", Hand::Office);
        assert_eq!((sheet.above.as_str(), sheet.below.as_str(), sheet.hidden), ("", "", true));
        assert_eq!(sheet.orders.len(), 2);
    }

    #[test]
    fn ten_thousand_orders_are_read_at_once() {
        assert_eq!(parse(&"#estado en espera\n".repeat(10_000), Hand::Office).len(), 10_000);
        assert_eq!(parse(&"#xyzzy\n".repeat(10_000), Hand::Office).len(), 10_000);
    }
}
