//! Who orders on which case, and what one order comes to.
use crate::desk::case::Case;
use crate::desk::decision::{Away, Letter};
use crate::office::people::{Person, Role};
use crate::seal::order::Authority;
use crate::ticket::facts::Event;
use crate::ticket::id::TicketId;

/// Who gives the orders.
#[derive(Clone, Copy)]
pub struct Actor<'a> {
    /// As facts tell it: a `usuario` of the roster, or «administrador».
    pub usuario: &'a str,
    pub nombre: &'a str,
    /// Absent: the administrator, at the machine itself.
    pub person: Option<&'a Person>,
    /// What he has proven; absent for the administrator, and where no case is at stake.
    pub authority: Option<&'a Authority<'a>>,
}

impl<'a> Actor<'a> {
    pub fn of(authority: &'a Authority<'a>) -> Actor<'a> {
        Actor { authority: Some(authority), ..Actor::himself(authority.person()) }
    }

    /// Somebody of the office about himself.
    pub fn himself(person: &'a Person) -> Actor<'a> {
        Actor { usuario: &person.usuario, nombre: &person.nombre, person: Some(person), authority: None }
    }

    pub fn administrator() -> Actor<'static> {
        Actor { usuario: "administrador", nombre: "la administración de la mesa", person: None, authority: None }
    }

    /// May he give the orders that are the jefe's?
    pub fn is_head(&self) -> bool {
        self.person.is_none_or(|person| match person.role {
            Role::Jefe | Role::Coordinador => true,
            Role::Tecnico => false,
        })
    }

    pub fn is(&self, person: &Person) -> bool {
        self.person.is_some_and(|own| own.usuario == person.usuario)
    }
}

/// What an order looks at.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    pub case: Case<'a>,
    pub actor: Actor<'a>,
}

/// What one order comes to.
#[derive(Default)]
pub struct Effect {
    pub events: Vec<Event>,
    /// Facts of other tickets.
    pub elsewhere: Vec<(TicketId, Event)>,
    pub letters: Vec<Letter>,
    pub away: Vec<Away>,
    /// Worth telling the one who ordered it.
    pub line: Option<String>,
}

impl From<Vec<Event>> for Effect {
    fn from(events: Vec<Event>) -> Effect {
        Effect { events, ..Effect::default() }
    }
}

impl From<Event> for Effect {
    fn from(event: Event) -> Effect {
        Effect::from(vec![event])
    }
}
