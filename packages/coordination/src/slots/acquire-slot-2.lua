-- Takes one connection slot of a source, if fewer than the limit are held. Also used to re-assert a slot that
-- an emptied Redis has forgotten. Guarantee: after a grant the source has at most `limit` members.
-- KEYS 1 slots (sorted set: slot id, score = end of lease)   2 slot holders (hash)
-- ARGV 1 slot id   2 limit   3 lease in ms   4 channel   5 node   6 incarnation
-- Returns {1, run id} granted | {0, ms until the earliest lease ends, holder, holder, …} full
local slots, holders = KEYS[1], KEYS[2]
local slot, limit, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, ended in ipairs(redis.call('ZRANGEBYSCORE', slots, '-inf', now)) do
  redis.call('ZREM', slots, ended)
  redis.call('HDEL', holders, ended)
end
-- A score from the far future is not ours: left alone it would hold the slot for ever.
for _, foreign in ipairs(redis.call('ZRANGEBYSCORE', slots, now + lease + 60000, '+inf')) do
  redis.call('ZADD', slots, now + lease, foreign)
end

if not redis.call('ZSCORE', slots, slot) and redis.call('ZCARD', slots) >= limit then
  local earliest = redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')[2]
  local answer = { 0, (tonumber(earliest) or now) - now }
  for _, holder in ipairs(redis.call('HVALS', holders)) do table.insert(answer, holder) end
  return answer
end

redis.call('ZADD', slots, now + lease, slot)
redis.call('HSET', holders, slot,
  cjson.encode({ channel = ARGV[4], node = ARGV[5], incarnation = ARGV[6], since = now }))
redis.call('PEXPIRE', slots, lease + 60000)
redis.call('PEXPIRE', holders, lease + 60000)
return { 1, string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') }
