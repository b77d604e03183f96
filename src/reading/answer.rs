//! What somebody who answers our letter says of his case: mended or not, wanted no more, how it goes, how well he was served.
use crate::office::rulefile::{Entry, RuleFile};
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Rating, Said, Verdict, Zone};
use crate::reading::page::Page;
use crate::reading::tag::{Speech, Tag};
use crate::reading::wish;
use crate::reading::words::Gap;
use crate::spanish::fold::fold;
use crate::spanish::number;
use jiff::civil::Date;

/// Words of the rating that are kept.
const WORDS: usize = 200;
/// Words before a phrase in which a «no» takes it back.
const DENIAL: usize = 2;

/// Puts the phrases of `respuestas.toml` into a net of their own.
pub(crate) fn load(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for speech in Speech::ALL {
        for phrase in entry.texts(file, speech.word()) {
            lexicon.add(file, &phrase, Tag::Speech(*speech));
        }
    }
    lexicon
}

/// Reads the fresh words of a mail.
pub(crate) fn hear(lexicon: &Lexicon, text: &str, today: Option<Date>) -> Said {
    let page = Page::whole(lexicon, Zone::Texto, text);
    let heard = heard(lexicon, &page);
    let has = |wanted| heard.iter().any(|(_, speech)| *speech == wanted);
    let verdict = match (has(Speech::Sigue), has(Speech::Cancela), confirms(&page, &heard), has(Speech::Pregunta)) {
        (true, _, _, _) => Some(Verdict::Sigue),
        (false, true, false, _) => Some(Verdict::Cancela),
        (false, false, true, false) => Some(Verdict::Confirma),
        (false, false, false, true) => Some(Verdict::Pregunta).filter(|_| !has(Speech::Confirma)),
        (false, _, _, _) => None,
    };
    let rating = rated(&page, &heard).or_else(|| line_alone(text));
    let wish = today.filter(|_| rating.is_none()).and_then(|today| wish::wish(&page, &heard, today));
    Said { verdict, rating, wish }
}

/// The phrases that count: where two cross, the one that begins before, of those that begin together the longest.
fn heard(lexicon: &Lexicon, page: &Page<'_>) -> Vec<(Hit, Speech)> {
    let speech = |tag: &Tag| match tag {
        Tag::Speech(speech) => Some(*speech),
        _ => None,
    };
    let mut all: Vec<(Hit, Speech)> =
        page.tagged(lexicon, speech).filter(|(hit, _)| !is_answered_no(page, hit)).collect();
    all.sort_by_key(|(hit, _)| (hit.first, usize::MAX - hit.last));
    let mut kept: Vec<(Hit, Speech)> = Vec::new();
    for (hit, speech) in all {
        if kept.last().is_none_or(|(last, _)| last.last < hit.first) {
            kept.push((hit, speech));
        }
    }
    kept.retain(|(_, speech)| *speech != Speech::NoCuentan);
    kept
}

/// «No, volvió a fallar»: the «no» is an answer and takes nothing back.
fn is_answered_no(page: &Page<'_>, hit: &Hit) -> bool {
    let parted = page.words.get(hit.first + 1).is_some_and(|next| next.gap != Gap::Space);
    page.words.folded(hit.first) == "no" && hit.last > hit.first && parted
}

/// It is mended, plainly: not denied, not asked, and nothing more is wanted after it.
fn confirms(page: &Page<'_>, heard: &[(Hit, Speech)]) -> bool {
    let good: Vec<&Hit> = heard.iter().filter(|(_, speech)| *speech == Speech::Confirma).map(|(hit, _)| hit).collect();
    let Some(last) = good.last() else { return false };
    let wants_more = heard.iter().any(|(hit, speech)| *speech == Speech::PideMas && hit.first > last.last);
    !wants_more && !good.iter().any(|hit| denied(page, hit) || asked(page, hit))
}

fn denied(page: &Page<'_>, hit: &Hit) -> bool {
    (hit.first.saturating_sub(DENIAL)..hit.first)
        .any(|at| matches!(page.words.folded(at), "no" | "ni" | "nunca" | "tampoco" | "nada"))
}

