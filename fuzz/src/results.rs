//! Whatever stands in Authentication-Results and in the headers around it, a server vouches only where its own word says so.
use mesa_tic::handbook::shipped;
use mesa_tic::mail;
use mesa_tic::office::people::Directory;
use mesa_tic::seal::identity::{Policy, Word, word};
use std::sync::LazyLock;

static PEOPLE: LazyLock<Directory> = LazyLock::new(|| {
    let text = shipped().remove("personas.toml").unwrap_or_default();
    Directory::load("personas.toml", &text, &mut Vec::new())
});

pub fn hold(bytes: &[u8]) {
    let from = PEOPLE.people.first().map(|person| person.correo.as_str()).unwrap_or_default();
    let policy = Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() };
    // The border's own words, as the input has them; and the same input as a sender's, under another server's word.
    let head = [b"Authentication-Results: ", bytes].concat();
    let tail = format!("\r\nFrom: {from}\r\nTo: mesa@magdalena.gov.co\r\nSubject: x\r\n\r\nx\r\n");
    let whole = [&head, tail.as_bytes()].concat();
    let vouched = matches!(word(&policy, &PEOPLE, &mail::parse(&whole)), Word::Vouched);
    if vouched {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        assert!(text.contains("mx.magdalena.gov.co") && text.contains("pass"), "{text}");
    }
    let below =
        [b"Authentication-Results: mx.magdalena.gov.co; dmarc=fail\r\n", head.as_slice(), tail.as_bytes()].concat();
    assert!(!matches!(word(&policy, &PEOPLE, &mail::parse(&below)), Word::Vouched));
}
