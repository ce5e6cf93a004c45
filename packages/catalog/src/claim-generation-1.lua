-- Claims the number of a new generation. Numbers only grow, and keep growing after Redis came back
-- empty.
-- KEYS 1 last generation (string)
-- ARGV (none)
-- Returns the number: server milliseconds, or one more than the last
local last = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local generation = math.max((tonumber(redis.call('GET', last) or 0) or 0) + 1, now)
redis.call('SET', last, string.format('%.0f', generation))
return generation
