#!lua flags=allow-oom
-- Renews the record of an edge process. Never recreates it: a process that lost its record must not
-- return.
-- KEYS 1 node (hash)
-- ARGV 1 lease in ms   2… field, value, …
-- Returns 1 renewed | 0 there is no record
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
