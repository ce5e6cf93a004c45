#!lua flags=allow-oom
-- Ends a leadership, if it is still ours.
-- KEYS 1 lead (hash)
-- ARGV 1 incarnation   2 term, or empty for any (a claim without an answer)
-- Returns 1 it was ours and is gone | 0 it was not ours
local found = redis.call('HMGET', KEYS[1], 'incarnation', 'term')
if found[1] ~= ARGV[1] or (ARGV[2] ~= '' and found[2] ~= ARGV[2]) then return 0 end
return redis.call('DEL', KEYS[1])
