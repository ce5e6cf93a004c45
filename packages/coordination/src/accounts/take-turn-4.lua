#!lua flags=allow-oom
-- Whether a session may take a slot of the account now: the account does not rest, attempts are
-- left, and fewer sessions are ahead than slots are free. With a lifetime it gets or keeps a place.
-- KEYS 1 waiters (sorted set: place-since-name, score = when it lapses)   2 slots   3 pace (hash)
--      4 attempts (sorted set)
-- ARGV 1 place: 0 has viewers, 1 has none yet   2 name   3 limit
--      4 lifetime in ms, 0: takes no place   5 attempts per minute   6 machine
-- Returns {1} | {0, ms until another try makes sense | 0 unknown, queue | rest | budget}
local waiters, slots, pace, attempts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, lifetime, budget = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', waiters, '-inf', now)
redis.call('ZREMRANGEBYSCORE', attempts, '-inf', now - 60000)

local tickets, own = redis.call('ZRANGE', waiters, 0, -1), string.format('%s-%013d-%s', ARGV[1], now, ARGV[2])
for _, ticket in ipairs(tickets) do
  if string.sub(ticket, 1, 1) == ARGV[1] and string.sub(ticket, 17) == ARGV[2] then own = ticket end
end
if lifetime > 0 then
  redis.call('ZADD', waiters, now + lifetime, own)
  redis.call('PEXPIRE', waiters, lifetime)
end

local field = ARGV[1] == '0' and 'servedRestUntil' or 'restUntil'
local rests = redis.call('HMGET', pace, field, field .. ':' .. ARGV[6])
local rest_until = math.max(tonumber(rests[1]) or 0, tonumber(rests[2]) or 0)
if rest_until > now then return { 0, rest_until - now, 'rest' } end
if redis.call('ZCARD', attempts) >= budget then
  return { 0, redis.call('ZRANGE', attempts, 0, 0, 'WITHSCORES')[2] + 60000 - now, 'budget' }
end
local ahead = 0
for _, ticket in ipairs(tickets) do
  if ticket < own then ahead = ahead + 1 end
end
local free = limit - redis.call('ZCOUNT', slots, '(' .. now, '+inf')
-- The first may try even if none is free: a holder may be gone, or may yield its slot.
return ahead < math.max(free, 1) and { 1 } or { 0, 0, 'queue' }
