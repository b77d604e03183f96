-- What happened before at a place: in a building that is named, else at the dependencia.
CREATE INDEX caso_edificio ON caso (edificio, piso, oficina) WHERE edificio IS NOT NULL;
CREATE INDEX caso_dependencia ON caso (dependencia, piso, oficina) WHERE edificio IS NULL;
