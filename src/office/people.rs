//! The people of the Oficina TIC and the addresses of the institution: who takes which work, and who may do what.
use crate::office::enlaces::Enlace;
use crate::office::fields::{Categoria, Dependencia, is_address, words};
use crate::office::hours::{Week, days};
use crate::office::rulefile::{Entry, RuleError, RuleFile, Text};
use jiff::civil::Date;
use std::collections::BTreeSet;

words! {
    /// What somebody of the roster is to the desk.
    Role { Jefe = "jefe", Coordinador = "coordinador", Tecnico = "tecnico" }
}

/// Days on which somebody is away, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub first: Date,
    pub last: Date,
    pub reason: String,
}

/// Somebody of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The short name that commands use: «kbarros».
    pub usuario: String,
    pub nombre: String,
    /// In lower case.
    pub correo: String,
    pub role: Role,
    /// The categorías this person takes; empty means all for a technician, none for the others.
    pub categorias: Vec<Categoria>,
    /// Own hours, where they differ from the office's.
    pub horario: Option<Week>,
    pub absences: Vec<Absence>,
    pub active: bool,
}

/// Roster and institution, from `rules/personas.toml`.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub people: Vec<Person>,
    /// Domains of the institution («magdalena.gov.co»), subdomains included; writers from them are internal.
    pub domains: Vec<String>,
    /// Shared or no-reply mailboxes: never the address of a person.
    pub shared: Vec<String>,
    /// Who speaks for a dependencia.
    pub enlaces: Vec<Enlace>,
}

impl Role {
    /// Jefe and coordinator steer the whole office, technicians what is theirs.
    pub fn steers(self) -> bool {
        match self {
            Role::Jefe | Role::Coordinador => true,
            Role::Tecnico => false,
        }
    }
}

impl Person {
    /// Is this person's work of that categoría?
    pub fn takes(&self, categoria: &Categoria) -> bool {
        match self.role {
            Role::Tecnico => self.categorias.is_empty() || self.categorias.contains(categoria),
            Role::Jefe | Role::Coordinador => self.categorias.contains(categoria),
        }
    }

    pub fn is_away(&self, day: Date) -> bool {
        self.absences.iter().any(|a| a.first <= day && day <= a.last)
    }
}

impl Directory {
    pub fn load(name: &str, text: &str, errors: &mut Vec<RuleError>) -> Directory {
        RuleFile::read(name, text, errors, |file, entry| {
            let span = entry.span.clone();
            let lower = |text: Text| text.value.trim().to_lowercase();
            let domains: Vec<String> = entry.texts(file, "dominios").into_iter().map(lower).collect();
            let shared = entry.texts(file, "buzones_compartidos").into_iter().map(lower).collect();
            let mut seen = BTreeSet::new();
            let people = entry.tables(file, "persona", |file, entry| person(&mut seen, file, entry));
            let people: Vec<Person> = people.into_iter().flatten().collect();
            if domains.is_empty() {
                file.error(&span, "falta «dominios»; escriba dominios = [\"magdalena.gov.co\"]");
            }
            if !people.iter().any(|p| p.active && p.role == Role::Tecnico) {
                file.error(&span, "no hay ningún técnico activo; agregue una [[persona]] con rol = \"tecnico\"");
            }
            let office = Directory { people, domains, shared, enlaces: Vec::new() };
            let enlaces = entry.tables(file, "enlace", |file, entry| Enlace::read(&office, file, entry));
            Directory { enlaces: enlaces.into_iter().flatten().collect(), ..office }
        })
    }

    /// The active person of the roster who writes from this address.
    pub fn who(&self, correo: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.active && p.correo.eq_ignore_ascii_case(correo))
    }

    /// Who steers the whole office.
    pub fn heads(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|p| p.active && p.role.steers())
    }

    /// Who sees to what goes wrong in the office: the coordinators, or who steers it where there is none.
    pub fn coordination(&self) -> impl Iterator<Item = &Person> {
        let coordinates = |person: &Person| person.role == Role::Coordinador;
        let is_coordinated = self.heads().any(coordinates);
        self.heads().filter(move |person| !is_coordinated || coordinates(person))
    }

    pub fn by_usuario(&self, usuario: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.usuario.eq_ignore_ascii_case(usuario))
    }

    /// Does this address speak for the dependencia on that day?
    pub fn is_enlace(&self, correo: &str, dependencia: &Dependencia, day: Date) -> bool {
        let speaks = |enlace: &Enlace| enlace.correo.eq_ignore_ascii_case(correo) && enlace.dependencia == *dependencia;
        self.enlaces.iter().any(|enlace| speaks(enlace) && enlace.holds(day))
    }

    /// Is the address one of the institution's own?
    pub fn is_institutional(&self, correo: &str) -> bool {
        let host = correo.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default();
        let under = |domain: &String| host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
        self.domains.iter().any(|domain| host == *domain || under(domain))
    }

    pub fn is_shared(&self, correo: &str) -> bool {
        self.shared.iter().any(|s| s.eq_ignore_ascii_case(correo))
    }
}

