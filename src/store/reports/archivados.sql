SELECT id AS numero,
       datetime(ifnull(recibido, archivado), '-5 hours') AS recibido,
       destino,
       de,
       asunto,
       motivo,
       regla
  FROM correo
 WHERE destino IN ('ajeno', 'automatico', 'rebote', 'calendario', 'propio', 'duplicado') AND caso IS NULL
 ORDER BY id DESC
