//! Attachments: names that are safe on every disk and screen, bytes known by their hash.
use crate::mail::header::one_line;
use crate::mail::message::{Attachment, Mail};
use sha2::{Digest, Sha256};

/// Characters of a file name.
const LONGEST_NAME: usize = 120;
/// Characters of an extension that is kept when a name is cut.
const LONGEST_EXTENSION: usize = 12;

pub(crate) fn attachment(name: Option<&str>, kind: &str, inline: bool, bytes: &[u8]) -> Attachment {
    let kind = one_line(&kind.to_lowercase()).chars().take(100).collect::<String>();
    Attachment {
        name: safe_name(name.unwrap_or_default(), &kind),
        kind,
        inline,
        sha256: format!("{:x}", Sha256::digest(bytes)),
        bytes: bytes.to_vec(),
    }
}

/// `Mail::content_key`. Each field is bounded by its length, so that none can pose as the next.
pub(crate) fn content_key(mail: &Mail) -> String {
    let mut hash = Sha256::new();
    let date = mail.date.map_or(String::new(), |d| d.to_string());
    let id = mail.id.as_ref().map_or("", |id| &id.0);
    let files = mail.attachments.iter().map(|a| a.sha256.as_str());
    let files = files.chain(mail.attached.iter().map(|m| m.content_key.as_str()));
    for field in [id, &mail.from.correo, &date, &mail.subject, &mail.body.text].into_iter().chain(files) {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    format!("{:x}", hash.finalize())
}

/// The last component of the path that the sender gave, without anything that a file system or a reader would trip over.
fn safe_name(name: &str, kind: &str) -> String {
    let name = one_line(name);
    let last = name.rsplit(['/', '\\']).find(|p| !p.trim().is_empty()).unwrap_or_default();
    let clean: String = last.chars().map(|c| if r#"<>:"|?*%"#.contains(c) { '_' } else { c }).collect();
    let clean = clean.trim_matches(['.', ' ']).trim_start_matches(['-', '~']);
    let clean = if clean.is_empty() { format!("adjunto{}", extension_of(kind)) } else { clean.to_owned() };
    let (stem, extension) = match clean.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() && ext.chars().count() <= LONGEST_EXTENSION => (stem, format!(".{ext}")),
        Some(_) | None => (clean.as_str(), String::new()),
    };
    let reserved = is_reserved(clean.split('.').next().unwrap_or_default());
    let stem = if reserved { format!("_{stem}") } else { stem.to_owned() };
    let room = LONGEST_NAME - extension.chars().count();
    stem.chars().take(room).collect::<String>().trim_end().to_owned() + &extension
}

/// Names of devices that Windows cannot have as files.
fn is_reserved(stem: &str) -> bool {
    let stem = stem.trim().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n != "0" && n.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$") || numbered("COM") || numbered("LPT")
}

fn extension_of(kind: &str) -> &'static str {
    match kind {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "text/plain" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "message/rfc822" => ".eml",
        _ => ".bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        let long = format!("{}.pdf", "ñ".repeat(300));
        let table = [
            ("Oficio SED-1033.pdf", "Oficio SED-1033.pdf".to_owned()),
            ("../../etc/passwd", "passwd".to_owned()),
            ("C:\\Users\\ana\\foto.jpg", "foto.jpg".to_owned()),
            ("con.txt", "_con.txt".to_owned()),
            ("COM1", "_COM1".to_owned()),
            ("factura\u{202e}fdp.exe", "facturafdp.exe".to_owned()),
            ("a\r\nb\0.txt", "a b.txt".to_owned()),
            ("", "adjunto.bin".to_owned()),
            ("..", "adjunto.bin".to_owned()),
            ("a:b|c?.doc", "a_b_c_.doc".to_owned()),
            (&long, format!("{}.pdf", "ñ".repeat(116))),
        ];
        for (given, safe) in table {
            assert_eq!(safe_name(given, "application/octet-stream"), safe, "{given}");
        }
    }
}
