//! Categoría and prioridad: what the matter is about, how many it stops and how soon it must be mended.
use crate::office::fields::{Categoria, Prioridad};
use crate::reading::candidate::Source;
use crate::reading::lexicon::{Hit, Lexicon};
use crate::reading::note::{Candidate, Found, Kind, RuleId, Zone};
use crate::reading::page::{LONGEST_PHRASE, Page};
use crate::reading::rules::Rules;
use crate::reading::tag::{Field, Impact, Tag, Urgency};
use std::collections::BTreeMap;
use std::ops::Range;

/// Words that tell the matter: the page, the words of it that count, and how much they do.
#[derive(Clone)]
pub(crate) struct Matter<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) words: Range<usize>,
    pub(crate) factor: i32,
    /// Another matter, said in passing: it names no priority.
    pub(crate) aside: bool,
    /// A later item of a list: it may raise the priority of the whole, and lowers only its own.
    pub(crate) later: bool,
}

impl Matter<'_> {
    /// Does this phrase say nothing of the matter where it stands: a word of a name, a part of what a longer phrase names?
    fn silences(&self, lexicon: &Lexicon, hit: &Hit, tag: &Tag) -> bool {
        let weighs = matches!(tag, Tag::Impact { .. } | Tag::Urgency { .. } | Tag::Stopped);
        let lowers = matches!(tag, Tag::Impact { level: Impact::Bajo, .. } | Tag::Urgency { level: Urgency::Baja, .. });
        let names = matches!(tag, Tag::Topic { weight: 1.., .. }) || weighs;
        if self.later && lowers {
            return true;
        }
        if !names {
            return false;
        }
        let reach = hit.first.saturating_sub(LONGEST_PHRASE)..hit.first + 1;
        let around = |(around, longer): (Hit, bool)| {
            around.last >= hit.last && (!longer || around.last - around.first > hit.last - hit.first)
        };
        let mut names = self.page.tagged_in(lexicon, reach, |tag| match tag {
            Tag::Dependencia { .. } => Some(true),
            Tag::Named if weighs => Some(false),
            _ => None,
        });
        names.any(around)
    }
}

/// A phrase found in the matter.
struct Said<'a> {
    page: &'a Page<'a>,
    hit: Hit,
    factor: i32,
}

