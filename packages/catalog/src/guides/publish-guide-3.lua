-- Makes staged programmes the good version of their guide, unless a newer one is good, or parts of
-- them were lost.
-- KEYS 1 state of the guide (hash)   2 the staged programmes
--      3 the good ones as the caller read it (or the staged ones)
-- ARGV 1 version of the staged ones   2 version of the good ones as the caller read it, 0 for none
--      3 fields that were written   4 ms that the replaced ones stay
--      5… fields and values for the state
-- Returns 'published' | 'older' | 'incomplete' | 'changed' (read the good version again)
local state, staged, replaced = KEYS[1], KEYS[2], KEYS[3]
local good = redis.call('HGET', state, 'goodVersion') or '0'
if good ~= ARGV[2] then return 'changed' end
if (tonumber(good) or 0) >= tonumber(ARGV[1]) then return 'older' end
if redis.call('HLEN', staged) ~= tonumber(ARGV[3]) then return 'incomplete' end

redis.call('PERSIST', staged)
redis.call('HSET', state, 'goodVersion', ARGV[1], unpack(ARGV, 5))
if replaced ~= staged then redis.call('PEXPIRE', replaced, ARGV[4]) end
return 'published'
