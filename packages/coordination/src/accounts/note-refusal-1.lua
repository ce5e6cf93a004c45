-- The provider says that the limit of an account is reached: it rests. As long as the provider asks; else until twice as
-- long after the end of the last connection; else 1 s, doubled with each refusal in a row. During a rest none is counted.
-- Sessions that have viewers wait less, unless the provider asks for it: a stranger's wish must not cost them their picture.
-- KEYS 1 pace (hash)
-- ARGV 1 stream   2 ms from the end of the last connection to the attempt, or -1   3 ms that the provider asks for, or -1
--      4 shortest rest in ms   5 longest that is counted   6 longest of those with viewers   7 longest that may be asked for
--      8 lifetime of the pace in ms
-- Returns ms that the account rests
local pace, since, asked = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local shortest, longest, served, longest_asked = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rest_until = tonumber(redis.call('HGET', pace, 'restUntil')) or 0
local refusals = tonumber(redis.call('HGET', pace, 'refusals')) or 0
if rest_until <= now then refusals = refusals + 1 end

local rest = shortest * 2 ^ math.min(refusals - 1, 20)
if asked >= 0 then
  rest = math.min(asked, longest_asked)
elseif since >= 0 then
  rest = since
end
rest = math.max(shortest, asked >= 0 and rest or math.min(rest, longest))
served = asked >= 0 and rest or math.min(rest, served)
local served_until = tonumber(redis.call('HGET', pace, 'servedRestUntil')) or 0
redis.call('HSET', pace, 'restUntil', math.max(rest_until, now + rest), 'servedRestUntil', math.max(served_until, now + served),
  'refusals', refusals, 'refusedStream', ARGV[1], 'refusedAfterMs', since)
redis.call('PEXPIRE', pace, ARGV[8])
return rest
