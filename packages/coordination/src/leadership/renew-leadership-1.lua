#!lua flags=allow-oom
-- Renews a leadership that is still ours, and writes what the leader uses now. A record that is
-- gone is lost: this never recreates it.
-- KEYS 1 lead (hash)
-- ARGV 1 incarnation   2 term   3 lease in ms   4 account   5 slot
-- Returns 'renewed' | 'missing', also for an older term
--       | 'taken' by another incarnation or a newer term
local lead = KEYS[1]
local found = redis.call('HMGET', lead, 'incarnation', 'term')
if redis.call('EXISTS', lead) == 0 or (tonumber(found[2]) or 0) < tonumber(ARGV[2]) then return 'missing' end
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return 'taken' end
local time = redis.call('TIME')
redis.call('HSET', lead, 'renewedAt', time[1] * 1000 + math.floor(time[2] / 1000), 'account', ARGV[4], 'slot', ARGV[5])
redis.call('PEXPIRE', lead, ARGV[3])
return 'renewed'
