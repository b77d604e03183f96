//! A fact in one line, as the history of a case tells it.
use crate::spanish::duration;
use crate::spanish::when;
use crate::ticket::cita::Invited;
use crate::ticket::facts::Event;

/// For people of the office: notes and addresses stand in it.
pub fn tell(event: &Event) -> String {
    match event {
        Event::Opened(ticket) => {
            let from = ticket.seguimiento.sale_de.map(|id| format!(", sale del {id}")).unwrap_or_default();
            format!("abierto, prioridad {}{from}", ticket.prioridad)
        }
        Event::Moved { estado, motivo } => {
            format!("pasa a «{estado}»{}", motivo.as_ref().map(|m| format!(": {m}")).unwrap_or_default())
        }
        Event::Assigned { tecnico } => format!("asignado a {tecnico}"),
        Event::Ranked { prioridad, quien } => format!("prioridad {prioridad}{}", by(quien.as_deref())),
        Event::Filed { categoria, quien } => format!("categoría {}{}", categoria.0, by(quien.as_deref())),
        Event::Booked(visit) | Event::Pinned(visit) => {
            format!("visita de {}: {}", visit.tecnico, when::say_span(visit.start, visit.end))
        }
        Event::Completed(data) => {
            let fields = data.fuentes.keys().cloned().collect::<Vec<_>>().join(", ");
            format!("datos completados: {fields}")
        }
        Event::Corrected(data) => {
            let valor = data.valor.as_deref().map_or_else(|| "el correo no lo dice".to_owned(), first_line);
            format!("corregido: {}: {valor}{}", data.campo, by(Some(&data.quien)))
        }
        Event::Received { de, texto, .. } => format!("escribe {de}: {}", first_line(texto)),
        Event::Undelivered { a, motivo, .. } => format!("no se pudo entregar a {a}: {motivo}"),
        Event::Noted { texto } => format!("nota: {}", first_line(texto)),
        Event::Waiting { causa, hasta, detalle } => {
            let until = hasta.map(|day| format!(" hasta el {}", when::say_day(day))).unwrap_or_default();
            let detail = detalle.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            format!("en espera de {causa}{until}{detail}")
        }
        Event::Tagged { placa } => format!("equipo {placa}"),
        Event::Spent { minutos, quien } => format!("{} de trabajo de {quien}", duration::say(*minutos)),
        Event::Approved { quien } => format!("aprobado por {quien}"),
        Event::Returned { quien, motivo } => format!("devuelto por {quien}: {motivo}"),
        Event::Merged { en } => format!("se une al {en}"),
        Event::Absorbed { caso, .. } => format!("recibe el {caso}"),
        Event::Split { en } => format!("de este caso sale el {en}"),
        Event::Unproven(order) => format!("orden no autenticada de {}: {}", order.de, first_line(&order.texto)),
        Event::Linked { con } => format!("relacionado con {con}"),
        Event::Rated { nota, palabras } => format!("calificación: {nota} de 5 («{palabras}»)"),
        Event::Confirmed { quien, .. } => format!("orden confirmada por {quien}"),
        Event::Released { motivo } => format!("visita sin efecto: {motivo}"),
        Event::Invited(invited) => invitation(invited),
        Event::Answered { de, respuesta, .. } => format!("calendario de {de}: cita {respuesta}"),
        Event::Said { quien, texto } => format!("{quien} le escribe a quien lo pidió: {}", first_line(texto)),
    }
}

fn invitation(invited: &Invited) -> String {
    let whose = invited.invitados.join(", ");
    match &invited.visita {
        Some(visit) => format!("cita enviada a los calendarios de {whose}: {}", when::say_short(visit.start)),
        None => format!("cita retirada de los calendarios de {whose}"),
    }
}

fn by(who: Option<&str>) -> String {
    who.map(|who| format!(" (por {who})")).unwrap_or_default()
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim();
    let short: String = line.chars().take(80).collect();
    if short.len() < text.trim().len() { format!("{short}…") } else { short }
}
