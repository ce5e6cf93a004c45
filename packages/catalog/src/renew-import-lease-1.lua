-- Renews the right to import a source, if it is still the holder's.
-- KEYS 1 import lease of the source (string)
-- ARGV 1 holder   2 ms that it lasts from now
-- Returns 1, or 0 when it was lost
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
