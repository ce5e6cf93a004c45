-- Takes a duty that one process of the cluster has at a time, or keeps it.
-- KEYS 1 the duty (string)
-- ARGV 1 holder   2 ms that it lasts from now
-- Returns 1, or 0 when another holder has it
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
