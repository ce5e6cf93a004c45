-- Gives a slot back. Does nothing when another incarnation holds it, or nobody.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 slot id   2 incarnation
-- Returns 1 released | 0 it was not ours
local slots, holders, slot = KEYS[1], KEYS[2], ARGV[1]
local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, slot) or '')
if not (readable and type(holder) == 'table' and holder.incarnation == ARGV[2]) then return 0 end
redis.call('HDEL', holders, slot)
redis.call('ZREM', slots, slot)
return 1
