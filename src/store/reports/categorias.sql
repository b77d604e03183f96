SELECT categoria,
       count(*) AS casos,
       sum(estado NOT IN ('resuelto', 'cerrado')) AS abiertos,
       sum(prioridad = 'critica') AS criticos,
       sum(prioridad = 'alta') AS altos,
       sum(prioridad = 'media') AS medios,
       sum(prioridad = 'baja') AS bajos
  FROM requerimientos
 GROUP BY categoria
 ORDER BY casos DESC, categoria
