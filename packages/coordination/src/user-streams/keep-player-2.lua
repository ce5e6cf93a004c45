#!lua flags=allow-oom
-- Renews the stream of a player without a connection (HLS), or lets the player have a stream that
-- was opened for it. No process holds it: it ends a while after the player's last request.
-- KEYS 1 streams   2 stream holders
-- ARGV 1 player   2 lifetime in ms   3 id of the opened stream, or empty   4 channel   5 node
--      6 device
-- Returns 'kept' | 'unknown' it has no stream (any more) | 'ended' another stream took its place
local streams, holders, player, opened = KEYS[1], KEYS[2], ARGV[1], ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function drop(stream)
  redis.call('HDEL', holders, stream)
  return redis.call('ZREM', streams, stream) == 1
end

local was_open = opened ~= '' and drop(opened)
local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, player) or '')
if not readable or type(holder) ~= 'table' then holder = nil end
if holder and holder.state == 'ended' and (tonumber(holder.refused_until) or 0) > now then
  holder.refused_until = now + 60000
  redis.call('HSET', holders, player, cjson.encode(holder))
  return 'ended'
end
local is_live = holder and (tonumber(redis.call('ZSCORE', streams, player)) or 0) > now
if not is_live and not was_open then return 'unknown' end
if not is_live then
  redis.call('HSET', holders, player, cjson.encode({ channel = ARGV[4], node = ARGV[5], state = 'active',
    since = now, device = ARGV[6] }))
end
redis.call('ZADD', streams, now + tonumber(ARGV[2]), player)
redis.call('PEXPIRE', streams, ARGV[2] + 60000)
redis.call('PEXPIRE', holders, ARGV[2] + 60000)
return 'kept'
