//! What a phrase of the rules means to the reader: one case for each list that an admin may write.
use crate::office::fields::{Prioridad, words};

words! {
    /// The boxes that a labelled line may fill, as `contacto.toml` names them.
    Field {
        Dependencia = "dependencia",
        Lugar = "ubicacion",
        Edificio = "edificio",
        Piso = "piso",
        Oficina = "oficina",
        Nombre = "nombre",
        Telefono = "telefono",
        Extension = "extension",
        Celular = "celular",
        Correo = "correo",
        Problema = "problema",
        /// Known, and of no use to the form: «Cargo», «Fecha», «Cédula».
        Otro = "otro",
    }
}

words! {
    /// Words that say what the number after them is.
    Cue {
        Extension = "extension",
        Fijo = "telefono",
        Celular = "celular",
        /// Identity cards, contracts, plates: never a telephone.
        Ajeno = "ninguno",
    }
}

words! {
    /// Words around a person's name.
    Person {
        /// «soy», «le escribe», «mi nombre es»: a name follows.
        Presenta = "presenta",
        /// «a nombre de», «de parte de»: the name of who needs the service follows.
        Encargo = "encargo",
        /// «somos el proveedor de», «soy la persona que»: a sentence that only says who speaks.
        Somos = "somos",
        /// «el computador de la», «el correo del»: the name of whose it is follows.
        EquipoDe = "equipo_de",
        /// «necesita», «requiere»: after a titled name in a mail of somebody else.
        Necesita = "necesita",
        /// «Dra.», «ingeniero»: no part of a name.
        Titulo = "titulo",
        /// «Profesional Universitario», «Jefe de Oficina»: a line of a signature that is no name.
        Cargo = "cargo",
        /// Words that no person is called.
        NoEsNombre = "no_es_nombre",
        /// Words that are also names: «Mayo», «Mesa», «Salud» beside another word of a name.
        TambienNombre = "tambien_nombre",
        /// «soy de», «trabajo en», «mi contrato con»: the dependencia of the writer follows.
        Pertenece = "pertenece",
        /// «alcaldía», «S.A.S.»: who signs so is no part of the institution.
        Externa = "externa",
        /// «contratista», «mi correo institucional»: who says so is of the house, whatever mailbox he writes from.
        Interna = "interna",
        /// The filling of a sentence that only gives data: «mi», «estoy», «número», «es».
        Relleno = "relleno",
    }
}

words! {
    /// Parts of a place.
    Place {
        Edificio = "edificio",
        Piso = "piso",
        Oficina = "oficina",
        /// A definite spot: «sala de juntas», «ventanilla 2».
        Sitio = "sitio",
        /// What may follow a part and belongs to it: «ala norte», «al lado de la fotocopiadora».
        Detalle = "detalle",
        /// «al lado de», «entre»: the dependencia that follows is a neighbour, and nobody's own.
        Vecino = "vecino",
        /// «estoy en», «en el»: a place follows.
        Entrada = "entrada",
    }
}

words! {
    /// The courtesies of a letter.
    Courtesy {
        Saludo = "saludo",
        /// Whom a letter is addressed to: «ingeniera», «señores», «Oficina TIC».
        Vocativo = "vocativo",
        Cierre = "cierre",
        /// «confirmar», «la atención prestada»: an answer, or attention; to thank for it asks for nothing else.
        Atencion = "atencion",
        /// «para su gestión», «remito»: the line of who passes a mail on.
        Remision = "remision",
        /// «porfa», «ver asunto»: says nothing.
        Vacio = "vacio",
        /// «De paso», «además»: another matter, of less weight than the first.
        Aparte = "aparte",
        /// «Lo principal es», «el que no da espera»: which of several problems is the main one.
        Principal = "principal",
        /// «Los otros dos», «lo demás»: what follows is said of the others.
        LosDemas = "los_demas",
        /// «Mi celular es», «él está en»: in a text without punctuation the data begin here.
        Datos = "datos",
        /// A line of an oficio's head: «Asunto:», «Referencia:», a date.
        Encabezado = "encabezado",
    }
}

