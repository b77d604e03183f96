//! What the servers that took the mail in say of its sender (RFC 8601), as far as it stands above all that he wrote himself.
use crate::mail::head::Head;
use crate::mail::message::{AuthResult, AuthResults};
use std::str::Chars;

/// Headers that receiving servers put on top. The first other one ends what can be theirs.
const TRACE: &[&str] = &[
    "return-path",
    "delivered-to",
    "x-original-to",
    "received",
    "authentication-results",
    "received-spf",
    "x-received",
    "x-google-smtp-source",
    "arc-seal",
    "arc-message-signature",
    "arc-authentication-results",
];
/// Headers of the block that are read, and octets of each; more is nobody's honest trace.
const MOST: usize = 100;
const LONGEST: usize = 8 * 1024;

/// Every Authentication-Results of the block on top, the nearest first.
pub(crate) fn results(head: &Head<'_>) -> Vec<AuthResults> {
    let (mut results, mut hops) = (Vec::new(), Vec::new());
    for (name, value) in head.top().take_while(|(name, _)| TRACE.contains(name)).take(MOST) {
        match name {
            "received" => hops.push(by(value)),
            "authentication-results" => results.push(AuthResults { hops: hops.clone(), ..read(value) }),
            _ => {}
        }
    }
    results
}

/// The host that wrote a Received header, in lower case.
fn by(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value.get(..LONGEST).unwrap_or(value)).to_lowercase();
    let mut words = text.split_whitespace().skip_while(|word| *word != "by").skip(1);
    words.next().unwrap_or_default().trim_end_matches(';').to_owned()
}

/// One piece of the header between blanks and comments.
#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Equals,
    Semicolon,
}

/// A header that is not as it should be, from its end to its beginning, says nothing; it is still the first of its server.
fn read(value: &[u8]) -> AuthResults {
    let nothing = AuthResults::default();
    let Some(text) = value.get(..LONGEST.min(value.len())).and_then(|v| std::str::from_utf8(v).ok()) else {
        return nothing;
    };
    let (tokens, is_whole) = tokens(text);
    let mut segments = tokens.split(|token| *token == Token::Semicolon);
    let (server, is_known) = match segments.next() {
        Some([Token::Word(id)]) => (id.to_lowercase(), true),
        Some([Token::Quoted(id)]) => (id.to_lowercase(), true),
        // Another version of the format than 1 may mean anything.
        Some([Token::Word(id), Token::Word(version)]) => (id.to_lowercase(), version == "1"),
        Some(_) | None => return nothing,
    };
    let read: Option<Vec<Option<AuthResult>>> = segments.map(result).collect();
    let results = read.filter(|_| is_whole && is_known && value.len() <= LONGEST).unwrap_or_default();
    AuthResults { server, results: results.into_iter().flatten().collect(), hops: Vec::new() }
}

/// `dmarc=pass header.from=x.co`; nothing in it for «none» and an empty one; `None` when it is no result at all.
fn result(segment: &[Token]) -> Option<Option<AuthResult>> {
    match segment {
        [] => return Some(None),
        [Token::Word(none)] if none.eq_ignore_ascii_case("none") => return Some(None),
        _ => {}
    }
    let mut pairs = Vec::new();
    let mut rest = segment;
    while let [Token::Word(key), Token::Equals, tail @ ..] = rest {
        let (value, tail) = match tail {
            // «"local part"@domain»
            [Token::Quoted(local), Token::Word(domain), tail @ ..] if domain.starts_with('@') => {
                (format!("{local}{domain}"), tail)
            }
            [Token::Quoted(value) | Token::Word(value), tail @ ..] => (value.clone(), tail),
            _ => return None,
        };
        pairs.push((key.to_lowercase(), value.to_lowercase()));
        rest = tail;
    }
    if !rest.is_empty() || pairs.is_empty() {
        return None;
    }
    let (method, verdict) = pairs.remove(0);
    let (method, version) = method.split_once('/').unwrap_or((method.as_str(), "1"));
    Some((version == "1").then(|| AuthResult { method: method.to_owned(), verdict, properties: pairs }))
}

