SELECT ifnull(dependencia, '(sin dato)') AS dependencia,
       count(*) AS casos,
       sum(estado NOT IN ('resuelto', 'cerrado')) AS abiertos,
       min(fecha) AS primero,
       max(fecha) AS ultimo
  FROM requerimientos
 GROUP BY dependencia
 ORDER BY casos DESC, dependencia
