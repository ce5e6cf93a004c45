#!lua flags=allow-oom
-- Notes that a connection is about to be opened with a slot, unless the account has begun to rest
-- since the turn was given, or there were too many attempts in the last minute. Reports what is
-- known of the account. May be sent together with the request for the slot.
-- KEYS 1 pace (hash)   2 attempts (sorted set: slot id, score = begin)   3 slots
-- ARGV 1 slot id   2 limit   3 attempts per minute   4 machine
--      5 the rest that binds: restUntil, servedRestUntil, or empty for none
-- Returns {1, ms since the last connection ended | -1, 1 if all slots are taken,
--       ms that ended connections are counted}
--       | {0, ms until the next attempt, rest | budget} | {2} the slot was not granted
local pace, attempts, slots, field = KEYS[1], KEYS[2], KEYS[3], ARGV[5]
if not redis.call('ZSCORE', slots, ARGV[1]) then return { 2 } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if field ~= '' then
  local rests = redis.call('HMGET', pace, field, field .. ':' .. ARGV[4])
  local rest_until = math.max(tonumber(rests[1]) or 0, tonumber(rests[2]) or 0)
  if rest_until > now then return { 0, rest_until - now, 'rest' } end
end
redis.call('ZREMRANGEBYSCORE', attempts, '-inf', now - 60000)
if redis.call('ZCARD', attempts) >= tonumber(ARGV[3]) then
  return { 0, redis.call('ZRANGE', attempts, 0, 0, 'WITHSCORES')[2] + 60000 - now, 'budget' }
end
redis.call('ZADD', attempts, now, ARGV[1])
redis.call('PEXPIRE', attempts, 60000)

local known = redis.call('HMGET', pace, 'closedAt', 'coolDownMs', 'coolDownUntil')
local closed_at, cool_down, cool_down_until = tonumber(known[1]), tonumber(known[2]) or 0, tonumber(known[3]) or 0
local full = redis.call('ZCOUNT', slots, '(' .. now, '+inf') >= tonumber(ARGV[2])
return { 1, closed_at and now - closed_at or -1, full and 1 or 0, cool_down_until > now and cool_down or 0 }
