#!lua flags=allow-oom
-- Lets one other incarnation take the leadership at once, if it is still ours. Until then we lead.
-- KEYS 1 lead (hash)
-- ARGV 1 incarnation   2 term   3 incarnation that may take it
-- Returns 1 offered | 0 it was not ours
local found = redis.call('HMGET', KEYS[1], 'incarnation', 'term')
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'handoverTo', ARGV[3])
return 1
