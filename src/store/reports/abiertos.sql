SELECT numero, fecha, prioridad, estado, dependencia, ubicacion, nombre, categoria, tecnico, visita_desde, problema
  FROM requerimientos
 WHERE estado NOT IN ('resuelto', 'cerrado')
 ORDER BY CASE prioridad WHEN 'critica' THEN 0 WHEN 'alta' THEN 1 WHEN 'media' THEN 2 ELSE 3 END, fecha, numero
