//! A large office's agenda: twenty technicians, sixty days, five thousand visits.
use jiff::civil::{Date, Time, date, time};
use jiff::{SignedDuration, Timestamp};
use mesa_tic::desk::decision::{Away, Office, Work};
use mesa_tic::desk::replan;
use mesa_tic::desk::vigil::Watched;
use mesa_tic::desk::visits::Request;
use mesa_tic::office::fields::{Categoria, Contacto, Origen, Prioridad, Ubicacion};
use mesa_tic::office::hours::{Hours, Week};
use mesa_tic::office::people::{Directory, Person, Role};
use mesa_tic::office::service::Service;
use mesa_tic::spanish::when::instant;
use mesa_tic::ticket::agenda::Agenda;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::Ticket;
use mesa_tic::ticket::id::TicketId;
use mesa_tic::ticket::visit::{Booked, Place, Visit};
use std::collections::BTreeMap;
use std::sync::Arc;

const TECHNICIANS: usize = 20;
const VISITS: u32 = 5_000;
const FIRST: Date = date(2026, 11, 30);

/// An office that does nothing but visits of an hour.
pub(crate) struct Large {
    office: Office,
    pub(crate) agenda: Agenda,
    load: BTreeMap<String, u32>,
    categoria: Categoria,
}

impl Large {
    pub(crate) fn new() -> Large {
        let day = vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(14, 0, 0, 0), time(18, 0, 0, 0))];
        let week = Week([day.clone(), day.clone(), day.clone(), day.clone(), day, vec![], vec![]]);
        let categoria = Categoria("equipo".to_owned());
        let work = Work { titulo: String::new(), minutes: 60, responsable: None, remote: false };
        let office = Office {
            hours: Hours::new(week, vec![]),
            people: Directory { people: (0..TECHNICIANS).map(person).collect(), ..Directory::default() },
            service: Service { reserve: 0, ..Service::default() },
            work: BTreeMap::from([(categoria.clone(), work)]),
            dependencias: vec![],
            pisos: vec![],
            plantillas: vec![],
            mailbox: "mesa@magdalena.gov.co".to_owned(),
        };
        let mut large = Large { office, agenda: Agenda::default(), load: BTreeMap::new(), categoria };
        let now = instant(FIRST, Time::midnight()).unwrap_or_default();
        let mut free: Vec<_> =
            large.office.people.people.iter().map(|p| large.request(now).free_from(p, now, 290)).collect();
        // Two gaps a week in each diary, so that something is left to find.
        free.iter_mut().for_each(|hours| hours.retain(|visit| visit.start.as_second() / 3600 % 11 != 0));
        let mut visits: Vec<Visit> = free.into_iter().flatten().collect();
        visits.sort_by_key(|visit| visit.start);
        large.agenda =
            (1..=VISITS).zip(visits).map(|(number, visit)| booked(number, visit, &large.categoria)).collect();
        large
    }

    fn request(&self, now: Timestamp) -> Request<'_> {
        Request {
            office: &self.office,
            now,
            from: now,
            categoria: &self.categoria,
            prioridad: Prioridad::Media,
            place: Place { edificio: Some("palacio".to_owned()), piso: Some("9".to_owned()) },
            agenda: &self.agenda,
            load: &self.load,
            away: &[],
        }
    }

    /// One allotment.
    pub(crate) fn allot(&self) -> Option<Visit> {
        self.request(instant(FIRST, time(8, 0, 0, 0)).unwrap_or_default()).allot()
    }

    /// Somebody is away: all of his visits of these days go elsewhere. How many were moved.
    pub(crate) fn replan(&self, people: usize, last: Date) -> usize {
        let now = instant(FIRST, Time::midnight()).unwrap_or_default();
        let cases: Vec<Watched> = self.agenda.iter().map(watched).collect();
        let away: Vec<Away> =
            (0..people).map(|n| Away { tecnico: format!("t{n}"), first: FIRST, last, reason: String::new() }).collect();
        replan::due(&self.office, now, &cases, &away).len()
    }
}

fn person(n: usize) -> Person {
    Person {
        usuario: format!("t{n}"),
        nombre: format!("Técnico {n}"),
        correo: format!("t{n}@magdalena.gov.co"),
        role: Role::Tecnico,
        categorias: vec![],
        horario: None,
        absences: vec![],
        active: true,
    }
}

fn booked(number: u32, visit: Visit, categoria: &Categoria) -> Booked {
    let place = Place { edificio: Some(["palacio", "anexo"][number as usize % 2].to_owned()), piso: None };
    let caso = TicketId { year: 2026, number };
    Booked { caso, visit, prioridad: Prioridad::Media, categoria: categoria.clone(), place, pinned: false }
}

fn watched(booked: &Booked) -> Watched {
    let ticket = Ticket {
        id: booked.caso,
        estado: Estado::Asignado,
        asunto: "no prende".to_owned(),
        problema: "no prende".to_owned(),
        origen: Origen::Interna,
        clase: "solicitud".to_owned(),
        dependencia: None,
        ubicacion: Ubicacion { edificio: booked.place.edificio.clone(), ..Ubicacion::default() },
        contacto: Contacto::default(),
        categoria: booked.categoria.clone(),
        prioridad: booked.prioridad,
        faltan: vec![],
        solicitante: format!("p{}@magdalena.gov.co", booked.caso.number),
        tecnico: Some(booked.visit.tecnico.clone()),
        visita: Some(booked.visit.clone()),
        abierto: booked.visit.start - SignedDuration::from_hours(24),
        fuentes: Arc::default(),
        seguimiento: Default::default(),
    };
    Watched {
        ticket,
        since: Timestamp::UNIX_EPOCH,
        waits: vec![],
        ordered: Some(Timestamp::UNIX_EPOCH),
        booked: None,
        thread: vec![],
    }
}
