-- Finds slots that their holders have not renewed for a while, so that their holders can be asked.
-- Changes nothing. A cooling slot has no connection and is kept on purpose, so it is not listed.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 lease in ms   2 age in ms of the last renewal
-- Returns {slot id, end of its lease, holder, …} each with the end as Redis writes it
local slots, holders = KEYS[1], KEYS[2]
local lease, age = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
local silent = redis.call('ZRANGEBYSCORE', slots, '(' .. string.format('%.0f', now), now + lease - age, 'WITHSCORES')
for i = 1, #silent, 2 do
  local text = redis.call('HGET', holders, silent[i])
  local readable, holder = pcall(cjson.decode, text or '')
  if readable and type(holder) == 'table' and holder.state ~= 'cooling' then
    for _, part in ipairs({ silent[i], silent[i + 1], text }) do table.insert(found, part) end
  end
end
return found
