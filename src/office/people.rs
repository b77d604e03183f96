//! The people of the Oficina TIC and the addresses of the institution: who takes which work, and who may do what.
use crate::office::fields::{Categoria, words};
use crate::office::hours::Week;
use crate::office::rulefile::RuleError;
use jiff::civil::Date;

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
    /// The categorías this person takes; empty means all.
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
    /// Domains of the institution («magdalena.gov.co»); writers from them are internal.
    pub domains: Vec<String>,
    /// Shared or no-reply mailboxes: never the address of a person.
    pub shared: Vec<String>,
}

impl Directory {
    pub fn load(_name: &str, _text: &str, _errors: &mut Vec<RuleError>) -> Directory {
        todo!()
    }

    /// The active person of the roster who writes from this address.
    pub fn who(&self, correo: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.active && p.correo.eq_ignore_ascii_case(correo))
    }

    pub fn by_usuario(&self, usuario: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.usuario.eq_ignore_ascii_case(usuario))
    }

    /// Is the address one of the institution's own?
    pub fn is_institutional(&self, correo: &str) -> bool {
        correo.rsplit_once('@').is_some_and(|(_, domain)| self.domains.iter().any(|d| d.eq_ignore_ascii_case(domain)))
    }

    pub fn is_shared(&self, correo: &str) -> bool {
        self.shared.iter().any(|s| s.eq_ignore_ascii_case(correo))
    }
}
