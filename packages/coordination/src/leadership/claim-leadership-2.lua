#!lua flags=allow-oom
-- Makes this incarnation the leader of a channel: if nobody leads, if the leader whose record the
-- caller has read is proven gone, or again after Redis forgot it. Of all simultaneous claims one is
-- granted, with a term above every earlier one.
-- KEYS 1 lead (hash)   2 term
-- ARGV 1 incarnation   2 node   3 lease in ms   4 validated run id   6 whose record   7 its term
--      5 evidence: none, handed-over, tombstone, gone, held (then 7 is our own term, which we keep)
--      8 age in ms that `gone` demands
-- Returns {'leading', term} | {'led', age in ms, field, value, …} | {'cold'} another Redis
local lead, term_key = KEYS[1], KEYS[2]
local incarnation, evidence, expected_term = ARGV[1], ARGV[5], tonumber(ARGV[7])
if string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') ~= ARGV[4] then return { 'cold' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = math.floor(tonumber(redis.call('GET', term_key) or 0) or 0)
if not (last < 2 ^ 52) then last = 0 end

local holder, found_term, renewed_at, to = unpack(redis.call('HMGET', lead, 'incarnation', 'term', 'renewedAt', 'handoverTo'))
local is_free = redis.call('EXISTS', lead) == 0
local age = now - (tonumber(renewed_at) or now)
local is_same = holder == ARGV[6] and tonumber(found_term) == expected_term
local granted = is_free or holder == incarnation or (is_same and (evidence == 'tombstone'
  or (evidence == 'handed-over' and to == incarnation) or (evidence == 'gone' and age >= tonumber(ARGV[8]))))
if evidence == 'held' then
  granted = last <= expected_term and (is_free or (tonumber(found_term) or 0) <= expected_term)
end
if not granted then
  -- A record without an expiry must not stay for ever.
  if redis.call('PTTL', lead) == -1 then redis.call('PEXPIRE', lead, ARGV[3]) end
  return { 'led', age, unpack(redis.call('HGETALL', lead)) }
end

local term = evidence == 'held' and expected_term or math.max(last + 1, (tonumber(found_term) or 0) + 1, now)
redis.call('DEL', lead)
redis.call('HSET', lead, 'node', ARGV[2], 'incarnation', incarnation, 'term', string.format('%.0f', term),
  'account', '', 'slot', '', 'claimedAt', now, 'renewedAt', now)
redis.call('PEXPIRE', lead, ARGV[3])
redis.call('SET', term_key, string.format('%.0f', term), 'PX', 604800000)
return { 'leading', term }
