-- How long a machine must leave a stream alone: because it rests for everyone, or for this machine
-- only.
-- KEYS 1 failures (hash)   2 blocked
-- ARGV 1 machine
-- Returns ms that remain | 0
local own_until = tonumber(redis.call('HGET', KEYS[1], 'until:' .. ARGV[1])) or 0
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return math.max(redis.call('PTTL', KEYS[2]), own_until - now, 0)
