#!lua flags=allow-oom
-- Revokes a slot in favour of a waiting session of higher priority. Not if as many slots are free,
-- or about to be, as sessions go first, and one more.
-- KEYS 1 slots   2 slot holders   3 waiters (sorted set: rank-since-name)
-- ARGV 1 slot id   2 incarnation that holds it   3 limit   4 rank of the waiting session
--      5 its name   6 its priority
-- Returns 1 revoked | 0 it waits for another slot, or this one's holder has changed
local slots, holders, name = KEYS[1], KEYS[2], ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local own, ahead = nil, 0
for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf')) do
  if string.sub(ticket, 20) == name then own = ticket end
end
if not own or string.sub(own, 1, 4) ~= ARGV[4] then return 0 end
for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf')) do
  if ticket < own then ahead = ahead + 1 end
end

local kept, chosen = 0, nil
for _, slot in ipairs(redis.call('ZRANGEBYSCORE', slots, '(' .. now, '+inf')) do
  local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, slot) or '')
  if readable and type(holder) == 'table' and (holder.state == 'opening' or holder.state == 'active') then
    kept = kept + 1
    if slot == ARGV[1] and holder.incarnation == ARGV[2] then chosen = holder end
  end
end
if tonumber(ARGV[3]) - kept > ahead then return 0 end
if not chosen or (chosen.priority or 0) >= tonumber(ARGV[6]) then return 0 end
chosen.state, chosen.outranked_by = 'revoked', name
redis.call('HSET', holders, ARGV[1], cjson.encode(chosen))
return 1
