SELECT ifnull(tecnico, '(sin asignar)') AS tecnico,
       count(*) AS abiertos,
       sum(prioridad = 'critica') AS criticos,
       sum(prioridad = 'alta') AS altos,
       sum(prioridad = 'media') AS medios,
       sum(prioridad = 'baja') AS bajos,
       min(CASE WHEN visita_hasta >= datetime(:ahora, '-5 hours') THEN visita_desde END) AS proxima_visita
  FROM requerimientos
 WHERE estado NOT IN ('resuelto', 'cerrado')
 GROUP BY tecnico
 ORDER BY abiertos DESC, tecnico
