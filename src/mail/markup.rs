//! What the tags and attributes of a mail's HTML mean for its readable text.

/// The attributes of one start tag that say something about the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: Vec<u8>,
    pub(crate) id: String,
    pub(crate) class: String,
    /// In lower case, without blanks.
    pub(crate) style: String,
    pub(crate) href: String,
    pub(crate) kind: String,
    pub(crate) alt: String,
    pub(crate) hidden: bool,
}

impl Tag {
    pub(crate) fn open(&mut self, name: &[u8]) {
        self.name.clear();
        self.name.extend_from_slice(name);
        for text in [&mut self.id, &mut self.class, &mut self.style, &mut self.href, &mut self.kind, &mut self.alt] {
            text.clear();
        }
        self.hidden = false;
    }

    pub(crate) fn set(&mut self, attribute: &[u8], value: &[u8]) {
        let value = String::from_utf8_lossy(value);
        match attribute {
            b"id" => self.id = value.into_owned(),
            b"class" => self.class = value.to_lowercase(),
            b"style" => self.style = value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase(),
            b"href" => self.href = value.trim().to_owned(),
            b"type" => self.kind = value.to_lowercase(),
            b"alt" => self.alt = value.into_owned(),
            _ => {}
        }
    }

    /// Text that no reader sees: preheaders, tracking, Outlook's own leavings.
    pub(crate) fn is_hidden(&self) -> bool {
        const NEVER_SHOWN: &[&str] = &["display:none", "visibility:hidden", "mso-hide:all", "max-height:0"];
        self.hidden || NEVER_SHOWN.iter().any(|s| self.style.contains(s)) && !self.style.contains("max-height:0.")
    }

    /// A blockquote that quotes. Gmail and Outlook also indent with it, and then say that it has no border.
    pub(crate) fn quotes(&self) -> bool {
        let indents = self.style.contains("border:none") && !self.style.contains("border-left");
        self.kind == "cite" || self.class.contains("gmail_quote") || !indents
    }

    /// The element with which a mail client opens the earlier mails.
    pub(crate) fn opens_history(&self) -> bool {
        const CLASSES: &[&str] = &[
            "gmail_quote",
            "yahoo_quoted",
            "moz-cite-prefix",
            "outlookmessageheader",
            "protonmail_quote",
            "zmail_extra",
        ];
        const IDS: &[&str] = &["divRplyFwdMsg", "appendonsend", "zwchr", "OLK_SRC_BODY_SECTION", "replySplit"];
        let ruled = self.style.contains("border-top:solid#e1e1e1") || self.style.contains("border-top:solid#b5c4df");
        let named = IDS.iter().any(|id| self.id.ends_with(id));
        let classed = !self.class.is_empty() && CLASSES.iter().any(|c| self.class.contains(c));
        self.name != b"blockquote" && (ruled || named || classed && !self.class.contains("gmail_quote_attribution"))
    }

    /// The element into which a mail client puts the signature by itself.
    pub(crate) fn is_signature(&self) -> bool {
        const CLASSES: &[&str] =
            &["gmail_signature", "moz-signature", "ms-outlook-mobile-signature", "protonmail_signature_block"];
        const IDS: &[&str] = &["Signature", "ms-outlook-mobile-signature", "AppleMailSignature", "ydpsignature"];
        let prefix = self.class.contains("gmail_signature_prefix");
        !prefix && (CLASSES.iter().any(|c| self.class.contains(c)) || IDS.iter().any(|id| self.id.ends_with(id)))
    }

    /// Lines to leave before and after the element; a paragraph without margins needs no blank line.
    pub(crate) fn breaks(&self) -> Option<u8> {
        match breaks(&self.name) {
            Some(2) if self.class.contains("mso") || self.style.contains("margin:0") => Some(1),
            other => other,
        }
    }
}

/// Lines to leave around an element; `None` for one that runs on within its line.
pub(crate) fn breaks(name: &[u8]) -> Option<u8> {
    match name {
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"dl" | b"pre" => Some(2),
        b"div" | b"blockquote" | b"ul" | b"ol" | b"li" | b"dt" | b"dd" | b"table" | b"tr" | b"caption" | b"center"
        | b"section" | b"article" | b"header" | b"footer" | b"nav" | b"main" | b"aside" | b"address" | b"form"
        | b"fieldset" | b"figure" | b"figcaption" | b"body" | b"html" | b"tbody" | b"thead" | b"tfoot" | b"legend"
        | b"details" | b"summary" => Some(1),
        _ => None,
    }
}

/// Elements whose content is not text.
pub(crate) fn is_dropped(name: &[u8]) -> bool {
    matches!(
        name,
        b"head"
            | b"style"
            | b"script"
            | b"title"
            | b"template"
            | b"noscript"
            | b"object"
            | b"svg"
            | b"iframe"
            | b"select"
            | b"xml"
    )
}

/// Elements that never have an end tag.
pub(crate) fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"br"
            | b"hr"
            | b"img"
            | b"input"
            | b"meta"
            | b"link"
            | b"col"
            | b"wbr"
            | b"area"
            | b"base"
            | b"embed"
            | b"source"
    )
}

/// The address behind a link, when its words do not already say it.
pub(crate) fn link(href: &str, words: &str) -> Option<String> {
    const LONGEST: usize = 300;
    let shown = words.trim().to_lowercase();
    let lower = href.to_lowercase();
    if shown.is_empty() || href.len() > LONGEST || href.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    if let Some(address) = lower.strip_prefix("mailto:") {
        let address = address.split('?').next().unwrap_or_default();
        return (!address.is_empty() && !shown.contains('@')).then(|| format!(" <{address}>"));
    }
    let bare = lower.strip_prefix("https://").or(lower.strip_prefix("http://"))?;
    let host = bare.split(['/', '?', '#']).next().unwrap_or_default().trim_start_matches("www.");
    (!host.is_empty() && !shown.contains(host)).then(|| format!(" <{href}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_say_their_address_once() {
        let table = [
            ("https://www.magdalena.gov.co/x", "www.magdalena.gov.co", None),
            ("https://aka.ms/x", "Obtener Outlook", Some(" <https://aka.ms/x>")),
            ("mailto:a@x.co?subject=b", "a@x.co", None),
            ("mailto:a@x.co", "escríbame", Some(" <a@x.co>")),
            ("javascript:alert(1)", "clic", None),
            ("https://x.co", " ", None),
        ];
        for (href, words, expected) in table {
            assert_eq!(link(href, words).as_deref(), expected, "{href}");
        }
    }
}
