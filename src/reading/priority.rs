//! Prioridad: impact by urgency, with every phrase that spoke for it kept as a reason; alarms by their own severity.
use crate::office::fields::Prioridad;
use crate::reading::note::{Cell, Found, Kind, Reason, RuleId, Says, Weighing, Zone};
use crate::reading::rules::Rules;
use crate::reading::tag::{Impact, Tag, Urgency};
use crate::reading::topic::{Matter, Said, found, ruled, said};

/// A phrase and what it says.
type Voice<'a> = (Said<'a>, Says);

/// The priority of a matter of this categoría (its index in the rules), and why.
pub(crate) fn prioridad(
    rules: &Rules,
    kind: Kind,
    topic: usize,
    matter: &[Matter<'_>],
) -> (Found<Prioridad>, Weighing) {
    let own: Vec<Matter<'_>> = matter.iter().filter(|m| !m.aside || kind == Kind::Alarma).cloned().collect();
    let voices = voices(rules, kind, topic, &own);
    let judge = Judge { rules, kind, topic, voices: &voices };
    let verdict = if kind == Kind::Alarma { judge.severity() } else { judge.matrix() };
    let reasons = reasons(rules, &voices, &verdict.decided);
    let value = verdict.prioridad;
    let prioridad = match (verdict.voice, rules.categorias.get(topic)) {
        (Some(voice), _) => found(&rules.lexicon, &voice.0, value),
        (None, _) if kind == Kind::Alarma => ruled(RuleId("prioridad.toml: alarma".to_owned()), value),
        (None, Some(usual)) => ruled(usual.rule.clone(), value),
        (None, None) => ruled(rules.otra.clone(), value),
    };
    (prioridad, Weighing { cell: verdict.cell, reasons })
}

/// Everything that is said for the priority of this sort of mail.
fn voices<'a>(rules: &Rules, kind: Kind, topic: usize, matter: &[Matter<'a>]) -> Vec<Voice<'a>> {
    let alarm = kind == Kind::Alarma;
    said(&rules.lexicon, matter, |tag| match tag {
        Tag::Severity(prioridad) if alarm => Some(Says::Gravedad(*prioridad)),
        Tag::Priority(prioridad) if !alarm => Some(settles(*prioridad)),
        Tag::Raise { index, prioridad } if !alarm && usize::from(*index) == topic => Some(settles(*prioridad)),
        Tag::Impact { level, .. } if !alarm => Some(Says::Impacto(*level)),
        Tag::Urgency { level, .. } if !alarm => Some(Says::Urgencia(*level)),
        Tag::Stopped if !alarm => Some(Says::Detenida),
        _ => None,
    })
}

/// «alta» is the least that a matter may be; the others decide alone.
fn settles(prioridad: Prioridad) -> Says {
    match prioridad {
        Prioridad::Alta => Says::AlMenos(prioridad),
        Prioridad::Critica | Prioridad::Media | Prioridad::Baja => Says::Decide(prioridad),
    }
}

/// The reasons, those that decided first.
fn reasons(rules: &Rules, voices: &[Voice<'_>], decided: &[Says]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = voices
        .iter()
        .map(|(said, says)| Reason { found: found(&rules.lexicon, said, *says), decided: decided.contains(says) })
        .collect();
    reasons.sort_by_key(|r| (!r.decided, r.found.zone, r.found.span.start));
    reasons
}

struct Verdict<'a, 'b> {
    prioridad: Prioridad,
    cell: Option<Cell>,
    /// The phrase that stands for all.
    voice: Option<&'b Voice<'a>>,
    decided: Vec<Says>,
}

struct Judge<'a, 'b> {
    rules: &'b Rules,
    kind: Kind,
    topic: usize,
    voices: &'b [Voice<'a>],
}

impl<'a, 'b> Judge<'a, 'b> {
    fn of<T>(&self, meant: impl Fn(&Says) -> Option<T>) -> impl Iterator<Item = (&'b Voice<'a>, T)> {
        self.voices.iter().filter_map(move |voice| meant(&voice.1).map(|t| (voice, t)))
    }

    /// A recovery, by its subject, is low whatever else it says; else the worst word of the alarm.
    fn severity(&self) -> Verdict<'a, 'b> {
        let words: Vec<_> = self
            .of(|says| match says {
                Says::Gravedad(prioridad) => Some(*prioridad),
                _ => None,
            })
            .collect();
        let over = words.iter().find(|(voice, p)| *p == Prioridad::Baja && voice.0.page.zone == Zone::Asunto);
        let chosen = over.or(words.iter().min_by_key(|(_, p)| *p));
        let prioridad = chosen.map_or(Prioridad::Media, |(_, p)| *p);
        Verdict {
            prioridad,
            cell: None,
            voice: chosen.map(|(voice, _)| *voice),
            decided: vec![Says::Gravedad(prioridad)],
        }
    }

