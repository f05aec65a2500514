-- Runs before the shared migrations, whose tables take this over: text is compared by its code
-- points, trailing spaces included, so that a key is as unique as on SQLite.
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
