//! `restore`: a copy takes the place of the books, and what came after it is worked again in silence.
use crate::clerk::Clerk;
use crate::cli::args::Common;
use crate::cli::setting;
use crate::cli::terminal::complain;
use crate::daemon;
use crate::net::secret::Secret;
use crate::store::canary::Sender;
use crate::store::db::Store;
use crate::store::restore::{Restored, restore};
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(common: &Common, file: &Path) -> Result<ExitCode> {
    let config = setting::config(common)?;
    if let Secret::File(keys) = &config.orders.keys
        && !keys.exists()
    {
        complain(&format!(
            "advertencia: no está {}: se hacen otras llaves, y las órdenes que respondan a cartas ya enviadas se preguntarán antes de \
             cumplirse. Si lo guardó con las copias, póngalo en su lugar y repita la orden.",
            keys.display()
        ));
    }
    // Whatever is wrong with them is better known before the books change places.
    let (handbook, mut seal) = (setting::handbook(common, &config)?, setting::seal(&config)?);
    let Restored { aside, letters } = restore(&config.database, file, daemon::now())?;
    complain(&match aside {
        Some(aside) => format!("La copia está en su lugar. La base anterior quedó en {}.", aside.display()),
        None => "La copia está en su lugar.".to_owned(),
    });
    if letters > 0 {
        complain(&format!("Cartas que esperaban en la copia y se dan por enviadas: {letters}."));
    }
    let store = Store::open(&config.database, daemon::now())?;
    if let Some(canary) = store.canary(Sender::Daemon)? {
        seal.policy = canary.allows(&seal.policy);
    }
    let (desk, administrator) = (config.desk.clone(), config.administrator.clone());
    let clerk = Clerk::new(store, handbook, desk, administrator, seal);
    match daemon::rescan_after_copy(clerk, config) {
        Ok(rebuilt) => {
            complain(&format!(
                "Correos posteriores a la copia que se trabajaron otra vez: {}. Cartas suyas que se dan por enviadas: {}.\nRevise con \
                 «mesa-tic reconcile» e inicie el servicio.",
                rebuilt.mails, rebuilt.letters
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            complain(&format!(
                "advertencia: todavía no se pudo buscar lo que llegó después de la copia ({error:#}).\nInicie el servicio: lo hará antes de \
                 enviar nada."
            ));
            Ok(ExitCode::FAILURE)
        }
    }
}
