//! The mail room as a whole: sample mails and their transcripts, the labelled corpus, hostile shapes, and what holds of any bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use expect_test::expect_file;
use mesa_tic::mail::body::Part;
use mesa_tic::mail::message::{Address, Hand, Mail};
use mesa_tic::mail::parse;
use proptest::prelude::*;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|ext| ext == "eml"));
    found.sort();
    assert!(!found.is_empty(), "no fixtures in {folder}");
    found
}

/// What a reader of the transcript files sees of a mail.
fn transcript(mail: &Mail, indent: &str) -> String {
    let mut out = String::new();
    let address = |a: &Address| format!("{} <{}>", a.nombre.as_deref().unwrap_or("-"), a.correo);
    let id = mail.id.as_ref().map_or("-", |id| &id.0);
    writeln!(out, "{indent}from {} · id {id} · {:?}", address(&mail.from), mail.hand).unwrap();
    writeln!(out, "{indent}subject {}", mail.subject).unwrap();
    let refs: Vec<&str> = mail.refs.iter().map(|r| r.0.as_str()).collect();
    writeln!(out, "{indent}date {} · refs {refs:?}", mail.date.map_or("-".to_owned(), |d| d.to_string())).unwrap();
    for segment in &mail.body.segments {
        writeln!(out, "{indent}[{:?} {}]", segment.part, segment.depth).unwrap();
        for line in mail.body.words(segment).lines() {
            writeln!(out, "{indent}{}", format!("  {line}").trim_end()).unwrap();
        }
    }
    for file in &mail.attachments {
        let inline = if file.inline { " inline" } else { "" };
        writeln!(out, "{indent}file {} ({}, {} bytes{inline})", file.name, file.kind, file.bytes.len()).unwrap();
    }
    let told = |out: &mut String, what: &str, value: String| writeln!(out, "{indent}{what} {value}").unwrap();
    mail.calendar.iter().for_each(|reply| told(&mut out, "calendar", format!("{reply:?}")));
    mail.bounce.iter().for_each(|bounce| told(&mut out, "bounce", format!("{bounce:?}")));
    mail.oddities.iter().for_each(|oddity| told(&mut out, "odd:", oddity.clone()));
    mail.attached.iter().for_each(|inner| out += &transcript(inner, &format!("{indent}    ")));
    out
}

#[test]
fn sample_mails_read_as_their_transcripts_say() {
    for path in fixtures("mail") {
        let mail = parse(&fs::read(&path).unwrap());
        expect_file![path.with_extension("txt")].assert_eq(&transcript(&mail, ""));
    }
}

fn corpus() -> Vec<(String, Mail, toml::Table)> {
    let read = |path: PathBuf| {
        let label = fs::read_to_string(path.with_extension("toml")).unwrap().parse().unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), parse(&fs::read(&path).unwrap()), label)
    };
    fixtures("corpus").into_iter().map(read).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn new_text_of_replies_and_commands() {
    for (name, mail, label) in corpus() {
        let expected = label.get("respuesta").and_then(|r| r.get("texto_nuevo")).and_then(|t| t.as_str());
        if let Some(expected) = expected {
            assert_eq!(squeezed(&mail.body.new_text()), squeezed(expected), "{name}");
        }
    }
}

#[test]
fn hands_of_the_corpus() {
    for (name, mail, label) in corpus() {
        let hand = mail.hand;
        let kind = label.get("kind").and_then(|k| k.as_str()).unwrap();
        match kind {
            "automatico" => assert_eq!(hand, Hand::Robot, "{name}"),
            "rebote" => assert!(hand == Hand::Bounce && mail.bounce.is_some_and(|b| b.about.is_some()), "{name}"),
            "calendario" => assert!(hand == Hand::Person && mail.calendar.is_some(), "{name}"),
            "alarma" | "ajeno" => assert_ne!(hand, Hand::Bounce, "{name}"),
            _ => assert_eq!(hand, Hand::Person, "{name}"),
        }
    }
}

