-- Makes a written generation the current one in one step, unless a newer one is current, or parts
-- of it were lost.
-- KEYS 1 current (string)   2-4 channels, order, info of the new one
--      5-7 the same of the current one as the caller read it (or of the new one again, if there is
--   none)
-- ARGV 1 new number   2 current number as the caller read it, '' for none   3 channels written
--      4 ms that the replaced generation stays   5 pub/sub channel to notify
-- Returns 'current' | 'older' | 'incomplete' | 'changed' (read the current number again)
local current, channels, order, info = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local number = redis.call('GET', current) or ''
if number ~= ARGV[2] then return 'changed' end
if (tonumber(number) or 0) >= tonumber(ARGV[1]) then return 'older' end
local written = tonumber(ARGV[3])
if redis.call('HLEN', channels) ~= written or redis.call('LLEN', order) ~= written then return 'incomplete' end

redis.call('SET', current, ARGV[1])
for _, key in ipairs({ channels, order, info }) do redis.call('PERSIST', key) end
if number ~= '' then
  for i = 5, 7 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
end
redis.call('PUBLISH', ARGV[5], ARGV[1])
return 'current'