/// Does its sentence end with a question mark?
fn asked(page: &Page<'_>, hit: &Hit) -> bool {
    let rest = page.text.get(page.span_of(hit).end..).unwrap_or_default();
    rest.find(['.', '?', '!', '\n']).and_then(|at| rest.get(at..)).is_some_and(|end| end.starts_with('?'))
}

/// «calificación 4», «5 excelente» where the line begins with it.
fn rated(page: &Page<'_>, heard: &[(Hit, Speech)]) -> Option<Rating> {
    heard.iter().filter(|(_, speech)| *speech == Speech::Califica).find_map(|(hit, _)| {
        let span = page.span_of(hit);
        let begins = page.text.get(..span.start).is_some_and(|before| before.lines().last().is_none_or(is_bare));
        let ends_line = page.text.get(..span.start).is_none_or(|before| before.ends_with('\n'));
        let leads = number::value(page.words.folded(hit.first)).is_some();
        let at = (hit.first..=hit.last).find_map(|at| mark(page.words.folded(at)))?;
        (!leads || begins || ends_line).then(|| rating(at, line_at(page.text, span.start)))
    })
}

/// «5», «5/5», «cinco», «★★★★» alone in its line.
fn line_alone(text: &str) -> Option<Rating> {
    text.lines().map(str::trim).find_map(|line| {
        let stars = line.chars().filter(|c| matches!(c, '⭐' | '★' | '*')).count();
        if stars > 0 && line.chars().all(|c| matches!(c, '⭐' | '★' | '*' | ' ' | '\u{fe0f}')) {
            return u8::try_from(stars).ok().filter(|nota| (1..=5).contains(nota)).map(|nota| rating(nota, line));
        }
        let folded = fold(line.get(..line.floor_char_boundary(40)).unwrap_or(line));
        let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let nota = match words.as_slice() {
            [one] | [one, "5"] | [one, "de" | "sobre", "5"] if line.len() <= 40 => mark(one),
            _ => None,
        };
        nota.map(|nota| rating(nota, line))
    })
}

fn mark(word: &str) -> Option<u8> {
    let value = if word == "uno" || word == "una" { Some(1) } else { number::value(word) };
    let plain = word.len() == 1 || !word.starts_with(|c: char| c.is_ascii_digit());
    let cardinal = ["uno", "una", "dos", "tres", "cuatro", "cinco"].contains(&word) || word.len() == 1;
    value.and_then(|value| u8::try_from(value).ok()).filter(|nota| plain && cardinal && (1..=5).contains(nota))
}

fn rating(nota: u8, line: &str) -> Rating {
    Rating { nota, palabras: line.trim().chars().take(WORDS).collect() }
}

