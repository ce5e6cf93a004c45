#!lua flags=allow-oom
-- Counts a failure of a stream on one machine. Too many in a row block the stream for a rest: for
-- everyone if two machines have met failures or there is only one; otherwise for this machine,
-- whose own route to the provider may be broken. After the rest the stream is half-open: one more
-- failure blocks it again, twice as long. Failures during a rest do not count.
-- KEYS 1 failures (hash)   2 blocked (exists while the stream rests for everyone)
-- ARGV 1 machine   2 machines that must have met failures   3 failures before block
--      4 first rest in ms   5 longest rest in ms   6 lifetime of the count in ms
-- Returns ms that the stream is blocked for this machine | 0
local failures, blocked, machine = KEYS[1], KEYS[2], ARGV[1]
local max_failures, first_rest, longest_rest = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local own_until = tonumber(redis.call('HGET', failures, 'until:' .. machine)) or 0
local remaining = math.max(redis.call('PTTL', blocked), own_until - now)
if remaining > 0 then return remaining end

local own = redis.call('HINCRBY', failures, 'on:' .. machine, 1)
redis.call('PEXPIRE', failures, ARGV[6])
local all, machines = 0, 0
local found = redis.call('HGETALL', failures)
for i = 1, #found, 2 do
  if string.sub(found[i], 1, 3) == 'on:' then
    all, machines = all + found[i + 1], machines + 1
  end
end

local is_for_all = machines >= tonumber(ARGV[2])
if (is_for_all and all or own) < max_failures then return 0 end
local rests = redis.call('HINCRBY', failures, is_for_all and 'rests' or 'rests:' .. machine, 1)
local rest = math.min(first_rest * 2 ^ math.min(rests - 1, 30), longest_rest)
redis.call('HINCRBY', failures, 'on:' .. machine, max_failures - 1 - (is_for_all and all or own))
if is_for_all then
  redis.call('SET', blocked, all, 'PX', rest)
else
  redis.call('HSET', failures, 'until:' .. machine, now + rest)
end
return rest
