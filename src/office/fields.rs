//! The boxes of the office's form and their closed lists of words: what the code branches on is an enum, the rest is text.
use serde::{Deserialize, Serialize};

/// Declares an enum with the one word that mail, rules, SQL and JSON use for each of its cases.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$case_doc])* $case),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$case),+];

            /// The word as it stands in labels, rules and the database.
            pub fn word(self) -> &'static str {
                match self { $($name::$case => $word),+ }
            }

            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$case),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                $name::from_word(&word).ok_or_else(|| serde::de::Error::custom(format!("«{word}» is no {}", stringify!($name))))
            }
        }
    };
}
pub(crate) use words;

/// Is it a mailbox's address, bare (RFC 5321 section 4.1.2, but for quoted names and literal hosts, which no office has)?
pub fn is_address(text: &str) -> bool {
    let has_host =
        |host: &str| host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@');
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && has_host(host)) && !text.contains(is_foreign)
}

words! {
    /// How soon: impact by urgency (ITIL), highest first.
    Prioridad { Critica = "critica", Alta = "alta", Media = "media", Baja = "baja" }
}

words! {
    /// Who asks: somebody of the institution, or a citizen, municipality, decentralised entity or supplier.
    Origen { Interna = "interna", Externa = "externa" }
}

words! {
    /// What the procedure (section 5) requires a request to say.
    Requisito { Dependencia = "dependencia", Ubicacion = "ubicacion", Nombre = "nombre", Telefono = "telefono", Correo = "correo" }
}

words! {
    /// The boxes of the form that a person may correct. What a mail does not say has no value.
    Campo {
        Clase = "clase",
        Origen = "origen",
        Dependencia = "dependencia",
        /// The words that say where; the next three are parts of them.
        Ubicacion = "ubicacion",
        Edificio = "edificio",
        Piso = "piso",
        Oficina = "oficina",
        Nombre = "nombre",
        Telefono = "telefono",
        Extension = "extension",
        Celular = "celular",
        Correo = "correo",
        Problema = "problema",
        Categoria = "categoria",
        Prioridad = "prioridad",
    }
}

/// A dependencia by its canonical name of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dependencia(pub String);

/// A categoría by its name in `rules/categorias.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Categoria(pub String);

/// Where the service is needed. `texto` is the shortest span of the mail that says it all; the others are parts of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ubicacion {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texto: Option<String>,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edificio: Option<String>,
    /// Digits, «sotano» or «mezanine».
    #[serde(skip_serializing_if = "Option::is_none")]
    pub piso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oficina: Option<String>,
}

/// The person who needs the service. Numbers are digits only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contacto {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nombre: Option<String>,
    /// A landline of 7 or 10 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telefono: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// A mobile of 10 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub celular: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correo: Option<String>,
}