/// Nothing but marks and blanks.
fn is_bare(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

fn line_at(text: &str, at: usize) -> &str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lexicon() -> Lexicon {
        let mut errors = Vec::new();
        let text = include_str!("../../rules/respuestas.toml");
        let lexicon = RuleFile::read("respuestas.toml", text, &mut errors, load);
        assert_eq!(errors, []);
        lexicon
    }

    fn check(wanted: Option<Verdict>, texts: &[&str]) {
        let lexicon = lexicon();
        let wrong: Vec<_> = texts
            .iter()
            .map(|text| (text, hear(&lexicon, text, None).verdict))
            .filter(|(_, verdict)| *verdict != wanted)
            .collect();
        assert!(wrong.is_empty(), "wanted {wanted:?}: {wrong:#?}");
    }

    #[test]
    fn it_is_mended() {
        check(
            Some(Verdict::Confirma),
            &[
                "ya quedó, gracias",
                "Ya quedó listo ingeniero, mil gracias",
                "Buenos días, listo ya quedó instalado, la doctora firmó sin problema. Mil gracias!!",
                "Resuelto ingeniero, ya abre. Que Dios lo bendiga",
                "Ya funciona, muchas gracias",
                "YA FUNCIONA",
                "no ha vuelto a fallar, gracias",
                "No volvió a caerse",
                "no me ha quedado mal, gracias",
                "Ya imprime sin problemas.",
                "Todo perfecto, muy amables",
                "quedó funcionando, se demoraron pero ya quedó",
                "El problema quedó resuelto",
                "Ya pude entrar al sistema",
                "ya hay internet, gracias",
                "Pueden cerrar el caso",
                "se solucionó, gracias ing",
                "ya nos llegó el correo",
                "Funciona perfectamente",
                "listo muchas gracias",
                "Ya está funcionando",
                "Quedó excelente, quedo atenta",
            ],
        );
    }

    #[test]
    fn it_is_not_mended() {
        check(
            Some(Verdict::Sigue),
            &[
                "sigue igual",
                "Sigue igual ing, imprimió dos y volvió a prenderse el bombillo rojo",
                "No ing, esta mañana volvió a atascarse y ahora rompe las hojas.",
                "hice lo que me indicó y ahora sale otro error diferente",
                "Muchas gracias, pero todavía no abre",
                "NO FUNCIONA",
                "aún no me deja entrar",
                "otra vez se cayó la red",
                "Buenos días, no quedó bien. Gracias",
                "tampoco imprime... perdón, tampoco no imprime. Persiste el daño",
                "no quedó",
                "todavía no funciona",
                "Ya quedó el internet, pero la impresora sigue igual",
                "ya quedó, pero volvió a fallar al rato",
                "seguimos sin internet",
                "el problema persiste",
                "no se solucionó nada",
                "Aún no ha quedado",
                "sigue saliendo el mismo error",
                "quedó peor",
                "estamos en las mismas",
                "no he podido entrar todavía",
                "nadie ha venido",
                "por favor reabrir el caso",
                "No nos han solucionado",
                "continúa con la falla",
                "No, volvió a atascarse",
                "no, no ha quedado",
                "ya no prende",
                "sigue lento",
            ],
        );
    }

    #[test]
    fn it_is_wanted_no_more() {
        check(
            Some(Verdict::Cancela),
            &[
                "ya no lo necesito",
                "Buenas, ya no lo necesito, conseguí otro",
                "cancelen la solicitud por favor",
                "Por favor cancelar el caso",
                "cancelen",
                "ya no es necesario",
                "ya no se requiere, gracias",
                "dejen así",
                "hagan caso omiso a mi correo",
                "Anulen el ticket",
                "desisto de la solicitud",
            ],
        );
    }

    #[test]
    fn he_asks_how_it_goes() {
        check(
            Some(Verdict::Pregunta),
            &[
                "¿en qué va mi caso?",
                "en que va",
                "Buenas tardes, ¿cómo va mi solicitud?",
                "¿hay alguna novedad del caso?",
                "¿cuándo vienen?",
                "Qué ha pasado con mi requerimiento",
                "¿cuál es el estado del caso?",
                "sigo esperando",
                "a qué hora me atienden",
                "¿Qué hubo de lo mío?",
            ],
        );
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        check(
            None,
            &[
                "",
                "gracias",
                "mañana a las 9 estoy en el puesto",
                "Estoy en el piso 3, ext 204",
                "ya quedó el correo, ahora necesito que instalen el Office",
                "¿ya quedó?",
                "cuando ya quede me avisan",
                "quedo atento",
                "quedo pendiente de su visita",
                "no sé si ya quedó",
                "creo que ya quedó",
                "no tengo problema en esperar",
                "por favor cancelar la visita de mañana",
                "Adjunto la foto",
                "el técnico quedó de venir mañana",
                "espero que quede bien",
                "ya quedó pero falta el escáner",
            ],
        );
    }

    #[test]
    fn how_well_he_was_served() {
        let lexicon = lexicon();
        for (text, nota) in [
            ("5", Some(5)),
            ("5 excelente", Some(5)),
            ("calificación 4", Some(4)),
            ("Calificación: 3", Some(3)),
            ("ya quedó, gracias\n5", Some(5)),
            ("4/5", Some(4)),
            ("5 de 5", Some(5)),
            ("cinco", Some(5)),
            ("le doy un 2", Some(2)),
            ("⭐⭐⭐⭐", Some(4)),
            ("Muchas gracias.\n5 excelente servicio", Some(5)),
            ("10", None),
            ("0", None),
            ("estoy en el piso 5", None),
            ("son 4 equipos malos", None),
            ("6", None),
            ("El 3 de diciembre", None),
            ("5 equipos", None),
        ] {
            assert_eq!(hear(&lexicon, text, None).rating.map(|r| r.nota), nota, "{text}");
        }
        assert_eq!(
            hear(&lexicon, "Gracias\n5 excelente atención", None).rating.unwrap().palabras,
            "5 excelente atención"
        );
    }
}
