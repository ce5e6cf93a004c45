#!lua flags=allow-oom
-- Notes in the list of edges that one is alive, and removes those that were silent for a lease.
-- KEYS 1 nodes (sorted set: incarnation, score = when it stops counting)
-- ARGV 1 incarnation, or empty to only remove   2 lease in ms
-- Returns the incarnations in the list
local nodes, lease = KEYS[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', nodes, '-inf', now)
redis.call('ZREMRANGEBYSCORE', nodes, now + lease + 60000, '+inf')
if ARGV[1] ~= '' then
  redis.call('ZADD', nodes, now + lease, ARGV[1])
  redis.call('PEXPIRE', nodes, lease + 60000)
end
return redis.call('ZRANGE', nodes, 0, -1)
