-- How many letters went to an address today is asked for each letter: without looking at those that were held or called off.
CREATE INDEX carta_hacia ON carta (para, encolada) WHERE estado <> 'cancelada';
