-- Counts a failure of a stream, and blocks it for a rest when there were too many in a row. After the rest the stream
-- is half-open: one more failure blocks it again, twice as long. Failures while it rests are not counted.
-- KEYS 1 failures (hash)   2 blocked (exists while the stream rests)
-- ARGV 1 failures before block   2 first rest in ms   3 longest rest in ms   4 lifetime of the count in ms
-- Returns ms that the stream is blocked for | 0
local failures_key, blocked = KEYS[1], KEYS[2]
local most, first_rest, longest_rest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local remaining = redis.call('PTTL', blocked)
if remaining > 0 then return remaining end

local failures = redis.call('HINCRBY', failures_key, 'failures', 1)
redis.call('PEXPIRE', failures_key, ARGV[4])
if failures < most then return 0 end

local rests = redis.call('HINCRBY', failures_key, 'rests', 1)
local rest = math.min(first_rest * 2 ^ math.min(rests - 1, 30), longest_rest)
redis.call('HSET', failures_key, 'failures', most - 1)
redis.call('SET', blocked, failures, 'PX', rest)
return rest
