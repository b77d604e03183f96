//! The same letter as HTML: plain, legible on a phone, nothing fetched from anywhere, every word escaped.

/// One page of paragraphs; «- » lines become a list, «Etiqueta: valor» lines get their label in bold.
pub fn page(subject: &str, text: &str) -> String {
    let mut body = String::new();
    for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        block(&mut body, paragraph);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"es\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n</head>\n\
         <body style=\"margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;\
         color:#222222;background-color:#ffffff\">\n<div style=\"max-width:600px\">\n{body}</div>\n</body>\n</html>\n",
        escape(subject)
    )
}

fn block(body: &mut String, paragraph: &str) {
    let mut lines = paragraph.lines().peekable();
    while lines.peek().is_some() {
        let items: Vec<&str> = std::iter::from_fn(|| lines.next_if(|l| l.starts_with("- "))).collect();
        if !items.is_empty() {
            body.push_str("<ul style=\"margin:0 0 16px;padding-left:24px\">\n");
            for item in items {
                body.push_str(&format!("<li>{}</li>\n", labelled(item.strip_prefix("- ").unwrap_or(item))));
            }
            body.push_str("</ul>\n");
        }
        let plain: Vec<String> = std::iter::from_fn(|| lines.next_if(|l| !l.starts_with("- "))).map(labelled).collect();
        if !plain.is_empty() {
            body.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>\n", plain.join("<br>\n")));
        }
    }
}

/// A short label before a colon is what the eye looks for.
fn labelled(line: &str) -> String {
    match line.split_once(": ") {
        Some((label, value)) if label.chars().count() <= 24 && label.starts_with(char::is_uppercase) => {
            format!("<strong>{}:</strong> {}", escape(label), escape(value))
        }
        Some(_) | None => escape(line),
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' => safe.push(c),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
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
