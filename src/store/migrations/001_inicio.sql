CREATE TABLE cuerpo (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    tamano INTEGER NOT NULL CHECK (tamano = length(bytes)),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE caso (
    id INTEGER PRIMARY KEY CHECK (id > 10000000000 AND id % 10000000000 > 0),
    codigo TEXT GENERATED ALWAYS AS (format('TIC-%04d-%05d', id / 10000000000, id % 10000000000)) VIRTUAL,
    estado TEXT NOT NULL CHECK (estado IN
        ('nuevo', 'asignado', 'en proceso', 'en espera', 'resuelto', 'cerrado', 'reabierto')),
    prioridad TEXT NOT NULL CHECK (prioridad IN ('critica', 'alta', 'media', 'baja')),
    origen TEXT NOT NULL CHECK (origen IN ('interna', 'externa')),
    clase TEXT NOT NULL,
    categoria TEXT NOT NULL,
    asunto TEXT NOT NULL,
    problema TEXT NOT NULL,
    dependencia TEXT,
    ubicacion TEXT,
    edificio TEXT,
    piso TEXT,
    oficina TEXT,
    nombre TEXT,
    telefono TEXT,
    extension TEXT,
    celular TEXT,
    correo TEXT COLLATE NOCASE,
    faltan TEXT NOT NULL CHECK (json_valid(faltan)),
    solicitante TEXT NOT NULL COLLATE NOCASE,
    tecnico TEXT,
    visita_tecnico TEXT,
    visita_inicio TEXT,
    visita_fin TEXT,
    abierto TEXT NOT NULL,
    fuentes TEXT NOT NULL CHECK (json_valid(fuentes)),
    actualizado TEXT NOT NULL,
    hechos INTEGER NOT NULL CHECK (hechos > 0),
    CHECK ((visita_tecnico IS NULL) = (visita_inicio IS NULL) AND (visita_inicio IS NULL) = (visita_fin IS NULL))
) STRICT;
CREATE INDEX caso_estado ON caso (estado);
CREATE INDEX caso_solicitante ON caso (solicitante);
CREATE INDEX caso_correo ON caso (correo) WHERE correo IS NOT NULL;
CREATE INDEX caso_visita ON caso (visita_fin) WHERE visita_fin IS NOT NULL;
CREATE TRIGGER caso_sin_saltos BEFORE INSERT ON caso
WHEN NEW.id <> 1 + ifnull(
    (SELECT max(id) FROM caso
      WHERE id > NEW.id / 10000000000 * 10000000000 AND id < (NEW.id / 10000000000 + 1) * 10000000000),
    NEW.id / 10000000000 * 10000000000)
BEGIN SELECT RAISE(ABORT, 'los números de caso van seguidos, sin saltos ni repeticiones'); END;
CREATE TRIGGER caso_numero_fijo BEFORE UPDATE OF id ON caso
BEGIN SELECT RAISE(ABORT, 'el número de un caso no cambia'); END;
CREATE TRIGGER caso_no_se_borra BEFORE DELETE ON caso
BEGIN SELECT RAISE(ABORT, 'un caso no se borra: su número no se vuelve a usar'); END;

CREATE TABLE carga (
    tecnico TEXT PRIMARY KEY,
    abiertos INTEGER NOT NULL CHECK (abiertos >= 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER carga_caso_nuevo AFTER INSERT ON caso
WHEN NEW.tecnico IS NOT NULL AND NEW.estado NOT IN ('resuelto', 'cerrado')
BEGIN
    INSERT INTO carga (tecnico, abiertos) VALUES (NEW.tecnico, 1)
    ON CONFLICT (tecnico) DO UPDATE SET abiertos = abiertos + 1;
END;
CREATE TRIGGER carga_resta AFTER UPDATE OF tecnico, estado ON caso
WHEN OLD.tecnico IS NOT NULL AND OLD.estado NOT IN ('resuelto', 'cerrado')
BEGIN
    UPDATE carga SET abiertos = abiertos - 1 WHERE tecnico = OLD.tecnico;
END;
CREATE TRIGGER carga_suma AFTER UPDATE OF tecnico, estado ON caso
WHEN NEW.tecnico IS NOT NULL AND NEW.estado NOT IN ('resuelto', 'cerrado')
BEGIN
    INSERT INTO carga (tecnico, abiertos) VALUES (NEW.tecnico, 1)
    ON CONFLICT (tecnico) DO UPDATE SET abiertos = abiertos + 1;
END;

CREATE TABLE correo (
    id INTEGER PRIMARY KEY,
    buzon TEXT NOT NULL,
    validez INTEGER NOT NULL,
    clave TEXT NOT NULL,
    recibido TEXT,
    tamano INTEGER,
    completo INTEGER CHECK (completo IN (0, 1)),
    sha256 TEXT REFERENCES cuerpo (sha256),
    archivado TEXT NOT NULL,
    intentos INTEGER NOT NULL DEFAULT 0,
    destino TEXT CHECK (destino IN ('ticket', 'respuesta', 'comando', 'alarma', 'automatico', 'rebote', 'calendario',
        'ajeno', 'propio', 'duplicado', 'cuarentena', 'anterior', 'desaparecido')),
    motivo TEXT,
    decidido TEXT,
    movido TEXT,
    caso INTEGER REFERENCES caso (id),
    de TEXT COLLATE NOCASE,
    asunto TEXT,
    mensaje TEXT,
    huella TEXT,
    clase TEXT,
    regla TEXT,
    manual TEXT,
    UNIQUE (buzon, validez, clave),
    CHECK ((destino IS NULL) = (decidido IS NULL)),
    CHECK ((sha256 IS NULL) = (ifnull(destino, '') IN ('anterior', 'desaparecido'))),
    CHECK (sha256 IS NULL OR (recibido IS NOT NULL AND tamano IS NOT NULL AND completo IS NOT NULL)),
    CHECK (caso IS NOT NULL OR ifnull(destino, '') <> 'ticket')
) STRICT;
CREATE INDEX correo_destino ON correo (destino);
CREATE INDEX correo_por_mover ON correo (movido)
    WHERE movido IS NULL AND decidido IS NOT NULL AND sha256 IS NOT NULL;
CREATE INDEX correo_mensaje ON correo (mensaje) WHERE mensaje IS NOT NULL;
CREATE INDEX correo_huella ON correo (huella) WHERE huella IS NOT NULL;
CREATE INDEX correo_caso ON correo (caso) WHERE caso IS NOT NULL;
CREATE TRIGGER correo_no_se_borra BEFORE DELETE ON correo
BEGIN SELECT RAISE(ABORT, 'un correo archivado no se borra'); END;

CREATE TABLE adjunto (
    correo INTEGER NOT NULL REFERENCES correo (id),
    orden INTEGER NOT NULL,
    nombre TEXT NOT NULL,
    tipo TEXT NOT NULL,
    incrustado INTEGER NOT NULL CHECK (incrustado IN (0, 1)),
    sha256 TEXT NOT NULL REFERENCES cuerpo (sha256),
    PRIMARY KEY (correo, orden)
) STRICT, WITHOUT ROWID;

CREATE TABLE hecho (
    id INTEGER PRIMARY KEY,
    caso INTEGER NOT NULL REFERENCES caso (id),
    orden INTEGER NOT NULL CHECK (orden > 0),
    cuando TEXT NOT NULL,
    correo INTEGER REFERENCES correo (id),
    evento TEXT NOT NULL CHECK (json_valid(evento)),
    UNIQUE (caso, orden)
) STRICT;
CREATE TRIGGER hecho_no_cambia BEFORE UPDATE ON hecho
BEGIN SELECT RAISE(ABORT, 'un hecho no se corrige: se añade otro'); END;
CREATE TRIGGER hecho_no_se_borra BEFORE DELETE ON hecho
BEGIN SELECT RAISE(ABORT, 'un hecho no se borra'); END;

CREATE TABLE carta (
    id INTEGER PRIMARY KEY,
    mensaje TEXT NOT NULL UNIQUE,
    forma TEXT NOT NULL CHECK (forma IN
        ('acuse', 'completado', 'estado', 'asignacion', 'novedad', 'ordenes', 'muy_grande', 'aviso')),
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
    CHECK ((terminada IS NULL) = (estado IN ('pendiente', 'enviando')))
) STRICT;
CREATE INDEX carta_estado ON carta (estado, proximo);
CREATE INDEX carta_para ON carta (para, encolada);
CREATE INDEX carta_contesta ON carta (encolada) WHERE contesta = 1;
CREATE INDEX carta_aviso_datos ON carta (para) WHERE aviso_datos = 1;
CREATE INDEX carta_caso ON carta (caso) WHERE caso IS NOT NULL;

CREATE TABLE apunte (
    clave TEXT PRIMARY KEY,
    valor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW requerimientos AS
SELECT codigo AS numero,
       datetime(abierto, '-5 hours') AS fecha,
       origen,
       clase,
       solicitante,
       dependencia,
       ubicacion,
       edificio,
       piso,
       oficina,
       nombre,
       telefono,
       extension,
       celular,
       correo,
       problema,
       categoria,
       prioridad,
       estado,
       tecnico,
       datetime(visita_inicio, '-5 hours') AS visita_desde,
       datetime(visita_fin, '-5 hours') AS visita_hasta,
       (SELECT group_concat(value, ', ') FROM json_each(faltan)) AS faltan,
       datetime(actualizado, '-5 hours') AS actualizado
  FROM caso;
