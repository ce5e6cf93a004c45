-- Forgets removed channels that are back, or whose grace period is over.
-- KEYS 1 channels of the current generation (hash)   2 removed channels (hash)
--      3 when each was removed (sorted set)
-- ARGV 1 forgets those removed up to this time, ms   2… ids of removed channels
-- Returns how many were forgotten
local current, removed, removedAt = KEYS[1], KEYS[2], KEYS[3]
local forgotten = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local at = tonumber(redis.call('ZSCORE', removedAt, id) or 0)
  if at <= tonumber(ARGV[1]) or redis.call('HEXISTS', current, id) == 1 then
    redis.call('HDEL', removed, id)
    redis.call('ZREM', removedAt, id)
    forgotten = forgotten + 1
  end
end
return forgotten
