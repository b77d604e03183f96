//! A reading written the way the labels of the corpus are: the JSON that scripts read and that `score` compares.
use crate::office::fields::Requisito;
use crate::reading::note::{Found, Kind, Reading, RuleId, Zone};
use serde_json::{Map, Value, json};
use std::ops::Range;

/// Why one field is believed.
pub struct Because {
    pub field: &'static str,
    pub value: String,
    pub rule: RuleId,
    pub zone: Zone,
    pub span: Range<usize>,
    pub words: String,
}

/// The reasons of every field that the label of this kind of mail gives, in the order of the form.
pub fn because(reading: &Reading) -> Vec<Because> {
    fn reason<T>(field: &'static str, found: &Found<T>, value: String) -> Because {
        let Found { rule, zone, span, words, .. } = found;
        Because { field, value, rule: rule.clone(), zone: *zone, span: span.clone(), words: words.clone() }
    }
    let mut reasons = vec![reason("clase", &reading.kind, reading.kind.value.to_string())];
    let label = label(reading);
    let fields = &reading.fields;
    if label.contains_key("faltan") {
        reasons.extend(fields.dependencia.as_ref().map(|f| reason("dependencia", f, f.value.0.clone())));
        let texts = [
            ("lugar", &fields.lugar),
            ("edificio", &fields.edificio),
            ("piso", &fields.piso),
            ("oficina", &fields.oficina),
            ("nombre", &fields.nombre),
            ("telefono", &fields.telefono),
            ("extension", &fields.extension),
            ("celular", &fields.celular),
            ("correo", &fields.correo),
        ];
        reasons.extend(texts.into_iter().filter_map(|(name, f)| f.as_ref().map(|f| reason(name, f, f.value.clone()))));
    }
    if label.contains_key("categoria") {
        reasons.push(reason("categoria", &reading.categoria, reading.categoria.value.0.clone()));
        reasons.push(reason("prioridad", &reading.prioridad, reading.prioridad.value.to_string()));
    }
    reasons
}

/// One object with the keys of a label; what the mail does not say is left out.
pub fn label(reading: &Reading) -> Map<String, Value> {
    let mut label = Map::new();
    label.insert("kind".to_owned(), json!(reading.kind.value));
    let (full, alarm, replies) = match reading.kind.value {
        Kind::Solicitud | Kind::ConceptoTecnico => (true, false, false),
        Kind::Alarma => (false, true, false),
        Kind::Respuesta | Kind::Comando | Kind::Calendario => (false, false, true),
        Kind::Automatico | Kind::Rebote | Kind::Ajeno => (false, false, false),
    };
    if full {
        form(reading, &mut label);
    }
    if full || alarm {
        label.insert("problema".to_owned(), json!(reading.problema));
        label.insert("categoria".to_owned(), json!(reading.categoria.value));
        label.insert("prioridad".to_owned(), json!(reading.prioridad.value));
    }
    if replies && !reading.texto_nuevo.is_empty() {
        label.insert("respuesta".to_owned(), json!({ "texto_nuevo": reading.texto_nuevo }));
    }
    if reading.kind.value == Kind::Comando {
        let commands: Vec<Value> = reading.commands.iter().flatten().map(|c| command(c.label())).collect();
        label.insert("comandos".to_owned(), Value::Array(commands));
    }
    label
}

fn form(reading: &Reading, label: &mut Map<String, Value>) {
    let fields = &reading.fields;
    label.insert("origen".to_owned(), json!(reading.origen));
    if let Some(dependencia) = &fields.dependencia {
        label.insert("dependencia".to_owned(), json!(dependencia.value));
    }
    for (key, value) in [("ubicacion", json!(fields.ubicacion())), ("contacto", json!(fields.contacto()))] {
        if value.as_object().is_some_and(|parts| !parts.is_empty()) {
            label.insert(key.to_owned(), value);
        }
    }
    let missing: Vec<Requisito> = fields.missing();
    label.insert("faltan".to_owned(), json!(missing));
}

fn command((nombre, valor): (&str, Option<String>)) -> Value {
    match valor {
        Some(valor) => json!({ "nombre": nombre, "valor": valor }),
        None => json!({ "nombre": nombre }),
    }
}
