#!lua flags=allow-oom
-- Takes one connection slot of an account, if fewer than the limit are held. Also retakes a slot
-- that a Redis without memory has forgotten. Guarantee: after a grant the account has at most
-- `limit` members.
-- KEYS 1 slots (sorted set: slot id, score = end of lease)   2 slot holders (hash)
-- ARGV 1 slot id   2 limit   3 lease in ms   4 validated run id   5 channel   6 node
--      7 incarnation   8 term, or empty   9 state   10 device of a user, or empty   11 priority
-- Returns {1} granted | {0, ms until the earliest lease ends, holder, holder, …} full
--       | {2} not the Redis that was validated
local slots, holders = KEYS[1], KEYS[2]
local slot, limit, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') ~= ARGV[4] then return { 2 } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, ended in ipairs(redis.call('ZRANGEBYSCORE', slots, '-inf', now)) do
  redis.call('ZREM', slots, ended)
  redis.call('HDEL', holders, ended)
end
-- A score from the far future is foreign: left alone it would hold the slot for ever.
for _, foreign in ipairs(redis.call('ZRANGEBYSCORE', slots, now + lease + 60000, '+inf')) do
  redis.call('ZADD', slots, now + lease, foreign)
end

-- The place that another stream of this device has made free for it.
if ARGV[10] ~= '' then redis.call('ZREM', slots, 'kept:' .. ARGV[10]) end

if not redis.call('ZSCORE', slots, slot) and redis.call('ZCARD', slots) >= limit then
  local earliest = redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')[2]
  return { 0, (tonumber(earliest) or now) - now, unpack(redis.call('HVALS', holders)) }
end

redis.call('ZADD', slots, now + lease, slot)
redis.call('HSET', holders, slot, cjson.encode({ channel = ARGV[5], node = ARGV[6], incarnation = ARGV[7],
  term = tonumber(ARGV[8]), state = ARGV[9], since = now, device = ARGV[10] ~= '' and ARGV[10] or nil,
  priority = ARGV[11] ~= '0' and tonumber(ARGV[11]) or nil }))
redis.call('PEXPIRE', slots, lease + 60000)
redis.call('PEXPIRE', holders, lease + 60000)
return { 1 }
