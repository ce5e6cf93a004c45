-- Counts the listeners of a sharded channel, on the primary to which it belongs, and reports which
-- server that is.
-- KEYS 1 the channel: not a key, but it routes to its server like one
-- ARGV (none)
-- Returns {run id, number of listeners}
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
return { run_id, redis.call('PUBSUB', 'SHARDNUMSUB', KEYS[1])[2] }
