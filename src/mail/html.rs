//! HTML to readable text over a stream of tokens: no tree and no recursion, so depth costs nothing.
use crate::mail::flow::Flow;
use crate::mail::markup::{Tag, breaks, is_dropped, is_void, link};
use crate::mail::page::Page;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use std::convert::Infallible;

/// Lists and quotations within each other that are told apart.
const DEEPEST: usize = 4096;

/// Reads an HTML document, or any piece of one.
pub(crate) fn page(html: &str) -> Page {
    let page = read(html, true);
    // A hidden element that is never closed would hide the rest.
    if page.is_blank() { read(html, false) } else { page }
}

fn read(html: &str, hide: bool) -> Page {
    let mut reader = Reader { hide, ..Reader::default() };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.event(event);
        None
    });
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    reader.flow.finish()
}

/// An element that is followed to its end: how many of the same name are open within it.
struct Open {
    name: Vec<u8>,
    open: usize,
}

impl Open {
    /// Follows a start tag of any name.
    fn start(&mut self, name: &[u8]) {
        self.open += usize::from(self.name == name);
    }

    /// Follows an end tag; is the element over?
    fn end(&mut self, name: &[u8]) -> bool {
        self.open -= usize::from(self.name == name);
        self.open == 0
    }
}

struct Link {
    href: String,
    mark: usize,
}

#[derive(Default)]
struct Reader {
    flow: Flow,
    hide: bool,
    tag: Tag,
    attribute: Vec<u8>,
    skipped: Option<Open>,
    signature: Option<Open>,
    /// For each open blockquote: does it quote?
    quotes: Vec<bool>,
    /// For each open list: the next number, none for bullets.
    lists: Vec<Option<usize>>,
    pre: usize,
    link: Option<Link>,
}

impl Reader {
    fn event(&mut self, event: CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => self.tag.open(name),
            CallbackEvent::AttributeName { name } => {
                self.attribute.clear();
                self.attribute.extend_from_slice(name);
                self.tag.hidden |= name == b"hidden";
            }
            CallbackEvent::AttributeValue { value } => self.tag.set(&self.attribute, value),
            CallbackEvent::CloseStartTag { .. } => self.start(),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } if self.skipped.is_none() => {
                let text = String::from_utf8_lossy(value);
                if self.pre > 0 { self.flow.preformatted(&text) } else { self.flow.text(&text) }
            }
            CallbackEvent::String { .. }
            | CallbackEvent::Comment { .. }
            | CallbackEvent::Doctype { .. }
            | CallbackEvent::Error(_) => {}
        }
    }

    fn start(&mut self) {
        let tag = std::mem::take(&mut self.tag);
        if self.goes_on(&tag) {
            self.open(&tag);
        }
        self.tag = tag;
    }

    /// Follows what is skipped; is this start tag outside of it?
    fn goes_on(&mut self, tag: &Tag) -> bool {
        if let Some(skipped) = &mut self.skipped {
            let body = tag.name == b"body" && skipped.name == b"head";
            if !body {
                skipped.start(&tag.name);
                return false;
            }
            self.skipped = None;
        }
        if !is_void(&tag.name) && (is_dropped(&tag.name) || self.hide && tag.is_hidden()) {
            self.skipped = Some(Open { name: tag.name.clone(), open: 1 });
            return false;
        }
        true
    }

    fn open(&mut self, tag: &Tag) {
        match &mut self.signature {
            Some(signature) => signature.start(&tag.name),
            None if tag.is_signature() => {
                self.flow.block(1);
                self.signature = Some(Open { name: tag.name.clone(), open: 1 });
                self.flow.signature = true;
            }
            None => {}
        }
        if tag.opens_history() {
            self.flow.history = true;
        }
        match tag.name.as_slice() {
            b"br" => self.flow.line_break(),
            b"td" | b"th" => self.flow.cell(),
            b"tr" => self.flow.row(),
            b"table" => self.flow.table(),
            b"li" => {
                let bullet = self.bullet();
                self.flow.item(bullet);
            }
            b"a" => self.link = Some(Link { href: tag.href.clone(), mark: self.flow.mark() }),
            b"img" if tag.alt.chars().count() <= 4 && !tag.alt.chars().any(char::is_alphanumeric) => {
                self.flow.text(&tag.alt);
            }
            name => {
                if let Some(breaks) = tag.breaks() {
                    self.flow.block(breaks);
                }
                self.enter(name, tag);
            }
        }
    }

    fn enter(&mut self, name: &[u8], tag: &Tag) {
        match name {
            b"pre" => self.pre += 1,
            b"ul" if self.lists.len() < DEEPEST => self.lists.push(None),
            b"ol" if self.lists.len() < DEEPEST => self.lists.push(Some(1)),
            b"blockquote" if self.quotes.len() < DEEPEST => {
                self.quotes.push(tag.quotes());
                self.flow.level = self.flow.level.saturating_add(u8::from(tag.quotes()));
            }
            _ => {}
        }
    }

    fn bullet(&mut self) -> String {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            Some(None) | None => "- ".to_owned(),
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some(skipped) = &mut self.skipped {
            if skipped.end(name) {
                self.skipped = None;
            }
            return;
        }
        if self.signature.as_mut().is_some_and(|signature| signature.end(name)) {
            self.flow.block(1);
            self.signature = None;
            self.flow.signature = false;
        }
        match name {
            b"tr" => self.flow.row(),
            b"table" => self.flow.end_table(),
            b"td" | b"th" => {}
            b"a" => self.close_link(),
            b"br" => self.flow.line_break(),
            _ => {
                if let Some(breaks) = breaks(name) {
                    self.flow.block(if name == b"p" { 1 } else { breaks });
                }
                self.leave(name);
            }
        }
    }

    fn leave(&mut self, name: &[u8]) {
        match name {
            b"pre" => self.pre = self.pre.saturating_sub(1),
            b"ul" | b"ol" => drop(self.lists.pop()),
            b"blockquote" => {
                let quoted = self.quotes.pop().unwrap_or(false);
                self.flow.level = self.flow.level.saturating_sub(u8::from(quoted));
            }
            _ => {}
        }
    }

    fn close_link(&mut self) {
        if let Some(Link { href, mark }) = self.link.take()
            && let Some(address) = link(&href, self.flow.since(mark))
        {
            self.flow.append(&address);
        }
    }
}
