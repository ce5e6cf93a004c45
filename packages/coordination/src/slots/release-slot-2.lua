#!lua flags=allow-oom
-- Gives a slot back after its connection has closed: at once, or after a cool-down for a provider
-- that counts late. Does nothing unless this incarnation holds it. The place of a user's stream
-- that was revoked in favour of a zap is kept for that one's device, for 2 s.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 slot id   2 incarnation   3 ms to keep it, 0 for at once
-- Returns 1 released | 0 it was not ours
local slots, holders, slot, keep = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[3])
local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, slot) or '')
if not (readable and type(holder) == 'table' and holder.incarnation == ARGV[2]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if keep <= 0 then
  redis.call('HDEL', holders, slot)
  local was_taken = redis.call('ZREM', slots, slot) == 1
  if was_taken and holder.kept_for then redis.call('ZADD', slots, now + 2000, 'kept:' .. holder.kept_for) end
  return 1
end
-- Sent again because the answer was lost: the cool-down does not start over.
if holder.state == 'cooling' then return 1 end
holder.state = 'cooling'
redis.call('HSET', holders, slot, cjson.encode(holder))
redis.call('ZADD', slots, 'XX', now + keep, slot)
return 1
