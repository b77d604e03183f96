//! Telephones of Colombia: mobiles, landlines before and after 2021, extensions, and the numbers that only look like one.
