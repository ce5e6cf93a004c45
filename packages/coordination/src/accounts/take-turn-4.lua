#!lua flags=allow-oom
-- Whether a session may take a slot of the account now: the account does not rest, attempts are
-- left, and fewer sessions are ahead than slots are free. With a lifetime it gets or keeps a place.
-- KEYS 1 waiters (sorted set: rank-since-name, score = when it lapses)   2 slots   3 pace (hash)
--      4 attempts (sorted set)
-- ARGV 1 rank: four digits, the lowest goes first; the last one is 0 for a session with viewers
--      2 name   3 limit   4 lifetime in ms, 0: takes no place   5 attempts per minute   6 machine
-- Returns {1} | {0, ms until another try makes sense | 0 unknown, queue | rest | budget}
local waiters, slots, pace, attempts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, lifetime, budget = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', waiters, '-inf', now)
redis.call('ZREMRANGEBYSCORE', attempts, '-inf', now - 60000)

local since, found, others = now, '~', {}
for _, ticket in ipairs(redis.call('ZRANGE', waiters, 0, -1)) do
  local is_own = string.sub(ticket, 20) == ARGV[2]
  if is_own then since = math.min(since, tonumber(string.sub(ticket, 6, 18)) or now) else table.insert(others, ticket) end
  if is_own and lifetime > 0 then redis.call('ZREM', waiters, ticket) end
  if is_own and lifetime == 0 and ticket < found then found = ticket end
end
local own = string.format('%s-%013d-%s', ARGV[1], since, ARGV[2])
if lifetime > 0 then
  redis.call('ZADD', waiters, now + lifetime, own)
  redis.call('PEXPIRE', waiters, lifetime)
end

local field = string.sub(ARGV[1], -1) == '0' and 'servedRestUntil' or 'restUntil'
local rests = redis.call('HMGET', pace, field, field .. ':' .. ARGV[6])
local rest_until = math.max(tonumber(rests[1]) or 0, tonumber(rests[2]) or 0)
if rest_until > now then return { 0, rest_until - now, 'rest' } end
if redis.call('ZCARD', attempts) >= budget then
  return { 0, redis.call('ZRANGE', attempts, 0, 0, 'WITHSCORES')[2] + 60000 - now, 'budget' }
end
local ahead, free = 0, limit - redis.call('ZCOUNT', slots, '(' .. now, '+inf')
for _, ticket in ipairs(others) do if ticket < own and ticket < found then ahead = ahead + 1 end end
-- The first may try even if none is free: a holder may be gone, or may yield its slot.
return ahead < math.max(free, 1) and { 1 } or { 0, 0, 'queue' }
