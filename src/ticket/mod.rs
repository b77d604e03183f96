//! A ticket, and the facts that made it so.
pub mod agenda;
pub mod cita;
pub mod erase;
pub mod estado;
pub mod facts;
pub mod id;
pub mod label;
pub mod promise;
pub mod seguimiento;
pub mod visit;
