#!lua flags=allow-oom
-- Lets the leader know that the incarnation it has named declines to take over: removes the name.
-- Does nothing if the leader has named another.
-- KEYS 1 lead (hash)
-- ARGV 1 incarnation that was named
-- Returns 1 declined | 0 it was not named
if redis.call('HGET', KEYS[1], 'handoverTo') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'handoverTo')
