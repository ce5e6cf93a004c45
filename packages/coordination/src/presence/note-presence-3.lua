#!lua flags=allow-oom
-- Notes how many viewers of a channel a node has, and their highest priority; removes nodes that
-- were silent for a while.
-- KEYS 1 presence (sorted set: incarnation, score = when it stops counting)
--      2 presence counts (hash)   3 presence priorities (hash; without those that have 0)
-- ARGV 1 incarnation, or empty to only count   2 viewers   3 lifetime in ms   4 priority of those
--      that watch or wait; 0 viewers and priority 0 to leave
-- Returns {viewers of all nodes together, their highest priority}
local presence, counts, priorities = KEYS[1], KEYS[2], KEYS[3]
local viewers, lifetime, priority = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A score from the far future is foreign, and would count for ever.
for _, range in ipairs({ { '-inf', now }, { now + lifetime + 60000, '+inf' } }) do
  for _, ended in ipairs(redis.call('ZRANGEBYSCORE', presence, range[1], range[2])) do
    redis.call('ZREM', presence, ended)
    redis.call('HDEL', counts, ended)
    redis.call('HDEL', priorities, ended)
  end
end
if ARGV[1] ~= '' then
  redis.call('ZREM', presence, ARGV[1])
  redis.call('HDEL', counts, ARGV[1])
  redis.call('HDEL', priorities, ARGV[1])
end
if viewers > 0 or priority > 0 then
  redis.call('ZADD', presence, now + lifetime, ARGV[1])
  redis.call('HSET', counts, ARGV[1], viewers)
  if priority > 0 then redis.call('HSET', priorities, ARGV[1], priority) end
end

local total, highest = 0, 0
for _, living in ipairs(redis.call('ZRANGE', presence, 0, -1)) do
  total = total + math.max(0, tonumber(redis.call('HGET', counts, living) or 0) or 0)
  highest = math.max(highest, tonumber(redis.call('HGET', priorities, living) or 0) or 0)
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, lifetime + 1000) end
return { total, highest }
