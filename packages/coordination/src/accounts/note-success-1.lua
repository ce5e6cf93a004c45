#!lua flags=allow-oom
-- A stream plays. If the same stream was refused before, and this attempt was the first after the
-- rest that followed, its provider keeps counting a connection for that long after its end: from
-- now on slots cool down for that long.
-- KEYS 1 pace (hash)
-- ARGV 1 stream   2 ms from the end of the last connection to the attempt, or -1
--      3 max cool-down in ms   4 ms that the observation holds   7 machine
--      5 ms after a rest in which the next attempt is expected   6 lifetime of the pace in ms
-- Returns ms that ended connections are counted, as far as is known
local pace, since = KEYS[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', pace, 'refusedStream', 'refusedAfterMs', 'closedAt', 'restUntil', 'restUntil:' .. ARGV[7])
local refused_after, closed_at = tonumber(known[2]) or -1, tonumber(known[3]) or 0
local ended_rest = closed_at + since - math.max(tonumber(known[4]) or 0, tonumber(known[5]) or 0)
local cool_down, holds_until = unpack(redis.call('HMGET', pace, 'coolDownMs', 'coolDownUntil'))
cool_down = (tonumber(holds_until) or 0) > now and tonumber(cool_down) or 0

if known[1] == ARGV[1] and refused_after >= 0 and since > refused_after and ended_rest <= tonumber(ARGV[5]) then
  cool_down = math.max(cool_down, math.min(since, tonumber(ARGV[3])))
  redis.call('HSET', pace, 'coolDownMs', cool_down, 'coolDownUntil', now + tonumber(ARGV[4]))
  redis.call('PEXPIRE', pace, ARGV[6])
end
redis.call('HDEL', pace, 'refusals', 'refusedStream', 'refusedAfterMs')
return cool_down
