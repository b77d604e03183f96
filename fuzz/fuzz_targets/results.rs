//! Whatever stands in Authentication-Results and in the headers around it, a server vouches only where its own word says so.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail;
use mesa_tic::mail::message::Address;
use mesa_tic::seal::identity::{Policy, Word, word};
use std::sync::LazyLock;

static HANDBOOK: LazyLock<Handbook> = LazyLock::new(|| {
    let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
    Handbook::load(&shipped(), &desk).unwrap_or_else(|_| panic!("the shipped rules"))
});

fuzz_target!(|bytes: &[u8]| {
    let people = &HANDBOOK.office.people;
    let from = people.people.first().map(|person| person.correo.as_str()).unwrap_or_default();
    let policy = Policy::Strict { authserv_id: "mx.magdalena.gov.co".into() };
    // The border's own words, as the input has them; and the same input as a sender's, under another server's word.
    let head = [b"Authentication-Results: ", bytes].concat();
    let tail = format!("\r\nFrom: {from}\r\nTo: mesa@magdalena.gov.co\r\nSubject: x\r\n\r\nx\r\n");
    let whole = [&head, tail.as_bytes()].concat();
    let vouched = matches!(word(&policy, people, &mail::parse(&whole)), Word::Vouched);
    if vouched {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        assert!(text.contains("mx.magdalena.gov.co") && text.contains("pass"), "{text}");
    }
    let below =
        [b"Authentication-Results: mx.magdalena.gov.co; dmarc=fail\r\n", head.as_slice(), tail.as_bytes()].concat();
    assert!(!matches!(word(&policy, people, &mail::parse(&below)), Word::Vouched));
});
