-- The bytes of a letter apart: they are written once, and not again with each step on its way.
CREATE TABLE escrito (
    carta INTEGER PRIMARY KEY REFERENCES carta (id),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO escrito SELECT id, bytes FROM carta;
ALTER TABLE carta DROP COLUMN bytes;
-- How a letter to an address counts does not change when it goes out: its place in the index is written once.
ALTER TABLE carta ADD COLUMN cancelada INTEGER NOT NULL DEFAULT 0 CHECK (cancelada IN (0, 1));
UPDATE carta SET cancelada = 1 WHERE estado = 'cancelada';
CREATE TRIGGER carta_se_cancela AFTER UPDATE OF estado ON carta
WHEN (NEW.estado = 'cancelada') <> NEW.cancelada
BEGIN
    UPDATE carta SET cancelada = NEW.estado = 'cancelada' WHERE id = NEW.id;
END;
CREATE TRIGGER carta_no_se_borra BEFORE DELETE ON carta
BEGIN SELECT RAISE(ABORT, 'una carta no se borra'); END;
DROP INDEX carta_hacia;
DROP INDEX carta_para;
CREATE INDEX carta_para ON carta (para, cancelada, encolada, contesta);
-- What is at rest is not looked for by its estado.
DROP INDEX carta_estado;
CREATE INDEX carta_estado ON carta (estado, proximo) WHERE estado <> 'enviada';
DROP INDEX correo_destino;
CREATE INDEX correo_destino ON correo (destino) WHERE destino IS NULL OR destino = 'cuarentena';
CREATE TABLE destino (
    destino TEXT PRIMARY KEY,
    correos INTEGER NOT NULL CHECK (correos >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO destino SELECT destino, count(*) FROM correo WHERE destino IS NOT NULL GROUP BY destino;
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
-- Cases that somebody opened since an hour ago are found without a look at those before.
DROP INDEX caso_solicitante;
CREATE INDEX caso_solicitante ON caso (solicitante, abierto);
-- The hours that were ever promised, by the hour.
CREATE INDEX hecho_promesa ON hecho (ifnull(evento ->> '$.Booked.start', evento ->> '$.Pinned.start'), caso)
    WHERE substr(evento, 3, 6) IN ('Booked', 'Pinned');