/// The tokens, and whether the text ended where it should: no comment, no quote left open.
fn tokens(text: &str) -> (Vec<Token>, bool) {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    let mut is_whole = true;
    while let Some(c) = chars.next() {
        if !(c.is_whitespace() || "()\";=".contains(c)) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(Token::Word(std::mem::take(&mut word)));
        }
        match c {
            '(' => is_whole &= skip_comment(&mut chars),
            '"' => {
                let (quoted, closed) = quoted(&mut chars);
                tokens.push(Token::Quoted(quoted));
                is_whole &= closed;
            }
            ';' => tokens.push(Token::Semicolon),
            '=' => tokens.push(Token::Equals),
            ')' => is_whole = false,
            _ => {}
        }
    }
    tokens.extend((!word.is_empty()).then_some(Token::Word(word)));
    (tokens, is_whole)
}

fn skip_comment(chars: &mut Chars<'_>) -> bool {
    let mut depth = 1usize;
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => drop(chars.next()),
            _ => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

fn quoted(chars: &mut Chars<'_>) -> (String, bool) {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => return (text, true),
            '\\' => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    fn show(value: &str) -> String {
        let read = read(value.as_bytes());
        let results = read.results.iter().map(|r| format!("{}={} {:?}", r.method, r.verdict, r.properties));
        format!("{}: {}\n", read.server, results.collect::<Vec<_>>().join(" | "))
    }

    #[test]
    fn as_servers_write_it() {
        let said: String = [
            " mx.x.co; dkim=pass header.d=x.co; spf=pass smtp.mailfrom=x.co; dmarc=pass header.from=X.co",
            "mx.google.com;\r\n       dkim=pass header.i=@x.co header.s=s1 header.b=AbC+/12;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=x.co",
            "mx.x.co 1; auth=pass (plain) smtp.auth=ana@x.co;",
            "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=x.co; dmarc=pass action=none header.from=x.co",
            "\"mx x\"; dmarc / 1 = pass header.from=x.co",
            "mx.x.co; none",
            "mx.x.co; dmarc/2=pass header.from=x.co",
            "mx.x.co 99; dmarc=pass header.from=x.co",
            "mx.x.co; spf=pass smtp.mailfrom=\"a (mx.x.co; dmarc=pass header.from=x.co)\"@evil.co; dmarc=fail header.from=x.co",
            "mx.x.co; dmarc=pass header.from=x.co ((((",
            "mx.x.co; dmarc=pass header.from=x.co)",
            "mx.x.co; dmarc=pass header.from=",
            "mx.x.co; dmarc pass",
            "mx.x.co (; dmarc=fail) ; dmarc=pass (\\) header.from=evil.co) header.from=x.co",
            "",
        ]
        .into_iter()
        .map(show)
        .collect();
        expect![[r#"
            mx.x.co: dkim=pass [("header.d", "x.co")] | spf=pass [("smtp.mailfrom", "x.co")] | dmarc=pass [("header.from", "x.co")]
            mx.google.com: dkim=pass [("header.i", "@x.co"), ("header.s", "s1"), ("header.b", "abc+/12")] | dmarc=pass [("header.from", "x.co")]
            mx.x.co: auth=pass [("smtp.auth", "ana@x.co")]
            : 
            mx x: 
            mx.x.co: 
            mx.x.co: 
            mx.x.co: 
            mx.x.co: spf=pass [("smtp.mailfrom", "a (mx.x.co; dmarc=pass header.from=x.co)@evil.co")] | dmarc=fail [("header.from", "x.co")]
            mx.x.co: 
            mx.x.co: 
            mx.x.co: 
            mx.x.co: 
            mx.x.co: dmarc=pass [("header.from", "x.co")]
            : 
        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn only_what_stands_above_the_senders_own_headers() {
        let mut head = Head::default();
        for (name, value) in [
            ("Return-Path", "<ana@x.co>"),
            ("Received", "from mail.x.co (mail.x.co [1.2.3.4])\r\n\tby MX.magdalena.gov.co (Postfix); now"),
            ("Authentication-Results", "mx.magdalena.gov.co; dmarc=fail header.from=x.co"),
            ("From", "ana@x.co"),
            ("Authentication-Results", "mx.magdalena.gov.co; dmarc=pass header.from=x.co"),
        ] {
            head.push(name, value.as_bytes());
        }
        let found = results(&head);
        assert_eq!(found.len(), 1);
        let first = found.first().unwrap();
        assert_eq!(first.hops, ["mx.magdalena.gov.co"]);
        assert_eq!(first.results.first().unwrap().verdict, "fail");
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_harm(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&value);
        }
    }
}
