#!lua flags=allow-oom
-- Revokes a stream of a user in favour of another one: the oldest of the same device, or of any
-- device. While one is already ending, no other is revoked: its place is about to be free.
-- KEYS 1 streams   2 stream holders
-- ARGV 1 device   2 'any' for a stream of any device
-- Returns {stream id, 1 revoked now | 0 is ending already} | {} there is none to take over
local streams, holders = KEYS[1], KEYS[2]
local all = redis.call('HGETALL', holders)
local oldest, since

for i = 1, #all, 2 do
  local stream, readable, holder = all[i], pcall(cjson.decode, all[i + 1])
  local is_live = redis.call('ZSCORE', streams, stream) and readable and type(holder) == 'table'
  if is_live and holder.state == 'revoked' then return { stream, 0 } end
  local suits = is_live and (holder.device == ARGV[1] or ARGV[2] == 'any')
  if suits and (not since or (tonumber(holder.since) or 0) < since) then
    oldest, since = stream, tonumber(holder.since) or 0
  end
end
if not oldest then return {} end
local holder = cjson.decode(redis.call('HGET', holders, oldest))
holder.state = 'revoked'
redis.call('HSET', holders, oldest, cjson.encode(holder))
return { oldest, 1 }
