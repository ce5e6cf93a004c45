-- Returns its arguments; for the test of the script loader.
-- KEYS 1 any
-- ARGV 1 any
-- Returns {key, argument}
return { KEYS[1], ARGV[1] }
