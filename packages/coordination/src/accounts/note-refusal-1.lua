#!lua flags=allow-oom
-- The provider says that the limit of an account is reached: the account rests for as long as the
-- provider demands; otherwise until twice as long after the end of the last connection; otherwise 1
-- s, doubled with each refusal in a row. Refusals during a rest do not count. The refusal may be
-- about the address, so the account rests for this machine only, and for everyone if a second
-- machine was refused lately or there is only one.
-- KEYS 1 pace (hash)
-- ARGV 1 stream   2 ms from the end of the last connection to the attempt, or -1
--      3 ms that the provider demands, or -1   4 min rest in ms   5 max that is counted
--      6 max for sessions with viewers   7 max on demand   8 lifetime of the pace in ms
--      9 machine   10 machines that must have been refused
-- Returns ms that the account rests
local pace, since, demanded, machine = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[9]
local shortest, longest, served, longest_demanded = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function field(name) return tonumber(redis.call('HGET', pace, name)) or 0 end
local is_for_all = tonumber(ARGV[10]) < 2
for _, name in ipairs(redis.call('HKEYS', pace)) do
  local other = string.match(name, '^restUntil:(.+)$')
  is_for_all = is_for_all or (other and other ~= machine and field(name) > now - 60000)
end
local refusals = field('refusals')
if math.max(field('restUntil'), field('restUntil:' .. machine)) <= now then refusals = refusals + 1 end

local rest = shortest * 2 ^ math.min(refusals - 1, 20)
if since >= 0 then rest = since end
rest = math.max(shortest, demanded >= 0 and math.min(demanded, longest_demanded) or math.min(rest, longest))
-- A stranger's request must not cost viewers their video; a provider's demand binds them too.
served = demanded >= 0 and rest or math.min(rest, served)
for _, suffix in ipairs(is_for_all and { '', ':' .. machine } or { ':' .. machine }) do
  redis.call('HSET', pace, 'restUntil' .. suffix, math.max(field('restUntil' .. suffix), now + rest),
    'servedRestUntil' .. suffix, math.max(field('servedRestUntil' .. suffix), now + served))
end
redis.call('HSET', pace, 'refusals', refusals, 'refusedStream', ARGV[1], 'refusedAfterMs', since)
redis.call('PEXPIRE', pace, ARGV[8])
return rest
