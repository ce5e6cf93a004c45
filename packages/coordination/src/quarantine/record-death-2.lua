#!lua flags=allow-oom
-- A process died while it had a stream open. A stream that was open at several deaths is
-- quarantined.
-- KEYS 1 deaths (hash)   2 quarantined (exists while no node may open the stream)
-- ARGV 1 cause   2 deaths before quarantine   3 ms that a death is remembered   4 ms of quarantine
-- Returns deaths so far
local deaths = redis.call('HINCRBY', KEYS[1], 'deaths', 1)
redis.call('HSET', KEYS[1], 'cause', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if deaths >= tonumber(ARGV[2]) then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4]) end
return deaths
