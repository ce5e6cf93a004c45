#!lua flags=allow-oom
-- Notes how many viewers of a channel a node has, and removes nodes that were silent for a while.
-- KEYS 1 presence (sorted set: incarnation, score = when it stops counting)
--      2 presence counts (hash)
-- ARGV 1 incarnation, or empty to only count   2 viewers, 0 to leave   3 lifetime in ms
-- Returns viewers of all nodes together
local presence, counts = KEYS[1], KEYS[2]
local viewers, lifetime = tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A score from the far future is foreign, and would count for ever.
for _, range in ipairs({ { '-inf', now }, { now + lifetime + 60000, '+inf' } }) do
  for _, ended in ipairs(redis.call('ZRANGEBYSCORE', presence, range[1], range[2])) do
    redis.call('ZREM', presence, ended)
    redis.call('HDEL', counts, ended)
  end
end
if ARGV[1] ~= '' and viewers > 0 then
  redis.call('ZADD', presence, now + lifetime, ARGV[1])
  redis.call('HSET', counts, ARGV[1], viewers)
elseif ARGV[1] ~= '' then
  redis.call('ZREM', presence, ARGV[1])
  redis.call('HDEL', counts, ARGV[1])
end

local total = 0
for _, living in ipairs(redis.call('ZRANGE', presence, 0, -1)) do
  total = total + math.max(0, tonumber(redis.call('HGET', counts, living) or 0) or 0)
end
redis.call('PEXPIRE', presence, lifetime + 1000)
redis.call('PEXPIRE', counts, lifetime + 1000)
return total
