SELECT evento ->> '$.Spent.quien' AS quien,
       caso.codigo AS numero,
       sum(evento ->> '$.Spent.minutos') AS minutos,
       caso.seguimiento ->> '$.equipo' AS equipo,
       caso.categoria AS categoria,
       caso.dependencia AS dependencia
  FROM hecho
  JOIN caso ON caso.id = hecho.caso
 WHERE evento ->> '$.Spent.minutos' IS NOT NULL
 GROUP BY quien, caso.id
 ORDER BY quien, caso.id