fn person(seen: &mut BTreeSet<String>, file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Person> {
    let usuario = entry.text(file, "usuario");
    let nombre = entry.text(file, "nombre");
    let correo = entry.text(file, "correo");
    let role = entry.text(file, "rol").and_then(|text| role(file, &text));
    let categorias = entry.texts(file, "categorias").into_iter().map(|text| Categoria(text.value)).collect();
    let horario = entry.table(file, "horario", Week::read);
    let absences = entry.tables(file, "ausencia", absence).into_iter().flatten().collect();
    let active = entry.flag(file, "activo").unwrap_or(true);
    let (usuario, nombre, correo) = (usuario?, nombre?, correo?);
    let correo = Text { value: correo.value.trim().to_lowercase(), ..correo };
    if !is_address(&correo.value) {
        file.error(&correo.span, format!("«{}» no es un correo", correo.value));
    }
    for text in [&usuario, &correo] {
        if !seen.insert(text.value.to_lowercase()) {
            file.error(&text.span, format!("«{}» ya es de otra persona de este archivo", text.value));
        }
    }
    Some(Person {
        usuario: usuario.value,
        nombre: nombre.value,
        correo: correo.value,
        role: role?,
        categorias,
        horario,
        absences,
        active,
    })
}

fn role(file: &mut RuleFile<'_>, text: &Text) -> Option<Role> {
    let role = Role::from_word(&text.value);
    if role.is_none() {
        let known = Role::ALL.iter().map(|r| r.word()).collect::<Vec<_>>().join(", ");
        file.error(&text.span, format!("«{}» no es un rol; escriba uno de estos: {known}", text.value));
    }
    role
}

fn absence(file: &mut RuleFile<'_>, entry: &mut Entry<'_>) -> Option<Absence> {
    let first = entry.text(file, "desde");
    let last = entry.optional_text(file, "hasta");
    let reason = entry.optional_text(file, "motivo").map(|text| text.value).unwrap_or_default();
    let (first, last) = days(file, &first?, last.as_ref())?;
    Some(Absence { first, last, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_fault_is_told() {
        let mut errors = Vec::new();
        let text = "dominios = []\n[[persona]]\nusuario = \"a\"\nnombre = \"Ana\"\ncorreo = \"ana\"\nrol = \"tecnica\"\n\
                    [[persona]]\nusuario = \"A\"\nnombre = \"Ada\"\ncorreo = \"ada@x.co\"\nrol = \"jefe\"\n\
                    [[persona.ausencia]]\ndesde = \"2026-12-10\"\nhasta = \"2026-12-01\"\n";
        Directory::load("personas.toml", text, &mut errors);
        errors.sort();
        let told: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.line, e.what)).collect();
        expect![[r#"
            1: falta «dominios»; escriba dominios = ["magdalena.gov.co"]
            1: no hay ningún técnico activo; agregue una [[persona]] con rol = "tecnico"
            5: «ana» no es un correo
            6: «tecnica» no es un rol; escriba uno de estos: jefe, coordinador, tecnico
            8: «A» ya es de otra persona de este archivo
            13: «desde» (2026-12-10) es posterior a «hasta» (2026-12-01)"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn an_office_without_a_coordinator_is_seen_to_by_who_steers_it() {
        let person = |usuario: &str, role, active| Person {
            usuario: usuario.to_owned(),
            nombre: usuario.to_owned(),
            correo: format!("{usuario}@x.co"),
            role,
            categorias: Vec::new(),
            horario: None,
            absences: Vec::new(),
            active,
        };
        let see = |is_active: bool| {
            let coordina = person("coordina", Role::Coordinador, is_active);
            let people = vec![person("jefe", Role::Jefe, true), coordina, person("tecnica", Role::Tecnico, true)];
            let directory = Directory { people, ..Directory::default() };
            directory.coordination().map(|person| person.usuario.clone()).collect::<Vec<_>>()
        };
        assert_eq!(see(true), ["coordina"]);
        assert_eq!(see(false), ["jefe"]);
    }

    #[test]
    fn the_institution_is_its_domains_and_what_is_under_them() {
        let directory = Directory { domains: vec!["magdalena.gov.co".into()], ..Directory::default() };
        for (correo, ours) in [
            ("kbarros@magdalena.gov.co", true),
            ("KBARROS@Magdalena.GOV.CO", true),
            ("nagios@mon01.magdalena.gov.co", true),
            ("alcalde@cienaga-magdalena.gov.co", false),
            ("x@magdalena.gov.co.example", false),
            ("", false),
        ] {
            assert_eq!(directory.is_institutional(correo), ours, "{correo}");
        }
    }
}
