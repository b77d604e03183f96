CREATE TABLE carta_antes AS SELECT * FROM carta;
DROP TABLE carta;
CREATE TABLE carta (
    id INTEGER PRIMARY KEY,
    mensaje TEXT NOT NULL UNIQUE,
    forma TEXT NOT NULL,
    para TEXT NOT NULL COLLATE NOCASE,
    caso INTEGER REFERENCES caso (id),
    correo INTEGER REFERENCES correo (id),
    contesta INTEGER NOT NULL CHECK (contesta IN (0, 1)),
    aviso_datos INTEGER NOT NULL CHECK (aviso_datos IN (0, 1)),
    bytes BLOB NOT NULL,
    estado TEXT NOT NULL CHECK (estado IN ('pendiente', 'enviando', 'enviada', 'fallida', 'cancelada')),
    intentos INTEGER NOT NULL DEFAULT 0,
    encolada TEXT NOT NULL,
    proximo TEXT NOT NULL,
    terminada TEXT,
    recibo TEXT,
    motivo TEXT,
    hechos INTEGER NOT NULL DEFAULT 0,
    CHECK ((terminada IS NULL) = (estado IN ('pendiente', 'enviando')))
) STRICT;
CREATE INDEX carta_estado ON carta (estado, proximo);
CREATE INDEX carta_para ON carta (para, encolada);
CREATE INDEX carta_contesta ON carta (encolada) WHERE contesta = 1;
CREATE INDEX carta_aviso_datos ON carta (para) WHERE aviso_datos = 1;
CREATE INDEX carta_caso ON carta (caso) WHERE caso IS NOT NULL;
INSERT INTO carta (id, mensaje, forma, para, caso, correo, contesta, aviso_datos, bytes, estado, intentos, encolada, proximo, terminada, recibo, motivo, hechos)
SELECT id, mensaje, forma, para, caso, correo, contesta, aviso_datos, bytes, estado, intentos, encolada, proximo, terminada, recibo, motivo, ifnull((SELECT count(*) FROM hecho WHERE hecho.caso = carta_antes.caso AND hecho.cuando <= encolada), 0)
  FROM carta_antes;
DROP TABLE carta_antes;
ALTER TABLE caso ADD COLUMN seguimiento TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(seguimiento));
CREATE INDEX caso_espera ON caso (seguimiento ->> '$.espera.hasta') WHERE seguimiento ->> '$.espera.hasta' IS NOT NULL;
CREATE TABLE ausencia (
    id INTEGER PRIMARY KEY,
    tecnico TEXT NOT NULL,
    desde TEXT NOT NULL,
    hasta TEXT NOT NULL CHECK (hasta >= desde),
    motivo TEXT NOT NULL,
    correo INTEGER REFERENCES correo (id),
    anotada TEXT NOT NULL
) STRICT;
CREATE INDEX ausencia_hasta ON ausencia (hasta);
