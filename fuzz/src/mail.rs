//! Any bytes are a mail, and any mail has a reading: the body is parted without loss, and what was found stands where it says.
use mesa_tic::handbook::{Handbook, shipped};
use mesa_tic::mail;
use mesa_tic::mail::message::{Address, Mail};
use mesa_tic::reading;
use std::sync::LazyLock;

static HANDBOOK: LazyLock<Handbook> = LazyLock::new(|| {
    let desk = Address { correo: "mesa@magdalena.gov.co".into(), nombre: None };
    Handbook::load(&shipped(), &desk).unwrap_or_else(|_| panic!("the shipped rules"))
});

pub fn hold(bytes: &[u8]) {
    let mail = mail::parse(bytes);
    whole(&mail);
    reading::read(&HANDBOOK.rules, &HANDBOOK.office.people, &mail);
}

/// The segments follow each other and cover the text.
pub fn whole(mail: &Mail) {
    let mut at = 0;
    for segment in &mail.body.segments {
        assert_eq!(segment.span.start, at);
        assert!(mail.body.text.get(segment.span.clone()).is_some());
        at = segment.span.end;
    }
    assert_eq!(at, mail.body.text.len());
    mail.attached.iter().for_each(whole);
}
