-- Makes a written guide the current one in one step, unless a newer one is current, or parts of it
-- were lost.
-- KEYS 1 current (string)   2-3 programmes, info of the new one
--      4-5 the same of the current one as the caller read it
--      (or of the new one again, if there is none)
-- ARGV 1 new number   2 current number as the caller read it, '' for none   3 channels written
--      4 ms that the replaced guide stays   5 pub/sub channel to notify
-- Returns 'current' | 'older' | 'incomplete' | 'changed' (read the current number again)
local current = KEYS[1]
local number = redis.call('GET', current) or ''
if number ~= ARGV[2] then return 'changed' end
if (tonumber(number) or 0) >= tonumber(ARGV[1]) then return 'older' end
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 'incomplete' end

redis.call('SET', current, ARGV[1])
redis.call('PERSIST', KEYS[2])
redis.call('PERSIST', KEYS[3])
if number ~= '' then
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
  redis.call('PEXPIRE', KEYS[5], ARGV[4])
end
redis.call('PUBLISH', ARGV[5], ARGV[1])
return 'current'
