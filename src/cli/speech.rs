//! Wrong use of the command line, said in Spanish: clap finds the fault, this finds the words.
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// clap's help, with the one English word that its templates cannot replace.
pub(crate) fn help(error: &Error) -> String {
    error.render().to_string().replace("[OPTIONS]", "[OPCIONES]")
}

/// One or two lines for the person at the terminal.
pub(crate) fn complaint(error: &Error) -> String {
    let of = |kind| error.get(kind).map(words).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("no existe la orden «{}»", of(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("no se esperaba «{}»", of(ContextKind::InvalidArg)),
        ErrorKind::MissingRequiredArgument => format!("falta {}", of(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue if of(ContextKind::InvalidValue).is_empty() => {
            format!("falta el valor de {}", of(ContextKind::InvalidArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("«{}» no sirve para {}", of(ContextKind::InvalidValue), of(ContextKind::InvalidArg))
        }
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("falta el valor de {}", of(ContextKind::InvalidArg))
        }
        ErrorKind::TooManyValues => format!("{} recibe un solo valor", of(ContextKind::InvalidArg)),
        ErrorKind::ArgumentConflict => {
            format!("{} y {} no van juntos", of(ContextKind::InvalidArg), of(ContextKind::PriorArg))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "falta la orden".to_owned()
        }
        ErrorKind::InvalidUtf8 => "un argumento no está en UTF-8".to_owned(),
        _ => error.to_string(),
    };
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let near = near.into_iter().map(of).find(|words| !words.is_empty());
    let hint = near.map(|words| format!("¿Quiso decir «{words}»? ")).unwrap_or_default();
    let what = what.trim_end_matches('.');
    format!("error: {what}.\n{hint}Escriba «mesa-tic --help» para ver las órdenes y opciones.")
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("» o «"),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
