SELECT date(ifnull(recibido, archivado), '-5 hours') AS dia,
       ifnull(destino, '(por trabajar)') AS destino,
       count(*) AS correos
  FROM correo
 GROUP BY dia, destino
 ORDER BY dia DESC, correos DESC, destino
