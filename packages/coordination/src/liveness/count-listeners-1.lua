-- Counts who listens to a sharded channel, on the primary to which it belongs, and tells which
-- server that is.
-- KEYS 1 the channel: no key, but it finds its server as one
-- ARGV (none)
-- Returns {run id, number of listeners}
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
return { run_id, redis.call('PUBSUB', 'SHARDNUMSUB', KEYS[1])[2] }
