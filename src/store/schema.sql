-- The cabinet as it stands after all migrations, with a word on each table and column.
-- For readers only: the program runs migrations/*.sql, and a test holds this file to what they make.
--
-- Instants are text in UTC, 2026-11-25T18:43:26.000000000Z, all of one width: sorting the text sorts the time.
-- Closed lists of words are those of the program (src/office/fields.rs and its like); CHECK repeats them.

-- Bytes, each once: mails as they came and their attachments.
CREATE TABLE cuerpo (
    id INTEGER PRIMARY KEY,
    -- In lower-case hexadecimal: what `sha256sum` prints.
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    tamano INTEGER NOT NULL CHECK (tamano = length(bytes)),
    bytes BLOB NOT NULL
) STRICT;

-- The cases of the requirements base. A row is the sum of the case's facts (table hecho), written out for queries.
CREATE TABLE caso (
    -- Year and number side by side: TIC-2026-00017 is 20260000000017.
    id INTEGER PRIMARY KEY CHECK (id > 10000000000 AND id % 10000000000 > 0),
    codigo TEXT GENERATED ALWAYS AS (format('TIC-%04d-%05d', id / 10000000000, id % 10000000000)) VIRTUAL,
    estado TEXT NOT NULL CHECK (estado IN
        ('nuevo', 'asignado', 'en proceso', 'en espera', 'resuelto', 'cerrado', 'reabierto')),
    prioridad TEXT NOT NULL CHECK (prioridad IN ('critica', 'alta', 'media', 'baja')),
    origen TEXT NOT NULL CHECK (origen IN ('interna', 'externa')),
    -- solicitud, alarma or concepto_tecnico.
    clase TEXT NOT NULL,
    categoria TEXT NOT NULL,
    asunto TEXT NOT NULL,
    -- The requester's own words.
    problema TEXT NOT NULL,
    dependencia TEXT,
    -- The words that say where, then the parts of them.
    ubicacion TEXT,
    edificio TEXT,
    piso TEXT,
    oficina TEXT,
    -- Who needs the service; may be another than who wrote.
    nombre TEXT,
    telefono TEXT,
    extension TEXT,
    celular TEXT,
    correo TEXT COLLATE NOCASE,
    -- JSON list of what the procedure asks for and nobody has said yet.
    faltan TEXT NOT NULL CHECK (json_valid(faltan)),
    -- Who wrote: letters go here.
    solicitante TEXT NOT NULL COLLATE NOCASE,
    -- usuario of rules/personas.toml.
    tecnico TEXT,
    visita_tecnico TEXT,
    visita_inicio TEXT,
    visita_fin TEXT,
    abierto TEXT NOT NULL,
    -- JSON: by field, which rule took the value from which words.
    fuentes TEXT NOT NULL CHECK (json_valid(fuentes)),
    -- Of the last fact.
    actualizado TEXT NOT NULL,
    -- How many facts there are.
    hechos INTEGER NOT NULL CHECK (hechos > 0),
    -- JSON of ticket::seguimiento: what it waits for, what was worked on, which cases belong together.
    seguimiento TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(seguimiento)),
    CHECK ((visita_tecnico IS NULL) = (visita_inicio IS NULL) AND (visita_inicio IS NULL) = (visita_fin IS NULL))
) STRICT;
CREATE INDEX caso_estado ON caso (estado);
CREATE INDEX caso_solicitante ON caso (solicitante, abierto);
CREATE INDEX caso_alarma ON caso (solicitante) WHERE clase = 'alarma' AND estado <> 'cerrado';
CREATE INDEX caso_correo ON caso (correo) WHERE correo IS NOT NULL;
CREATE INDEX caso_espera ON caso (seguimiento ->> '$.espera.hasta') WHERE seguimiento ->> '$.espera.hasta' IS NOT NULL;
-- What happened before at a place: in a building that is named, else at the dependencia.
CREATE INDEX caso_edificio ON caso (edificio, piso, oficina) WHERE edificio IS NOT NULL;
CREATE INDEX caso_dependencia ON caso (dependencia, piso, oficina) WHERE edificio IS NULL;
CREATE INDEX caso_visita ON caso (visita_fin) WHERE visita_fin IS NOT NULL;
-- Numbers follow each other within a year, and none is ever used twice.
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

-- Open cases by technician, kept by the triggers so that nobody has to count.
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

-- The ledger: every mail the mailbox ever showed, and how it ended. The mailbox's flags are never asked.
CREATE TABLE correo (
    id INTEGER PRIMARY KEY,
    -- Where it lay: folder, UIDVALIDITY (0 in a Maildir), UID (or the file's name).
    buzon TEXT NOT NULL,
    validez INTEGER NOT NULL,
    clave TEXT NOT NULL,
    -- When the server took it in; its size there; whether all of it was brought or only its beginning.
    recibido TEXT,
    tamano INTEGER,
    completo INTEGER CHECK (completo IN (0, 1)),
    -- The bytes; absent only of what was never brought.
    sha256 TEXT REFERENCES cuerpo (sha256),
    -- When it was made durable here.
    archivado TEXT NOT NULL,
    -- Attempts begun, counted before anything looks into the mail.
    intentos INTEGER NOT NULL DEFAULT 0,
    -- How it ended; NULL while it waits to be worked. Exactly one, by being one column.
    destino TEXT CHECK (destino IN ('ticket', 'respuesta', 'comando', 'alarma', 'automatico', 'rebote', 'calendario',
        'ajeno', 'propio', 'duplicado', 'cuarentena', 'anterior', 'desaparecido')),
    motivo TEXT,
    decidido TEXT,
    -- When the mailbox was tidied of it.
    movido TEXT,
    caso INTEGER REFERENCES caso (id),
    -- What the mail says of itself, once read: sender, subject, Message-ID, content key.
    de TEXT COLLATE NOCASE,
    asunto TEXT,
    mensaje TEXT,
    huella TEXT,
    -- What sort of mail it is, by which rule, of which version of the rules.
    clase TEXT,
    regla TEXT,
    manual TEXT,
    UNIQUE (buzon, validez, clave),
    CHECK ((destino IS NULL) = (decidido IS NULL)),
    CHECK ((sha256 IS NULL) = (ifnull(destino, '') IN ('anterior', 'desaparecido'))),
    CHECK (sha256 IS NULL OR (recibido IS NOT NULL AND tamano IS NOT NULL AND completo IS NOT NULL)),
    CHECK (caso IS NOT NULL OR ifnull(destino, '') <> 'ticket')
) STRICT;
-- Only what is ever looked for by its end.
CREATE INDEX correo_destino ON correo (destino) WHERE destino IS NULL OR destino = 'cuarentena';
CREATE INDEX correo_por_mover ON correo (movido)
    WHERE movido IS NULL AND decidido IS NOT NULL AND sha256 IS NOT NULL;
CREATE INDEX correo_mensaje ON correo (mensaje) WHERE mensaje IS NOT NULL;
CREATE INDEX correo_huella ON correo (huella) WHERE huella IS NOT NULL;
CREATE INDEX correo_caso ON correo (caso) WHERE caso IS NOT NULL;
CREATE TRIGGER correo_no_se_borra BEFORE DELETE ON correo
BEGIN SELECT RAISE(ABORT, 'un correo archivado no se borra'); END;

-- Decided mails by how they ended, so that nobody has to count: kept by the triggers, and by whoever enters mails that were
-- never brought (a trigger on INSERT would have every new row looked for in the tables that name mails).
CREATE TABLE destino (
    destino TEXT PRIMARY KEY,
    correos INTEGER NOT NULL CHECK (correos >= 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER destino_resta AFTER UPDATE OF destino ON correo
WHEN OLD.destino IS NOT NULL
BEGIN
    UPDATE destino SET correos = correos - 1 WHERE destino = OLD.destino;
END;
CREATE TRIGGER destino_suma AFTER UPDATE OF destino ON correo
WHEN NEW.destino IS NOT NULL
BEGIN
    INSERT INTO destino (destino, correos) VALUES (NEW.destino, 1)
    ON CONFLICT (destino) DO UPDATE SET correos = correos + 1;
END;

-- The files of a mail, those of mails attached to it included; their bytes stand in cuerpo.
CREATE TABLE adjunto (
    correo INTEGER NOT NULL REFERENCES correo (id),
    orden INTEGER NOT NULL,
    -- Made safe: fit for a disk and for a screen.
    nombre TEXT NOT NULL,
    tipo TEXT NOT NULL,
    -- Shown within the text, not added to it.
    incrustado INTEGER NOT NULL CHECK (incrustado IN (0, 1)),
    sha256 TEXT NOT NULL REFERENCES cuerpo (sha256),
    PRIMARY KEY (correo, orden)
) STRICT, WITHOUT ROWID;

-- What people of the office say a mail should have been read as: the right value of one box, for that mail only. By it
-- `mesa-tic backtest` judges rules, and `mesa-tic suggest` learns. The newest word on a box counts.
CREATE TABLE etiqueta (
    id INTEGER PRIMARY KEY,
    -- The mail that opened the case.
    correo INTEGER NOT NULL REFERENCES correo (id),
    campo TEXT NOT NULL CHECK (campo IN ('clase', 'origen', 'dependencia', 'ubicacion', 'edificio', 'piso', 'oficina',
        'nombre', 'telefono', 'extension', 'celular', 'correo', 'problema', 'categoria', 'prioridad')),
    -- NULL: the mail does not say it.
    valor TEXT,
    -- usuario of rules/personas.toml, or «administrador».
    quien TEXT NOT NULL,
    cuando TEXT NOT NULL
) STRICT;
CREATE INDEX etiqueta_correo ON etiqueta (correo, campo);
CREATE TRIGGER etiqueta_no_cambia BEFORE UPDATE ON etiqueta
BEGIN SELECT RAISE(ABORT, 'una etiqueta no se corrige: se añade otra'); END;

-- What happened to a case, for ever: facts are added, never corrected.
CREATE TABLE hecho (
    id INTEGER PRIMARY KEY,
    caso INTEGER NOT NULL REFERENCES caso (id),
    -- 1, 2, 3 … within the case.
    orden INTEGER NOT NULL CHECK (orden > 0),
    cuando TEXT NOT NULL,
    -- The mail that brought it about; NULL when time or the desk itself did.
    correo INTEGER REFERENCES correo (id),
    -- JSON of ticket::facts::Event; fixtures/facts.json holds one of each.
    evento TEXT NOT NULL CHECK (json_valid(evento)),
    UNIQUE (caso, orden)
) STRICT;
-- The hours that were ever promised, by the hour.
CREATE INDEX hecho_promesa ON hecho (ifnull(evento ->> '$.Booked.start', evento ->> '$.Pinned.start'), caso)
    WHERE substr(evento, 3, 6) IN ('Booked', 'Pinned');
CREATE TRIGGER hecho_no_cambia BEFORE UPDATE ON hecho
BEGIN SELECT RAISE(ABORT, 'un hecho no se corrige: se añade otro'); END;
CREATE TRIGGER hecho_no_se_borra BEFORE DELETE ON hecho
BEGIN SELECT RAISE(ABORT, 'un hecho no se borra'); END;

-- Letters; none is ever deleted, their ids have no gaps. What changes on their way stands apart from their bytes.
CREATE TABLE carta (
    id INTEGER PRIMARY KEY,
    -- Message-ID. Unique: no letter is queued twice.
    mensaje TEXT NOT NULL UNIQUE,
    -- The template, rules/cartas/*.txt, by the program's own list: letters are added more often than a table is rebuilt.
    forma TEXT NOT NULL,
    para TEXT NOT NULL COLLATE NOCASE,
    caso INTEGER REFERENCES caso (id),
    -- The mail that brought it about.
    correo INTEGER REFERENCES correo (id),
    -- 1 when anybody's mail can bring such a letter about: these are counted and capped.
    contesta INTEGER NOT NULL CHECK (contesta IN (0, 1)),
    -- 1 when it carries the personal data notice.
    aviso_datos INTEGER NOT NULL CHECK (aviso_datos IN (0, 1)),
    -- 'enviando' is written before the post is asked: after a crash such a letter may have arrived.
    estado TEXT NOT NULL CHECK (estado IN ('pendiente', 'enviando', 'enviada', 'fallida', 'cancelada')),
    intentos INTEGER NOT NULL DEFAULT 0,
    -- Its five days count from here.
    encolada TEXT NOT NULL,
    -- Not before this instant.
    proximo TEXT NOT NULL,
    terminada TEXT,
    -- What the server said when it took the letter; why it did not.
    recibo TEXT,
    motivo TEXT,
    -- Facts of the case when it was written: what came later, its reader does not know.
    hechos INTEGER NOT NULL DEFAULT 0,
    -- 1 when its estado is 'cancelada': it counts in no cap. Kept by a trigger.
    cancelada INTEGER NOT NULL DEFAULT 0 CHECK (cancelada IN (0, 1)),
    CHECK ((terminada IS NULL) = (estado IN ('pendiente', 'enviando')))
) STRICT;
-- What went out is not looked for by its estado.
CREATE INDEX carta_estado ON carta (estado, proximo) WHERE estado <> 'enviada';
-- How a letter to an address counts does not change when it goes out: its place here is written once.
CREATE INDEX carta_para ON carta (para, cancelada, encolada, contesta);
CREATE INDEX carta_contesta ON carta (encolada) WHERE contesta = 1;
CREATE INDEX carta_aviso_datos ON carta (para) WHERE aviso_datos = 1;
CREATE INDEX carta_caso ON carta (caso) WHERE caso IS NOT NULL;
-- What is over somebody's cap, or for an address that gives letters back, is kept as cancelled: «retenida: …».
CREATE INDEX carta_retenida ON carta (terminada)
    WHERE estado = 'cancelada' AND motivo >= 'retenida:' AND motivo < 'retenida;';
CREATE TRIGGER carta_se_cancela AFTER UPDATE OF estado ON carta
WHEN (NEW.estado = 'cancelada') <> NEW.cancelada
BEGIN
    UPDATE carta SET cancelada = NEW.estado = 'cancelada' WHERE id = NEW.id;
END;
CREATE TRIGGER carta_no_se_borra BEFORE DELETE ON carta
BEGIN SELECT RAISE(ABORT, 'una carta no se borra'); END;

-- The exact bytes of a letter, written once: they go out, and go out again after a cut line. A letter that was held from the
-- first («retenida: …») has none.
CREATE TABLE escrito (
    carta INTEGER PRIMARY KEY REFERENCES carta (id),
    bytes BLOB NOT NULL
) STRICT;

-- Days on which somebody of the office said that he is away, beside those of rules/personas.toml.
CREATE TABLE ausencia (
    id INTEGER PRIMARY KEY,
    -- usuario of rules/personas.toml.
    tecnico TEXT NOT NULL,
    -- Days of Bogotá, 2026-12-03, both included.
    desde TEXT NOT NULL,
    hasta TEXT NOT NULL CHECK (hasta >= desde),
    motivo TEXT NOT NULL,
    -- The mail that said so.
    correo INTEGER REFERENCES correo (id),
    anotada TEXT NOT NULL
) STRICT;
CREATE INDEX ausencia_hasta ON ausencia (hasta);

-- Addresses that gave a letter back, until they write again or somebody takes the mark away.
CREATE TABLE direccion (
    correo TEXT PRIMARY KEY COLLATE NOCASE,
    -- RFC 3463, «5.1.1».
    codigo TEXT,
    -- 1 when it is for good: nothing is sent there.
    dura INTEGER NOT NULL CHECK (dura IN (0, 1)),
    -- What the report, or the server that refused the letter, said.
    motivo TEXT NOT NULL,
    desde TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Orders that came without proof, by the mail that gave them: kept until the person in whose name they came confirms them.
CREATE TABLE orden (
    correo INTEGER PRIMARY KEY REFERENCES correo (id),
    -- usuario of rules/personas.toml.
    quien TEXT NOT NULL,
    cuando TEXT NOT NULL,
    -- Message-ID of the letter that asks about it; NULL when none went, for one had gone within the hour.
    carta TEXT UNIQUE REFERENCES carta (mensaje),
    -- When it was confirmed and carried out: once.
    cumplida TEXT
) STRICT;
CREATE INDEX orden_quien ON orden (quien, cuando);
CREATE INDEX orden_cumplida ON orden (quien, cumplida) WHERE cumplida IS NOT NULL;

-- The daemon's own notes: where it began, when it last read the mailbox.
CREATE TABLE apunte (
    clave TEXT PRIMARY KEY,
    valor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The boxes of the procedure's form, in Bogotá's time (UTC-5 the year round): for reports, spreadsheets, other programs.
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
