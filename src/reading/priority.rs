//! Prioridad: impact by urgency, with every phrase that spoke for it kept as a reason; alarms by their own severity.
use crate::office::fields::{Origen, Prioridad};
use crate::reading::due::Calendar;
use crate::reading::note::{Cell, Found, Kind, Reason, RuleId, Says, Weighing, Zone};
use crate::reading::rules::Rules;
use crate::reading::tag::{Impact, Tag, Urgency};
use crate::reading::topic::{Matter, found, ruled, said};
use jiff::civil::Date;

/// What is known of the mail besides its words.
pub(crate) struct Weighed<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) kind: Kind,
    pub(crate) origen: Origen,
    /// Index of its categoría.
    pub(crate) topic: usize,
    /// The day on which the mail was written.
    pub(crate) written: Option<Date>,
}

/// A day this far ahead presses nobody.
const FAR: i32 = 30;
/// Phrases before one, at most, that are looked at for whether it stands within them.
const NESTED: usize = 8;
/// A concepto técnico due so soon is pressing.
const SOON: i32 = 2;

/// The priority of the matter, and why; of the partings counts only that they say it presses, or does not.
pub(crate) fn prioridad(
    about: &Weighed<'_>,
    matter: &[Matter<'_>],
    partings: &[Matter<'_>],
) -> (Found<Prioridad>, Weighing) {
    let alarm = about.kind == Kind::Alarma;
    let own: Vec<Matter<'_>> = matter.iter().filter(|m| !m.aside || alarm).cloned().collect();
    let mut voices = voices(about, &own);
    if !alarm {
        let presses = |says: &Says| matches!(says, Says::Urgencia(Urgency::Alta | Urgency::Baja));
        voices.extend(self::voices(about, partings).into_iter().filter(|voice| presses(&voice.value)));
        let said = dates(about, &own).into_iter().filter(|date| !is_within_urgent(date, &voices)).collect::<Vec<_>>();
        voices.extend(said);
    }
    let judge = Judge { about, voices: &voices };
    let verdict = if alarm { judge.severity() } else { judge.matrix() };
    let value = verdict.prioridad;
    let prioridad = match (verdict.voice, about.rules.categorias.get(about.topic)) {
        (Some(f), _) => {
            Found { value, rule: f.rule.clone(), zone: f.zone, span: f.span.clone(), words: f.words.clone() }
        }
        (None, _) if alarm => ruled(RuleId::new("prioridad.toml: alarma"), value),
        (None, Some(usual)) => ruled(usual.rule.clone(), value),
        (None, None) => ruled(about.rules.otra.clone(), value),
    };
    let decided = verdict.decided;
    let cell = verdict.cell;
    let mut reasons: Vec<Reason> =
        voices.into_iter().map(|found| Reason { decided: decided.contains(&found.value), found }).collect();
    reasons.sort_by_key(|r| (!r.decided, r.found.zone, r.found.span.start));
    (prioridad, Weighing { cell, reasons })
}

/// Everything that is said for the priority of this sort of mail.
fn voices(about: &Weighed<'_>, matter: &[Matter<'_>]) -> Vec<Found<Says>> {
    let alarm = about.kind == Kind::Alarma;
    let lexicon = &about.rules.lexicon;
    let said = said(lexicon, matter, |tag| match tag {
        Tag::Severity(prioridad) if alarm => Some(Says::Gravedad(*prioridad)),
        _ if alarm => None,
        Tag::Priority(prioridad) => Some(settles(*prioridad)),
        Tag::Raise { index, prioridad } if usize::from(*index) == about.topic => Some(settles(*prioridad)),
        Tag::Impact { level, .. } => Some(Says::Impacto(*level)),
        Tag::Urgency { level, .. } => Some(Says::Urgencia(*level)),
        Tag::Stopped => Some(Says::Detenida),
        Tag::Fails => Some(Says::Falla),
        Tag::Wish => Some(Says::Peticion),
        Tag::Workaround => Some(Says::Alternativa),
        Tag::Accessory => Some(Says::Accesorio),
        _ => None,
    });
    let mut voices: Vec<Found<Says>> = said.into_iter().map(|(said, says)| found(lexicon, &said, says)).collect();
    voices.sort_by_key(|v| (v.zone, v.span.start, std::cmp::Reverse(v.span.end)));
    without_inner(voices)
}

/// «Nadie puede trabajar» does not say that somebody «puede trabajar»: of phrases that say different things, one that
/// stands within a longer one says nothing. The phrases come by where they begin, the longer first.
fn without_inner(voices: Vec<Found<Says>>) -> Vec<Found<Says>> {
    let mut kept: Vec<Found<Says>> = Vec::with_capacity(voices.len());
    for voice in voices {
        let around = |outer: &&Found<Says>| outer.zone == voice.zone && outer.span.end >= voice.span.end;
        let mut outer = kept.iter().rev().take(NESTED).filter(around);
        let inner = outer.any(|outer| outer.value != voice.value && outer.span != voice.span && opposes(outer, &voice));
        if !inner {
            kept.push(voice);
        }
    }
    kept
}

/// Is the inner phrase one that calms, within one that does not?
fn opposes(outer: &Found<Says>, inner: &Found<Says>) -> bool {
    let calms = |says: &Says| {
        matches!(
            says,
            Says::Urgencia(Urgency::Baja) | Says::Alternativa | Says::Impacto(Impact::Bajo) | Says::Plazo(FAR..)
        )
    };
    calms(&inner.value) != calms(&outer.value)
}

/// «No aguanta hasta mañana»: the day is no deadline.
fn is_within_urgent(date: &Found<Says>, voices: &[Found<Says>]) -> bool {
    let later = matches!(date.value, Says::Plazo(1..));
    let urgent =
        |voice: &&Found<Says>| later && voice.value == Says::Urgencia(Urgency::Alta) && voice.zone == date.zone;
    voices.iter().filter(urgent).any(|v| v.span.start <= date.span.start && date.span.end <= v.span.end)
}

/// The days by which something is needed.
fn dates(about: &Weighed<'_>, matter: &[Matter<'_>]) -> Vec<Found<Says>> {
    let lexicon = &about.rules.lexicon;
    let mut found = Vec::new();
    for part in matter {
        let calendar = Calendar { lexicon, page: part.page, written: about.written };
        for due in calendar.dues(&part.words) {
            let span = part.page.words.span(due.words.start, due.words.end.saturating_sub(1));
            let words = part.page.said(&span).to_owned();
            found.push(Found { value: Says::Plazo(due.days), rule: due.rule, zone: part.page.zone, span, words });
        }
    }
    found
}

