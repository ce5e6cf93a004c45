#!lua flags=allow-oom
-- Notes that a connection has ended. A harmless one (it played, or was no longer wanted)
-- does not count as an attempt.
-- KEYS 1 pace (hash)   2 attempts (sorted set)
-- ARGV 1 slot id   2 1 if the provider counted it   3 1 if harmless   4 lifetime of the pace in ms
-- Returns 1
if ARGV[2] == '1' then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'closedAt', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if ARGV[3] == '1' then redis.call('ZREM', KEYS[2], ARGV[1]) end
return 1
