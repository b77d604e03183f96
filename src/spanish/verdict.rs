//! Does somebody say that what was mended fails still? Whatever else he says, and however kindly.
use crate::spanish::fold::fold;
use regex::Regex;
use std::sync::LazyLock;

/// On folded text. A «no» right before takes it back: «no volvió a fallar».
static FAILS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(no\s+(?:ha\s+)?)?\b(?:
            (?:sigue|siguen|sigo|seguimos|continua|continuan|continuo|continuamos)\s+(?:igual|lo\s+mismo|sin|con\s+(?:el|la|los|las)|fall\w+|present\w+|dando|saliendo|bloquead\w+|malo|mala|en\s+las\s+mismas)
            | persiste\w*
            | (?:volvio|volvieron|vuelve|vuelven|vuelto)\s+a
            | (?:todavia|aun|tampoco|ya)\s+no\s+(?:me\s+|nos\s+|se\s+)?(?:funciona|sirve|abre|imprime|prende|enciende|entra|conecta|deja|carga|llega|sale|responde|quedo|ha\s+quedado|soluciona\w*|resuelve\w*)
            | otra\s+vez\s+(?:se|no|me|la|el|sin)
            | de\s+nuevo\s+(?:se|no|me|esta)
            | otro\s+error | mismo\s+(?:error|problema|inconveniente)
            | no\s+(?:quedo|quedaron|sirvio|funciono|se\s+(?:soluciono|resolvio|arreglo)|funciona|sirve|esta\s+(?:resuelto|solucionado|arreglado|funcionando))
        )",
    )
    .ok()
});

/// «sigue igual», «volvió a atascarse», «todavía no abre», «ahora sale otro error».
pub fn still_fails(text: &str) -> bool {
    let folded = fold(text);
    FAILS.as_ref().is_some_and(|fails| fails.captures_iter(&folded).any(|found| found.get(1).is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for text in [
            "Sigue igual ing, imprimió dos y volvió a prenderse el bombillo rojo",
            "No ing, esta mañana volvió a atascarse y ahora rompe las hojas.",
            "hice lo que me indicó y ahora sale otro error diferente",
            "Muchas gracias, pero todavía no abre",
            "NO FUNCIONA",
            "aún no me deja entrar",
            "otra vez se cayó la red",
            "Buenos días, no quedó bien. Gracias",
            "tampoco imprime... perdón, tampoco no imprime. Persiste el daño",
        ] {
            assert!(still_fails(text), "{text}");
        }
        for text in [
            "Buenos días, listo ya quedó instalado, la doctora firmó sin problema. Mil gracias!!",
            "Resuelto ingeniero, ya abre. Que Dios lo bendiga",
            "no ha vuelto a fallar, gracias",
            "No volvió a caerse",
            "mañana a las 9 estoy en el puesto",
            "Ya funciona, muchas gracias",
            "",
        ] {
            assert!(!still_fails(text), "{text}");
        }
    }
}
