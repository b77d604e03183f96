//! The agenda over thousands of random offices: nobody is in two places, nobody works outside his hours, what presses more is
//! never later for want of order, the same question has the same answer, and what is moved leaves no trace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use jiff::civil::{Date, Time, date, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use mesa_tic::desk::decision::{Away, Office, Work};
use mesa_tic::desk::diary::{is_away, round_up};
use mesa_tic::desk::displace::displaced;
use mesa_tic::desk::reasons;
use mesa_tic::desk::replan::{broken, due};
use mesa_tic::desk::vigil::Watched;
use mesa_tic::desk::visits::Request;
use mesa_tic::office::fields::{Categoria, Contacto, Origen, Prioridad, Ubicacion};
use mesa_tic::office::hours::{Exception, Hours, Stretch, Week};
use mesa_tic::office::people::{Absence, Directory, Person, Role};
use mesa_tic::office::service::Service;
use mesa_tic::spanish::when::{day_of, instant};
use mesa_tic::ticket::agenda::Agenda;
use mesa_tic::ticket::estado::Estado;
use mesa_tic::ticket::facts::{Event, Ticket};
use mesa_tic::ticket::id::TicketId;
use mesa_tic::ticket::seguimiento::Seguimiento;
use mesa_tic::ticket::visit::{Booked, Place, Visit};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const MONDAY: Date = date(2026, 11, 23);
/// So far every quarter of an hour is tried.
const WEEKS: i64 = 3;
const BUILDINGS: [Option<&str>; 3] = [None, Some("palacio"), Some("4-24")];

fn week() -> impl Strategy<Value = Week> {
    let day = prop::sample::select(vec![
        vec![],
        vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(14, 0, 0, 0), time(18, 0, 0, 0))],
        vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(14, 0, 0, 0), time(18, 0, 0, 0))],
        vec![(time(7, 30, 0, 0), time(15, 30, 0, 0))],
        vec![(time(14, 10, 0, 0), time(18, 0, 0, 0))],
    ]);
    prop::array::uniform7(day).prop_map(Week)
}

/// The usual week with whatever somebody's own leaves of it.
fn office_week() -> Week {
    let day: Vec<Stretch> = vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(14, 0, 0, 0), time(18, 0, 0, 0))];
    Week([day.clone(), day.clone(), day.clone(), day.clone(), day, vec![], vec![]])
}

prop_compose! {
    fn person()(
        horario in prop::option::weighted(0.3, week()),
        away in prop::option::weighted(0.3, (0_i64..20, 0_i64..5)),
        skills in prop::collection::vec(0_usize..3, 0..3),
        active in prop::bool::weighted(0.9),
    ) -> Person {
        let absences = away.into_iter().map(|(first, days)| Absence {
            first: MONDAY + first.days(),
            last: MONDAY + (first + days).days(),
            reason: String::new(),
        });
        Person {
            usuario: String::new(),
            nombre: String::new(),
            correo: String::new(),
            role: Role::Tecnico,
            categorias: skills.into_iter().map(categoria).collect(),
            horario,
            absences: absences.collect(),
            active,
        }
    }
}

fn categoria(index: usize) -> Categoria {
    Categoria(["red", "equipo", "clave"][index].to_owned())
}

prop_compose! {
    fn closure()(first in 0_i64..20, days in 0_i64..2, hours in prop::option::of((8_i8..17, 1_i8..4)), open in prop::bool::weighted(0.2), building in 0_usize..5)
        -> Exception {
        let hours = hours.map(|(from, long)| (time(from, 0, 0, 0), time((from + long).min(23), 0, 0, 0)));
        let open = open && hours.is_some();
        let edificios = BUILDINGS.get(building).copied().flatten().filter(|_| !open).map(str::to_owned);
        Exception {
            first: MONDAY + first.days(),
            last: MONDAY + (first + days).days(),
            hours,
            open,
            suspends_terms: false,
            edificios: edificios.into_iter().collect(),
            reason: "Decreto".to_owned(),
        }
    }
}