/// «alta» is the least that a matter may be; the others decide alone.
fn settles(prioridad: Prioridad) -> Says {
    match prioridad {
        Prioridad::Alta => Says::AlMenos(prioridad),
        Prioridad::Critica | Prioridad::Media | Prioridad::Baja => Says::Decide(prioridad),
    }
}

/// How wide a phrase says it is, if it speaks of that.
fn impact(says: &Says) -> Option<Impact> {
    match says {
        Says::Impacto(level) => Some(*level),
        _ => None,
    }
}

/// How pressing a phrase is, if it speaks of that.
fn pressing(says: &Says) -> Option<Urgency> {
    match says {
        Says::Urgencia(level) => Some(*level),
        Says::Plazo(days) => Some(match days {
            ..=0 => Urgency::Alta,
            1 => Urgency::Pronto,
            2..FAR => Urgency::Media,
            FAR.. => Urgency::Baja,
        }),
        Says::Impacto(_) | Says::Detenida | Says::Falla | Says::Peticion | Says::Alternativa | Says::Accesorio => None,
        Says::Decide(_) | Says::AlMenos(_) | Says::Gravedad(_) => None,
    }
}

struct Verdict<'a> {
    prioridad: Prioridad,
    cell: Option<Cell>,
    /// The phrase that stands for all.
    voice: Option<&'a Found<Says>>,
    decided: Vec<Says>,
}

struct Judge<'a> {
    about: &'a Weighed<'a>,
    voices: &'a [Found<Says>],
}

impl<'a> Judge<'a> {
    fn of<T>(&self, meant: impl Fn(&Says) -> Option<T>) -> Vec<(&'a Found<Says>, T)> {
        self.voices.iter().filter_map(|voice| meant(&voice.value).map(|t| (voice, t))).collect()
    }

    fn is_opinion(&self) -> bool {
        self.about.kind == Kind::ConceptoTecnico
    }

    fn says(&self, what: Says) -> bool {
        self.voices.iter().any(|voice| voice.value == what)
    }

