CREATE TABLE etiqueta (
    id INTEGER PRIMARY KEY,
    correo INTEGER NOT NULL REFERENCES correo (id),
    campo TEXT NOT NULL CHECK (campo IN ('clase', 'origen', 'dependencia', 'ubicacion', 'edificio', 'piso', 'oficina',
        'nombre', 'telefono', 'extension', 'celular', 'correo', 'problema', 'categoria', 'prioridad')),
    valor TEXT,
    quien TEXT NOT NULL,
    cuando TEXT NOT NULL
) STRICT;
CREATE INDEX etiqueta_correo ON etiqueta (correo, campo);
CREATE TRIGGER etiqueta_no_cambia BEFORE UPDATE ON etiqueta
BEGIN SELECT RAISE(ABORT, 'una etiqueta no se corrige: se añade otra'); END;
