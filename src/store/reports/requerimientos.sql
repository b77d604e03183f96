SELECT * FROM requerimientos ORDER BY fecha, numero
