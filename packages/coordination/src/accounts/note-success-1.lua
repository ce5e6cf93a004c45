-- A stream plays. If the same one was refused before, sooner after the end of the last connection than this time, then its
-- provider counts a connection for longer than that: from now on slots cool down for so long.
-- KEYS 1 pace (hash)
-- ARGV 1 stream   2 ms from the end of the last connection to the attempt, or -1   3 longest cool-down in ms
--      4 ms that the observation holds   5 lifetime of the pace in ms
-- Returns ms that ended connections are counted, as far as is known
local pace, since = KEYS[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', pace, 'refusedStream', 'refusedAfterMs', 'coolDownMs', 'coolDownUntil')
local refused_after, cool_down = tonumber(known[2]) or -1, tonumber(known[3]) or 0
if (tonumber(known[4]) or 0) <= now then cool_down = 0 end
if known[1] == ARGV[1] and refused_after >= 0 and since > refused_after then
  cool_down = math.max(cool_down, math.min(since, tonumber(ARGV[3])))
  redis.call('HSET', pace, 'coolDownMs', cool_down, 'coolDownUntil', now + tonumber(ARGV[4]))
  redis.call('PEXPIRE', pace, ARGV[5])
end
redis.call('HDEL', pace, 'refusals', 'refusedStream', 'refusedAfterMs')
return cool_down
