//! How long something took, as people write it: «1h 30m», «45 min», «hora y media», «2h30», «1:30».
use crate::spanish::fold::fold;
use crate::spanish::number;
use regex::Regex;
use std::sync::LazyLock;

/// One stretch of work is no longer than a day: more is a slip of the pen.
const LONGEST: u32 = 24 * 60;

/// A number with or without a fraction, a word, or the colon of «1:30»; anything else makes no duration.
static TOKEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:(\d{1,6})(?:[.,](\d{1,2})(?:\D|$))?|([a-z]+)|(:))").ok());

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDuration {
    Unclear,
    Nothing,
    TooLong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Hundredths, so that «1,5» is exact.
    Number(u32),
    Word(&'a str),
    Colon,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hours,
    Minutes,
}

/// Whole minutes, from 1 to those of a day.
pub fn minutes(text: &str) -> Result<u32, NoDuration> {
    let folded = fold(text);
    let tokens = tokens(&folded).ok_or(NoDuration::Unclear)?;
    let hundredths = sum(&tokens).ok_or(NoDuration::Unclear)?;
    match (hundredths + 50) / 100 {
        0 => Err(NoDuration::Nothing),
        minutes if minutes > LONGEST => Err(NoDuration::TooLong),
        minutes => Ok(minutes),
    }
}

/// «1 h 30 min», «45 min», «2 h»
pub fn say(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut rest = text.trim().trim_end_matches(['.', ',', ';']);
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let found = TOKEN.as_ref()?.captures(rest)?;
        let (token, end) = if let Some(whole) = found.get(1) {
            let fraction = found.get(2);
            let digits = fraction.map_or("0", |f| f.as_str());
            let part: u32 = digits.parse().ok()?;
            let part = if digits.len() == 1 { part * 10 } else { part };
            (Token::Number(whole.as_str().parse::<u32>().ok()? * 100 + part), fraction.unwrap_or(whole).end())
        } else if let Some(word) = found.get(3) {
            let value = number::value(word.as_str()).filter(|_| word.as_str() != "cuarto");
            let token = match (word.as_str(), value) {
                ("un" | "una", _) => Token::Number(100),
                (_, Some(value)) => Token::Number(value * 100),
                (other, None) => Token::Word(other),
            };
            (token, word.end())
        } else {
            (Token::Colon, 1)
        };
        tokens.push(token);
        rest = rest.get(end..)?.trim_start().trim_start_matches('.').trim_start();
    }
    Some(tokens)
}

/// Hundredths of minutes.
fn sum(tokens: &[Token<'_>]) -> Option<u32> {
    let mut total = 0_u32;
    let mut last = None;
    let mut rest = tokens;
    while !rest.is_empty() {
        let (more, unit, used) = match rest {
            [Token::Number(hours), Token::Colon, Token::Number(minutes), ..] if *minutes < 6000 && total == 0 => {
                (hours.checked_mul(60)?.checked_add(*minutes)?, Unit::Minutes, 3)
            }
            [Token::Number(n), Token::Word("cuarto" | "cuartos"), Token::Word("de"), Token::Word("hora"), ..] => {
                (n.checked_mul(15)?, Unit::Minutes, 4)
            }
            [Token::Number(n), Token::Word(word), ..] => match unit(word)? {
                Unit::Hours => (n.checked_mul(60)?, Unit::Hours, 2),
                Unit::Minutes => (*n, Unit::Minutes, 2),
            },
            [Token::Word("media"), Token::Word("hora"), ..] => (3000, Unit::Minutes, 2),
            [Token::Word("y"), Token::Word("media"), ..] if last == Some(Unit::Hours) => (3000, Unit::Minutes, 2),
            [Token::Word("y"), Token::Word("cuarto"), ..] if last == Some(Unit::Hours) => (1500, Unit::Minutes, 2),
            [Token::Word("y" | "con"), Token::Number(_), ..] if last.is_some() => (0, last?, 1),
            [Token::Word("hora"), ..] if total == 0 => (6000, Unit::Hours, 1),
            // «2h30»
            [Token::Number(n)] if last == Some(Unit::Hours) && *n < 6000 => (*n, Unit::Minutes, 1),
            // «1:30 h»
            [Token::Word("h" | "hora" | "horas")] if total > 0 && last == Some(Unit::Minutes) => (0, Unit::Hours, 1),
            _ => return None,
        };
        total = total.checked_add(more)?;
        last = Some(unit);
        rest = rest.get(used..)?;
    }
    Some(total)
}

fn unit(word: &str) -> Option<Unit> {
    match word {
        "h" | "hs" | "hr" | "hrs" | "hora" | "horas" => Some(Unit::Hours),
        "m" | "min" | "mins" | "mn" | "minuto" | "minutos" => Some(Unit::Minutes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for (text, expected) in [
            ("1h 30m", Ok(90)),
            ("1h15", Ok(75)),
            ("2h30", Ok(150)),
            ("1 h 30 min", Ok(90)),
            ("1 h. 30 min.", Ok(90)),
            ("45 min", Ok(45)),
            ("45m", Ok(45)),
            ("40 minutos", Ok(40)),
            ("3 horas", Ok(180)),
            ("Hora y media", Ok(90)),
            ("una hora y media", Ok(90)),
            ("dos horas y cuarto", Ok(135)),
            ("media hora", Ok(30)),
            ("un cuarto de hora", Ok(15)),
            ("tres cuartos de hora", Ok(45)),
            ("1:30", Ok(90)),
            ("1:30 h", Ok(90)),
            ("1,5 horas", Ok(90)),
            ("0.25 h", Ok(15)),
            ("dos horas y 20 minutos", Ok(140)),
            ("1 hora 5 minutos", Ok(65)),
            ("24 h", Ok(1440)),
            ("25 h", Err(NoDuration::TooLong)),
            ("0 min", Err(NoDuration::Nothing)),
            ("90", Err(NoDuration::Unclear)),
            ("-5h", Err(NoDuration::Unclear)),
            ("1e309h", Err(NoDuration::Unclear)),
            ("99999999999999999999h", Err(NoDuration::Unclear)),
            ("9999h", Err(NoDuration::TooLong)),
            ("un rato", Err(NoDuration::Unclear)),
            ("1h 75", Err(NoDuration::Unclear)),
            ("", Err(NoDuration::Nothing)),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_letter_says() {
        assert_eq!([say(45), say(60), say(95)], ["45 min", "1 h", "1 h 35 min"]);
    }
}