prop_compose! {
    fn offices()(
        mut people in prop::collection::vec(person(), 1..5),
        exceptions in prop::collection::vec(closure(), 0..3),
        travel in 0_i64..60,
        reserve in 0_i64..60,
        minutes in prop::array::uniform3(5_i64..200),
    ) -> Office {
        for (n, person) in people.iter_mut().enumerate() {
            person.usuario = format!("t{n}");
            person.correo = format!("t{n}@magdalena.gov.co");
        }
        let work = |(n, minutes): (usize, i64)| {
            (categoria(n), Work { titulo: String::new(), minutes, responsable: None, remote: n == 2 })
        };
        Office {
            hours: Hours::new(office_week(), exceptions),
            people: Directory { people, domains: vec!["magdalena.gov.co".to_owned()], shared: vec![], enlaces: vec![] },
            service: Service { travel, reserve, ..Service::default() },
            work: minutes.into_iter().enumerate().map(work).collect(),
            dependencias: vec![],
            pisos: vec![],
            plantillas: vec![],
            mailbox: "mesa@magdalena.gov.co".to_owned(),
        }
    }
}

/// One request: when it comes (minutes after Monday midnight), how it presses, what it is and where.
type Call = (i64, usize, usize, usize, Option<u8>);

fn calls(most: usize) -> impl Strategy<Value = Vec<Call>> {
    let floor = prop::option::of(1_u8..4);
    prop::collection::vec((0_i64..7_000, 0_usize..4, 0_usize..3, 0_usize..3, floor), 1..most).prop_map(|mut calls| {
        calls.sort();
        calls
    })
}

fn ubicacion(call: &Call) -> Ubicacion {
    let edificio = BUILDINGS[call.3].map(str::to_owned);
    Ubicacion { edificio, piso: call.4.map(|floor| floor.to_string()), ..Ubicacion::default() }
}

fn moment(minutes: i64) -> Timestamp {
    instant(MONDAY, Time::MIN).unwrap() + SignedDuration::from_mins(minutes)
}

fn ask<'a>(
    office: &'a Office,
    call: &Call,
    kind: &'a Categoria,
    agenda: &'a Agenda,
    load: &'a BTreeMap<String, u32>,
) -> Request<'a> {
    Request {
        office,
        now: moment(call.0),
        from: moment(call.0),
        categoria: kind,
        prioridad: Prioridad::ALL[call.1],
        place: Place::of(&ubicacion(call)),
        agenda,
        load,
        away: &[],
    }
}

/// The requests in their order, each into the agenda that the earlier ones made; what is displaced is taken out.
fn fill(office: &Office, calls: &[Call]) -> Agenda {
    let load = BTreeMap::new();
    let mut agenda = Agenda::default();
    for (number, call) in (1..).zip(calls) {
        let kind = categoria(call.2);
        let request = ask(office, call, &kind, &agenda, &load);
        let Some(visit) = request.allot() else { continue };
        let caso = TicketId { year: 2026, number };
        let gone = displaced(&agenda, moment(call.0), caso, &visit);
        let gone: Vec<TicketId> = gone.iter().map(|booked| booked.caso).collect();
        for booked in gone {
            agenda.remove(booked);
        }
        agenda.put(Booked {
            caso,
            visit,
            prioridad: Prioridad::ALL[call.1],
            categoria: kind,
            place: Place::of(&ubicacion(call)),
            pinned: false,
        });
    }
    agenda
}

/// Nobody in two places, with the way between them; within his hours, the office's, and not on a day off.
fn check(office: &Office, agenda: &Agenda, away: &[Away]) -> Result<(), TestCaseError> {
    for (n, booked) in agenda.iter().enumerate() {
        let visit = &booked.visit;
        let person = office.people.by_usuario(&visit.tecnico).unwrap();
        prop_assert!(visit.start < visit.end && person.active, "{visit:?}");
        for other in agenda.iter().take(n) {
            prop_assert!(!other.visit.crosses(visit), "{visit:?} crosses {:?}", other.visit);
            if other.visit.tecnico != visit.tecnico {
                continue;
            }
            let far = other.place.is_far_from(&booked.place)
                && !office.is_remote(&other.categoria)
                && !office.is_remote(&booked.categoria);
            let pressing = [other.prioridad, booked.prioridad].contains(&Prioridad::Critica);
            let way = SignedDuration::from_mins(if far && !pressing { office.service.travel } else { 0 });
            prop_assert!(other.visit.end + way <= visit.start || visit.end + way <= other.visit.start);
        }
        ways_fit(office, agenda, booked)?;
        prop_assert!(!is_away(away, person, day_of(visit.start)), "{visit:?} on a day off");
        if booked.prioridad != Prioridad::Critica {
            let (from, to) = office.hours.stretches(person.horario.as_ref(), visit.start).next().unwrap();
            prop_assert!(from == visit.start && visit.end <= to, "{visit:?} is outside hours");
            let edificio = booked.place.edificio.as_deref().filter(|_| !office.is_remote(&booked.categoria));
            let closure = office.hours.closure(visit.start, visit.end, edificio);
            prop_assert!(closure.is_none(), "{visit:?} is in a closed building: {closure:?}");
        }
    }
    Ok(())
}

