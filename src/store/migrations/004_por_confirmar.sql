CREATE TABLE orden (
    correo INTEGER PRIMARY KEY REFERENCES correo (id),
    quien TEXT NOT NULL,
    cuando TEXT NOT NULL,
    carta TEXT UNIQUE REFERENCES carta (mensaje),
    cumplida TEXT
) STRICT;
CREATE INDEX orden_quien ON orden (quien, cuando);
CREATE INDEX orden_cumplida ON orden (quien, cumplida) WHERE cumplida IS NOT NULL;
