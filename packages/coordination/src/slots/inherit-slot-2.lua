#!lua flags=allow-oom
-- Gives the slot of a channel to the next leader of the same channel, on proof that the old holder
-- has no connection any more. A hand-over is no such proof: the old leader still plays the channel
-- through this slot. Guarantee: the number of slots does not change; the old holder's next renewal
-- fails.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 channel   2 old incarnation   3 evidence: tombstone, gone
--      4 age in ms that `gone` demands   5 lease in ms   6 validated run id   7 node
--      8 incarnation   9 term, or empty
-- Returns {1, slot id} inherited | {0, ms until the proof counts | 0} nothing to inherit
--       | {2} not the validated Redis
local slots, holders = KEYS[1], KEYS[2]
local evidence, lease, wait = ARGV[3], tonumber(ARGV[5]), 0
if string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') ~= ARGV[6] then return { 2 } end
if evidence ~= 'tombstone' and evidence ~= 'gone' then return { 0, 0 } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all = redis.call('HGETALL', holders)

for i = 1, #all, 2 do
  local slot, readable, holder = all[i], pcall(cjson.decode, all[i + 1])
  local ends_at = tonumber(redis.call('ZSCORE', slots, slot)) or 0
  if ends_at > now and readable and type(holder) == 'table' and holder.channel == ARGV[1]
    and holder.incarnation == ARGV[2] and holder.state ~= 'cooling' and holder.state ~= 'revoked' then
    local missing = evidence == 'gone' and tonumber(ARGV[4]) - (now - (ends_at - lease)) or 0
    if missing <= 0 then
      redis.call('ZADD', slots, 'XX', now + lease, slot)
      redis.call('HSET', holders, slot, cjson.encode({ channel = ARGV[1], node = ARGV[7], incarnation = ARGV[8],
        term = tonumber(ARGV[9]), state = 'opening', since = now }))
      return { 1, slot }
    end
    wait = math.max(wait, missing)
  end
end
return { 0, wait }
