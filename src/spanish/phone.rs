//! Telephone numbers of Colombia as people write them: mobiles, landlines, and the short numbers that may be extensions.
//!
//! Since 2021-09-01 a landline has ten digits, 60 and the region first; mobiles have ten and begin with 3. Old habits live
//! on: seven digits, or «(5)» before them.
use crate::spanish::fold::fold;
use std::ops::Range;

/// What a run of digits is by its shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Ten digits that begin with 3.
    Celular,
    /// Ten digits that begin with 60.
    Fijo,
    /// Seven digits: a landline only where a word says so.
    Local,
    /// Two to five digits: an extension only where a word says so.
    Corto,
}

/// A number as found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub span: Range<usize>,
    /// Digits only, without the country's 57; «(5)» is given as 605.
    pub digits: String,
    pub line: Line,
}

/// Words that people glue to the number they name: «ext1219», «of204».
const GLUED: &[&str] =
    &["ext", "exts", "extension", "ip", "tel", "telefono", "cel", "celular", "of", "ofi", "ofic", "oficina", "piso"];

/// Is this, right before a digit, a word of its own?
pub fn names_a_number(word: &str) -> bool {
    GLUED.contains(&fold(word).as_str())
}

/// Longest run of digits that is still a number somebody can dial: 57 and ten digits.
const LONGEST: usize = 12;

/// Groups of digits that stand together: separated by at most two blanks, dots, hyphens or brackets.
struct Group {
    span: Range<usize>,
    /// What stands between this group and the one before it.
    dotted: bool,
    dashed: bool,
}

/// Every number of the text, in order. Linear: a group of digits is looked at a bounded number of times.
pub fn find(text: &str) -> Vec<Number> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)).map(|i| at + i) {
        let (groups, end) = run(bytes, start);
        let before = bytes.get(..start).unwrap_or_default();
        if !glued(before) || is_named(text, start) {
            numbers_of(text, &groups, before, &mut found);
        }
        at = end;
    }
    found
}

/// The digits belong to a word before them («GM-08812», «x12», «TIC-2026»), or to a sum of money.
fn glued(before: &[u8]) -> bool {
    match before {
        [.., letter, b'-' | b'_' | b'#' | b'/'] => letter.is_ascii_alphanumeric() && *letter != b'5',
        [.., last] => last.is_ascii_alphabetic() || *last == b'_' || *last == b'$' || *last == b',',
        [] => false,
    }
}

/// «Ext1219», «ext-1219»: the word before the digits only names them.
fn is_named(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let word = before.strip_suffix('-').unwrap_or(before).rsplit(|c: char| !c.is_alphanumeric()).next();
    word.is_some_and(names_a_number)
}

/// The groups of digits from `start` on, and where the run ends.
fn run(bytes: &[u8], start: usize) -> (Vec<Group>, usize) {
    let mut groups = Vec::new();
    let (mut at, mut dotted, mut dashed) = (start, false, false);
    loop {
        let digits = bytes.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        groups.push(Group { span: at..at + digits, dotted, dashed });
        at += digits;
        let rest = bytes.get(at..).unwrap_or_default();
        let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'.' | b'-' | b'(' | b')')).count();
        let next = rest.get(gap).is_some_and(u8::is_ascii_digit);
        if gap == 0 || gap > 2 || !next {
            return (groups, at);
        }
        dotted = rest.first() == Some(&b'.') && gap == 1;
        dashed = rest.first() == Some(&b'-') && gap == 1;
        at += gap;
    }
}

fn numbers_of(text: &str, groups: &[Group], before: &[u8], found: &mut Vec<Number>) {
    let foreign = before.last() == Some(&b'+');
    let old_region = before.last() == Some(&b'(');
    let all_dotted = groups.len() > 2 && groups.iter().skip(1).all(|g| g.dotted);
    let digits_of = |group: &Group| text.get(group.span.clone()).unwrap_or_default();
    if foreign && !groups.first().is_some_and(|g| digits_of(g).starts_with("57")) {
        return;
    }
    // «1.082.000.111» and «10.20.1.50»: an identity card or an address of a machine.
    if all_dotted && groups.first().is_some_and(|g| g.span.len() < 3) {
        return;
    }
    let mut at = 0;
    while let Some(first) = groups.get(at) {
        match longest_from(text, groups, at, old_region && at == 0) {
            Some((number, taken)) => {
                found.push(number);
                at += taken;
            }
            None => {
                let short = (2..=5).contains(&first.span.len());
                let beside_dot = first.dotted || groups.get(at + 1).is_some_and(|g| g.dotted);
                // «12-19» may be one number or two, and an hour or a day.
                let pair = |a: &Group, b: &Group| b.dashed && a.span.len() == 2 && b.span.len() == 2;
                let paired = groups.get(at + 1).is_some_and(|next| pair(first, next))
                    || at.checked_sub(1).and_then(|i| groups.get(i)).is_some_and(|last| pair(last, first));
                if short && !beside_dot && !paired {
                    let digits = digits_of(first).to_owned();
                    found.push(Number { span: first.span.clone(), digits, line: Line::Corto });
                }
                at += 1;
            }
        }
    }
}

