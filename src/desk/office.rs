//! The office's standing arrangements, read from the rule files: hours, people, and what each categoría means for the agenda.
use crate::desk::decision::{Named, Office, Work};
use crate::office::enlaces;
use crate::office::fields::{Categoria, Dependencia};
use crate::office::hours::Hours;
use crate::office::people::Directory;
use crate::office::rulefile::{Entry, RuleError, RuleFile};
use crate::office::service::Service;
use std::collections::BTreeMap;

/// Length of a visit where a categoría does not say it.
const USUAL_MINUTES: i64 = 60;

/// `personas.toml`, `horario.toml` and `categorias.toml` put together for the desk; `None` when one of them is missing.
pub fn load(files: &BTreeMap<String, String>, mailbox: &str, errors: &mut Vec<RuleError>) -> Option<Office> {
    let mut text = |name: &str| {
        let text = files.get(name).map(String::as_str);
        if text.is_none() {
            RuleFile::read(name, "", errors, |file, _| {
                file.error(&(0..0), "falta este archivo en la carpeta de reglas")
            });
        }
        text
    };
    let (personas, horario, categorias) = (text("personas.toml"), text("horario.toml"), text("categorias.toml"));
    let people = Directory::load("personas.toml", personas?, errors);
    let hours = Hours::load("horario.toml", horario?, errors);
    let service =
        files.get("servicio.toml").map(|text| Service::load("servicio.toml", text, errors)).unwrap_or_default();
    let longest = hours.week().longest();
    // The reading room owns this file and checks the rest of it.
    let work: BTreeMap<Categoria, Work> = RuleFile::glance("categorias.toml", categorias?, errors, |file, entry| {
        entry
            .tables(file, "categoria", |file, entry| work(&people, longest, file, entry))
            .into_iter()
            .flatten()
            .collect()
    });
    check_skills(&people, &work, personas?, errors);
    let dependencias = glance(files, "dependencias.toml", errors, |file, entry| {
        entry.tables(file, "dependencia", named).into_iter().flatten().collect()
    });
    let names: Vec<&str> = dependencias.iter().map(|named: &Named| named.nombre.0.as_str()).collect();
    if files.contains_key("dependencias.toml") {
        enlaces::check(&people, &names, personas?, errors);
    }
    let pisos = glance(files, "ubicaciones.toml", errors, |file, entry| {
        let floor = |file: &mut RuleFile<'_>, entry: &mut Entry<'_>| entry.optional_text(file, "valor");
        entry.tables(file, "piso_con_nombre", floor).into_iter().flatten().map(|text| text.value).collect()
    });
    let plantilla = |name: &String| Some(name.strip_prefix("cartas/plantillas/")?.strip_suffix(".txt")?.to_owned());
    let plantillas = files.keys().filter_map(plantilla).collect();
    Some(Office { hours, people, service, work, dependencias, pisos, plantillas, mailbox: mailbox.to_lowercase() })
}

/// A list out of a file that the reading room owns and misses when it is not there.
fn glance<T>(
    files: &BTreeMap<String, String>,
    name: &str,
    errors: &mut Vec<RuleError>,
    read: impl FnOnce(&mut RuleFile<'_>, &mut Entry<'_>) -> Vec<T>,
) -> Vec<T> {
    files.get(name).map(|text| RuleFile::glance(name, text, errors, read)).unwrap_or_default()
}

fn named(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Named> {
    let nombre = entry.optional_text(file, "nombre")?;
    let alias = [entry.texts(file, "alias"), entry.texts(file, "corto")].concat();
    Some(Named { nombre: Dependencia(nombre.value), alias: alias.into_iter().map(|text| text.value).collect() })
}

fn work(people: &Directory, longest: i64, file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<(Categoria, Work)> {
    let name = entry.text(file, "nombre")?;
    let titulo = entry.optional_text(file, "titulo").map_or_else(|| name.value.replace('_', " "), |text| text.value);
    let minutes = entry.integer(file, "minutos");
    let responsable = entry.optional_text(file, "responsable");
    let remote = entry.flag(file, "remoto").unwrap_or(false);
    if let Some((length, span)) = &minutes
        && !(5..=longest.max(5)).contains(length)
    {
        file.error(span, format!("una visita de {length} minutos no cabe en la jornada; escriba entre 5 y {longest}"));
    }
    let categoria = Categoria(name.value);
    match &responsable {
        Some(who) if !people.by_usuario(&who.value).is_some_and(|p| p.active) => {
            file.error(&who.span, format!("«{}» no es el usuario de nadie activo en personas.toml", who.value));
        }
        None if !people.people.iter().any(|p| p.active && p.takes(&categoria)) => {
            file.error(
                &name.span,
                format!("nadie atiende «{}»; escriba responsable = \"usuario\" o agréguela a alguien", categoria.0),
            );
        }
        Some(_) | None => {}
    }
    let minutes = minutes.map_or(USUAL_MINUTES, |(length, _)| length).clamp(5, longest.max(5));
    Some((categoria, Work { titulo, minutes, responsable: responsable.map(|text| text.value), remote }))
}

/// A categoría that somebody takes must be one that exists.
fn check_skills(people: &Directory, work: &BTreeMap<Categoria, Work>, personas: &str, errors: &mut Vec<RuleError>) {
    let skills = people.people.iter().flat_map(|p| &p.categorias);
    if skills.clone().all(|categoria| work.contains_key(categoria)) {
        return;
    }
    RuleFile::glance("personas.toml", personas, errors, |file, entry| {
        entry.tables(file, "persona", |file, entry| {
            for text in entry.texts(file, "categorias") {
                if !work.contains_key(&Categoria(text.value.clone())) {
                    let known = work.keys().map(|c| c.0.as_str()).collect::<Vec<_>>().join(", ");
                    file.error(&text.span, format!("no hay categoría «{}»; existen: {known}", text.value));
                }
            }
        })
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_fault_is_told() {
        let files = BTreeMap::from([
            (
                "personas.toml".to_owned(),
                "dominios = [\"m.co\"]\n[[persona]]\nusuario = \"ana\"\nnombre = \"Ana\"\ncorreo = \"ana@m.co\"\nrol = \
                 \"tecnico\"\ncategorias = [\"redes\"]\n"
                    .to_owned(),
            ),
            ("horario.toml".to_owned(), "[semana]\nlunes = [\"08:00-12:00\"]\n".to_owned()),
            (
                "categorias.toml".to_owned(),
                "[[categoria]]\nnombre = \"red\"\nminutos = 300\npalabras = []\n[[categoria]]\nnombre = \"otro\"\n\
                 responsable = \"pepe\"\n"
                    .to_owned(),
            ),
        ]);
        let mut errors = Vec::new();
        assert!(load(&files, "Mesa@M.co", &mut errors).is_some());
        let told: Vec<_> = errors.iter().map(|e| format!("{}:{}: {}", e.file, e.line, e.what)).collect();
        expect![[r#"
            categorias.toml:3: una visita de 300 minutos no cabe en la jornada; escriba entre 5 y 240
            categorias.toml:2: nadie atiende «red»; escriba responsable = "usuario" o agréguela a alguien
            categorias.toml:7: «pepe» no es el usuario de nadie activo en personas.toml
            personas.toml:7: no hay categoría «redes»; existen: otro, red"#]]
        .assert_eq(&told.join("\n"));
        assert!(load(&BTreeMap::new(), "mesa@m.co", &mut errors).is_none());
    }
}
