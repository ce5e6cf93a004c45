-- Claims a version for a new list of a source. Versions only grow, and keep growing after Redis
-- came back empty.
-- KEYS 1 state of the source (hash)
-- ARGV (none)
-- Returns the version: server milliseconds, or one more than the last claimed or published
local state = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', state, 'lastVersion', 'goodVersion')
local version = math.max((tonumber(known[1] or 0) or 0) + 1, (tonumber(known[2] or 0) or 0) + 1, now)
redis.call('HSET', state, 'lastVersion', string.format('%.0f', version))
return version
