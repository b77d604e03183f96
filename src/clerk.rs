//! The clerk: files, reads, decides, files again. The story of one mail.
