//! The life of a ticket: which estado may follow which.
use crate::office::fields::words;

words! {
    /// Where a ticket stands, in the office's words.
    Estado {
        Nuevo = "nuevo",
        Asignado = "asignado",
        EnProceso = "en proceso",
        EnEspera = "en espera",
        Resuelto = "resuelto",
        Cerrado = "cerrado",
        Reabierto = "reabierto",
    }
}

impl Estado {
    /// May a ticket go from this estado to that one?
    pub fn may_become(self, next: Estado) -> bool {
        match self {
            Estado::Cerrado => matches!(next, Estado::Reabierto),
            Estado::Resuelto => matches!(next, Estado::Cerrado | Estado::Reabierto),
            Estado::Nuevo | Estado::Asignado | Estado::EnProceso | Estado::EnEspera | Estado::Reabierto => {
                self != next && !matches!(next, Estado::Nuevo | Estado::Reabierto)
            }
        }
    }

    /// Is there still work to do?
    pub fn is_open(self) -> bool {
        !matches!(self, Estado::Resuelto | Estado::Cerrado)
    }
}