/// The number that the groups from `at` on make together, and how many of them it takes.
fn longest_from(text: &str, groups: &[Group], at: usize, old_region: bool) -> Option<(Number, usize)> {
    let mut digits = String::new();
    let mut best = None;
    let start = groups.get(at)?.span.start;
    for (taken, group) in groups.iter().skip(at).enumerate() {
        digits.push_str(text.get(group.span.clone())?);
        if digits.len() > LONGEST {
            break;
        }
        let old = old_region || groups.get(at).is_some_and(|g| g.span.len() == 1);
        if let Some((number, line)) = dialled(&digits, old) {
            best = Some((Number { span: start..group.span.end, digits: number, line }, taken + 1));
            if line != Line::Local {
                break;
            }
        }
    }
    best
}

fn dialled(digits: &str, old_region: bool) -> Option<(String, Line)> {
    let national = match digits.len() {
        12 => digits.strip_prefix("57")?,
        10 => digits,
        8 if old_region && digits.starts_with('5') => return Some((format!("60{digits}"), Line::Fijo)),
        7 if !digits.starts_with(['0', '1', '9']) && !old_region => return Some((digits.to_owned(), Line::Local)),
        _ => return None,
    };
    if national.starts_with('3') {
        return Some((national.to_owned(), Line::Celular));
    }
    (national.starts_with("60") && !national.starts_with("600")).then(|| (national.to_owned(), Line::Fijo))
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::{Line, find};
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let found: Vec<String> = find(text)
            .into_iter()
            .map(|n| {
                let kind = match n.line {
                    Line::Celular => "celular",
                    Line::Fijo => "fijo",
                    Line::Local => "local",
                    Line::Corto => "corto",
                };
                format!("{kind} {} «{}»", n.digits, &text[n.span])
            })
            .collect();
        expected.assert_eq(&found.join(", "));
    }

    #[test]
    fn mobiles_however_grouped() {
        check("cel 300 412 77 05", expect!["celular 3004127705 «300 412 77 05»"]);
        check("+57 301 774 2250", expect!["celular 3017742250 «57 301 774 2250»"]);
        check(
            "316-402-7718 o 301-2248806",
            expect!["celular 3164027718 «316-402-7718», celular 3012248806 «301-2248806»"],
        );
        check("3001112233 3014445566", expect!["celular 3001112233 «3001112233», celular 3014445566 «3014445566»"]);
    }

    #[test]
    fn landlines_new_and_old() {
        check("Tel. (605) 438 1144 Ext: 315", expect!["fijo 6054381144 «605) 438 1144», corto 315 «315»"]);
        check("PBX 5-4381144", expect!["fijo 6054381144 «5-4381144»"]);
        check("(5) 4381144", expect!["fijo 6054381144 «5) 4381144»"]);
        check("tel 4381144", expect!["local 4381144 «4381144»"]);
    }

    #[test]
    fn what_is_no_telephone() {
        check("cédula 1.082.000.111", expect![""]);
        check("NIT 800.103.920-6", expect![""]);
        check("equipo 10.20.1.50", expect![""]);
        check("placa GM-08812, caso TIC-2026-00017", expect![""]);
        check("WhatsApp +33 7 00 00 00 00", expect![""]);
        check("BPIN 2024004470087", expect![""]);
        check("por $58.400.000", expect![""]);
    }

    #[test]
    fn short_numbers_wait_for_their_word() {
        check("Ext 2201 - 2202", expect!["corto 2201 «2201», corto 2202 «2202»"]);
        check("edificio 4-24", expect!["corto 24 «24»"]);
        check("ext1219 o EXT-1220, extensión1221", expect!["corto 1219 «1219», corto 1220 «1220», corto 1221 «1221»"]);
        check("Ext: 12-19", expect![""]);
    }

    #[test]
    fn ten_thousand_numbers() {
        let text = "3001112233 ".repeat(10_000);
        assert_eq!(find(&text).len(), 10_000);
    }
}
