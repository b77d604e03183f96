SELECT numero, fecha, solicitante, dependencia, faltan, tecnico, visita_desde
  FROM requerimientos
 WHERE faltan IS NOT NULL AND estado NOT IN ('resuelto', 'cerrado')
 ORDER BY fecha, numero
