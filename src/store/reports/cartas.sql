SELECT carta.id AS numero,
       caso.codigo AS caso,
       forma,
       para,
       carta.estado,
       intentos,
       datetime(encolada, '-5 hours') AS encolada,
       CASE carta.estado WHEN 'pendiente' THEN datetime(proximo, '-5 hours') END AS proximo_intento,
       motivo
  FROM carta LEFT JOIN caso ON caso.id = carta.caso
 WHERE carta.estado <> 'enviada'
 ORDER BY carta.id DESC
