-- Reports how long the memory of this Redis has been whole. A server with another run id, or
-- without a warm-up record (it was emptied), has lost what nodes held: it counts as new from now
-- on.
-- KEYS 1 warm-up record (hash)
-- ARGV 1 none
-- Returns {run id, since when in Redis ms, age in ms}
local warmUp = KEYS[1]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('TYPE', warmUp).ok == 'hash' and redis.call('HMGET', warmUp, 'runId', 'since') or {}
local since = tonumber(known[2])

-- A time in the future is foreign, or the clock was set back: we cannot know, and start again.
if known[1] ~= run_id or not since or since > now then
  since = now
  redis.call('DEL', warmUp)
  redis.call('HSET', warmUp, 'runId', run_id, 'since', since)
end
return { run_id, since, now - since }
