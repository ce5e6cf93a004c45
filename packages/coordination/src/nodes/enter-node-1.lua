#!lua flags=allow-oom
-- Writes the record of an edge process that starts, or that Redis has forgotten.
-- KEYS 1 node (hash)
-- ARGV 1 lease in ms   2… field, value, …
-- Returns 1
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
