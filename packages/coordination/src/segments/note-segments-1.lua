#!lua flags=allow-oom
-- Claims the segments of a channel for a leader, and writes its list of them.
-- KEYS 1 segments (hash)
-- ARGV 1 term   2 list, or empty to only claim   3 incarnation   4 lifetime in ms
-- Returns whether the leader may write (1) or a later one has (0), the list, and who wrote it
local segments, term = KEYS[1], tonumber(ARGV[1])
local held = tonumber(redis.call('HGET', segments, 'term') or 0) or 0
if held <= term then
  redis.call('HSET', segments, 'term', ARGV[1])
  if ARGV[2] ~= '' then redis.call('HSET', segments, 'list', ARGV[2], 'incarnation', ARGV[3]) end
  redis.call('PEXPIRE', segments, ARGV[4])
end
local written = redis.call('HMGET', segments, 'list', 'incarnation')
return { held <= term and 1 or 0, written[1] or '', written[2] or '' }