/// From the visit before it there is time for the way, what he does from a distance meanwhile not counted.
fn ways_fit(office: &Office, agenda: &Agenda, booked: &Booked) -> Result<(), TestCaseError> {
    let mut earlier: Vec<&Booked> = agenda
        .iter()
        .filter(|other| other.visit.tecnico == booked.visit.tecnico && other.visit.end <= booked.visit.start)
        .collect();
    earlier.sort_by_key(|other| other.visit.end);
    let is_remote = |one: &&Booked| office.is_remote(&one.categoria);
    let between: Vec<&Booked> = earlier.iter().rev().copied().take_while(is_remote).collect();
    let Some(last) = earlier.iter().rev().find(|one| !is_remote(one)) else { return Ok(()) };
    let pressing = between.iter().chain([last, &booked]).any(|one| one.prioridad == Prioridad::Critica);
    if is_remote(&booked) || pressing || !last.place.is_far_from(&booked.place) {
        return Ok(());
    }
    let calls: SignedDuration = between
        .iter()
        .map(|one| one.visit.end.duration_since(one.visit.start))
        .fold(SignedDuration::ZERO, |a, b| a + b);
    let free = booked.visit.start.duration_since(last.visit.end) - calls;
    prop_assert!(free >= SignedDuration::from_mins(office.service.travel), "{last:?} {booked:?}");
    Ok(())
}

fn ticket(number: u32, booked: &Booked) -> Ticket {
    Ticket {
        id: TicketId { year: 2026, number },
        estado: Estado::Asignado,
        asunto: "no prende".to_owned(),
        problema: "no prende".to_owned(),
        origen: Origen::Interna,
        clase: "solicitud".to_owned(),
        dependencia: None,
        ubicacion: Ubicacion {
            edificio: booked.place.edificio.clone(),
            piso: booked.place.piso.clone(),
            ..Ubicacion::default()
        },
        contacto: Contacto::default(),
        categoria: booked.categoria.clone(),
        prioridad: booked.prioridad,
        faltan: vec![],
        solicitante: format!("p{number}@magdalena.gov.co"),
        tecnico: Some(booked.visit.tecnico.clone()),
        visita: Some(booked.visit.clone()),
        abierto: moment(0),
        fuentes: Arc::default(),
        seguimiento: Seguimiento::default(),
    }
}

