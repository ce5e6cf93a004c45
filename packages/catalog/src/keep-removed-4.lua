-- Keeps the channels of a generation that the next one lacks: they are hidden, and still found by
-- their ids.
-- KEYS 1 channels of the generation (hash)   2 those of the next one   3 removed channels (hash)
--      4 when each was removed (sorted set)
-- ARGV 1 now, ms   2 max number of removed channels: the oldest go first
--      3… ids of the generation
-- Returns how many of the ids are removed ones
local before, after, removed, removedAt = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local found = 0
for i = 3, #ARGV do
  local id = ARGV[i]
  if redis.call('HEXISTS', after, id) == 0 then
    local record = redis.call('HGET', before, id)
    if record then
      found = found + 1
      redis.call('HSET', removed, id, record)
      redis.call('ZADD', removedAt, 'NX', ARGV[1], id)
    end
  end
end
local excess = redis.call('ZCARD', removedAt) - tonumber(ARGV[2])
if excess > 0 then
  for _, id in ipairs(redis.call('ZRANGE', removedAt, 0, excess - 1)) do
    redis.call('HDEL', removed, id)
    redis.call('ZREM', removedAt, id)
  end
end
return found
