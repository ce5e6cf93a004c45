#!lua flags=allow-oom
-- Frees one slot whose holder has confirmed that it has no connection for it and never will again,
-- if nothing has changed since the slot was read: same holder, and not renewed meanwhile.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 slot id   2 incarnation that was asked   3 end of its lease, as it was found
-- Returns 1 freed | 0 it is another's now, was renewed, is cooling, or is gone
local slots, holders, slot = KEYS[1], KEYS[2], ARGV[1]
local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, slot) or '')
if not (readable and type(holder) == 'table' and holder.incarnation == ARGV[2]) then return 0 end
if holder.state == 'cooling' then return 0 end
if redis.call('ZSCORE', slots, slot) ~= ARGV[3] then return 0 end
redis.call('HDEL', holders, slot)
return redis.call('ZREM', slots, slot)
