SELECT * FROM requerimientos ORDER BY numero