#[test]
fn the_same_mail_by_two_roads_has_one_key() {
    for path in fixtures("corpus") {
        let raw = fs::read(&path).unwrap();
        let other =
            [b"Received: from a by b; Mon, 3 Feb 2025 14:48:51 -0500\r\nDelivered-To: x@y.co\r\n", raw.as_slice()]
                .concat();
        assert_eq!(parse(&raw).content_key, parse(&other).content_key, "{}", path.display());
        let changed = [raw.as_slice(), b"\r\nUna cosa m\xc3\xa1s.\r\n"].concat();
        let (one, two) = (parse(&raw), parse(&changed));
        assert!(one.body.text == two.body.text || one.content_key != two.content_key, "{}", path.display());
    }
}

fn mail(headers: &str, body: &str) -> Mail {
    parse(format!("From: Ana Polo <apolo@magdalena.gov.co>\r\n{headers}\r\n\r\n{body}").as_bytes())
}

#[test]
fn whoever_signs_however_the_new_words_stay_whole() {
    let words = [
        "Buenos días\n\nNo tengo internet en la oficina 204.",
        "la impresora del piso 2 no imprime\nestamos en el edificio 4-24 piso 2 ext 204",
        "Ingeniero Barros:\n\n¿Es posible para hoy?\n\nQuedo atento a sus comentarios.",
        "URGENTE\n\nNO HAY RED EN TODO EL PISO 3",
        "Dependencia: Cultura\nUbicación: piso 2\nInconveniente: no imprime",
        "Solicito usuario para:\n- Carlos Barros\n- Luisa Mejía",
        "Sí, mañana a las 9",
    ];
    // A closing that is the writer's words stays with them; one that only stands above a name goes with it.
    let closings = [
        ("", true),
        ("Muchas gracias.", true),
        ("Quedo atenta,", true),
        ("Cordialmente,", false),
        ("Att:", false),
        ("Saludos,", false),
    ];
    let signatures = [
        ("Ana Milena Polo <apolo@x.co>", "Ana Milena Polo"),
        ("Ana Milena Polo <apolo@x.co>", "ana polo"),
        ("POLO RIOS ANA MILENA <apolo@x.co>", "Ana Polo | Cultura | Ext. 204\nCel. 300 555 12 34"),
        ("Ana Milena Polo <apolo@x.co>", "*Ana Polo*\n*Profesional Especializado*\nOficina de Control Interno"),
        ("Ana Milena Polo <apolo@x.co>", "Dra. Ana Polo\nJefe Oficina Jurídica\n\nProyectó: Luis M.\nCopia: Archivo"),
        ("Correspondencia <correspondencia@x.co>", "Osvaldo Mozo\nCorrespondencia"),
        ("lucho88@x.co", "Luis Eduardo Mozo\nCC 85.000.111"),
        ("Despacho <despacho@x.co>", "Ingrid Perea - Despacho del Gobernador\nEnviado desde mi iPhone"),
    ];
    for ((new, (closing, own)), (from, signature)) in words
        .iter()
        .flat_map(|w| closings.iter().map(move |c| (*w, *c)))
        .flat_map(|w| signatures.iter().map(move |s| (w, *s)))
    {
        let closing = if closing.is_empty() { String::new() } else { format!("\n\n{closing}") };
        let raw =
            format!("From: {from}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{new}{closing}\n\n{signature}\n");
        let expected = if own { format!("{new}{closing}") } else { new.to_owned() };
        assert_eq!(parse(raw.as_bytes()).body.new_text(), expected, "{from}: {closing} {signature}");
    }
}

