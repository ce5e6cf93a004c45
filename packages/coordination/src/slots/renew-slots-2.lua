#!lua flags=allow-oom
-- Renews the slots that this incarnation still holds, and writes their states. Never recreates one:
-- a slot that is gone is lost.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 incarnation   2 lease in ms   3… slot id, state, priority, …
-- Returns {slot id, 'missing' | 'taken' | 'revoked' (the limit was lowered) | 'outranked' (by a
--       session of higher priority), …} the slots that were not renewed
local slots, holders = KEYS[1], KEYS[2]
local incarnation, lease = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}

local function renew(slot, state, priority)
  local ends_at = tonumber(redis.call('ZSCORE', slots, slot) or 0)
  local text = redis.call('HGET', holders, slot)
  if ends_at <= now or not text then return 'missing' end
  local readable, holder = pcall(cjson.decode, text)
  if not readable or type(holder) ~= 'table' or holder.incarnation ~= incarnation then return 'taken' end
  if holder.state == 'revoked' then return holder.outranked_by and 'outranked' or 'revoked' end
  if holder.state ~= state or (holder.priority or 0) ~= priority then
    holder.state, holder.priority = state, priority ~= 0 and priority or nil
    redis.call('HSET', holders, slot, cjson.encode(holder))
  end
  redis.call('ZADD', slots, 'XX', now + lease, slot)
end

for i = 3, #ARGV, 3 do
  local found = renew(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]))
  if found then
    table.insert(answer, ARGV[i])
    table.insert(answer, found)
  end
end
redis.call('PEXPIRE', slots, lease + 60000)
redis.call('PEXPIRE', holders, lease + 60000)
return answer
