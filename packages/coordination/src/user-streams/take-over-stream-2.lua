#!lua flags=allow-oom
-- Revokes a stream of a user in favour of another one: the oldest of the same device, or of any
-- device. While one of these is already ending, no other is revoked: its place is about to be free.
-- The stream of a player without a connection ends at once, and the player is refused for a while.
-- The place is kept for the device, for 2 s.
-- KEYS 1 streams   2 stream holders
-- ARGV 1 device   2 'any' for a stream of any device   3 player whose own stream is left alone
-- Returns {stream id, 1 revoked now | 0 is ending already, or is the player's}
--       | {} there is none to take over
local streams, holders = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all = redis.call('HGETALL', holders)
local oldest, since

for i = 1, #all, 2 do
  local stream, readable, holder = all[i], pcall(cjson.decode, all[i + 1])
  local is_record = readable and type(holder) == 'table'
  local is_live = is_record and redis.call('ZSCORE', streams, stream)
  local suits = is_live and (holder.device == ARGV[1] or ARGV[2] == 'any')
  if (suits and holder.state == 'revoked') or (is_live and stream == ARGV[3]) then return { stream, 0 } end
  if is_record and (tonumber(holder.refused_until) or now) < now then redis.call('HDEL', holders, stream) end
  if suits and (not since or (tonumber(holder.since) or 0) < since) then
    oldest, since = stream, tonumber(holder.since) or 0
  end
end
if not oldest then return {} end
local holder = cjson.decode(redis.call('HGET', holders, oldest))
holder.state, holder.kept_for = 'revoked', ARGV[1]
if not holder.incarnation then
  holder.state, holder.refused_until = 'ended', now + 60000
  redis.call('ZREM', streams, oldest)
  redis.call('ZADD', streams, now + 2000, 'kept:' .. ARGV[1])
end
redis.call('HSET', holders, oldest, cjson.encode(holder))
return { oldest, 1 }