/// Phrases in the matter whose meaning `meant` knows; each rule counts once, where it counts most.
fn said<'a, T>(lexicon: &Lexicon, matter: &[Matter<'a>], meant: impl Fn(&Tag) -> Option<T>) -> Vec<(Said<'a>, T)> {
    let mut once: BTreeMap<u32, (Said<'a>, T)> = BTreeMap::new();
    for part in matter {
        for hit in part.page.hits_in(part.words.clone()).iter().filter(|h| h.last < part.words.end) {
            let Some(tag) = lexicon.tag(hit) else { continue };
            let Some(value) = meant(tag) else { continue };
            if part.silences(lexicon, hit, tag) {
                continue;
            }
            let factor = if part.page.is_quoted(hit) { 1 } else { part.factor };
            let better = once.get(&hit.entry).is_none_or(|(s, _)| s.factor < factor);
            if better {
                once.insert(hit.entry, (Said { page: part.page, hit: *hit, factor }, value));
            }
        }
    }
    once.into_values().collect()
}

fn found<T>(lexicon: &Lexicon, said: &Said<'_>, value: T) -> Found<T> {
    let source = Source::hit(said.page, lexicon, &said.hit);
    Found { value, rule: source.rule, zone: source.zone, span: source.span, words: source.words.to_owned() }
}

fn ruled<T>(rule: RuleId, value: T) -> Found<T> {
    let source = Source::rule("");
    Found { value, rule, zone: source.zone, span: source.span, words: String::new() }
}

/// The categoría that weighs most, and the others as losers.
pub(crate) fn categoria(
    rules: &Rules,
    matter: &[Matter<'_>],
    losers: &mut Vec<Candidate>,
) -> (Found<Categoria>, usize) {
    let hits = said(&rules.lexicon, matter, |tag| match tag {
        Tag::Topic { index, weight } => Some((usize::from(*index), i32::from(*weight))),
        _ => None,
    });
    let mut scores = vec![0; rules.categorias.len()];
    for (said, (index, weight)) in &hits {
        if let Some(score) = scores.get_mut(*index) {
            *score += weight * said.factor;
        }
    }
    let best = (0..scores.len()).rev().max_by_key(|i| scores.get(*i).copied().unwrap_or(0));
    let best = best.filter(|i| scores.get(*i).is_some_and(|s| *s > 0));
    for (index, score) in scores.iter().enumerate().filter(|(_, score)| **score > 0) {
        let heaviest = hits.iter().filter(|(_, (i, _))| *i == index).max_by_key(|(s, (_, w))| w * s.factor);
        if let (Some((said, _)), Some(topic)) = (heaviest, rules.categorias.get(index)) {
            losers.push(candidate(found(&rules.lexicon, said, topic.nombre.0.clone()), Field::Otro, *score));
        }
    }
    let other = rules.categorias.iter().position(|t| t.nombre == rules.other()).unwrap_or(0);
    let Some(index) = best else { return (ruled(rules.otra.clone(), rules.other()), other) };
    let heaviest = hits.iter().filter(|(_, (i, _))| *i == index).max_by_key(|(s, (_, w))| w * s.factor);
    match (rules.categorias.get(index), heaviest) {
        (Some(topic), Some((said, _))) => (found(&rules.lexicon, said, topic.nombre.clone()), index),
        (_, _) => (ruled(rules.otra.clone(), rules.other()), other),
    }
}

fn candidate(found: Found<String>, field: Field, score: i32) -> Candidate {
    Candidate {
        field,
        value: found.value,
        rule: found.rule,
        zone: found.zone,
        span: found.span,
        words: found.words,
        score,
    }
}

/// Impact by urgency, with the phrase that decided; alarms by their own severity.
pub(crate) fn prioridad(rules: &Rules, kind: Kind, topic: usize, matter: &[Matter<'_>]) -> Found<Prioridad> {
    let lexicon = &rules.lexicon;
    if kind == Kind::Alarma {
        return severity(lexicon, matter);
    }
    let matter: Vec<Matter<'_>> = matter.iter().filter(|m| !m.aside).cloned().collect();
    let settled = said(lexicon, &matter, |tag| match tag {
        Tag::Priority(prioridad) => Some(*prioridad),
        _ => None,
    });
    let raised = said(lexicon, &matter, |tag| match tag {
        Tag::Raise { index, prioridad } if usize::from(*index) == topic => Some(*prioridad),
        _ => None,
    });
    let settled: Vec<_> = settled.into_iter().chain(raised).collect();
    let floor = settled.iter().min_by_key(|(_, p)| *p);
    if let Some((said, prioridad)) = floor.filter(|(_, p)| !matches!(p, Prioridad::Alta)) {
        return found(lexicon, said, *prioridad);
    }
    let usual = rules.categorias.get(topic);
    let rule = usual.map_or_else(|| rules.otra.clone(), |t| t.rule.clone());
    let impacts = said(lexicon, &matter, |tag| match tag {
        Tag::Impact { level, .. } => Some(*level),
        _ => None,
    });
    let alone = impacts.iter().any(|(_, i)| *i == Impact::Bajo);
    let impact = impacts.iter().min_by_key(|(_, i)| *i).filter(|(_, i)| !alone || *i == Impact::Alto);
    let urgencies = said(lexicon, &matter, |tag| match tag {
        Tag::Urgency { level, .. } => Some(*level),
        _ => None,
    });
    let urgency = chosen(&urgencies);
    let level = match (impact, usual) {
        _ if alone && impact.is_none() => Impact::Bajo,
        (Some((_, level)), Some(usual)) => (*level).min(usual.impacto),
        (Some((_, level)), None) => *level,
        (None, Some(usual)) => usual.impacto,
        (None, None) => Impact::Bajo,
    };
    let soon = urgency.map_or(usual.map_or(Urgency::Media, |t| t.urgencia), |(_, level)| *level);
    let stopped = !said(lexicon, &matter, |tag| matches!(tag, Tag::Stopped).then_some(())).is_empty();
    let prioridad = if kind == Kind::ConceptoTecnico {
        if soon <= Urgency::Pronto { Prioridad::Alta } else { Prioridad::Media }
    } else {
        matrix(level, soon, stopped)
    };
    if let Some((said, least)) = floor.filter(|(_, least)| prioridad > *least) {
        return found(lexicon, said, *least);
    }
    match (urgency, impact) {
        (Some((said, _)), _) if soon != Urgency::Media => found(lexicon, said, prioridad),
        (_, Some((said, _))) => found(lexicon, said, prioridad),
        (Some((said, _)), None) => found(lexicon, said, prioridad),
        (None, None) => ruled(rule, prioridad),
    }
}

/// «No hay afán» settles it unless something urgent is said as often; else the most urgent phrase.
fn chosen<'a, 'b>(urgencies: &'b [(Said<'a>, Urgency)]) -> Option<&'b (Said<'a>, Urgency)> {
    let count = |level| urgencies.iter().filter(|(_, l)| *l == level).count();
    let calm = count(Urgency::Baja);
    let tomorrow = count(Urgency::Pronto) > 0 && count(Urgency::Alta) <= 1;
    let level = if tomorrow && calm == 0 {
        Urgency::Pronto
    } else if calm > 0 && calm >= count(Urgency::Alta) {
        Urgency::Baja
    } else {
        urgencies.iter().map(|(_, l)| *l).min()?
    };
    urgencies.iter().find(|(_, l)| *l == level)
}

fn matrix(impact: Impact, urgency: Urgency, stopped: bool) -> Prioridad {
    match (impact, urgency) {
        (Impact::Alto, Urgency::Alta) => Prioridad::Critica,
        (Impact::Alto, Urgency::Pronto | Urgency::Media) | (Impact::Medio, Urgency::Alta) => Prioridad::Alta,
        (Impact::Alto, Urgency::Baja) | (Impact::Medio, Urgency::Pronto | Urgency::Media) => Prioridad::Media,
        (Impact::Bajo, Urgency::Alta | Urgency::Pronto) => Prioridad::Media,
        (Impact::Bajo, Urgency::Media) if stopped => Prioridad::Media,
        (Impact::Medio | Impact::Bajo, Urgency::Baja) | (Impact::Bajo, Urgency::Media) => Prioridad::Baja,
    }
}

/// A recovery, by its subject, is low whatever else it says; else the worst word of the alarm.
fn severity(lexicon: &Lexicon, matter: &[Matter<'_>]) -> Found<Prioridad> {
    let words = said(lexicon, matter, |tag| match tag {
        Tag::Severity(prioridad) => Some(*prioridad),
        _ => None,
    });
    let calm = |(_, p): &&(Said<'_>, Prioridad)| *p == Prioridad::Baja;
    let over = words.iter().find(|w| calm(w) && w.0.page.zone == Zone::Asunto);
    let worst = words.iter().min_by_key(|(_, p)| *p);
    match over.or(worst) {
        Some((said, prioridad)) => found(lexicon, said, *prioridad),
        None => ruled(RuleId("prioridad.toml: alarma".to_owned()), Prioridad::Media),
    }
}
