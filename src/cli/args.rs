//! The command line as a value: its verbs and flags are a contract, others script against them.
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const TEMPLATE: &str = "{before-help}{about}\n\nUso: {usage}\n\n{all-args}{after-help}";
/// The headings of the help, which clap would write in English.
const VERBS: &str = "Órdenes";
const VERB: &str = "ORDEN";
const OPTIONS: &str = "Opciones";
const VALUES: &str = "Datos";

/// Mesa de ayuda por correo: lee un buzón, abre y prioriza casos, asigna día y hora, y responde.
#[derive(Debug, Parser)]
#[command(
    name = "mesa-tic",
    version,
    help_template = TEMPLATE,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = VERBS,
    subcommand_value_name = VERB,
    next_help_heading = OPTIONS
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Muestra la versión.
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// What every verb takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Archivo de configuración [por defecto: $MESA_CONFIG o /etc/mesa-tic/config.toml].
    #[arg(long, global = true, value_name = "ARCHIVO")]
    pub(crate) config: Option<PathBuf>,
    /// Carpeta de reglas, en lugar de la que nombra la configuración.
    #[arg(long, global = true, value_name = "CARPETA")]
    pub(crate) rules: Option<PathBuf>,
    /// Muestra esta ayuda.
    #[arg(short = 'h', long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
