-- Gives back the right to import a source, if it is still the holder's.
-- KEYS 1 import lease of the source (string)
-- ARGV 1 holder
-- Returns 1, or 0 when it was lost before
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
