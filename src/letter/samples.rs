//! Blanks as they come: full, bare, urgent, from outside. Every letter is tried with all of them before it is trusted.
use crate::desk::decision::{Blanks, Seccion};
use crate::office::fields::Requisito;

pub fn samples() -> Vec<Blanks> {
    let bare = Blanks {
        numero: "TIC-2026-00017".to_owned(),
        asunto: "No imprime".to_owned(),
        problema: "La impresora no imprime.".to_owned(),
        saludo: "Cordial saludo:".to_owned(),
        categoria: "impresoras y escáneres".to_owned(),
        prioridad: "media".to_owned(),
        estado: "asignado".to_owned(),
        ..Blanks::default()
    };
    let some = |text: &str| Some(text.to_owned());
    let full = Blanks {
        dependencia: some("Secretaría de Cultura"),
        lugar: some("piso 2"),
        nombre: some("María Ospino"),
        telefono: some("ext. 204"),
        correo: some("mospino@magdalena.gov.co"),
        no_llega: vec!["mospino@magdalena.gov.co".to_owned()],
        motivo: some("Se cambió el cartucho."),
        tecnico: some("Kevin Barros Lacera"),
        cuando: some("jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m."),
        recibido: some("miércoles 25 de noviembre de 2026, 3:40 p. m."),
        relacionado: some("TIC-2026-00003"),
        quien: some("María Ospino <mospino@magdalena.gov.co>"),
        texto: some("Sigue igual."),
        anexos: vec!["foto.jpg (240 KB)".to_owned()],
        antes_persona: vec!["TIC-2026-00003, 2/11/2026, cerrado: no imprime".to_owned()],
        antes_lugar: vec!["TIC-2026-00009, 9/11/2026, asignado, Ana Polo: red".to_owned()],
        ordenes: vec!["#resuelto qué se hizo".to_owned()],
        detalle: vec!["una línea".to_owned()],
        desplaza: vec!["TIC-2026-00012, jue 26 nov, 10:00 a. m. (red e internet)".to_owned()],
        secciones: vec![Seccion { titulo: "Para hoy (1)".to_owned(), lineas: vec!["una línea".to_owned()] }],
        faltan: Requisito::ALL.to_vec(),
        aviso: true,
        de_antes: vec![Requisito::Dependencia],
        del_directorio: vec![Requisito::Nombre, Requisito::Telefono],
        ..bare.clone()
    };
    let urgent = Blanks { urgente: true, remota: true, faltan: Vec::new(), ..full.clone() };
    let vence = Some("martes 22 de diciembre de 2026 (15 días hábiles, Ley 1755 de 2015)".to_owned());
    let outside = Blanks { externa: true, dependencia: None, lugar: None, vence, ..full.clone() };
    let one_missing = Requisito::ALL.iter().map(|what| Blanks { faltan: vec![*what], ..bare.clone() });
    let states = [
        "en proceso",
        "en espera",
        "resuelto",
        "cerrado",
        "reabierto",
        "con otra hora",
        "con un mensaje",
        "unido al caso TIC-2026-00031",
    ];
    let unbooked = Blanks {
        tecnico: some("Kevin Barros Lacera"),
        quien: some("Álex Granados Polo"),
        detalle: vec!["jueves 26 de noviembre de 2026, de 10:00 a. m. a 11:00 a. m.".to_owned()],
        ..bare.clone()
    };
    let moved = states.iter().map(|estado| Blanks { estado: (*estado).to_owned(), ..full.clone() });
    let others: Vec<Blanks> = one_missing.chain(moved).chain([unbooked]).collect();
    [bare, full, urgent, outside].into_iter().chain(others).collect()
}
