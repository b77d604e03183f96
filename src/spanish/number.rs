//! Ordinals and small numbers as people write them: «2do», «segundo», «II», «3er».