#[command(help_template = TEMPLATE, disable_help_subcommand = true)]
pub(crate) enum Verb {
    /// Atiende el buzón hasta que se le ordene parar.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Run {
        /// Atiende lo que haya, responde, entrega y termina (sirve para cron).
        #[arg(long)]
        once: bool,
    },
    /// Muestra el programa con un buzón de muestra, sin servidores ni configuración.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Demo {
        /// Deja los archivos en esta carpeta para mirarlos después.
        #[arg(long, value_name = "CARPETA")]
        keep: Option<PathBuf>,
    },
    /// Revisa la configuración, las reglas y las cartas, y dice todos los errores de una vez.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Check {
        /// Además inicia sesión en los dos servidores y la mesa se escribe a sí misma, para ver qué hace el suyo.
        #[arg(long)]
        connect: bool,
    },
    /// Muestra qué se leería de un correo, con qué regla y de qué palabras; no cambia nada.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Explain {
        /// Correos tal como llegaron (.eml).
        #[arg(required = true, value_name = "CORREO", help_heading = VALUES)]
        files: Vec<PathBuf>,
        #[arg(long, help = "Un objeto JSON por línea")]
        json: bool,
    },
    /// Califica la lectura con una carpeta de correos etiquetados.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Score {
        /// Carpeta con cada correo (.eml) junto a sus etiquetas (.toml).
        #[arg(value_name = "CARPETA", help_heading = VALUES)]
        dir: PathBuf,
        #[arg(long, help = "Las cifras en JSON")]
        json: bool,
    },
    /// Lee los correos guardados con las reglas de hoy y con las de otra carpeta, y dice qué cambia; no cambia nada.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Backtest {
        /// La carpeta de reglas que se quiere probar.
        #[arg(value_name = "CARPETA", help_heading = VALUES)]
        dir: PathBuf,
        /// Solo los correos recibidos desde este día, por ejemplo 2026-11-01.
        #[arg(long, value_name = "FECHA")]
        since: Option<String>,
        /// Además esta carpeta de correos etiquetados, como la de «score»; se puede repetir.
        #[arg(long, value_name = "CARPETA")]
        labelled: Vec<PathBuf>,
        /// Cuántos correos mostrar, los peores primero; 0 son todos [por defecto: 20].
        #[arg(long, value_name = "N", default_value_t = 20, hide_default_value = true)]
        worst: usize,
        #[arg(long, help = "Un objeto JSON con todos los cambios")]
        json: bool,
    },
    /// Propone alias y palabras para las reglas, de las correcciones y de lo que ninguna regla tomó; no cambia nada.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Suggest {
        /// Solo de los correos recibidos desde este día, por ejemplo 2026-11-01.
        #[arg(long, value_name = "FECHA")]
        since: Option<String>,
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Lista los casos, del más reciente al más antiguo.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Tickets {
        /// Solo los de este estado.
        #[arg(long)]
        estado: Option<String>,
        /// Cuántos como máximo [por defecto: 50].
        #[arg(long, value_name = "N", default_value_t = 50, hide_default_value = true)]
        limit: usize,
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Muestra un caso con su historia, sus correos y sus cartas.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Ticket {
        /// Por ejemplo TIC-2026-00017.
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        id: String,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
    /// Da órdenes sobre un caso, las mismas de los correos, como administrador; envía las cartas que correspondan.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Tell {
        /// Por ejemplo TIC-2026-00017.
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        id: String,
        /// Cada orden como en un correo, por ejemplo '#estado resuelto' o '#nota llamar antes'. Se cumplen todas o ninguna.
        #[arg(required = true, value_name = "ORDEN", help_heading = VALUES)]
        orders: Vec<String>,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
    /// Corrige los datos de un caso y enseña con ellos: quedan como etiqueta de su primer correo. No envía cartas.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Correct {
        /// Por ejemplo TIC-2026-00017.
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        id: String,
        /// dependencia, ubicacion, edificio, piso, oficina, nombre, telefono, extension, celular, correo, problema,
        /// categoria, prioridad, clase u origen; «campo=» vacío es «el correo no lo dice».
        #[arg(required = true, value_name = "CAMPO=VALOR", help_heading = VALUES)]
        values: Vec<String>,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
    /// La agenda de una semana: qué técnico va a dónde y a qué hora, con festivos y ausencias.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    #[command(
        args_conflicts_with_subcommands = true,
        help_template = TEMPLATE,
        subcommand_help_heading = VERBS,
        subcommand_value_name = VERB
    )]
    Agenda {
        #[command(subcommand)]
        what: Option<AgendaOf>,
        /// Solo la de esta persona, por su usuario, por ejemplo kbarros.
        #[arg(long, value_name = "USUARIO")]
        tecnico: Option<String>,
        /// Otra semana, por su número, por ejemplo 2026-W49 [por defecto: esta].
        #[arg(long, value_name = "SEMANA")]
        week: Option<String>,
        /// Escribe las citas de esa semana y de las siguientes en este archivo, para suscribir a él el calendario de un teléfono.
        #[arg(long, value_name = "ARCHIVO")]
        ics: Option<PathBuf>,
        /// En vez de la agenda, qué pasó con las citas prometidas para esa semana.
        #[arg(long, conflicts_with = "ics")]
        cumplimiento: bool,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
    /// Los correos que no se pudieron trabajar.
    #[command(help_template = TEMPLATE, subcommand_help_heading = VERBS, subcommand_value_name = VERB)]
    Quarantine {
        #[command(subcommand)]
        what: Quarantine,
    },
    /// Las cartas que no han salido.
    #[command(help_template = TEMPLATE, subcommand_help_heading = VERBS, subcommand_value_name = VERB)]
    Outbox {
        #[command(subcommand)]
        what: Outbox,
    },
    /// Los datos de una persona, por su dirección: mostrarlos o suprimirlos (Ley 1581 de 2012).
    #[command(help_template = TEMPLATE, subcommand_help_heading = VERBS, subcommand_value_name = VERB)]
    Person {
        #[command(subcommand)]
        what: Person,
    },
    /// Las llaves que firman las cartas: por ellas se sabe a cuál responde una orden.
    #[command(help_template = TEMPLATE, subcommand_help_heading = VERBS, subcommand_value_name = VERB)]
    Keys {
        #[command(subcommand)]
        what: Keys,
    },
    /// Comprueba que cada correo terminó en un solo lugar y que cada caso es la suma de sus hechos.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Reconcile {
        #[arg(long, help = "Todo; si no, de una base grande, lo que llegó desde la última vez que se miró toda")]
        todo: bool,
        #[arg(long, help = "Una lista JSON de hallazgos")]
        json: bool,
    },
    /// Dice cómo está la mesa: último correo leído, casos, cartas por salir.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Status {
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
    /// Copia la base de datos a un archivo nuevo; se puede hacer con el servicio en marcha.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Backup {
        /// El archivo nuevo; no se sobrescribe ninguno.
        #[arg(value_name = "ARCHIVO", help_heading = VALUES)]
        file: PathBuf,
    },
    /// Pone una copia en lugar de la base de datos y trabaja otra vez lo que llegó después de ella, sin volver a escribirle a nadie.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Restore {
        /// La copia, hecha con «mesa-tic backup». La base que había se aparta; no se borra nada.
        #[arg(value_name = "ARCHIVO", help_heading = VALUES)]
        file: PathBuf,
    },
    /// Un informe de la base de requerimientos; sin nombre, la lista de informes.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Report {
        /// El informe, por su nombre en la lista.
        #[arg(value_name = "NOMBRE", help_heading = VALUES)]
        name: Option<String>,
        #[arg(long, help = "Una lista JSON", conflicts_with = "csv")]
        json: bool,
        #[arg(long, help = "Valores separados por comas")]
        csv: bool,
    },
    /// Los días festivos de Colombia de un año.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Holidays {
        /// De 1984 en adelante.
        #[arg(value_name = "AÑO", help_heading = VALUES)]
        year: i16,
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Quarantine {
    /// Lista los correos en cuarentena y por qué están allí.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    List {
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Muestra uno: dónde estaba, por qué no se pudo y su comienzo.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Show {
        /// El número que muestra «quarantine list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        row: i64,
    },
    /// Intenta trabajarlo otra vez.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Retry {
        /// El número que muestra «quarantine list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        row: i64,
    },
    /// Guarda el correo tal como llegó en un archivo nuevo.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Export {
        /// El número que muestra «quarantine list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        row: i64,
        /// El archivo nuevo; no se sobrescribe ninguno.
        #[arg(value_name = "ARCHIVO", help_heading = VALUES)]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Keys {
    /// Lista las llaves: número, estado y desde cuándo. El secreto no se muestra.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    List {
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Estrena una llave; la anterior solo sirve para reconocer respuestas, por 400 días.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    New,
    /// Anula una llave que se filtró; si era la que firma, estrena otra.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Revoke {
        /// El número que muestra «keys list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        number: u8,
    },
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Person {
    /// Muestra todo lo que se guarda de una persona: sus casos, sus correos y las cartas.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Export {
        /// Su dirección de correo.
        #[arg(value_name = "DIRECCIÓN", help_heading = VALUES)]
        address: String,
        #[arg(long, help = "Un objeto JSON, con los correos tal como llegaron")]
        json: bool,
    },
    /// Suprime los datos de una persona: palabras, correos, cartas y contacto. Del caso queda lo que hizo la oficina.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Erase {
        /// Su dirección de correo.
        #[arg(value_name = "DIRECCIÓN", help_heading = VALUES)]
        address: String,
        /// También los correos de otras personas que nombran la dirección.
        #[arg(long)]
        mentions: bool,
        /// No pide confirmación.
        #[arg(long)]
        yes: bool,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum AgendaOf {
    /// Por qué un caso tiene esa hora y esos plazos, paso por paso.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Explain {
        /// El número del caso, por ejemplo TIC-2026-00017.
        #[arg(value_name = "CASO", help_heading = VALUES)]
        id: String,
        #[arg(long, help = "Un objeto JSON")]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Outbox {
    /// Lista las cartas que esperan, fallaron o se cancelaron.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    List {
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Intenta otra vez una carta que falló o se canceló.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Retry {
        /// El número que muestra «outbox list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        row: i64,
    },
    /// Lista las direcciones que devuelven las cartas.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Marked {
        #[arg(long, help = "Una lista JSON")]
        json: bool,
    },
    /// Vuelve a escribirle a una dirección que devolvía las cartas.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Unmark {
        /// La dirección que muestra «outbox marked».
        #[arg(value_name = "DIRECCIÓN", help_heading = VALUES)]
        correo: String,
    },
    /// No envía una carta que espera.
    #[command(help_template = TEMPLATE, next_help_heading = OPTIONS)]
    Cancel {
        /// El número que muestra «outbox list».
        #[arg(value_name = "NÚMERO", help_heading = VALUES)]
        row: i64,
    },
}
