-- Runs before the shared migrations, whose tables take this over: text is compared by its code
-- points, so that a key is as unique as on SQLite. This collation ignores trailing spaces, of which
-- no key has any; the one that does not, utf8mb4_0900_bin, is younger than MySQL 8.0.12.
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
