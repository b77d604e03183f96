CREATE TABLE direccion (
    correo TEXT PRIMARY KEY COLLATE NOCASE,
    codigo TEXT,
    dura INTEGER NOT NULL CHECK (dura IN (0, 1)),
    motivo TEXT NOT NULL,
    desde TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX caso_alarma ON caso (solicitante) WHERE clase = 'alarma' AND estado <> 'cerrado';
CREATE INDEX carta_retenida ON carta (terminada)
    WHERE estado = 'cancelada' AND motivo >= 'retenida:' AND motivo < 'retenida;';
