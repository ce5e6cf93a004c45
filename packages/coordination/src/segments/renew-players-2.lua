#!lua flags=allow-oom
-- Renews the leases of players of a channel, and removes those whose lease is over.
-- KEYS 1 players (sorted set: player, score = when its lease is over)
--      2 player nodes (hash: player, incarnation to which it sent its last request)
-- ARGV 1 incarnation   2 lifetime in ms   3 and up: players that it has heard of
-- Returns how many are new, how many are gone, how many are of this incarnation
local players, nodes, incarnation, lifetime = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local new, gone, own = 0, 0, 0

-- A score from the far future is foreign, and would count for ever.
for _, range in ipairs({ { '-inf', now }, { now + lifetime + 60000, '+inf' } }) do
  for _, player in ipairs(redis.call('ZRANGEBYSCORE', players, range[1], range[2])) do
    gone = gone + redis.call('ZREM', players, player)
    redis.call('HDEL', nodes, player)
  end
end
for index = 3, #ARGV do
  new = new + redis.call('ZADD', players, now + lifetime, ARGV[index])
  redis.call('HSET', nodes, ARGV[index], incarnation)
end
for _, node in ipairs(redis.call('HVALS', nodes)) do
  if node == incarnation then own = own + 1 end
end
if #ARGV > 2 then
  redis.call('PEXPIRE', players, lifetime + 1000)
  redis.call('PEXPIRE', nodes, lifetime + 1000)
end
return { new, gone, own }
