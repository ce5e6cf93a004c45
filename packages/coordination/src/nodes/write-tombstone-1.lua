#!lua flags=allow-oom
-- Declares an incarnation dead: its process has ended. Works on a full Redis too, since others wait
-- for this proof.
-- KEYS 1 dead
-- ARGV 1 reason, for people   2 lifetime in ms
-- Returns 1
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
