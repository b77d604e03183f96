//! Enlaces: somebody of a dependencia who asks and answers for all of its cases, from one day to another.
use crate::office::fields::{Dependencia, is_address};
use crate::office::hours::date;
use crate::office::people::Directory;
use crate::office::rulefile::{Entry, RuleError, RuleFile};
use jiff::civil::Date;

/// What he may do is what who asked may do, for the cases of his dependencia. He is nobody of the office: he gives no orders,
/// and no note reaches him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enlace {
    /// In lower case.
    pub correo: String,
    pub nombre: String,
    pub dependencia: Dependencia,
    /// First and last day, both included, of Bogotá; open where absent.
    pub desde: Option<Date>,
    pub hasta: Option<Date>,
}

impl Enlace {
    /// Does it hold on that day?
    pub fn holds(&self, day: Date) -> bool {
        self.desde.is_none_or(|first| first <= day) && self.hasta.is_none_or(|last| day <= last)
    }

    /// A `[[enlace]]` of `personas.toml`, checked against the rest of it.
    pub(crate) fn read(directory: &Directory, file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Enlace> {
        let (correo, nombre) = (entry.text(file, "correo"), entry.text(file, "nombre"));
        let dependencia = entry.text(file, "dependencia");
        let [first, last] = ["desde", "hasta"].map(|key| entry.optional_text(file, key));
        let [desde, hasta] = [&first, &last].map(|text| text.as_ref().and_then(|text| date(file, text)));
        if let (Some(text), Some(desde), Some(hasta)) = (&first, desde, hasta)
            && hasta < desde
        {
            file.error(&text.span, format!("«desde» ({desde}) es posterior a «hasta» ({hasta})"));
        }
        let (text, nombre, dependencia) = (correo?, nombre?, dependencia?);
        let correo = text.value.trim().to_lowercase();
        if !is_address(&correo) {
            file.error(&text.span, format!("«{}» no es un correo", text.value));
        }
        if directory.people.iter().any(|person| person.correo == correo) {
            file.error(&text.span, format!("«{correo}» es de alguien de la oficina: no puede ser también un enlace"));
        }
        if directory.is_shared(&correo) {
            file.error(&text.span, format!("«{correo}» es un buzón compartido; un enlace es una persona"));
        }
        let dependencia = Dependencia(dependencia.value.trim().to_owned());
        Some(Enlace { correo, nombre: nombre.value, dependencia, desde, hasta })
    }
}

/// Faults of those whose dependencia the catalogue does not have.
pub fn check(directory: &Directory, known: &[&str], personas: &str, errors: &mut Vec<RuleError>) {
    let is_known = |name: &str| known.contains(&name);
    if directory.enlaces.iter().all(|enlace| is_known(&enlace.dependencia.0)) {
        return;
    }
    RuleFile::glance("personas.toml", personas, errors, |file, entry| {
        entry.tables(file, "enlace", |file, entry| {
            let Some(text) = entry.optional_text(file, "dependencia").filter(|text| !is_known(text.value.trim()))
            else {
                return;
            };
            let near = known.iter().min_by_key(|name| strsim::osa_distance(name, &text.value));
            let hint = near.map(|name| format!("; ¿quiso decir «{name}»?")).unwrap_or_default();
            file.error(&text.span, format!("«{}» no es una dependencia de dependencias.toml{hint}", text.value));
        })
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use expect_test::expect;

    const OFFICE: &str = "dominios = [\"m.co\"]\nbuzones_compartidos = [\"cultura@m.co\"]\n[[persona]]\nusuario = \"ana\"\n\
                          nombre = \"Ana\"\ncorreo = \"ana@m.co\"\nrol = \"tecnico\"\n";

    fn load(enlaces: &str, errors: &mut Vec<RuleError>) -> Directory {
        let text = format!("{OFFICE}{enlaces}");
        let directory = Directory::load("personas.toml", &text, errors);
        check(&directory, &["Secretaría de Cultura", "Tesorería"], &text, errors);
        directory
    }

    #[test]
    fn every_fault_is_told() {
        let mut errors = Vec::new();
        load(
            "[[enlace]]\nnombre = \"Rosa\"\ncorreo = \"rosa\"\ndependencia = \"Secretaria de Cultura\"\n\
             desde = \"3 de enero\"\n\
             [[enlace]]\nnombre = \"Ana\"\ncorreo = \"ana@m.co\"\ndependencia = \"Tesorería\"\n\
             desde = \"2027-01-10\"\nhasta = \"2026-12-01\"\n\
             [[enlace]]\ncorreo = \"cultura@m.co\"\nnombre = \"Cultura\"\ndependencia = \"Tesorería\"\nhasta = \"2026-02-30\"\ncargo = \"x\"\n\
             [[enlace]]\nnombre = \"Luz\"\n",
            &mut errors,
        );
        errors.sort();
        let told: Vec<_> = errors.iter().map(|e| format!("{}:{}: {}", e.file, e.line, e.what)).collect();
        expect![[r#"
            personas.toml:10: «rosa» no es un correo
            personas.toml:11: «Secretaria de Cultura» no es una dependencia de dependencias.toml; ¿quiso decir «Secretaría de Cultura»?
            personas.toml:12: «3 de enero» no es una fecha; escríbala así: "2026-12-24"
            personas.toml:15: «ana@m.co» es de alguien de la oficina: no puede ser también un enlace
            personas.toml:17: «desde» (2027-01-10) es posterior a «hasta» (2026-12-01)
            personas.toml:20: «cultura@m.co» es un buzón compartido; un enlace es una persona
            personas.toml:23: «2026-02-30» no es una fecha; escríbala así: "2026-12-24"
            personas.toml:24: clave desconocida «cargo»; aquí se admite: correo, dependencia, desde, hasta, nombre
            personas.toml:25: falta «correo»; escriba correo = "…"
            personas.toml:25: falta «dependencia»; escriba dependencia = "…""#]].assert_eq(&told.join("\n"));
    }

    #[test]
    fn it_holds_from_its_first_day_to_its_last() {
        let mut errors = Vec::new();
        let directory = load(
            "[[enlace]]\nnombre = \"Rosa\"\ncorreo = \"Rosa@m.co\"\ndependencia = \"Tesorería\"\ndesde = \"2026-12-01\"\n\
             hasta = \"2026-12-31\"\n[[enlace]]\nnombre = \"Luz\"\ncorreo = \"luz@m.co\"\ndependencia = \"Tesorería\"\n",
            &mut errors,
        );
        assert_eq!(errors, []);
        let tesoreria = Dependencia("Tesorería".to_owned());
        for (day, holds) in [("2026-11-30", false), ("2026-12-01", true), ("2026-12-31", true), ("2027-01-01", false)] {
            assert_eq!(directory.is_enlace("rosa@M.CO", &tesoreria, day.parse().unwrap()), holds, "{day}");
            assert!(directory.is_enlace("luz@m.co", &tesoreria, day.parse().unwrap()), "{day}");
        }
        let other = Dependencia("Secretaría de Cultura".to_owned());
        assert!(!directory.is_enlace("luz@m.co", &other, "2026-12-01".parse().unwrap()));
        assert!(directory.who("luz@m.co").is_none(), "an enlace is nobody of the office");
    }
}