fn watch(ticket: Ticket) -> Watched {
    Watched {
        ticket,
        since: moment(0),
        waits: vec![],
        ordered: Some(Timestamp::UNIX_EPOCH),
        booked: None,
        thread: vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_in_two_places_or_out_of_hours(office in offices(), calls in calls(8)) {
        let agenda = fill(&office, &calls);
        check(&office, &agenda, &[])?;
        prop_assert_eq!(fill(&office, &calls), agenda, "the same questions have the same answers");
    }

    /// The same request at the same moment, pressing more: never later.
    #[test]
    fn what_presses_more_is_never_later(office in offices(), calls in calls(6), call in calls(2)) {
        let (agenda, load) = (fill(&office, &calls), BTreeMap::new());
        let now = calls.last().unwrap().0.max(call[0].0);
        let kind = categoria(call[0].2);
        let place = Place::of(&ubicacion(&call[0]));
        let visits: Vec<Option<Visit>> = (0..4)
            .map(|prioridad| {
                let call = (now, prioridad, call[0].2, call[0].3, call[0].4);
                ask(&office, &call, &kind, &agenda, &load).allot()
            })
            .collect();
        for pair in visits.windows(2) {
            let [Some(more), Some(less)] = pair else { continue };
            let touches = |b: &Booked| b.visit.tecnico == more.tecnico && (b.visit.end == more.start || more.end == b.visit.start);
            let grouped = agenda.iter().any(|b| touches(b) && b.place.is_beside(&place));
            prop_assert!(more.start <= less.start || grouped, "{visits:?}");
        }
    }

    /// A visit that is taken out leaves the free time that there was before it: asked again, the answer is the same hour.
    #[test]
    fn out_and_in_again_is_no_change(office in offices(), calls in calls(6), call in calls(2)) {
        let (agenda, load) = (fill(&office, &calls), BTreeMap::new());
        let call = (calls.last().unwrap().0.max(call[0].0), call[0].1.max(1), call[0].2, call[0].3, call[0].4);
        let kind = categoria(call.2);
        if let Some(visit) = ask(&office, &call, &kind, &agenda, &load).allot() {
            let mut with = agenda.clone();
            let place = Place::of(&ubicacion(&call));
            let caso = TicketId { year: 2027, number: 1 };
            with.put(Booked { caso, visit: visit.clone(), prioridad: Prioridad::ALL[call.1], categoria: kind.clone(), place, pinned: false });
            check(&office, &with, &[])?;
            with.remove(caso);
            prop_assert_eq!(&with, &agenda);
            prop_assert_eq!(&agenda.iter().cloned().collect::<Agenda>(), &agenda);
            prop_assert_eq!(ask(&office, &call, &kind, &with, &load).allot(), Some(visit));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The first free hour, found in one walk, is the one that whoever tries each quarter of an hour finds.
    #[test]
    fn no_free_hour_is_passed_over(office in offices(), calls in calls(30), call in calls(2)) {
        let (agenda, load, call) = (fill(&office, &calls), BTreeMap::new(), call[0]);
        let kind = categoria(call.2);
        let request = ask(&office, &call, &kind, &agenda, &load);
        for person in &office.people.people {
            let from = round_up(moment(call.0)).unwrap();
            let diary = request.diary(person);
            let is_free = |visit: &Visit| diary.obstacle(visit).is_none() && diary.leaves_room(day_of(visit.start));
            let busy = |day: Date| agenda.of(&person.usuario).iter().filter(|b| day_of(b.visit.start) == day)
                .map(|b| b.visit.start.duration_until(b.visit.end)).sum::<SignedDuration>();
            for day in agenda.of(&person.usuario).iter().map(|b| day_of(b.visit.start)) {
                prop_assert_eq!(agenda.taken_from(&person.usuario, day).next(), Some((day, busy(day))));
            }
            let mut quarters = (0..WEEKS * 7 * 24 * 4).map(|n| diary.at(from + SignedDuration::from_mins(15 * n)).unwrap());
            let first = diary.first(from).filter(|visit| visit.start < from + SignedDuration::from_hours(WEEKS * 7 * 24));
            prop_assert_eq!(first, quarters.find(is_free));
        }
    }

    /// Somebody says that he will be away, and a decree closes some days: what that hits is moved, the rest stays as it was,
    /// each case once, and nothing is broken any more.
    #[test]
    fn what_cannot_hold_is_moved_and_the_rest_stays(
        office in offices(),
        calls in calls(8),
        who in 0_usize..4,
        first in 0_i64..6,
        days in 0_i64..6,
        closed in closure(),
    ) {
        let agenda = fill(&office, &calls);
        let now = moment(calls.last().unwrap().0);
        let away = vec![Away { tecnico: format!("t{who}"), first: MONDAY + first.days(), last: MONDAY + (first + days).days(), reason: String::new() }];
        let mut office = office;
        office.hours = office.hours.with(closed);
        let cases: Vec<Watched> = agenda.iter().map(|booked| watch(ticket(booked.caso.number, booked))).collect();
        let hit: Vec<TicketId> = broken(&office, now, &agenda, &away).iter().map(|(booked, _)| booked.caso).collect();
        let timely = due(&office, now, &cases, &away);
        let moved: Vec<TicketId> = timely.iter().flat_map(|t| t.decision.facts.first().map(|(id, _)| *id)).collect();
        let mut once = moved.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), moved.len(), "a case is moved once");
        let mut after: Vec<Booked> = Vec::new();
        for case in &cases {
            let facts = timely.iter().flat_map(|t| &t.decision.facts).filter(|(id, _)| *id == case.ticket.id);
            let ticket = facts.fold(case.ticket.clone(), |ticket, (_, event)| ticket.apply(event));
            if moved.contains(&ticket.id) {
                let (old, new) = (case.ticket.visita.as_ref().unwrap(), ticket.visita.as_ref().unwrap());
                let critical = ticket.prioridad == Prioridad::Critica;
                prop_assert!(critical || new.start >= old.start, "sooner than promised");
                prop_assert_eq!(ticket.tecnico.as_ref(), Some(&new.tecnico));
                let displaced = |(_, event): &&(TicketId, Event)| matches!(event, Event::Booked(visit) if visit.crosses(old));
                let by_another = timely.iter().flat_map(|t| &t.decision.facts).filter(|(id, _)| *id != ticket.id).any(|f| displaced(&f));
                prop_assert!(hit.contains(&ticket.id) || !critical && by_another, "what holds stays");
            }
            after.extend(Booked::of(&ticket).filter(|b| b.visit.end > now && (moved.contains(&b.caso) || !hit.contains(&b.caso))));
        }
        let coming: Vec<Booked> = after.iter().filter(|b| b.visit.start > now).cloned().collect();
        for (n, booked) in coming.iter().enumerate() {
            prop_assert!(coming[..n].iter().all(|other| !other.visit.crosses(&booked.visit)));
        }
        let coming: Agenda = coming.into_iter().collect();
        prop_assert!(broken(&office, now, &coming, &away).is_empty());
    }
}

/// The usual week, and `t0` and `t1` for whatever comes.
fn two_technicians() -> Office {
    let person = |usuario: &str| Person {
        usuario: usuario.to_owned(),
        nombre: usuario.to_owned(),
        correo: format!("{usuario}@magdalena.gov.co"),
        role: Role::Tecnico,
        categorias: vec![],
        horario: None,
        absences: vec![],
        active: true,
    };
    Office {
        hours: Hours::new(office_week(), vec![]),
        people: Directory { people: vec![person("t0"), person("t1")], ..Directory::default() },
        service: Service::default(),
        work: BTreeMap::new(),
        dependencias: vec![],
        pisos: vec![],
        plantillas: vec![],
        mailbox: "mesa@magdalena.gov.co".to_owned(),
    }
}

/// What is critical begins at once, but not in the place of an hour that somebody insisted on: another visit gives way, or it
/// begins when that one is over.
#[test]
fn a_critical_case_takes_no_hour_that_somebody_insisted_on() {
    let office = two_technicians();
    let ten = 10 * 60;
    let booked = |number, usuario: &str, prioridad, pinned| Booked {
        caso: TicketId { year: 2026, number },
        visit: Visit { tecnico: usuario.to_owned(), start: moment(ten), end: moment(ten + 60) },
        prioridad,
        categoria: categoria(0),
        place: Place::default(),
        pinned,
    };
    let (firm, common) = (booked(1, "t0", Prioridad::Baja, true), booked(2, "t1", Prioridad::Media, false));
    let (kind, load) = (categoria(1), BTreeMap::new());
    let allot = |office: &Office, agenda: &Agenda| {
        let critical = (ten, 0, 1, 0, None);
        ask(office, &critical, &kind, agenda, &load).allot().map(|visit| (visit.tecnico, visit.start))
    };
    let agenda: Agenda = [firm.clone(), common].into_iter().collect();
    assert_eq!(allot(&office, &agenda), Some(("t1".to_owned(), moment(ten))));
    let mut alone = office;
    alone.people.people.truncate(1);
    assert_eq!(allot(&alone, &[firm].into_iter().collect()), Some(("t0".to_owned(), moment(ten + 60))));
}

/// A visit that comes back to an hour that it had to leave before must leave it again when that hour is closed again.
#[test]
fn a_visit_moves_as_often_as_it_must() {
    let office = two_technicians();
    let visit = Visit { tecnico: "t0".to_owned(), start: moment(5 * 24 * 60), end: moment(5 * 24 * 60 + 60) };
    let booked = Booked {
        caso: TicketId { year: 2026, number: 1 },
        visit,
        prioridad: Prioridad::Media,
        categoria: categoria(0),
        place: Place::default(),
        pinned: false,
    };
    let away = [Away { tecnico: "t0".to_owned(), first: MONDAY, last: MONDAY + 10.days(), reason: String::new() }];
    let keys = |minutes| {
        let case = Watched { booked: Some(moment(minutes)), ..watch(ticket(1, &booked)) };
        due(&office, moment(60), &[case], &away).into_iter().flat_map(|timely| timely.keys).collect::<Vec<_>>()
    };
    assert_eq!((keys(0).len(), keys(0)), (1, keys(0)), "once for each booking");
    assert_ne!(keys(0), keys(30));
}

/// A visit from a distance needs no way, but the one after it does: an hour before the two is free only when it leaves both.
#[test]
fn a_visit_from_a_distance_hides_no_way_to_the_one_after_it() {
    let mut office = two_technicians();
    office.service.travel = 30;
    let work = |n| (categoria(n), Work { titulo: String::new(), minutes: 15, responsable: None, remote: n == 2 });
    office.work = (0..3).map(work).collect();
    let booked = |number, minutes: i64, kind: usize, edificio: usize| Booked {
        caso: TicketId { year: 2026, number },
        visit: Visit { tecnico: "t0".to_owned(), start: moment(minutes), end: moment(minutes + 15) },
        prioridad: Prioridad::Alta,
        categoria: categoria(kind),
        place: Place::of(&ubicacion(&(0, 0, 0, edificio, None))),
        pinned: false,
    };
    let eight = 8 * 60;
    let agenda: Agenda = [booked(1, eight + 15, 2, 0), booked(2, eight + 30, 0, 2)].into_iter().collect();
    let (kind, load, technician) = (categoria(0), BTreeMap::new(), &office.people.people[0]);
    let first = |edificio| {
        ask(&office, &(0, 0, 0, edificio, None), &kind, &agenda, &load).diary(technician).first(moment(eight))
    };
    assert_eq!(first(2).map(|visit| visit.start), Some(moment(eight)), "the same building");
    assert_eq!(first(1).map(|visit| visit.start), Some(moment(eight + 75)), "half an hour's way from the second one");
}

/// What an order set against the agenda stays where somebody of the office wanted it.
#[test]
fn an_hour_that_somebody_insisted_on_stays() {
    let office = two_technicians();
    let visit = Visit { tecnico: "t0".to_owned(), start: moment(5 * 24 * 60), end: moment(5 * 24 * 60 + 60) };
    let booked = Booked {
        caso: TicketId { year: 2026, number: 1 },
        visit: visit.clone(),
        prioridad: Prioridad::Media,
        categoria: categoria(0),
        place: Place::default(),
        pinned: false,
    };
    let away = [Away { tecnico: "t0".to_owned(), first: MONDAY, last: MONDAY + 10.days(), reason: String::new() }];
    let pinned = ticket(1, &booked).apply(&Event::Pinned(visit.clone()));
    assert!(due(&office, moment(0), &[watch(pinned.clone())], &away).is_empty());
    let released = pinned.apply(&Event::Booked(visit));
    assert_eq!(due(&office, moment(0), &[watch(released)], &away).len(), 1);
}

/// Why it went to whom it went: one case is no cases, and who has no free hour is said to have none.
#[test]
fn who_could_take_a_visit_is_said_in_spanish() {
    let mut office = two_technicians();
    office.people.people[1].horario = Some(Week::default());
    let (kind, agenda) = (categoria(0), Agenda::default());
    let load = [("t0".to_owned(), 1), ("t1".to_owned(), 2)].into_iter().collect();
    let request = ask(&office, &(8 * 60, 1, 0, 0, None), &kind, &agenda, &load);
    let visit = request.allot().unwrap();
    let steps = reasons::visit(&request, &visit, false);
    let who = steps.iter().find(|step| step.titulo == "Quién puede").unwrap().lineas.join("\n");
    assert!(who.contains("t0: atiende la categoría; 1 caso abierto; libre desde el "), "{who}");
    assert!(who.contains("t1: atiende la categoría; 2 casos abiertos; sin hora libre"), "{who}");
}
