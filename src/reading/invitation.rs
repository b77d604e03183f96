//! What somebody wrote when answering an invitation, without the text that his calendar puts around it.
use crate::spanish::fold::fold;

/// Words with which a calendar (Google, in Spanish and English) leads in the note of who answers.
const LEADS: &[&str] =
    &["con esta nota", "con la siguiente nota", "con este mensaje", "with this note", "with this message"];
/// Words with which a calendar tells of an answer without a note.
const TELLS: &[&str] = &[
    "ha aceptado esta invitacion",
    "ha rechazado esta invitacion",
    "ha respondido quizas a esta invitacion",
    "ha respondido \"quizas\" a esta invitacion",
    "ha propuesto otra hora para este evento",
    "ha propuesto una hora nueva para este evento",
    "ha propuesto un nuevo horario para este evento",
    "has proposed a new time for this event",
    "has accepted this invitation",
    "has declined this invitation",
    "has replied \"maybe\" to this invitation",
];
/// Beginnings of the lines in which Outlook and others repeat the appointment below the note.
const REPEATS: &[&str] = &[
    "~*~*",
    "*~*~",
    "cuando:",
    "donde:",
    "when:",
    "where:",
    "fecha y hora:",
    "ubicacion:",
    "location:",
    "-----original",
    "-----mensaje",
    "-----cita",
    "-----original appointment",
];

/// The note of an answer to an invitation; empty where there is none.
pub(crate) fn note(text: &str) -> String {
    let mut lines = text.lines();
    let head = text.lines().position(|line| {
        let line = fold(line);
        TELLS.iter().any(|tell| line.contains(tell))
    });
    if let Some(head) = head {
        let leads = lines.nth(head).map(fold).is_some_and(|line| LEADS.iter().any(|lead| line.contains(lead)));
        let said = lines.map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
        let note = said.collect::<Vec<_>>().join("\n");
        return if leads { unquoted(&note).to_owned() } else { String::new() };
    }
    let repeats = |line: &&str| {
        let line = fold(line.trim());
        !REPEATS.iter().any(|opens| line.starts_with(opens))
    };
    lines.take_while(repeats).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn unquoted(text: &str) -> &str {
    let pairs = [('"', '"'), ('“', '”'), ('«', '»')];
    let inner = pairs.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inner.unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::note;

    #[test]
    fn only_the_words_of_who_answers() {
        for (text, said) in [
            (
                "Ana Ruiz ha rechazado esta invitación con esta nota:\n\n\"Mejor el jueves.\"\n\nVisita TIC\n",
                "Mejor el jueves.",
            ),
            (
                "Ana Ruiz has declined this invitation with this note:\n\n“No puedo,\nestoy en comisión”\n\nVisit",
                "No puedo,\nestoy en comisión",
            ),
            ("Ana Ruiz ha aceptado esta invitación.\n\nVisita TIC\nMartes 9am\n", ""),
            ("Ese día no estoy.\n\nCuándo: martes 10 de junio\nDónde: Palacio\n~*~*~*~*~*~\n", "Ese día no estoy."),
            ("Ana Ruiz ha propuesto otra hora para este evento.\n\nVisita TIC\n", ""),
            ("¿Puede ser a las 3?", "¿Puede ser a las 3?"),
            ("", ""),
        ] {
            assert_eq!(note(text), said, "{text}");
        }
    }
}
