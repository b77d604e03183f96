//! What somebody who answers our letter says of his case: mended or not, wanted no more, how it goes, how well he was served.
use crate::office::rulefile::{Entry, RuleFile};
use crate::reading::doubt;
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
/// As [`doubt::DENIAL`], where a case would be closed: «no vayan a cancelar», «no quiero que cancelen».
const LONG_DENIAL: usize = 4;

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
    let sigue = goes_on(&page, &heard);
    let verdict = match (sigue, cancels(&page, &heard), confirms(&page, &heard), has(Speech::Pregunta)) {
        (true, _, _, _) => Some(Verdict::Sigue),
        (false, true, false, _) => Some(Verdict::Cancela),
        (false, false, true, false) => Some(Verdict::Confirma),
        (false, false, false, true) => Some(Verdict::Pregunta).filter(|_| !has(Speech::Confirma)),
        (false, _, _, _) => None,
    };
    let rating = rated(&page, &heard).or_else(|| line_alone(text));
    let wish = today.filter(|_| rating.is_none()).and_then(|today| wish::wish(lexicon, &page, &heard, today));
    Said { verdict, rating, wish }
}

/// The phrases that count: where two cross, the one that begins before, of those that begin together the longest.
/// One phrase may say two things.
fn heard(lexicon: &Lexicon, page: &Page<'_>) -> Vec<(Hit, Speech)> {
    let speech = |tag: &Tag| match tag {
        Tag::Speech(speech) if !speech.is_about_a_day() => Some(*speech),
        _ => None,
    };
    let mut all: Vec<(Hit, Speech)> =
        page.tagged(lexicon, speech).filter(|(hit, _)| !is_answered_no(page, hit)).collect();
    all.sort_by_key(|(hit, _)| (hit.first, usize::MAX - hit.last));
    let mut kept: Vec<(Hit, Speech)> = Vec::new();
    for (hit, speech) in all {
        let is_same = |last: &Hit| (last.first, last.last) == (hit.first, hit.last);
        if kept.last().is_none_or(|(last, _)| last.last < hit.first || is_same(last)) {
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

/// It fails still: not denied, and not only supposed.
fn goes_on(page: &Page<'_>, heard: &[(Hit, Speech)]) -> bool {
    let mut bad = heard.iter().filter(|(_, speech)| *speech == Speech::Sigue).map(|(hit, _)| hit);
    bad.any(|hit| !doubt::is_denied_plainly(page, hit, doubt::DENIAL) && !doubt::is_supposed(page, hit))
}

/// It is wanted no more, beyond any doubt: a case that was closed by mistake is served no more.
fn cancels(page: &Page<'_>, heard: &[(Hit, Speech)]) -> bool {
    let called_off = |(hit, speech): &&(Hit, Speech)| {
        *speech == Speech::Cancela || *speech == Speech::CancelaAlFinal && doubt::ends_its_clause(page, hit)
    };
    let is_plain = |hit: &Hit| {
        !doubt::is_denied(page, hit, LONG_DENIAL)
            && !doubt::is_asked(page, hit)
            && !doubt::is_supposed(page, hit)
            && !doubt::is_conditioned(page, hit)
            && !wants_more(heard, hit)
    };
    heard.iter().filter(called_off).any(|(hit, _)| is_plain(hit))
}

/// It is mended, plainly: not denied, not asked, and nothing more is wanted after it.
fn confirms(page: &Page<'_>, heard: &[(Hit, Speech)]) -> bool {
    let good: Vec<&Hit> = heard.iter().filter(|(_, speech)| *speech == Speech::Confirma).map(|(hit, _)| hit).collect();
    let Some(last) = good.last() else { return false };
    let is_doubtful = |hit: &&Hit| doubt::is_denied(page, hit, doubt::DENIAL) || doubt::is_asked(page, hit);
    !wants_more(heard, last) && !good.iter().any(is_doubtful)
}

fn wants_more(heard: &[(Hit, Speech)], after: &Hit) -> bool {
    heard.iter().any(|(hit, speech)| *speech == Speech::PideMas && hit.first > after.last)
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
    use crate::reading::note::Wish;

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
                "Ya volvió a funcionar, muchas gracias",
                "La red volvió a la normalidad",
                "El problema ya no persiste, gracias",
                "Ya quedó. Si sigue igual les aviso.",
                "Listo, quedó bien. Si vuelve a fallar escribo.",
                "Ya no sale el mismo error, gracias",
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
                "No sigue igual",
                "Sí, sigue igual",
                "no volvió a funcionar",
                "Ya no sale el mismo error, ahora sale otro",
                "No sé si fue la red pero sigue igual",
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
                "Ya no es necesario que vengan",
                "Buenos días. Por favor anulen la solicitud, conseguimos otro equipo.",
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
                "Por favor no cancelen la solicitud, sí la necesitamos.",
                "No anulen el caso por favor",
                "No quiero que cancelen el caso",
                "No hagan caso omiso de mi solicitud",
                "¿Van a cancelar el caso?",
                "¿Cancelaron o cancelo el caso?",
                "Nos van a cancelar el servicio si no enviamos el pago hoy.",
                "Nos cancelan la solicitud si no enviamos los soportes; si la van a anular el caso es grave",
                "Por favor dejen todo listo para el evento.",
                "Dejen eso funcionando por favor",
                "Por favor cancelen la factura",
                "Ya no necesito el cable de red",
                "Ya no es necesario que vengan hoy",
                "Ya no lo necesito, pero la otra impresora sí",
                "La impresora volvió a imprimir, mil gracias",
                "Gracias, no he podido probarla. Mañana les cuento.",
                "Si sigue igual les aviso",
                "No sale otro error",
                "Gracias otra vez, el técnico fue muy amable",
            ],
        );
    }

    /// What is understood of the hour, on Wednesday 25 November 2026.
    fn wish_of(lexicon: &Lexicon, text: &str) -> String {
        let of = |day: Option<Date>, from: jiff::civil::Time, to: jiff::civil::Time| {
            let day = day.map_or_else(|| "ese día".to_owned(), |day| day.strftime("%d/%m/%Y").to_string());
            format!("{day} {}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"))
        };
        match hear(lexicon, text, Some(jiff::civil::date(2026, 11, 25))).wish {
            Some(Wish::Then { day, from, to }) => of(day, from, to),
            Some(Wish::NotThen { day, from, to }) => format!("no {}", of(day, from, to)),
            None => String::new(),
        }
    }

    #[test]
    fn another_hour() {
        let lexicon = lexicon();
        for (text, expected) in [
            ("Mejor el jueves por la tarde. Gracias.", "26/11/2026 12:00-23:59"),
            ("No, mejor el viernes a las 9", "27/11/2026 09:00-09:00"),
            ("Buenas, me sirve el viernes a las 2. Feliz tarde", "27/11/2026 14:00-14:00"),
            ("Puedo el viernes que viene, feliz tarde", "27/11/2026 00:00-23:59"),
            ("Puedo mañana a las 10. Mi extensión es la 204", "26/11/2026 10:00-10:00"),
            ("Mejor el viernes. En la tarde, por favor.", "27/11/2026 12:00-23:59"),
            ("Mejor el viernes, si es posible", "27/11/2026 00:00-23:59"),
            ("Mejor el viernes por favor", "27/11/2026 00:00-23:59"),
            ("Perfecto, los espero hoy. Muchas gracias.", "25/11/2026 00:00-23:59"),
            ("Está bien, entonces hoy los espero", "25/11/2026 00:00-23:59"),
            ("Los espero en la tarde", "ese día 12:00-23:59"),
            ("Mejor el lunes 30, a partir de las 2 pm", "30/11/2026 14:00-23:59"),
            ("Me queda bien a la una", "ese día 13:00-13:00"),
            (
                "Buenos días\n\nviernes 27 de noviembre, de 8:00 a. m. a 9:00 a. m.\n\nGracias\nAna",
                "27/11/2026 08:00-08:00",
            ),
            ("Jueves a las 10\n\nCordialmente,\nAna Polo", "26/11/2026 10:00-10:00"),
            ("No puedo a esa hora, tengo una reunión.", "no ese día 00:00-23:59"),
            ("A esa hora no puedo", "no ese día 00:00-23:59"),
            ("Tenemos audiencia a esa hora", "no ese día 00:00-23:59"),
            ("Por favor cambiar la visita para mañana a las 10", "26/11/2026 10:00-10:00"),
            ("Por favor reprogramar la visita", "no ese día 00:00-23:59"),
            ("No puedo mañana, gracias", "no 26/11/2026 00:00-23:59"),
            ("Mañana no puedo", ""),
            ("No voy a estar en la oficina hoy por la tarde", "no 25/11/2026 12:00-23:59"),
            ("No me sirve el jueves", "no 26/11/2026 00:00-23:59"),
            ("Hoy no voy a estar, mejor el jueves por la tarde", "26/11/2026 12:00-23:59"),
        ] {
            assert_eq!(wish_of(&lexicon, text), expected, "{text}");
        }
    }

    #[test]
    fn an_hour_half_understood_is_none() {
        let lexicon = lexicon();
        let wrong: Vec<_> = [
            "Puedo hoy de 3 a 4",
            "Puedo mañana entre las 10 y las 12",
            "Mejor el viernes pero no antes de las 10",
            "Mejor el viernes, no en la mañana",
            "Puedo el viernes solo en la tarde",
            "Puedo el viernes solo en la\ntarde",
            "Mejor el viernes. Eso sí, en la tarde",
            "Entonces mañana les envío la foto",
            "Entonces mañana, si puedo, les escribo",
            "Está mejor. Mañana les cuento",
            "Funciona mejor hoy, gracias",
            "No puedo. Mañana sí",
            "No puedo hasta el viernes",
            "Mejor el viernes a eso de las 4",
            "Puedo mañana tipo 4",
            "Mejor mañana, pero a las 11 y 15",
            "Mejor mañana a las 9 o a las 10",
            "Puedo el viernes 4 de diciembre después de almuerzo",
            "Mejor el lunes de la próxima semana",
            "No sé si puedo mañana, les confirmo",
            "Puedo hoy imprimir en otra oficina",
            "No puedo hoy imprimir las actas",
            "La 2",
            "2",
            "La primera",
            "opción 3",
            "Escojo la 2",
            "Me sirve la segunda. Gracias",
            "Me queda bien la tercera",
            "27/11/2026\n\nAdjunto la foto",
            "Viernes 27 de noviembre de 2026\n\nSeñores TIC\n\nAdjunto la foto",
            "28 de diciembre\n\nEse fue el día en que empezó la falla.",
            "Es muy urgente, no podemos atender al público sin esa impresora.",
            "Además no podemos recibir correos desde ayer.",
            "También no me sirve el mouse.",
            "Por favor vengan puntuales, mañana tenemos audiencia con la Contraloría",
            "Tenemos una reunión de consejo y necesitamos imprimir las actas",
            "No estoy en la oficina 204, estoy en la 205.",
            "El otro día pasó lo mismo con la de al lado",
            "No nos cambien la hora de la visita por favor.",
            "No quiero reprogramar la cita",
            "¿Toca reprogramar la cita?",
            "Gracias por reprogramar la visita",
            "Si van a cambiar la hora de la visita me avisan",
            "No es necesario otra hora, así está bien.",
            "No estaré hoy en la tarde pero mi compañera Luz los recibe",
        ]
        .into_iter()
        .map(|text| (text, wish_of(&lexicon, text)))
        .filter(|(_, wish)| !wish.is_empty())
        .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
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