words! {
    /// What tells one sort of mail from another.
    Mark {
        /// A monitoring system by its own name: nothing else is needed.
        AlarmaSistema = "alarma_sistema",
        /// A name that a monitoring system may bear: the subject or the headers must say so too.
        AlarmaRemitente = "alarma_remitente",
        AlarmaAsunto = "alarma_asunto",
        AutomaticoAsunto = "automatico_asunto",
        AutomaticoTexto = "automatico_texto",
        Concepto = "concepto",
        ConceptoActo = "concepto_acto",
        Ajeno = "ajeno",
        /// Words of a request, which a mail that is not for us seldom has.
        Solicitud = "solicitud",
        OtroTema = "otro_tema",
        /// The asker is the one who passes the mail on: «me llegó este correo».
        PropioReenvio = "propio_reenvio",
    }
}

words! {
    /// What somebody says of his own case: the lists of `respuestas.toml`.
    Speech {
        Confirma = "confirma",
        Sigue = "sigue",
        Cancela = "cancela",
        /// As «cancela», where its clause ends: «ya no necesito el cable» is not the case.
        CancelaAlFinal = "cancela_al_final",
        Pregunta = "pregunta",
        Califica = "califica",
        /// Words within it say nothing: «quedo atento».
        NoCuentan = "no_cuentan",
        /// Something else is wanted.
        PideMas = "pide_mas",
        /// Not at the hour of the visit.
        NoPuede = "no_puede",
        /// Not on the day, or at the hour, that follows.
        NoPuedeEl = "no_puede_el",
        /// Another hour follows.
        Prefiere = "prefiere",
        /// Behind a day: another hour, a bound, or a doubt.
        CambianLaHora = "cambian_la_hora",
        /// What may stand right behind a day and leaves it as it is: «mañana los espero».
        TrasElDia = "tras_el_dia",
        /// How a line begins after which only a name comes; a courtesy within a line.
        Despedida = "despedida",
    }
}

impl Speech {
    /// Says nothing by itself, but of the words around a day or an hour what they come to.
    pub(crate) fn is_about_a_day(self) -> bool {
        matches!(self, Speech::CambianLaHora | Speech::TrasElDia | Speech::Despedida)
    }
}

words! {
    /// How many or what is stopped.
    Impact { Alto = "alto", Medio = "medio", Bajo = "bajo" }
}

words! {
    /// How soon.
    Urgency {
        Alta = "alta",
        /// From one day to the next; in a concepto técnico as good as today.
        Pronto = "pronto",
        Media = "media",
        Baja = "baja",
    }
}

/// The meaning of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// `short` names need company: «cultura» is the Secretaría only beside a signature's or a label's words.
    Dependencia {
        index: u16,
        short: bool,
    },
    /// `value` is an index into the fixed values of `ubicaciones.toml` (sótano, mezanine).
    Place {
        place: Place,
        value: Option<u16>,
    },
    /// Words within it look like a value of this box and are none: «secretaria de despacho» is a post.
    NotMeant(Field),
    Label(Field),
    Speech(Speech),
    Cue(Cue),
    Person(Person),
    Courtesy(Courtesy),
    Mark {
        mark: Mark,
        weight: i16,
    },
    Topic {
        index: u16,
        weight: i16,
    },
    Impact {
        level: Impact,
        weight: i16,
    },
    Urgency {
        level: Urgency,
        weight: i16,
    },
    /// A phrase that settles the priority by itself.
    Priority(Prioridad),
    /// What a monitoring system calls the weight of its alarm.
    Severity(Prioridad),
    /// The person says that he cannot work.
    Stopped,
    /// Something fails; with it its user stands still, unless there is another way.
    Fails,
    /// There is another way meanwhile.
    Workaround,
    /// What fails is an accessory: nobody stands still for it.
    Accessory,
    /// Something is asked for that has not failed.
    Wish,
    /// A word of a deadline or of an act with its day and hour: a date in the same sentence counts.
    Due,
    /// A name, an addressee, a place where a thing stands: words within it say nothing of how grave the matter is.
    Named,
    /// Within one categoría: its cases weigh at least so much when this is said.
    Raise {
        index: u16,
        prioridad: Prioridad,
    },
    /// A shared mailbox by the first part of its address.
    Shared,
}