    /// A recovery, by its subject, is low whatever else it says; else the worst word of the alarm.
    fn severity(&self) -> Verdict<'a> {
        let words = self.of(|says| match says {
            Says::Gravedad(prioridad) => Some(*prioridad),
            _ => None,
        });
        let over = words.iter().find(|(voice, p)| *p == Prioridad::Baja && voice.zone == Zone::Asunto);
        let chosen = over.or(words.iter().min_by_key(|(_, p)| *p));
        let prioridad = chosen.map_or(Prioridad::Media, |(_, p)| *p);
        Verdict {
            prioridad,
            cell: None,
            voice: chosen.map(|(voice, _)| *voice),
            decided: vec![Says::Gravedad(prioridad)],
        }
    }

    fn matrix(&self) -> Verdict<'a> {
        let alone = self.of(|says| match says {
            Says::Decide(prioridad) => Some(*prioridad),
            _ => None,
        });
        if let Some((voice, prioridad)) = alone.into_iter().min_by_key(|(_, p)| *p) {
            return Verdict { prioridad, cell: None, voice: Some(voice), decided: vec![voice.value] };
        }
        let (impacto, wide) = self.impact();
        let (urgencia, soon) = self.urgency();
        let stopped = self.standstill(urgencia);
        let cell = Cell { impacto, urgencia, detenida: stopped.is_some() };
        let mut prioridad = self.cell(cell);
        let mut decided: Vec<Says> = wide.iter().chain(&soon).map(|voice| voice.value).collect();
        let person = impacto == Impact::Bajo && urgencia == Urgency::Media;
        decided.extend(stopped.filter(|_| person).map(|voice| voice.value));
        let mut voice = match (soon, wide) {
            (Some(said), _) if urgencia != Urgency::Media => Some(said),
            (_, Some(said)) => Some(said),
            (said, None) => said,
        };
        let least = self.of(|says| match says {
            Says::AlMenos(prioridad) => Some(*prioridad),
            _ => None,
        });
        if let Some((said, least)) = least.into_iter().min_by_key(|(_, p)| *p)
            && prioridad > least
        {
            (prioridad, voice) = (least, Some(said));
            decided.push(said.value);
        }
        Verdict { prioridad, cell: Some(cell), voice, decided }
    }

    /// The widest impact said, and never less than the usual one of the categoría; «solo a mí» makes it one person's
    /// unless the whole entity is named too.
    fn impact(&self) -> (Impact, Option<&'a Found<Says>>) {
        let said = self.of(impact);
        let alone = said.iter().any(|(_, i)| *i == Impact::Bajo);
        let widest = said.iter().min_by_key(|(_, i)| *i).filter(|(_, i)| !alone || *i == Impact::Alto);
        let usual = self.about.rules.categorias.get(self.about.topic).map_or(Impact::Bajo, |t| t.impacto);
        match widest {
            Some((voice, level)) => ((*level).min(usual), Some(*voice)),
            None if alone => (Impact::Bajo, said.first().map(|(voice, _)| *voice)),
            None => (usual, None),
        }
    }

    /// «No hay afán» settles it unless something urgent is said as often; else the most urgent phrase.
    fn urgency(&self) -> (Urgency, Option<&'a Found<Says>>) {
        let mut said = self.of(pressing);
        let far = |(voice, _): &(&Found<Says>, Urgency)| matches!(voice.value, Says::Plazo(FAR..));
        if !said.iter().all(far) {
            said.retain(|voice| !far(voice));
        }
        let usual = self.about.rules.categorias.get(self.about.topic).map_or(Urgency::Media, |t| t.urgencia);
        let hindered = self.says(Says::Falla) || self.says(Says::Detenida);
        // «Work is hindered» is what makes it medium: a plain wish for something shared hurries nobody.
        let usual = match (hindered, self.of(impact).is_empty()) {
            (true, _) => usual.min(Urgency::Media),
            (false, true) if self.says(Says::Peticion) && !self.is_opinion() => Urgency::Baja,
            (false, _) => usual,
        };
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

    /// The phrase by which the person cannot work: his own word, or something that fails him and leaves no other way.
    fn standstill(&self, urgencia: Urgency) -> Option<&'a Found<Says>> {
        let own = self.of(|says| (*says == Says::Detenida).then_some(()));
        let fails = self.of(|says| (*says == Says::Falla).then_some(()));
        let usual = self.about.rules.categorias.get(self.about.topic).is_none_or(|t| t.detiene);
        let elsewhere = self.says(Says::Alternativa);
        let outside = self.about.origen == Origen::Externa;
        let dated = urgencia != Urgency::Baja && self.of(pressing).iter().any(|(_, level)| *level <= Urgency::Media);
        let holds = usual && !elsewhere && !self.says(Says::Accesorio) && (!outside || dated);
        let own = own.first().filter(|_| !outside || dated);
        own.or(fails.first().filter(|_| holds)).map(|(voice, ())| *voice)
    }

    /// «URGENTE: un padmouse»: an accessory that nothing waits for.
    fn is_trifle(&self) -> bool {
        self.says(Says::Accesorio)
            && !self.says(Says::Falla)
            && self.of(|s| matches!(s, Says::Plazo(_)).then_some(())).is_empty()
    }

    fn cell(&self, cell: Cell) -> Prioridad {
        if self.is_opinion() {
            let due = self.of(|says| matches!(says, Says::Plazo(..=SOON)).then_some(()));
            let pressing = cell.urgencia <= Urgency::Pronto || !due.is_empty();
            return if pressing { Prioridad::Alta } else { Prioridad::Media };
        }
        match (cell.impacto, cell.urgencia) {
            (Impact::Alto, Urgency::Alta) => Prioridad::Critica,
            (Impact::Alto, Urgency::Pronto | Urgency::Media) | (Impact::Medio, Urgency::Alta) => Prioridad::Alta,
            (Impact::Alto, Urgency::Baja) | (Impact::Medio, Urgency::Pronto | Urgency::Media) => Prioridad::Media,
            (Impact::Bajo, Urgency::Alta) if self.is_trifle() => Prioridad::Baja,
            (Impact::Bajo, Urgency::Alta | Urgency::Pronto) => Prioridad::Media,
            (Impact::Bajo, Urgency::Media) if cell.detenida => Prioridad::Media,
            (Impact::Medio | Impact::Bajo, Urgency::Baja) | (Impact::Bajo, Urgency::Media) => Prioridad::Baja,
        }
    }
}
