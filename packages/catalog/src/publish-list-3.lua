-- Makes a staged list the good one of its source, unless a newer one is good, parts of it were
-- lost, or its content is that of the good one.
-- KEYS 1 state of the source (hash)   2 the staged list
--      3 the good list as the caller read it (or the staged one)
-- ARGV 1 version of the staged list   2 version of the good list as the caller read it, 0 for none
--      3 fields that were written   4 ms that the replaced list stays   5 hash of the content
--      6… fields and values for the state
-- Returns 'published' | 'unchanged' (the staged list is gone) | 'older' | 'incomplete'
--       | 'changed' (read the good version again)
local state, staged, replaced = KEYS[1], KEYS[2], KEYS[3]
local good = redis.call('HGET', state, 'goodVersion') or '0'
if good ~= ARGV[2] then return 'changed' end
if (tonumber(good) or 0) >= tonumber(ARGV[1]) then return 'older' end
local fields = tonumber(ARGV[3])
if redis.call('HLEN', staged) ~= fields then return 'incomplete' end

local same = redis.call('HGET', state, 'contentHash') == ARGV[5]
if same and replaced ~= staged and redis.call('HLEN', replaced) == fields then
  redis.call('UNLINK', staged)
  redis.call('HSET', state, unpack(ARGV, 6))
  return 'unchanged'
end

redis.call('PERSIST', staged)
redis.call('HSET', state, 'goodVersion', ARGV[1], 'contentHash', ARGV[5], unpack(ARGV, 6))
if replaced ~= staged then redis.call('PEXPIRE', replaced, ARGV[4]) end
return 'published'