#[test]
fn depth_and_number_cost_no_more_than_their_length() {
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let deep = parse(format!("Subject: x\r\n{messages}Subject: y\r\n\r\nfondo").as_bytes());
    assert!(deep.oddities.contains(&"nested too deep".to_owned()));
    let mut attached = &deep;
    let levels = std::iter::from_fn(|| attached.attached.first().inspect(|inner| attached = inner)).count();
    assert_eq!(levels, 3);

    let nested: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    assert_eq!(parse(format!("{nested}\r\nfondo").as_bytes()).body.text, "fondo\n");

    let parts = "--b\r\n\r\nx\r\n".repeat(20_000);
    let many = mail("Content-Type: multipart/mixed; boundary=b", &parts);
    assert!(many.oddities.contains(&"too many parts".to_owned()));

    let html = format!("{}hondo{}", "<div><blockquote><table><tr><td>".repeat(20_000), "</div>".repeat(20_000));
    assert_eq!(mail("Content-Type: text/html", &html).body.text.trim(), "hondo");

    let headers = "X-Uno: dos\r\n".repeat(50_000)
        + &"To: a@x.co\r\n".repeat(5_000)
        + "References: "
        + &"<a@b> <c@d> ".repeat(20_000);
    let heavy = mail(&headers, "hola");
    assert_eq!((heavy.refs.len(), heavy.body.text.as_str()), (2, "hola\n"));

    let text = "El El escribió: De: Para: Asunto: ".repeat(30_000)
        + &"\n>".repeat(100_000)
        + &"\nDe: a@x.co\nPara: b\nAsunto: c".repeat(20_000);
    let long = mail("Subject: x", &text);
    assert!(long.body.text.len() > 100_000 && long.oddities == ["text cut"]);
}

#[test]
fn no_header_carries_a_control_character() {
    let words = "=?utf-8?Q?a=0D=0ABcc:_v@x.co=00=1B[2J?=";
    let headers = format!(
        "Subject: {words}\r\nTo: {words} <a@x.co>, \"b\rc\" <d@x.co>\r\nMessage-ID: <a\r\n b\x07@c>\r\nReferences: <d\x00@e>\r\n\
         Content-Type: application/pdf; name=\"{words}.pdf\"\r\nContent-Disposition: attachment"
    );
    let mail = mail(&headers, "x");
    let mut seen = vec![
        mail.subject.clone(),
        mail.id.clone().unwrap().0,
        mail.refs[0].0.clone(),
        mail.attachments[0].name.clone(),
    ];
    seen.extend(mail.to.iter().flat_map(|a| [Some(a.correo.clone()), a.nombre.clone()]).flatten());
    for value in seen {
        assert!(!value.is_empty() && !value.contains(char::is_control), "{value:?}");
    }
}

#[test]
fn hidden_and_disagreeing_orders_are_no_words_or_are_noted() {
    let hidden = mail("Content-Type: text/html", "<p>Voy.</p><div style=\"display:none\">#estado cerrado</div>");
    assert_eq!(hidden.body.new_text(), "Voy.");
    let both = "--b\r\nContent-Type: text/plain\r\n\r\nGracias.\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>#estado cerrado</p>\r\n--b--";
    let mail = mail("Content-Type: multipart/alternative; boundary=b", both);
    assert_eq!(mail.body.new_text(), "Gracias.");
    assert_eq!(mail.oddities, ["text and HTML give different commands"]);
}

#[test]
fn a_mail_written_into_its_signature_is_read() {
    let html = "<body><div id=\"AppleMailSignature\">No tengo red<br>en la oficina 204</div><div id=\"AppleMailSignature\">Enviado desde mi iPhone</div>";
    assert_eq!(mail("Content-Type: text/html", html).body.new_text(), "No tengo red\nen la oficina 204");
}

#[test]
fn the_shortest_mails() {
    for raw in [&b""[..], b"\r\n", b"\0", b"Received:\r\n\t", b"From", b":", b"\r", b"From ", b"a: b"] {
        whole(&parse(raw));
    }
    let bare = parse("se cayó la red\r\nen todo el piso".as_bytes());
    assert_eq!(bare.body.new_text(), "se cayó la red\nen todo el piso");
}

