-- Notes how many entries an import has read, unless a newer import has begun or published
-- meanwhile.
-- KEYS 1 state of the source (hash)
-- ARGV 1 version of the list that is being staged   2 entries
-- Returns 1, or 0 when this import was overtaken
local known = redis.call('HMGET', KEYS[1], 'lastVersion', 'goodVersion')
local version = tonumber(ARGV[1])
if math.max(tonumber(known[1] or 0) or 0, tonumber(known[2] or 0) or 0) > version then return 0 end
redis.call('HSET', KEYS[1], 'state', 'importing', 'progress', ARGV[2])
return 1
