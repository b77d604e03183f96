//! Reports over the requirements base: a name, what it answers, and a query.
use crate::store::db::Store;
use crate::store::instant::Instant;
use anyhow::Result;
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde_json::Value;

/// A report that `mesa-tic report` knows.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub name: &'static str,
    /// What it answers, for the list. In Spanish.
    pub about: &'static str,
    sql: &'static str,
}

/// To add one: a file in `reports/` and a row here.
pub const REPORTS: &[Report] = &[
    Report {
        name: "requerimientos",
        about: "la base de requerimientos completa, con las casillas del procedimiento",
        sql: include_str!("reports/requerimientos.sql"),
    },
    Report {
        name: "abiertos",
        about: "los casos sin resolver, del más urgente al menos, con su visita y su técnico",
        sql: include_str!("reports/abiertos.sql"),
    },
    Report {
        name: "carga",
        about: "los casos abiertos de cada técnico, por prioridad, y su próxima visita",
        sql: include_str!("reports/carga.sql"),
    },
    Report {
        name: "dependencias",
        about: "cuántos casos ha pedido cada dependencia y cuántos siguen abiertos",
        sql: include_str!("reports/dependencias.sql"),
    },
    Report {
        name: "categorias",
        about: "cuántos casos hay de cada categoría y cuántos siguen abiertos",
        sql: include_str!("reports/categorias.sql"),
    },
    Report {
        name: "incompletos",
        about: "los casos abiertos a los que les faltan datos, y cuáles",
        sql: include_str!("reports/incompletos.sql"),
    },
    Report {
        name: "tiempo",
        about: "los minutos de trabajo que anotó cada técnico, por caso, con la placa del equipo",
        sql: include_str!("reports/tiempo.sql"),
    },
    Report {
        name: "correos",
        about: "cuántos correos llegaron cada día y en qué terminaron",
        sql: include_str!("reports/correos.sql"),
    },
    Report {
        name: "archivados",
        about: "los correos que no abrieron caso ni eran de ninguno, y la regla que lo decidió: ¿alguno pedía algo?",
        sql: include_str!("reports/archivados.sql"),
    },
    Report {
        name: "cartas",
        about: "las cartas que no han llegado: las que esperan, las fallidas y las canceladas",
        sql: include_str!("reports/cartas.sql"),
    },
];

/// What a report found: its columns and rows, each row as long as the columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Store {
    /// Runs the report of this name as of `now`; `None` when there is none.
    pub fn report(&self, name: &str, now: Timestamp) -> Result<Option<Sheet>> {
        let Some(report) = REPORTS.iter().find(|report| report.name == name) else { return Ok(None) };
        let mut statement = self.conn.prepare(report.sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        if let Some(now_at) = statement.parameter_index(":ahora")? {
            statement.raw_bind_parameter(now_at, Instant(now))?;
        }
        let rows = statement.raw_query().mapped(|row| (0..width).map(|at| row.get_ref(at).map(value)).collect());
        let rows = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Some(Sheet { columns, rows }))
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    }
}
