-- Extends the slots that this incarnation still holds. Never adds one again: what is gone is lost.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 incarnation   2 lease in ms   3… slot ids
-- Returns {run id, lost slot id, lost slot id, …}
local slots, holders = KEYS[1], KEYS[2]
local incarnation, lease = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = { string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') }

local function is_ours(slot)
  local ends_at = tonumber(redis.call('ZSCORE', slots, slot) or 0)
  local readable, holder = pcall(cjson.decode, redis.call('HGET', holders, slot) or '')
  return ends_at > now and readable and type(holder) == 'table' and holder.incarnation == incarnation
end

for i = 3, #ARGV do
  if is_ours(ARGV[i]) then
    redis.call('ZADD', slots, 'XX', now + lease, ARGV[i])
  else
    table.insert(answer, ARGV[i])
  end
end
redis.call('PEXPIRE', slots, lease + 60000)
redis.call('PEXPIRE', holders, lease + 60000)
return answer