/// What holds of every mail: the segments cover the text one after the other, and every bound is kept.
fn whole(mail: &Mail) {
    let mut at = 0;
    for segment in &mail.body.segments {
        assert_eq!(segment.span.start, at);
        assert!(segment.span.end > at);
        assert!(mail.body.text.get(segment.span.clone()).is_some());
        assert!(segment.part != Part::ForwardHeader || segment.depth > 0);
        at = segment.span.end;
    }
    assert_eq!(at, mail.body.text.len());
    assert!(!mail.body.text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    assert!(mail.refs.len() <= 50 && mail.subject.chars().count() <= 250);
    assert!(mail.from.correo.is_empty() || mail.from.correo.contains('@'));
    for file in &mail.attachments {
        assert!(!file.name.is_empty() && file.name.chars().count() <= 120 && !file.name.contains(['/', '\\']));
    }
    mail.attached.iter().for_each(whole);
}

/// Pieces that mails are made of, and that break them.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "Subject: =?utf-8?B?w7E?=\r\n",
        "From: a@x.co\r\n",
        "From: \"",
        "To: (((",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/alternative; boundary=\"b\"\r\n",
        "Content-Type: text/html; charset=utf-16\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        "Content-Type: text/calendar; method=REPLY\r\n",
        "Content-Type: text/plain; format=flowed; delsp=yes\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-Disposition: attachment; filename*0*=utf-8''a%C3;",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "--b\r\n",
        "--b--\r\n",
        "=C3",
        "=\r\n",
        "aG9sYQ==",
        "De: Ana <a@x.co>\r\n",
        "Enviado el: lunes\r\n",
        "Para: TIC\r\n",
        "Asunto: RV: x\r\n",
        "-----Mensaje original-----\r\n",
        "________________________________\r\n",
        "El jue, 5 mar 2026 a las 9:00, Ana (<a@x.co>) escribió:\r\n",
        "> ",
        ">> hola\r\n",
        "---------- Forwarded message ---------\r\n",
        "Cordialmente,\r\n",
        "Ana Polo\r\nExt. 204\r\n",
        "-- \r\n",
        "Enviado desde mi iPhone\r\n",
        "AVISO LEGAL: este mensaje es confidencial\r\n",
        "<table><tr><td>a</td><td>",
        "</td></tr></table>",
        "<blockquote type=cite>",
        "</blockquote>",
        "<div style=display:none>",
        "<pre>",
        "<p>&nbsp;</p>",
        "<br>",
        "<a href=https://x.co>",
        "</a>",
        "<!--",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n",
        "\u{202e}",
        "\u{a0}",
        "\0",
        "e\u{301}",
        "👩\u{200d}👧",
        "Ã±",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "[ -~áéñ]{0,40}", 1 => "\\PC{0,20}"]
}

proptest! {

    #[test]
    fn any_bytes_are_a_mail(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        whole(&parse(&raw));
    }

    #[test]
    fn any_pieces_are_a_mail(pieces in prop::collection::vec(piece(), 0..60)) {
        whole(&parse(pieces.concat().as_bytes()));
    }

    #[test]
    fn any_damage_leaves_a_mail(which in 0usize..120, at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..8), cut in any::<bool>()) {
        let files = fixtures("corpus");
        let mut raw = fs::read(&files[which % files.len()]).unwrap();
        let at = at.index(raw.len());
        if cut { raw.truncate(at) } else { raw.splice(at..at, with); }
        whole(&parse(&raw));
    }

    #[test]
    fn any_text_keeps_its_words(lines in prop::collection::vec("[a-zñ]{1,9}( [a-zñ]{1,9}){0,8}|De: Ana <a@x\\.co>|Para: b|> hola|Asunto: c|-- |", 0..40)) {
        let text = lines.join("\n");
        let mail = mail("Subject: x\r\nContent-Type: text/plain; charset=utf-8", &text);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&mail.body.text), words(&text));
        whole(&mail);
    }
}
