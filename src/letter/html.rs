//! The same letter as HTML: plain, legible on a phone, nothing fetched from anywhere, every word escaped.
use std::iter::Peekable;
use std::str::Lines;

/// How a point of a list begins.
const ITEM: &str = "- ";
const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
const BODY: &str = "</title>\n</head>\n\
    <body style=\"margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;\
    color:#222222;background-color:#ffffff\">\n<div style=\"max-width:600px\">\n";
const END: &str = "</div>\n</body>\n</html>\n";

/// One page of paragraphs; «- » lines become a list, «Etiqueta: valor» lines get their label in bold.
pub fn page(subject: &str, text: &str) -> String {
    let mut page = String::with_capacity(HEAD.len() + BODY.len() + END.len() + subject.len() + 2 * text.len());
    page.push_str(HEAD);
    escape(&mut page, subject);
    page.push_str(BODY);
    for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        block(&mut page, paragraph);
    }
    page.push_str(END);
    page
}

fn block(page: &mut String, paragraph: &str) {
    let mut lines = paragraph.lines().peekable();
    while let Some(line) = lines.peek() {
        match line.starts_with(ITEM) {
            true => list(page, &mut lines),
            false => lines_of_text(page, &mut lines),
        }
    }
}

fn list(page: &mut String, lines: &mut Peekable<Lines<'_>>) {
    page.push_str("<ul style=\"margin:0 0 16px;padding-left:24px\">\n");
    while let Some(item) = lines.next_if(|line| line.starts_with(ITEM)) {
        page.push_str("<li>");
        labelled(page, item.strip_prefix(ITEM).unwrap_or(item));
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

fn lines_of_text(page: &mut String, lines: &mut Peekable<Lines<'_>>) {
    page.push_str("<p style=\"margin:0 0 16px\">");
    let mut between = "";
    while let Some(line) = lines.next_if(|line| !line.starts_with(ITEM)) {
        page.push_str(between);
        labelled(page, line);
        between = "<br>\n";
    }
    page.push_str("</p>\n");
}

/// A short label before a colon is what the eye looks for.
fn labelled(page: &mut String, line: &str) {
    match line.split_once(": ") {
        Some((label, value)) if label.chars().count() <= 24 && label.starts_with(char::is_uppercase) => {
            page.push_str("<strong>");
            escape(page, label);
            page.push_str(":</strong> ");
            escape(page, value);
        }
        Some(_) | None => escape(page, line),
    }
}

/// Most of a text needs nothing, and goes over as it is, piece by piece.
fn escape(page: &mut String, text: &str) {
    let is_special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'') || c.is_control() && !matches!(c, '\t' | '\n');
    let mut rest = text;
    while let Some((before, c, after)) = rest.find(is_special).and_then(|at| parted(rest, at)) {
        page.push_str(before);
        page.push_str(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            _ => " ",
        });
        rest = after;
    }
    page.push_str(rest);
}

/// What stands before a character, it, and what follows.
fn parted(text: &str, at: usize) -> Option<(&str, char, &str)> {
    let (before, from) = text.split_at_checked(at)?;
    let mut rest = from.chars();
    Some((before, rest.next()?, rest.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_people_wrote_stays_text() {
        let page = page(
            "<b>",
            "Cordial saludo:\n\nProblema: <script>alert('x')</script> & más\nNúmero: 1\n\n- uno\n- dos\nfin",
        );
        let body = page.split("600px\">\n").nth(1).unwrap_or_default();
        expect![[r#"
            <p style="margin:0 0 16px">Cordial saludo:</p>
            <p style="margin:0 0 16px"><strong>Problema:</strong> &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; más<br>
            <strong>Número:</strong> 1</p>
            <ul style="margin:0 0 16px;padding-left:24px">
            <li>uno</li>
            <li>dos</li>
            </ul>
            <p style="margin:0 0 16px">fin</p>
            </div>
            </body>
            </html>
        "#]]
        .assert_eq(body);
    }
}
