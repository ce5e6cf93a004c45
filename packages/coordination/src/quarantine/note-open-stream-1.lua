#!lua flags=allow-oom
-- Notes a stream that a process has open, so that its supervisor knows what it was doing when it
-- died.
-- KEYS 1 open streams (hash)
-- ARGV 1 stream   2 state: unproven, proven, or empty when it is closed   3 lifetime in ms
-- Returns 1
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