    fn matrix(&self) -> Verdict<'a, 'b> {
        let alone = self.of(|says| match says {
            Says::Decide(prioridad) => Some(*prioridad),
            _ => None,
        });
        if let Some((voice, prioridad)) = alone.min_by_key(|(_, p)| *p) {
            return Verdict { prioridad, cell: None, voice: Some(voice), decided: vec![voice.1] };
        }
        let (impacto, wide) = self.impact();
        let (urgencia, soon) = self.urgency();
        let detenida = self.of(|says| matches!(says, Says::Detenida).then_some(())).next().is_some();
        let cell = Cell { impacto, urgencia, detenida };
        let mut prioridad = self.cell(cell);
        let mut decided: Vec<Says> = wide.iter().chain(&soon).map(|voice| voice.1).collect();
        if detenida && cell.impacto == Impact::Bajo && cell.urgencia == Urgency::Media {
            decided.push(Says::Detenida);
        }
        let mut voice = match (soon, wide) {
            (Some(said), _) if urgencia != Urgency::Media => Some(said),
            (_, Some(said)) => Some(said),
            (said, None) => said,
        };
        let least = self.of(|says| match says {
            Says::AlMenos(prioridad) => Some(*prioridad),
            _ => None,
        });
        if let Some((said, least)) = least.min_by_key(|(_, p)| *p)
            && prioridad > least
        {
            (prioridad, voice) = (least, Some(said));
            decided.push(said.1);
        }
        Verdict { prioridad, cell: Some(cell), voice, decided }
    }

    /// The widest impact said, and never less than the usual one of the categoría; «solo a mí» makes it one person's
    /// unless the whole entity is named too.
    fn impact(&self) -> (Impact, Option<&'b Voice<'a>>) {
        let said: Vec<_> = self
            .of(|says| match says {
                Says::Impacto(level) => Some(*level),
                _ => None,
            })
            .collect();
        let alone = said.iter().any(|(_, i)| *i == Impact::Bajo);
        let widest = said.iter().min_by_key(|(_, i)| *i).filter(|(_, i)| !alone || *i == Impact::Alto);
        let usual = self.rules.categorias.get(self.topic).map_or(Impact::Bajo, |t| t.impacto);
        match widest {
            Some((voice, level)) => ((*level).min(usual), Some(*voice)),
            None if alone => (Impact::Bajo, said.first().map(|(voice, _)| *voice)),
            None => (usual, None),
        }
    }

    /// «No hay afán» settles it unless something urgent is said as often; else the most urgent phrase.
    fn urgency(&self) -> (Urgency, Option<&'b Voice<'a>>) {
        let said: Vec<_> = self
            .of(|says| match says {
                Says::Urgencia(level) => Some(*level),
                _ => None,
            })
            .collect();
        let usual = self.rules.categorias.get(self.topic).map_or(Urgency::Media, |t| t.urgencia);
        let count = |level| said.iter().filter(|(_, l)| *l == level).count();
        let calm = count(Urgency::Baja);
        let tomorrow = count(Urgency::Pronto) > 0 && count(Urgency::Alta) <= 1;
        let level = if tomorrow && calm == 0 {
            Urgency::Pronto
        } else if calm > 0 && calm >= count(Urgency::Alta) {
            Urgency::Baja
        } else {
            said.iter().map(|(_, l)| *l).min().unwrap_or(usual)
        };
        (level, said.iter().find(|(_, l)| *l == level).map(|(voice, _)| *voice))
    }

    fn cell(&self, cell: Cell) -> Prioridad {
        if self.kind == Kind::ConceptoTecnico {
            return if cell.urgencia <= Urgency::Pronto { Prioridad::Alta } else { Prioridad::Media };
        }
        match (cell.impacto, cell.urgencia) {
            (Impact::Alto, Urgency::Alta) => Prioridad::Critica,
            (Impact::Alto, Urgency::Pronto | Urgency::Media) | (Impact::Medio, Urgency::Alta) => Prioridad::Alta,
            (Impact::Alto, Urgency::Baja) | (Impact::Medio, Urgency::Pronto | Urgency::Media) => Prioridad::Media,
            (Impact::Bajo, Urgency::Alta | Urgency::Pronto) => Prioridad::Media,
            (Impact::Bajo, Urgency::Media) if cell.detenida => Prioridad::Media,
            (Impact::Medio | Impact::Bajo, Urgency::Baja) | (Impact::Bajo, Urgency::Media) => Prioridad::Baja,
        }
    }
}
